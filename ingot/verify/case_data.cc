#include "ingot/verify/case_data.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "ingot/base/half.h"
#include "ingot/base/hash.h"
#include "ingot/base/quant.h"
#include "ingot/base/text.h"

namespace ingot::verify {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
// Of a binding that is not needed: NaN.
constexpr size_t kUnusedBytes = 16;
constexpr std::byte kUnusedByte{0xFF};
// Of data for a clock, so many values are drawn; then they repeat.
constexpr size_t kDrawn = size_t{1} << 18;
constexpr std::array kEdges = {0.0f, -0.0f, 1e-30f, -1e-30f, 20.0f, -20.0f, 1e4f, -1e4f, 0.5f};

template <typename T>
std::vector<std::byte> BytesOf(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

Values Widened(const std::vector<float>& values) { return Values(values.begin(), values.end()); }

bool HasOverride(const kernels::KernelDesc& kernel, std::string_view name) {
  for (const kernels::OverrideDesc& known : kernel.overrides) {
    if (known.name == name) return true;
  }
  return false;
}

// Of a uniform that the op does not offer; 0 of one that is computed later.
uint32_t FixedWord(const kernels::UniformDesc& desc) {
  if (!desc.fixed) return 0;
  if (desc.kind == kernels::UniformKind::kU32) return static_cast<uint32_t>(*desc.fixed);
  return std::bit_cast<uint32_t>(static_cast<float>(*desc.fixed));
}

// Puts random bytes where blocks have no scales, and a subnormal scale into every fifth block, or
// one that means 0.
void MakeRaw(DType dtype, Stream& stream, std::span<std::byte> bytes) {
  struct Scales {
    DType dtype;
    std::vector<size_t> at;  // bytes of a block where the f16 begin
  };
  static const std::array<Scales, 10> kScales = {{{DType::kQ8_0, {0}},
                                                  {DType::kQ4_0, {0}},
                                                  {DType::kQ4_1, {0, 2}},
                                                  {DType::kQ5_0, {0}},
                                                  {DType::kQ5_1, {0, 2}},
                                                  {DType::kQ2_K, {80, 82}},
                                                  {DType::kQ3_K, {108}},
                                                  {DType::kQ4_K, {0, 2}},
                                                  {DType::kQ5_K, {0, 2}},
                                                  {DType::kQ6_K, {208}}}};
  constexpr std::byte kTiny{50};  // 50 * 2^-24
  const size_t size = Traits(dtype).bytes;
  auto scales = std::ranges::find(kScales, dtype, &Scales::dtype);
  if (scales == kScales.end() && dtype != DType::kMXFP4) return;
  for (size_t block = 0; block < bytes.size(); block += size) {
    for (size_t at = 0; at < size; ++at) {
      const auto random = static_cast<std::byte>(stream.NextU32());
      const bool is_exponent = dtype == DType::kMXFP4 && at == 0;
      const bool is_scale =
          scales != kScales.end() &&
          std::ranges::any_of(scales->at, [&](size_t s) { return at == s || at == s + 1; });
      if (!is_scale && !is_exponent) bytes[block + at] = random;
      if (is_exponent && block / size % 5 == 1) bytes[block] = std::byte(block / size / 5 % 2);
      if (is_scale && block / size % 5 == 1) bytes[block + at] = at % 2 == 0 ? kTiny : std::byte{0};
    }
  }
}

}  // namespace

Result<CaseData> CaseData::Parse(std::string_view shape, uint64_t seed, Purpose purpose) {
  CaseData data(shape, seed, purpose);
  for (std::string_view item : Split(shape, ' ')) {
    size_t equals = item.find('=');
    if (equals == std::string_view::npos ||
        !data.shape_.emplace(item.substr(0, equals), item.substr(equals + 1)).second) {
      return Status(Code::kInvalidArgument,
                    StrCat("shape (", shape, "): (", item, ") is not one more NAME=VALUE"));
    }
  }
  return data;
}

const std::string* CaseData::Find(std::string_view name) {
  auto it = shape_.find(name);
  if (it == shape_.end()) return nullptr;
  used_.insert(it->first);
  return &it->second;
}

// A value that is no number stays unused, and For reports it.
double CaseData::Number(std::string_view name, double fallback) {
  const std::string* text = Find(name);
  if (text == nullptr) return fallback;
  std::optional<double> value = ParseDouble(*text);
  if (!value) used_.erase(std::string(name));
  return value.value_or(fallback);
}

size_t CaseData::Size(std::string_view name, size_t fallback) {
  return static_cast<size_t>(Number(name, static_cast<double>(fallback)));
}

DType CaseData::Format(DType fallback) {
  const std::string* text = Find("format");
  if (text == nullptr) return fallback;
  std::optional<DType> dtype = DTypeFromName(*text);
  if (!dtype || !HasCodec(*dtype)) used_.erase("format");
  return dtype.value_or(fallback);
}

std::vector<float> CaseData::DrawNormal(std::string_view name, size_t count, double mean,
                                        double deviation) const {
  Stream stream(seed_, name);
  std::vector<float> values(count);
  const size_t most = purpose_ == Purpose::kJudge   ? count
                      : purpose_ == Purpose::kClock ? kDrawn
                                                    : 1;
  const size_t drawn = std::min(count, most);
  for (size_t i = 0; i < drawn; ++i) {
    values[i] = static_cast<float>(mean + deviation * stream.NextNormal());
  }
  for (size_t i = drawn; i < count; ++i) values[i] = values[i - drawn];
  return values;
}

Values CaseData::Activations(std::string_view name, size_t count) {
  double mean = Number("mean", 0);
  double spread = Number("spread", 1);
  std::vector<float> values = DrawNormal(name, count, mean, spread);
  const std::string* data = Find("data");
  if (data != nullptr && *data == "edge") {
    for (size_t i = 0; i < count; ++i) values[i] = kEdges[i % kEdges.size()];
  } else if (data != nullptr && *data == "equal") {
    values.assign(count, values[0]);
  } else if (data != nullptr && *data == "zero") {
    values.assign(count, 0);
  } else if (data != nullptr) {
    used_.erase("data");
  }
  bindings_[std::string(name)].bytes = BytesOf(values);
  return Widened(values);
}

Values CaseData::Normal(std::string_view name, size_t count) {
  std::vector<float> values = DrawNormal(name, count, 0, 1);
  bindings_[std::string(name)].bytes = BytesOf(values);
  return Widened(values);
}

Values CaseData::Weight(std::string_view name, size_t rows, size_t cols) {
  return WeightOf(Format(DType::kF32), name, rows, cols);
}

Values CaseData::WeightOf(DType dtype, std::string_view name, size_t rows, size_t cols) {
  const bool is_raw = Size("raw", 0) != 0;
  size_t block = Traits(dtype).block;
  if (cols % block != 0) {  // For reports it
    used_.erase("format");
    return Values(purpose_ == Purpose::kJudge ? rows * cols : 0);
  }
  Override("W_FORMAT", kernels::WeightFormat(dtype));
  format_ = dtype;
  if (purpose_ == Purpose::kDescribe) {
    bindings_[std::string(name)] = {{}, false, dtype, rows, cols};
    return {};
  }
  const bool repeat = purpose_ == Purpose::kClock;
  const size_t drawn = repeat ? std::min(rows, kDrawn / cols + 1) : rows;
  std::vector<float> values = DrawNormal(name, drawn * cols, 0, 1);
  const size_t row_bytes = cols / block * Traits(dtype).bytes;
  std::vector<std::byte> bytes(drawn * row_bytes);
  INGOT_CHECK(EncodeRow(dtype, values.data(), values.size(), bytes).ok());
  if (is_raw) {
    Stream stream(seed_, "raw");
    MakeRaw(dtype, stream, bytes);
  }
  if (repeat) {
    const size_t period = bytes.size();
    bytes.resize(rows * row_bytes);
    for (size_t at = period; at < bytes.size(); at += period) {
      std::memcpy(&bytes[at], bytes.data(), std::min(period, bytes.size() - at));
    }
    values.clear();
  } else {
    DecodeRow(dtype, bytes, values.data(), values.size());
  }
  bindings_[std::string(name)] = {std::move(bytes), false, dtype, rows, cols};
  return Widened(values);
}

std::vector<uint32_t> CaseData::Ids(size_t count, uint32_t vocab, uint32_t first) {
  Stream stream(seed_, "ids");
  std::vector<uint32_t> ids(count);
  for (uint32_t& id : ids) id = first + static_cast<uint32_t>(stream.Below(vocab - first));
  ids[0] = vocab - 1;
  if (count > 2) ids[count - 1] = 0xFFFFFFFF;
  if (count > 3) ids[count - 2] = vocab;
  bindings_["ids"].bytes = BytesOf(ids);
  return ids;
}

void CaseData::State(size_t pos) {
  std::vector<uint32_t> words(16, 0xFFFFFFFF);
  words[0] = static_cast<uint32_t>(pos);
  bindings_["state"].bytes = BytesOf(words);
}

Values CaseData::Vector(std::string_view name, size_t count, double mean, double deviation) {
  std::vector<float> values = DrawNormal(name, count, mean, deviation);
  vectors_.insert(vectors_.end(), Size("pad", 3), kNaN);
  U32(StrCat(name, "_at"), vectors_.size());
  vectors_.insert(vectors_.end(), values.begin(), values.end());
  bindings_["vectors"].bytes = BytesOf(vectors_);
  return Widened(values);
}

void CaseData::Floats(std::string_view name, const Values& values, DType dtype) {
  std::vector<float> narrow(values.begin(), values.end());
  std::vector<std::byte> bytes(values.size() * Traits(dtype).bytes);
  INGOT_CHECK(EncodeRow(dtype, narrow.data(), narrow.size(), bytes).ok());
  bindings_[std::string(name)].bytes = std::move(bytes);
}

void CaseData::Words(std::string_view name, const std::vector<uint32_t>& words) {
  bindings_[std::string(name)].bytes = BytesOf(words);
}

void CaseData::Output(size_t count, std::string_view name, DType dtype) {
  CaseBinding& output = bindings_[std::string(name)];
  output.bytes.resize(count * Traits(dtype).bytes);
  output.output = true;
}

void CaseData::U32(std::string_view name, size_t value) {
  uniforms_[std::string(name)] = static_cast<uint32_t>(value);
}

void CaseData::F32(std::string_view name, double value) {
  uniforms_[std::string(name)] = std::bit_cast<uint32_t>(static_cast<float>(value));
}

void CaseData::Override(std::string_view name, double value) {
  overrides_[std::string(name)] = value;
}

void CaseData::Expect(const std::function<Expected()>& reference, std::string_view result,
                      DType dtype) {
  Wanted& wanted = wanted_.emplace_back();
  wanted.binding = result;
  wanted.dtype = dtype;
  if (purpose_ == Purpose::kJudge) wanted.numbers = reference();
}

void CaseData::ExpectParts(const std::function<Expected()>& reference, std::string_view result,
                           std::string_view parts) {
  Expect(reference, result);
  wanted_.back().parts = parts;
}

void CaseData::ExpectWords(std::string_view result, std::vector<uint32_t> words) {
  Wanted& wanted = wanted_.emplace_back();
  wanted.binding = result;
  wanted.words = std::move(words);
}

Status CaseData::CheckFit(const kernels::KernelDesc& kernel, std::string_view variant) const {
  auto unfit = [&](const auto&... parts) {
    return Status(Code::kUnsupported, StrCat(kernel.name, " ", name_, ": ", parts...));
  };
  if (format_ &&
      std::ranges::find(kernel.weight_formats, *format_) == kernel.weight_formats.end()) {
    return unfit("weight format (", Name(*format_), ") is not one of the kernel's");
  }
  for (const std::string& name : needed_) {
    const bool is_uniform = std::ranges::find(kernel.uniforms, name, &kernels::UniformDesc::name) !=
                            kernel.uniforms.end();
    if (is_uniform || HasOverride(kernel, name)) continue;
    return unfit("the kernel has no override or uniform (", name, ")");
  }
  for (const kernels::Variant& known : kernel.variants) {
    if (known.name != variant) continue;
    for (const kernels::OverrideDesc& desc : kernel.overrides) {
      auto pin = known.pins.find(desc.name);
      if (pin == known.pins.end() || desc.clazz == kernels::OverrideClass::kTune) continue;
      auto it = overrides_.find(desc.name);
      const double here = it == overrides_.end() ? desc.fallback : it->second;
      if (pin->second == here) continue;
      return unfit(desc.name, " is (", here, ") here, (", pin->second, ") in variant ", variant);
    }
  }
  return {};
}

Result<KernelCase> CaseData::For(const kernels::KernelDesc& kernel, std::string_view variant,
                                 const OverrideValues& chosen) const {
  std::string place = StrCat(kernel.name, " ", name_);
  auto refuse = [&](const auto&... parts) {
    return Status(Code::kInvalidArgument, StrCat(place, ": ", parts...));
  };
  for (const auto& [name, value] : shape_) {
    if (!used_.contains(name)) return refuse("(", name, "=", value, ") fits nothing of the op");
  }
  KernelCase result;
  result.kernel = &kernel;
  result.variant = variant;
  result.shape = name_;
  result.name = variant.empty() ? name_ : StrCat(variant, " ", name_);
  OverrideValues given;
  for (const auto& [name, value] : overrides_) {
    if (HasOverride(kernel, name)) given[name] = value;
  }
  INGOT_TRY(CheckFit(kernel, variant));
  given.insert(chosen.begin(), chosen.end());  // what the data settle stays
  auto overrides = kernels::CompleteOverrides(kernel, variant, given);
  if (!overrides.ok()) {
    return Status(Code::kUnsupported, StrCat(place, ": ", overrides.status().message()));
  }
  result.overrides = *std::move(overrides);
  for (const kernels::BindingDesc& desc : kernel.bindings) {
    if (kernels::IsSwitchedOff(desc, result.overrides)) {  // also where the op offers it
      result.bindings.push_back({.bytes = std::vector<std::byte>(kUnusedBytes, kUnusedByte)});
      continue;
    }
    auto it = bindings_.find(desc.name);
    if (it == bindings_.end()) return refuse("the op offers no binding (", desc.name, ")");
    result.bindings.push_back(it->second);
  }
  for (const kernels::UniformDesc& desc : kernel.uniforms) {
    if (desc.value || desc.fixed) {
      result.uniforms.push_back(FixedWord(desc));
      continue;
    }
    auto it = uniforms_.find(desc.name);
    if (it == uniforms_.end()) return refuse("the op offers no uniform (", desc.name, ")");
    result.uniforms.push_back(it->second);
  }
  for (const Wanted& wanted : wanted_) {
    auto binding = std::ranges::find(kernel.bindings, wanted.binding, &kernels::BindingDesc::name);
    if (binding == kernel.bindings.end()) {
      return refuse("the kernel has no binding (", wanted.binding, ")");
    }
    result.results.push_back({.binding = static_cast<size_t>(binding - kernel.bindings.begin()),
                              .dtype = wanted.dtype,
                              .want = wanted.numbers.want,
                              .bound = wanted.numbers.bound,
                              .words = wanted.words,
                              .parts = wanted.parts});
  }
  result.work = work_;
  return result;
}

}  // namespace ingot::verify
