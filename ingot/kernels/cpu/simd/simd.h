// V: one vector of f32 of the widest kind that the including file is compiled for, with what the
// kernels need of it. For the files beside it only: each is compiled for one instruction set, so
// everything here has internal linkage and nothing of the standard library's templates is used,
// which the linker could otherwise merge across instruction sets.
#pragma once

#if defined(__AVX512F__)
#include "ingot/kernels/cpu/simd/simd_avx512.h"
#elif defined(__AVX2__)
#include "ingot/kernels/cpu/simd/simd_avx2.h"
#else
#include "ingot/kernels/cpu/simd/simd_portable.h"
#endif
