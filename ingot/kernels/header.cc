#include "ingot/kernels/header.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

using wgsl::Place;

// Of a slot; each has decoders of its own.
constexpr uint64_t kMaxHeads = 8;

Status Wrong(std::string_view what) { return Status(Code::kInvalidArgument, std::string(what)); }

bool IsName(std::string_view text) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Result<std::string> ReadName(std::string_view text) {
  const std::string_view name = Trim(text);
  if (!IsName(name)) return Wrong(StrCat("(", name, ") is not a name"));
  return std::string(name);
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : Split(text, ' ')) {
    if (!Trim(word).empty()) words.push_back(Trim(word));
  }
  return words;
}

// `LEFT = RIGHT`, both without blanks around them.
Result<std::pair<std::string, std::string_view>> ReadAssignment(std::string_view text) {
  const size_t at = text.find('=');
  if (at == std::string_view::npos) return Wrong(StrCat("(", Trim(text), ") has no '='"));
  INGOT_ASSIGN(std::string name, ReadName(text.substr(0, at)));
  return std::pair(std::move(name), Trim(text.substr(at + 1)));
}

Result<double> ReadValue(std::string_view text) {
  text = Trim(text);
  if (text == "true") return 1.0;
  if (text == "false") return 0.0;
  const std::optional<double> value = ParseDouble(text);
  if (!value || !std::isfinite(*value)) return Wrong(StrCat("(", text, ") is not a number"));
  return *value;
}

// The text between the braces that end `text`; what stands before them stays in `text`.
Result<std::string_view> TakeBraces(std::string_view& text) {
  const size_t open = text.find('{');
  if (open == std::string_view::npos || text.back() != '}') {
    return Wrong(StrCat("(", text, ") does not end in braces"));
  }
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  text = Trim(text.substr(0, open));
  return inside;
}

// `A = 1, B = true`.
Result<OverrideValues> ReadSettings(std::string_view text) {
  OverrideValues settings;
  if (Trim(text).empty()) return settings;
  for (const std::string_view part : Split(text, ',')) {
    INGOT_ASSIGN(auto assignment, ReadAssignment(part));
    INGOT_ASSIGN(const double value, ReadValue(assignment.second));
    if (!settings.emplace(assignment.first, value).second) {
      return Wrong(StrCat("(", assignment.first, ") is set twice"));
    }
  }
  return settings;
}

Result<Access> ReadAccess(std::string_view text) {
  if (text == "r") return Access::kRead;
  if (text == "rw") return Access::kReadWrite;
  return Wrong(StrCat("access (", text, ") is neither r nor rw"));
}

// Cuts ` WORD REST` off the end of `text`.
std::optional<std::string_view> TakeTail(std::string_view word, std::string_view& text) {
  const std::string separator = StrCat(" ", word, " ");
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view tail = text.substr(at + separator.size());
  text = Trim(text.substr(0, at));
  return tail;
}

Result<BindLine> ReadBind(std::string_view text) {
  BindLine line;
  if (const auto condition = TakeTail("if", text)) {
    INGOT_ASSIGN(line.condition, ParseHeaderExpr(*condition));
  }
  const std::vector<std::string_view> words = Words(text);
  if (words.size() < 2) return Wrong(StrCat("binding (", text, ") lacks a name or its access"));
  INGOT_ASSIGN(line.name, ReadName(words.front()));
  INGOT_ASSIGN(line.access, ReadAccess(words.back()));
  line.type = Join(std::span(words).subspan(1, words.size() - 2), " ");
  return line;
}

Status ReadRangeValues(std::string_view text, RangeLine& line) {
  if (text.starts_with('{')) {
    INGOT_ASSIGN(const std::string_view inside, TakeBraces(text));
    for (const std::string_view value : Split(inside, ',')) {
      INGOT_ASSIGN(const double number, ReadValue(value));
      if (!line.allowed.empty() && number <= line.allowed.back()) {
        return Wrong(
            StrCat("range: (", number, ") follows (", line.allowed.back(), "), but values ascend"));
      }
      line.allowed.push_back(number);
    }
    return line.allowed.empty() ? Wrong("range: the list of values is empty") : Status();
  }
  if (const auto step = TakeTail("step", text)) {
    INGOT_ASSIGN(line.step, ReadValue(*step));
    if (line.step <= 0) return Wrong(StrCat("range: step (", line.step, ") is not positive"));
  }
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    return Wrong(StrCat("range: (", text, ") is neither LOW..HIGH nor a list in braces"));
  }
  INGOT_ASSIGN(line.lo, ReadValue(text.substr(0, dots)));
  INGOT_ASSIGN(line.hi, ReadValue(text.substr(dots + 2)));
  if (line.lo > line.hi) {
    return Wrong(StrCat("range: (", line.lo, ") is more than (", line.hi, ")"));
  }
  return {};
}

// `VALUES[, power of two,] CLASS[, where CONDITION]`.
Result<RangeLine> ReadRange(std::string_view text) {
  INGOT_ASSIGN(auto assignment, ReadAssignment(text));
  RangeLine line{.name = std::move(assignment.first)};
  std::string_view rest = assignment.second;
  if (const auto where = TakeTail("where", rest)) {
    INGOT_ASSIGN(line.where, ParseHeaderExpr(*where));
    if (rest.ends_with(',')) rest.remove_suffix(1);
  }
  const size_t blank = rest.rfind(' ');
  const std::string_view clazz = rest.substr(blank == std::string_view::npos ? 0 : blank + 1);
  if (clazz == "bound") {
    line.clazz = OverrideClass::kBound;
  } else if (clazz == "flag") {
    line.clazz = OverrideClass::kFlag;
  } else if (clazz != "tune") {
    return Wrong(StrCat("range: class (", clazz, ") is none of bound, flag, tune"));
  }
  rest = Trim(rest.substr(0, blank == std::string_view::npos ? 0 : blank));
  constexpr std::string_view kPowers = ", power of two,";
  if (rest.ends_with(kPowers)) {
    line.power_of_two = true;
    rest.remove_suffix(kPowers.size());
  }
  INGOT_TRY(ReadRangeValues(Trim(rest), line));
  return line;
}

Result<wgsl::Expr> ReadType(std::string_view text) {
  Result<wgsl::Module> module = wgsl::Parse(StrCat("alias t = ", text, ";"), "type");
  const wgsl::Alias* alias =
      module.ok() && module->declarations.size() == 1 && module->directives.empty()
          ? std::get_if<wgsl::Alias>(&module->declarations[0])
          : nullptr;
  if (alias == nullptr) return Wrong(StrCat("(", text, ") is not a type"));
  return alias->type;
}

Result<AliasLine> ReadAlias(std::string_view text) {
  INGOT_ASSIGN(auto assignment, ReadAssignment(text));
  AliasLine line{.name = std::move(assignment.first)};
  std::string_view type = assignment.second;
  constexpr std::string_view kArray = "array<";
  if (type.starts_with(kArray) && type.ends_with('>')) {
    const std::string_view inside = type.substr(kArray.size(), type.size() - kArray.size() - 1);
    size_t comma = 0;
    for (int depth = 0; comma < inside.size() && (depth > 0 || inside[comma] != ','); ++comma) {
      depth += inside[comma] == '<' ? 1 : inside[comma] == '>' ? -1 : 0;
    }
    if (comma >= inside.size()) return Wrong(StrCat("array (", type, ") has no length"));
    type = Trim(inside.substr(0, comma));
    INGOT_ASSIGN(line.length, ParseHeaderExpr(inside.substr(comma + 1)));
  }
  INGOT_ASSIGN(line.type, ReadType(type));
  return line;
}

// `Row`, `Map*`, `Weights[1..3]`.
Status ReadPort(std::string_view text, SlotLine& line) {
  if (text.ends_with('*')) {
    line.kind = SlotKind::kChain;
    text.remove_suffix(1);
  } else if (const size_t open = text.find('['); open != std::string_view::npos) {
    const std::string_view inside = text.substr(open + 1);
    const size_t dots = inside.find("..");
    const auto least = ParseUint(inside.substr(0, dots));
    const auto most = dots == std::string_view::npos || !inside.ends_with(']')
                          ? std::nullopt
                          : ParseUint(inside.substr(dots + 2, inside.size() - dots - 3));
    if (!least || !most || *least < 1 || *most < *least || *most > kMaxHeads) {
      return Wrong(StrCat("slot: (", text, ") is not PORT[LEAST..MOST] within 1..", kMaxHeads));
    }
    line.kind = SlotKind::kHeads;
    line.least = static_cast<uint32_t>(*least);
    line.most = static_cast<uint32_t>(*most);
    text = text.substr(0, open);
  }
  INGOT_ASSIGN(line.port, ReadName(text));
  return {};
}

Result<SlotLine> ReadSlot(std::string_view text) {
  const size_t at = text.find('=');
  const std::vector<std::string_view> words = Words(text.substr(0, at));
  if (words.size() != 2) return Wrong(StrCat("slot (", text, ") is not NAME PORT [= DEFAULT]"));
  SlotLine line;
  INGOT_ASSIGN(line.name, ReadName(words[0]));
  INGOT_TRY(ReadPort(words[1], line));
  if (at != std::string_view::npos) {
    INGOT_ASSIGN(line.stage, ReadName(text.substr(at + 1)));
  } else if (line.kind != SlotKind::kChain) {
    return Wrong(StrCat("slot: (", line.name, ") has no default, but takes a stage"));
  }
  return line;
}

// `A`, or `A over B over C`.
Result<std::string> ReadStage(std::string_view text) {
  const std::vector<std::string_view> words = Words(text);
  for (size_t i = 0; i < words.size(); ++i) {
    if (i % 2 == 1 ? words[i] != "over" : !IsName(words[i])) {
      return Wrong(StrCat("fill: (", words[i], ") is not ", i % 2 == 1 ? "`over`" : "a name"));
    }
  }
  if (words.size() % 2 == 0) {
    return Wrong(StrCat("fill: (", Trim(text), ") is not STAGE [over STAGE]"));
  }
  return Join(words, " ");
}

Result<FillLine> ReadFill(std::string_view text) {
  INGOT_ASSIGN(auto assignment, ReadAssignment(text));
  FillLine line{.slot = std::move(assignment.first)};
  for (const std::string_view stage : Split(assignment.second, ',')) {
    INGOT_ASSIGN(std::string name, ReadStage(stage));
    line.stages.push_back(std::move(name));
  }
  return line;
}

Status ReadOp(std::string_view text, Place place, Header& header) {
  OpLine line{.place = place};
  if (text.find('{') != std::string_view::npos) {
    INGOT_ASSIGN(const std::string_view inside, TakeBraces(text));
    INGOT_ASSIGN(line.settings, ReadSettings(inside));
  }
  if (const auto name = TakeTail("as", text)) {
    INGOT_ASSIGN(line.name, ReadName(*name));
  }
  INGOT_ASSIGN(line.op, ReadName(text));
  header.ops.push_back(std::move(line));
  return {};
}

Status ReadVariant(std::string_view text, Place place, Header& header) {
  INGOT_ASSIGN(const std::string_view inside, TakeBraces(text));
  VariantLine line{.place = place};
  INGOT_ASSIGN(line.name, ReadName(text));
  INGOT_ASSIGN(line.pins, ReadSettings(inside));
  header.variants.push_back(std::move(line));
  return {};
}

Status ReadAccessLine(std::string_view text, Place place, Header& header) {
  const auto condition = TakeTail("if", text);
  const std::vector<std::string_view> words = Words(text);
  if (!condition || words.size() != 2) {
    return Wrong(StrCat("access (", text, ") is not NAME ACCESS if CONDITION"));
  }
  AccessLine line{.place = place};
  INGOT_ASSIGN(line.name, ReadName(words[0]));
  INGOT_ASSIGN(line.access, ReadAccess(words[1]));
  INGOT_ASSIGN(line.condition, ParseHeaderExpr(*condition));
  header.accesses.push_back(std::move(line));
  return {};
}

// Reads one item and appends it.
template <auto read, auto list>
Status Append(std::string_view text, Place place, Header& header) {
  INGOT_ASSIGN(auto line, read(text));
  line.place = place;
  (header.*list).push_back(std::move(line));
  return {};
}
// The same for items with semicolons between them.
template <auto read, auto list>
Status AppendEach(std::string_view text, Place place, Header& header) {
  for (const std::string_view item : Split(text, ';')) {
    INGOT_TRY((Append<read, list>(Trim(item), place, header)));
  }
  return {};
}
template <auto field>
Status Keep(std::string_view text, Place, Header& header) {
  header.*field = std::string(text);
  return {};
}
template <FileKind kind>
Status Open(std::string_view text, Place, Header& header) {
  header.kind = kind;
  INGOT_ASSIGN(header.subject, ReadName(text));
  return {};
}
Result<SetLine> ReadSet(std::string_view text) {
  INGOT_ASSIGN(auto assignment, ReadAssignment(text));
  SetLine line{.name = std::move(assignment.first)};
  INGOT_ASSIGN(line.value, ParseHeaderExpr(assignment.second));
  return line;
}
Result<RequireLine> ReadRequire(std::string_view text) {
  RequireLine line;
  INGOT_ASSIGN(line.condition, ParseHeaderExpr(text));
  return line;
}
Status ReadGridLine(std::string_view text, Place, Header& header) {
  INGOT_ASSIGN(header.grid, ParseGrid(text));
  return {};
}
Status ReadShared(std::string_view text, Place, Header& header) {
  INGOT_ASSIGN(header.shared, ParseHeaderExpr(text));
  return {};
}
Status ReadPhase(std::string_view text, Place, Header& header) {
  for (const Phase phase : {Phase::kPrefill, Phase::kDecode}) {
    if (text == Name(phase)) header.phase = phase;
  }
  return header.phase ? Status()
                      : Wrong(StrCat("phase (", text, ") is neither prefill nor decode"));
}
Status ReadUses(std::string_view text, Place, Header& header) {
  for (const std::string_view word : Words(text)) {
    INGOT_ASSIGN(std::string name, ReadName(word));
    if (std::ranges::find(header.uses, name) != header.uses.end()) {
      return Wrong(StrCat("fragment (", name, ") is named twice"));
    }
    header.uses.push_back(std::move(name));
  }
  return {};
}

// One row per kind of line: which files have it (K kernel, F fragment, S stage, R recipe), which
// must, whether it may repeat.
struct Row {
  std::string_view kind;
  std::string_view files;
  std::string_view needed;
  bool repeats;
  Status (*read)(std::string_view text, Place place, Header& header);
};
constexpr Row kRows[] = {
    {"fragment", "F", "F", false, Open<FileKind::kFragment>},
    {"stage", "S", "S", false, Open<FileKind::kStage>},
    {"kernel", "R", "R", false, Open<FileKind::kRecipe>},
    {"op", "KR", "K", true, ReadOp},
    {"key", "KR", "", false, Keep<&Header::key>},
    {"formula", "KR", "K", false, Keep<&Header::formula>},
    {"bind", "KS", "", false, AppendEach<ReadBind, &Header::binds>},
    {"grid", "K", "K", false, ReadGridLine},
    {"phase", "KR", "", false, ReadPhase},
    {"set", "KS", "", true, Append<ReadSet, &Header::sets>},
    {"access", "KS", "", true, ReadAccessLine},
    {"range", "KSR", "", true, Append<ReadRange, &Header::ranges>},
    {"alias", "K", "", true, Append<ReadAlias, &Header::aliases>},
    {"use", "KFS", "", false, ReadUses},
    {"shared", "KFS", "", false, ReadShared},
    {"require", "KSR", "", true, Append<ReadRequire, &Header::requirements>},
    {"tolerance", "KR", "K", false, Keep<&Header::tolerance>},
    {"variant", "KR", "KR", true, ReadVariant},
    {"slot", "K", "", true, Append<ReadSlot, &Header::slots>},
    {"means", "S", "S", false, Keep<&Header::means>},
    {"over", "S", "", false, Keep<&Header::over>},
    {"fill", "R", "", true, AppendEach<ReadFill, &Header::fills>},
};

char Letter(FileKind kind) { return "KFSR"[static_cast<size_t>(kind)]; }
bool Has(std::string_view letters, FileKind kind) {
  return letters.find(Letter(kind)) != std::string_view::npos;
}

// Two lines of one name, where the name tells lines apart.
template <typename Lines>
Status RefuseRepeats(std::string_view kind, const Lines& lines, std::string_view file) {
  std::set<std::string_view> seen;
  for (const auto& line : lines) {
    if (seen.insert(line.name).second) continue;
    return HeaderError(file, line.place, StrCat(kind, ": (", line.name, ") is given twice"));
  }
  return {};
}

Status ReadLine(const wgsl::HeaderLine& line, std::set<std::string_view>& seen, Header& header) {
  const std::string_view text = line.text;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Wrong(StrCat("header line (", text, ") is not KIND: TEXT"));
  }
  const std::string_view kind = Trim(text.substr(0, colon));
  const std::string_view rest = Trim(text.substr(colon + 1));
  auto row = std::ranges::find(kRows, kind, &Row::kind);
  if (row == std::end(kRows)) {
    std::vector<std::string> known;
    for (const Row& other : kRows) known.emplace_back(other.kind);
    return Wrong(StrCat("unknown header line (", kind, ")", NearestHint(kind, known)));
  }
  if (rest.empty()) return Wrong(StrCat("header line (", kind, ") says nothing"));
  if (!seen.insert(row->kind).second && !row->repeats) {
    return Wrong(StrCat("header line (", kind, ") is given twice"));
  }
  INGOT_TRY(row->read(rest, line.place, header));
  if (Has(row->files, header.kind)) return {};
  return Wrong(StrCat("a ", Name(header.kind), " has no header line (", kind, ")"));
}

}  // namespace

std::string_view Name(FileKind kind) {
  switch (kind) {
    case FileKind::kKernel:
      return "kernel";
    case FileKind::kFragment:
      return "fragment";
    case FileKind::kStage:
      return "stage";
    case FileKind::kRecipe:
      return "recipe";
  }
  return "?";
}

Status HeaderError(std::string_view file, Place place, std::string_view what) {
  return Status(Code::kInvalidArgument, StrCat(file, ":", place.line, ": ", what));
}

Result<Header> ReadHeader(const std::vector<wgsl::HeaderLine>& lines, std::string_view file) {
  Header header;
  std::set<std::string_view> seen;
  for (const wgsl::HeaderLine& line : lines) {
    if (Status status = ReadLine(line, seen, header); !status.ok()) {
      return HeaderError(file, line.place, status.message());
    }
  }
  for (const Row& row : kRows) {
    if (!Has(row.needed, header.kind) || seen.contains(row.kind)) continue;
    return HeaderError(file, Place{},
                       StrCat("a ", Name(header.kind), " needs a header line (", row.kind, ")"));
  }
  if (header.kind == FileKind::kKernel && header.binds.empty() && header.slots.empty()) {
    return HeaderError(file, Place{}, "a kernel without slots needs a header line (bind)");
  }
  INGOT_TRY(RefuseRepeats("bind", header.binds, file));
  INGOT_TRY(RefuseRepeats("set", header.sets, file));
  INGOT_TRY(RefuseRepeats("access", header.accesses, file));
  INGOT_TRY(RefuseRepeats("range", header.ranges, file));
  INGOT_TRY(RefuseRepeats("alias", header.aliases, file));
  INGOT_TRY(RefuseRepeats("variant", header.variants, file));
  INGOT_TRY(RefuseRepeats("slot", header.slots, file));
  return header;
}

Result<std::vector<FillLine>> ParseFills(std::string_view text) {
  std::vector<FillLine> fills;
  for (const std::string_view item : Split(text, ';')) {
    if (Trim(item).empty()) continue;
    INGOT_ASSIGN(FillLine line, ReadFill(Trim(item)));
    fills.push_back(std::move(line));
  }
  return fills;
}

std::string Print(const std::vector<FillLine>& fills) {
  std::vector<std::string> texts;
  for (const FillLine& line : fills) {
    texts.push_back(StrCat(line.slot, "=", Join(line.stages, ",")));
  }
  return Join(texts, ";");
}

}  // namespace ingot::kernels
