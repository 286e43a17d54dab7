// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // CHECK: xf.silu %{{.*}} : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  // CHECK: xf.silu %{{.*}} layer 3 role "gate" as "g" : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %z = xf.silu %x layer 3 role "gate" as "g" : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_width {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) '!xf.rows<tokens x 64>' are incompatible with return type(s) of operation '!xf.rows<tokens x 32>'}}
  %y = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @operand_of_another_kind {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{operand #0 must be f32 activations}}
  %y = xf.silu %e : (!xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

// Every op that kernels serve says its layer in the same way.
xf.graph @negative_layer {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  // expected-error @+1 {{attribute 'layer' failed to satisfy constraint}}
  %y = xf.silu %x layer -1 : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}
