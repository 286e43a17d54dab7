#include "ingot/cli/command.h"

namespace ingot::cli {

Action CmdBench(CLI::App& app);
Action CmdBenchKernels(CLI::App& app);
Action CmdCompare(CLI::App& app);
Action CmdCompile(CLI::App& app);
Action CmdDoctor(CLI::App& app);
Action CmdExport(CLI::App& app);
Action CmdInspect(CLI::App& app);
Action CmdKernels(CLI::App& app);
Action CmdLogits(CLI::App& app);
Action CmdMakeModel(CLI::App& app);
Action CmdMutate(CLI::App& app);
Action CmdPerplexity(CLI::App& app);
Action CmdQuantize(CLI::App& app);
Action CmdRun(CLI::App& app);
Action CmdTokenize(CLI::App& app);

namespace {

constexpr Command kCommands[] = {
    {"run", CmdRun, "completes a text, or chats"},
    {"logits", CmdLogits, "the raw logits of every position, in a file"},
    {"perplexity", CmdPerplexity, "how well a model predicts a text"},
    {"bench", CmdBench, "how fast a model runs here"},
    {"bench kernels", CmdBenchKernels, "how fast each kernel is, and which choice is best"},
    {"tokenize", CmdTokenize, "text to token ids, and back"},
    {"inspect", CmdInspect, "what a GGUF file holds"},
    {"quantize", CmdQuantize, "writes a model in another format"},
    {"make-model", CmdMakeModel, "a model of random weights in the shape of a real one"},
    {"compile", CmdCompile, "what becomes of a model on its way to Programs"},
    {"export", CmdExport, "a model's Programs as a folder that a web page replays"},
    {"compare", CmdCompare, "where two traces part"},
    {"doctor", CmdDoctor, "what this machine has, and whether the kernels are right on it"},
    {"kernels", CmdKernels, "the kernels there are, and what they take"},
    {"mutate", CmdMutate, "whether the checks of kernels catch faults that are planted in them"},
};

}  // namespace

std::span<const Command> Commands() { return kCommands; }

int ExitCode(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return 0;
    case Code::kMismatch:
      return 1;
    case Code::kInvalidArgument:
    case Code::kNotFound:
      return 2;
    case Code::kUnsupported:
      return 3;
    case Code::kUnavailable:
      return 4;
  }
  return 4;
}

}  // namespace ingot::cli
