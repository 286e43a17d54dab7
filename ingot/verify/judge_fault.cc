#include "ingot/verify/judge_fault.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/kernels/link.h"
#include "ingot/kernels/registry.h"
#include "ingot/kernels/wgsl_compose.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/conformance.h"
#include "ingot/verify/reverse_threads.h"

namespace ingot::verify {
namespace {

constexpr size_t kFirstShapes = 3;   // of each variant
constexpr size_t kMostKernels = 12;  // that are tried, of those that hold the fault
constexpr size_t kWholeKernels = 6;  // of these, that have all their cases

// The format of blocks that a function is for, by its name: `pair_q6_k`. Every text with the
// function has the fault, but only a weight of that format comes to it.
std::optional<DType> FormatOf(std::string_view function) {
  constexpr uint32_t kEnd = 32;  // of the numbers of formats
  for (uint32_t format = 0; format < kEnd; ++format) {
    const std::optional<DType> dtype = kernels::DTypeOfWeightFormat(format);
    if (!dtype || Traits(*dtype).block == 1) continue;
    if (function.find(Name(*dtype)) != std::string_view::npos) return dtype;
  }
  return std::nullopt;
}

bool HasWeight(const KernelCase& c, DType dtype) {
  return std::ranges::any_of(c.bindings, [&](const CaseBinding& binding) {
    return binding.rows > 0 && binding.dtype == dtype;
  });
}

Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directory(path, error);
  if (!error) return {};
  return Status(Code::kUnavailable, StrCat(path, ": ", error.message()));
}

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

// Whether the text's threads wait for each other.
bool HasBarriers(const std::string& text) {
  return text.find("Barrier(") != std::string::npos ||
         text.find("workgroupUniformLoad(") != std::string::npos;
}

enum class Order { kForward, kBackward };  // of the threads' numbers

struct Change {
  bool is_other = false;
  bool has_barriers = false;
};

class Judgement {
 public:
  Judgement(const Fault& fault, const std::string& folder, const FaultOptions& options,
            const std::vector<std::string>& faulty_dirs,
            std::shared_ptr<const kernels::WgslRegistry> faulty)
      : fault_(fault),
        folder_(folder),
        options_(options),
        faulty_dirs_(faulty_dirs),
        faulty_(std::move(faulty)),
        format_(FormatOf(fault.function)) {}

  Result<Sentence> Pass() {
    INGOT_TRY(TryAll());
    if (sentence_.cases == 0 && format_) {
      format_.reset();
      INGOT_TRY(TryAll());
    }
    if (!settled_) sentence_.fate = sentence_.cases == 0 ? Fate::kEquivalent : Fate::kSurvived;
    return std::move(sentence_);
  }

 private:
  // A few cases of each kernel, then all of some; each with both orders of threads.
  Status TryAll() {
    INGOT_ASSIGN(std::vector<std::string> names, Users());
    for (const bool whole : {false, true}) {
      std::vector<std::string> changed;  // those of which something ran
      for (const Order order : {Order::kForward, Order::kBackward}) {
        if (order == Order::kBackward && !waits_) continue;
        for (const std::string& name : names) {
          const size_t before = sentence_.cases;
          INGOT_TRY(Try(name, order, whole));
          if (settled_) return {};
          if (order == Order::kForward && sentence_.cases > before) changed.push_back(name);
          if (changed.size() == kMostKernels) break;
        }
        if (order == Order::kForward) names = changed;
      }
      if (names.size() > kWholeKernels) names.resize(kWholeKernels);
    }
    return {};
  }

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

  // The device whose threads have the numbers that the texts say, or that with the reverse.
  Result<runtime::Device*> DeviceOf(Order order) {
    std::unique_ptr<runtime::Device>& device = devices_[order];
    if (device != nullptr) return device.get();
    runtime::DeviceOptions options = options_.device;
    options.kernel_dirs = faulty_dirs_;
    if (order == Order::kBackward) {
      options.kernel_dirs.push_back(StrCat(folder_, "/backward"));
      INGOT_TRY(MakeFolder(options.kernel_dirs.back()));
      INGOT_TRY(WriteReversed(faulty_->files(), options.kernel_dirs.back()));
    }
    INGOT_ASSIGN(device, runtime::Open(options));
    return device.get();
  }

  // In an order of the seed.
  Result<std::vector<std::string>> Users() {
    INGOT_ASSIGN(const runtime::Device* const device, DeviceOf(Order::kForward));
    std::vector<std::string> users;
    for (const kernels::KernelDesc* kernel : device->kernels()) {
      const kernels::KernelDesc* known = faulty_->Find(kernel->name);
      const bool has_cases = DescribeData(*kernel, "").ok();
      if (known == nullptr || !has_cases || kernel->name == "probe_dirt") continue;
      const kernels::WgslFile& file = faulty_->FileOf(*known);
      if (IsPartOf(file)) users.push_back(kernel->name);
    }
    Stream stream(options_.seed, StrCat(fault_.file->name, fault_.number));
    for (size_t i = users.size(); i > 1; --i) std::swap(users[i - 1], users[stream.Below(i)]);
    return users;
  }

  // What the fault does to the text of the case. What does not link is another one, too.
  const Change& ChangeOf(const KernelCase& c) {
    auto [entry, is_new] = changes_.try_emplace({c.kernel->name, c.overrides});
    if (!is_new) return entry->second;
    const kernels::LinkRequest request{.kernel = c.kernel->name, .overrides = c.overrides};
    const auto before = kernels::Link(*options_.original, request, facts_);
    const auto after = kernels::Link(*faulty_, request, facts_);
    Change& change = entry->second;
    change.is_other = before.ok() && (!after.ok() || before->key != after->key);
    change.has_barriers = after.ok() && HasBarriers(after->text);
    return change;
  }

  Status Try(const std::string& name, Order order, bool whole) {
    INGOT_ASSIGN(runtime::Device* const device, DeviceOf(order));
    facts_ = device->facts();
    ConformanceOptions conformance;
    conformance.shapes = whole || format_ ? 0 : kFirstShapes;
    conformance.combinations = whole;
    conformance.first_failure_only = true;
    conformance.takes = [&](const KernelCase& c) {
      if (format_ && !HasWeight(c, *format_)) return false;
      const Change& change = ChangeOf(c);
      return change.is_other && (order == Order::kForward || change.has_barriers);
    };
    conformance.before = [&](const KernelCase& c) {
      ++sentence_.cases;
      waits_ |= ChangeOf(c).has_barriers;
      options_.before(StrCat(name, " ", c.name));
    };
    const kernels::KernelDesc* kernel = kernels::FindKernel(device->kernels(), name);
    INGOT_CHECK(kernel != nullptr);
    INGOT_ASSIGN(const Conformance found, Conform(*device, *kernel, conformance));
    if (found.failures.empty()) return {};
    settled_ = true;
    const Report& report = found.failures[0];
    const Status compiled = device->CreatePipeline(name, report.overrides).status();
    sentence_.fate = compiled.ok() ? Fate::kKilled : Fate::kInvalid;
    sentence_.why = compiled.ok() ? Describe(report) : compiled.message();
    return {};
  }

  const Fault& fault_;
  const std::string& folder_;
  const FaultOptions& options_;
  const std::vector<std::string>& faulty_dirs_;
  std::shared_ptr<const kernels::WgslRegistry> faulty_;
  std::map<Order, std::unique_ptr<runtime::Device>> devices_;
  std::optional<DType> format_;  // of the cases that are taken
  DeviceFacts facts_;
  std::map<std::pair<std::string, OverrideValues>, Change> changes_;
  bool settled_ = false;
  bool waits_ = false;  // whether a text that ran has barriers
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
  std::vector<std::string> dirs = options.device.kernel_dirs;
  dirs.push_back(StrCat(folder, "/faulty"));
  INGOT_TRY(MakeFolder(dirs.back()));
  INGOT_TRY(WriteFileAtomic(StrCat(dirs.back(), "/", fault.file->name, ".wgsl"), Plant(fault)));
  auto faulty = kernels::WgslRegistry::Load(dirs);
  if (!faulty.ok()) return Sentence{Fate::kInvalid, faulty.status().message(), 0};
  return Judgement(fault, folder, options, dirs, *std::move(faulty)).Pass();
}

}  // namespace ingot::verify
