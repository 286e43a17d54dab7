#include "ingot/cli/bench_ops.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "ingot/base/text.h"
#include "ingot/cli/output.h"

namespace ingot::cli {
namespace {

double Median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// Rows of one phase out of the rounds' times of each dispatch.
Status AddPhase(const program::Program& program, const std::vector<std::vector<double>>& rounds,
                std::vector<OpTime>& times) {
  std::map<std::tuple<std::string, std::string, std::string>, OpTime> rows;
  for (size_t i = 0; i < program.dispatches.size(); ++i) {
    const program::Dispatch& dispatch = program.dispatches[i];
    const std::string kernel =
        StrCat(dispatch.kernel, dispatch.variant.empty() ? "" : "/", dispatch.variant);
    OpTime& row = rows[{dispatch.op, dispatch.role, kernel}];
    row.phase = program.phase;
    row.op = dispatch.op;
    row.role = dispatch.role;
    row.kernel = kernel;
    row.count += 1;
    std::vector<double> samples;
    for (const std::vector<double>& round : rounds) samples.push_back(round[i]);
    row.microseconds += Median(std::move(samples));
    INGOT_ASSIGN(const uint64_t bytes, WeightBytes(program, std::span(&dispatch, 1)));
    row.weight_bytes += bytes;
  }
  const size_t first = times.size();
  for (auto& [key, row] : rows) times.push_back(std::move(row));
  std::ranges::stable_sort(times.begin() + static_cast<std::ptrdiff_t>(first), times.end(),
                           std::ranges::greater(), &OpTime::microseconds);
  return Status();
}

}  // namespace

Result<uint64_t> WeightBytes(const program::Program& program,
                             std::span<const program::Dispatch> dispatches) {
  std::set<program::BufferId> read;
  for (const program::Dispatch& dispatch : dispatches) {
    if (dispatch.op == "embed") continue;
    for (const program::Binding& binding : dispatch.bindings) {
      if (program.buffers[binding.buffer].kind == program::BufferKind::kWeight) {
        read.insert(binding.buffer);
      }
    }
  }
  uint64_t bytes = 0;
  for (const program::BufferId id : read) {
    INGOT_ASSIGN(const uint64_t part, program.buffers[id].bytes.Evaluate({}));
    bytes += part;
  }
  return bytes;
}

Result<std::vector<OpTime>> TimeOps(model::Session& session, std::span<const int32_t> prefill,
                                    uint64_t rounds) {
  std::vector<std::vector<double>> prefill_rounds, decode_rounds;
  for (uint64_t round = 0; round <= rounds; ++round) {
    session.Rewind(0);
    INGOT_ASSIGN(std::vector<double> many, session.Time(prefill));
    session.Rewind(0);
    INGOT_ASSIGN(std::vector<double> one, session.Time(prefill.first(1)));
    if (round == 0) continue;
    prefill_rounds.push_back(std::move(many));
    decode_rounds.push_back(std::move(one));
  }
  std::vector<OpTime> times;
  const ir::Programs& programs = session.model().programs();
  if (prefill.size() > 1) INGOT_TRY(AddPhase(programs.prefill, prefill_rounds, times));
  INGOT_TRY(AddPhase(programs.decode, decode_rounds, times));
  return times;
}

Json ToJson(const std::vector<OpTime>& times) {
  return JsonArray(times, [](const OpTime& row) {
    Json json = Json::Object();
    json["phase"] = Name(row.phase);
    json["op"] = row.op;
    json["role"] = row.role;
    json["kernel"] = row.kernel;
    json["count"] = row.count;
    json["microseconds"] = row.microseconds;
    json["weight_bytes"] = row.weight_bytes;
    return json;
  });
}

void PrintOps(const std::vector<OpTime>& times) {
  for (const Phase phase : {Phase::kPrefill, Phase::kDecode}) {
    double total = 0;
    for (const OpTime& row : times) total += row.phase == phase ? row.microseconds : 0;
    if (total == 0) continue;
    Table table({"op", "role", "kernel", "count", "us", "us each", "share", "weights GB/s"});
    for (const OpTime& row : times) {
      if (row.phase != phase) continue;
      const double rate = static_cast<double>(row.weight_bytes) / row.microseconds * 1e-3;
      table.Row({row.op, row.role, row.kernel, StrCat(row.count), Format("%.1f", row.microseconds),
                 Format("%.2f", row.microseconds / static_cast<double>(row.count)),
                 Format("%.1f %%", row.microseconds / total * 100),
                 row.weight_bytes == 0 ? "" : Format("%.0f", rate)});
    }
    Print("\n" + table.Text());
    PrintLine(StrCat(Name(phase), ": ", Format("%.1f", total),
                     " us by the device's clock, which makes dispatches wait for each other"));
  }
}

}  // namespace ingot::cli
