// RUN: ingot-opt %s -split-input-file -split-attention | FileCheck %s

// No kernel of the CPU serves the halves. test/ir/compiler_test.cc has the device that splits.
// CHECK-LABEL: xf.graph @no_change
// CHECK-NOT: xf.attention_split
// CHECK: xf.attention %
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  %y = xf.attention %x, %kv heads 4 scale 1.0 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}
