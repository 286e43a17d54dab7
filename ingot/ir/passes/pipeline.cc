#include <algorithm>

#include "ingot/base/text.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {
namespace {

// The one line that a pass costs.
constexpr PipelineRow kRows[] = {
    {"enter-phase", Place::kFirst, "fold-constants", "one row makes last_rows an identity",
     MakeEnterPhase},
    {"fold-constants", Place::kNamed, "expand-fused", "groups are made of what is left",
     MakeFoldConstants},
    {"eliminate-dead-ops", Place::kNamed, "join-ops", "a dead reader keeps two ops apart",
     MakeEliminateDeadOps},
    {"join-ops", Place::kNamed, "select-kernels", "each op that is left gets a kernel",
     MakeJoinOps},
    {"expand-fused", Place::kLast, "split-attention", "a kernel serves an op", MakeExpandFused},
    {"split-attention", Place::kLast, "select-kernels", "each half has a kernel of its own",
     MakeSplitAttention},
    {"group-experts", Place::kLast, "select-kernels", "what it makes gets kernels of its own",
     MakeGroupExperts},
    {"select-kernels", Place::kLast, "place-buffers",
     "whether a kernel works in place decides lifetimes", MakeSelectKernels},
    {"place-buffers", Place::kLast, "emit-program", "bindings name buffers", MakePlaceBuffers},
    {"emit-program", Place::kLast, "", "the Program is the end", MakeEmitProgram},
};

const PipelineRow* FindRow(std::string_view name) {
  auto found = std::ranges::find(kRows, name,
                                 [](const PipelineRow& row) { return std::string_view(row.name); });
  return found == std::end(kRows) ? nullptr : found;
}

Status CheckNames(const std::vector<std::string>& names, std::string_view place) {
  std::vector<std::string> known;
  for (const PipelineRow& row : kRows) known.push_back(row.name);
  for (size_t i = 0; i < names.size(); ++i) {
    std::string_view name = names[i];
    auto refuse = [&](std::string_view what) {
      return Status(Code::kInvalidArgument, StrCat(place, "[", i, "]: pass (", name, ") ", what));
    };
    const PipelineRow* row = FindRow(name);
    if (row == nullptr) return refuse(StrCat("is unknown", NearestHint(name, known)));
    if (row->place != Place::kNamed) return refuse("always runs and cannot be named");
    for (size_t before = 0; before < i; ++before) {
      if (names[before] == name) return refuse(StrCat("stands twice, first at [", before, "]"));
      if (row->before != names[before]) continue;
      return refuse(StrCat("must come before (", row->before, ") at [", before, "]"));
    }
  }
  return {};
}

}  // namespace

std::span<const PipelineRow> PipelineRows() { return kRows; }

Result<std::vector<const PipelineRow*>> PlanPipeline(const std::vector<std::string>& names,
                                                     std::string_view place) {
  const bool none = names.size() == 1 && names[0] == kNoPasses;
  if (!none) INGOT_TRY(CheckNames(names, place));
  std::vector<const PipelineRow*> rows;
  auto add = [&rows](Place place) {
    for (const PipelineRow& row : kRows) {
      if (row.place == place) rows.push_back(&row);
    }
  };
  add(Place::kFirst);
  if (names.empty()) add(Place::kNamed);
  for (const std::string& name : names) {
    if (!none) rows.push_back(FindRow(name));
  }
  add(Place::kLast);
  return rows;
}

}  // namespace ingot::ir
