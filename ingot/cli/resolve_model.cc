#include "ingot/cli/resolve_model.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/bundled.h"

namespace ingot::cli {
namespace {

constexpr std::string_view kExtension = ".gguf";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string ModelCache() {
  const std::string cache = Environment("XDG_CACHE_HOME");
  return (cache.empty() ? Environment("HOME") + "/.cache" : cache) + "/ingot/models";
}

std::vector<std::string> CachedModels() {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(ModelCache(), error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == kExtension) names.push_back(it->path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> ResolveModelPath(const std::string& model) {
  if (FileExists(model)) return model;
  if (model.find('/') != std::string::npos || model.ends_with(kExtension)) {
    return Status(Code::kNotFound, StrCat(model, ": no such file"));
  }
  const std::string cached = StrCat(ModelCache(), "/", model, kExtension);
  if (FileExists(cached)) return cached;
  const std::vector<std::string> names = CachedModels();
  return Status(Code::kNotFound,
                StrCat("model (", model, ") is neither a file nor in the cache (", cached, ")",
                       NearestHint(model, names), "; the cache has (", Join(names, ", "),
                       "); `./dev model NAME` fetches one, no MODEL at all means the bundled one"));
}

Result<std::shared_ptr<const model::Gguf>> OpenModel(const std::string& model) {
  if (model.empty()) {
    if (BundledModel().empty()) {
      return Status(Code::kUnsupported, "this build has no bundled model: name a MODEL");
    }
    return model::Gguf::Parse(BundledModel(), "bundled", nullptr);
  }
  INGOT_ASSIGN(const std::string path, ResolveModelPath(model));
  return model::Gguf::Open(path);
}

}  // namespace ingot::cli
