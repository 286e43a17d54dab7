// The flags that commands share: their names, defaults and help stand here once.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::cli {

struct SharedFlags {
  std::string model;  // empty: the bundled one
  std::string pre;    // pre-tokenizer; empty: what the file says
  bool json = false;
  bool quiet = false;
};

// MODEL, as a positional argument.
void AddModelArgument(CLI::App& app, SharedFlags& flags);
// --pre.
void AddPreFlag(CLI::App& app, SharedFlags& flags);
// --json and --quiet.
void AddOutputFlags(CLI::App& app, SharedFlags& flags);

// The example every command's help ends with.
void AddExample(CLI::App& app, std::string_view example);

// A check for CLI11: the value is one of `names`.
CLI::Validator OneOf(std::vector<std::string> names);
// A check for CLI11: the value is a whole number in lo..hi.
CLI::Validator Between(int64_t lo, int64_t hi);

}  // namespace ingot::cli
