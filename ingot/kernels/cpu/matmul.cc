#include "ingot/kernels/cpu/matmul.h"

#include <utility>

#include "ingot/base/log.h"
#include "ingot/base/quant.h"

namespace ingot::kernels::cpu {
namespace {

// A fork costs a microsecond or two; this many multiply-adds take longer than that on one worker.
constexpr uint64_t kForkWork = 64 * 1024;

constexpr DType kFormats[] = {DType::kF32,  DType::kF16,  DType::kBF16, DType::kQ4_0, DType::kQ4_1,
                              DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kQ2_K, DType::kQ3_K,
                              DType::kQ4_K, DType::kQ5_K, DType::kQ6_K, DType::kMXFP4};

}  // namespace

Matmul::Matmul(const Args& args)
    : x(args.In<float>(0)),
      w(args.In<uint8_t>(1)),
      y(args.Out<float>(2)),
      rows(args.U32(0)),
      cols(args.U32(1)),
      depth(args.U32(2)),
      format(FormatOf(args)),
      row_bytes(depth / Traits(format).block * Traits(format).bytes),
      pool(args.pool) {}

DType Matmul::FormatOf(const Args& args) {
  std::optional<DType> dtype = DTypeOfWeightFormat(static_cast<uint32_t>(args.overrides[0]));
  INGOT_CHECK(dtype.has_value());
  return *dtype;
}

uint64_t Matmul::ColumnChunk(uint64_t multiple) const {
  uint64_t work = std::max<uint64_t>(rows * depth, 1);
  uint64_t least = (kForkWork + work - 1) / work;
  uint64_t even = cols / (uint64_t{pool->threads()} * 4);
  uint64_t chunk = std::max({least, even, uint64_t{1}});
  return (chunk + multiple - 1) / multiple * multiple;
}

KernelDesc MatmulDesc(std::string name, Numerics numerics, int priority) {
  KernelDesc desc;
  desc.name = std::move(name);
  desc.op = "matmul";
  desc.target = "cpu";
  desc.formula = "y[m, n] = sum_k x[m, k] * w[n, k]";
  desc.bindings = {{"x", "rows", Access::kRead},
                   {"w", "blocks", Access::kRead},
                   {"y", "rows", Access::kReadWrite}};
  desc.uniforms = {{"rows"}, {"cols"}, {"depth"}};
  desc.weight_formats.assign(std::begin(kFormats), std::end(kFormats));
  OverrideDesc format;
  format.name = "W_FORMAT";
  format.clazz = OverrideClass::kBound;
  for (DType dtype : kFormats) format.allowed.push_back(WeightFormat(dtype));
  std::sort(format.allowed.begin(), format.allowed.end());
  desc.overrides = {std::move(format)};
  desc.numerics = numerics;
  desc.priority = priority;
  return desc;
}

const FloatPath& BestFloatPath() {
  static const FloatPath* path = ChoosePath(FloatPaths(), CpuFeatures());
  return *path;
}

// The plain definition: scalar decoding, sums in double, one thread.
void MatmulReference(const Args& args) {
  Matmul op(args);
  auto* row = reinterpret_cast<float*>(op.pool->Scratch(0, op.depth * sizeof(float)).data());
  for (uint64_t n = 0; n < op.cols; ++n) {
    std::span<const uint8_t> blocks(op.WeightRow(n), op.row_bytes);
    DecodeRow(op.format, std::as_bytes(blocks), row, op.depth);
    for (uint64_t m = 0; m < op.rows; ++m) {
      double sum = 0;
      for (uint64_t k = 0; k < op.depth; ++k) sum += double{op.x[m * op.depth + k]} * row[k];
      op.y[m * op.cols + n] = static_cast<float>(sum);
    }
  }
}

// Workers take panels of weight rows; a tile of a panel is decoded once and serves all rows of x.
void MatmulTiled(const Matmul& op, const FloatFunctions& path, TileSizes tile) {
  const DTypeTraits& traits = Traits(op.format);
  uint64_t k_step = (tile.depth + traits.block - 1) / traits.block * traits.block;
  uint64_t stride = k_step + 16;  // rows a power of two apart would fall into the same cache sets
  bool decoded = op.format == DType::kF32;
  op.pool->ForChunks(
      op.cols, op.ColumnChunk(tile.cols), [&](uint32_t worker, uint64_t begin, uint64_t end) {
        float* panel = nullptr;
        if (!decoded) {
          size_t bytes = tile.cols * stride * sizeof(float);
          panel = reinterpret_cast<float*>(op.pool->Scratch(worker, bytes).data());
        }
        for (uint64_t n = begin; n < end; n += tile.cols) {
          uint64_t width = std::min(tile.cols, end - n);
          for (uint64_t k = 0; k < op.depth; k += k_step) {
            uint64_t length = std::min(k_step, op.depth - k);
            const float* w = panel;
            if (decoded) w = reinterpret_cast<const float*>(op.WeightRow(n)) + k;
            for (uint64_t i = 0; i < width && !decoded; ++i) {
              const uint8_t* blocks = op.WeightRow(n + i) + k / traits.block * traits.bytes;
              path.decode(op.format, blocks, length, panel + i * stride);
            }
            for (uint64_t m = 0; m < op.rows; m += tile.rows) {
              uint64_t height = std::min(tile.rows, op.rows - m);
              path.tile(op.x + m * op.depth + k, op.depth, w, decoded ? op.depth : stride, height,
                        width, length, op.y + m * op.cols + n, op.cols, k != 0);
            }
          }
        }
      });
}

void MatmulParallel(const Matmul& op, const FloatPath& path) {
  // A decoded tile stays in the nearest cache; long pieces spread the cost of a block's scales.
  constexpr TileSizes kPlain = {8, 12, 512}, kQuantised = {8, 6, 1024};
  if (op.rows > kPlain.rows) return MatmulPanels(op, path.functions, path.panels);
  MatmulTiled(op, path.functions, Traits(op.format).quantised ? kQuantised : kPlain);
}

std::vector<CpuKernel> MatmulKernels() {
  std::vector<CpuKernel> kernels;
  kernels.push_back({MatmulDesc("matmul_reference", Numerics::kExact, 0), MatmulReference});
  KernelDesc blocked = MatmulDesc("matmul_blocked", Numerics::kExact, 10);
  for (auto [name, fallback] : {std::pair("TILE_M", 32), {"TILE_N", 32}, {"TILE_K", 256}}) {
    OverrideDesc& tile = blocked.overrides.emplace_back();
    tile.name = name;
    tile.fallback = fallback;
    tile.lo = 1;
    tile.hi = 512;
  }
  kernels.push_back({std::move(blocked), [](const Args& args) {
                       TileSizes tile = {static_cast<uint64_t>(args.overrides[1]),
                                         static_cast<uint64_t>(args.overrides[2]),
                                         static_cast<uint64_t>(args.overrides[3])};
                       MatmulTiled(Matmul(args), BestFloatPath().functions, tile);
                     }});
  kernels.push_back({MatmulDesc("matmul_parallel", Numerics::kExact, 30),
                     [](const Args& args) { MatmulParallel(Matmul(args), BestFloatPath()); }});
#ifdef INGOT_BLAS
  kernels.push_back(MatmulBlasKernel());
#endif
  KernelDesc fast = MatmulDesc("matmul_fast", Numerics::kFast, 50);
  fast.features = {"avx2"};
  kernels.push_back({std::move(fast), [](const Args& args) {
                       static const FastFunctions functions = ChooseFastFunctions(CpuFeatures());
                       MatmulFast(Matmul(args), functions);
                     }});
  return kernels;
}

// All kernels read the file's own blocks.
const WeightLayout* FindWeightLayout(std::string_view) { return nullptr; }

}  // namespace ingot::kernels::cpu
