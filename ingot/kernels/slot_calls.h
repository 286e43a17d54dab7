// The calls that a kernel makes of its slots, led to the stages that fill them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/kernels/header.h"
#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

struct SlotCalls {
  std::string slot;
  SlotKind kind = SlotKind::kSingle;
  uint32_t stages = 1;
  std::vector<std::pair<std::string, const wgsl::Function*>> functions;  // of the port
};

// A call `SLOT_FUNCTION(...)`: of a slot with one stage it becomes that stage's; of a slot for
// heads the first argument is the head, which is left out where there is one; of a chain without
// stages only the last argument is left. Fails on a call of a wrong number of arguments.
Status LeadCalls(std::string_view path, const std::vector<SlotCalls>& slots,
                 wgsl::Declaration* declaration);

// Whether it calls one of the slots.
bool CallsSlot(const std::vector<SlotCalls>& slots, const wgsl::Declaration& declaration);

// Of a slot with several stages the functions that LeadCalls leaves calls of: one that switches by
// the head, or that calls the stages of a chain in turn.
void AddSwitches(const SlotCalls& slot, wgsl::Module* module);

}  // namespace ingot::kernels
