// What commands print: results on standard output, as text or as one JSON value; notes and progress
// on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/json.h"
#include "ingot/base/status.h"

namespace ingot::cli {

void Print(std::string_view text);
void PrintLine(std::string_view text);
void PrintJson(const Json& json);  // on one line
// The items as a JSON array, each as `to_json` has it.
template <typename Range, typename Function>
Json JsonArray(const Range& range, Function to_json) {
  Json json = Json::Array();
  for (const auto& item : range) json.Append(to_json(item));
  return json;
}
template <typename Range>
Json JsonArray(const Range& range) {
  return JsonArray(range, [](const auto& item) { return Json(item); });
}
// One line on standard error.
void Note(std::string_view text);

// Writes what was printed. Fails with kUnavailable if something did not arrive: a full disk.
Status FlushOutput();

bool IsTerminal(int descriptor);

// Rows of cells in aligned columns; the first row is the heading. Columns of numbers are aligned to
// the right.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}
  void Row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// A line on standard error that is rewritten ten times a second at the most; silent if standard
// error is no terminal or `enabled` is false. Erased when destroyed.
class Progress {
 public:
  Progress(std::string what, bool enabled);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // `detail` stands behind the bar.
  void Show(uint64_t done, uint64_t total, std::string_view detail = "");
  void Erase();

 private:
  std::string what_;
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace ingot::cli
