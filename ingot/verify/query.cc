#include "ingot/verify/query.h"

#include "ingot/verify/cases.h"

namespace ingot::verify {

kernels::OpQuery QueryOf(const KernelCase& kernel_case, Phase phase) {
  const kernels::KernelDesc& kernel = *kernel_case.kernel;
  kernels::OpQuery query;
  query.op = kernel.op;
  query.phase = phase;
  for (const CaseBinding& binding : kernel_case.bindings) {
    if (binding.rows == 0) continue;
    query.format = binding.dtype;
    query.cols = binding.rows;
    query.depth = binding.cols;
  }
  for (size_t i = 0; i < kernel.uniforms.size(); ++i) {
    const kernels::UniformDesc& uniform = kernel.uniforms[i];
    if (uniform.value || uniform.kind != kernels::UniformKind::kU32) continue;
    query.uniforms[uniform.name] = kernel_case.uniforms[i];
    if (uniform.name == "rows") query.rows = kernel_case.uniforms[i];
  }
  for (const kernels::OverrideDesc& override_desc : kernel.overrides) {
    if (override_desc.clazz == kernels::OverrideClass::kTune) continue;
    query.bound[override_desc.name] = kernel_case.overrides.at(override_desc.name);
  }
  return query;
}

Result<kernels::OpQuery> QueryFor(std::span<const kernels::KernelDesc* const> kernels,
                                  std::string_view op, std::string_view shape, Phase phase) {
  kernels::OpQuery query;
  Status refusal;
  for (const kernels::KernelDesc* kernel : kernels) {
    if (kernel->op != op) continue;
    Result<KernelCase> described = DescribeCase(*kernel, shape);
    if (!described.ok()) {
      refusal = described.status();
      continue;
    }
    kernels::OpQuery part = QueryOf(*described, phase);
    part.uniforms.merge(query.uniforms);
    part.bound.merge(query.bound);
    query = std::move(part);
  }
  if (query.op.empty() && !refusal.ok()) return refusal;
  query.op = op;
  query.phase = phase;
  return query;
}

}  // namespace ingot::verify
