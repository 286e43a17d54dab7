// The command line: parses, runs one command, and turns its Status into the exit code.
#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/output.h"

namespace ingot::cli {
namespace {

// What no flag and no argument of `app` took, as an error with the nearest legal name.
Status CheckExtras(const CLI::App& app, std::string_view what, std::vector<std::string> names) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return Status();
  if (!extras[0].starts_with("-")) {
    return Status(Code::kInvalidArgument,
                  StrCat("unknown ", what, " (", extras[0], ")", NearestHint(extras[0], names)));
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string flag = extras[0].substr(0, extras[0].find('='));
  return Status(Code::kInvalidArgument,
                StrCat("unknown flag (", flag, ")", NearestHint(flag, names)));
}

// The library's sentence in our manner: lower case, no full stop.
std::string InOurManner(std::string text) {
  if (text.size() > 1 && !std::isupper(static_cast<unsigned char>(text[1]))) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  while (text.ends_with(".") || text.ends_with("\n")) text.pop_back();
  return text;
}

// The command that was called: the innermost word.
const CLI::App* Used(const CLI::App& app) {
  const CLI::App* used = &app;
  while (!used->get_subcommands().empty()) used = used->get_subcommands()[0];
  return used;
}

// `bench kernels`; empty for the program itself.
std::string NameOf(const CLI::App* app) {
  if (app->get_parent() == nullptr) return "";
  const std::string above = NameOf(app->get_parent());
  return above.empty() ? app->get_name() : StrCat(above, " ", app->get_name());
}

int Fail(const Status& status, std::string_view command, bool usage) {
  const std::string name = command.empty() ? "ingot" : StrCat("ingot ", command);
  Note(StrCat(name, ": ", status.message()));
  if (usage) Note(StrCat("`", name, " --help` shows what is legal"));
  return ExitCode(status);
}

int Main(int argc, char** argv) {
  CLI::App app("Ingot runs language models from GGUF files.", "ingot");
  app.set_version_flag("--version", "ingot " INGOT_VERSION);
  app.footer(
      "Example:\n  ingot run -p 'Once upon a time'\n\nMODEL is a GGUF file, a name in the cache of "
      "models, or nothing for the bundled one.\nExit codes: 0 done, 1 judged and refused, 2 wrong "
      "usage or input, 3 something needed is absent,\n4 lost on the way.");
  app.require_subcommand(0, 1);
  app.allow_extras();
  std::vector<std::string> names;
  std::vector<CLI::App*> apps;  // of the commands, in their order, as the actions
  std::vector<Action> actions;
  for (const Command& command : Commands()) {
    const size_t space = command.name.find(' ');
    const bool nested = space != std::string_view::npos;
    CLI::App* parent =
        nested ? app.get_subcommand(std::string(command.name.substr(0, space))) : &app;
    CLI::App* sub =
        parent->add_subcommand(std::string(nested ? command.name.substr(space + 1) : command.name),
                               std::string(command.summary));
    sub->allow_extras();
    sub->option_defaults()->always_capture_default();  // help shows them
    actions.push_back(command.add(*sub));
    apps.push_back(sub);
    if (!nested) names.emplace_back(command.name);
    for (CLI::Option* option : sub->get_options()) {
      if (option->get_default_str() == "[]") option->default_str("");  // an empty list
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    std::ostringstream text;
    app.exit(help, text, text);
    Print(text.str());
    return ExitCode(FlushOutput());
  } catch (const CLI::ParseError& error) {
    return Fail(Status(Code::kInvalidArgument, InOurManner(error.what())), NameOf(Used(app)), true);
  }
  const CLI::App* used = Used(app);
  if (used == &app) {
    const Status extras = CheckExtras(app, "command", names);
    if (!extras.ok()) return Fail(extras, "", true);
    Note(app.help());
    return ExitCode(Status(Code::kInvalidArgument, "no command"));
  }
  if (const Status extras = CheckExtras(*used, "argument", {}); !extras.ok()) {
    return Fail(extras, NameOf(used), true);
  }
  const auto chosen = static_cast<size_t>(std::ranges::find(apps, used) - apps.begin());
  Status status = actions[chosen]();
  const Status written = FlushOutput();  // what a failed command printed counts too
  if (status.ok()) status = written;
  return status.ok() ? 0 : Fail(status, NameOf(used), false);
}

}  // namespace
}  // namespace ingot::cli

int main(int argc, char** argv) { return ingot::cli::Main(argc, argv); }
