// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<4 x 16>
  // CHECK: xf.kv_write %{{.*}}, %{{.*}}, %{{.*}} layer 0 : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> ()
  xf.kv_write %kv, %x, %x layer 0 : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> ()
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_width {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{kv_write: k's features (64) are not kv_heads times head_dim (32)}}
  xf.kv_write %kv, %x, %x : (!xf.kv<2 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> ()
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @k_and_v_differ {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<4 x 16>
  %o = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  // expected-error @+1 {{kv_write: k (tokens x 64) and v (outputs x 64) differ}}
  xf.kv_write %kv, %x, %o : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>, !xf.rows<outputs x 64>) -> ()
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
