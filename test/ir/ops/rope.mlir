// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [2.500000e-01, 1.000000e-01] factor 1.000000e+00 : !xf.table<4>
  // CHECK: xf.rope %{{.*}}, %{{.*}} heads 4 layer 0 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %y = xf.rope %x, %t heads 4 layer 0 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @no_heads {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [2.500000e-01, 1.000000e-01] factor 1.000000e+00 : !xf.table<4>
  // expected-error @+1 {{rope: heads (0) must be at least 1}}
  %y = xf.rope %x, %t heads 0 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @heads_do_not_divide {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [2.500000e-01, 1.000000e-01] factor 1.000000e+00 : !xf.table<4>
  // expected-error @+1 {{rope: features (64) are not a multiple of heads (3)}}
  %y = xf.rope %x, %t heads 3 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @rot_beyond_the_head {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %t = xf.table "main" turns [2.500000e-01, 1.000000e-01] factor 1.000000e+00 : !xf.table<4>
  // expected-error @+1 {{rope: rot (4) is more than head_dim (2)}}
  %y = xf.rope %x, %t heads 32 : (!xf.rows<tokens x 64>, !xf.table<4>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
