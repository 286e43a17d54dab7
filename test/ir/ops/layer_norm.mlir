// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<64>
  %b = xf.vector "b" : !xf.vec<64>
  // CHECK: xf.layer_norm %{{.*}}, %{{.*}}, %{{.*}} eps 1.000000e-05 layer 0 : (!xf.rows<tokens x 64>, !xf.vec<64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %y = xf.layer_norm %x, %v, %b eps 1.000000e-05 layer 0 : (!xf.rows<tokens x 64>, !xf.vec<64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  // CHECK: xf.layer_norm %{{.*}}, %{{.*}} eps 1.000000e-05 : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %z = xf.layer_norm %x, %v eps 1.000000e-05 : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_count {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<32>
  // expected-error @+1 {{layer_norm: features (64) are not w's count (32)}}
  %y = xf.layer_norm %x, %v eps 0.1 : (!xf.rows<tokens x 64>, !xf.vec<32>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_bias {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<64>
  %b = xf.vector "b" : !xf.vec<32>
  // expected-error @+1 {{layer_norm: features (64) are not b's count (32)}}
  %y = xf.layer_norm %x, %v, %b eps 0.1 : (!xf.rows<tokens x 64>, !xf.vec<64>, !xf.vec<32>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @negative_eps {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<64>
  // expected-error @+1 {{layer_norm: eps (-1.000000e-01) is negative}}
  %y = xf.layer_norm %x, %v eps -0.1 : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
