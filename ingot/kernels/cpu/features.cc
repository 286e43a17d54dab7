// What this processor and the system under it offer, by CPUID, XGETBV and the tile permission.
#include <algorithm>

#include "ingot/kernels/cpu/cpu_kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ingot::kernels::cpu {
namespace {

#if defined(__x86_64__)

struct Leaf {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf ReadLeaf(uint32_t leaf, uint32_t subleaf) {
  Leaf out;  // stays zero where the processor does not have the leaf
  __get_cpuid_count(leaf, subleaf, &out.eax, &out.ebx, &out.ecx, &out.edx);
  return out;
}

bool Bit(uint32_t word, int bit) { return (word >> bit & 1) != 0; }

// Register states that the system saves: bits 1 and 2 for AVX, 5 to 7 for AVX-512, 17 and 18 for
// tiles.
uint64_t SavedStates() {
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

bool Saves(uint64_t states, uint64_t wanted) { return (states & wanted) == wanted; }

// Linux gives tile registers to a process only when it asks.
bool AskForTiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

std::vector<std::string> Detect() {
  std::vector<std::string> features;
  Leaf one = ReadLeaf(1, 0);
  if (!Bit(one.ecx, 27)) return features;  // the system does not use XSAVE
  uint64_t states = SavedStates();
  Leaf seven = ReadLeaf(7, 0);
  Leaf more = ReadLeaf(7, 1);
  bool fma = Bit(one.ecx, 12), f16c = Bit(one.ecx, 29);
  if (!Saves(states, 0x6) || !Bit(seven.ebx, 5) || !fma || !f16c) return features;
  features.emplace_back("avx2");
  if (Bit(more.eax, 4)) features.emplace_back("avx_vnni");
  bool f = Bit(seven.ebx, 16), dq = Bit(seven.ebx, 17), bw = Bit(seven.ebx, 30);
  bool vl = Bit(seven.ebx, 31);
  if (!Saves(states, 0xE0) || !f || !dq || !bw || !vl) return features;
  features.emplace_back("avx512");
  if (Bit(seven.ecx, 11)) features.emplace_back("avx512_vnni");
  if (Bit(seven.ecx, 1)) features.emplace_back("avx512_vbmi");
  if (Bit(more.eax, 5)) features.emplace_back("avx512_bf16");
  bool tiles = Bit(seven.edx, 24) && Saves(states, 0x60000) && AskForTiles();
  if (tiles && Bit(seven.edx, 22)) features.emplace_back("amx_bf16");
  if (tiles && Bit(seven.edx, 25)) features.emplace_back("amx_int8");
  std::sort(features.begin(), features.end());
  return features;
}

#else

std::vector<std::string> Detect() { return {}; }

#endif

}  // namespace

std::span<const std::string> CpuFeatures() {
  static const std::vector<std::string> features = Detect();
  return features;
}

}  // namespace ingot::kernels::cpu
