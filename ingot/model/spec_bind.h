// A spec bound to one file: its parameters have values, its weights have tensors. And the Graph
// that results.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ingot/ir/graph.h"
#include "ingot/model/gguf.h"
#include "ingot/model/rope.h"
#include "ingot/model/spec.h"

namespace ingot::model {

struct BindOptions {
  std::map<std::string, std::string> set;   // parameter = value, as on the command line
  std::vector<std::string> ignore_tensors;  // glob patterns besides the spec's own
};

struct BoundParam {
  std::string name;
  SpecValue value;
  std::string source;  // the key, "default", "derived" or "--set"
};

struct BoundCache {
  std::string name;
  uint32_t layers = 0, heads = 0, dim = 0;
};

// What the engine needs besides the Graph.
struct BoundModel {
  std::string id;  // of the spec's ids, else the file's general.name, else the family
  std::vector<BoundParam> params;
  std::map<std::string, RopeFrequencies> ropes;  // by table name
  std::map<std::string, BoundCache> caches;
  uint64_t context = 0;  // trained context length, 0 if unknown
  std::vector<std::string>
      ignored;                     // tensors that nobody reads, by the spec's or the caller's wish
  std::optional<ir::Graph> graph;  // always set by Bind
};

// Reads the parameters, checks every tensor's shape against the spec and builds the Graph. Every
// tensor of the file must have a reader. Fails with the file, the tensor or key, both shapes and
// the line of the spec.
Result<BoundModel> Bind(const Spec& spec, const Gguf& file, const BindOptions& options);

}  // namespace ingot::model
