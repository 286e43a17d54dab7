// The flags that commands share: their names, defaults and help stand here once.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::cli {

// What is set here before the flags are added is the default that a command's help shows.
struct SharedFlags {
  std::string model;  // empty: the bundled one
  std::string pre;    // pre-tokenizer; empty: what the file says
  bool json = false;
  bool quiet = false;

  std::string device = "auto";
  std::string adapter;  // part of a GPU's name; empty: the best
  std::vector<std::string> hide_feature;
  uint64_t max_binding = 0;  // bytes; 0: the GPU's own limit
  std::vector<std::string> kernel_dir;
  std::string numerics = "fast";
  std::string kv_type = "f16";
  uint64_t ctx = 0;
  uint32_t threads = 0;
  std::string spec;
  std::vector<std::string> set;            // NAME=VALUE
  std::vector<std::string> ignore_tensor;  // patterns
  std::vector<std::string> kernel;         // [ROLE:|OP=]KERNEL[/VARIANT]
  std::vector<std::string> passes;         // empty: the plan's, or the default pipeline
  std::string plan;                        // file
};

// MODEL, as a positional argument.
void AddModelArgument(CLI::App& app, SharedFlags& flags);
// --pre.
void AddPreFlag(CLI::App& app, SharedFlags& flags);
// --device, --adapter, --hide-feature, --max-binding and --threads.
void AddDeviceFlags(CLI::App& app, SharedFlags& flags);
// --kernel-dir.
void AddKernelDirFlag(CLI::App& app, SharedFlags& flags);
// Those, --numerics, --kv-type, --ctx, --spec, --set, --ignore-tensor, --pre, --kernel, --passes,
// --plan: how a model is read and run.
void AddEngineFlags(CLI::App& app, SharedFlags& flags);
// --tokens-per-submit.
void AddTokensPerSubmitFlag(CLI::App& app, uint64_t& tokens);
// --json and --quiet.
void AddOutputFlags(CLI::App& app, SharedFlags& flags);

// The example every command's help ends with.
void AddExample(CLI::App& app, std::string_view example);

// A check for CLI11: the value is one of `names`.
CLI::Validator OneOf(std::vector<std::string> names);
// A check for CLI11: the value is a whole number in lo..hi.
CLI::Validator Between(int64_t lo, int64_t hi);

}  // namespace ingot::cli
