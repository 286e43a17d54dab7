// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:96] : !xf.weight<96x64, q8_0>
  // CHECK: xf.matmul %{{.*}}, %{{.*}} layer 0 role "q_proj" as "q" : (!xf.rows<tokens x 64>, !xf.weight<96x64, q8_0>) -> !xf.rows<tokens x 96>
  %y = xf.matmul %x, %w layer 0 role "q_proj" as "q" : (!xf.rows<tokens x 64>, !xf.weight<96x64, q8_0>) -> !xf.rows<tokens x 96>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @depths_differ {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:64] : !xf.weight<64x32, f32>
  // expected-error @+1 {{matmul: x's features (64) are not w's columns (32)}}
  %y = xf.matmul %x, %w : (!xf.rows<tokens x 64>, !xf.weight<64x32, f32>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_width {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:96] : !xf.weight<96x64, f32>
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) '!xf.rows<tokens x 96>' are incompatible with return type(s) of operation '!xf.rows<tokens x 64>'}}
  %y = xf.matmul %x, %w : (!xf.rows<tokens x 64>, !xf.weight<96x64, f32>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @not_a_weight {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{operand #1 must be a weight}}
  %y = xf.matmul %x, %x : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
