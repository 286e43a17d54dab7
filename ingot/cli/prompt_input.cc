#include "ingot/cli/prompt_input.h"

#include <unistd.h>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/output.h"

namespace ingot::cli {

void AddPromptFlags(CLI::App& app, PromptFlags& flags) {
  auto* text = app.add_option("-p,--prompt", flags.text, "Text; else -f, else standard input");
  app.add_option("-f,--file", flags.file, "Read the text from this file; - is standard input")
      ->type_name("FILE")
      ->excludes(text);
}

Result<std::optional<std::string>> ReadPrompt(const PromptFlags& flags) {
  if (flags.text) return flags.text;
  const bool standard_input = flags.file == "-" || flags.file.empty();
  if (flags.file.empty() && IsTerminal(STDIN_FILENO)) return std::optional<std::string>();
  INGOT_ASSIGN(std::string text, standard_input ? ReadStandardInput() : ReadFile(flags.file));
  return std::optional<std::string>(std::move(text));
}

Result<std::vector<int32_t>> ParseTokenIds(std::string_view text) {
  std::vector<int32_t> ids;
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = text.find_first_not_of(", \t\r\n", at);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(text.find_first_of(", \t\r\n", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const auto id = ParseInt(word);
    if (!id || *id < 0 || *id > INT32_MAX) {
      return Status(Code::kInvalidArgument,
                    StrCat("token id (", word, ") is not in 0..", INT32_MAX));
    }
    ids.push_back(static_cast<int32_t>(*id));
    at = end;
  }
  if (ids.empty()) return Status(Code::kInvalidArgument, "no token ids given");
  return ids;
}

}  // namespace ingot::cli
