#include "ingot/kernels/wgsl_file.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "embedded/wgsl_files.h"
#include "embedded/wgsl_select.h"

#include "ingot/base/file.h"
#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 20;
constexpr std::string_view kEnding = ".wgsl";
constexpr std::string_view kSelect = "select.txt";

Result<std::vector<std::string>> PathsBelow(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  auto it = std::filesystem::recursive_directory_iterator(folder, error);
  for (; !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
    if (it->path().extension() == kEnding) paths.push_back(it->path().string());
  }
  if (error) {
    return Status(Code::kNotFound, StrCat("kernel folder (", folder, "): ", error.message()));
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

Result<WgslFile> ReadWgslFile(std::string_view path, std::string_view text) {
  INGOT_ASSIGN(wgsl::Module module, wgsl::Parse(text, path));
  INGOT_ASSIGN(Header header, ReadHeader(module.header, path));
  if (!module.directives.empty()) {
    const wgsl::Directive& directive = module.directives[0];
    return wgsl::ErrorAt(path, directive.place,
                         StrCat("directive (", directive.kind, ") is added by linking"));
  }
  std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  const bool is_fragment = header.kind == FileKind::kFragment;
  if (is_fragment && header.subject != name && header.subject + "_subgroups" != name) {
    return HeaderError(path, wgsl::Place{},
                       StrCat("fragment (", header.subject, ") stands in a file (", name, ")"));
  }
  return WgslFile{.name = std::string(name),
                  .base = std::string(name),
                  .path = std::string(path),
                  .text = std::string(text),
                  .header = std::move(header),
                  .module = std::move(module)};
}

Result<WgslFiles> WgslFiles::Shipped() {
  WgslFiles files;
  for (const auto& [path, text] : embedded::wgsl_files()) {
    INGOT_ASSIGN(WgslFile file, ReadWgslFile(path, text));
    file.shipped = true;
    Key key{file.header.kind, file.name};
    auto [it, added] = files.files_.emplace(std::move(key), std::move(file));
    if (!added) {
      return Status(Code::kInvalidArgument, StrCat(path, ": is named as ", it->second.path, " is"));
    }
  }
  for (const auto& [path, text] : embedded::wgsl_select()) INGOT_TRY(files.AddRows(path, text));
  for (SelectRow& row : files.rows_) row.shipped = true;
  return files;
}

Status WgslFiles::AddRows(std::string_view path, std::string_view text) {
  INGOT_ASSIGN(std::vector<SelectRow> rows, ReadSelect(text, path));
  rows_.insert(rows_.begin(), std::make_move_iterator(rows.begin()),
               std::make_move_iterator(rows.end()));
  for (size_t i = 0; i < rows_.size(); ++i) rows_[i].order = static_cast<int>(i);
  return {};
}

Status WgslFiles::AddFolder(const std::string& folder) {
  INGOT_ASSIGN(const std::vector<std::string> paths, PathsBelow(folder));
  std::map<Key, WgslFile> added;
  for (const std::string& path : paths) {
    INGOT_ASSIGN(const std::string text, ReadFile(path, kMaxFileBytes));
    INGOT_ASSIGN(WgslFile file, ReadWgslFile(path, text));
    Key key{file.header.kind, file.name};
    auto [it, is_new] = added.emplace(std::move(key), std::move(file));
    if (is_new) continue;
    return Status(Code::kInvalidArgument, StrCat(path, ": is named as ", it->second.path, " is"));
  }
  for (auto& [key, file] : added) files_.insert_or_assign(key, std::move(file));
  const std::string table = StrCat(folder, "/", kSelect);
  if (std::error_code error; std::filesystem::exists(table, error)) {
    INGOT_ASSIGN(const std::string text, ReadFile(table, kMaxFileBytes));
    INGOT_TRY(AddRows(table, text));
  }
  return {};
}

const WgslFile* WgslFiles::Find(FileKind kind, std::string_view name) const {
  auto it = files_.find(Key(kind, name));
  return it == files_.end() ? nullptr : &it->second;
}

std::vector<const WgslFile*> WgslFiles::All(FileKind kind) const {
  std::vector<const WgslFile*> all;
  for (const auto& [key, file] : files_) {
    if (key.first == kind) all.push_back(&file);
  }
  return all;
}

}  // namespace ingot::kernels
