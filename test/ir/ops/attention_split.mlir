// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // CHECK: xf.attention_split %{{.*}}, %{{.*}} heads 4 scale 1.000000e+00 splits 8 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 640>
  %y = xf.attention_split %x, %kv heads 4 scale 1.0 splits 8 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 640>
  // CHECK: xf.attention_split %{{.*}}, %{{.*}} heads 4 scale 5.000000e-01 window 512 softcap 5.000000e+01 splits 1 layer 2 role "attention" : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 80>
  %z = xf.attention_split %x, %kv heads 4 scale 0.5 window 512 softcap 5.000000e+01 splits 1 layer 2 role "attention" : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 80>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

xf.graph @heads_do_not_divide {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention_split: heads (3) are not a multiple of kv_heads (2)}}
  %y = xf.attention_split %x, %kv heads 3 scale 1.0 splits 8 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 480>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

xf.graph @another_width {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention_split: q's features (64) are not heads times head_dim (128)}}
  %y = xf.attention_split %x, %kv heads 8 scale 1.0 splits 8 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 1280>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

xf.graph @no_splits {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention_split: splits (0) is not in (1..1024)}}
  %y = xf.attention_split %x, %kv heads 4 scale 1.0 splits 0 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 640>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

xf.graph @negative_window {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention_split: window (-1) is not in (0..2147483647)}}
  %y = xf.attention_split %x, %kv heads 4 scale 1.0 window -1 splits 8 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 640>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

xf.graph @many_splits {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention_split: splits (1025) is not in (1..1024)}}
  %y = xf.attention_split %x, %kv heads 4 scale 1.0 splits 1025 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 82000>
  xf.return %x : !xf.rows<1 x 64>
}

// -----

xf.graph @another_result {
  %ids = xf.tokens : !xf.ids<1>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<1>, !xf.weight<512x64, f16>) -> !xf.rows<1 x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+2 {{inferred type(s)}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = xf.attention_split %x, %kv heads 4 scale 1.0 splits 8 : (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 64>
  xf.return %x : !xf.rows<1 x 64>
}
