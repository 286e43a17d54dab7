// Command: one word of the command line. A command's file adds its flags and says what it does; the
// table in commands.cc is the one list of them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string_view>

#include "ingot/base/status.h"

namespace ingot::cli {

// What a command does once its flags are parsed. A failure becomes the exit code of its Code.
using Action = std::function<Status()>;

struct Command {
  std::string_view name;  // `bench`; `bench kernels` is a word below one that stands before it
  // Adds flags and the footer with an example to `app`. The Action owns what the flags write to.
  Action (*add)(CLI::App& app);
  std::string_view summary;
};

// In the order that `ingot --help` lists them.
std::span<const Command> Commands();

// The process's exit code: 0 ok, 1 kMismatch, 2 kInvalidArgument and kNotFound, 3 kUnsupported, 4
// kUnavailable.
int ExitCode(const Status& status);

}  // namespace ingot::cli
