// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  %order = xf.expert_order %routes : (!xf.routes<tokens x 2 of 64>) -> !xf.order<tokens x 2 of 64>
  %w = xf.weight "exps"[0:640] : !xf.weight<640x64, q8_0>
  // CHECK: xf.expert_matmul_grouped %{{.*}}, %{{.*}}, %{{.*}} : (!xf.rows<tokens x 64>, !xf.weight<640x64, q8_0>, !xf.order<tokens x 2 of 64>) -> !xf.rows<tokens x 20>
  %y = xf.expert_matmul_grouped %x, %w, %order : (!xf.rows<tokens x 64>, !xf.weight<640x64, q8_0>, !xf.order<tokens x 2 of 64>) -> !xf.rows<tokens x 20>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @no_multiple_of_the_experts {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  %order = xf.expert_order %routes : (!xf.routes<tokens x 2 of 64>) -> !xf.order<tokens x 2 of 64>
  %w = xf.weight "exps"[0:650] : !xf.weight<650x64, q8_0>
  // expected-error @+1 {{expert_matmul_grouped: w's rows (650) are not a multiple of the experts (64)}}
  %y = xf.expert_matmul_grouped %x, %w, %order : (!xf.rows<tokens x 64>, !xf.weight<650x64, q8_0>, !xf.order<tokens x 2 of 64>) -> !xf.rows<tokens x 20>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
