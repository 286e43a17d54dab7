// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %b = xf.vector "b" : !xf.vec<64>
  // CHECK: xf.add_bias %{{.*}}, %{{.*}} layer 1 : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %y = xf.add_bias %x, %b layer 1 : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_count {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %b = xf.vector "b" : !xf.vec<32>
  // expected-error @+1 {{add_bias: features (64) are not the bias's count (32)}}
  %y = xf.add_bias %x, %b : (!xf.rows<tokens x 64>, !xf.vec<32>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
