#include <optional>

#include "ingot/base/text.h"
#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/op_query.h"
#include "ingot/ir/passes/passes.h"
#include "ingot/kernels/registry.h"

namespace ingot::ir {

#define GEN_PASS_DEF_PLACEBUFFERSPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

// Scratch memory that results take turns in.
struct Slot {
  uint64_t elements = 0;  // of the largest result so far, in the largest run
  bool free = true;
};

struct PlaceBuffers : impl::PlaceBuffersPassBase<PlaceBuffers> {
  explicit PlaceBuffers(Session& session) : session(&session) {}

  void runOnOperation() override {
    mlir::Block& block = getOperation().getBody().front();
    auto result = llvm::cast<xf::ReturnOp>(block.back());
    slots.clear();
    slot_of.clear();
    takes_turns = session->options.target != "webgpu" || PhaseOf(getOperation()) != Phase::kDecode;
    for (mlir::Value value = result.getLogits(); value; value = Overwritten(value)) {
      slot_of[value] = kLogits;
    }
    for (mlir::Operation& op : block) {
      if (llvm::isa<xf::KernelOp>(op)) Place(&op);
    }
  }

 private:
  static constexpr int kLogits = -1;

  // The operand whose buffer the value's op turns into the value, or nothing.
  mlir::Value Overwritten(mlir::Value value) {
    mlir::Operation* op = value.getDefiningOp();
    auto attribute = op->getAttrOfType<xf::KernelAttr>(xf::kKernelAttr);
    if (!attribute) return {};
    const kernels::KernelDesc* kernel =
        kernels::FindKernel(session->Kernels(), std::string_view(attribute.getName()));
    if (kernel == nullptr || kernel->in_place.empty()) return {};
    xf::Offer offer;
    llvm::cast<xf::KernelOp>(op).offer(offer);
    for (const xf::OfferedBinding& binding : offer.bindings) {
      if (binding.name == kernel->in_place) return binding.value;
    }
    return {};
  }

  void Place(mlir::Operation* op) {
    for (mlir::OpResult result : op->getResults()) {
      auto [entry, is_new] = slot_of.try_emplace(result, kLogits);
      if (is_new) {
        mlir::Value place = Overwritten(result);
        entry->second = place ? slot_of.at(place) : TakeSlot(result);
      }
      int slot = entry->second;
      op->setAttr(
          xf::BufferAttrOf(result),
          mlir::StringAttr::get(op->getContext(), slot == kLogits ? "logits" : StrCat("s", slot)));
    }
    // Only now, so that a result is never where an operand is.
    for (mlir::Value operand : op->getOperands()) {
      if (slot_of.contains(operand) && IsLastUse(operand, op)) Release(operand);
    }
    for (mlir::Value result : op->getResults()) {
      if (result.use_empty()) Release(result);
    }
  }

  // The smallest free slot that is large enough, else the largest that then grows, else a new one.
  int TakeSlot(mlir::Value value) {
    uint64_t wanted = Elements(value);
    std::optional<size_t> best;
    for (size_t i = 0; i < slots.size(); ++i) {
      if (!slots[i].free || !takes_turns) continue;
      if (!best || IsBetter(slots[i].elements, slots[*best].elements, wanted)) best = i;
    }
    if (!best) {
      best = slots.size();
      slots.emplace_back();
    }
    slots[*best].free = false;
    slots[*best].elements = std::max(slots[*best].elements, wanted);
    return static_cast<int>(*best);
  }

  static bool IsBetter(uint64_t a, uint64_t b, uint64_t wanted) {
    if (a >= wanted && b >= wanted) return a < b;
    return a > b;
  }

  uint64_t Elements(mlir::Value value) const {
    const std::optional<xf::MatrixShape> shape = xf::ShapeOf(value.getType());
    INGOT_CHECK(shape.has_value());
    const uint64_t rows =
        shape->rows < 0 ? session->options.prefill_tokens : static_cast<uint64_t>(shape->rows);
    return rows * static_cast<uint64_t>(shape->cols);
  }

  static bool IsLastUse(mlir::Value value, mlir::Operation* op) {
    return llvm::none_of(value.getUsers(),
                         [op](mlir::Operation* user) { return op->isBeforeInBlock(user); });
  }

  // A value that was overwritten has left its slot to the result.
  void Release(mlir::Value value) {
    int slot = slot_of.at(value);
    if (slot == kLogits) return;
    bool passed_on = llvm::any_of(value.getUsers(), [&](mlir::Operation* user) {
      return user->getNumResults() == 1 && Overwritten(user->getResult(0)) == value;
    });
    if (!passed_on) slots[static_cast<size_t>(slot)].free = true;
  }

  Session* session;
  std::vector<Slot> slots;
  llvm::DenseMap<mlir::Value, int> slot_of;
  // Not in a decode step of a GPU: there a dispatch waits for those before it where it changes how
  // a buffer is used, also if the last use was long ago, and its results are small.
  bool takes_turns = true;
};

}  // namespace

std::unique_ptr<mlir::Pass> MakePlaceBuffers(Session& session) {
  return std::make_unique<PlaceBuffers>(session);
}

}  // namespace ingot::ir
