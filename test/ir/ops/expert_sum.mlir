// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  // CHECK: xf.expert_sum %{{.*}}, %{{.*}} : (!xf.rows<tokens x 64>, !xf.rows<tokens x 2>) -> !xf.rows<tokens x 32>
  %y = xf.expert_sum %x, %p : (!xf.rows<tokens x 64>, !xf.rows<tokens x 2>) -> !xf.rows<tokens x 32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @no_multiple {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 3 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 3>, !xf.routes<tokens x 3 of 64>)
  // expected-error @+1 {{expert_sum: x's features (64) are not a multiple of the weights of a row (3)}}
  %y = xf.expert_sum %x, %p : (!xf.rows<tokens x 64>, !xf.rows<tokens x 3>) -> !xf.rows<tokens x 21>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
