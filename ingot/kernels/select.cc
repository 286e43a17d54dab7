#include "ingot/kernels/select.h"

#include <algorithm>
#include <array>

#include "ingot/base/text.h"
#include "ingot/kernels/kernel.h"

namespace ingot::kernels {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"prefill", "decode", "rows", "cols", "depth"};
constexpr std::string_view kArrow = "=>";
constexpr std::string_view kAlways = "otherwise";

std::string FormatName(uint32_t format) {
  std::string name(Name(*DTypeOfWeightFormat(format)));
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

bool IsWhole(std::string_view row) {
  const size_t arrow = row.find(kArrow);
  return arrow != std::string_view::npos &&
         (row.find('{', arrow) == std::string_view::npos || row.ends_with('}'));
}

// `A, B(C, D)` as `A` and `B(C, D)`.
std::vector<std::string_view> Items(std::string_view text) {
  std::vector<std::string_view> items;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (text[i] != ',' || depth != 0) continue;
    items.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  items.push_back(text.substr(begin));
  return items;
}

class SelectReader {
 public:
  explicit SelectReader(std::string_view path) : path_(path) {}

  Result<std::vector<SelectRow>> Read(std::string_view text) {
    std::string row;
    for (std::string_view line : Split(text, '\n')) {
      ++line_;
      line = Trim(line.substr(0, line.find('#')));
      if (line.empty()) continue;
      if (row.empty() && line.starts_with("op ")) {
        ops_.clear();
        for (std::string_view op : Items(line.substr(3))) ops_.emplace_back(Trim(op));
        continue;
      }
      if (row.empty()) first_ = line_;
      row += row.empty() ? std::string(line) : StrCat(" ", line);
      if (!IsWhole(row)) continue;
      INGOT_TRY(AddRow(row));
      row.clear();
    }
    if (row.empty()) return std::move(rows_);
    return Wrong(StrCat("row (", row, ") has no end, expected CONDITION => KERNEL"));
  }

 private:
  Status Wrong(std::string_view what) const {
    return Status(Code::kInvalidArgument, StrCat(path_, ":", first_, ": ", what));
  }

  Status AddRow(std::string_view text) {
    if (ops_.empty()) return Wrong("row before the first `op NAME`");
    const size_t arrow = text.find(kArrow);
    SelectRow row{.text = std::string(Trim(text.substr(0, arrow))),
                  .place = StrCat(path_, ":", first_)};
    std::string_view choice = Trim(text.substr(arrow + kArrow.size()));
    const size_t brace = choice.find('{');
    if (brace != std::string_view::npos) {
      INGOT_TRY(AddOverrides(choice.substr(brace + 1, choice.size() - brace - 2), row));
      choice = Trim(choice.substr(0, brace));
    }
    const size_t slash = choice.find('/');
    row.kernel = choice.substr(0, slash);
    if (slash != std::string_view::npos) row.variant = choice.substr(slash + 1);
    if (row.kernel.empty()) return Wrong("row without a kernel");
    if (row.text == kAlways) {
      row.condition = {.number = 1};
    } else {
      auto condition = ParseHeaderExpr(row.text);
      if (!condition.ok()) return Wrong(condition.status().message());
      row.condition = *std::move(condition);
    }
    for (const std::string& op : ops_) {
      row.op = op;
      row.order = static_cast<int>(rows_.size());
      rows_.push_back(row);
    }
    return {};
  }

  Status AddOverrides(std::string_view text, SelectRow& row) const {
    for (std::string_view item : Items(text)) {
      item = Trim(item);
      const size_t equals = item.find('=');
      if (equals == std::string_view::npos) {
        return Wrong(StrCat("override (", item, ") is not NAME = EXPRESSION"));
      }
      const std::string name(Trim(item.substr(0, equals)));
      auto value = ParseHeaderExpr(Trim(item.substr(equals + 1)));
      if (!value.ok()) return Wrong(StrCat("override ", name, ": ", value.status().message()));
      if (!row.overrides.emplace(name, *std::move(value)).second) {
        return Wrong(StrCat("override (", name, ") stands twice"));
      }
    }
    return {};
  }

  std::string path_;
  int line_ = 0;
  int first_ = 0;                 // line of the row at hand
  std::vector<std::string> ops_;  // of the rows that follow
  std::vector<SelectRow> rows_;
};

}  // namespace

Result<std::vector<SelectRow>> ReadSelect(std::string_view text, std::string_view path) {
  return SelectReader(path).Read(text);
}

bool IsSelectName(std::string_view name) {
  if (std::ranges::find(kNames, name) != kNames.end()) return true;
  for (uint32_t format = 0; DTypeOfWeightFormat(format); ++format) {
    if (FormatName(format) == name) return true;
  }
  return false;
}

void AddSelectNumbers(Phase phase, uint64_t rows, uint64_t cols, uint64_t depth,
                      HeaderNumbers* numbers) {
  HeaderNumbers& known = *numbers;
  known["prefill"] = phase == Phase::kPrefill ? 1 : 0;
  known["decode"] = phase == Phase::kDecode ? 1 : 0;
  if (rows > 0) known["rows"] = static_cast<int64_t>(rows);
  if (cols > 0) known["cols"] = static_cast<int64_t>(cols);
  if (depth > 0) known["depth"] = static_cast<int64_t>(depth);
  for (uint32_t format = 0; DTypeOfWeightFormat(format); ++format) {
    known[FormatName(format)] = format;
  }
}

}  // namespace ingot::kernels
