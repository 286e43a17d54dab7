#include "ingot/kernels/cpu/simd/attend.h"

namespace ingot::kernels::cpu {

constinit const VectorOps kPortableOps = INGOT_VECTOR_OPS;

}  // namespace ingot::kernels::cpu
