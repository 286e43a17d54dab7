// `ingot perplexity`: how well a model predicts a text.
#include <cmath>
#include <memory>

#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/prompt_input.h"
#include "ingot/cli/shared_flags.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  PromptFlags prompt;
};

// Sums of the negative log-likelihood over the scored tokens.
struct Score {
  uint64_t windows = 0;
  uint64_t tokens = 0;
  double sum = 0;
  double squares = 0;

  void Add(double loss) {
    ++tokens;
    sum += loss;
    squares += loss * loss;
  }
  double mean() const { return sum / static_cast<double>(tokens); }
  double perplexity() const { return std::exp(mean()); }
  // One standard error, of independent tokens.
  double error() const {
    const auto count = static_cast<double>(tokens);
    const double variance = squares / count - mean() * mean();
    return tokens < 2 ? 0 : perplexity() * std::sqrt(std::max(variance, 0.0) / (count - 1));
  }
};

double NegativeLogLikelihood(std::span<const float> logits, int32_t token) {
  float most = logits[0];
  for (const float logit : logits) most = std::max(most, logit);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - most);
  return std::log(sum) + most - logits[static_cast<size_t>(token)];
}

// Runs one window; of its tokens the second half, but for the first of it, is scored.
Status ScoreWindow(model::Session& session, std::span<const int32_t> window, Score& score) {
  const size_t first = window.size() / 2;
  session.Rewind(0);
  INGOT_TRY(session.Feed(window.first(first)));
  const model::LogitsSink add = [&](uint64_t position, std::span<const float> logits) {
    score.Add(NegativeLogLikelihood(logits, window[position + 1]));
    return Status();
  };
  INGOT_TRY(session.Feed(window.subspan(first, window.size() - 1 - first), add));
  ++score.windows;
  return Status();
}

void PrintScore(const Score& score, uint64_t windows, const Engine& engine, const Flags& flags) {
  if (flags.shared.json) {
    Json json = Json::Object();
    json["perplexity"] = score.perplexity();
    json["error"] = score.error();
    json["scored_tokens"] = score.tokens;
    json["windows"] = score.windows;
    json["windows_in_text"] = windows;
    json["ctx"] = flags.shared.ctx;
    AddSetup(json, engine);
    PrintJson(json);
  } else {
    PrintLine(StrCat("perplexity ", Format("%.4f +- %.4f", score.perplexity(), score.error()),
                     " over ", score.tokens, " tokens in ", score.windows, " windows of ",
                     flags.shared.ctx, " (", DescribeSetup(engine), ")"));
  }
}

Status Perplexity(const Flags& flags) {
  constexpr uint64_t kLeastWindow = 4;
  if (flags.shared.ctx < kLeastWindow) {
    return Status(Code::kInvalidArgument, StrCat("--ctx: tokens of a window (", flags.shared.ctx,
                                                 ") are fewer than (", kLeastWindow, ")"));
  }
  INGOT_ASSIGN(const auto text, ReadPrompt(flags.prompt));
  if (!text) return Status(Code::kInvalidArgument, "no text: give -f FILE or -p TEXT");
  INGOT_ASSIGN(Engine engine, LoadEngine(flags.shared));
  const model::Tokenizer& tokenizer = *engine.model->tokenizer();
  INGOT_ASSIGN(std::vector<int32_t> tokens, tokenizer.Encode(*text));
  const uint64_t ctx = flags.shared.ctx;
  const uint64_t windows = tokens.size() / ctx;
  if (windows == 0) {
    return Status(Code::kInvalidArgument, StrCat("tokens of the text (", tokens.size(),
                                                 ") are fewer than a window (", ctx, ")"));
  }
  INGOT_ASSIGN(auto session, model::Session::Create(*engine.model));
  const std::atomic<bool>* interrupted = WatchInterrupts();
  Progress progress("perplexity", !flags.shared.quiet);
  Score score;
  while (score.windows < windows && !*interrupted) {
    const std::span<int32_t> window = std::span(tokens).subspan(score.windows * ctx, ctx);
    const int32_t bos = tokenizer.vocabulary().bos();
    if (bos != model::Vocabulary::kNone) window[0] = bos;
    INGOT_TRY(ScoreWindow(*session, window, score));
    progress.Show(score.windows, windows, Format("%.4f", score.perplexity()));
  }
  progress.Erase();
  if (score.windows > 0) PrintScore(score, windows, engine, flags);
  if (score.windows == windows) return Status();
  return Status(Code::kUnavailable,
                StrCat("interrupted after windows (", score.windows, ") of (", windows, ")"));
}

}  // namespace

Action CmdPerplexity(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  flags->shared.ctx = 512;
  AddModelArgument(app, flags->shared);
  AddPromptFlags(app, flags->prompt);
  AddOutputFlags(app, flags->shared);
  AddEngineFlags(app, flags->shared);
  AddExample(app, "ingot perplexity model.gguf -f text.txt --ctx 512");
  return [flags] { return Perplexity(*flags); };
}

}  // namespace ingot::cli
