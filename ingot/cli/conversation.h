// Conversation: the messages of a chat, and what of them a Session has run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/chat_template.h"
#include "ingot/model/generate.h"
#include "ingot/model/model.h"

namespace ingot::cli {

// One thread. The session must not be fed by others.
class Conversation {
 public:
  // `format` is a built-in one, or empty for the file's own template. Fails with kInvalidArgument
  // if the file has none, naming the built-in ones. `system` may be empty.
  static Result<Conversation> Create(model::Session& session, const std::string& format,
                                     const std::string& system);

  // Appends what the user says, rewinds the session to what it has in common with the rendered
  // chat, and gives the tokens that are left to run: at least one.
  Result<std::vector<int32_t>> Ask(const std::string& text);
  // Appends what the model answered to the tokens of Ask.
  void Answer(const std::vector<int32_t>& prompt, const model::GenerateResult& result);

 private:
  Conversation(model::Session& session, model::ChatTemplate chat_template)
      : session_(&session), template_(std::move(chat_template)) {}
  model::Session* session_;
  model::ChatTemplate template_;
  std::vector<model::ChatMessage> messages_;
  std::vector<int32_t> run_;  // what the session has run
};

}  // namespace ingot::cli
