// Cases for the gate: seeded data for an op of a given shape, with the reference's result and
// bounds, laid out as a kernel's description asks for.
#pragma once

#include <string_view>
#include <vector>

#include "ingot/verify/case_data.h"
#include "ingot/verify/gate.h"

namespace ingot::verify {

// The ops that there are cases for.
std::vector<std::string_view> CaseOps();

// The data of the kernel's op, from which cases for its variants are made. `shape` is a list of
// `name=value`: dimensions and flags of the op by the names of docs/ops.md, `pos` for the first
// row's position, `format` for a weight's format, `mean` and `spread` of the activations,
// `data=edge` for activations of special values. What is left out has the op's default. Fails on an
// unknown op; CaseData::For on a name or value that the op does not have.
Result<CaseData> DrawCase(const kernels::KernelDesc& kernel, std::string_view shape, uint64_t seed);
// The same without the bytes of a weight, and nothing expected.
Result<CaseData> DescribeData(const kernels::KernelDesc& kernel, std::string_view shape);
Result<KernelCase> MakeCase(const kernels::KernelDesc& kernel, std::string_view variant,
                            std::string_view shape, uint64_t seed);

// A case that is only timed: nothing is expected of it, and a long weight repeats its first rows.
Result<KernelCase> MakeTimedCase(const kernels::KernelDesc& kernel, std::string_view shape,
                                 uint64_t seed);
// A case without the bytes of its weight.
Result<KernelCase> DescribeCase(const kernels::KernelDesc& kernel, std::string_view shape);

// One small case for each op that the device has kernels for, on what it would choose in either
// phase and either numerics. An op for which it has no choice is a report that failed.
std::vector<Report> SmokeTest(runtime::Device& device);

}  // namespace ingot::verify
