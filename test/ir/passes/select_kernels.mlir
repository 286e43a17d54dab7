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

// -----

// Each op gets the weight in the layout that its kernel reads; what is asked for twice is one weight.
// CHECK-LABEL: xf.graph @layouts
// CHECK: %[[P:.*]] = xf.weight "w"[0:64] : !xf.weight<64x64, f16, tiles3>
// CHECK-NEXT: %[[B:.*]] = xf.weight "w"[0:64] : !xf.weight<64x64, f16>
// CHECK-NOT: = xf.weight
// CHECK: xf.matmul %{{.*}}, %[[B]]
// CHECK: xf.matmul %{{.*}}, %[[B]]
xf.graph @layouts {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %w = xf.weight "w"[0:64] : !xf.weight<64x64, f16, tiles3>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %h = xf.matmul %x, %w : (!xf.rows<tokens x 64>, !xf.weight<64x64, f16, tiles3>) -> !xf.rows<tokens x 64>
  %y = xf.matmul %h, %w : (!xf.rows<tokens x 64>, !xf.weight<64x64, f16, tiles3>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// No kernel of this build has room for such a head.
xf.graph @unserved {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x2048, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x2048, f16>) -> !xf.rows<tokens x 2048>
  %kv = xf.cache "kv" layer 0 : !xf.kv<1 x 2048>
  // expected-error @+1 {{no kernel}}
  %y = xf.attention %x, %kv heads 1 scale 1.0 : (!xf.rows<tokens x 2048>, !xf.kv<1 x 2048>) -> !xf.rows<tokens x 2048>
  %last = xf.last_rows %y : (!xf.rows<tokens x 2048>) -> !xf.rows<outputs x 2048>
  xf.return %last : !xf.rows<outputs x 2048>
}

// -----

xf.graph @group {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  // expected-error @+1 {{fused: no kernel serves a group}}
  %y = xf.fused %x : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64> {
    %s = xf.silu %x : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
    xf.yield %s : !xf.rows<1 x 64>
  }
  xf.return %y : !xf.rows<1 x 64>
}
