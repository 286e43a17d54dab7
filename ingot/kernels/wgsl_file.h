// A WGSL file with its header read, and the set of files that kernels are made from.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ingot/base/status.h"
#include "ingot/kernels/header.h"
#include "ingot/kernels/select.h"
#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

struct WgslFile {
  std::string name;  // that of the file, without folder and ending
  std::string base;  // the kernel's file that it was made from by filling slots; else the name
  std::string path;  // for messages
  std::string text;  // as it was read
  Header header;
  wgsl::Module module;
  bool shipped = false;  // of the binary
};

// Fails with `PATH:LINE: ...` or `PATH:LINE:COLUMN: ...`: on text that is no WGSL, on a header that
// is none, on directives (linking adds them), and on a fragment that is named otherwise than its
// file, whose name may end in `_subgroups`.
Result<WgslFile> ReadWgslFile(std::string_view path, std::string_view text);

class WgslFiles {
 public:
  // The files of the binary.
  static Result<WgslFiles> Shipped();
  // Every `.wgsl` of a folder and those below it, and its `select.txt` if there is one. A file of
  // the kind and name of one that is there already takes its place; two such in one folder are an
  // error.
  Status AddFolder(const std::string& folder);

  // nullptr if there is none.
  const WgslFile* Find(FileKind kind, std::string_view name) const;
  // Those of a kind, sorted by name.
  std::vector<const WgslFile*> All(FileKind kind) const;
  // Of every `select.txt` (docs/formats/select.md), the folder that was added last first.
  std::span<const SelectRow> rows() const { return rows_; }

 private:
  using Key = std::pair<FileKind, std::string>;
  // Puts the rows of a selection table before those that are there.
  Status AddRows(std::string_view path, std::string_view text);

  std::map<Key, WgslFile> files_;
  std::vector<SelectRow> rows_;  // their order is the index
};

}  // namespace ingot::kernels
