// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // CHECK: xf.weight "blk.0.attn_q.weight"[0:64] + "blk.0.attn_k.weight"[8:16] : !xf.weight<72x64, q4_0>
  %w = xf.weight "blk.0.attn_q.weight"[0:64] + "blk.0.attn_k.weight"[8:16] : !xf.weight<72x64, q4_0>
  // CHECK: xf.weight "w"[0:64] : !xf.weight<64x64, f32, tiles16>
  %p = xf.weight "w"[0:64] : !xf.weight<64x64, f32, tiles16>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @rows_differ {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{weight: rows of the parts (64) are not the type's (32)}}
  %w = xf.weight "w"[0:64] : !xf.weight<32x64, f32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @empty_part {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{weight: rows of a part (0) must be at least 1}}
  %w = xf.weight "w"[8:8] + "w"[0:8] : !xf.weight<8x64, f32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @part_begins_below_0 {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{weight: a part begins at (-8)}}
  %w = xf.weight "w"[-8:8] : !xf.weight<16x64, f32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @torn_block {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{columns (2600) are not a multiple of the block (256)}}
  %w = xf.weight "w"[0:8] : !xf.weight<8x2600, q4_k>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @unknown_format {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{unknown format (q9_0)}}
  %w = xf.weight "w"[0:8] : !xf.weight<8x64, q9_0>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @integers {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{format (u32) is not one of weights}}
  %w = xf.weight "w"[0:8] : !xf.weight<8x64, u32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @three_dimensions {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{a weight has 2 dimensions, not (3)}}
  %w = xf.weight "w"[0:8] : !xf.weight<2x4x64, f32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @no_rows {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{rows (0) must be at least 1}}
  %w = xf.weight "w"[0:8] : !xf.weight<0x64, f32>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @too_many {
  // expected-error @+1 {{columns (4294967296) are more than (2147483647)}}
  %w = xf.weight "w"[0:8] : !xf.weight<8x4294967296, f32>
  xf.return %w : !xf.rows<1 x 8>
}
