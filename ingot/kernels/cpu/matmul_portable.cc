// f32 matmul pieces in plain C++, and the list of all paths.
#include "ingot/base/quant.h"
#include "ingot/kernels/cpu/matmul_panel.h"
#include "ingot/kernels/cpu/matmul_path.h"

namespace ingot::kernels::cpu {
namespace {

struct Portable {
  static constexpr size_t kLanes = 4, kRows = 2, kCols = 4;
  static constexpr size_t kDepth = 512, kPassRows = 256;
  struct Vector {
    float lane[kLanes];
  };
  using Element = float;
  using Operand = Vector;

  static void Convert(const float* x, size_t count, Element* out) {
    std::memcpy(out, x, count * sizeof *x);
    while (count % kPanelStep != 0) out[count++] = 0;
  }
  static Vector Zero() { return {}; }
  static Vector Load(const float* at) { return LoadTail(at, kLanes); }
  static Vector LoadTail(const float* at, size_t count) {
    Vector v = {};
    for (size_t i = 0; i < count; ++i) v.lane[i] = at[i];
    return v;
  }
  static Vector MulAdd(Vector a, Vector b, Vector c) {
    for (size_t i = 0; i < kLanes; ++i) c.lane[i] += a.lane[i] * b.lane[i];
    return c;
  }
  static void Sum4(Vector a, Vector b, Vector c, Vector d, float* out) {
    for (const Vector& v : {a, b, c, d}) {
      *out++ = (v.lane[0] + v.lane[1]) + (v.lane[2] + v.lane[3]);
    }
  }
};

void Decode(DType format, const uint8_t* blocks, uint64_t count, float* out) {
  const DTypeTraits& traits = Traits(format);
  std::span<const uint8_t> bytes(blocks, count / traits.block * traits.bytes);
  DecodeRow(format, std::as_bytes(bytes), out, count);
}

}  // namespace

std::span<const FloatPath> FloatPaths() {
  static const std::vector<FloatPath> paths = {
#if defined(__x86_64__)
    {"avx512", {"avx512"}, Avx512FloatFunctions(), Avx512FloatPanelFunctions()},
    {"avx2", {"avx2"}, Avx2FloatFunctions(), Avx2FloatPanelFunctions()},
#endif
    {"portable", {}, {Decode, Tile<Portable>::Run}, Panel<Portable>::Functions()},
  };
  return paths;
}

std::span<const DotPath> DotPaths() {
  static const std::vector<DotPath> paths = {
#if defined(__x86_64__)
    {"avx512_vnni", {"avx512", "avx512_vnni"}, Avx512DotFunctions()},
    {"avx_vnni", {"avx2", "avx_vnni"}, AvxVnniDotFunctions()},
    {"avx2", {"avx2"}, Avx2DotFunctions()},
#endif
  };
  return paths;
}

std::span<const PanelPath> PanelPaths() {
  static const std::vector<PanelPath> paths = {
#if defined(__x86_64__)
    {"amx_bf16", {"amx_bf16", "avx512", "avx512_bf16"}, AmxPanelFunctions()},
    {"avx512_bf16", {"avx512", "avx512_bf16"}, Avx512PanelFunctions()},
#endif
  };
  return paths;
}

bool HasAll(std::span<const std::string> features, std::span<const std::string_view> needed) {
  for (std::string_view need : needed) {
    bool found = false;
    for (const std::string& feature : features) found = found || feature == need;
    if (!found) return false;
  }
  return true;
}

}  // namespace ingot::kernels::cpu
