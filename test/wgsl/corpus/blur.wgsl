// Separable blur over a storage image, tile in workgroup memory.
struct Params { radius: i32, tile: u32, }
@group(0) @binding(0) var samp: sampler;
@group(0) @binding(1) var<uniform> params: Params;
@group(1) @binding(1) var src: texture_2d<f32>;
@group(1) @binding(2) var dst: texture_storage_2d<rgba8unorm, write>;
@group(1) @binding(3) var<uniform> flip: u32;
var<workgroup> tile: array<array<vec3f, 128>, 4>;

@compute @workgroup_size(32, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let offset = (params.radius - 1) / 2;
  let dims = vec2i(textureDimensions(src, 0));
  let base = vec2i(group.xy * vec2(params.tile, 4) + local.xy * vec2(4, 1)) - vec2(offset, 0);
  for (var r = 0; r < 4; r++) {
    for (var c = 0; c < 4; c++) {
      var at = base + vec2(c, r);
      if flip != 0u { at = at.yx; }
      tile[r][4 * local.x + u32(c)] =
          textureSampleLevel(src, samp, (vec2f(at) + vec2f(.25, 0.25)) / vec2f(dims), 0.).rgb;
    }
  }
  workgroupBarrier();
  for (var r = 0; r < 4; r++) {
    for (var c = 0; c < 4; c++) {
      var at = base + vec2(c, r);
      if (flip != 0) { at = at.yx; }
      let center = i32(4 * local.x) + c;
      if (center >= offset && center < 128 - offset && all(at < dims)) {
        var sum = vec3(0.0, 0., .0);
        for (var f = 0; f < params.radius; f += 1) {
          var i = center + f - offset;
          sum += (1.0 / f32(params.radius)) * tile[r][i];
        }
        textureStore(dst, at, vec4(sum, 1.0));
      }
    }
  }
}
