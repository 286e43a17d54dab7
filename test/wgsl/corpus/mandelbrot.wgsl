struct View { center: vec2f, scale: f32, limit: u32 };
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
const escape: f32 = 4.;
fn times(u: vec2f, v: vec2f) -> vec2f { return vec2f(u.x * v.x - u.y * v.y, u.x * v.y + u.y * v.x); }
@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let width = groups.x * 16;
  let c = view.center + view.scale * (vec2f(id.xy) / f32(width) - 0.5);
  var z = vec2f();
  var n = 0u;
  loop {
    if n >= view.limit || dot(z, z) > escape { break; }
    z = times(z, z) + c;
    continuing { n++; }
  }
  out[id.y * width + id.x] = n;
}
