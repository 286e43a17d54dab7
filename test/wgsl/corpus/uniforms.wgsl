alias float4 = vec4<f32>;
alias floats = array<float4, 3>;
struct Light { @align(16) color: vec3<f32>, power: f32, @size(32) direction: vec3f }
struct Scene {
  view: mat4x4<f32>,
  normal: mat3x3f,
  lights: array<Light, 2>,
  weights: floats,
  counts: vec2<u32>,
  tail: i32,
}
@group(0) @binding(0) var<uniform> scene: Scene;
@group(0) @binding(1) var<storage, read_write> result: array<vec4<f32>>;

@must_use fn shade(n: vec3<f32>) -> vec3<f32> {
  var sum = vec3<f32>(0);
  for (var i = 0; i < 2; i++) {
    let light = scene.lights[i];
    sum += light.color * light.power * max(dot(n, -light.direction), 0.0);
  }
  return sum;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let n = normalize(scene.normal * vec3<f32>(id));
  let at = id.y * scene.counts.x + id.x;
  if any(id.xy >= scene.counts) { return; }
  result[at] = scene.view * vec4<f32>(shade(n), 1.0) + scene.weights[u32(scene.tail) % 3u];
}
