#include "ingot/model/stream_decoder.h"

#include <algorithm>
#include <utility>

#include "ingot/model/unicode.h"

namespace ingot::model {

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, StreamOptions options)
    : tokenizer_(std::move(tokenizer)), options_(std::move(options)), prefix_(*tokenizer_) {
  std::erase(options_.stop_strings, "");
}

std::string StreamDecoder::Append(int32_t id) {
  if (stopped_ || finished_) return {};
  std::string_view piece = tokenizer_->Piece(id, {.skip_control = options_.skip_control});
  bytes_ += options_.continues_text ? piece : prefix_.Strip(id, piece);
  bytes_.erase(0, AppendWholeUtf8(text_, bytes_));
  return TakeCertain(false);
}

std::string StreamDecoder::Finish() {
  if (stopped_ || finished_) return {};
  finished_ = true;
  if (!bytes_.empty()) text_ += kReplacementText;
  bytes_.clear();
  return TakeCertain(true);
}

std::string StreamDecoder::TakeCertain(bool is_last) {
  // The first to be complete, whatever the tokens' borders; of several, the one that began first.
  size_t stop_begin = std::string::npos, stop_end = std::string::npos;
  for (const std::string& stop : options_.stop_strings) {
    size_t begin = text_.find(stop);
    if (begin == std::string::npos) continue;
    size_t end = begin + stop.size();
    if (end > stop_end || (end == stop_end && begin > stop_begin)) continue;
    stop_begin = begin;
    stop_end = end;
  }
  stopped_ = stop_end != std::string::npos;
  if (stopped_) return text_.substr(0, stop_begin);
  size_t kept = 0;  // the longest end of the text that begins a stop string
  for (const std::string& stop : options_.stop_strings) {
    size_t length = std::min(stop.size() - 1, text_.size());
    for (; length > kept && !is_last; --length) {
      if (text_.compare(text_.size() - length, length, stop, 0, length) == 0) kept = length;
    }
  }
  std::string certain = text_.substr(0, text_.size() - kept);
  text_.erase(0, certain.size());
  return certain;
}

}  // namespace ingot::model
