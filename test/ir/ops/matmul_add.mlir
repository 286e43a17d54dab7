// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:64] : !xf.weight<64x64, q8_0>
  // CHECK: xf.matmul_add %{{.*}}, %{{.*}}, %{{.*}} layer 0 role "o_proj" as "r" : (!xf.rows<tokens x 64>, !xf.weight<64x64, q8_0>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.matmul_add %x, %w, %x layer 0 role "o_proj" as "r" : (!xf.rows<tokens x 64>, !xf.weight<64x64, q8_0>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_width {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:32] : !xf.weight<32x64, q8_0>
  // expected-error @+1 {{matmul_add: residual (tokens x 64) and the product (tokens x 32) differ}}
  %y = xf.matmul_add %x, %w, %x : (!xf.rows<tokens x 64>, !xf.weight<32x64, q8_0>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_depth {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:64] : !xf.weight<64x32, q8_0>
  // expected-error @+1 {{matmul_add: x's features (64) are not w's columns (32)}}
  %y = xf.matmul_add %x, %w, %x : (!xf.rows<tokens x 64>, !xf.weight<64x32, q8_0>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
