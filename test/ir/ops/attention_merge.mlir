// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x640, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x640, f16>) -> !xf.rows<1 x 640>
  // CHECK: %a.3 = xf.attention_merge %{{.*}} heads 4 splits 8 layer 3 as "a" : (!xf.rows<1 x 640>) -> !xf.rows<1 x 64>
  %y = xf.attention_merge %x heads 4 splits 8 layer 3 as "a" : (!xf.rows<1 x 640>) -> !xf.rows<1 x 64>
  xf.return %y : !xf.rows<1 x 64>
}

// -----

xf.graph @no_whole_states {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x640, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x640, f16>) -> !xf.rows<1 x 640>
  // expected-error @+1 {{attention_merge: part's features (640) are not heads times splits times a state (612)}}
  %y = xf.attention_merge %x heads 4 splits 9 : (!xf.rows<1 x 640>) -> !xf.rows<1 x 52>
  xf.return %x : !xf.rows<1 x 640>
}

// -----

xf.graph @another_result {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x640, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x640, f16>) -> !xf.rows<1 x 640>
  // expected-error @+1 {{attention_merge: part's features (640) are not heads times splits times a state (672)}}
  %y = xf.attention_merge %x heads 4 splits 8 : (!xf.rows<1 x 640>) -> !xf.rows<1 x 68>
  xf.return %x : !xf.rows<1 x 640>
}
