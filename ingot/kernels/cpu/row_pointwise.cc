// Elementwise kernels. Bindings, uniforms and overrides are read in the order of the descriptions.
#include "ingot/kernels/cpu/row.h"
#include "ingot/kernels/cpu/simd/vector_ops.h"

namespace ingot::kernels::cpu {
namespace {

template <auto kOp>
void Unary(const Args& args) {
  const float* x = args.In<float>(0);
  float* y = args.Out<float>(1);
  ForItems(args, args.U32(0), 1,
           [&](uint64_t begin, uint64_t end) { (Ops().*kOp)(x + begin, y + begin, end - begin); });
}

template <auto kOp>
void Binary(const Args& args) {
  const float* a = args.In<float>(0);
  const float* b = args.In<float>(1);
  float* y = args.Out<float>(2);
  ForItems(args, args.U32(0), 1, [&](uint64_t begin, uint64_t end) {
    (Ops().*kOp)(a + begin, b + begin, y + begin, end - begin);
  });
}

template <auto kOp>
void WithFactor(const Args& args) {
  const float* x = args.In<float>(0);
  float* y = args.Out<float>(1);
  float factor = args.F32(1);
  ForItems(args, args.U32(0), 1, [&](uint64_t begin, uint64_t end) {
    (Ops().*kOp)(x + begin, factor, y + begin, end - begin);
  });
}

void BiasAdd(const Args& args) {
  const float* x = args.In<float>(0);
  const float* bias = args.In<float>(1) + args.U32(2);
  float* y = args.Out<float>(2);
  uint64_t dim = args.U32(1);
  ForItems(args, args.U32(0) / dim, dim, [&](uint64_t begin, uint64_t end) {
    for (uint64_t r = begin; r < end; ++r) Ops().add(x + r * dim, bias, y + r * dim, dim);
  });
}

CpuKernel UnaryKernel(std::string name, std::string formula, Function run) {
  return {
      Desc(name, name, "activation", std::move(formula), {Reads("x"), Writes("y")}, {U("size")}),
      run};
}

}  // namespace

std::vector<CpuKernel> PointwiseKernels() {
  std::vector<BindingDesc> two = {Reads("a"), Reads("b"), Writes("y")};
  std::vector<BindingDesc> one = {Reads("x"), Writes("y")};
  return {
      UnaryKernel("silu", "y = x * sigmoid(x)", Unary<&VectorOps::silu>),
      UnaryKernel("gelu_tanh", "y = 0.5 x (1 + tanh(0.79788456 (x + 0.044715 x^3)))",
                  Unary<&VectorOps::gelu_tanh>),
      UnaryKernel("gelu", "y = 0.5 x (1 + erf(x / sqrt(2)))", Unary<&VectorOps::gelu>),
      UnaryKernel("relu", "y = max(x, 0)", Unary<&VectorOps::relu>),
      UnaryKernel("sigmoid", "y = 1 / (1 + exp(-x))", Unary<&VectorOps::sigmoid>),
      {Desc("residual", "add", "residual", "y = a + b", two, {U("size")}), Binary<&VectorOps::add>},
      {Desc("mul", "mul", "mul", "y = a * b", two, {U("size")}), Binary<&VectorOps::mul>},
      {Desc("scale", "scale", "scale", "y = scale * x", one, {U("size"), F("scale")}),
       WithFactor<&VectorOps::scale>},
      {Desc("softcap", "softcap", "scale", "y = softcap * tanh(x / softcap)", one,
            {U("size"), F("softcap")}),
       WithFactor<&VectorOps::softcap>},
      {Desc("bias_add", "add_bias", "bias_add", "y[r, j] = x[r, j] + bias[j]",
            {Reads("x"), Reads("vectors", "vectors"), Writes("y")},
            {U("size"), U("dim"), U("bias_at")}),
       BiasAdd},
  };
}

}  // namespace ingot::kernels::cpu
