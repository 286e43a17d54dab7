// `ingot logits`: the raw logits of every position, for comparisons with other engines.
#include <memory>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/prompt_input.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/cli/trace_file.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  std::string tokens;
  std::string out;
  std::string trace;
  uint64_t chunk = 0;
};

Status Logits(const Flags& flags) {
  INGOT_ASSIGN(const std::vector<int32_t> tokens, ParseTokenIds(flags.tokens));
  INGOT_ASSIGN(Engine engine, LoadEngine(flags.shared));
  INGOT_ASSIGN(auto session, model::Session::Create(*engine.model));
  if (flags.chunk > 0) session->set_chunk(flags.chunk);
  INGOT_ASSIGN(auto out, AtomicFile::Create(flags.out));
  INGOT_ASSIGN(TraceFile trace, TraceFile::Open(flags.trace, *engine.model, tokens));
  const std::atomic<bool>* interrupted = WatchInterrupts();
  Progress progress("logits", !flags.shared.quiet);
  const model::LogitsSink write = [&](uint64_t position, std::span<const float> logits) {
    progress.Show(position + 1, tokens.size());
    if (*interrupted) return Status(Code::kUnavailable, StrCat("interrupted at token ", position));
    return out->Write(std::as_bytes(logits));
  };
  INGOT_TRY(session->Feed(tokens, write, trace.sink()));
  INGOT_TRY(out->Commit());
  INGOT_TRY(trace.Close());
  progress.Erase();
  if (flags.shared.json) {
    Json json = Json::Object();
    json["out"] = flags.out;
    json["tokens"] = tokens.size();
    json["vocab"] = engine.model->vocab();
    AddSetup(json, engine);
    PrintJson(json);
  } else {
    PrintLine(StrCat(flags.out, ": f32 [", tokens.size(), ", ", engine.model->vocab(), "], ",
                     DescribeSetup(engine)));
  }
  return Status();
}

}  // namespace

Action CmdLogits(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  flags->shared.numerics = "exact";
  flags->shared.kv_type = "f32";
  AddModelArgument(app, flags->shared);
  app.add_option("--tokens", flags->tokens, "Ids to run, as `ingot tokenize --ids` prints them")
      ->type_name("IDS")
      ->required();
  app.add_option("--out", flags->out, "File for the logits: little-endian f32 [tokens, vocabulary]")
      ->type_name("FILE")
      ->required();
  app.add_option("--chunk", flags->chunk,
                 "Tokens run at once; 1: as decode does; 0: as many as fit")
      ->check(Between(0, 1 << 20));
  AddTraceFlag(app, flags->trace);
  AddOutputFlags(app, flags->shared);
  AddEngineFlags(app, flags->shared);
  AddExample(app, "ingot logits model.gguf --tokens 1,403,407 --out model.logits");
  return [flags] { return Logits(*flags); };
}

}  // namespace ingot::cli
