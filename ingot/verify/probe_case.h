// Cases of the kernels that measure or dirty a device and serve no model.
#pragma once

#include "ingot/verify/case_data.h"

namespace ingot::verify {

void ProbeCopyCase(CaseData& data, const kernels::KernelDesc& kernel);
void ProbeFmaCase(CaseData& data, const kernels::KernelDesc& kernel);
void ProbeDirtCase(CaseData& data, const kernels::KernelDesc& kernel);

}  // namespace ingot::verify
