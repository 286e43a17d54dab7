"""The parts of the pack that judge and report: logits, adapters, verdicts and the tables."""
import glob
import json
import math
import os
import struct
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools", "pack"))
import compare
import main
import report
import session
import vulkan

REPORT = {
    "version": 1, "date": "2030-01-02 03:04 UTC", "notes": ["a note"],
    "facts": {"version": "ingot 9", "cpu": "Processor", "cores": 4, "adapters": [{"name": "Card", "driver": "Driver 1"}]},
    "steps": [{"name": "doctor", "verdict": "passed", "message": "", "seconds": 1.4, "lines": ["a line"]},
              {"name": "big-f16", "verdict": "FAILED", "message": "why", "seconds": 12}],
    "models": [{"model": "small", "format": "q8_0", "verdict": "passed", "prefill": 12345.6, "decode": 98.76, "share": 0.512,
                "nmse": 2.5e-7},
               {"model": "big", "format": "f16", "verdict": "FAILED"}],
}


class ReportTest(unittest.TestCase):
    maxDiff = None

    def test_the_text_ends_with_the_table_of_models(self):
        self.assertEqual(report.as_text(REPORT), """Card, Driver 1, ingot 9, 2030-01-02 03:04 UTC
cpu: Processor
cores: 4
a note

passed   doctor (1 s)
           a line
FAILED   big-f16 (12 s): why

model  format  prefill tok/s  decode tok/s  of bandwidth     NMSE  verdict
small  q8_0            12346          98.8        51.2 %  2.5e-07  passed
big    f16                 -             -             -        -  FAILED

1 FAILED, 1 passed
""")

    def test_the_markdown_table_names_the_device_of_each_row(self):
        self.assertEqual(report.as_markdown([REPORT]), """| device | model | format | prefill tok/s | decode tok/s | of bandwidth | NMSE |
|---|---|---|---|---|---|---|
| Card | small | q8_0 | 12346 | 98.8 | 51.2 % | 2.5e-07 |
| Card | big | f16 | - | - | - | - |

- Card, Driver 1, ingot 9, 2030-01-02 03:04 UTC
""")

    def test_the_table_of_the_document_is_that_of_its_reports(self):
        with open(os.path.join(ROOT, "docs", "speed.md"), encoding="utf-8") as file:
            text = file.read()
        reports = []
        for path in sorted(glob.glob(os.path.join(ROOT, "bench", "gpu", "*.json"))):
            with open(path, encoding="utf-8") as file:
                reports.append(json.load(file))
        self.assertEqual(text, report.put_between(text, report.as_markdown(reports) if reports else ""))

    def test_a_report_without_an_adapter_says_so(self):
        text = report.as_text({**REPORT, "facts": {"version": "ingot 9", "adapters": []}, "steps": [], "models": []})
        self.assertEqual(text, "no adapter, , ingot 9, 2030-01-02 03:04 UTC\na note\n\n\nno step was run\n")


class CompareTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)

    def write(self, name, *values):
        path = os.path.join(self._folder.name, name)
        with open(path, "wb") as out:
            out.write(struct.pack(f"<{len(values)}f", *values))
        return path

    def test_the_worst_row_and_the_whole_are_told_apart(self):
        got, want = self.write("got", 1, 2, 3, 5), self.write("want", 1, 2, 3, 4)
        result = compare.compare(got, want, 2)
        self.assertAlmostEqual(result.worst, 1 / 25)
        self.assertAlmostEqual(result.total, 1 / 30)
        self.assertEqual((result.worst_row, result.rows, result.same_best), (1, 2, 2))

    def test_a_value_that_is_not_finite_is_infinitely_wrong(self):
        for value in (math.nan, math.inf):
            for at in range(4):
                values = [1, 2, 3, 4]
                values[at] = value
                result = compare.compare(self.write("got", *values), self.write("want", 1, 2, 3, 4), 2)
                self.assertEqual((result.worst, result.total), (math.inf, math.inf))

    def test_rows_of_zeros_are_no_reference(self):
        self.assertEqual(compare.compare(self.write("got", 0, 0), self.write("want", 0, 0), 2).worst, math.inf)

    def test_files_of_unequal_or_broken_length_are_refused(self):
        want = self.write("want", 1, 2, 3, 4)
        for values, vocab in (((1, 2), 2), ((), 2), ((1, 2, 3, 4), 3)):
            with self.assertRaises(ValueError):
                compare.compare(self.write("got", *values), want, vocab)


class AdapterTest(unittest.TestCase):
    GPU = {"name": "Fast Card", "driver": "driver 1.2", "backend": "vulkan", "type": "discrete"}
    SOFTWARE = {"name": "llvmpipe", "driver": "Mesa", "backend": "vulkan", "type": "cpu"}

    def test_a_software_gpu_is_taken_only_when_named(self):
        both = [self.GPU, self.SOFTWARE]
        self.assertEqual(vulkan.matches(both, ""), [self.GPU])
        self.assertEqual(vulkan.matches(both, "LLVM"), [self.SOFTWARE])
        self.assertEqual(vulkan.matches(both, "Mesa"), [self.SOFTWARE])
        self.assertEqual(vulkan.matches([self.SOFTWARE], ""), [])

    def test_a_library_that_is_not_there_is_named(self):
        self.assertIn("libno_such.so.9", vulkan.open_error("libno_such.so.9", dict(os.environ)))
        self.assertEqual(vulkan.open_error("libc.so.6", dict(os.environ)), "")


class StepTest(unittest.TestCase):
    def setUp(self):
        self.session = session.Session("", "", {}, "", False)

    def step(self, function, limit=60):
        return main.run_step(self.session, "s", limit, function, time.monotonic() + 60)

    def test_verdicts(self):
        def refuse(error):
            def function(_):
                raise error
            return function
        self.assertEqual(self.step(lambda _: {"lines": ["x"]})["lines"], ["x"])
        self.assertEqual(self.step(lambda _: {})["verdict"], "passed")
        entry = self.step(refuse(session.Refused("why")))
        self.assertEqual((entry["verdict"], entry["message"]), ("FAILED", "why"))
        entry = self.step(refuse(session.Refused("why", session.TIMEOUT, {"lines": ["kept"]})))
        self.assertEqual((entry["verdict"], entry["lines"]), ("TIMEOUT", ["kept"]))
        self.assertEqual(self.step(refuse(KeyError("tokens")))["message"], "KeyError: 'tokens'")
        json.dumps(entry)

    def test_a_command_beyond_the_limit_is_ended(self):
        entry = self.step(lambda s: s.command([sys.executable, "-c", "import time; time.sleep(600)"]), limit=1)
        self.assertEqual(entry["verdict"], "TIMEOUT")
        self.assertLess(entry["seconds"], 30)

    def test_no_step_starts_when_the_time_is_up(self):
        entry = main.run_step(self.session, "s", 60, lambda _: self.fail("it ran"), time.monotonic() - 1)
        self.assertEqual(entry["verdict"], "skipped")


if __name__ == "__main__":
    unittest.main()
