//! fragment: rng
//! use: wide
// Philox4x32-10: random words as a function of a key and a counter, so that any step can be
// replayed. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.

fn philox(key: vec2<u32>, counter: vec4<u32>) -> vec4<u32> {
  var k = key;
  var c = counter;
  for (var i = 0u; i < 10u; i++) {
    let a = wide_product(0xD2511F53u, c.x);
    let b = wide_product(0xCD9E8D57u, c.z);
    c = vec4<u32>(b.x ^ c.y ^ k.x, b.y, a.x ^ c.w ^ k.y, a.y);
    k += vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}
