// The table of ops that a spec may use, each a method of GraphBuilder.
#include "ingot/model/spec.h"

namespace ingot::model {
namespace {

using enum FieldKind;

const std::vector<SpecOp>& Table() {
  static const std::vector<SpecOp> table = {
      {"embed", {{"ids", kValue}, {"w", kMatrix}, {"y", kResult}}},
      {"rms_norm", {{"x", kValue}, {"w", kVector}, {"eps", kNumber}, {"y", kResult}}},
      {"layer_norm",
       {{"x", kValue}, {"w", kVector}, {"b", kVector, true}, {"eps", kNumber}, {"y", kResult}}},
      {"matmul", {{"x", kValue}, {"w", kMatrix}, {"y", kResult}}},
      {"add_bias", {{"x", kValue}, {"b", kVector}, {"y", kResult}}},
      {"rope", {{"x", kValue}, {"table", kTable}, {"heads", kNumber}, {"y", kResult}}},
      {"kv_write", {{"cache", kCache}, {"layer", kNumber}, {"k", kValue}, {"v", kValue}}},
      {"attention",
       {{"cache", kCache},
        {"layer", kNumber},
        {"heads", kNumber},
        {"scale", kNumber},
        {"window", kNumber, true},
        {"softcap", kNumber, true},
        {"sinks", kVector, true},
        {"q", kValue},
        {"y", kResult}}},
      {"softmax", {{"x", kValue}, {"y", kResult}}},
      {"silu", {{"x", kValue}, {"y", kResult}}},
      {"gelu_tanh", {{"x", kValue}, {"y", kResult}}},
      {"gelu", {{"x", kValue}, {"y", kResult}}},
      {"relu", {{"x", kValue}, {"y", kResult}}},
      {"sigmoid", {{"x", kValue}, {"y", kResult}}},
      {"add", {{"a", kValue}, {"b", kValue}, {"y", kResult}}},
      {"mul", {{"a", kValue}, {"b", kValue}, {"y", kResult}}},
      {"scale", {{"x", kValue}, {"by", kNumber}, {"y", kResult}}},
      {"softcap", {{"x", kValue}, {"cap", kNumber}, {"y", kResult}}},
      {"last_rows", {{"x", kValue}, {"y", kResult}}},
      {"swiglu_oai",
       {{"x", kValue}, {"up", kValue}, {"limit", kNumber}, {"alpha", kNumber}, {"y", kResult}}},
      {"top_k",
       {{"x", kValue},
        {"k", kNumber},
        {"renormalise", kNumber, true},
        {"routes", kResult},
        {"y", kResult}}},
      {"expert_matmul", {{"x", kValue}, {"w", kExpertMatrix}, {"routes", kValue}, {"y", kResult}}},
      {"expert_bias", {{"x", kValue}, {"b", kExpertVector}, {"routes", kValue}, {"y", kResult}}},
      {"expert_sum", {{"x", kValue}, {"weights", kValue}, {"y", kResult}}},
  };
  return table;
}

}  // namespace

const SpecOp* FindSpecOp(std::string_view name) {
  for (const SpecOp& op : Table()) {
    if (op.name == name) return &op;
  }
  return nullptr;
}

std::vector<std::string> SpecOpNames() {
  std::vector<std::string> names = {"repeat"};
  for (const SpecOp& op : Table()) names.emplace_back(op.name);
  return names;
}

}  // namespace ingot::model
