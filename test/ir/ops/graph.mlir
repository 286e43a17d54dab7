// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @"llama-3.2" {
// CHECK: xf.return %{{.*}} : !xf.rows<1 x 64>
xf.graph @"llama-3.2" {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

// CHECK-LABEL: xf.graph @m phase "prefill" {
xf.graph @m phase "prefill" {
  %ids = xf.tokens : !xf.ids<outputs>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<outputs>, !xf.weight<512x64, f16>) -> !xf.rows<outputs x 64>
  xf.return %x : !xf.rows<outputs x 64>
}

// -----

// expected-error @+1 {{graph: unknown phase (warmup)}}
xf.graph @m phase "warmup" {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

// expected-error @+1 {{graph: the body does not end with xf.return}}
xf.graph @m {
  %ids = xf.tokens : !xf.ids<1>
}

// -----

xf.graph @m {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  // expected-error @+1 {{operand #0 must be f32 activations}}
  xf.return %e : !xf.weight<512x64, f16>
}

// -----

// expected-error @+1 {{'xf.weight' op expects parent op 'xf.graph'}}
%e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>

// -----

xf.graph @m {
  // expected-error @+1 {{features (0) must be at least 1}}
  xf.return %x : !xf.rows<1 x 0>
}

// -----

xf.graph @m {
  // expected-error @+1 {{rows (0) must be at least 1}}
  xf.return %x : !xf.rows<0 x 64>
}

// -----

xf.graph @m {
  // expected-error @+1 {{expected 'x'}}
  xf.return %x : !xf.rows<tokens 64>
}
