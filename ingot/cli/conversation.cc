#include "ingot/cli/conversation.h"

#include <algorithm>
#include <ctime>

#include "ingot/base/text.h"

namespace ingot::cli {
namespace {

constexpr std::string_view kTemplateKey = "tokenizer.chat_template";

Result<model::ChatTemplate> TemplateFor(const model::Gguf& file, const std::string& format) {
  if (!format.empty()) return model::ChatTemplate::BuiltIn(format);
  if (file.Find(kTemplateKey) == nullptr) {
    return Status(Code::kInvalidArgument, StrCat(file.name(), ": no chat template (", kTemplateKey,
                                                 "); --chat-format names one of (",
                                                 Join(model::ChatFormatNames(), ", "), ")"));
  }
  INGOT_ASSIGN(const std::string_view text, file.String(kTemplateKey));
  return model::ChatTemplate::Parse(text, kTemplateKey);
}

std::string TextOf(const model::Vocabulary& vocabulary, int32_t token) {
  return token == model::Vocabulary::kNone ? "" : std::string(vocabulary.Text(token));
}

std::tm Today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local;
}

}  // namespace

Result<Conversation> Conversation::Create(model::Session& session, const std::string& format,
                                          const std::string& system) {
  INGOT_ASSIGN(auto chat_template, TemplateFor(session.model().file(), format));
  Conversation conversation(session, std::move(chat_template));
  if (!system.empty()) conversation.messages_.push_back({.role = "system", .content = system});
  return conversation;
}

Result<std::vector<int32_t>> Conversation::Ask(const std::string& text) {
  messages_.push_back({.role = "user", .content = text});
  const model::Tokenizer& tokenizer = *session_->model().tokenizer();
  const model::Vocabulary& vocabulary = tokenizer.vocabulary();
  const model::ChatOptions options{.bos = TextOf(vocabulary, vocabulary.bos()),
                                   .eos = TextOf(vocabulary, vocabulary.eos()),
                                   .date = Today()};
  INGOT_ASSIGN(const model::ChatPrompt prompt, template_.Render(messages_, options));
  INGOT_ASSIGN(const std::vector<int32_t> tokens, tokenizer.EncodeParts(prompt.Parts(), true));
  if (tokens.empty()) return Status(Code::kInvalidArgument, "the chat has no tokens");
  const auto [in_tokens, in_run] = std::ranges::mismatch(tokens, run_);
  // The last token runs in any case: its logits are wanted.
  const auto common =
      std::min<size_t>(static_cast<size_t>(in_tokens - tokens.begin()), tokens.size() - 1);
  session_->Rewind(common);
  run_.resize(common);
  return std::vector<int32_t>(tokens.begin() + static_cast<ptrdiff_t>(common), tokens.end());
}

void Conversation::Answer(const std::vector<int32_t>& prompt, const model::GenerateResult& result) {
  messages_.push_back({.role = "assistant", .content = result.text});
  run_.insert(run_.end(), prompt.begin(), prompt.end());
  run_.insert(run_.end(), result.tokens.begin(), result.tokens.end());
  run_.resize(session_->position());  // the last token was sampled, not run
}

}  // namespace ingot::cli
