// Kernels that bring rows from one place to another: embedding rows out of the table, keys and
// values into the cache, the rows whose logits are wanted; and rope, which turns them in place.
#include "ingot/base/quant.h"
#include "ingot/kernels/cpu/row.h"
#include "ingot/kernels/cpu/simd/vector_ops.h"

namespace ingot::kernels::cpu {
namespace {

void Gather(const Args& args) {
  const uint32_t* ids = args.In<uint32_t>(0);
  std::span<const std::byte> table = args.bindings[1];
  float* y = args.Out<float>(2);
  uint64_t dim = args.U32(1);
  uint32_t vocab = args.U32(2);
  float scale = args.F32(3);
  DType dtype = *DTypeOfWeightFormat(static_cast<uint32_t>(args.overrides[0]));
  uint64_t row_bytes = RowBytes(dtype, dim).value();
  ForItems(args, args.U32(0), dim, [&](uint64_t begin, uint64_t end) {
    for (uint64_t t = begin; t < end; ++t) {
      float* row = y + t * dim;
      if (ids[t] >= vocab) {
        std::fill_n(row, dim, 0.0f);
        continue;
      }
      DecodeRow(dtype, table.subspan(ids[t] * row_bytes, row_bytes), row, dim);
      if (scale != 1) Ops().scale(row, scale, row, dim);
    }
  });
}

// The pairs (j, j + rot / 2) of every head of a token, cos and sin taken apart once for all heads.
void TurnHalves(float* q, uint64_t heads, uint64_t head_dim, const float* table, uint64_t pairs) {
  constexpr uint64_t kPairs = 128;
  float cosine[kPairs];
  float sine[kPairs];
  for (uint64_t first = 0; first < pairs; first += kPairs) {
    uint64_t count = std::min(kPairs, pairs - first);
    for (uint64_t i = 0; i < count; ++i) {
      cosine[i] = table[2 * (first + i)];
      sine[i] = table[2 * (first + i) + 1];
    }
    for (uint64_t h = 0; h < heads; ++h) {
      float* head = q + h * head_dim + first;
      Ops().rope_halves(head, head + pairs, cosine, sine, count);
    }
  }
}

void Rope(const Args& args) {
  float* q = args.Out<float>(0);
  const float* table = args.In<float>(1);
  uint64_t pos = args.In<uint32_t>(2)[0];
  uint64_t heads = args.U32(1);
  uint64_t head_dim = args.U32(2);
  uint64_t rot = args.U32(3);
  bool interleaved = args.overrides[0] != 0;
  uint64_t width = heads * head_dim;
  ForItems(args, args.U32(0), width, [&](uint64_t begin, uint64_t end) {
    for (uint64_t t = begin; t < end; ++t) {
      float* row = q + t * width;
      const float* turns = table + (pos + t) * rot;
      if (!interleaved) {
        TurnHalves(row, heads, head_dim, turns, rot / 2);
        continue;
      }
      for (uint64_t h = 0; h < heads; ++h) Ops().rope_pairs(row + h * head_dim, turns, rot / 2);
    }
  });
}

void KvWrite(const Args& args) {
  const float* sources[2] = {args.In<float>(0), args.In<float>(1)};
  std::byte* cache = args.Out<std::byte>(2);
  uint64_t pos = args.In<uint32_t>(3)[0];
  uint64_t kv_heads = args.U32(1);
  uint64_t head_dim = args.U32(2);
  uint64_t capacity = args.U32(3);
  bool half = args.overrides[0] != 0;
  uint64_t row_bytes = head_dim * (half ? 2 : 4);
  ForItems(args, args.U32(0), 2 * kv_heads * head_dim, [&](uint64_t begin, uint64_t end) {
    for (uint64_t t = begin; t < end && pos + t < capacity; ++t) {
      for (uint64_t g = 0; g < 2 * kv_heads; ++g) {  // K of all heads, then V
        const float* src = sources[g / kv_heads] + (t * kv_heads + g % kv_heads) * head_dim;
        std::byte* dst = cache + (g * capacity + pos + t) * row_bytes;
        if (half) {
          Ops().to_half(src, reinterpret_cast<uint16_t*>(dst), head_dim);
        } else {
          std::memcpy(dst, src, row_bytes);
        }
      }
    }
  });
}

void CopyFloats(const Args& args, const float* x, float* y, uint64_t size) {
  ForItems(args, size, 1, [&](uint64_t begin, uint64_t end) {
    std::memcpy(y + begin, x + begin, (end - begin) * sizeof(float));
  });
}

void LastRows(const Args& args) {
  uint64_t dim = args.U32(2);
  uint64_t skipped = args.U32(0) - args.U32(1);
  CopyFloats(args, args.In<float>(0) + skipped * dim, args.Out<float>(1), args.U32(1) * dim);
}

std::vector<DType> WeightFormats() {
  std::vector<DType> formats;
  for (uint32_t i = 0; auto format = DTypeOfWeightFormat(i); ++i) formats.push_back(*format);
  return formats;
}

}  // namespace

std::vector<CpuKernel> MoveKernels() {
  KernelDesc gather = Desc("gather", "embed", "gather", "y[t, :] = scale * table[ids[t], :]",
                           {Reads("ids", "ids"), Reads("table", "blocks"), Writes("y")},
                           {U("rows"), U("dim"), U("vocab"), F("scale")});
  gather.weight_formats = WeightFormats();
  double largest_format = static_cast<double>(gather.weight_formats.size() - 1);
  gather.overrides = {Bound("W_FORMAT", 0, largest_format, 0)};
  KernelDesc rope = Desc(
      "rope_precomputed", "rope", "rope",
      "y0 = x0 cos - x1 sin, y1 = x0 sin + x1 cos, angles from the table's row of the position",
      {Writes("q"), Reads("table", "table"), Reads("state", "state")},
      {U("rows"), U("heads"), U("head_dim"), U("rot")});
  rope.overrides = {Switch("INTERLEAVED", OverrideClass::kFlag)};
  rope.in_place = "q";
  KernelDesc kv_write =
      Desc("kv_write", "kv_write", "kv_write", "cache[0, g, pos + t, :] = k[t, g, :]; [1, ...] = v",
           {Reads("k"), Reads("v"), Writes("cache", "kv"), Reads("state", "state")},
           {U("rows"), U("kv_heads"), U("head_dim"), U("capacity")});
  kv_write.overrides = {Switch("F16_KV", OverrideClass::kBound)};
  kv_write.in_place = "cache";
  KernelDesc last_rows =
      Desc("last_rows", "last_rows", "last_rows", "y[s, :] = x[rows - outputs + s, :]",
           {Reads("x"), Writes("y")}, {U("rows"), U("outputs"), U("dim")});
  return {{std::move(gather), Gather},
          {std::move(rope), Rope},
          {std::move(kv_write), KvWrite},
          {std::move(last_rows), LastRows}};
}

}  // namespace ingot::kernels::cpu
