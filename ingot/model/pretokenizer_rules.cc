// The pre-tokenizers that exist, as rows. Each follows the published definition of its family; what
// looks odd in a row is odd there, and models were trained on it.
#include <algorithm>
#include <iterator>

#include "ingot/model/pretokenizer.h"

namespace ingot::model {
namespace {

using Rules = std::span<const Rule>;
using Names = std::span<const std::string_view>;

constexpr CharSet None() { return {}; }
constexpr CharSet Of(UnicodeClasses classes, std::span<const CodeRange> ranges = {}) {
  return {.classes = classes, .ranges = ranges, .negated = false};
}
constexpr CharSet Not(UnicodeClasses classes, std::span<const CodeRange> ranges = {}) {
  return {.classes = classes, .ranges = ranges, .negated = true};
}

constexpr CodeRange kSpaceRange[] = {{' ', ' '}};
constexpr CodeRange kSlashRange[] = {{'/', '/'}};
constexpr CodeRange kLineFeedRange[] = {{'\n', '\n'}};
constexpr CodeRange kAsciiDigits[] = {{'0', '9'}};
constexpr CodeRange kAsciiLetters[] = {{'A', 'Z'}, {'a', 'z'}};
constexpr CodeRange kAsciiPunctuation[] = {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}};
// The ASCII symbols that count as punctuation; with and without the grave accent.
constexpr CodeRange kSymbols[] = {{'$', '$'}, {'+', '+'}, {'<', '>'},
                                  {'^', '^'}, {'|', '|'}, {'~', '~'}};
constexpr CodeRange kSymbolsAndGrave[] = {{'$', '$'}, {'+', '+'}, {'<', '>'}, {'^', '^'},
                                          {'`', '`'}, {'|', '|'}, {'~', '~'}};
constexpr CodeRange kSentenceEnds[] = {{'!', '!'},       {'(', ')'},       {',', ','},
                                       {'.', '.'},       {'?', '?'},       {'|', '|'},
                                       {0x60C, 0x60C},   {0x6D4, 0x6D4},   {0x964, 0x964},
                                       {0x2026, 0x2026}, {0x3001, 0x3002}, {0xFF0C, 0xFF0C}};
constexpr CodeRange kHanAndKana[] = {{0x3040, 0x30FF}, {0x4E00, 0x9FA5}};
constexpr CodeRange kEastAsian[] = {{0x800, 0x9FA5}, {0xAC00, 0xD7FF}};
// Letters that have case, as DeepSeek LLM lists them, and its punctuation: from the colon on that
// takes the ASCII and full-width letters in.
constexpr CodeRange kCasedLetters[] = {
    {0x41, 0x5A},       {0x61, 0x7A},       {0xB5, 0xB5},       {0xC0, 0xD6},
    {0xD8, 0xF6},       {0xF8, 0x1BA},      {0x1BC, 0x1BF},     {0x1C4, 0x293},
    {0x295, 0x2AF},     {0x370, 0x373},     {0x376, 0x377},     {0x37B, 0x37D},
    {0x37F, 0x37F},     {0x386, 0x386},     {0x388, 0x38A},     {0x38C, 0x38C},
    {0x38E, 0x3A1},     {0x3A3, 0x3F5},     {0x3F7, 0x481},     {0x48A, 0x52F},
    {0x531, 0x556},     {0x10A0, 0x10C5},   {0x13A0, 0x13F5},   {0x13F8, 0x13FD},
    {0x1C90, 0x1CBA},   {0x1CBD, 0x1CBF},   {0x1D00, 0x1D2B},   {0x1D6B, 0x1D77},
    {0x1D79, 0x1D9A},   {0x1E00, 0x1F15},   {0x1F18, 0x1F1D},   {0x1F20, 0x1F45},
    {0x1F48, 0x1F4D},   {0x1F50, 0x1F57},   {0x1F59, 0x1F59},   {0x1F5B, 0x1F5B},
    {0x1F5D, 0x1F5D},   {0x1F5F, 0x1F7D},   {0x1F80, 0x1FB4},   {0x1FB6, 0x1FBC},
    {0x1FBE, 0x1FBE},   {0x1FC2, 0x1FC4},   {0x1FC6, 0x1FCC},   {0x1FD0, 0x1FD3},
    {0x1FD6, 0x1FDB},   {0x1FE0, 0x1FEC},   {0x1FF2, 0x1FF4},   {0x1FF6, 0x1FFC},
    {0x2102, 0x2102},   {0x2107, 0x2107},   {0x210A, 0x2113},   {0x2115, 0x2115},
    {0x2119, 0x211D},   {0x2124, 0x2124},   {0x2126, 0x2126},   {0x2128, 0x2128},
    {0x212A, 0x212D},   {0x212F, 0x2134},   {0x2139, 0x2139},   {0x213C, 0x213F},
    {0x2145, 0x2149},   {0x214E, 0x214E},   {0x2183, 0x2184},   {0x2C00, 0x2C7B},
    {0x2C7E, 0x2CE4},   {0x2CEB, 0x2CEE},   {0x2CF2, 0x2CF3},   {0xA640, 0xA66D},
    {0xA680, 0xA69B},   {0xA722, 0xA76F},   {0xA771, 0xA787},   {0xA78B, 0xA78E},
    {0xAB70, 0xABBF},   {0xFB00, 0xFB06},   {0xFB13, 0xFB17},   {0xFF21, 0xFF3A},
    {0xFF41, 0xFF5A},   {0x10400, 0x1044F}, {0x104B0, 0x104D3}, {0x104D8, 0x104FB},
    {0x10C80, 0x10CB2}, {0x10CC0, 0x10CF2}, {0x118A0, 0x118DF}, {0x1E900, 0x1E943}};
constexpr CodeRange kWidePunctuation[] = {{'!', '/'},       {':', '~'},       {0x2018, 0x201F},
                                          {0x3000, 0x3002}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF5E}};

constexpr CharSet kSpace = Of(0, kSpaceRange);
constexpr CharSet kLetters = Of(kLetter);
constexpr CharSet kLettersAndMarks = Of(kLetter | kMark);
constexpr CharSet kNumbers = Of(kNumber);
constexpr CharSet kLineEnds = Of(kLineEnd);
constexpr CharSet kLineEndsAndSlash = Of(kLineEnd, kSlashRange);
constexpr CharSet kWordLead = Not(kLineEnd | kLetter | kNumber);
constexpr CharSet kOther = Not(kWhiteSpace | kLetter | kNumber);

constexpr Rule Run(CharSet body, uint32_t min = 1, uint32_t max = kNoLimit) {
  return {
      .kind = RuleKind::kRun, .lead = None(), .body = body, .tail = None(), .min = min, .max = max};
}
constexpr Rule LedRun(CharSet lead, CharSet body, CharSet tail = None(), bool needs_lead = false) {
  return {
      .kind = RuleKind::kRun, .lead = lead, .body = body, .tail = tail, .needs_lead = needs_lead};
}
constexpr Rule Cased(bool contraction) {
  return {.kind = RuleKind::kCased,
          .lead = kWordLead,
          .body = Of(kUpper | kTitle | kModifier | kOtherLetter | kMark),
          .tail = Of(kLower | kModifier | kOtherLetter | kMark),
          .contraction = contraction,
          .any_case = true};
}
constexpr Rule Simple(RuleKind kind, bool any_case = false) {
  return {.kind = kind, .lead = None(), .body = None(), .tail = None(), .any_case = any_case};
}

constexpr Rule kSmallContraction = Simple(RuleKind::kContraction);
constexpr Rule kAnyContraction = Simple(RuleKind::kContraction, true);
constexpr Rule kLines = Simple(RuleKind::kLines);
constexpr Rule kGap = Simple(RuleKind::kGap);
constexpr Rule kRest = Run(Of(kWhiteSpace));
constexpr Rule kOneNumber = Run(kNumbers, 1, 1);
constexpr Rule kThreeNumbers = Run(kNumbers, 1, 3);
constexpr Rule kWord = LedRun(kWordLead, kLetters);
constexpr Rule kOthers = LedRun(kSpace, kOther, kLineEnds);
constexpr Rule kOthersAndSlash = LedRun(kSpace, kOther, kLineEndsAndSlash);

constexpr Rule kGpt2Rules[] = {kSmallContraction,
                               LedRun(kSpace, kLetters),
                               LedRun(kSpace, kNumbers),
                               LedRun(kSpace, kOther),
                               kGap,
                               kRest};
constexpr Rule kLlamaRules[] = {kAnyContraction, kWord, kThreeNumbers, kOthers,
                                kLines,          kGap,  kRest};
constexpr Rule kQwenRules[] = {kAnyContraction, kWord, kOneNumber, kOthers, kLines, kGap, kRest};
constexpr Rule kQwen35Rules[] = {
    kAnyContraction,
    LedRun(kWordLead, kLettersAndMarks),
    kOneNumber,
    LedRun(kSpace, Not(kWhiteSpace | kLetter | kMark | kNumber), kLineEnds),
    kLines,
    kGap,
    kRest};
constexpr Rule kPlainQwenRules[] = {kWord, kOneNumber, kOthers, kLines, kGap, kRest};
constexpr Rule kSeedRules[] = {kAnyContraction,
                               kWord,
                               kOneNumber,
                               LedRun(kSpace, Not(kWhiteSpace | kLetter | kNumber | kLineEnd)),
                               kLines,
                               kGap,
                               kRest};
constexpr Rule kGpt4oRules[] = {Cased(true), kThreeNumbers, kOthersAndSlash, kLines, kGap, kRest};
constexpr Rule kTekkenRules[] = {Cased(false), kOneNumber, kOthersAndSlash, kLines, kGap, kRest};
constexpr Rule kDeepSeekV3Rules[] = {
    LedRun(Of(0, kAsciiPunctuation), Of(0, kAsciiLetters), None(), true),
    LedRun(Not(kLineEnd | kLetter | kPunctuation | kSymbol), kLettersAndMarks),
    LedRun(kSpace, Of(kPunctuation | kSymbol), kLineEnds),
    kLines,
    kGap,
    kRest};
constexpr Rule kOneNumberRules[] = {kOneNumber};
constexpr Rule kThreeNumberRules[] = {kThreeNumbers};
constexpr Rule kNumberRules[] = {Run(kNumbers)};
constexpr Rule kThreeDigitRules[] = {Run(Of(0, kAsciiDigits), 3, 3)};
constexpr Rule kLineEndRules[] = {Run(kLineEnds, 1, 1)};
constexpr Rule kLineFeedRules[] = {Run(Not(0, kLineFeedRange)), Run(Of(0, kLineFeedRange))};
constexpr Rule kHanAndKanaRules[] = {Run(Of(0, kHanAndKana))};
constexpr Rule kEastAsianRules[] = {Run(Of(0, kEastAsian))};
constexpr Rule kTrailingRules[] = {Simple(RuleKind::kTrailing)};
constexpr Rule kCasedLetterRules[] = {LedRun(Of(kWhiteSpace), Of(0, kCasedLetters))};
constexpr Rule kWidePunctuationRules[] = {LedRun(Of(kWhiteSpace), Of(0, kWidePunctuation))};
constexpr Rule kSpacedLetterRules[] = {LedRun(Of(kWhiteSpace), kLetters)};
constexpr Rule kSpacedPunctuationRules[] = {LedRun(Of(kWhiteSpace), Of(kPunctuation))};
constexpr Rule kFalconPunctuationRules[] = {Run(Of(kPunctuation, kSymbolsAndGrave))};
constexpr Rule kDefaultPunctuationRules[] = {Run(Of(kPunctuation, kSymbols))};
constexpr Rule kSentenceRules[] = {LedRun(kSpace, Not(kWhiteSpace, kSentenceEnds))};

constexpr Rules kGpt2[] = {kGpt2Rules};
constexpr Rules kLlama[] = {kLlamaRules};
constexpr Rules kQwen[] = {kQwenRules};
constexpr Rules kQwen35[] = {kQwen35Rules};
constexpr Rules kPlainQwen[] = {kPlainQwenRules};
constexpr Rules kSeed[] = {kSeedRules};
constexpr Rules kGpt4o[] = {kGpt4oRules};
constexpr Rules kTekken[] = {kTekkenRules};
constexpr Rules kStarCoder[] = {kOneNumberRules, kGpt2Rules};
constexpr Rules kFalcon[] = {kFalconPunctuationRules, kGpt2Rules, kThreeDigitRules};
constexpr Rules kDefault[] = {kDefaultPunctuationRules, kGpt2Rules, kNumberRules, kThreeDigitRules};
constexpr Rules kDeepSeekLlm[] = {kLineEndRules,  kCasedLetterRules, kWidePunctuationRules,
                                  kTrailingRules, kEastAsianRules,   kNumberRules};
constexpr Rules kDeepSeekCoder[] = {kLineEndRules, kSpacedLetterRules, kSpacedPunctuationRules,
                                    kEastAsianRules, kOneNumberRules};
constexpr Rules kDeepSeekV3[] = {kThreeNumberRules, kHanAndKanaRules, kDeepSeekV3Rules};
constexpr Rules kBloom[] = {kSentenceRules};
constexpr Rules kViking[] = {kSentenceRules, kOneNumberRules};
constexpr Rules kLine[] = {kLineFeedRules};

constexpr std::string_view kGpt2Names[] = {
    "gpt-2",    "phi-2",   "jina-es",  "jina-de",        "jina-v2-es", "jina-v2-de",
    "gigachat", "a.x-4.0", "mellum",   "modern-bert",    "mpt",        "olmo",
    "jais",     "exaone4", "trillion", "granite-docling"};
constexpr std::string_view kLlamaNames[] = {"llama-bpe", "llama3",    "llama-v3",
                                            "falcon3",   "falcon-h1", "pixtral",
                                            "midm-2.0",  "lfm2",      "jina-v5-nano"};
constexpr std::string_view kLikeLlamaNames[] = {"dbrx", "smaug-bpe", "chatglm-bpe", "glm4"};
constexpr std::string_view kQwenNames[] = {
    "qwen2",   "deepseek-r1-qwen", "kormo",  "f2llmv2",    "megrez",      "stablelm2",
    "hunyuan", "solar-open",       "grok-2", "bailingmoe", "bailingmoe2", "llada-moe"};
constexpr std::string_view kQwen35Names[] = {"qwen35"};
constexpr std::string_view kPlainQwenNames[] = {"ufakzeka"};
constexpr std::string_view kSeedNames[] = {"seed-coder"};
constexpr std::string_view kGpt4oNames[] = {"gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"};
constexpr std::string_view kTekkenNames[] = {"tekken"};
constexpr std::string_view kStarCoderNames[] = {"starcoder", "refact", "command-r",  "smollm",
                                                "codeshell", "exaone", "minerva-7b", "mellum2"};
constexpr std::string_view kFalconNames[] = {"falcon"};
constexpr std::string_view kDefaultNames[] = {"default"};
constexpr std::string_view kDeepSeekLlmNames[] = {"deepseek-llm"};
constexpr std::string_view kDeepSeekCoderNames[] = {"deepseek-coder"};
constexpr std::string_view kDeepSeekV3Names[] = {"deepseek-v3", "hunyuan-dense", "joyai-llm",
                                                 "hy_v4"};
constexpr std::string_view kBloomNames[] = {"bloom", "poro-chat", "gpt3-finnish"};
constexpr std::string_view kVikingNames[] = {"viking"};

constexpr Pretokenizer kPretokenizers[] = {
    {kGpt2Names, kGpt2},
    {kLlamaNames, kLlama, true, true},
    {kLikeLlamaNames, kLlama},
    {kQwenNames, kQwen},
    {kQwen35Names, kQwen35},
    {kPlainQwenNames, kPlainQwen},
    {kSeedNames, kSeed},
    {kGpt4oNames, kGpt4o},
    {kTekkenNames, kTekken, true, true},
    {kStarCoderNames, kStarCoder},
    {kFalconNames, kFalcon},
    {kDefaultNames, kDefault},
    {kDeepSeekLlmNames, kDeepSeekLlm},
    {kDeepSeekCoderNames, kDeepSeekCoder},
    {kDeepSeekV3Names, kDeepSeekV3},
    {kBloomNames, kBloom},
    {kVikingNames, kViking},
};
constexpr Pretokenizer kLinePretokenizer = {Names(), kLine};

}  // namespace

const Pretokenizer* FindPretokenizer(std::string_view name) {
  for (const Pretokenizer& row : kPretokenizers) {
    if (std::find(row.names.begin(), row.names.end(), name) != row.names.end()) return &row;
  }
  return nullptr;
}

std::vector<std::string> PretokenizerNames() {
  std::vector<std::string> names;
  for (const Pretokenizer& row : kPretokenizers) {
    names.insert(names.end(), row.names.begin(), row.names.end());
  }
  return names;
}

const Pretokenizer& LinePretokenizer() { return kLinePretokenizer; }

}  // namespace ingot::model
