// `ingot export`: a model's Programs as a folder that a web page replays without this engine. A
// device that runs nothing notes what a GPU would be given (docs/formats/export.md).
#include <memory>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/export_writer.h"
#include "ingot/cli/output.h"
#include "ingot/cli/prompt_input.h"
#include "ingot/cli/resolve_model.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/model/generate.h"
#include "ingot/model/model.h"
#include "ingot/model/stream_decoder.h"
#include "ingot/program/serialize.h"
#include "ingot/runtime/paper/device.h"

namespace ingot::cli {
namespace {

constexpr uint64_t kMostTokens = 4096;

struct Flags {
  SharedFlags shared;
  PromptFlags prompt;
  std::string out;
  uint64_t tokens = 64;
};

// What a token adds to a text.
std::string PieceOf(const std::shared_ptr<const model::Tokenizer>& tokenizer, int32_t id) {
  model::StreamDecoder decoder(tokenizer, {.continues_text = true});
  const std::string piece = decoder.Append(id);
  return piece + decoder.Finish();
}

// The greedy tokens of the CPU, which the page must find again.
Result<std::vector<int32_t>> ExpectedTokens(const Flags& flags,
                                            const std::vector<int32_t>& prompt) {
  SharedFlags shared = flags.shared;
  shared.device = "cpu";
  shared.kernel_dir.clear();
  INGOT_ASSIGN(Engine engine, LoadEngine(shared));
  INGOT_ASSIGN(auto session, model::Session::Create(*engine.model));
  model::GenerateOptions options;
  options.max_tokens = flags.tokens;
  options.sampler.temperature = 0;
  options.ignore_eos = true;
  INGOT_ASSIGN(const model::GenerateResult result, model::Generate(*session, prompt, options));
  INGOT_TRY(result.failure);
  return result.tokens;
}

// The four submissions of a generation: the prompt, the first token, and then again and again a
// step and its token.
Status WriteRuns(runtime::paper::Paper& paper, model::Session& session, const Flags& flags,
                 const std::vector<int32_t>& prompt, ExportWriter& writer, Json& json) {
  std::vector<Json> submitted;
  paper.OnSubmit([&](std::span<const runtime::Command> commands) -> Status {
    INGOT_ASSIGN(submitted.emplace_back(), writer.RunJson(commands));
    return {};
  });
  INGOT_TRY(session.Feed(prompt));
  if (submitted.size() != 1) {
    return Status(Code::kUnsupported,
                  StrCat("prompt: tokens (", prompt.size(), ") are more than one run has (",
                         session.model().programs().prefill.max_tokens, ")"));
  }
  const model::SamplerOptions greedy = {.temperature = 0};
  INGOT_TRY(session.StartSampling(greedy, flags.tokens, /*ignore_stops=*/true));
  // Nothing runs, so no token comes: that is what this says, after it has submitted all.
  const Status sampled = session.SampleNext(2).status();
  paper.OnSubmit(nullptr);
  if (submitted.size() != 4) return sampled.At("sampling");
  constexpr const char* kNames[] = {"prefill", "first", "step", "sample"};
  Json runs = Json::Object();
  for (size_t i = 0; i < 4; ++i) runs[kNames[i]] = std::move(submitted[i]);
  json["runs"] = std::move(runs);
  const model::StateRecord record = model::SamplingRecord(greedy, prompt.size() - 1, flags.tokens,
                                                          session.model().max_positions());
  Json state = Json::Object();
  INGOT_ASSIGN(state["buffer"], writer.NumberOf("state"));
  state["words"] = JsonArray(record);
  json["state"] = std::move(state);
  Json ring = Json::Object();
  INGOT_ASSIGN(ring["buffer"], writer.NumberOf("tokens"));
  ring["count"] = model::Session::kMostSampled;
  json["ring"] = std::move(ring);
  return {};
}

Status Export(const Flags& flags) {
  INGOT_ASSIGN(const model::ModelOptions options, ToModelOptions(flags.shared));
  INGOT_ASSIGN(const auto text, ReadPrompt(flags.prompt));
  if (!text) return Status(Code::kInvalidArgument, "an export needs a prompt: -p TEXT");
  INGOT_ASSIGN(auto file, OpenModel(flags.shared.model));
  INGOT_ASSIGN(const auto paper, runtime::paper::Open(flags.shared.kernel_dir));
  INGOT_ASSIGN(const auto model, model::Model::Load(*paper, std::move(file), options));
  INGOT_ASSIGN(const std::vector<int32_t> prompt, model->tokenizer()->Encode(*text));
  if (prompt.empty()) return Status(Code::kInvalidArgument, "the prompt has no tokens");
  INGOT_ASSIGN(const std::vector<int32_t> expected, ExpectedTokens(flags, prompt));
  INGOT_ASSIGN(ExportWriter writer, ExportWriter::Create(flags.out));
  INGOT_ASSIGN(auto session, model::Session::Create(*model));

  Json json = Json::Object();
  json["model"] = model->bound().id;
  json["prompt_text"] = *text;
  json["prompt"] = JsonArray(prompt);
  json["expected"] = JsonArray(expected);
  Json pieces = Json::Array();
  for (size_t id = 0; id < model->tokenizer()->vocabulary().size(); ++id) {
    pieces.Append(PieceOf(model->tokenizer(), static_cast<int32_t>(id)));
  }
  json["pieces"] = std::move(pieces);
  INGOT_TRY(WriteRuns(*paper, *session, flags, prompt, writer, json));
  for (const program::Program* program : {&model->programs().prefill, &model->programs().decode}) {
    const std::string name = StrCat(flags.out, "/", Name(program->phase), ".json");
    INGOT_TRY(WriteFileAtomic(name, program::Print(*program)));
  }
  json["buffers"] = writer.TakeBuffers();
  INGOT_ASSIGN(const uint64_t data_bytes, writer.Finish(std::move(json), "export.json"));
  if (flags.shared.json) {
    Json summary = Json::Object();
    summary["out"] = flags.out;
    summary["data_bytes"] = data_bytes;
    summary["tokens"] = expected.size();
    PrintJson(summary);
  } else {
    PrintLine(StrCat(flags.out, ": ", model->bound().id, ", ", HumanBytes(data_bytes), ", ",
                     expected.size(), " tokens expected"));
  }
  return {};
}

}  // namespace

Action CmdExport(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  flags->shared.numerics = "exact";
  AddModelArgument(app, flags->shared);
  AddPromptFlags(app, flags->prompt);
  app.add_option("--out", flags->out, "Folder for the export")->type_name("DIR")->required();
  app.add_option("-n,--tokens", flags->tokens, "Tokens that the page generates")
      ->check(Between(1, kMostTokens));
  AddOutputFlags(app, flags->shared);
  AddEngineFlags(app, flags->shared);
  AddExample(app, "ingot export -p 'Once upon a time' --out build/story");
  return [flags] { return Export(*flags); };
}

}  // namespace ingot::cli
