//! fragment: at
// Where a value of a result stands: head is one of those that a kernel computes at once.
struct At {
  row: u32,
  col: u32,
  head: u32,
  expert: u32,
}
