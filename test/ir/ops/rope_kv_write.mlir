// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [0.15, 0.01] factor 1.0 : !xf.table<4>
  %kv = xf.cache "kv" layer 0 : !xf.kv<4 x 16>
  // CHECK: xf.rope_kv_write %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} layer 0 : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>, !xf.table<4>) -> ()
  xf.rope_kv_write %kv, %x, %x, %t layer 0 : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>, !xf.table<4>) -> ()
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @short_heads {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [0.15, 0.01] factor 1.0 : !xf.table<4>
  %kv = xf.cache "kv" layer 0 : !xf.kv<32 x 2>
  // expected-error @+1 {{rope_kv_write: rot (4) is more than head_dim (2)}}
  xf.rope_kv_write %kv, %x, %x, %t : (!xf.kv<32 x 2>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>, !xf.table<4>) -> ()
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_width {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [0.15, 0.01] factor 1.0 : !xf.table<4>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{rope_kv_write: k's features (64) are not kv_heads times head_dim (32)}}
  xf.rope_kv_write %kv, %x, %x, %t : (!xf.kv<2 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>, !xf.table<4>) -> ()
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
