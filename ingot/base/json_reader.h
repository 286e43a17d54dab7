// JsonReader: takes one JSON object apart, strictly. Whoever reads a file format asks for the keys
// it knows; a missing, unknown or wrongly typed member is a failure with `FILE:LINE: `. The first
// failure sticks, so a reader asks for everything and looks once, in Finish.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/json.h"

namespace ingot {

// Not thread-safe. `object` and `file` must outlive it.
class JsonReader {
 public:
  enum class Need : uint8_t { kRequired, kOptional };  // an optional one keeps the caller's value

  JsonReader(const Json& object, std::string_view file);

  void Text(std::string_view key, std::string* out, Need need = Need::kRequired);
  // An integer within [lo, hi].
  void Int(std::string_view key, int64_t lo, int64_t hi, int64_t* out, Need need = Need::kRequired);
  // Any value: `read` says what is wrong with it, without a place.
  void Value(std::string_view key, const std::function<Status(const Json&)>& read,
             Need need = Need::kRequired);
  // Every item of an array of at most `max_items`; failures of `read` have their place already.
  void Each(std::string_view key, size_t max_items, const std::function<Status(const Json&)>& read,
            Need need = Need::kRequired);
  // Every member of an object of at most `max_items`; failures of `read` have no place yet.
  void Members(std::string_view key, size_t max_items,
               const std::function<Status(const std::string&, const Json&)>& read,
               Need need = Need::kRequired);

  // A failure at a value of the file.
  Status Fail(const Json& at, std::string_view what) const;
  // The first failure, or the first member that nobody asked for.
  Status Finish();

 private:
  const Json* Ask(std::string_view key, Need need);
  void Note(Status status);

  const Json& object_;
  std::string_view file_;
  std::vector<std::string> known_;
  Status status_;
};

// `expected WANT, found KIND`: for a value of the wrong kind.
Status WrongKind(std::string_view want, const Json& found);

}  // namespace ingot
