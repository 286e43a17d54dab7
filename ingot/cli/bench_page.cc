#include "ingot/cli/bench_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/cli/html.h"
#include "ingot/cli/plot.h"

namespace ingot::cli {
namespace {

using tune::BenchResult;
using tune::BenchRow;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --rule: #d6dae0;
  --band: #f4f6f8; --good: #1a6b2f; --near: #8a5300; --bad: #b3261e;
  --c0: #0b62d6; --c1: #b35900; --c2: #00796b; --c3: #7b2fbe; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e6e9ed; --soft: #a3acb8;
  --rule: #343b45; --band: #1d2127; --good: #6fd08c; --near: #f0b35a; --bad: #ff8a80;
  --c0: #6cb2ff; --c1: #ffb454; --c2: #4dd0b5; --c3: #c9a0ff; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  max-width: 1320px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 8px; }
p { max-width: 75ch; } .soft { color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; margin: 18px 0; }
dl div { background: var(--band); padding: 8px 12px; border-radius: 6px; }
dt { color: var(--soft); font-size: 13px; } dd { margin: 0; font-size: 17px; }
figure { margin: 0; overflow-x: auto; } figcaption { color: var(--soft); max-width: 80ch; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 0; margin: 0 0 6px; }
.key { vertical-align: -2px; margin-right: 5px; }
.plot { width: 100%; min-width: 640px; height: auto; font: 12px system-ui, sans-serif; } .plot text { fill: var(--soft); }
.plot .axis { font-size: 13px; } .plot .label { fill: var(--ink); font-size: 11px;
  stroke: var(--paper); stroke-width: 3px; paint-order: stroke; pointer-events: none; }
.grid { stroke: var(--rule); } .line { stroke: var(--ink); stroke-width: 1.6; fill: none; }
.bracket { stroke: var(--soft); fill: none; }
.mark { stroke-width: 1.5; stroke: currentColor; fill: currentColor; fill-opacity: 0.75; }
.hollow { fill: none; stroke-opacity: 0.6; }
.family0 { color: var(--c0); } .family1 { color: var(--c1); } .family2 { color: var(--c2); }
.family3 { color: var(--c3); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); padding-bottom: 6px; }
th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid var(--rule); white-space: nowrap; }
thead th { border-bottom: 2px solid var(--rule); font-size: 13px; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.shape th { background: var(--band); font-weight: 600; white-space: normal; }
tbody th { font-weight: 400; white-space: normal; min-width: 17em; } .chosen th { font-weight: 600; } tr:target { outline: 2px solid var(--c0); }
.bar { fill: var(--c0); } .rail { fill: var(--rule); } .tick { stroke: var(--ink); stroke-width: 1.5; }
.reached { color: var(--good); } .missed { color: var(--near); } .below { color: var(--bad); }
)";

struct Family {
  std::string_view name;
  bool (*holds)(const tune::OpShape& shape);
};
// The first that holds.
constexpr std::array<Family, kPlotFamilies> kFamilies = {{
    {"matmul, decode",
     [](const tune::OpShape& shape) {
       return shape.op == "matmul" && shape.phase == Phase::kDecode;
     }},
    {"matmul, prefill", [](const tune::OpShape& shape) { return shape.op == "matmul"; }},
    {"attention", [](const tune::OpShape& shape) { return shape.op.starts_with("attention"); }},
    {"other ops", [](const tune::OpShape&) { return true; }},
}};

size_t FamilyOf(const tune::OpShape& shape) {
  const auto* found =
      std::ranges::find_if(kFamilies, [&](const Family& family) { return family.holds(shape); });
  return static_cast<size_t>(found - kFamilies.begin());
}

// A row with what the page calls it.
struct Entry {
  const BenchResult* result;
  const BenchRow* row;
  std::string number;
  std::string id;  // of its line in the table
};

std::vector<Entry> EntriesOf(const BenchReport& report) {
  std::vector<Entry> entries;
  for (const BenchResult& result : report.results) {
    for (const BenchRow& row : result.rows) {
      const std::string number = StrCat(entries.size() + 1);
      entries.push_back({&result, &row, number, StrCat("row-", number)});
    }
  }
  return entries;
}

// A point of a row at (x, y), which may be 0: then it has no place.
PlotPoint PointOf(const Entry& entry, double x, double y) {
  return {
      .x = x,
      .y = y,
      .family = FamilyOf(entry.result->shape),
      .filled = entry.row->chosen,
      .label = entry.row->chosen ? entry.number : "",
      .title = StrCat(entry.number, ": ", Title(entry.result->shape), "; ", ChoiceText(*entry.row),
                      ", ", Format("%.2f us", entry.row->timing.median_us)),
      .link = entry.id};
}

Plot Roofline(const BenchReport& report, const std::vector<Entry>& entries) {
  Plot plot{.id = "roofline",
            .title = "Roofline",
            .text =
                "Arithmetic a second over arithmetic for each byte that must be moved. The line "
                "is what memory and arithmetic of the device allow; the table has the numbers.",
            .x_name = "operations a byte",
            .y_name = "TFLOP/s"};
  const double bandwidth = report.peaks->memory.bytes_per_second * 1e-12;
  const double arithmetic = report.peaks->f32_flops * 1e-12;
  for (const Entry& entry : entries) {
    const verify::Work& work = entry.result->work;
    if (!entry.row->status.ok() || work.bytes == 0 || work.flops == 0) continue;
    const double x = static_cast<double>(work.flops) / static_cast<double>(work.bytes);
    PlotPoint point = PointOf(entry, x, Teraflops(*entry.result, *entry.row));
    const auto goal = GoalOf(report, *entry.result);
    if (goal && !goal->is_time) {
      const double roof = arithmetic > 0 ? std::min(arithmetic, x * bandwidth) : x * bandwidth;
      point.bracket = {goal->least * roof, goal->goal * roof};
    }
    plot.points.push_back(std::move(point));
  }
  if (plot.points.empty() || arithmetic <= 0 || bandwidth <= 0) return plot;
  const double ridge = arithmetic / bandwidth;
  double first = ridge / 10, last = ridge * 10;
  for (const PlotPoint& point : plot.points) {
    first = std::min(first, point.x);
    last = std::max(last, point.x);
  }
  plot.lines.push_back({.points = {{first, first * bandwidth}, {ridge, arithmetic}},
                        .label = Format("%.0f GB/s", bandwidth * 1e3)});
  plot.lines.push_back({.points = {{ridge, arithmetic}, {last, arithmetic}},
                        .label = Format("%.1f TFLOP/s", arithmetic)});
  return plot;
}

Plot TimeOverFloor(const BenchReport& report, const std::vector<Entry>& entries) {
  Plot plot{.id = "floors",
            .title = "Time over floor",
            .text =
                "How many times the least time each row takes: that of its bytes, its arithmetic "
                "and the start of a dispatch. At 1 a kernel cannot be faster.",
            .x_name = "floor, us",
            .y_name = "times the floor"};
  double first = 0, last = 0;
  for (const Entry& entry : entries) {
    if (!entry.row->status.ok()) continue;
    const double floor = FloorOf(report, *entry.result)->us;
    if (floor <= 0) continue;
    first = plot.points.empty() ? floor : std::min(first, floor);
    last = std::max(last, floor);
    PlotPoint point = PointOf(entry, floor, entry.row->timing.median_us / floor);
    const auto goal = GoalOf(report, *entry.result);
    if (goal && goal->is_time) point.bracket = {goal->least / floor, goal->goal / floor};
    plot.points.push_back(std::move(point));
  }
  if (plot.points.empty()) return plot;
  plot.lines.push_back({.points = {{first, 1}, {last, 1}}, .label = "floor"});
  return plot;
}

std::string Figure(const Plot& plot, std::string_view caption) {
  const std::string svg = ToSvg(plot);
  if (svg.empty()) return {};
  std::string out = StrCat("<h2>", Escape(plot.title), "</h2>\n<figure>\n<ul class=\"legend\">\n");
  for (size_t i = 0; i < kFamilies.size(); ++i) {
    const bool is_there =
        std::ranges::find(plot.points, i, &PlotPoint::family) != plot.points.end();
    if (is_there) out += StrCat("<li>", PlotMark(i), Escape(kFamilies[i].name), "</li>\n");
  }
  return StrCat(out, "</ul>\n", svg, "<figcaption>", Escape(caption), "</figcaption>\n</figure>\n");
}

std::string Fact(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return StrCat("<div><dt>", Escape(name), "</dt><dd>", Escape(value), "</dd></div>\n");
}

std::string Facts(const BenchReport& report, const std::vector<Entry>& entries) {
  std::string out = "<dl>\n";
  out += Fact("driver", report.driver);
  out += Fact("measured", report.date);
  if (report.peaks) {
    const tune::Peaks& peaks = *report.peaks;
    out += Fact(StrCat("memory (", tune::NameOf(peaks.memory), ")"),
                Format("%.0f GB/s", peaks.memory.bytes_per_second * 1e-9));
    if (peaks.f32_flops > 0) out += Fact("f32", Format("%.1f TFLOP/s", peaks.f32_flops * 1e-12));
    if (peaks.dispatch_us > 0) {
      out += Fact("an empty dispatch", Format("%.2f us", peaks.dispatch_us));
    }
  }
  out += Fact("shapes, rows", StrCat(report.results.size(), ", ", entries.size()));
  return out + "</dl>\n";
}

// The share of the peak as a bar, with ticks at goal and least.
std::string ShareBar(double share, const std::optional<tune::Goal>& goal) {
  constexpr double kWidth = 90;
  auto at = [](double part) { return Format("%.1f", std::clamp(part, 0.0, 1.0) * kWidth); };
  std::string out = StrCat(
      "<svg viewBox=\"0 0 90 12\" width=\"90\" height=\"12\" aria-hidden=\"true\">"
      "<path class=\"rail\" d=\"M0 3H90V9H0z\"/><path class=\"bar\" d=\"M0 3H",
      at(share), "V9H0z\"/>");
  if (goal && !goal->is_time) {
    out += StrCat("<path class=\"tick\" d=\"M", at(goal->least), " 1V11M", at(goal->goal),
                  " 1V11\"/>");
  }
  return out + "</svg>";
}

std::string Cell(std::string_view text) {
  return StrCat("<td class=\"n\">", Escape(text), "</td>");
}

std::string Verdict(const BenchReport& report, const Entry& entry) {
  const auto goal = GoalOf(report, *entry.result);
  if (!goal) return "<td></td>";
  constexpr std::array<std::string_view, 3> kClasses = {"reached", "missed", "below"};
  const auto verdict = VerdictOf(*goal, *FloorOf(report, *entry.result), *entry.row);
  return StrCat("<td class=\"", kClasses[static_cast<size_t>(verdict)], "\">",
                Escape(VerdictText(*goal, verdict)), "</td>");
}

constexpr std::string_view kHeading =
    "<thead><tr><th scope=\"col\" class=\"n\">no.</th><th scope=\"col\">kernel</th>"
    "<th scope=\"col\" class=\"n\">us</th><th scope=\"col\" class=\"n\">least us</th>"
    "<th scope=\"col\" class=\"n\">GB/s</th><th scope=\"col\" class=\"n\">TFLOP/s</th>"
    "<th scope=\"col\" class=\"n\">of peak</th><th scope=\"col\">peak</th>"
    "<th scope=\"col\" class=\"n\">of floor</th><th scope=\"col\">bound by</th>"
    "<th scope=\"col\">goal</th></tr></thead>\n";
constexpr int kColumns = 11;

std::string Line(const BenchReport& report, const Entry& entry) {
  const BenchRow& row = *entry.row;
  std::string out =
      StrCat("<tr id=\"", entry.id, "\"", row.chosen ? " class=\"chosen\"" : "",
             "><td class=\"n\">", entry.number, "</td><th scope=\"row\">", Escape(ChoiceText(row)),
             row.chosen ? " <span class=\"soft\">chosen</span>" : "", "</th>");
  if (!row.status.ok()) {
    return StrCat(out, "<td colspan=\"", kColumns - 2, "\">", Escape(row.status.message()),
                  "</td></tr>\n");
  }
  out += Cell(Format("%.2f", row.timing.median_us)) + Cell(Format("%.2f", row.timing.min_us)) +
         Cell(Format("%.0f", GigabytesPerSecond(*entry.result, row))) +
         Cell(entry.result->work.flops == 0 ? "" : Format("%.2f", Teraflops(*entry.result, row)));
  const auto floor = FloorOf(report, *entry.result);
  if (!floor) return out + StrCat("<td colspan=\"", kColumns - 6, "\"></td></tr>\n");
  const double share = floor->peak_us / row.timing.median_us;
  return StrCat(out, Cell(Format("%.1f %%", share * 100)), "<td>",
                ShareBar(share, GoalOf(report, *entry.result)), "</td>",
                Cell(Format("%.1f %%", floor->us / row.timing.median_us * 100)), "<td>",
                BoundName(*floor), "</td>", Verdict(report, entry), "</tr>\n");
}

std::string RowTable(const BenchReport& report, const std::vector<Entry>& entries) {
  std::string out = StrCat(
      "<h2>Rows</h2>\n<div class=\"scroll\" role=\"region\" aria-label=\"Rows\" tabindex=\"0\">\n"
      "<table>\n<caption>The fastest of each shape first; chosen is what the device takes by "
      "itself. "
      "Ticks on a bar are what the kernel must reach and what it is meant to.</caption>\n",
      kHeading);
  const BenchResult* last = nullptr;
  for (const Entry& entry : entries) {
    if (entry.result != last) {
      out += StrCat(last == nullptr ? "" : "</tbody>\n",
                    "<tbody><tr class=\"shape\"><th scope=\"rowgroup\" colspan=\"", kColumns, "\">",
                    Escape(Title(entry.result->shape)), "; ", HumanBytes(entry.result->work.bytes),
                    "</th></tr>\n");
      last = entry.result;
    }
    out += Line(report, entry);
  }
  return out + (last == nullptr ? "" : "</tbody>\n") + "</table>\n</div>\n";
}

}  // namespace

std::string BenchPage(const BenchReport& report) {
  const std::vector<Entry> entries = EntriesOf(report);
  const std::string title = StrCat("Kernels on ", Escape(report.device_name));
  std::string out = StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
      title, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<main>\n<h1>", title,
      "</h1>\n<p class=\"soft\">Device ", Escape(report.device), "; each dispatch ",
      report.independent ? "is independent of" : "waits for",
      " the one before it, with its weights in memory and not in a cache.</p>\n");
  out += Facts(report, entries);
  if (report.peaks) {
    out +=
        Figure(Roofline(report, entries),
               "Numbers are those of the rows below. A bracket spans from what a kernel must reach "
               "to its goal; hollow marks are choices that the device does not take by itself. Ops "
               "without products (norms, activations) are in the next plot only.");
    out += Figure(
        TimeOverFloor(report, entries),
        report.independent
            ? "The floor is what the bytes or the arithmetic take at the device's peaks."
            : "The floor is what the bytes or the arithmetic take at the device's peaks, and "
              "what starting a dispatch takes. A bracket spans goals that are times.");
  }
  return out + RowTable(report, entries) + "</main>\n</body>\n</html>\n";
}

}  // namespace ingot::cli
