// RUN: ingot-opt %s -split-input-file -expand-fused | FileCheck %s

// CHECK-LABEL: xf.graph @no_change
// CHECK: xf.silu
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %y = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// CHECK-LABEL: xf.graph @group
// CHECK-NOT: xf.fused
// CHECK: %[[X:.*]] = xf.embed
// CHECK-NEXT: %[[S:.*]] = xf.silu %[[X]]
// CHECK-NEXT: %[[R:.*]] = xf.relu %[[S]]
// CHECK-NEXT: %[[Y:.*]] = xf.add %[[R]], %[[S]]
// CHECK-NEXT: xf.last_rows %[[Y]]
xf.graph @group {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %a:2 = xf.fused %x : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) {
    %s = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
    %r = xf.relu %s : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
    xf.yield %s, %r : !xf.rows<tokens x 64>, !xf.rows<tokens x 64>
  }
  %y = xf.add %a#1, %a#0 : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// An operand that the group hands on as it is.
// CHECK-LABEL: xf.graph @operand_is_a_result
// CHECK: %[[X:.*]] = xf.embed
// CHECK-NEXT: %[[S:.*]] = xf.silu %[[X]]
// CHECK-NEXT: xf.add %[[X]], %[[S]]
xf.graph @operand_is_a_result {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %a:2 = xf.fused %x : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) {
    %s = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
    xf.yield %x, %s : !xf.rows<tokens x 64>, !xf.rows<tokens x 64>
  }
  %y = xf.add %a#0, %a#1 : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}
