// Writes the table of Unicode classes that ingot/model/unicode.cc includes: two stages, blocks of
// 256 code points, equal blocks stored once. Runs while building, so that only the table, and no
// Unicode library, is in what users run.
//
//   make_unicode_tables OUT.inc
#include <unicode/uchar.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int kCodePoints = 0x110000;
constexpr int kBlock = 256;

// The general category in the lower five bits, white space and line ends above.
uint8_t ClassOf(UChar32 code_point) {
  int value = u_charType(code_point);
  if (u_hasBinaryProperty(code_point, UCHAR_WHITE_SPACE)) value |= 0x20;
  if (code_point == '\r' || code_point == '\n') value |= 0x40;
  return static_cast<uint8_t>(value);
}

void PrintArray(std::FILE* out, const char* type, const char* name,
                const std::vector<uint8_t>& values) {
  std::fprintf(out, "constexpr %s %s[] = {", type, name);
  for (size_t i = 0; i < values.size(); ++i) {
    std::fprintf(out, "%s%u,", i % 32 == 0 ? "\n" : "", static_cast<unsigned>(values[i]));
  }
  std::fprintf(out, "};\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_unicode_tables OUT.inc\n");
    return 2;
  }
  std::map<std::string, size_t> seen;
  std::vector<uint8_t> index, blocks;
  for (UChar32 start = 0; start < kCodePoints; start += kBlock) {
    std::string block(kBlock, '\0');
    for (int i = 0; i < kBlock; ++i) block[i] = static_cast<char>(ClassOf(start + i));
    auto [place, is_new] = seen.emplace(block, seen.size());
    if (is_new) blocks.insert(blocks.end(), block.begin(), block.end());
    index.push_back(static_cast<uint8_t>(place->second));
  }
  if (seen.size() > 256) {
    std::fprintf(stderr, "make_unicode_tables: blocks (%zu) are more than (256)\n", seen.size());
    return 1;
  }
  std::FILE* out = std::fopen(argv[1], "w");
  if (out == nullptr) {
    std::perror(argv[1]);
    return 4;
  }
  PrintArray(out, "uint8_t", "kBlockOfPage", index);
  PrintArray(out, "uint8_t", "kClasses", blocks);
  return std::fclose(out) == 0 ? 0 : 4;
}
