// RUN: ingot-opt %s -split-input-file -fold-constants | FileCheck %s

// Neither factor is a power of two: the two roundings stay.
// CHECK-LABEL: xf.graph @no_change
// CHECK: xf.scale %{{.*}} by 3.000000e+00
// CHECK: xf.scale %{{.*}} by 3.000000e-01
// CHECK: xf.last_rows
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %s = xf.scale %x by 3.0 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.scale %s by 0.3 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// CHECK-LABEL: xf.graph @scale_by_one
// CHECK-NOT: xf.scale
// CHECK: xf.silu
xf.graph @scale_by_one {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %s = xf.scale %x by 1.0 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.silu %s : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// CHECK-LABEL: xf.graph @scale_of_scale
// CHECK: %[[X:.*]] = xf.embed
// CHECK-NEXT: xf.scale %[[X]] by 6.000000e+00
// CHECK-NEXT: xf.last_rows
xf.graph @scale_of_scale {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %s = xf.scale %x by 2.0 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.scale %s by 3.0 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// Three join, and the one in the middle stays for its other user.
// CHECK-LABEL: xf.graph @chain
// CHECK: %[[X:.*]] = xf.embed
// CHECK-NEXT: %[[B:.*]] = xf.scale %[[X]] by 1.500000e+00
// CHECK-NEXT: %[[C:.*]] = xf.scale %[[X]] by 1.200000e+01
// CHECK-NEXT: xf.add %[[B]], %[[C]]
xf.graph @chain {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %a = xf.scale %x by 0.5 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %b = xf.scale %a by 3.0 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %c = xf.scale %b by 8.0 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.add %b, %c : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// A product that overflows would be infinite at once: it stays two.
// CHECK-LABEL: xf.graph @overflow
// CHECK: xf.scale
// CHECK: xf.scale
xf.graph @overflow {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %s = xf.scale %x by 1.7014118346046923e+38 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.scale %s by 1.7014118346046923e+38 : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %last = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %last : !xf.rows<outputs x 64>
}

// -----

// CHECK-LABEL: xf.graph @last_of_one_row
// CHECK-NOT: xf.last_rows
// CHECK: xf.return
xf.graph @last_of_one_row {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %y = xf.last_rows %x : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}
