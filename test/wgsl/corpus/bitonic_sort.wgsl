struct Step { block: u32, half: u32 }
@group(0) @binding(0) var<storage, read_write> keys: array<u32>;
@group(0) @binding(1) var<uniform> step: Step;

fn partner(i: u32) -> u32 { return i ^ step.half; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let j = partner(i);
  if (j > i && j < arrayLength(&keys)) {
    let rising = (i & step.block) == 0u;
    let a = keys[i];
    let b = keys[j];
    if ((a > b) == rising) {
      keys[i] = b;
      keys[j] = a;
    }
  }
}
