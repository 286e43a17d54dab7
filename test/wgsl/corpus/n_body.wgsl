/* All pairs, a tile of bodies at a time. /* Comments nest. */ */
struct Body {
  position: vec3<f32>,
  mass: f32,
  @align(16) velocity: vec3<f32>,
}
struct Bodies { @size(16) count: u32, bodies: array<Body>, };
@group(0) @binding(0) var<storage, read> before: Bodies;
@group(0) @binding(1) var<storage, read_write> after: Bodies;
override TILE: u32 = 64u;
@id(7) override softening = 1e-3;
const dt: f32 = 0.01;
var<workgroup> shared_bodies: array<vec4<f32>, TILE>;
var<private> steps: u32;

fn pull(to: vec3<f32>, body: vec4<f32>) -> vec3<f32> {
  let d = body.xyz - to;
  let r2 = dot(d, d) + softening * softening;
  return d * (body.w * inverseSqrt(r2 * r2 * r2));
}

@compute @workgroup_size(TILE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let own = before.bodies[min(id.x, before.count - 1u)];
  var force = vec3<f32>();
  for (var tile: u32 = 0u; tile < before.count; tile += TILE) {
    let other = before.bodies[min(tile + lane, before.count - 1u)];
    shared_bodies[lane] = vec4<f32>(other.position, select(0.0, other.mass, tile + lane < before.count));
    workgroupBarrier();
    for (var i = 0u; i < TILE; i++) { force += pull(own.position, shared_bodies[i]); }
    workgroupBarrier();
    steps++;
  }
  if (id.x >= before.count) { return; }
  after.bodies[id.x].velocity = own.velocity + force * dt;
  after.bodies[id.x].position = fma(own.velocity, vec3<f32>(dt), own.position);
}
