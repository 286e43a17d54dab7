// Diagnostics: MLIR's messages become a Status and are never printed.
#pragma once

#include <string>

#include "mlir/IR/Diagnostics.h"

#include "ingot/base/status.h"

namespace ingot::ir {

// Collects the errors of a context while it lives. Not thread-safe.
class Diagnostics {
 public:
  explicit Diagnostics(mlir::MLIRContext* context);

  // All errors so far, a line each with its place in front, as kInvalidArgument, or with the code
  // of the last SetCode; `otherwise` if a failure came without a message. Starts anew.
  Status Take(std::string_view otherwise);
  void SetCode(Code code) { code_ = code; }

 private:
  std::string text_;
  Code code_ = Code::kInvalidArgument;
  mlir::ScopedDiagnosticHandler handler_;
};

// "specs/llama.json:12", "graph.mlir:3:5", or nothing.
std::string PlaceText(mlir::Location location);

}  // namespace ingot::ir
