// What one processor core or all of them can do at most: the ceilings that kernel timings are held
// against, measured in the same run.
#pragma once

#include <cstddef>
#include <span>

#include "ingot/kernels/cpu/parallel.h"

namespace ingot::kernels::cpu {

// Bytes a second that all workers together read from `bytes`, best of `rounds`.
double ReadBandwidth(std::span<const std::byte> bytes, ThreadPool& pool, int rounds);
// Operations a second (a multiply-add is two) of all workers together; 0 where the processor lacks
// them.
double F32Peak(ThreadPool& pool, int rounds);
double Int8DotPeak(ThreadPool& pool, int rounds);
double Bf16DotPeak(ThreadPool& pool, int rounds);
double TileBf16Peak(ThreadPool& pool, int rounds);

}  // namespace ingot::kernels::cpu
