struct VertexOut {
  @builtin(position) @invariant position: vec4<f32>,
  @location(0) @interpolate(flat, either) id: u32,
  @location(1) @interpolate(perspective, centroid) uv: vec2<f32>,
}
@group(0) @binding(0) var image: texture_2d<f32>;
@group(0) @binding(1) var image_sampler: sampler;

@vertex
fn vs(@builtin(vertex_index) index: u32, @location(0) at: vec2<f32>) -> VertexOut {
  var out: VertexOut;
  out.position = vec4<f32>(at, 0.0, 1.0);
  out.id = index;
  out.uv = at * 0.5 + vec2(0.5);
  return out;
}

@fragment
fn fs(in: VertexOut, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
  if !front { discard; }
  @diagnostic(off, derivative_uniformity)
  if in.id > 3u @diagnostic(info, a.b) { return textureSample(image, image_sampler, in.uv); }
  @diagnostic(warning, x) switch in.id @diagnostic(warning, y) { default @diagnostic(off, z) { } }
  @diagnostic(off, w) loop @diagnostic(off, v) { break; continuing @diagnostic(off, u) { } }
  @diagnostic(off, t) for (;;) @diagnostic(off, s) { break; }
  @diagnostic(off, r) while true { break; }
  @diagnostic(off, q) { }
  return vec4<f32>(in.uv, 0.0, 1.0);
}
