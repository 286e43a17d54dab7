// RUN: ingot-opt %s -join-ops | FileCheck %s

// No kernel of the CPU serves two ops at once. test/ir/compiler_test.cc has the device that joins.
// CHECK-LABEL: xf.graph @no_change
// CHECK: xf.matmul %
// CHECK-NEXT: xf.add %
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %w = xf.weight "w"[0:64] : !xf.weight<64x64, f16>
  %m = xf.matmul %x, %w : (!xf.rows<1 x 64>, !xf.weight<64x64, f16>) -> !xf.rows<1 x 64>
  %y = xf.add %x, %m : (!xf.rows<1 x 64>, !xf.rows<1 x 64>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}
