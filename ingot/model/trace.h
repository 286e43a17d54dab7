// Trace: what every dispatch of a run computed, in a line each. Two traces of the same tokens show
// where two kernels, pass pipelines or devices part. docs/formats/trace.md has the grammar.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/status.h"
#include "ingot/program/program.h"

namespace ingot::model {

struct TraceHeader {
  static constexpr int kVersion = 1;
  std::string model;
  Numerics numerics = Numerics::kExact;
  std::vector<int32_t> tokens;  // that were run
  bool operator==(const TraceHeader&) const = default;
};

// The result of one dispatch. Sums run over the finite values, in double.
struct TraceLine {
  std::string op, role, value;
  int layer = -1;
  uint64_t count = 0;  // of values
  uint64_t nan = 0;    // of values that are not finite
  double min = 0, max = 0, mean = 0, rms = 0;
  bool operator==(const TraceLine&) const = default;
};

TraceLine Summarise(const program::Dispatch& dispatch, std::span<const float> values);
// `matmul q_proj layer 3 (q)`.
std::string Describe(const TraceLine& line);

struct Trace {
  TraceHeader header;
  std::vector<TraceLine> lines;
  bool operator==(const Trace&) const = default;
};

// JSON lines: the header, then one for each TraceLine.
std::string Print(const TraceHeader& header);
std::string Print(const TraceLine& line);
// Refuses unknown, missing and repeated keys, newer versions and a torn tail, with `NAME:LINE: `.
Result<Trace> ParseTrace(std::string_view text, std::string_view name);

// Writes a trace that appears whole when closed, or not at all. One thread.
class TraceWriter {
 public:
  static Result<TraceWriter> Create(const std::string& path, const TraceHeader& header);
  Status Append(const program::Dispatch& dispatch, std::span<const float> values);
  Status Close();

 private:
  explicit TraceWriter(std::unique_ptr<AtomicFile> file) : file_(std::move(file)) {}
  std::unique_ptr<AtomicFile> file_;
};

struct TraceDifference {
  TraceLine a, b;
  double error;  // the greatest of the four figures' differences over the greater rms
};

struct TraceComparison {
  uint64_t compared = 0;               // lines that both have
  uint64_t only_a = 0, only_b = 0;     // results that the other fused away
  double worst = 0;                    // error of all that were compared
  std::vector<TraceDifference> first;  // the first line beyond the bound, or none
};

// Pairs the lines by the name of their result in the Graph, its layer, and how often it came
// before, so traces of different fusions compare in what they share. Fails with kInvalidArgument
// where the tokens differ, where a pair's counts do, and where nothing is shared.
Result<TraceComparison> Compare(const Trace& a, const Trace& b, double bound);

}  // namespace ingot::model
