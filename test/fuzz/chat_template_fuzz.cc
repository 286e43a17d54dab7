// Any text as a template, over one conversation: parsing and rendering must end, within their
// limits, in a prompt or in a message.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ingot/base/log.h"
#include "ingot/model/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ingot::model::ChatTemplate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ingot::Result<ChatTemplate> chat = ChatTemplate::Parse(text, "t");
  if (!chat.ok()) return 0;
  ingot::model::ChatOptions options;
  options.bos = "<s>";
  options.variables["n"] = 3;
  options.variables["list"] = ingot::Json::Array();
  options.variables["list"].Append(1.5);
  options.date = std::tm{};
  ingot::Result<ingot::model::ChatPrompt> prompt =
      chat->Render({{"system", "S"}, {"user", "a\n \xE4\xB8\x96 b"}, {"assistant", "c"}}, options);
  if (!prompt.ok()) return 0;
  // Neighbouring segments differ, and none is empty.
  for (size_t i = 0; i < prompt->segments.size(); ++i) {
    INGOT_CHECK(!prompt->segments[i].text.empty());
    INGOT_CHECK(i == 0 || prompt->segments[i].is_content != prompt->segments[i - 1].is_content);
  }
  return 0;
}
