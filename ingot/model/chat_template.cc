#include "ingot/model/chat_template.h"

#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/interpreter.h"
#include "ingot/model/jinja/parser.h"

namespace ingot::model {
namespace {

using jinja::Value;

Result<Value> MessageValue(const ChatMessage& message, const jinja::Budget& budget) {
  Json json = Json::Object();
  json["role"] = message.role;
  json["content"] = message.content;
  if (!message.fields.IsObject()) {
    return Status(Code::kInvalidArgument,
                  StrCat("fields are ", message.fields.KindName(), ", not an object"));
  }
  for (const auto& [name, value] : message.fields.members()) {
    if (name == "role" || name == "content") {
      return Status(Code::kInvalidArgument, StrCat("(", name, ") stands among the fields too"));
    }
    json[name] = value;
  }
  return jinja::FromJson(json, budget);
}

std::vector<ChatSegment> Segments(const jinja::Text& text) {
  std::vector<ChatSegment> segments;
  size_t at = 0;
  const auto add = [&](size_t end, bool is_content) {
    if (end > at) segments.push_back({text.bytes().substr(at, end - at), is_content});
    at = end;
  };
  for (const jinja::ByteRange& range : text.content()) {
    add(range.begin, false);
    add(range.end, true);
  }
  add(text.size(), false);
  return segments;
}

}  // namespace

struct ChatTemplate::Program {
  std::string name;
  jinja::Limits limits;
  jinja::Stmts stmts;
};

ChatTemplate::ChatTemplate(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

const std::string& ChatTemplate::name() const { return program_->name; }

Result<ChatTemplate> ChatTemplate::Parse(std::string_view text, std::string_view name) {
  auto program = std::make_shared<Program>();
  program->name = name;
  INGOT_ASSIGN(program->stmts, jinja::Parse(text, name, program->limits));
  return ChatTemplate(std::move(program));
}

Result<ChatTemplate> ChatTemplate::BuiltIn(std::string_view format) {
  const std::string_view text = ChatFormatText(format);
  if (!text.empty()) return Parse(text, format);
  return Status(Code::kNotFound, StrCat("unknown chat format (", format, ")",
                                        NearestHint(format, ChatFormatNames())));
}

Result<ChatPrompt> ChatTemplate::Render(const std::vector<ChatMessage>& messages,
                                        const ChatOptions& options) const {
  jinja::Budget budget(program_->limits);
  jinja::Interpreter interpreter(program_->stmts, program_->name,
                                 options.date.has_value() ? &*options.date : nullptr, budget);
  std::vector<Value> list;
  for (size_t i = 0; i < messages.size(); ++i) {
    INGOT_ASSIGN(Value message, MessageValue(messages[i], budget).At(StrCat("message ", i)));
    list.push_back(std::move(message));
  }
  INGOT_ASSIGN(Value messages_value, Value::MakeList(std::move(list), budget));
  INGOT_ASSIGN(Value tools, jinja::FromJson(options.tools, budget).At("tools"));
  INGOT_TRY(interpreter.Set("documents", jinja::None{}));
  if (!options.variables.IsObject()) {
    return Status(Code::kInvalidArgument,
                  StrCat("variables are ", options.variables.KindName(), ", not an object"));
  }
  for (const auto& [name, json] : options.variables.members()) {
    INGOT_ASSIGN(Value value, jinja::FromJson(json, budget).At(name));
    INGOT_TRY(interpreter.Set(name, std::move(value)));
  }
  INGOT_TRY(interpreter.Set("messages", std::move(messages_value)));
  INGOT_TRY(interpreter.Set("tools", std::move(tools)));
  INGOT_TRY(interpreter.Set("add_generation_prompt", options.add_generation_prompt));
  if (!options.bos.empty()) INGOT_TRY(interpreter.Set("bos_token", jinja::Text(options.bos)));
  if (!options.eos.empty()) INGOT_TRY(interpreter.Set("eos_token", jinja::Text(options.eos)));

  INGOT_ASSIGN(jinja::Text text, interpreter.Run());
  return ChatPrompt{Segments(text)};
}

std::string ChatPrompt::Text() const {
  std::string text;
  for (const ChatSegment& segment : segments) text += segment.text;
  return text;
}

std::vector<Tokenizer::TextPart> ChatPrompt::Parts() const {
  std::vector<Tokenizer::TextPart> parts;
  for (const ChatSegment& segment : segments) parts.push_back({segment.text, segment.is_content});
  return parts;
}

}  // namespace ingot::model
