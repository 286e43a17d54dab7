// What `bench kernels` found: printed as tables, written as JSON and read back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/json.h"
#include "ingot/base/status.h"
#include "ingot/tune/goal.h"
#include "ingot/tune/kernel_bench.h"
#include "ingot/tune/peaks.h"

namespace ingot::cli {

struct BenchReport {
  std::string device;  // its kind
  std::string device_name;
  std::string driver;  // of a GPU
  std::string date;    // when it was measured, in UTC
  bool independent = false;
  std::optional<tune::Peaks> peaks;  // if they were measured
  std::vector<tune::BenchResult> results;
};

Json ToJson(const BenchReport& report);
// Fails with `FILE:LINE: ` on what is no such report.
Result<BenchReport> ReadBenchReport(std::string_view text, std::string_view file);

// What the words of the tables and the page are made of.
double GigabytesPerSecond(const tune::BenchResult& result, const tune::BenchRow& row);
double Teraflops(const tune::BenchResult& result, const tune::BenchRow& row);
std::string Title(const tune::OpShape& shape);         // `matmul (q_proj), decode: rows=1 ...`
std::string ChoiceText(const tune::BenchRow& row);     // `matmul_gemv/q4 {LANES=16 WG=128}`
std::string_view BoundName(const tune::Floor& floor);  // `memory` or `arithmetic`
std::optional<tune::Floor> FloorOf(const BenchReport& report, const tune::BenchResult& result);
// Only of a GPU, and where the peaks were measured.
std::optional<tune::Goal> GoalOf(const BenchReport& report, const tune::BenchResult& result);

enum class Verdict : uint8_t { kReached, kMissed, kBelowLeast };
// REQUIRES: the row has a time.
Verdict VerdictOf(const tune::Goal& goal, const tune::Floor& floor, const tune::BenchRow& row);
std::string VerdictText(const tune::Goal& goal, Verdict verdict);  // `missed 92 %`

// The device and its peaks; a shape with its rows, of which `top` are shown (0: all); the best of
// each shape, and how it was measured.
void PrintPeaks(const BenchReport& report);
void PrintResult(const BenchReport& report, const tune::BenchResult& result, uint64_t top);
void PrintBest(const BenchReport& report);

}  // namespace ingot::cli
