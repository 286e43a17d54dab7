// Files: read whole, map read-only, write atomically, append. Every failure names the path and the
// system's reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ingot/base/status.h"

namespace ingot {

// The whole file. Fails with kNotFound if it does not exist, kInvalidArgument if it is a folder or
// larger than `max_bytes`, kUnavailable if reading fails.
Result<std::string> ReadFile(const std::string& path, uint64_t max_bytes = uint64_t{1} << 32);
// All of standard input.
Result<std::string> ReadStandardInput();

// A read-only mapping of a whole file; unmapped when destroyed. An empty file maps to an empty
// span.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  MappedFile(std::string path, std::span<const std::byte> bytes)
      : path_(std::move(path)), bytes_(bytes) {}
  std::string path_;
  std::span<const std::byte> bytes_;
};

// Writes a file that appears whole or not at all: to a temporary neighbour, synced, then renamed by
// Commit. Destroyed without Commit, it leaves nothing behind. A full disk is kUnavailable and names
// the bytes that were to be written; a device or folder of that name is kInvalidArgument.
class AtomicFile {
 public:
  static Result<std::unique_ptr<AtomicFile>> Create(const std::string& path);
  ~AtomicFile();
  Status Write(std::span<const std::byte> bytes);
  Status Write(std::string_view text);
  uint64_t written_bytes() const { return written_bytes_; }
  Status Commit();

 private:
  AtomicFile(std::string path, std::string temporary, int descriptor)
      : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}
  std::string path_;
  std::string temporary_;
  int descriptor_;
  uint64_t written_bytes_ = 0;
};

Status WriteFileAtomic(const std::string& path, std::string_view text);
Status AppendFile(const std::string& path, std::string_view text);

bool FileExists(const std::string& path);

}  // namespace ingot
