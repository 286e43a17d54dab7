#include "ingot/cli/kernels_export.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/json_reader.h"
#include "ingot/base/text.h"
#include "ingot/cli/export_writer.h"
#include "ingot/cli/kernels_report.h"
#include "ingot/cli/output.h"
#include "ingot/verify/cases.h"

namespace ingot::cli {
namespace {

constexpr std::string_view kIndex = "cases.json";
constexpr size_t kBriefCases = 3;  // of each kernel
// A browser clears workgroup memory itself.
constexpr verify::GateOptions kGate = {.dirties = false};
constexpr size_t kMostCases = 1 << 20;

// What pages read and the judge does not.
Status Skip(const Json&) { return {}; }

std::string AnswerPath(const std::string& folder, size_t number) {
  return StrCat(folder, "/answers/", number, ".bin");
}

// The variant and overrides that most shapes have, and the first, the last and what is between.
Status MakeBrief(runtime::Device& device, const kernels::KernelDesc& kernel,
                 verify::ConformanceOptions& options) {
  struct Group {
    std::string variant;
    OverrideValues overrides;
    std::vector<std::string> shapes;
  };
  std::vector<Group> groups;
  options.takes = [&](const verify::KernelCase& next) {
    auto same = [&](const Group& group) {
      return group.variant == next.variant && group.overrides == next.overrides;
    };
    auto group = std::ranges::find_if(groups, same);
    if (group == groups.end()) {
      group = groups.insert(group, Group{next.variant, next.overrides, {}});
    }
    group->shapes.push_back(next.shape);
    return false;
  };
  INGOT_TRY(verify::Conform(device, kernel, options).status());
  Group chosen;
  for (Group& group : groups) {
    if (group.shapes.size() > chosen.shapes.size()) chosen = std::move(group);
  }
  std::vector<std::string> shapes;
  const size_t count = std::min(kBriefCases, chosen.shapes.size());
  for (size_t i = 0; i < count; ++i) {
    shapes.push_back(chosen.shapes[count == 1 ? 0 : i * (chosen.shapes.size() - 1) / (count - 1)]);
  }
  chosen.shapes = std::move(shapes);
  options.takes = [chosen](const verify::KernelCase& next) {
    return next.variant == chosen.variant && next.overrides == chosen.overrides &&
           std::ranges::find(chosen.shapes, next.shape) != chosen.shapes.end();
  };
  return {};
}

// Collects cases while a gate rehearses them.
class Export {
 public:
  Export(runtime::paper::Paper& paper, ExportWriter writer)
      : paper_(paper), writer_(std::move(writer)), gate_(paper, kGate) {
    paper_.OnSubmit([this](std::span<const runtime::Command> commands) -> Status {
      INGOT_ASSIGN(Json run, writer_.RunJson(commands));
      runs_.Append(std::move(run));
      return {};
    });
  }
  ~Export() { paper_.OnSubmit(nullptr); }
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;

  Status Add(const kernels::KernelDesc& kernel, const CheckFlags& check) {
    verify::ConformanceOptions options = ToConformanceOptions(check);
    if (!check.quick && !check.all) {
      options.combinations = false;
      INGOT_TRY(MakeBrief(paper_, kernel, options));
    }
    options.judge = [this](const verify::KernelCase& next) { return Rehearse(next); };
    INGOT_TRY(verify::Conform(paper_, kernel, options).status());
    return status_;
  }

  Result<uint64_t> Finish() {
    Json json = Json::Object();
    json["seed"] = verify::ConformanceOptions().seed;
    json["cases"] = std::move(cases_);
    return writer_.Finish(std::move(json), kIndex);
  }
  uint64_t size() const { return size_; }

 private:
  verify::Report Rehearse(const verify::KernelCase& next) {
    if (status_.ok()) status_ = gate_.Rehearse(next);
    Json json = Json::Object();
    json["kernel"] = next.kernel->name;
    json["variant"] = next.variant;
    json["shape"] = next.shape;
    json["overrides"] = OverridesJson(next.overrides);
    json["buffers"] = writer_.TakeBuffers();
    json["runs"] = std::exchange(runs_, Json::Array());
    cases_.Append(std::move(json));
    ++size_;
    return ReportOf(next);
  }

  runtime::paper::Paper& paper_;
  ExportWriter writer_;
  verify::Gate gate_;
  Status status_;      // the first that failed
  uint64_t size_ = 0;  // of `cases_`
  Json cases_ = Json::Array(), runs_ = Json::Array();
};

// Answers what the gate reads from the file of a case. Buffers stand there one after the other in
// the order in which they are met.
class Answers {
 public:
  explicit Answers(runtime::paper::Paper& paper) : paper_(paper) {
    paper_.OnSubmit([this](std::span<const runtime::Command> commands) {
      for (const runtime::Command& command : commands) {
        for (const runtime::BoundBuffer& bound : command.bindings) {
          const bool is_new = places_.emplace(bound.buffer->id(), end_).second;
          if (is_new) end_ += ExportedBytes(bound.buffer->bytes());
        }
      }
      return Status();
    });
    paper_.OnRead([this](const runtime::Buffer& buffer, uint64_t offset,
                         std::span<std::byte> bytes) { return Read(buffer, offset, bytes); });
  }
  ~Answers() {
    paper_.OnSubmit(nullptr);
    paper_.OnRead(nullptr);
  }
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  Status Open(const std::string& path) {
    places_.clear();
    end_ = 0;
    INGOT_ASSIGN(file_, MappedFile::Open(path));
    return {};
  }

 private:
  Status Read(const runtime::Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) {
    const auto place = places_.find(buffer.id());
    if (place == places_.end()) {
      return Status(Code::kMismatch, StrCat(buffer.label(), ": it is read and was not bound"));
    }
    const uint64_t begin = place->second + offset;
    if (begin + bytes.size() > file_->bytes().size()) {
      return Status(Code::kMismatch,
                    StrCat(file_->path(), ": bytes (", file_->bytes().size(),
                           ") end before those of ", buffer.label(), " at (", begin, ")"));
    }
    std::ranges::copy(file_->bytes().subspan(begin, bytes.size()), bytes.begin());
    return {};
  }

  runtime::paper::Paper& paper_;
  std::shared_ptr<const MappedFile> file_;
  std::map<uint64_t, uint64_t> places_;  // by id
  uint64_t end_ = 0;
};

// What the judge wants of the index.
struct NamedCase {
  std::string kernel, variant, shape;
  OverrideValues overrides;
};
struct Index {
  int64_t seed = 0;
  std::vector<NamedCase> cases;
};

Result<NamedCase> ReadCase(const Json& json, const std::string& path) {
  NamedCase named;
  JsonReader reader(json, path);
  reader.Text("kernel", &named.kernel);
  reader.Text("variant", &named.variant);
  reader.Text("shape", &named.shape);
  auto read_override = [&](const std::string& name, const Json& value) -> Status {
    if (!value.IsNumber()) return WrongKind("number", value);
    named.overrides[name] = value.AsDouble();
    return {};
  };
  reader.Members("overrides", kMostCases, read_override);
  for (const char* key : {"buffers", "runs"}) reader.Value(key, Skip);
  INGOT_TRY(reader.Finish());
  return named;
}

Result<Index> ReadIndex(const std::string& path) {
  INGOT_ASSIGN(const std::string text, ReadFile(path));
  INGOT_ASSIGN(const Json json, Json::Parse(text, path));
  Index index;
  int64_t version = 0;
  JsonReader reader(json, path);
  reader.Int("version", kExportVersion, kExportVersion, &version);
  reader.Int("seed", 0, INT64_MAX, &index.seed);
  reader.Each("cases", kMostCases, [&](const Json& item) -> Status {
    INGOT_ASSIGN(index.cases.emplace_back(), ReadCase(item, path));
    return {};
  });
  for (const char* key : {"modules", "pipelines", "data_bytes"}) reader.Value(key, Skip);
  INGOT_TRY(reader.Finish());
  return index;
}

// Fails where the case of this engine is another one than the folder's.
Result<verify::KernelCase> CaseOf(const NamedCase& named, const kernels::KernelDesc& kernel,
                                  uint64_t seed) {
  INGOT_ASSIGN(const verify::CaseData data, verify::DrawCase(kernel, named.shape, seed));
  INGOT_ASSIGN(verify::KernelCase made, data.For(kernel, named.variant, named.overrides));
  if (made.overrides == named.overrides) return made;
  return Status(Code::kInvalidArgument,
                StrCat(kernel.name, " ", made.name, ": the overrides are another engine's"));
}

verify::Report JudgeCase(verify::Gate& gate, const verify::KernelCase& made, const Status& opened) {
  if (opened.ok()) return gate.Judge(made);
  verify::Report report = ReportOf(made);
  report.message = opened.message();
  return report;
}

}  // namespace

Status ExportCases(const SharedFlags& flags, const CheckFlags& check, const std::string& folder) {
  if (::access(StrCat(folder, "/answers").c_str(), F_OK) == 0) {
    return Status(Code::kInvalidArgument,
                  StrCat(folder, "/answers: answers to an earlier export are here"));
  }
  INGOT_ASSIGN(const auto paper, runtime::paper::Open(flags.kernel_dir));
  INGOT_ASSIGN(const auto wanted, WantedKernels(*paper, check.names));
  INGOT_ASSIGN(ExportWriter writer, ExportWriter::Create(folder));
  Progress progress("exporting", !flags.quiet);
  Export cases(*paper, std::move(writer));
  for (size_t i = 0; i < wanted.size(); ++i) {
    progress.Show(i, wanted.size(), wanted[i]->name);
    const uint64_t before = cases.size();
    INGOT_TRY(cases.Add(*wanted[i], check));
    if (check.names.empty() || cases.size() > before) continue;
    return Status(Code::kUnsupported,
                  StrCat(wanted[i]->name, ": no case of it fits WebGPU's default limits"));
  }
  INGOT_ASSIGN(const uint64_t data_bytes, cases.Finish());
  if (flags.json) {
    Json summary = Json::Object();
    summary["out"] = folder;
    summary["cases"] = cases.size();
    summary["data_bytes"] = data_bytes;
    PrintJson(summary);
  } else {
    PrintLine(StrCat(folder, ": ", cases.size(), " cases, ", HumanBytes(data_bytes)));
  }
  return {};
}

Status JudgeCases(const SharedFlags& flags, const std::string& folder) {
  INGOT_ASSIGN(const Index index, ReadIndex(StrCat(folder, "/", kIndex)));
  INGOT_ASSIGN(const auto paper, runtime::paper::Open(flags.kernel_dir));
  verify::Gate gate(*paper, kGate);
  Answers answers(*paper);
  std::vector<std::pair<const kernels::KernelDesc*, verify::Conformance>> found;
  for (size_t i = 0; i < index.cases.size(); ++i) {
    const NamedCase& named = index.cases[i];
    INGOT_ASSIGN(const auto wanted, WantedKernels(*paper, {named.kernel}));
    const kernels::KernelDesc* kernel = wanted[0];
    if (found.empty() || found.back().first != kernel) found.push_back({kernel, {}});
    INGOT_ASSIGN(const verify::KernelCase made,
                 CaseOf(named, *kernel, static_cast<uint64_t>(index.seed)));
    verify::Report report = JudgeCase(gate, made, answers.Open(AnswerPath(folder, i)));
    if (report.ok) {
      ++found.back().second.passed;
    } else {
      found.back().second.failures.push_back(std::move(report));
    }
  }
  if (found.empty()) return Status(Code::kMismatch, StrCat(folder, ": there are no cases"));
  std::vector<Json> rows;
  for (const auto& [kernel, conformance] : found) rows.push_back(RowOf(*kernel, conformance));
  return TellRows(rows, flags.json);
}

}  // namespace ingot::cli
