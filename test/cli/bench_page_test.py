"""The report of `bench kernels`, read back and as a page: well-formed, whole, and nothing that a name could break."""
import html.parser
import json
import xml.etree.ElementTree

import cli_case

XHTML = "{http://www.w3.org/1999/xhtml}"
BANDWIDTH, ARITHMETIC, START = 2000, 50, 2.0  # GB/s, TFLOP/s, us
GEMV_BYTES = 14336 * 4096 * 2


def row(kernel, us, **more):
    return {"kernel": kernel, "variant": "", "overrides": {}, "tuned": {}, "chosen": False, "ok": True, "message": "",
            "median_us": us, "min_us": us, "dispatches": 9, "rounds": 3, "device_clock": True, **more}


def shape(op, text, count, flops, rows, phase="decode", role=""):
    return {"op": op, "role": role, "phase": phase, "shape": text, "bytes": count, "flops": flops, "skipped": 0, "rows": rows}


def report(*shapes, **more):
    return {"device": "webgpu", "device_name": "Card", "driver": "Driver 1", "date": "2026-01-31 17:05 UTC",
            "independent": False, "memory": "copy", "memory_gb_per_second": BANDWIDTH, "f32_tflops": ARITHMETIC,
            "dispatch_us": START, "shapes": list(shapes), **more}


def gemv(*shares):
    """A GEMV that has a goal, with rows that reach these shares of the bandwidth."""
    least_us = GEMV_BYTES / BANDWIDTH * 1e-3
    rows = [row("matmul_gemv", least_us / share, tuned={"LANES": i}, chosen=i == 0) for i, share in enumerate(shares)]
    return shape("matmul", "rows=1 cols=14336 depth=4096 format=f16", GEMV_BYTES, 2 * 14336 * 4096, rows, role="up_proj")


def rounded(value):
    """The same with numbers of nine digits: those that are computed from others may differ in the last one."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.8e}") if isinstance(value, float) else value


class Tags(html.parser.HTMLParser):
    """The names of all tags, and attributes that could load something."""
    def __init__(self):
        super().__init__()
        self.names, self.links = set(), []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "action", "xlink:href")
                       or name.startswith("on")]


class BenchPage(cli_case.CliCase):
    def write(self, data):
        with open(self.path("report.json"), "w", encoding="utf-8") as file:
            json.dump(data, file)
        return self.path("report.json")

    def page(self, *args):
        """The page that a run has written, as a tree."""
        self.ok("bench", "kernels", *args, "--html", self.path("page.html"))
        with open(self.path("page.html"), encoding="utf-8") as file:
            text = file.read()
        tags = Tags()
        tags.feed(text)
        self.assertFalse(tags.names & {"script", "img", "link", "iframe", "object", "embed", "form", "base"}, tags.names)
        self.assertTrue(all(link.startswith("#row-") for link in tags.links), tags.links)
        self.assertEqual(text.count("http"), text.count('xmlns="http://www.w3.org/1999/xhtml"') + text.count("http-equiv"))
        self.assertNotIn("url(", text)
        self.assertNotIn("@import", text)
        return xml.etree.ElementTree.fromstring(text)

    def lines(self, tree):
        """The text of each row of the table, by its number."""
        found = {}
        for line in tree.iter(XHTML + "tr"):
            if "id" in line.attrib:
                cells = ["".join(cell.itertext()) for cell in line]
                self.assertEqual(line.attrib["id"], f"row-{cells[0]}")
                found[int(cells[0])] = cells
        return found

    def test_every_row_is_there(self):
        path = self.write(report(
            gemv(0.93, 0.9, 0.5),
            shape("silu", "size=14336", 114688, 0, [row("silu", 4.0, chosen=True), row("slow", 5.5), row("slower", 16.0)]),
            shape("add", "size=10", 120, 0, [row("residual", 4.0), row("broken", 0, ok=False, message="too large")],
                  phase="prefill")))
        tree = self.page("--from", path)
        lines = self.lines(tree)
        self.assertEqual({number: (cells[1], cells[-1]) for number, cells in lines.items()}, {
            1: ("matmul_gemv {LANES=0} chosen", "reached 92 %"), 2: ("matmul_gemv {LANES=1}", "missed 92 %"),
            3: ("matmul_gemv {LANES=2}", "missed even 80 %"), 4: ("silu chosen", "reached 5 us"), 5: ("slow", "missed 5 us"),
            6: ("slower", "missed even 15 us"), 7: ("residual", ""), 8: ("broken", "too large")})
        us = GEMV_BYTES / BANDWIDTH * 1e-3 / 0.9
        self.assertEqual(lines[2][2:6], [f"{us:.2f}", f"{us:.2f}", "1800", f"{2 * 14336 * 4096 / us * 1e-6:.2f}"])
        self.assertEqual((lines[2][6], lines[2][8:10]), ("90.0 %", [f"{(us * 0.9 + START) / us * 100:.1f} %", "memory"]))
        text = "".join(tree.itertext())
        for part in ("Kernels on Card", "Driver 1", "2026-01-31 17:05 UTC", "2000 GB/s", "50.0 TFLOP/s", "2.00 us",
                     "matmul (up_proj), decode: rows=1 cols=14336 depth=4096 format=f16; 117.4 MB", "add, prefill: size=10"):
            self.assertIn(part, text)

    def test_plots_have_a_mark_for_each_time(self):
        path = self.write(report(gemv(0.93, 0.9), shape("silu", "size=9", 72, 0, [row("silu", 4.0)])))
        plots = {plot.find(XHTML + "title").text: plot for plot in self.page("--from", path).iter(XHTML + "svg")
                 if plot.attrib.get("class") == "plot"}
        self.assertEqual(set(plots), {"Roofline", "Time over floor"})
        for name, count in (("Roofline", 2), ("Time over floor", 3)):
            links = [link.attrib["href"] for link in plots[name].iter(XHTML + "a")]
            self.assertEqual(links, [f"#row-{i + 1}" for i in range(count)])
            self.assertEqual(plots[name].attrib["role"], "img")

    def test_light_and_dark(self):
        path = self.write(report(gemv(0.5)))
        style = self.page("--from", path).find(f"{XHTML}head/{XHTML}style").text
        self.assertIn("@media (prefers-color-scheme: dark)", style)
        self.assertIn("color-scheme: light dark", style)

    def test_a_name_cannot_break_the_page(self):
        evil = "<script>alert('x')</script>\"&amp;]]><!--\x07\u00e9"
        shown = evil.replace("\x07", "?").replace("\u00e9", "??")
        data = report(shape(evil, evil, 10, 10, [row(evil, 3.0, variant=evil, tuned={evil: 1}, chosen=True),
                                                 row("b", 0, ok=False, message=evil)], role=evil),
                      device_name=evil, driver=evil, date=evil)
        tree = self.page("--from", self.write(data))
        self.assertEqual(tree.find(f"{XHTML}head/{XHTML}title").text, "Kernels on " + shown)
        lines = self.lines(tree)
        self.assertEqual(lines[1][1], f"{shown}/{shown} {{{shown}=1}} chosen")
        self.assertEqual(lines[2][2], shown)
        self.assertEqual([part.text for part in tree.iter(XHTML + "dd")][:2], [shown, shown])

    def test_numbers_at_the_ends_of_their_range(self):
        huge = shape("matmul", "rows=1", 2 ** 62, 1, [row("a", 1e300), row("b", 1e-300)])
        self.assertEqual(len(self.lines(self.page("--from", self.write(report(huge))))), 2)
        self.assertEqual(self.lines(self.page("--from", self.write(report()))), {})

    def test_without_peaks(self):
        data = report(gemv(0.5))
        for key in ("memory", "memory_gb_per_second", "f32_tflops", "dispatch_us"):
            del data[key]
        tree = self.page("--from", self.write(data))
        self.assertEqual(len(self.lines(tree)), 1)
        self.assertFalse([plot for plot in tree.iter(XHTML + "svg") if plot.attrib.get("class") == "plot"])

    def test_what_was_measured_reads_back(self):
        args = ("bench", "kernels", "--op", "rms_norm", "--shape", "rows=2 dim=64", "--time", "0.01", "--threads", "1")
        seen = self.json(*args, "--html", self.path("live.html"))
        path = self.write(seen)
        again = self.json("bench", "kernels", "--from", path, "--html", self.path("page.html"))
        self.assertEqual(rounded(again), rounded(seen))
        self.assertRegex(seen["date"], r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC$")
        with open(self.path("live.html"), encoding="utf-8") as live, open(self.path("page.html"), encoding="utf-8") as page:
            self.assertEqual(len(self.lines(xml.etree.ElementTree.fromstring(live.read()))),
                             len(self.lines(xml.etree.ElementTree.fromstring(page.read()))))
        text = self.ok("bench", "kernels", "--from", path)
        self.assertIn("\nbest of each shape", text)

    def test_what_is_no_report(self):
        def refused(data, message):
            path = self.write(data)
            run = self.ingot("bench", "kernels", "--from", path)
            self.assertEqual((run.returncode, run.stderr.split("\n")[0]),
                             (2, f"ingot bench kernels: {path}:1: {message}"))
        refused([], "expected object, found array")
        refused(report(surprise=1), "unknown key (surprise)")
        refused(report(shape("add", "size=1", 1, 0, [row("a", 0)])), "median_us (0) is no time")
        refused(report(shape("add", "size=1", 1, 0, [row("a", -1.5)])), "median_us: (-1.5) is no measure")
        refused(report(shape("add", "size=1", 1, 0, [], phase="later")), "phase (later) is neither prefill nor decode")
        self.assertEqual(self.ingot("bench", "kernels", "--from", self.path("nothing.json")).returncode, 2)


if __name__ == "__main__":
    cli_case.main()
