// The cases of ops by family: each draws the data of a shape and says what must come of them.
#pragma once

#include <functional>
#include <string_view>

#include "ingot/verify/case_data.h"

namespace ingot::verify {

// Tensors of f32, or with `F16_IO=1` of f16.
DType IoType(CaseData& data);
// Stores a tensor, and gives what the kernel will read.
Values PutTensor(CaseData& data, std::string_view name, Values values);
// An operand of `size` elements that with `IN_PLACE=1` stands in the result `y`, where it is drawn;
// else room for the result too.
Values DrawOperand(CaseData& data, std::string_view name, size_t size);
// A further operand.
Values DrawSecond(CaseData& data, std::string_view name, size_t size);
// What must come of it; a result of f16 is rounded and ends at 65,504.
void ExpectTensor(CaseData& data, const std::function<Expected()>& reference,
                  std::string_view name = "y");
void AddBiasCase(CaseData& data, const kernels::KernelDesc& kernel);
void AddCase(CaseData& data, const kernels::KernelDesc& kernel);
void MulCase(CaseData& data, const kernels::KernelDesc& kernel);
void ScaleCase(CaseData& data, const kernels::KernelDesc& kernel);
void SoftcapCase(CaseData& data, const kernels::KernelDesc& kernel);

void RmsNormCase(CaseData& data, const kernels::KernelDesc& kernel);
void LayerNormCase(CaseData& data, const kernels::KernelDesc& kernel);
void SoftmaxCase(CaseData& data, const kernels::KernelDesc& kernel);
void LogSoftmaxCase(CaseData& data, const kernels::KernelDesc& kernel);

void KvWriteCase(CaseData& data, const kernels::KernelDesc& kernel);
void AttentionCase(CaseData& data, const kernels::KernelDesc& kernel);
void AttentionSplitCase(CaseData& data, const kernels::KernelDesc& kernel);
void AttentionMergeCase(CaseData& data, const kernels::KernelDesc& kernel);

void RopeKvWriteCase(CaseData& data, const kernels::KernelDesc& kernel);
void RopeCase(CaseData& data, const kernels::KernelDesc& kernel);
void RopeComputeCase(CaseData& data, const kernels::KernelDesc& kernel);
void RopeInitCase(CaseData& data, const kernels::KernelDesc& kernel);

void MoeMapCase(CaseData& data, const kernels::KernelDesc& kernel);
void MoeGatherCase(CaseData& data, const kernels::KernelDesc& kernel);
void ScatterAddCase(CaseData& data, const kernels::KernelDesc& kernel);
void TopkCase(CaseData& data, const kernels::KernelDesc& kernel);

// With `low=1` scores as low as they get: a row of -inf, one of the least finite number, one of
// both.
void DrawLowScores(CaseData& data, Values& scores, size_t experts);
// What a product that no f32 can hold becomes.
double Overflowed(double value);
void ChooseExpertsCase(CaseData& data, const kernels::KernelDesc& kernel);
void ExpertMatMulCase(CaseData& data, const kernels::KernelDesc& kernel);
void ExpertOrderCase(CaseData& data, const kernels::KernelDesc& kernel);
void ExpertBiasCase(CaseData& data, const kernels::KernelDesc& kernel);
void ExpertSumCase(CaseData& data, const kernels::KernelDesc& kernel);

template <Values (*kOp)(const Values&), bool kHasGate>
void ActivationCase(CaseData& data, const kernels::KernelDesc& kernel);
void GeluQuickCase(CaseData& data, const kernels::KernelDesc& kernel);
void ReluCase(CaseData& data, const kernels::KernelDesc& kernel);
void FusedSwigluCase(CaseData& data, const kernels::KernelDesc& kernel);

// To the bit.
void CastF32ToF16Case(CaseData& data, const kernels::KernelDesc& kernel);
void Bf16ToF16Case(CaseData& data, const kernels::KernelDesc& kernel);
void Bf16ToF32Case(CaseData& data, const kernels::KernelDesc& kernel);
template <DType kFormat>
void DequantCase(CaseData& data, const kernels::KernelDesc& kernel);
void DequantMxfp4Case(CaseData& data, const kernels::KernelDesc& kernel);
void SplitQkvCase(CaseData& data, const kernels::KernelDesc& kernel);

void CheckStopCase(CaseData& data, const kernels::KernelDesc& kernel);
void SampleCase(CaseData& data, const kernels::KernelDesc& kernel);
void SampleFullCase(CaseData& data, const kernels::KernelDesc& kernel);
void SampleTopkCase(CaseData& data, const kernels::KernelDesc& kernel);

// Of ops that are chains of others: `rms_norm+matmul`. Fails on an op that no chain has.
bool IsChain(std::string_view op);
Status LinkedCase(CaseData& data, const kernels::KernelDesc& kernel);

}  // namespace ingot::verify
