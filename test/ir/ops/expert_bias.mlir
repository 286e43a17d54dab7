// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  %b = xf.vector "bias" : !xf.vec<2048>
  // CHECK: xf.expert_bias %{{.*}}, %{{.*}}, %{{.*}} : (!xf.rows<tokens x 64>, !xf.vec<2048>, !xf.routes<tokens x 2 of 64>) -> !xf.rows<tokens x 64>
  %y = xf.expert_bias %x, %b, %routes : (!xf.rows<tokens x 64>, !xf.vec<2048>, !xf.routes<tokens x 2 of 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @too_few {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  %b = xf.vector "bias" : !xf.vec<64>
  // expected-error @+1 {{expert_bias: features (64) are not the experts of a row times an expert's biases (2)}}
  %y = xf.expert_bias %x, %b, %routes : (!xf.rows<tokens x 64>, !xf.vec<64>, !xf.routes<tokens x 2 of 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
