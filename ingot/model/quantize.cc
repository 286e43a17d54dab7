#include "ingot/model/quantize.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/model/gguf.h"
#include "ingot/model/gguf_writer.h"

namespace ingot::model {
namespace {

constexpr uint64_t kBandElements = uint64_t{8} << 20;  // that many at a time, at least one row
constexpr uint64_t kQuantizationVersion = 2;

// Whether `name` is the pattern, where `*` stands for any text.
bool Matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<std::vector<QuantMix::Choice>> ChooseAll(const Gguf& gguf, const QuantizeOptions& options) {
  QuantMix mix(gguf, options.target);
  std::vector<bool> used(options.keep.size());
  std::vector<QuantMix::Choice> out;
  for (const GgufTensor& tensor : gguf.tensors()) {
    QuantMix::Choice choice = mix.Choose(tensor);
    for (size_t i = 0; i < options.keep.size(); ++i) {
      const auto& [pattern, dtype] = options.keep[i];
      if (!Matches(pattern, tensor.name)) continue;
      used[i] = true;
      if (!HasCodec(dtype)) {
        return Status(Code::kInvalidArgument,
                      StrCat(tensor.name, ": format (", Name(dtype), ") cannot hold weights"));
      }
      INGOT_TRY(RowBytes(dtype, tensor.cols()).status().At(tensor.name));
      choice = {dtype, dtype};
      break;
    }
    if (choice.dtype != tensor.dtype && !HasCodec(tensor.dtype)) {
      return Status(Code::kInvalidArgument,
                    StrCat(tensor.name, ": format (", Name(tensor.dtype), ") cannot be converted"));
    }
    out.push_back(choice);
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    return Status(Code::kInvalidArgument,
                  StrCat("pattern (", options.keep[i].first, ") matches no tensor"));
  }
  return out;
}

// Sums over one row; kept per row so that the total does not depend on the threads.
struct RowError {
  double lost = 0;  // sum of squares of the difference
  double held = 0;  // sum of squares of the source
};

// Converts the rows of one tensor, band by band, on several threads.
class RowConverter {
 public:
  RowConverter(const GgufTensor& tensor, DType to, int threads, const std::atomic<bool>* stop)
      : tensor_(tensor),
        to_(to),
        threads_(threads),
        stop_(stop),
        from_row_bytes_(tensor.data.size() / tensor.rows()),
        to_row_bytes_(*RowBytes(to, tensor.cols())) {}

  uint64_t band_rows() const { return std::max<uint64_t>(1, kBandElements / tensor_.cols()); }

  // Rows first..first+rows into `out`, which it resizes.
  Status Convert(uint64_t first, uint64_t rows, std::vector<std::byte>& out) {
    out.resize(rows * to_row_bytes_);
    errors_.assign(rows, RowError());
    next_row_ = 0;
    failure_.reset();
    auto work = [&] { Work(first, rows, out); };
    uint64_t helpers = std::min<uint64_t>(static_cast<uint64_t>(threads_), rows) - 1;
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < helpers; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (failure_) return failure_->second;
    for (const RowError& error : errors_) {
      total_.lost += error.lost;
      total_.held += error.held;
    }
    return Status();
  }

  const RowError& total() const { return total_; }

 private:
  void Work(uint64_t first, uint64_t rows, std::vector<std::byte>& out) {
    std::vector<float> source(tensor_.cols());
    std::vector<float> result(tensor_.cols());
    while (true) {
      uint64_t row = next_row_.fetch_add(1);
      if (row >= rows || (stop_ != nullptr && *stop_)) return;
      auto from = tensor_.data.subspan((first + row) * from_row_bytes_, from_row_bytes_);
      auto to = std::span(out).subspan(row * to_row_bytes_, to_row_bytes_);
      DecodeRow(tensor_.dtype, from, source.data(), source.size());
      Status status = EncodeRow(to_, source.data(), source.size(), to);
      if (status.ok()) {
        DecodeRow(to_, to, result.data(), result.size());
        status = Compare(source, result, errors_[row]);
      }
      if (!status.ok()) return Fail(first + row, std::move(status));
    }
  }

  Status Compare(const std::vector<float>& source, const std::vector<float>& result,
                 RowError& error) const {
    for (size_t i = 0; i < source.size(); ++i) {
      double off = double{source[i]} - double{result[i]};
      error.lost += off * off;
      error.held += double{source[i]} * double{source[i]};
    }
    if (std::isfinite(error.lost)) return Status();
    return Status(Code::kInvalidArgument,
                  StrCat("a value is not finite or beyond the range of (", Name(to_), ")"));
  }

  // Keeps the failure of the first row, whoever sees one first.
  void Fail(uint64_t row, Status status) {
    std::lock_guard lock(mutex_);
    if (!failure_ || row < failure_->first) {
      failure_ = {row, std::move(status).At(StrCat(tensor_.name, ": row ", row))};
    }
  }

  const GgufTensor& tensor_;
  DType to_;
  int threads_;
  const std::atomic<bool>* stop_;
  uint64_t from_row_bytes_;
  uint64_t to_row_bytes_;
  std::vector<RowError> errors_;
  RowError total_;
  std::atomic<uint64_t> next_row_ = 0;
  std::mutex mutex_;
  std::optional<std::pair<uint64_t, Status>> failure_;
};

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return a == b || std::filesystem::equivalent(a, b, ignored);
}

void WarnOfRequantising(QuantizeReport& report) {
  std::set<std::string_view> formats;
  size_t count = 0;
  for (const QuantizedTensor& tensor : report.tensors) {
    if (tensor.from == tensor.to || !Traits(tensor.from).quantised) continue;
    formats.insert(Name(tensor.from));
    ++count;
  }
  if (count == 0) return;
  report.warnings.push_back(StrCat("tensors (", count, ") were quantised before (",
                                   Join(formats, ", "), "): their error adds to the new one"));
}

void WarnOfFallbacks(QuantizeReport& report) {
  for (const QuantizedTensor& tensor : report.tensors) {
    if (tensor.to == tensor.wanted) continue;
    report.warnings.push_back(StrCat(tensor.name, ": columns (", tensor.shape.back(),
                                     ") are not a multiple of the block (",
                                     Traits(tensor.wanted).block, ") of ", Name(tensor.wanted),
                                     ", ", Name(tensor.to), " is used"));
  }
}

class Job {
 public:
  Job(const Gguf& gguf, GgufWriter& writer, const QuantizeOptions& options)
      : gguf_(gguf), writer_(writer), options_(options), threads_(options.threads) {
    if (threads_ <= 0) threads_ = static_cast<int>(std::thread::hardware_concurrency());
    threads_ = std::max(threads_, 1);
    for (const GgufTensor& tensor : gguf.tensors()) total_bytes_ += tensor.data.size();
  }

  Result<QuantizeReport> Run(const std::vector<QuantMix::Choice>& choices) {
    double elements = 0;
    for (size_t i = 0; i < choices.size(); ++i) {
      const GgufTensor& tensor = gguf_.tensors()[i];
      QuantizedTensor& row = report_.tensors.emplace_back(QuantizedTensor{
          tensor.name, tensor.dtype, choices[i].dtype, choices[i].wanted, tensor.shape,
          tensor.data.size(), *GgufTensorBytes(choices[i].dtype, tensor.shape), 0, 0});
      INGOT_TRY(tensor.dtype == row.to ? Copy(tensor) : Convert(tensor, row));
      report_.from_bytes += row.from_bytes;
      report_.to_bytes += row.to_bytes;
      elements += static_cast<double>(tensor.rows()) * static_cast<double>(tensor.cols());
    }
    if (elements > 0)
      report_.bits_per_weight = 8.0 * static_cast<double>(report_.to_bytes) / elements;
    WarnOfRequantising(report_);
    WarnOfFallbacks(report_);
    return std::move(report_);
  }

 private:
  // Notes that `bytes` more of the source are done; fails if the caller wants to stop.
  Status Advance(std::string_view name, uint64_t bytes) {
    done_bytes_ += bytes;
    if (options_.progress) {
      options_.progress(
          {report_.tensors.size() - 1, gguf_.tensors().size(), name, done_bytes_, total_bytes_});
    }
    if (options_.stop != nullptr && *options_.stop) {
      return Status(Code::kUnavailable, StrCat("interrupted at ", name));
    }
    return Status();
  }

  Status Copy(const GgufTensor& tensor) {
    constexpr uint64_t kPiece = uint64_t{32} << 20;
    for (uint64_t at = 0; at < tensor.data.size(); at += kPiece) {
      uint64_t size = std::min<uint64_t>(kPiece, tensor.data.size() - at);
      INGOT_TRY(writer_.Write(tensor.data.subspan(at, size)));
      INGOT_TRY(Advance(tensor.name, size));
    }
    return Status();
  }

  Status Convert(const GgufTensor& tensor, QuantizedTensor& row) {
    RowConverter converter(tensor, row.to, threads_, options_.stop);
    uint64_t rows = tensor.rows();
    uint64_t row_bytes = tensor.data.size() / rows;
    for (uint64_t first = 0; first < rows; first += converter.band_rows()) {
      uint64_t count = std::min(converter.band_rows(), rows - first);
      INGOT_TRY(converter.Convert(first, count, band_));
      INGOT_TRY(Advance(tensor.name, count * row_bytes));
      INGOT_TRY(writer_.Write(band_));
    }
    const RowError& total = converter.total();
    row.rmse =
        std::sqrt(total.lost / (static_cast<double>(rows) * static_cast<double>(tensor.cols())));
    if (total.held > 0) row.relative_error = std::sqrt(total.lost / total.held);
    return Status();
  }

  const Gguf& gguf_;
  GgufWriter& writer_;
  const QuantizeOptions& options_;
  int threads_;
  uint64_t done_bytes_ = 0;
  uint64_t total_bytes_ = 0;
  std::vector<std::byte> band_;
  QuantizeReport report_;
};

}  // namespace

Result<QuantizeReport> Quantize(const std::string& in, const std::string& out,
                                const QuantizeOptions& options) {
  if (IsSameFile(in, out)) {
    return Status(Code::kInvalidArgument, StrCat(out, ": is the input, it is not overwritten"));
  }
  INGOT_ASSIGN(auto gguf, Gguf::Open(in));
  INGOT_ASSIGN(auto choices, ChooseAll(*gguf, options).At(in));
  GgufHeader header{.metadata = gguf->metadata(), .tensors = {}};
  header.Set("general.quantization_version", GgufU32(kQuantizationVersion));
  header.Set("general.file_type", GgufU32(Traits(options.target).file_type));
  for (size_t i = 0; i < choices.size(); ++i) {
    const GgufTensor& tensor = gguf->tensors()[i];
    header.tensors.push_back({tensor.name, choices[i].dtype, tensor.shape});
  }
  INGOT_ASSIGN(auto writer, GgufWriter::Create(out, header));
  INGOT_ASSIGN(QuantizeReport report, Job(*gguf, *writer, options).Run(choices).At(in));
  INGOT_TRY(writer->Finish());
  return report;
}

}  // namespace ingot::model
