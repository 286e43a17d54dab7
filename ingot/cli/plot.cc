#include "ingot/cli/plot.h"

#include <algorithm>
#include <cmath>

#include "ingot/base/text.h"
#include "ingot/cli/html.h"

namespace ingot::cli {
namespace {

constexpr double kWidth = 900, kHeight = 460;
constexpr double kLeft = 70, kRight = 24, kTop = 20, kBottom = 56;
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

// Where labels stand, so that none covers another.
class Labels {
 public:
  // The label right of a mark at (x, y), else left of it; none where neither is free.
  std::string Place(std::string_view label, double x, double y) {
    for (const bool is_left : {false, true}) {
      const double at = x + (is_left ? -kGap - kLabelWidth : kGap);
      const bool is_taken = std::ranges::any_of(places_, [&](const auto& place) {
        return std::abs(place.first - at) < kLabelWidth &&
               std::abs(place.second - y) < kLabelHeight;
      });
      if (is_taken) continue;
      places_.emplace_back(at, y);
      return StrCat("<text class=\"label\" x=\"", Format("%.1f", x + (is_left ? -kGap : kGap)),
                    "\" y=\"", Format("%.1f", y), "\" dy=\"0.35em\"",
                    is_left ? " text-anchor=\"end\"" : "", ">", Escape(label), "</text>");
    }
    return {};
  }

 private:
  static constexpr double kGap = 8, kLabelWidth = 20, kLabelHeight = 10;
  std::vector<std::pair<double, double>> places_;
};

std::string Draw(const PlotPoint& point, const Axis& x, const Axis& y, Labels& labels) {
  const double at_x = x.At(point.x), at_y = y.At(point.y);
  std::string out;
  if (point.bracket && HasPlace(point.bracket->first) && HasPlace(point.bracket->second)) {
    const std::string ends[] = {Format("%.1f", y.At(point.bracket->first)),
                                Format("%.1f", y.At(point.bracket->second))};
    const std::string left = Format("%.1f", at_x - 7);
    out += StrCat("<path class=\"bracket\" d=\"M", left, " ", ends[0], "h14M", left, " ", ends[1],
                  "h14M", Format("%.1f", at_x), " ", ends[0], "V", ends[1], "\"/>");
  }
  if (!point.link.empty()) out += StrCat("<a href=\"#", Escape(point.link), "\">");
  out += StrCat("<g><title>", Escape(point.title), "</title>",
                Mark(point.family, point.filled, at_x, at_y));
  if (!point.label.empty()) out += labels.Place(point.label, at_x, at_y);
  out += point.link.empty() ? "</g>\n" : "</g></a>\n";
  return out;
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
  for (const PlotPoint& point : plot.points) {
    if (!HasPlace(point.x) || !HasPlace(point.y)) continue;
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
  const Axis x = Over(xs, kLeft, kWidth - kRight);
  const Axis y = Over(ys, kHeight - kBottom, kTop);
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
  Labels labels;
  for (const PlotPoint& point : plot.points) {
    if (HasPlace(point.x) && HasPlace(point.y)) out += Draw(point, x, y, labels);
  }
  return out + "</svg>\n";
}

}  // namespace ingot::cli
