#include "ingot/kernels/cpu/peaks.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "ingot/kernels/cpu/cpu_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ingot::kernels::cpu {
namespace {

using Clock = std::chrono::steady_clock;

bool Has(std::string_view feature) {
  for (const std::string& name : CpuFeatures()) {
    if (name == feature) return true;
  }
  return false;
}

// Operations a second when every worker runs `loop`, which returns how many it did.
double Rate(ThreadPool& pool, int rounds, const std::function<double()>& loop) {
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> work(pool.threads());
    Clock::time_point begin = Clock::now();
    pool.Run([&](uint32_t worker) { work[worker] = loop(); });
    std::chrono::duration<double> seconds = Clock::now() - begin;
    double sum = 0;
    for (double part : work) sum += part;
    best = std::max(best, sum / seconds.count());
  }
  return best;
}

#if defined(__x86_64__)

constexpr int kSteps = 400'000;

__attribute__((target("avx512f"))) double FmaLoop512() {
  __m512 sum[12], a = _mm512_set1_ps(1e-9f), b = _mm512_set1_ps(1.0f);
  for (__m512& s : sum) s = a;
  for (int i = 0; i < kSteps; ++i) {
    for (__m512& s : sum) s = _mm512_fmadd_ps(s, b, a);
    asm volatile("" : "+v"(b));
  }
  for (__m512& s : sum) asm volatile("" : "+v"(s));
  return 12.0 * 16 * 2 * kSteps;
}

__attribute__((target("avx2,fma"))) double FmaLoop256() {
  __m256 sum[12], a = _mm256_set1_ps(1e-9f), b = _mm256_set1_ps(1.0f);
  for (__m256& s : sum) s = a;
  for (int i = 0; i < kSteps; ++i) {
    for (__m256& s : sum) s = _mm256_fmadd_ps(s, b, a);
    asm volatile("" : "+x"(b));
  }
  for (__m256& s : sum) asm volatile("" : "+x"(s));
  return 12.0 * 8 * 2 * kSteps;
}

__attribute__((target("avx512f,avx512vnni"))) double DotLoop512() {
  __m512i sum[12], a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(2);
  for (__m512i& s : sum) s = a;
  for (int i = 0; i < kSteps; ++i) {
    for (__m512i& s : sum) s = _mm512_dpbusd_epi32(s, a, b);
    asm volatile("" : "+v"(b));
  }
  for (__m512i& s : sum) asm volatile("" : "+v"(s));
  return 12.0 * 64 * 2 * kSteps;
}

__attribute__((target("avx512f,avx512bf16"))) double Bf16Loop512() {
  __m512 sum[12];
  __m512i a = _mm512_setzero_si512(), b = a;
  for (__m512& s : sum) s = _mm512_setzero_ps();
  for (int i = 0; i < kSteps; ++i) {
    for (__m512& s : sum) s = _mm512_dpbf16_ps(s, (__m512bh)a, (__m512bh)b);
    asm volatile("" : "+v"(b));
  }
  for (__m512& s : sum) asm volatile("" : "+v"(s));
  return 12.0 * 32 * 2 * kSteps;
}

__attribute__((target("amx-tile,amx-bf16"))) double TileLoop() {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  alignas(64) static const uint8_t zeros[1024] = {};
  asm volatile("" : : "r"(&config) : "memory");  // GCC 12 thinks that only 8 bytes are read
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, zeros, 64);
  _tile_loadd(5, zeros, 64);
  constexpr int kTileSteps = kSteps / 8;
  for (int i = 0; i < kTileSteps; ++i) {
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 5);
    _tile_dpbf16ps(2, 4, 5);
    _tile_dpbf16ps(3, 4, 5);
  }
  _tile_release();
  return 4.0 * 16 * 16 * 32 * 2 * kTileSteps;
}

#endif

}  // namespace

double ReadBandwidth(std::span<const std::byte> bytes, ThreadPool& pool, int rounds) {
  // Timed piece by piece, so that on a busy machine some piece finds its processors free; fetched
  // ahead, as kernels do.
  constexpr size_t kPiece = 1 << 20, kChunk = 1 << 13, kAhead = 256;  // words of 8 bytes
  double best = 0;
  const auto* words = reinterpret_cast<const uint64_t*>(bytes.data());
  size_t count = bytes.size() / 64 * 8;
  std::vector<uint64_t> sums(pool.threads() * 8);
  for (int round = 0; round < rounds; ++round) {
    for (size_t piece = 0; piece < count; piece += kPiece) {
      size_t length = std::min(kPiece, count - piece);
      Clock::time_point begin = Clock::now();
      pool.ForChunks(length, kChunk, [&](uint32_t worker, uint64_t first, uint64_t end) {
        uint64_t sum[8] = {};
        for (uint64_t i = piece + first; i < piece + end; i += 8) {
          __builtin_prefetch(words + i + kAhead);
          for (int lane = 0; lane < 8; ++lane) sum[lane] += words[i + lane];
        }
        for (uint64_t part : sum) sums[worker * 8] += part;
      });
      std::chrono::duration<double> seconds = Clock::now() - begin;
      asm volatile("" : : "r"(sums.data()) : "memory");
      best = std::max(best, static_cast<double>(length * 8) / seconds.count());
    }
  }
  return best;
}

#if defined(__x86_64__)

double F32Peak(ThreadPool& pool, int rounds) {
  if (Has("avx512")) return Rate(pool, rounds, FmaLoop512);
  return Has("avx2") ? Rate(pool, rounds, FmaLoop256) : 0;
}

double Int8DotPeak(ThreadPool& pool, int rounds) {
  return Has("avx512_vnni") ? Rate(pool, rounds, DotLoop512) : 0;
}

double Bf16DotPeak(ThreadPool& pool, int rounds) {
  return Has("avx512_bf16") ? Rate(pool, rounds, Bf16Loop512) : 0;
}

double TileBf16Peak(ThreadPool& pool, int rounds) {
  return Has("amx_bf16") ? Rate(pool, rounds, TileLoop) : 0;
}

#else

double F32Peak(ThreadPool&, int) { return 0; }
double Int8DotPeak(ThreadPool&, int) { return 0; }
double Bf16DotPeak(ThreadPool&, int) { return 0; }
double TileBf16Peak(ThreadPool&, int) { return 0; }

#endif

}  // namespace ingot::kernels::cpu
