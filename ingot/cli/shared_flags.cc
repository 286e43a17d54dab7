#include "ingot/cli/shared_flags.h"

#include <algorithm>
#include <utility>

#include "ingot/base/text.h"

namespace ingot::cli {

void AddModelArgument(CLI::App& app, SharedFlags& flags) {
  app.add_option("MODEL", flags.model,
                 "GGUF file, or a name in the cache of models; without it, the bundled model");
}

void AddPreFlag(CLI::App& app, SharedFlags& flags) {
  app.add_option("--pre", flags.pre, "Pre-tokenizer, where the file names none or a wrong one")
      ->type_name("NAME");
}

void AddOutputFlags(CLI::App& app, SharedFlags& flags) {
  app.add_flag("--json", flags.json, "Print the result as one JSON value");
  app.add_flag("-q,--quiet", flags.quiet, "No progress and no notes on standard error");
}

void AddExample(CLI::App& app, std::string_view example) {
  app.footer(StrCat("Example:\n  ", example));
}

CLI::Validator OneOf(std::vector<std::string> names) {
  const std::string shown = Join(names, "|");
  return CLI::Validator(
      [names = std::move(names)](std::string& value) {
        if (std::find(names.begin(), names.end(), value) != names.end()) return std::string();
        return StrCat("(", value, ") is not one of (", Join(names, ", "), ")",
                      NearestHint(value, names));
      },
      shown);
}

CLI::Validator Between(int64_t lo, int64_t hi) {
  return CLI::Validator(
      [lo, hi](std::string& value) {
        const auto number = ParseInt(value);
        if (number && *number >= lo && *number <= hi) return std::string();
        return StrCat("(", value, ") is not a whole number in ", lo, "..", hi);
      },
      StrCat(lo, "..", hi));
}

}  // namespace ingot::cli
