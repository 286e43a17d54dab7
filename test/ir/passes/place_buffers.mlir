// RUN: ingot-opt %s -split-input-file -select-kernels -place-buffers | FileCheck %s

// What is not a result has no place.
// CHECK-LABEL: xf.graph @no_change
// CHECK: xf.tokens : !xf.ids<outputs>
// CHECK: xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
// CHECK: xf.return %{{.*}} : !xf.rows<outputs x 64>
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<outputs>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<outputs>, !xf.weight<512x64, f16>) -> !xf.rows<outputs x 64>
  xf.return %x : !xf.rows<outputs x 64>
}

// -----

// The buffer of the last but one is free again; a result is never where its operand is.
// CHECK-LABEL: xf.graph @chain
// CHECK: xf.embed {{.*}} {xf.buffer = "s0"
// CHECK: xf.matmul {{.*}} {xf.buffer = "s1"
// CHECK: xf.silu {{.*}} {xf.buffer = "s0"
// CHECK: xf.matmul {{.*}} {xf.buffer = "s1"
// CHECK: xf.last_rows {{.*}} {xf.buffer = "logits"
xf.graph @chain {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:96] : !xf.weight<96x64, f16>
  %d = xf.weight "d"[0:64] : !xf.weight<64x96, f16>
  %a = xf.matmul %x, %w : (!xf.rows<tokens x 64>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96>
  %s = xf.silu %a : (!xf.rows<tokens x 96>) -> !xf.rows<tokens x 96>
  %y = xf.matmul %s, %d : (!xf.rows<tokens x 96>, !xf.weight<64x96, f16>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// A residual keeps its buffer until it is added.
// CHECK-LABEL: xf.graph @residual
// CHECK: xf.embed {{.*}} {xf.buffer = "s0"
// CHECK: xf.silu {{.*}} {xf.buffer = "s1"
// CHECK: xf.relu {{.*}} {xf.buffer = "s2"
// CHECK: xf.add {{.*}} {xf.buffer = "s1"
xf.graph @residual {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %a = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %b = xf.relu %a : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.add %x, %b : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// A kernel that works in place leaves its result where the operand was, and it stays taken.
// CHECK-LABEL: xf.graph @in_place
// CHECK: xf.embed {{.*}} {xf.buffer = "s0"
// CHECK: xf.rope {{.*}} {xf.buffer = "s0"
// CHECK: xf.silu {{.*}} {xf.buffer = "s1"
// CHECK: xf.add {{.*}} {xf.buffer = "s2"
xf.graph @in_place {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [0.1, 0.2] factor 1.0 : !xf.table<4>
  %r = xf.rope %x, %t heads 4 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %s = xf.silu %r : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.add %s, %r : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// Logits that are made in place are written by the op before, too.
// CHECK-LABEL: xf.graph @logits_in_place
// CHECK: xf.embed {{.*}} {xf.buffer = "logits"
// CHECK: xf.rope {{.*}} {xf.buffer = "logits"
xf.graph @logits_in_place {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %t = xf.table "main" turns [0.1, 0.2] factor 1.0 : !xf.table<4>
  %y = xf.rope %x, %t heads 4 : (!xf.rows<1 x 64>, !xf.table<4>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}

// -----

// A result that nobody reads gives its buffer back at once.
// CHECK-LABEL: xf.graph @unread
// CHECK: xf.embed {{.*}} {xf.buffer = "s0"
// CHECK: xf.silu {{.*}} {xf.buffer = "s1"
// CHECK: xf.relu {{.*}} {xf.buffer = "s1"
xf.graph @unread {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %a = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.relu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}
