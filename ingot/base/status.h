// Status and Result<T>: how everything that can fail says so.
// Nothing in Ingot throws. A message names the place, what failed and both numbers, in lower case
// and without a full stop: `blk.3.ffn_up: columns (2600) are not a multiple of the block (256)`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ingot/base/log.h"

namespace ingot {

// The kind of a failure; the command line maps it to its exit code.
enum class Code {
  kOk,
  kMismatch,         // it ran, and a judge said no (exit 1)
  kInvalidArgument,  // wrong input: the same call fails again (exit 2)
  kNotFound,         // a named thing does not exist (exit 2)
  kUnsupported,      // this device, build or set-up cannot do it (exit 3)
  kUnavailable,  // lost on the way, a retry may work: device, disk, deadline, interrupt (exit 4)
};

// "invalid argument" and so on.
std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  // REQUIRES: code != kOk.
  Status(Code code, std::string message);

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  // The same failure with `place: ` in front; ok stays ok.
  Status At(std::string_view place) const&;
  Status At(std::string_view place) &&;
  bool operator==(const Status&) const = default;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// A value, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): `return value;`
  Result(Status status)
      : status_(std::move(status)) {  // NOLINT(google-explicit-constructor): `return status;`
    INGOT_CHECK(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  // REQUIRES: ok().
  T& value() & {
    INGOT_CHECK(ok());
    return *value_;
  }
  const T& value() const& {
    INGOT_CHECK(ok());
    return *value_;
  }
  T&& value() && {
    INGOT_CHECK(ok());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // The same with `place: ` in front of a failure.
  Result At(std::string_view place) && {
    if (ok()) return std::move(*this);
    return Result(std::move(status_).At(place));
  }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace ingot

#define INGOT_CONCAT_INNER(a, b) a##b
#define INGOT_CONCAT(a, b) INGOT_CONCAT_INNER(a, b)

// Returns from the enclosing function if the Status is a failure.
#define INGOT_TRY(expression)                                                                 \
  do {                                                                                        \
    if (::ingot::Status ingot_status = (expression); !ingot_status.ok()) return ingot_status; \
  } while (false)

// INGOT_ASSIGN(auto x, Make()); declares x, or returns the failure from the enclosing function.
#define INGOT_ASSIGN(declaration, expression) \
  INGOT_ASSIGN_INNER(INGOT_CONCAT(ingot_result_, __LINE__), declaration, expression)
#define INGOT_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                               \
  if (!result.ok()) return result.status();                 \
  declaration = std::move(result).value()
