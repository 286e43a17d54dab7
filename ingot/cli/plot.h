// A plot with logarithmic axes, as SVG that takes its colours from the page.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ingot::cli {

struct PlotPoint {
  double x = 0;
  double y = 0;
  size_t family = 0;  // one of kPlotFamilies: colour and shape
  bool filled = true;
  std::string label;                                 // beside it; may be empty
  std::string title;                                 // what a pointer that rests on it shows
  std::string link;                                  // id of a part of the page; may be empty
  std::optional<std::pair<double, double>> bracket;  // y from least to goal
};

struct PlotLine {
  std::vector<std::pair<double, double>> points;  // by rising x
  std::string label;
};

struct Plot {
  std::string id;     // unique in the page
  std::string title;  // for who cannot see it
  std::string text;
  std::string x_name;
  std::string y_name;
  std::vector<PlotLine> lines;
  std::vector<PlotPoint> points;
};

constexpr size_t kPlotFamilies = 4;
// A mark of a family, for a legend.
std::string PlotMark(size_t family);

// Empty if no point has a place: both coordinates are positive.
std::string ToSvg(const Plot& plot);

}  // namespace ingot::cli
