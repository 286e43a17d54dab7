// What a person hands to a model: a text by flag, file or standard input, or token ids.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::cli {

struct PromptFlags {
  std::optional<std::string> text;
  std::string file;  // "-" is standard input
};

// -p and -f, of which one may be given.
void AddPromptFlags(CLI::App& app, PromptFlags& flags);

// The text of -p, the contents of -f, else standard input if it is no terminal. Nothing if it is
// one.
Result<std::optional<std::string>> ReadPrompt(const PromptFlags& flags);

// Ids separated by commas or white space: "1,2,3". Fails with kInvalidArgument on anything else.
Result<std::vector<int32_t>> ParseTokenIds(std::string_view text);

}  // namespace ingot::cli
