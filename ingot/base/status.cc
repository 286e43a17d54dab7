#include "ingot/base/status.h"

#include "ingot/base/text.h"

namespace ingot {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kMismatch:
      return "mismatch";
    case Code::kInvalidArgument:
      return "invalid argument";
    case Code::kNotFound:
      return "not found";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kUnavailable:
      return "unavailable";
  }
  return "?";
}

Status::Status(Code code, std::string message) : code_(code), message_(std::move(message)) {
  INGOT_CHECK(code != Code::kOk);
}

Status Status::At(std::string_view place) const& { return Status(*this).At(place); }

Status Status::At(std::string_view place) && {
  if (!ok()) message_ = StrCat(place, ": ", message_);
  return std::move(*this);
}

}  // namespace ingot
