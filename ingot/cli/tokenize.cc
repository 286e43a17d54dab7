// `ingot tokenize`: text to token ids, and back.
#include <memory>

#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/output.h"
#include "ingot/cli/prompt_input.h"
#include "ingot/cli/resolve_model.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/model/tokenizer.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  PromptFlags prompt;
  std::string decode;
  bool no_bos = false;
  bool special = false;
  bool ids = false;
};

// What a token stands for; one byte by its name, since it may be no character of its own.
std::string_view Shown(const model::Tokenizer& tokenizer, int32_t id) {
  if (tokenizer.vocabulary().Type(id) == model::TokenType::kByte) {
    return tokenizer.vocabulary().Text(id);
  }
  return tokenizer.Piece(id, {.skip_control = false});
}

Status CheckIds(const model::Tokenizer& tokenizer, std::span<const int32_t> ids) {
  for (const int32_t id : ids) {
    if (tokenizer.vocabulary().IsToken(id)) continue;
    return Status(Code::kInvalidArgument,
                  StrCat("token id (", id, ") is not below the vocabulary's (",
                         tokenizer.vocabulary().size(), ")"));
  }
  return Status();
}

Status Decode(const model::Tokenizer& tokenizer, const Flags& flags) {
  INGOT_ASSIGN(const auto ids, ParseTokenIds(flags.decode));
  INGOT_TRY(CheckIds(tokenizer, ids));
  const std::string text = tokenizer.Decode(ids, {.skip_control = !flags.special});
  if (!flags.shared.json) {
    PrintLine(text);
    return Status();
  }
  Json json = Json::Object();
  json["text"] = text;
  PrintJson(json);
  return Status();
}

Status Encode(const model::Tokenizer& tokenizer, const Flags& flags) {
  INGOT_ASSIGN(const auto text, ReadPrompt(flags.prompt));
  if (!text) return Status(Code::kInvalidArgument, "no text: give -p TEXT or -f FILE");
  INGOT_ASSIGN(
      const std::vector<int32_t> ids,
      tokenizer.Encode(*text, {.add_special = !flags.no_bos, .parse_special = flags.special}));
  if (flags.shared.json) {
    Json json = Json::Object();
    json["tokens"] = JsonArray(ids);
    json["pieces"] = JsonArray(ids, [&](int32_t id) { return Json(Shown(tokenizer, id)); });
    PrintJson(json);
  } else if (flags.ids) {
    PrintLine(Join(ids, ","));
  } else {
    Table table({"id", "piece"});
    for (const int32_t id : ids) {
      table.Row({StrCat(id), Json(Shown(tokenizer, id)).Dump()});
    }
    Print(table.Text());
    PrintLine(StrCat(ids.size(), " tokens"));
  }
  return Status();
}

Status Tokenize(const Flags& flags) {
  INGOT_ASSIGN(const auto file, OpenModel(flags.shared.model));
  INGOT_ASSIGN(const auto tokenizer, model::Tokenizer::Load(*file, flags.shared.pre));
  return flags.decode.empty() ? Encode(*tokenizer, flags) : Decode(*tokenizer, flags);
}

}  // namespace

Action CmdTokenize(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddModelArgument(app, flags->shared);
  AddPromptFlags(app, flags->prompt);
  app.add_option("--decode", flags->decode, "Turn these ids into text instead: 1,2,3")
      ->type_name("IDS");
  app.add_flag("--no-bos", flags->no_bos, "Only the text: without the tokens that a file asks for");
  app.add_flag("--special", flags->special,
               "Read control tokens out of the text; with --decode, write them");
  app.add_flag("--ids", flags->ids, "Print the ids on one line, as --decode takes them");
  AddPreFlag(app, flags->shared);
  AddOutputFlags(app, flags->shared);
  AddExample(
      app,
      "ingot tokenize model.gguf -p 'Once upon a time'\n  ingot tokenize model.gguf --decode "
      "403,407,261");
  return [flags] { return Tokenize(*flags); };
}

}  // namespace ingot::cli
