// `ingot bench`: how fast a model runs here, beside what the memory can deliver.
#include <algorithm>
#include <chrono>
#include <memory>

#include "ingot/base/text.h"
#include "ingot/cli/bench_ops.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/model/generate.h"
#include "ingot/tune/peaks.h"

namespace ingot::cli {
namespace {

constexpr double kProbeSeconds = 0.3;
constexpr uint64_t kDecodeContext = 16;  // tokens before the first decode step

struct Flags {
  SharedFlags shared;
  uint64_t prefill = 512;
  uint64_t decode = 128;
  uint64_t rounds = 5;
  uint64_t tokens_per_submit = model::GenerateOptions().tokens_per_submit;
  bool ops = false;
};

// Tokens a second, a value for each round.
struct Speeds {
  uint64_t tokens = 0;  // of a round
  std::vector<double> rounds;

  double median() const {
    std::vector<double> sorted = rounds;
    std::ranges::sort(sorted);
    const size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
  double min() const { return *std::ranges::min_element(rounds); }
  double max() const { return *std::ranges::max_element(rounds); }
};

struct Report {
  Speeds prefill, decode;
  std::string host_sampling;  // why the host chose the tokens, empty if the device did
  uint64_t weight_bytes = 0;  // that a decode step reads
  tune::Bandwidth memory;
  uint64_t cache_bytes = 0;
  std::vector<OpTime> ops;
};

std::vector<int32_t> SomeTokens(uint64_t count, uint64_t vocab) {
  std::vector<int32_t> tokens(count);
  for (uint64_t i = 0; i < count; ++i) tokens[i] = static_cast<int32_t>((i * 7919 + 13) % vocab);
  return tokens;
}

// Runs `body` and adds its speed.
Status Time(Speeds& speeds, const std::function<Status()>& body) {
  const auto start = std::chrono::steady_clock::now();
  INGOT_TRY(body());
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  speeds.rounds.push_back(static_cast<double>(speeds.tokens) / spent.count());
  return Status();
}

// One round of both; an interrupt ends it early and the round does not count.
Status Round(model::Session& session, std::span<const int32_t> tokens, uint64_t tokens_per_submit,
             Report& report) {
  const std::atomic<bool>* interrupted = WatchInterrupts();
  if (report.prefill.tokens > 0) {
    session.Rewind(0);
    INGOT_TRY(
        Time(report.prefill, [&] { return session.Feed(tokens.first(report.prefill.tokens)); }));
  }
  if (report.decode.tokens == 0) return Status();
  session.Rewind(0);
  INGOT_TRY(session.Feed(tokens.first(kDecodeContext)));
  // As `run` does it: where the device chooses the tokens, several run in one submission.
  INGOT_ASSIGN(report.host_sampling,
               model::StartSampling(session, {.sampler = {.temperature = 0},
                                              .ignore_eos = true,
                                              .tokens_per_submit = tokens_per_submit}));
  const bool on_device = report.host_sampling.empty();
  return Time(report.decode, [&] {
    for (uint64_t left = on_device ? report.decode.tokens : 0; left > 0;) {
      if (*interrupted) return Status(Code::kUnavailable, "interrupted");
      INGOT_ASSIGN(const auto sampled, session.SampleNext(std::min(tokens_per_submit, left)));
      left -= std::min<uint64_t>(left, sampled.size());
    }
    if (on_device) return Status();
    for (uint64_t i = 0; i < report.decode.tokens; ++i) {
      if (*interrupted) return Status(Code::kUnavailable, "interrupted");
      INGOT_TRY(session.Feed(tokens.subspan(i, 1)));
    }
    return Status();
  });
}

Json ToJson(const Speeds& speeds) {
  Json json = Json::Object();
  json["tokens"] = speeds.tokens;
  Json rate = Json::Object();
  rate["min"] = speeds.min();
  rate["median"] = speeds.median();
  rate["max"] = speeds.max();
  json["tokens_per_second"] = std::move(rate);
  return json;
}

void PrintReport(const Report& report, const Engine& engine, const Flags& flags) {
  const double weights = report.decode.rounds.empty()
                             ? 0
                             : static_cast<double>(report.weight_bytes) * report.decode.median();
  const double share =
      report.memory.bytes_per_second > 0 ? weights / report.memory.bytes_per_second : 0;
  if (flags.shared.json) {
    Json json = Json::Object();
    json["model"] = engine.model->bound().id;
    AddSetup(json, engine);
    json["device_name"] = engine.device->facts().name;
    json["rounds"] = flags.rounds;
    json["load_ms"] = engine.load_ms;
    json["memory"] = tune::NameOf(report.memory);
    json["memory_gb_per_second"] = report.memory.bytes_per_second * 1e-9;
    json["cache_bytes"] = report.cache_bytes;
    if (!report.prefill.rounds.empty()) json["prefill"] = ToJson(report.prefill);
    if (!report.decode.rounds.empty()) {
      Json decode = ToJson(report.decode);
      decode["tokens_per_submit"] = report.host_sampling.empty() ? flags.tokens_per_submit : 0;
      decode["host_sampling"] = report.host_sampling;
      decode["weight_bytes"] = report.weight_bytes;
      decode["weights_gb_per_second"] = weights * 1e-9;
      decode["share_of_memory"] = share;
      json["decode"] = std::move(decode);
    }
    if (!report.ops.empty()) json["ops"] = ToJson(report.ops);
    PrintJson(json);
    return;
  }
  PrintLine(StrCat(engine.model->bound().id, " on ", engine.device->facts().name, ", ",
                   DescribeSetup(engine)));
  Table table({"phase", "tokens", "min", "median", "max", "spread"});
  for (const auto& [name, speeds] :
       {std::pair("prefill", &report.prefill), {"decode", &report.decode}}) {
    if (speeds->rounds.empty()) continue;
    table.Row({name, StrCat(speeds->tokens), Format("%.1f", speeds->min()),
               Format("%.1f", speeds->median()), Format("%.1f", speeds->max()),
               Format("%.1f %%", (speeds->max() - speeds->min()) / speeds->median() * 100)});
  }
  Print(table.Text());
  PrintLine(StrCat("speeds in tokens a second, ",
                   std::max(report.prefill.rounds.size(), report.decode.rounds.size()),
                   " rounds; loaded in ", Format("%.0f", engine.load_ms), " ms"));
  if (!report.decode.rounds.empty()) {
    PrintLine(StrCat("decode: ", DescribeSampling(report.host_sampling, flags.tokens_per_submit)));
  }
  if (weights > 0) {
    PrintLine(StrCat("decode reads ", HumanBytes(report.weight_bytes), " of weights a token, ",
                     Format("%.1f", weights * 1e-9), " GB/s: ", Format("%.1f", share * 100),
                     " % of the ", Format("%.1f", report.memory.bytes_per_second * 1e-9),
                     " GB/s that the device can ", tune::NameOf(report.memory)));
  }
  PrintOps(report.ops);
}

Status Bench(Flags flags) {
  if (flags.prefill + flags.decode == 0) {
    return Status(Code::kInvalidArgument, "nothing to measure: both -p and -n are 0");
  }
  const uint64_t positions = std::max(flags.prefill, flags.decode + kDecodeContext);
  if (flags.shared.ctx == 0) flags.shared.ctx = positions;
  INGOT_ASSIGN(Engine engine, LoadEngine(flags.shared));
  Report report;
  report.prefill.tokens = flags.prefill;
  report.decode.tokens = flags.decode;
  const program::Program& decode = engine.model->programs().decode;
  INGOT_ASSIGN(report.weight_bytes, WeightBytes(decode, decode.dispatches));
  INGOT_ASSIGN(auto session, model::Session::Create(*engine.model));
  const std::vector<int32_t> tokens = SomeTokens(positions, engine.model->vocab());
  const std::atomic<bool>* interrupted = WatchInterrupts();
  Progress progress("bench", !flags.shared.quiet);
  Status status;
  // The first round touches memory for the first time, so it is run and thrown away.
  for (uint64_t round = 0; round <= flags.rounds && status.ok() && !*interrupted; ++round) {
    progress.Show(round, flags.rounds + 1);
    Report warm_up = report;
    status = Round(*session, tokens, flags.tokens_per_submit, round == 0 ? warm_up : report);
  }
  progress.Erase();
  if (flags.ops && status.ok() && !*interrupted) {
    const uint64_t rows =
        std::min(std::max<uint64_t>(flags.prefill, 1), engine.model->programs().prefill.max_tokens);
    INGOT_ASSIGN(report.ops, TimeOps(*session, std::span(tokens).first(rows), flags.rounds));
  }
  report.cache_bytes = session->cache_bytes();
  if (!*interrupted) {
    INGOT_ASSIGN(report.memory, tune::MeasureBandwidth(*engine.device, kProbeSeconds));
  }
  if (!report.prefill.rounds.empty() || !report.decode.rounds.empty()) {
    PrintReport(report, engine, flags);
  }
  if (status.ok() && *interrupted) status = Status(Code::kUnavailable, "interrupted");
  return status;
}

}  // namespace

Action CmdBench(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddModelArgument(app, flags->shared);
  app.add_option("-p,--prefill", flags->prefill, "Tokens of a prompt; 0: not measured")
      ->check(Between(0, 1 << 20));
  app.add_option("-n,--decode", flags->decode, "Tokens generated one by one; 0: not measured")
      ->check(Between(0, 1 << 20));
  app.add_option("-r,--rounds", flags->rounds, "Rounds, after one to warm up")
      ->check(Between(1, 1000));
  app.add_flag("--ops", flags->ops, "Also what each op costs, by the clock of a GPU");
  AddOutputFlags(app, flags->shared);
  AddEngineFlags(app, flags->shared);
  AddTokensPerSubmitFlag(app, flags->tokens_per_submit);
  AddExample(app, "ingot bench model.gguf -p 512 -n 128 -r 5");
  return [flags] { return Bench(*flags); };
}

}  // namespace ingot::cli
