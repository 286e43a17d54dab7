// RUN: ingot-opt %s -split-input-file '-pass-pipeline=builtin.module(xf.graph(enter-phase{phase=decode}))' | FileCheck %s
// RUN: ingot-opt %s -split-input-file '-pass-pipeline=builtin.module(xf.graph(enter-phase{phase=prefill}))' | FileCheck %s --check-prefix=PREFILL

// Without a symbol only the phase is noted.
// CHECK-LABEL: xf.graph @no_change phase "decode" {
// CHECK: xf.silu %{{.*}} : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %y = xf.silu %x : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}

// -----

// CHECK-LABEL: xf.graph @symbols phase "decode" {
// CHECK: xf.tokens : !xf.ids<1>
// CHECK: xf.fused %{{.*}} : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64> {
// CHECK: xf.silu %{{.*}} : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
// CHECK: xf.last_rows %{{.*}} : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
// CHECK: xf.return %{{.*}} : !xf.rows<1 x 64>
// PREFILL-LABEL: xf.graph @symbols phase "prefill" {
// PREFILL: xf.tokens : !xf.ids<tokens>
// PREFILL: xf.last_rows %{{.*}} : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
xf.graph @symbols {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %y = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
    %s = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
    xf.yield %s : !xf.rows<tokens x 64>
  }
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}
