//! fragment: scan
//! use: grid
// Sums over the threads before, of whole numbers.
var<workgroup> sums: array<u32, WG>;

// The sum of `v` over this thread and all before it. Called in uniform flow. Calls may follow each
// other: after the last barrier a thread reads its own sum alone.
fn wg_scan(t: Thr, v: u32) -> u32 {
  sums[t.index] = v;
  workgroupBarrier();
  for (var d = 1u; d < WG; d <<= 1u) {
    var add = 0u;
    if (t.index >= d) {
      add = sums[t.index - d];
    }
    workgroupBarrier();
    sums[t.index] += add;
    workgroupBarrier();
  }
  return sums[t.index];
}

// Over all threads, after wg_scan.
fn wg_scan_total() -> u32 {
  return workgroupUniformLoad(&sums[WG - 1u]);
}
