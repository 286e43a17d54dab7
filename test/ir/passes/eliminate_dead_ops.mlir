// RUN: ingot-opt %s -split-input-file -eliminate-dead-ops | FileCheck %s

// CHECK-LABEL: xf.graph @no_change
// CHECK: xf.silu
// CHECK: xf.last_rows
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %y = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// A chain goes, with its weight; what a cache keeps stays, and so do vectors.
// CHECK-LABEL: xf.graph @dead
// CHECK-NOT: xf.weight "w"
// CHECK-NOT: xf.matmul
// CHECK-NOT: xf.attention
// CHECK: xf.vector "v"
// CHECK: xf.kv_write
xf.graph @dead {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:96] : !xf.weight<96x64, f16>
  %a = xf.matmul %x, %w : (!xf.rows<tokens x 64>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96>
  %b = xf.relu %a : (!xf.rows<tokens x 96>) -> !xf.rows<tokens x 96>
  %v = xf.vector "v" : !xf.vec<64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<4 x 16>
  xf.kv_write %kv, %x, %x : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> ()
  %c = xf.attention %x, %kv heads 4 scale 0.25 : (!xf.rows<tokens x 64>, !xf.kv<4 x 16>) -> !xf.rows<tokens x 64>
  %y = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}
