@binding(0) @group(0) var<storage, read> size: vec2u;
@binding(1) @group(0) var<storage, read> current: array<u32>;
@binding(2) @group(0) var<storage, read_write> next: array<u32>;
override block_size = 8;

fn index_of(x: u32, y: u32) -> u32 { let h = size.y; let w = size.x; return (y % h) * w + (x % w); }
fn cell(x: u32, y: u32) -> u32 { return current[index_of(x, y)]; }
fn neighbours(x: u32, y: u32) -> u32 {
  return cell(x - 1, y - 1) + cell(x, y - 1) + cell(x + 1, y - 1) + cell(x - 1, y) +
         cell(x + 1, y) + cell(x - 1, y + 1) + cell(x, y + 1) + cell(x + 1, y + 1);
}

@compute @workgroup_size(block_size, block_size)
fn main(@builtin(global_invocation_id) grid: vec3u) {
  let x = grid.x;
  let y = grid.y;
  let n = neighbours(x, y);
  next[index_of(x, y)] = select(u32(n == 3u), u32(n == 2u || n == 3u), cell(x, y) == 1u);
}
