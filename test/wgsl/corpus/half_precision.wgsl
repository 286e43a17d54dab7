enable f16;
requires readonly_and_readwrite_storage_textures, packed_4x8_integer_dot_product;
diagnostic(off, derivative_uniformity);
diagnostic(warning, chromium.unreachable_code);
struct Row { a: f16, b: vec3<f16>, c: mat2x3<f16>, d: array<f16, 5> }
@group(0) @binding(0) var<storage, read> rows: array<Row>;
@group(0) @binding(1) var<storage, read_write> y: array<vec2h>;
const big = 65504h;
const tiny = 0x1p-14h;
const half = .5h;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = rows[id.x];
  let v = fma(row.b, vec3<f16>(half), vec3h(row.a, tiny, -big));
  let packed = pack2x16float(vec2f(f32(v.x), f32(v.y)));
  y[id.x] = vec2h(unpack2x16float(packed)) + row.c[1].xy * row.d[4];
  let dots = dot4I8Packed(packed, 0x01020304u) + i32(dot4U8Packed(packed, packed));
  y[id.x].x += f16(dots);
}
