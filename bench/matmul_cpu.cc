// Times the CPU's matmul kernels on the shapes of real models, beside what the processor can do.
// Weights are cycled through a set larger than most caches, as in a decode step.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include "ingot/base/json.h"
#include "ingot/base/text.h"
#include "ingot/kernels/cpu/cpu_kernels.h"
#include "ingot/kernels/cpu/matmul.h"
#include "ingot/kernels/cpu/peaks.h"

namespace ingot::bench {
namespace {

using namespace kernels;
using namespace kernels::cpu;
using Clock = std::chrono::steady_clock;

constexpr char kUsage[] =
    "usage: bench_matmul_cpu [--kernel NAME] [--format NAME] [--shape COLSxDEPTH] [--rows N,N]\n"
    "                        [--threads N] [--cold MIB] [--ms N] [--hide FEATURE,...] [--cpu-time] "
    "[--json]\n"
    "--cpu-time counts only the caller's own time: for --threads 1 on a busy machine.\n"
    "Without --kernel: matmul_parallel and matmul_fast; without --shape: those of known models.\n";

struct Options {
  std::vector<std::string> kernels = {"matmul_parallel", "matmul_fast"};
  std::vector<DType> formats = {DType::kQ8_0, DType::kQ5_0, DType::kQ4_K, DType::kQ6_K};
  std::vector<std::pair<uint64_t, uint64_t>> shapes = {{2048, 2048}, {8192, 2048}, {2048, 8192}};
  std::vector<uint64_t> rows = {1, 512};
  uint32_t threads = 2;
  uint64_t cold_mib = 256;
  uint64_t ms = 200;                // a measurement lasts at least this long
  std::vector<std::string> hidden;  // features that matmul_fast does without
  bool cpu_time = false;
  bool json = false;
};

double Seconds(bool cpu_time) {
  timespec now;
  clock_gettime(cpu_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Measurement {
  std::string kernel;
  DType format;
  uint64_t rows, cols, depth;
  double us, gb_per_s, gflop_per_s;
};

// Random codes under ordinary scales: read as f32, f16 or bf16, the numbers are of magnitude 1 or
// somewhat less, and never so small that the processor stumbles over them.
std::vector<std::byte> Weights(uint64_t bytes) {
  std::vector<std::byte> out(bytes);
  uint64_t state = 1;
  for (size_t i = 0; i + 8 <= bytes; i += 8) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t word = ((state ^ state >> 29) & 0x0F0F0F0F0F0F0F0Fu) | 0x3030303030303030u;
    std::memcpy(out.data() + i, &word, 8);
  }
  return out;
}

Measurement Measure(const CpuKernel& kernel, DType format, uint64_t rows, uint64_t cols,
                    uint64_t depth, ThreadPool& pool, const Options& options) {
  uint64_t bytes = cols * *RowBytes(format, depth);
  uint64_t copies = std::max<uint64_t>(1, (options.cold_mib << 20) / bytes);
  if (rows > 16) copies = std::min<uint64_t>(copies, 4);
  std::vector<std::byte> weights = Weights(copies * bytes);
  std::vector<float> x(rows * depth), y(rows * cols);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7919 % 255) / 128 - 1;
  uint32_t uniforms[] = {static_cast<uint32_t>(rows), static_cast<uint32_t>(cols),
                         static_cast<uint32_t>(depth)};
  std::vector<double> overrides;
  for (const OverrideDesc& desc : kernel.desc.overrides) overrides.push_back(desc.fallback);
  overrides[0] = WeightFormat(format);
  std::vector<std::string> features;
  for (const std::string& feature : cpu::CpuFeatures()) {
    if (std::ranges::find(options.hidden, feature) == options.hidden.end()) {
      features.push_back(feature);
    }
  }
  const cpu::FastFunctions functions = cpu::ChooseFastFunctions(features);
  bool fast = kernel.desc.numerics == Numerics::kFast;
  double best = 1e30;
  uint64_t copy = 0;
  Clock::time_point end = Clock::now() + std::chrono::milliseconds(options.ms);
  // Groups of calls that take some tens of microseconds: the clock costs little, and on a busy
  // machine some group finds its processor free.
  uint64_t calls = std::max<uint64_t>(1, 5'000'000 / (bytes + rows * cols * depth));
  for (int round = 0; round < 3 || Clock::now() < end; ++round) {
    double begin = Seconds(options.cpu_time);
    for (uint64_t call = 0; call < calls; ++call, copy = (copy + 1) % copies) {
      std::span<std::byte> bindings[] = {std::as_writable_bytes(std::span(x)),
                                         std::span(weights).subspan(copy * bytes, bytes),
                                         std::as_writable_bytes(std::span(y))};
      cpu::Args args{bindings, uniforms, overrides, &pool};
      if (fast) {
        cpu::MatmulFast(cpu::Matmul(args), functions);
      } else {
        kernel.run(args);
      }
    }
    best = std::min(best, (Seconds(options.cpu_time) - begin) / static_cast<double>(calls));
  }
  double flop = 2.0 * static_cast<double>(rows * cols * depth);
  return {kernel.desc.name,
          format,
          rows,
          cols,
          depth,
          best * 1e6,
          static_cast<double>(bytes) / best * 1e-9,
          flop / best * 1e-9};
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

uint64_t Number(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

bool ParseOptions(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    if (flag == "--json" || flag == "--cpu-time") {
      (flag == "--json" ? options->json : options->cpu_time) = true;
      continue;
    }
    if (i + 1 == argc) return false;
    std::string value = argv[++i];
    if (flag == "--kernel") {
      options->kernels = Split(value, ',');
    } else if (flag == "--format") {
      options->formats.clear();
      for (const std::string& name : Split(value, ',')) {
        std::optional<DType> format = DTypeFromName(name);
        if (!format) return false;
        options->formats.push_back(*format);
      }
    } else if (flag == "--shape") {
      options->shapes.clear();
      for (const std::string& shape : Split(value, ',')) {
        std::vector<std::string> sides = Split(shape, 'x');
        if (sides.size() != 2) return false;
        options->shapes.emplace_back(Number(sides[0]), Number(sides[1]));
      }
    } else if (flag == "--hide") {
      options->hidden = Split(value, ',');
    } else if (flag == "--rows") {
      options->rows.clear();
      for (const std::string& rows : Split(value, ',')) options->rows.push_back(Number(rows));
    } else if (flag == "--threads") {
      options->threads = static_cast<uint32_t>(Number(value));
    } else if (flag == "--cold") {
      options->cold_mib = Number(value);
    } else if (flag == "--ms") {
      options->ms = Number(value);
    } else {
      return false;
    }
  }
  return options->threads >= 1;
}

int Main(int argc, char** argv) {
  Options options;
  if (!ParseOptions(argc, argv, &options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  ThreadPool pool(options.threads);
  std::vector<std::byte> memory = Weights(std::max<uint64_t>(options.cold_mib, 1) << 20);
  std::map<std::string, double> peaks = {{"read_gb_per_s", ReadBandwidth(memory, pool, 5) * 1e-9},
                                         {"f32_gflop_per_s", F32Peak(pool, 5) * 1e-9},
                                         {"int8_gop_per_s", Int8DotPeak(pool, 5) * 1e-9},
                                         {"bf16_dot_gflop_per_s", Bf16DotPeak(pool, 5) * 1e-9},
                                         {"tile_bf16_gflop_per_s", TileBf16Peak(pool, 5) * 1e-9}};
  memory = {};
  if (!options.json) {
    for (const auto& [name, value] : peaks) std::printf("%s %.1f\n", name.c_str(), value);
    std::printf("%-16s %-6s %5s %7s %6s %11s %8s %9s\n", "kernel", "format", "rows", "cols",
                "depth", "us", "GB/s", "GFLOP/s");
  }
  Json results = Json::Array();
  for (const CpuKernel& kernel : cpu::MatmulKernels()) {
    if (std::find(options.kernels.begin(), options.kernels.end(), kernel.desc.name) ==
        options.kernels.end()) {
      continue;
    }
    for (DType format : options.formats) {
      for (auto [cols, depth] : options.shapes) {
        if (!RowBytes(format, depth).ok()) continue;
        for (uint64_t rows : options.rows) {
          Measurement m = Measure(kernel, format, rows, cols, depth, pool, options);
          std::string name(Name(format));
          if (!options.json) {
            std::printf("%-16s %-6s %5lu %7lu %6lu %11.1f %8.2f %9.1f\n", m.kernel.c_str(),
                        name.c_str(), m.rows, m.cols, m.depth, m.us, m.gb_per_s, m.gflop_per_s);
            std::fflush(stdout);
          }
          Json result;
          result["kernel"] = m.kernel;
          result["format"] = name;
          result["rows"] = m.rows;
          result["cols"] = m.cols;
          result["depth"] = m.depth;
          result["us"] = m.us;
          result["gb_per_s"] = m.gb_per_s;
          result["gflop_per_s"] = m.gflop_per_s;
          results.Append(std::move(result));
        }
      }
    }
  }
  if (options.json) {
    Json report;
    for (const auto& [name, value] : peaks) report[name] = value;
    report["threads"] = options.threads;
    report["results"] = std::move(results);
    std::puts(report.Dump(2).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace ingot::bench

int main(int argc, char** argv) { return ingot::bench::Main(argc, argv); }
