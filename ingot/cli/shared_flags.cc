#include "ingot/cli/shared_flags.h"

#include <algorithm>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/model.h"

namespace ingot::cli {

void AddModelArgument(CLI::App& app, SharedFlags& flags) {
  app.add_option("MODEL", flags.model,
                 "GGUF file, or a name in the cache of models; without it, the bundled model");
}

void AddPreFlag(CLI::App& app, SharedFlags& flags) {
  app.add_option("--pre", flags.pre, "Pre-tokenizer, where the file names none or a wrong one")
      ->type_name("NAME");
}

void AddDeviceFlags(CLI::App& app, SharedFlags& flags) {
  app.add_option("--device", flags.device,
                 "What runs the kernels: cpu, webgpu, null, or auto: a GPU that is no software, "
                 "else the CPU")
      ->group("Engine");
  app.add_option("--adapter", flags.adapter, "The GPU whose name contains this")
      ->type_name("TEXT")
      ->group("Engine");
  app.add_option("--hide-feature", flags.hide_feature,
                 "Feature of the device to do without, such as subgroups; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group("Engine");
  app.add_option("--max-binding", flags.max_binding,
                 "Bytes that a GPU binds at once, where that is less than its own limit; 0: that "
                 "limit")
      ->check(Between(0, int64_t{1} << 40))
      ->group("Engine");
  app.add_option("--threads", flags.threads, "Threads of the CPU; 0: one per core")
      ->check(Between(0, 1024))
      ->group("Engine");
}

void AddKernelDirFlag(CLI::App& app, SharedFlags& flags) {
  app.add_option("--kernel-dir", flags.kernel_dir,
                 "Folder of WGSL files that win over shipped ones of the same name; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
}

void AddEngineFlags(CLI::App& app, SharedFlags& flags) {
  AddDeviceFlags(app, flags);
  AddKernelDirFlag(app, flags);
  app.get_option("--kernel-dir")->group("Engine");
  app.add_option("--numerics", flags.numerics,
                 "exact, or fast: a matmul may round its operands to 8 bits or bf16")
      ->check(OneOf({"exact", "fast"}))
      ->group("Engine");
  app.add_option("--kv-type", flags.kv_type, "Format of the cached keys and values")
      ->check(OneOf({"f32", "f16"}))
      ->group("Engine");
  app.add_option("--ctx", flags.ctx, "Positions at the most; 0: what the model was trained for")
      ->check(Between(0, 1 << 24))
      ->group("Engine");
  app.add_option("--spec", flags.spec, "Spec of the model family, instead of the shipped one")
      ->type_name("FILE")
      ->group("Engine");
  app.add_option("--set", flags.set, "Value of a parameter of the spec; repeatable")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group("Engine");
  app.add_option("--ignore-tensor", flags.ignore_tensor,
                 "Tensors that nobody has to read (* is any text); repeatable")
      ->type_name("PATTERN")
      ->allow_extra_args(false)
      ->group("Engine");
  AddPreFlag(app, flags);
  app.get_option("--pre")->group("Engine");
  app.add_option("--kernel", flags.kernel,
                 "Kernel for its op, for a role (q_proj:KERNEL) or another op (matmul=KERNEL); "
                 "repeatable, the first that matches counts")
      ->type_name("RULE")
      ->allow_extra_args(false)
      ->group("Engine");
  app.add_option("--plan", flags.plan, "Plan: passes and knobs")
      ->type_name("FILE")
      ->group("Engine");
  app.add_option("--passes", flags.passes, "The compiler's passes, instead of the default ones")
      ->type_name("NAME,NAME...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Engine");
}

void AddTokensPerSubmitFlag(CLI::App& app, uint64_t& tokens) {
  app.add_option("--tokens-per-submit", tokens,
                 "Tokens that a GPU runs and samples before the host hears of them; 0: the host "
                 "samples each")
      ->check(Between(0, model::Session::kMostSampled))
      ->group("Engine");
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
