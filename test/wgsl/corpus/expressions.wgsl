// Precedence, nesting, and places where brackets must stay.
const a = 1; const b = 2; const c = 3; const d = 4;
const sums = a + b - c + d - (a - b) + (c + d);
const products = a * b / c % d * (a / b) * (a * b);
const mixed = (a + b) * (c - d) / -a - -b;
const twice = - -a - (-(-b)) + ~~c;
const shifts = (a + b) << u32(c) ;
const shifts2 = (a << 1u) >> 2u;
const shifts3 = a << (1u + 2u);
const bits = (a & b & c) | (d ^ a ^ b);
const bits2 = (a | b) & ~c & (d << 1u);
const logic = (a < b && c > d) || (a == b && !(c != d)) || a <= b;
const logic2 = (a < b) == (c > d);
const compare = a + b * c < d << 2u;
const compare2 = a << 2u > d;
const compare3 = a < (b >> 1u);
const compare4 = (a < b) != true;
const chosen = select(a, b, (a < b));
const template_call = max(a, min(b, c));
const brackets = vec2((a < b), (c > d));
const brackets2 = vec3(a < b, c < d, (a > b));
const brackets3 = vec2((a < b || c == d), (c >> 2u) > d);
const kept = vec2(a > b, c < d);
const sized = array<i32, (a << 2u)>();
const sized2 = array<i32, (b > a && c > b)>();
const sized3 = array<array<vec2<f32>, 2>, a + b * (c & d)>();
const sized4 = array<i32, (b > a)>();
const swizzled = vec4(1, 2, 3, 4).wzyx.rg[0];
const of_number = (1).x;
const hex = 0x1F + 0XfFu + 0x1.8p3 + 0x.8p-2f + 1e3 + 1.5e-3f + .5 + 2.;
const casts = f32(u32(i32(a))) + bitcast<f32>(0x3f800000u);
fn pointers(p: ptr<function, i32>) -> i32 {
  let q = &*p;
  let r = & *(&*q);
  return *p * *q - -*r;
}
