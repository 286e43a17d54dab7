// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  // CHECK: xf.expert_order %{{.*}} layer 1 : (!xf.routes<tokens x 2 of 64>) -> !xf.order<tokens x 2 of 64>
  %order = xf.expert_order %routes layer 1 : (!xf.routes<tokens x 2 of 64>) -> !xf.order<tokens x 2 of 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @other_experts {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) '!xf.order<tokens x 2 of 64>' are incompatible with return type(s)}}
  %order = "xf.expert_order"(%routes) : (!xf.routes<tokens x 2 of 64>) -> !xf.order<tokens x 2 of 32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
