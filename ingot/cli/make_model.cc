// `ingot make-model`: a model of random weights in the shape of a real one.
#include <algorithm>
#include <memory>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/model/synthesize.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  std::string shape, out;
  uint64_t seed = 1;
  bool force = false;
};

Status MakeModel(const Flags& flags) {
  if (FileExists(flags.out) && !flags.force) {
    return Status(Code::kInvalidArgument,
                  StrCat(flags.out, ": exists already; --force overwrites it"));
  }
  const auto shapes = model::SynthShapes();
  const auto shape = std::ranges::find(shapes, flags.shape, &model::SynthShape::name);
  Progress progress("make-model", !flags.shared.quiet);
  uint64_t bytes = 0;
  model::SynthOptions options;
  options.seed = flags.seed;
  options.stop = WatchInterrupts();
  options.progress = [&](uint64_t done, uint64_t total) {
    bytes = total;
    progress.Show(done, total);
  };
  INGOT_TRY(model::Synthesize(*shape, flags.out, options));
  progress.Erase();
  if (flags.shared.json) {
    Json json = Json::Object();
    json["out"] = flags.out;
    json["shape"] = flags.shape;
    json["seed"] = flags.seed;
    json["tensor_bytes"] = bytes;
    PrintJson(json);
  } else {
    PrintLine(StrCat(flags.out, ": ", flags.shape, ", ", HumanBytes(bytes), " of weights"));
  }
  return Status();
}

}  // namespace

Action CmdMakeModel(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  std::vector<std::string> names;
  for (const model::SynthShape& shape : model::SynthShapes()) names.emplace_back(shape.name);
  app.add_option("SHAPE", flags->shape, "Whose shape")->check(OneOf(names))->required();
  app.add_option("OUT", flags->out, "file to write")->required();
  app.add_option("--seed", flags->seed, "Another seed gives other weights");
  AddOutputFlags(app, flags->shared);
  app.add_flag("--force", flags->force, "Overwrite OUT if it exists");
  AddExample(app, "ingot make-model llama-3.2-1b 1b-f16.gguf");
  return [flags] { return MakeModel(*flags); };
}

}  // namespace ingot::cli
