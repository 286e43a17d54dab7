// Spec: a model family as data. It says which metadata and tensors a family has and what its
// forward pass computes, unfused, in the order of the paper. docs/formats/spec.md describes the
// JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/expression.h"

namespace ingot::model {

// Where something stands in a spec: the line of the file and the JSON pointer.
struct SpecPlace {
  int line = 0;
  std::string path;
};

enum class ParamKind { kU32, kI32, kF32, kBool, kString };

struct SpecParam {
  std::string name;
  std::vector<std::string> keys;  // tried in order; `{arch}` is the architecture
  ParamKind kind = ParamKind::kU32;
  bool per_layer = false;              // T[layers]
  std::optional<Expression> fallback;  // per layer: evaluated with `i`
  std::optional<std::pair<double, double>> range;
  SpecPlace place;
};

// A tensor name, perhaps a range of its rows (of each expert): "blk.{i}.attn_qkv.weight[0:qd]".
// With {e} in it, a tensor for each expert.
struct SpecTensorName {
  std::string pattern;
  std::optional<Expression> begin, end;
};

struct SpecWeight {
  std::string name;                   // "blk.{i}.attn_q"
  std::vector<SpecTensorName> names;  // candidates, in order
  std::vector<Expression> shape;  // [n] is a vector, [N, K] a matrix; of experts E more in front
  bool optional = false;
  SpecPlace place;
};

// One rotary embedding; fields as in docs/formats/spec.md, absent ones at their neutral value.
struct SpecRope {
  std::string name;
  bool interleaved = false;  // mode "pairs"; else "halves"
  std::string factors;       // an optional vector weight, or empty
  std::map<std::string, Expression, std::less<>>
      numbers;  // rot, base, scaling, factor, orig_ctx, ...
  SpecPlace place;
};

struct SpecCache {
  std::string name;
  Expression layers, heads, dim;
  SpecPlace place;
};

struct SpecStep {
  std::string op;
  std::string role;
  std::map<std::string, std::string, std::less<>>
      names;  // values, weights, tables, caches by field
  std::map<std::string, Expression, std::less<>> numbers;  // expressions by field
  std::optional<Expression> condition;                     // "if"
  std::string otherwise;  // "else": the value that stands for the result of a dropped step
  // A name chosen by an expression: {"when": E, "then": NAME, "else": NAME}; overrides
  // names[field].
  struct NameChoice {
    Expression when;
    std::string then, otherwise;
  };
  std::map<std::string, NameChoice, std::less<>> choices;
  std::vector<std::string> carry;  // of a repeat
  std::string var;                 // of a repeat
  std::vector<SpecStep> body;      // of a repeat
  SpecPlace place;
};

struct SpecId {
  std::string id;
  Expression when;
};

struct Spec {
  std::string file;  // name for messages
  std::string family;
  std::vector<std::string> architectures;
  std::vector<SpecId> ids;
  std::vector<SpecParam> params;
  std::vector<std::pair<std::string, Expression>> derived;  // in order
  std::vector<std::pair<Expression, SpecPlace>> checks;
  std::vector<SpecWeight> weights;
  std::vector<SpecRope> ropes;
  std::vector<SpecCache> caches;
  std::vector<std::string> ignore;  // glob patterns of tensors that need no reader
  std::vector<SpecStep> forward;

  // `FILE:LINE: PATH`
  std::string At(const SpecPlace& place) const;
};

// What a field of a step may hold.
enum class FieldKind {
  kValue,
  kMatrix,
  kVector,
  kExpertMatrix,
  kExpertVector,
  kNumber,
  kTable,
  kCache,
  kResult
};
struct OpField {
  std::string_view name;
  FieldKind kind;
  bool optional = false;
};
struct SpecOp {
  std::string_view name;
  std::vector<OpField> fields;
};
// The ops of the forward pass and their fields; nullptr for an unknown one.
const SpecOp* FindSpecOp(std::string_view name);
std::vector<std::string> SpecOpNames();

// Parses and verifies a whole spec before any weight is read: names, fields, both sides of each
// `if`, unused names. Up to 50 errors in one message, a line each: `FILE:LINE: PATH: what`.
Result<Spec> ParseSpec(std::string_view text, std::string_view file);

// The spec of an architecture: `spec_file` if not empty, else the shipped one. kUnsupported names
// those that exist.
Result<Spec> SpecFor(std::string_view architecture, const std::string& spec_file);

}  // namespace ingot::model
