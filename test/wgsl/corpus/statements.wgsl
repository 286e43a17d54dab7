// Every statement of the language.
var<private> counter: i32 = 3;
fn nothing() {}
fn answer() -> i32 { return 42; }
fn through(p: ptr<function, array<i32, 4>>, q: ptr<private, i32>) {
  (*p)[1] = *q;
  *q += (*p)[0];
  (*q)++;
  *q = *&*q;
  let inner = &(*p)[2];
  *inner -= 1;
  p[3] = 7;
}
fn all_of_them(n: i32) -> i32 {
  ;
  var total = 0i;
  var unset: vec2<i32>;
  const limit: i32 = 10;
  const_assert limit == 10;
  let twice = 2 * n;
  nothing();
  _ = answer();
  total += 1; total -= 1; total *= 3; total /= 2; total %= 5;
  total &= 7; total |= 8; total ^= 3; total <<= 1u; total >>= 1u;
  total++; total--;
  unset.x = 1; unset[1] = 2; (unset).y = 3;
  { let total = 1; counter = total; }
  if n == 0 { total = 1; } else if (n < 0) { total = -1; } else if twice > 100 { } else { total = n; }
  switch n {
    case 0: { total = 1; }
    case 1, 2, 3, { total = 2; }
    case limit, default: { total = 3; }
    case 7 { break; }
  }
  switch (n) { default: { } }
  loop {
    if total > limit { break; }
    total += 2;
    continuing { counter += 1; break if counter > 20; }
  }
  loop { total += 1; if (total & 1) == 0 { continue; } if total > 30 { break; } continuing { } }
  for (;;) { break; }
  for (var i = 0; ; i += 1) { if i > 3 { break; } }
  for (total = 0; total < 4; nothing()) { total += 1; }
  for (nothing(); total < 8; total++) { }
  while (total < 9) { total += 1; }
  var four = array<i32, 4>(1, 2, 3, 4);
  through(&four, &counter);
  return total;
}
@compute @workgroup_size(1) fn main() { _ = all_of_them(3); }
