// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // CHECK: xf.attention %{{.*}}, %{{.*}} heads 4 scale 2.500000e-01 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %y = xf.attention %x, %kv heads 4 scale 2.500000e-01 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  // CHECK: xf.attention %{{.*}}, %{{.*}} heads 4 scale 0.088388347648318447 window 512 softcap 5.000000e+01 layer 2 as "a" : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %z = xf.attention %x, %kv heads 4 scale 0.088388347648318447 window 512 softcap 5.000000e+01 layer 2 as "a" : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @no_heads {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention: heads (0) must be at least 1}}
  %y = xf.attention %x, %kv heads 0 scale 1.0 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @heads_do_not_divide {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention: heads (3) are not a multiple of kv_heads (2)}}
  %y = xf.attention %x, %kv heads 3 scale 1.0 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @another_width {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention: q's features (64) are not heads times head_dim (128)}}
  %y = xf.attention %x, %kv heads 8 scale 1.0 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @infinite_scale {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention: scale is not finite}}
  %y = xf.attention %x, %kv heads 4 scale 0x7FF0000000000000 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @negative_window {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention: window (-1) is not in (0..2147483647)}}
  %y = xf.attention %x, %kv heads 4 scale 1.0 window -1 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @negative_softcap {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  // expected-error @+1 {{attention: softcap (-1.000000e+00) is negative}}
  %y = xf.attention %x, %kv heads 4 scale 1.0 softcap -1.0 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @as_many_sinks_as_heads {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %kv = xf.cache "kv" layer 0 : !xf.kv<2 x 16>
  %s = xf.vector "sinks" : !xf.vec<3>
  // expected-error @+1 {{attention: sinks (3) are not heads (4)}}
  %y = xf.attention %x, %kv, %s heads 4 scale 1.0 : (!xf.rows<tokens x 64>, !xf.kv<2 x 16>, !xf.vec<3>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
