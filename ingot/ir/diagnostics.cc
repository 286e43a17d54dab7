#include "ingot/ir/diagnostics.h"

#include <utility>

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

#include "ingot/base/text.h"

namespace ingot::ir {

Diagnostics::Diagnostics(mlir::MLIRContext* context)
    : handler_(context, [this](mlir::Diagnostic& diagnostic) {
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error) return;
        if (!text_.empty()) text_ += "\n";
        std::string place = PlaceText(diagnostic.getLocation());
        if (!place.empty()) text_ += StrCat(place, ": ");
        text_ += diagnostic.str();
      }) {}

Status Diagnostics::Take(std::string_view otherwise) {
  std::string text = std::exchange(text_, {});
  return Status(code_, text.empty() ? std::string(otherwise) : std::move(text));
}

std::string PlaceText(mlir::Location location) {
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(location)) return name.getName().str();
  if (auto file = llvm::dyn_cast<mlir::FileLineColLoc>(location)) {
    if (file.getLine() == 0) return file.getFilename().str();
    return StrCat(std::string_view(file.getFilename().getValue()), ":", file.getLine(), ":",
                  file.getColumn());
  }
  return {};
}

}  // namespace ingot::ir
