// RUN: ingot-opt %s -split-input-file -group-experts | FileCheck %s

// No kernel of the CPU serves them together. test/ir/group_experts_test.cc has the device that does.
// CHECK-LABEL: xf.graph @no_change
// CHECK-NOT: xf.expert_order
// CHECK: xf.expert_matmul %
xf.graph @no_change phase "prefill" {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  %w = xf.weight "exps"[0:640] : !xf.weight<640x64, q8_0>
  %y = xf.expert_matmul %x, %w, %routes : (!xf.rows<tokens x 64>, !xf.weight<640x64, q8_0>, !xf.routes<tokens x 2 of 64>) -> !xf.rows<tokens x 20>
  %l = xf.last_rows %y : (!xf.rows<tokens x 20>) -> !xf.rows<outputs x 20>
  xf.return %l : !xf.rows<outputs x 20>
}
