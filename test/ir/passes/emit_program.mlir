// RUN: not ingot-opt %s -select-kernels -emit-program 2>&1 | FileCheck %s --check-prefix=UNPLACED
// RUN: not ingot-opt %s -emit-program 2>&1 | FileCheck %s --check-prefix=UNCHOSEN
// RUN: ingot-opt %s -enter-phase -select-kernels -place-buffers -emit-program | FileCheck %s

// The graph stays as it is; the Program follows.
// CHECK-LABEL: xf.graph @no_change phase "decode"
// CHECK: xf.return
// CHECK: "model": "no_change",
// CHECK: "target": "cpu",
// CHECK: "phase": "decode",
// CHECK: "name": "embd", "kind": "weight"
// CHECK: "name": "logits", "kind": "logits"
// CHECK: "op": "embed"
// CHECK: "op": "silu"
// CHECK-SAME: "kernel": "silu"
// CHECK-SAME: "uniforms": {"size": 64}
xf.graph @no_change {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %y = xf.silu %x : (!xf.rows<1 x 64>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}

// UNPLACED: embed: the result has no buffer
// UNCHOSEN: embed: no kernel is chosen
