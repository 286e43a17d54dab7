#include "ingot/model/special_tokens.h"

#include <algorithm>
#include <cstddef>

#include "ingot/base/text.h"

namespace ingot::model {

Result<SpecialTokens> SpecialTokens::Make(const Vocabulary& vocabulary) {
  std::vector<int32_t> ids;
  for (size_t i = 0; i < vocabulary.size(); ++i) {
    auto id = static_cast<int32_t>(i);
    bool special = vocabulary.IsControl(id) || vocabulary.Type(id) == TokenType::kUserDefined;
    if (!special || vocabulary.Text(id).empty()) continue;
    if (vocabulary.Text(id).size() > kMaxBytes) {
      return Status(Code::kInvalidArgument,
                    StrCat("special token (", id, "): bytes (", vocabulary.Text(id).size(),
                           ") are more than (", kMaxBytes, ")"));
    }
    ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
    int order = vocabulary.Text(a).compare(vocabulary.Text(b));
    return order != 0 ? order < 0 : a < b;
  });
  SpecialTokens special;
  for (int32_t id : ids) {
    special.all_.Add(vocabulary.Text(id), id);
    if (!vocabulary.IsControl(id)) special.user_.Add(vocabulary.Text(id), id);
  }
  return special;
}

void SpecialTokens::List::Add(std::string_view text, int32_t id) {
  if (!texts.empty() && texts.back() == text) return;  // of equal texts the lowest id counts
  begins.resize(256);
  begins[static_cast<uint8_t>(text[0])] = true;
  texts.emplace_back(text);
  ids.push_back(id);
}

int32_t SpecialTokens::List::Longest(std::string_view text, size_t below) const {
  size_t low = 0, high = texts.size();
  int32_t best = -1;
  for (size_t depth = 0; low < high; ++depth) {
    // All entries of [low, high) begin with text[0, depth); the one that is no longer comes first.
    if (texts[low].size() == depth) {
      if (depth > 0 && depth < below) best = static_cast<int32_t>(low);
      ++low;
    }
    if (depth == text.size() || depth >= below) break;
    auto next = static_cast<uint8_t>(text[depth]);
    auto byte_less = [depth](const std::string& entry, uint8_t byte) {
      return static_cast<uint8_t>(entry[depth]) < byte;
    };
    auto less_byte = [depth](uint8_t byte, const std::string& entry) {
      return byte < static_cast<uint8_t>(entry[depth]);
    };
    auto begin = texts.begin();
    auto first = std::lower_bound(begin + static_cast<ptrdiff_t>(low),
                                  begin + static_cast<ptrdiff_t>(high), next, byte_less);
    auto last = std::upper_bound(first, begin + static_cast<ptrdiff_t>(high), next, less_byte);
    low = static_cast<size_t>(first - begin);
    high = static_cast<size_t>(last - begin);
  }
  return best;
}

std::vector<SpecialTokens::Part> SpecialTokens::Cut(std::string_view text,
                                                    std::span<const Range> control) const {
  struct Place {
    size_t at;
    const List* list;
    int32_t entry;
    size_t size() const { return list->texts[static_cast<size_t>(entry)].size(); }
  };
  // By length, the longest entry that stands at each place. One that cannot have its place moves
  // down to the next shorter entry there.
  std::vector<std::vector<Place>> by_length(kMaxBytes + 1);
  auto offer = [&](size_t at, size_t below) {
    Place best{at, &user_, user_.Longest(text.substr(at, kMaxBytes), below)};
    auto range = std::upper_bound(control.begin(), control.end(), at,
                                  [](size_t value, const Range& item) { return value < item.end; });
    if (range != control.end() && range->begin <= at) {
      size_t room = std::min(range->end - at, kMaxBytes);
      Place other{at, &all_, all_.Longest(text.substr(at, room), below)};
      if (best.entry < 0 || (other.entry >= 0 && other.size() > best.size())) best = other;
    }
    if (best.entry >= 0) by_length[best.size()].push_back(best);
  };
  bool any = false;
  for (size_t at = 0; !all_.texts.empty() && at < text.size(); ++at) {
    if (!all_.begins[static_cast<uint8_t>(text[at])]) continue;
    offer(at, kMaxBytes + 1);
    any = true;
  }
  std::vector<Place> chosen;
  std::vector<bool> taken(any ? text.size() : 0);
  for (size_t length = by_length.size() - 1; length > 0 && any; --length) {
    std::vector<Place>& places = by_length[length];
    std::sort(places.begin(), places.end(), [](Place a, Place b) { return a.at < b.at; });
    for (Place place : places) {
      if (taken[place.at]) continue;
      // What is taken is at least as long, so it cannot lie between the first and the last byte.
      if (taken[place.at + length - 1]) {
        offer(place.at, length);
        continue;
      }
      std::fill_n(taken.begin() + static_cast<ptrdiff_t>(place.at), length, true);
      chosen.push_back(place);
    }
    places = {};
  }
  std::sort(chosen.begin(), chosen.end(), [](Place a, Place b) { return a.at < b.at; });
  std::vector<Part> parts;
  size_t done = 0;
  for (Place place : chosen) {
    if (place.at > done) parts.push_back({text.substr(done, place.at - done)});
    parts.push_back(
        {text.substr(place.at, place.size()), place.list->ids[static_cast<size_t>(place.entry)]});
    done = place.at + place.size();
  }
  if (done < text.size()) parts.push_back({text.substr(done)});
  return parts;
}

}  // namespace ingot::model
