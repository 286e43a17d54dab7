#include "ingot/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ingot/base/text.h"

namespace ingot {
namespace {

Status SystemError(const std::string& path, std::string_view what) {
  int error = errno;
  Code code = Code::kUnavailable;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EACCES || error == EISDIR || error == EROFS || error == EPERM)
    code = Code::kInvalidArgument;
  return Status(code, StrCat(path, ": ", what, ": ", ToLower(std::strerror(error))));
}

// Owns a file descriptor for the length of a scope.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

Result<uint64_t> RegularSize(const std::string& path, int descriptor) {
  struct stat info;
  if (::fstat(descriptor, &info) != 0) return SystemError(path, "cannot read its size");
  if (S_ISDIR(info.st_mode))
    return Status(Code::kInvalidArgument, StrCat(path, ": is a folder, not a file"));
  return static_cast<uint64_t>(info.st_size);
}

Status ReadAll(int descriptor, const std::string& path, uint64_t max_bytes, std::string& out) {
  std::string chunk(1 << 16, '\0');
  while (true) {
    ssize_t count = ::read(descriptor, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path, "cannot read");
    if (count == 0) return Status();
    out.append(chunk.data(), static_cast<size_t>(count));
    if (out.size() > max_bytes) {
      return Status(Code::kInvalidArgument,
                    StrCat(path, ": larger than the limit (", max_bytes, " bytes)"));
    }
  }
}

Status WriteAll(int descriptor, const std::string& path, std::span<const std::byte> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path, StrCat("cannot write ", bytes.size(), " bytes"));
    done += static_cast<size_t>(count);
  }
  return Status();
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, uint64_t max_bytes) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) return SystemError(path, "cannot open");
  INGOT_ASSIGN(uint64_t size, RegularSize(path, file.value));
  if (size > max_bytes) {
    return Status(Code::kInvalidArgument,
                  StrCat(path, ": size (", size, ") is larger than the limit (", max_bytes, ")"));
  }
  std::string out;
  out.reserve(size);
  INGOT_TRY(ReadAll(file.value, path, max_bytes, out));
  return out;
}

Result<std::string> ReadStandardInput() {
  std::string out;
  INGOT_TRY(ReadAll(STDIN_FILENO, "standard input", uint64_t{1} << 32, out));
  return out;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) return SystemError(path, "cannot open");
  INGOT_ASSIGN(uint64_t size, RegularSize(path, file.value));
  std::span<const std::byte> bytes;
  if (size > 0) {
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.value, 0);
    if (data == MAP_FAILED) return SystemError(path, StrCat("cannot map ", size, " bytes"));
    bytes = {static_cast<const std::byte*>(data), static_cast<size_t>(size)};
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, bytes));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<std::unique_ptr<AtomicFile>> AtomicFile::Create(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {  // renaming would replace it
    return Status(Code::kInvalidArgument, StrCat(path, ": is not a regular file"));
  }
  std::string temporary = StrCat(path, ".tmp.", ::getpid(), ".", counter.fetch_add(1));
  int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return SystemError(path, "cannot create");
  return std::unique_ptr<AtomicFile>(new AtomicFile(path, std::move(temporary), descriptor));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

Status AtomicFile::Write(std::span<const std::byte> bytes) {
  INGOT_CHECK(descriptor_ >= 0);
  INGOT_TRY(WriteAll(descriptor_, path_, bytes));
  written_bytes_ += bytes.size();
  return Status();
}

Status AtomicFile::Write(std::string_view text) {
  return Write(std::as_bytes(std::span(text.data(), text.size())));
}

Status AtomicFile::Commit() {
  INGOT_CHECK(descriptor_ >= 0);
  if (::fsync(descriptor_) != 0)
    return SystemError(path_, StrCat("cannot sync ", written_bytes_, " bytes"));
  int descriptor = std::exchange(descriptor_, -1);
  Status status;
  if (::close(descriptor) != 0) status = SystemError(path_, "cannot close");
  if (status.ok() && ::rename(temporary_.c_str(), path_.c_str()) != 0)
    status = SystemError(path_, "cannot rename to it");
  if (!status.ok()) ::unlink(temporary_.c_str());
  return status;
}

Status WriteFileAtomic(const std::string& path, std::string_view text) {
  INGOT_ASSIGN(auto file, AtomicFile::Create(path));
  INGOT_TRY(file->Write(text));
  return file->Commit();
}

Status AppendFile(const std::string& path, std::string_view text) {
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
  if (file.value < 0) return SystemError(path, "cannot open to append");
  return WriteAll(file.value, path, std::as_bytes(std::span(text.data(), text.size())));
}

bool FileExists(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace ingot
