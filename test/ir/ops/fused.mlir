// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %w = xf.weight "w"[0:96] : !xf.weight<96x64, f16>
  // The body sees the operands under their own names.
  // CHECK: xf.fused %[[X:.*]], %[[W:.*]] : (!xf.rows<tokens x 64>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96> {
  // CHECK-NEXT: %[[G:.*]] = xf.matmul %[[X]], %[[W]]
  // CHECK-NEXT: %[[S:.*]] = xf.silu %[[G]]
  // CHECK-NEXT: xf.yield %[[S]] : !xf.rows<tokens x 96>
  %y = xf.fused %x, %w : (!xf.rows<tokens x 64>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96> {
    %g = xf.matmul %x, %w : (!xf.rows<tokens x 64>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96>
    %s = xf.silu %g : (!xf.rows<tokens x 96>) -> !xf.rows<tokens x 96>
    xf.yield %s : !xf.rows<tokens x 96>
  }
  // CHECK: xf.fused %{{.*}}, %{{.*}} : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>) -> () {
  %kv = xf.cache "kv" layer 0 : !xf.kv<4 x 16>
  xf.fused %kv, %x : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>) -> () {
    xf.kv_write %kv, %x, %x : (!xf.kv<4 x 16>, !xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> ()
    // CHECK: xf.yield
    xf.yield
  }
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @name_from_outside {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %y = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
    // expected-error @+1 {{use of undeclared SSA value name}}
    %s = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
    xf.yield %s : !xf.rows<tokens x 64>
  }
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @empty {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{fused: the group is empty}}
  %y = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
    xf.yield %x : !xf.rows<tokens x 64>
  }
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @without_yield {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{fused: the body does not end with xf.yield}}
  %y = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
    %s = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  }
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @yields_another_type {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{fused: the yielded types are not the results'}}
  %y = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
    %s = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
    xf.yield %s : !xf.rows<outputs x 64>
  }
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @group_in_a_group {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{fused: (fused) cannot be in a group}}
  %y = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
    %z = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
      %s = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
      xf.yield %s : !xf.rows<tokens x 64>
    }
    xf.yield %z : !xf.rows<tokens x 64>
  }
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
