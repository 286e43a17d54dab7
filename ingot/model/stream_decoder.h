// StreamDecoder: turns tokens into text while they come, whole code points only.
// Not thread-safe: one StreamDecoder per text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/model/tokenizer.h"

namespace ingot::model {

struct StreamOptions {
  bool skip_control = true;
  // The tokens go on with a text: a leading space of the first one belongs to it.
  bool continues_text = false;
  // The text ends before the first of these to be complete. Empty ones do not count.
  std::vector<std::string> stop_strings = {};
};

// All that Append and Finish return joins to Tokenizer::Decode of all tokens, cut off before the
// first stop string.
class StreamDecoder {
 public:
  StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, StreamOptions options);

  // The text that is certain now: valid UTF-8. Kept back is what may still become a code point or a
  // stop string. Empty after a stop string.
  std::string Append(int32_t id);
  // What was kept back. The decoder takes nothing more.
  std::string Finish();
  // Whether a stop string was found.
  bool stopped() const { return stopped_; }

 private:
  std::string TakeCertain(bool is_last);

  std::shared_ptr<const Tokenizer> tokenizer_;
  StreamOptions options_;
  SpacePrefix prefix_;
  std::string bytes_;  // the beginning of a code point
  std::string text_;   // valid, but it may be the beginning of a stop string
  bool stopped_ = false;
  bool finished_ = false;
};

}  // namespace ingot::model
