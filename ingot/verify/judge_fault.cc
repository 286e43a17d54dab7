#include "ingot/verify/judge_fault.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/kernels/link.h"
#include "ingot/kernels/wgsl_compose.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/conformance.h"

namespace ingot::verify {
namespace {

constexpr size_t kFirstShapes = 3;   // of each variant
constexpr size_t kWholeKernels = 6;  // that have all their cases

bool HasFragment(const kernels::WgslFile& user, const kernels::WgslFiles& files,
                 const std::string& name) {
  for (const bool subgroups : {false, true}) {
    const auto fragments = kernels::FragmentsOf(user, files, subgroups);
    if (!fragments.ok()) continue;
    for (const kernels::WgslFile* fragment : *fragments) {
      if (fragment->name == name) return true;
    }
  }
  return false;
}

class Judgement {
 public:
  Judgement(const Fault& fault, const FaultOptions& options,
            std::shared_ptr<const kernels::WgslRegistry> faulty, runtime::Device& device)
      : fault_(fault), options_(options), faulty_(std::move(faulty)), device_(device) {}

  Result<Sentence> Pass() {
    std::vector<const kernels::KernelDesc*> changed;  // those of which something ran
    for (const kernels::KernelDesc* kernel : Users()) {
      const size_t before = sentence_.cases;
      INGOT_ASSIGN(const bool is_through, Try(*kernel, /*whole=*/false));
      if (is_through) return std::move(sentence_);
      if (sentence_.cases > before) changed.push_back(kernel);
    }
    if (changed.size() > kWholeKernels) changed.resize(kWholeKernels);
    for (const kernels::KernelDesc* kernel : changed) {
      INGOT_ASSIGN(const bool is_through, Try(*kernel, /*whole=*/true));
      if (is_through) return std::move(sentence_);
    }
    sentence_.fate = sentence_.cases == 0 ? Fate::kEquivalent : Fate::kSurvived;
    return std::move(sentence_);
  }

 private:
  // Of a composed file nobody says what is in it; IsChanged will.
  bool IsPartOf(const kernels::WgslFile& file) const {
    const std::string& name = fault_.file->name;
    const kernels::WgslFile* from = faulty_->files().Find(kernels::FileKind::kKernel, file.base);
    const bool is_composed = from != nullptr && !from->header.slots.empty();
    switch (fault_.file->header.kind) {
      case kernels::FileKind::kStage:
        return is_composed;
      case kernels::FileKind::kFragment:
        return is_composed || HasFragment(file, faulty_->files(), name);
      default:
        return file.base == name || file.name == name;
    }
  }

  // In an order of the seed.
  std::vector<const kernels::KernelDesc*> Users() const {
    std::vector<const kernels::KernelDesc*> users;
    for (const kernels::KernelDesc* kernel : device_.kernels()) {
      const kernels::KernelDesc* known = faulty_->Find(kernel->name);
      const bool has_cases = DescribeData(*kernel, "").ok();
      if (known == nullptr || !has_cases || kernel->name == "probe_dirt") continue;
      const kernels::WgslFile& file = faulty_->FileOf(*known);
      if (IsPartOf(file)) users.push_back(kernel);
    }
    Stream stream(options_.seed, StrCat(fault_.file->name, fault_.number));
    for (size_t i = users.size(); i > 1; --i) std::swap(users[i - 1], users[stream.Below(i)]);
    return users;
  }

  // Whether the text of the case is another one. What does not link is, too.
  bool IsChanged(const KernelCase& c) {
    auto [entry, is_new] = changed_.try_emplace({c.kernel->name, c.overrides}, true);
    if (!is_new) return entry->second;
    const kernels::LinkRequest request{.kernel = c.kernel->name, .overrides = c.overrides};
    const auto before = kernels::Link(*options_.original, request, device_.facts());
    const auto after = kernels::Link(*faulty_, request, device_.facts());
    entry->second = before.ok() && (!after.ok() || before->key != after->key);
    return entry->second;
  }

  // Whether the kernel settled it.
  Result<bool> Try(const kernels::KernelDesc& kernel, bool whole) {
    ConformanceOptions conformance;
    conformance.shapes = whole ? 0 : kFirstShapes;
    conformance.combinations = whole;
    conformance.first_failure_only = true;
    conformance.takes = [&](const KernelCase& c) { return IsChanged(c); };
    conformance.before = [&](const KernelCase& c) {
      ++sentence_.cases;
      options_.before(StrCat(kernel.name, " ", c.name));
    };
    INGOT_ASSIGN(const Conformance found, Conform(device_, kernel, conformance));
    if (found.failures.empty()) return false;
    const Report& report = found.failures[0];
    const Status compiled = device_.CreatePipeline(kernel.name, report.overrides).status();
    sentence_.fate = compiled.ok() ? Fate::kKilled : Fate::kInvalid;
    sentence_.why = compiled.ok() ? Describe(report) : compiled.message();
    return true;
  }

  const Fault& fault_;
  const FaultOptions& options_;
  std::shared_ptr<const kernels::WgslRegistry> faulty_;
  runtime::Device& device_;
  std::map<std::pair<std::string, OverrideValues>, bool> changed_;
  Sentence sentence_;
};

}  // namespace

std::string_view Name(Fate fate) {
  switch (fate) {
    case Fate::kKilled:
      return "killed";
    case Fate::kSurvived:
      return "survived";
    case Fate::kInvalid:
      return "invalid";
    case Fate::kEquivalent:
      return "equivalent";
  }
  return "";
}

Result<Sentence> JudgeFault(const Fault& fault, const std::string& folder,
                            const FaultOptions& options) {
  INGOT_TRY(WriteFileAtomic(StrCat(folder, "/", fault.file->name, ".wgsl"), Plant(fault)));
  runtime::DeviceOptions device_options = options.device;
  device_options.kernel_dirs.push_back(folder);
  auto faulty = kernels::WgslRegistry::Load(device_options.kernel_dirs);
  if (!faulty.ok()) return Sentence{Fate::kInvalid, faulty.status().message(), 0};
  INGOT_ASSIGN(const auto device, runtime::Open(device_options));
  return Judgement(fault, options, *std::move(faulty), *device).Pass();
}

}  // namespace ingot::verify
