// Chat templates: a conversation becomes the text that a model was trained to see. The template is
// Jinja, from a GGUF file or one of the built-in formats.
#pragma once

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/json.h"
#include "ingot/base/status.h"
#include "ingot/model/tokenizer.h"

namespace ingot::model {

struct ChatMessage {
  std::string role;              // system, user, assistant, tool and what else a template knows
  Json content;                  // a string, null, or a list of parts as the template has them
  Json fields = Json::Object();  // further members: tool_calls, name, reasoning_content, ...
};

struct ChatOptions {
  bool add_generation_prompt = true;
  // The texts of the special tokens; empty if the model has none.
  std::string bos;
  std::string eos;
  Json tools;                       // an array of tool descriptions, or null
  Json variables = Json::Object();  // further variables of the template, such as enable_thinking
  std::optional<std::tm> date;      // what strftime_now tells; without it, the call is an error
};

// A piece of the rendered text. What came from the caller (roles, contents, tools, variables) is
// content: control tokens in it are text and nothing else, so a user cannot forge a turn.
struct ChatSegment {
  std::string text;
  bool is_content = false;
  bool operator==(const ChatSegment&) const = default;
};

// Neighbouring segments differ in is_content, and none is empty.
struct ChatPrompt {
  std::vector<ChatSegment> segments;

  std::string Text() const;
  // What Tokenizer::EncodeParts takes; views into the segments. A bos that the template writes
  // itself is not added a second time there.
  std::vector<Tokenizer::TextPart> Parts() const;
};

// Thread-safe: a parsed template does not change.
class ChatTemplate {
 public:
  // `name` stands in messages: `NAME:LINE: what`.
  static Result<ChatTemplate> Parse(std::string_view text, std::string_view name);
  // One of ChatFormatNames(). Fails with kNotFound and the nearest name.
  static Result<ChatTemplate> BuiltIn(std::string_view format);

  // Fails with kInvalidArgument and the line if the template refuses the messages
  // (raise_exception), uses what is undefined, or exceeds the limits on steps, depth and size.
  Result<ChatPrompt> Render(const std::vector<ChatMessage>& messages,
                            const ChatOptions& options) const;

  const std::string& name() const;

 private:
  struct Program;
  explicit ChatTemplate(std::shared_ptr<const Program> program);
  std::shared_ptr<const Program> program_;
};

// The formats that serve when a file has no template, or when the user asks for one by name. They
// never stand in for a template that failed.
std::vector<std::string> ChatFormatNames();
// The Jinja text of a format; empty if there is none of that name.
std::string_view ChatFormatText(std::string_view format);

}  // namespace ingot::model
