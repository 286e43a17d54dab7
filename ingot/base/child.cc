#include "ingot/base/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

#include "ingot/base/text.h"

namespace ingot {
namespace {

Status SystemError(std::string_view what) {
  return Status(Code::kUnavailable, StrCat(what, ": ", std::strerror(errno)));
}

void WriteAll(int pipe, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(pipe, text.data(), text.size());
    if (written < 0 && errno != EINTR) ::_exit(1);  // nobody listens any more
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

Result<Child> Child::Start(const std::function<void(const Tell& tell)>& work) {
  std::array<int, 2> ends = {};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("pipe to a child process");
  std::fflush(nullptr);  // or the child would print it again
  const pid_t process = ::fork();
  if (process < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return SystemError("child process");
  }
  if (process == 0) {
    ::close(ends[0]);
    work([pipe = ends[1]](std::string_view line) { WriteAll(pipe, StrCat(line, "\n")); });
    std::fflush(nullptr);
    ::_exit(0);
  }
  ::close(ends[1]);
  return Child(process, ends[0]);
}

Child::Child(Child&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      rest_(std::move(other.rest_)) {}

Child::~Child() { End(); }

Result<std::optional<std::string>> Child::NextLine(double seconds) {
  for (;;) {
    const size_t end = rest_.find('\n');
    if (end != std::string::npos) {
      std::optional<std::string> line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      return line;
    }
    pollfd wait = {.fd = pipe_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(seconds * 1000));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return SystemError("child process");
    if (ready == 0) {
      return Status(Code::kUnavailable, StrCat("nothing was heard for (", seconds, ") seconds"));
    }
    std::array<char, 4096> bytes;
    const ssize_t count = ::read(pipe_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("child process");
    if (count == 0) return std::optional<std::string>();
    rest_.append(bytes.data(), static_cast<size_t>(count));
  }
}

double Child::CpuSeconds() const {
  clockid_t clock;
  timespec used;
  if (::clock_getcpuclockid(process_, &clock) != 0) return 0;
  if (::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

std::string Child::End() {
  if (process_ < 0) return "";
  int status = 0;
  // At the end of its lines a child needs a moment; one that hangs gets none.
  pollfd wait = {.fd = pipe_, .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, 0) == 0) ::kill(process_, SIGKILL);
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(pipe_);
  process_ = pipe_ = -1;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return StrCat("ended with signal (", signal, ", ", ::strsignal(signal), ")");
  }
  const int code = WEXITSTATUS(status);
  return code == 0 ? "" : StrCat("ended with code (", code, ")");
}

}  // namespace ingot
