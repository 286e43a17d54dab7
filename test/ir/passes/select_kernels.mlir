// RUN: ingot-opt %s -split-input-file -verify-diagnostics -select-kernels | FileCheck %s

// What is not an op stays as it is.
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

// CHECK-LABEL: xf.graph @plain
// CHECK: xf.embed {{.*}} {xf.kernel = #xf.kernel<"{{.*}}", "", {W_FORMAT = 1.000000e+00 : f64}>}
// CHECK: xf.silu {{.*}} {xf.kernel = #xf.kernel<"silu", "", {}>}
xf.graph @plain {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %y = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// Rotation works in place; nobody else needs the operand.
// CHECK-LABEL: xf.graph @in_place
// CHECK-NOT: xf.scale
// CHECK: xf.rope {{.*}} {xf.kernel = #xf.kernel<"{{.*}}", "", {INTERLEAVED = 0.000000e+00 : f64}>}
xf.graph @in_place {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [0.1, 0.2] factor 1.0 : !xf.table<4>
  %y = xf.rope %x, %t heads 4 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// The operand is read again: the rotation gets a copy.
// CHECK-LABEL: xf.graph @in_place_beside_a_reader
// CHECK: %[[X:.*]] = xf.embed
// CHECK: %[[C:.*]] = xf.scale %[[X]] by 1.000000e+00 {{.*}}xf.kernel
// CHECK: %[[R:.*]] = xf.rope %[[C]]
// CHECK: xf.add %[[X]], %[[R]]
xf.graph @in_place_beside_a_reader {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [0.1, 0.2] factor 1.0 : !xf.table<4>
  %r = xf.rope %x, %t heads 4 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %y = xf.add %x, %r : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// A reader before is no reason to copy.
// CHECK-LABEL: xf.graph @in_place_after_a_reader
// CHECK-NOT: xf.scale
// CHECK: xf.rope
xf.graph @in_place_after_a_reader {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [0.1, 0.2] factor 1.0 : !xf.table<4>
  %s = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %r = xf.rope %x, %t heads 4 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %y = xf.add %s, %r : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}
