// Sizes, alignments and offsets of types in memory that host and shader share, by WGSL's rules.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ingot/wgsl/eval.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

struct TypeLayout {
  uint64_t size = 0;  // of a runtime-sized array: one element, what a binding must hold at least
  uint64_t align = 1;
  uint64_t stride = 0;  // of arrays: from element to element
  bool runtime_sized = false;
  bool operator==(const TypeLayout&) const = default;
};

struct MemberLayout {
  std::string name;
  std::string type;  // as written
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t align = 1;
  bool operator==(const MemberLayout&) const = default;
};

struct StructLayout {
  std::string name;
  std::vector<MemberLayout> members;
  TypeLayout layout;
  bool operator==(const StructLayout&) const = default;
};

// Not thread-safe. The evaluator must outlive it. Failures carry `LINE:COLUMN: ` of the type; a
// length that hangs on an override without a value fails with kNotFound.
class Layouts {
 public:
  explicit Layouts(Evaluator* evaluator) : evaluator_(*evaluator) {}

  // bool counts as the four bytes it takes in workgroup memory.
  Result<TypeLayout> Of(const Expr& type);
  Result<StructLayout> Of(const Struct& declaration) { return Lookup(declaration); }
  // What a uniform buffer asks beyond that: no bool, no atomics, no runtime-sized arrays; arrays
  // and nested structs stand at multiples of 16, array elements too, and nothing follows a nested
  // struct within its last 16 bytes.
  Status CheckUniform(const Expr& type);

 private:
  const Result<StructLayout>& Lookup(const Struct& declaration);
  Result<TypeLayout> OfArray(const Expr& type);
  Result<StructLayout> Compute(const Struct& declaration);
  Status CheckUniformMembers(const Struct& declaration);

  Evaluator& evaluator_;
  std::map<const Struct*, Result<StructLayout>> known_;
  std::map<const Struct*, Status> uniform_;
  uint32_t depth_ = 0;
};

}  // namespace ingot::wgsl
