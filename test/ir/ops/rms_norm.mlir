// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<64>
  %h = xf.vector "head" : !xf.vec<16>
  // CHECK: xf.rms_norm %{{.*}}, %{{.*}} eps 9.9999999747524271E-7 layer 0 as "n" : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %y = xf.rms_norm %x, %v eps 9.9999999747524271E-7 layer 0 as "n" : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  // CHECK: xf.rms_norm %{{.*}}, %{{.*}} eps 0.000000e+00 : (!xf.rows<tokens x 64>, !xf.vec<16>) -> !xf.rows<tokens x 64>
  %z = xf.rms_norm %x, %h eps 0.000000e+00 : (!xf.rows<tokens x 64>, !xf.vec<16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @not_a_multiple {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<24>
  // expected-error @+1 {{rms_norm: features (64) are not a multiple of w's count (24)}}
  %y = xf.rms_norm %x, %v eps 0.1 : (!xf.rows<tokens x 64>, !xf.vec<24>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @negative_eps {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<64>
  // expected-error @+1 {{rms_norm: eps (-1.000000e-01) is negative}}
  %y = xf.rms_norm %x, %v eps -0.1 : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @infinite_eps {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %v = xf.vector "n" : !xf.vec<64>
  // expected-error @+1 {{rms_norm: eps is not finite}}
  %y = xf.rms_norm %x, %v eps 0x7FF0000000000000 : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
