#include "ingot/cli/plot.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/cli/html.h"

namespace ingot::cli {
namespace {

constexpr double kWidth = 900, kHeight = 460;
constexpr double kLeft = 70, kRight = 24, kTop = 20, kBottom = 56;
constexpr double kInset = 22;  // so that marks at an end cover no tick's name
constexpr double kMark = 5;
constexpr double kMostTicks = 10;

// One axis: decades over a stretch of pixels, which may run backwards.
struct Axis {
  int first = 0, last = 1;  // powers of ten
  double from = 0, to = 1;  // pixels

  double At(double value) const {
    const double part = (std::log10(value) - first) / (last - first);
    return from + std::clamp(part, 0.0, 1.0) * (to - from);
  }
};

bool HasPlace(double value) { return std::isfinite(value) && value > 0; }

Axis Over(const std::vector<double>& values, double from, double to) {
  const auto [least, greatest] = std::ranges::minmax(values);
  Axis axis{.from = from, .to = to};
  axis.first = static_cast<int>(std::floor(std::log10(least)));
  axis.last = std::max(axis.first + 1, static_cast<int>(std::ceil(std::log10(greatest))));
  return axis;
}

std::string Grid(const Axis& axis, bool is_x) {
  std::string out;
  const int decades = axis.last - axis.first;
  const int step = static_cast<int>(std::ceil(decades / kMostTicks));
  for (int power = axis.first; power <= axis.last; power += step) {
    for (const int digit : {1, 2, 5}) {
      const double value = digit * std::pow(10.0, power);
      if (digit > 1 && (decades > 3 || power == axis.last)) continue;
      const std::string at = Format("%.1f", axis.At(value));
      const std::string name = Format("%g", value);
      if (is_x) {
        out += StrCat("<path class=\"grid\" d=\"M", at, " ", kTop, "V", kHeight - kBottom,
                      "\"/><text x=\"", at, "\" y=\"", kHeight - kBottom + 18,
                      "\" text-anchor=\"middle\">", name, "</text>\n");
      } else {
        out += StrCat("<path class=\"grid\" d=\"M", kLeft, " ", at, "H", kWidth - kRight,
                      "\"/><text x=\"", kLeft - 8, "\" y=\"", at,
                      "\" dy=\"0.35em\" text-anchor=\"end\">", name, "</text>\n");
      }
    }
  }
  return out;
}

// The outline of a mark around (x, y).
std::string Outline(size_t family, double x, double y) {
  auto at = [&](double dx, double dy) {
    return Format("%.1f %.1f", x + dx * kMark, y + dy * kMark);
  };
  switch (family) {
    case 0:
      return StrCat("M", at(-1, 0), "a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z");
    case 1:
      return StrCat("M", at(-0.9, -0.9), "L", at(0.9, -0.9), "L", at(0.9, 0.9), "L", at(-0.9, 0.9),
                    "z");
    case 2:
      return StrCat("M", at(0, -1.2), "L", at(1.1, 0.9), "L", at(-1.1, 0.9), "z");
    default:
      return StrCat("M", at(0, -1.2), "L", at(1.2, 0), "L", at(0, 1.2), "L", at(-1.2, 0), "z");
  }
}

std::string Mark(size_t family, bool filled, double x, double y) {
  return StrCat("<path class=\"mark family", family, filled ? "" : " hollow", "\" d=\"",
                Outline(family, x, y), "\"/>");
}

std::string Draw(const PlotLine& line, const Axis& x, const Axis& y) {
  std::string path;
  for (const auto& [at_x, at_y] : line.points) {
    path += Format("%s%.1f %.1f", path.empty() ? "M" : "L", x.At(at_x), y.At(at_y));
  }
  const auto& [first_x, first_y] = line.points.front();
  const auto& [last_x, last_y] = line.points.back();
  // A flat line's name stands at its end, another's beside its middle.
  const bool is_flat = first_y == last_y;
  const double name_x = is_flat ? x.At(last_x) : (x.At(first_x) + x.At(last_x)) / 2 - 8;
  const double name_y = is_flat ? y.At(last_y) : (y.At(first_y) + y.At(last_y)) / 2;
  return StrCat("<path class=\"line\" d=\"", path, "\"/><text class=\"name\" x=\"",
                Format("%.1f", name_x), "\" y=\"", Format("%.1f", name_y - 6),
                "\" text-anchor=\"end\">", Escape(line.label), "</text>\n");
}

// Where labels stand, so that none covers another or a mark.
class Labels {
 public:
  void AddMark(double x, double y) { taken_.push_back({x, y, kMark + 1, kMark + 1}); }
  // The label beside a mark at (x, y), above or below it; none where no place is free.
  std::string Place(std::string_view label, double x, double y) {
    const double width = kDigit * static_cast<double>(label.size());
    const double aside = kMark + 3 + width / 2, above = kMark + 2 + kHalfHeight;
    for (const auto& [dx, dy] : {std::pair(aside, 0.0), std::pair(-aside, 0.0),
                                 std::pair(0.0, -above), std::pair(0.0, above)}) {
      const Box box = {x + dx, y + dy, width / 2, kHalfHeight};
      if (std::ranges::any_of(taken_, [&](const Box& other) { return box.Meets(other); })) continue;
      taken_.push_back(box);
      return StrCat("<text class=\"label\" x=\"", Format("%.1f", box.x), "\" y=\"",
                    Format("%.1f", box.y), "\" dy=\"0.35em\" text-anchor=\"middle\">",
                    Escape(label), "</text>\n");
    }
    return {};
  }

 private:
  struct Box {
    double x = 0, y = 0;            // of its middle
    double half_x = 0, half_y = 0;  // to its sides
    bool Meets(const Box& other) const {
      return std::abs(x - other.x) < half_x + other.half_x &&
             std::abs(y - other.y) < half_y + other.half_y;
    }
  };
  static constexpr double kDigit = 6.5, kHalfHeight = 5;
  std::vector<Box> taken_;
};

std::string DrawBracket(const PlotPoint& point, const Axis& x, const Axis& y) {
  if (!point.bracket || !HasPlace(point.bracket->first) || !HasPlace(point.bracket->second)) {
    return {};
  }
  const double at_x = x.At(point.x);
  const std::string ends[] = {Format("%.1f", y.At(point.bracket->first)),
                              Format("%.1f", y.At(point.bracket->second))};
  const std::string left = Format("%.1f", at_x - 7);
  return StrCat("<path class=\"bracket\" d=\"M", left, " ", ends[0], "h14M", left, " ", ends[1],
                "h14M", Format("%.1f", at_x), " ", ends[0], "V", ends[1], "\"/>\n");
}

std::string Draw(const PlotPoint& point, const Axis& x, const Axis& y) {
  const std::string mark =
      StrCat("<g><title>", Escape(point.title), "</title>",
             Mark(point.family, point.filled, x.At(point.x), y.At(point.y)), "</g>");
  if (point.link.empty()) return mark + "\n";
  return StrCat("<a href=\"#", Escape(point.link), "\">", mark, "</a>\n");
}

// Brackets, marks over them, and on top the labels.
std::string Draw(const std::vector<PlotPoint>& points, const Axis& x, const Axis& y) {
  std::string brackets, marks, texts;
  Labels labels;
  for (const PlotPoint& point : points) {
    brackets += DrawBracket(point, x, y);
    marks += Draw(point, x, y);
    labels.AddMark(x.At(point.x), y.At(point.y));
  }
  for (const PlotPoint& point : points) {
    if (!point.label.empty()) texts += labels.Place(point.label, x.At(point.x), y.At(point.y));
  }
  return brackets + marks + texts;
}

}  // namespace

std::string PlotMark(size_t family) {
  return StrCat(
      "<svg class=\"key\" viewBox=\"0 0 14 14\" width=\"14\" height=\"14\" "
      "aria-hidden=\"true\">",
      Mark(family, true, 7, 7), "</svg>");
}

std::string ToSvg(const Plot& plot) {
  std::vector<double> xs, ys;
  std::vector<PlotPoint> placed;
  for (const PlotPoint& point : plot.points) {
    if (!HasPlace(point.x) || !HasPlace(point.y)) continue;
    placed.push_back(point);
    xs.push_back(point.x);
    ys.push_back(point.y);
  }
  if (xs.empty()) return {};
  for (const PlotLine& line : plot.lines) {
    for (const auto& [x, y] : line.points) {
      if (HasPlace(x)) xs.push_back(x);
      if (HasPlace(y)) ys.push_back(y);
    }
  }
  const Axis x = Over(xs, kLeft + kInset, kWidth - kRight - kInset);
  const Axis y = Over(ys, kHeight - kBottom - kInset, kTop + kInset);
  std::string out =
      StrCat("<svg class=\"plot\" viewBox=\"0 0 ", kWidth, " ", kHeight,
             "\" role=\"img\" aria-labelledby=\"", plot.id, "-title ", plot.id,
             "-text\">\n<title id=\"", plot.id, "-title\">", Escape(plot.title),
             "</title>\n<desc id=\"", plot.id, "-text\">", Escape(plot.text), "</desc>\n");
  out += Grid(x, true) + Grid(y, false);
  out += StrCat("<text class=\"axis\" x=\"", (kLeft + kWidth - kRight) / 2, "\" y=\"", kHeight - 12,
                "\" text-anchor=\"middle\">", Escape(plot.x_name), "</text>\n");
  out += StrCat("<text class=\"axis\" transform=\"translate(16 ", (kTop + kHeight - kBottom) / 2,
                ") rotate(-90)\" text-anchor=\"middle\">", Escape(plot.y_name), "</text>\n");
  for (const PlotLine& line : plot.lines) {
    if (!line.points.empty()) out += Draw(line, x, y);
  }
  out += Draw(placed, x, y);
  return out + "</svg>\n";
}

}  // namespace ingot::cli
