#include "ingot/cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "ingot/base/text.h"

namespace ingot::cli {
namespace {

// Standard output in our own hands: the C library's streams may lose the reason of a failed write.
struct Output {
  std::string pending;
  int error = 0;  // errno of the first write that failed; nothing is written after it
};
Output& Standard() {
  static Output output;
  return output;
}

void WritePending(Output& output) {
  std::string_view rest = output.pending;
  while (!rest.empty() && output.error == 0) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      output.error = errno;
    }
  }
  output.pending.clear();
}

// Code points, which is what most terminals take one column for.
size_t Columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool IsNumeric(std::string_view cell) {
  return cell.empty() || std::isdigit(static_cast<unsigned char>(cell[0])) ||
         (cell.size() > 1 && cell[0] == '-' && std::isdigit(static_cast<unsigned char>(cell[1])));
}

}  // namespace

void Print(std::string_view text) {
  constexpr size_t kPending = 1 << 16;
  Standard().pending += text;
  if (Standard().pending.size() >= kPending) WritePending(Standard());
}

void PrintLine(std::string_view text) {
  Print(text);
  Print("\n");
}

void PrintJson(const Json& json) { PrintLine(json.Dump()); }

void Note(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

Status FlushOutput() {
  WritePending(Standard());
  if (Standard().error == 0) return Status();
  return Status(Code::kUnavailable, StrCat("standard output: cannot write: ",
                                           ToLower(std::strerror(Standard().error))));
}

bool IsTerminal(int descriptor) { return isatty(descriptor) == 1; }

std::string Table::Text() const {
  const size_t columns = rows_[0].size();
  std::vector<size_t> widths(columns, 0);
  std::vector<bool> numeric(columns, rows_.size() > 1);
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (size_t c = 0; c < columns; ++c) {
      widths[c] = std::max(widths[c], Columns(rows_[r][c]));
      if (r > 0 && !IsNumeric(rows_[r][c])) numeric[c] = false;
    }
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t c = 0; c < columns; ++c) {
      const std::string padding(widths[c] - Columns(row[c]), ' ');
      if (c > 0) line += "  ";
      line += numeric[c] ? padding + row[c] : row[c] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

Progress::Progress(std::string what, bool enabled)
    : what_(std::move(what)), enabled_(enabled && IsTerminal(STDERR_FILENO)) {}

Progress::~Progress() { Erase(); }

void Progress::Show(uint64_t done, uint64_t total, std::string_view detail) {
  constexpr std::chrono::milliseconds kInterval(100);
  constexpr uint64_t kCells = 24;
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < kInterval) return;
  last_ = now;
  shown_ = true;
  const double part = total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total);
  const auto full = static_cast<size_t>(std::clamp(part, 0.0, 1.0) * kCells);
  const std::string line =
      StrCat("\r\033[K", what_, " [", std::string(full, '#'), std::string(kCells - full, '.'), "] ",
             Format("%3.0f %%", part * 100), detail.empty() ? "" : " ", detail);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

void Progress::Erase() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace ingot::cli
