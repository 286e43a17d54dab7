// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // CHECK: xf.cache "kv" layer 3 : !xf.kv<8 x 64>
  %kv = xf.cache "kv" layer 3 : !xf.kv<8 x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @negative_layer {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{cache: layer (-1) is not in (0..2147483646)}}
  %kv = xf.cache "kv" layer -1 : !xf.kv<8 x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @no_heads {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{kv_heads (0) must be at least 1}}
  %kv = xf.cache "kv" layer 0 : !xf.kv<0 x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @no_head_dim {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{head_dim (0) must be at least 1}}
  %kv = xf.cache "kv" layer 0 : !xf.kv<8 x 0>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
