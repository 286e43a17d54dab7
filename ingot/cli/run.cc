// `ingot run`: completes a text, or chats.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <random>

#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/conversation.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/prompt_input.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/cli/trace_file.h"
#include "ingot/model/generate.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  PromptFlags prompt;
  model::SamplerOptions sampler;
  std::optional<uint64_t> seed;
  std::optional<uint64_t> tokens;  // unset: 256, or in a chat as many as it takes
  std::vector<std::string> stop;
  bool ignore_eos = false;
  uint64_t tokens_per_submit = model::GenerateOptions().tokens_per_submit;
  bool special = false;
  bool chat = false;
  std::string system;
  std::string chat_format;
  std::string trace;
};

uint64_t DrawSeed() {
  std::random_device device;
  return device();
}

model::GenerateOptions ToOptions(const Flags& flags, bool is_chat) {
  constexpr uint64_t kTokens = 256;
  model::GenerateOptions options;
  options.max_tokens = flags.tokens.value_or(is_chat ? 0 : kTokens);
  options.sampler = flags.sampler;
  options.stop = flags.stop;
  options.ignore_eos = flags.ignore_eos;
  options.tokens_per_submit = flags.tokens_per_submit;
  options.interrupt = WatchInterrupts();
  return options;
}

Json ToJson(const std::vector<int32_t>& prompt, const model::GenerateResult& result,
            const Flags& flags, const Engine& engine) {
  Json json = Json::Object();
  json["model"] = engine.model->bound().id;
  json["prompt_tokens"] = JsonArray(prompt);
  json["tokens"] = JsonArray(result.tokens);
  json["text"] = result.text;
  json["stop"] = model::StopReasonName(result.reason);
  json["seed"] = flags.sampler.seed;
  json["tokens_per_submit"] = result.host_sampling.empty() ? flags.tokens_per_submit : 0;
  json["host_sampling"] = result.host_sampling;
  json["load_ms"] = engine.load_ms;
  json["prefill_tokens_per_second"] = result.prefill_per_second();
  json["decode_tokens_per_second"] = result.decode_per_second();
  AddSetup(json, engine);
  return json;
}

void NoteSummary(const model::GenerateResult& result, const Flags& flags, const Engine& engine) {
  if (flags.shared.quiet) return;
  Note(StrCat("loaded in ", Format("%.0f", engine.load_ms), " ms; prompt ", result.prompt_tokens,
              " tokens, ", Format("%.1f", result.prefill_per_second()), " a second; generated ",
              result.tokens.size(), " tokens, ", Format("%.1f", result.decode_per_second()),
              " a second; ", DescribeSetup(engine), "; ",
              DescribeSampling(result.host_sampling, flags.tokens_per_submit), "; seed ",
              flags.sampler.seed, "; stop: ", model::StopReasonName(result.reason)));
}

// Generates after `prompt`, streaming text unless the result is printed as JSON.
Result<model::GenerateResult> Stream(model::Session& session, const std::vector<int32_t>& prompt,
                                     const model::GenerateOptions& options, const Flags& flags,
                                     const Engine& engine) {
  if (prompt.empty()) return Status(Code::kInvalidArgument, "the prompt has no tokens");
  Status written;
  const model::TextSink sink = [&](std::string_view piece) {
    if (flags.shared.json) return;
    Print(piece);
    written = FlushOutput();
  };
  auto result = model::Generate(session, prompt, options, sink);
  if (!result.ok()) return WithWayOut(result.status(), engine.device->facts().kind);
  INGOT_TRY(written);
  return result;
}

Status EndOf(const model::GenerateResult& result, const Engine& engine) {
  const std::string after = StrCat("after tokens (", result.tokens.size(), ")");
  if (result.reason == model::StopReason::kFailed) {
    return WithWayOut(result.failure.At(after), engine.device->facts().kind);
  }
  if (result.reason != model::StopReason::kInterrupted) return Status();
  return Status(Code::kUnavailable, StrCat("interrupted ", after));
}

// One prompt, completed or answered.
Status Complete(const std::string& text, const Flags& flags, Engine& engine,
                model::Session& session) {
  std::vector<int32_t> prompt;
  if (flags.chat) {
    INGOT_ASSIGN(auto conversation, Conversation::Create(session, flags.chat_format, flags.system));
    INGOT_ASSIGN(prompt, conversation.Ask(text));
  } else {
    INGOT_ASSIGN(prompt, engine.model->tokenizer()->Encode(text, {.parse_special = flags.special}));
  }
  INGOT_ASSIGN(TraceFile trace, TraceFile::Open(flags.trace, *engine.model, prompt));
  model::GenerateOptions options = ToOptions(flags, flags.chat);
  options.trace = trace.sink();
  INGOT_ASSIGN(const auto result, Stream(session, prompt, options, flags, engine));
  if (result.failure.ok()) INGOT_TRY(trace.Close());
  if (flags.shared.json) {
    PrintJson(ToJson(prompt, result, flags, engine));
  } else {
    PrintLine("");
    INGOT_TRY(FlushOutput());
    NoteSummary(result, flags, engine);
  }
  return EndOf(result, engine);
}

// Until the end of standard input, a line a turn.
Status Chat(const Flags& flags, Engine& engine, model::Session& session) {
  INGOT_ASSIGN(auto conversation, Conversation::Create(session, flags.chat_format, flags.system));
  const model::GenerateOptions options = ToOptions(flags, true);
  if (!flags.shared.quiet) Note("an empty line or the end of input ends the chat");
  std::string line;
  while (true) {
    Print("> ");
    INGOT_TRY(FlushOutput());
    if (!std::getline(std::cin, line) || line.empty()) return Status();
    INGOT_ASSIGN(const std::vector<int32_t> prompt, conversation.Ask(line));
    INGOT_ASSIGN(const auto result, Stream(session, prompt, options, flags, engine));
    conversation.Answer(prompt, result);
    PrintLine("");
    INGOT_TRY(FlushOutput());
    NoteSummary(result, flags, engine);
    INGOT_TRY(EndOf(result, engine));
  }
}

Status Run(Flags flags) {
  flags.sampler.seed = flags.seed ? *flags.seed : DrawSeed();
  INGOT_TRY(model::CheckSamplerOptions(flags.sampler));
  flags.chat = flags.chat || !flags.chat_format.empty() || !flags.system.empty();
  INGOT_ASSIGN(const auto text, ReadPrompt(flags.prompt));
  if (!text && flags.shared.json) {
    return Status(Code::kInvalidArgument, "no prompt: a chat on the terminal has no --json");
  }
  INGOT_ASSIGN(Engine engine, LoadEngine(flags.shared));
  INGOT_ASSIGN(auto session, model::Session::Create(*engine.model));
  return text ? Complete(*text, flags, engine, *session) : Chat(flags, engine, *session);
}

void AddSamplerFlags(CLI::App& app, Flags& flags) {
  model::SamplerOptions& sampler = flags.sampler;
  app.add_option("--temp", sampler.temperature, "Temperature; 0: the likeliest token")
      ->group("Sampling");
  app.add_option("--top-k", sampler.top_k, "Of the k likeliest tokens; 0: all")->group("Sampling");
  app.add_option("--top-p", sampler.top_p, "Of the likeliest tokens with this mass; 1: all")
      ->group("Sampling");
  app.add_option("--min-p", sampler.min_p, "Of tokens this likely beside the likeliest; 0: all")
      ->group("Sampling");
  app.add_option("--repeat-penalty", sampler.repeat_penalty, "Divides repeated tokens; 1: off")
      ->group("Sampling");
  app.add_option("--frequency-penalty", sampler.frequency_penalty,
                 "Taken off for each time a token came; 0: off")
      ->group("Sampling");
  app.add_option("--presence-penalty", sampler.presence_penalty,
                 "Taken off once if a token came; 0: off")
      ->group("Sampling");
  app.add_option("--last-n", sampler.last_n, "Tokens that the penalties look back at")
      ->group("Sampling");
  app.add_option("--seed", flags.seed,
                 "The same seed gives the same text; unset: drawn and printed")
      ->group("Sampling");
}

}  // namespace

Action CmdRun(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddModelArgument(app, flags->shared);
  AddPromptFlags(app, flags->prompt);
  app.add_option("-n,--tokens", flags->tokens,
                 "Tokens at the most; 0: until a stop or a full context; unset: 256, in a chat 0");
  app.add_option("--stop", flags->stop, "End before this text; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app.add_flag("--ignore-eos", flags->ignore_eos, "Go on after the model's stop tokens");
  app.add_flag("--special", flags->special, "Read control tokens out of the prompt");
  app.add_flag("--chat", flags->chat, "The prompt is what a user says, put in the chat template");
  app.add_option("--system", flags->system, "What stands before the chat; means --chat");
  app.add_option("--chat-format", flags->chat_format,
                 StrCat("Built-in template instead of the file's; means --chat: ",
                        Join(model::ChatFormatNames(), ", ")));
  AddTraceFlag(app, flags->trace);
  AddOutputFlags(app, flags->shared);
  AddSamplerFlags(app, *flags);
  AddEngineFlags(app, flags->shared);
  AddTokensPerSubmitFlag(app, flags->tokens_per_submit);
  AddExample(app,
             "ingot run -p 'Once upon a time' --seed 7\n  ingot run gemma3-270m --chat -p 'What is "
             "bread made of?' --temp 0");
  return [flags] { return Run(*flags); };
}

}  // namespace ingot::cli
