// From what a person types as MODEL to an open file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/gguf.h"

namespace ingot::cli {

// The folder of models known by name: $XDG_CACHE_HOME/ingot/models, else ~/.cache/ingot/models.
std::string ModelCache();
// Names in that folder, sorted.
std::vector<std::string> CachedModels();

// A path that exists stays itself; else a NAME is ModelCache()/NAME.gguf. Fails with kNotFound,
// saying what was tried, which names there are, and how to get one.
Result<std::string> ResolveModelPath(const std::string& model);

// Opens ResolveModelPath(model); an empty `model` is the bundled one, whose name is "bundled".
Result<std::shared_ptr<const model::Gguf>> OpenModel(const std::string& model);

}  // namespace ingot::cli
