//! op: probe_dirt
//! formula: y[i] = word, read from workgroup memory, all of which keeps it
//! bind: y u32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WORDS = {4096, 8192} tune
//! range: WG = {64} tune
//! use: grid
//! shared: 4 * WORDS
//! require: invocations >= WG
//! tolerance: exact
//! variant: probe_dirt { }
struct Params {
  size: u32,
  word: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

override WORDS: u32 = 4096u;
override WG: u32 = 64u;

var<workgroup> dirt: array<u32, WORDS>;

// What the gate runs before a kernel, so that one that trusts workgroup memory to be zero is found.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  for (var i = t.index; i < WORDS; i += WG) {
    dirt[i & (WORDS - 1u)] = p.word;
  }
  workgroupBarrier();
  let at = linear(g) * WG + t.index;
  if (at < p.size) {
    y[at] = dirt[(at * 61u) & (WORDS - 1u)];
  }
}
