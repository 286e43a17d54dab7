"""A pack's run.sh, from the files of this build, on a software GPU: it finds the adapter, runs steps and writes its report.

Run by ctest as `python3 pack_run_test.py BINARY`. Without a software GPU it exits with 77, which ctest shows as skipped.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DRIVER = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
BINARY = ""


class RunTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.pack, self.out = (os.path.join(self._folder.name, name) for name in ("pack", "out"))
        os.makedirs(self.pack)
        for source, name in ((BINARY, "ingot"), ("tools/pack", "check"), ("tools/pack/run.sh", "run.sh"),
                             ("test/model/golden", "golden")):
            os.symlink(os.path.join(ROOT, source), os.path.join(self.pack, name))
        with open(os.path.join(self.pack, "build.txt"), "w", encoding="utf-8") as file:
            file.write("test\n")

    def run_pack(self, *args, driver=DRIVER):
        run = subprocess.run(["bash", os.path.join(self.pack, "run.sh"), "--quick", "--out", self.out, *args],
                             env={"PATH": os.environ["PATH"], "PYTHON": sys.executable, "VK_DRIVER_FILES": driver},
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600, check=False)
        return run

    def report(self):
        with open(os.path.join(self.out, "report.json"), encoding="utf-8") as file:
            result = json.load(file)
        with open(os.path.join(self.out, "report.txt"), encoding="utf-8") as file:
            return result, file.read()

    def test_a_model_is_checked_and_measured(self):
        run = self.run_pack("--adapter", "llvmpipe", "--only", "tiny-q8_0", "--only", "kernels")
        self.assertEqual(run.returncode, 0, run.stderr + run.stdout)
        result, text = self.report()
        self.assertEqual(run.stdout, text)
        self.assertEqual([(step["name"], step["verdict"]) for step in result["steps"]],
                         [("tiny-q8_0", "passed"), ("kernels", "passed")])
        (model,) = result["models"]
        self.assertLessEqual(model["nmse"], 1e-6)
        self.assertGreater(model["nmse"], 0)  # the devices round differently
        for key in ("prefill", "decode", "share"):
            self.assertGreater(model[key], 0)
        self.assertIn("llvmpipe", text)
        with open(os.path.join(self.out, "kernels.html"), encoding="utf-8") as file:
            self.assertIn("<title>Kernels on llvmpipe", file.read())

    def test_a_failed_step_does_not_end_the_run(self):
        run = self.run_pack("--adapter", "llvmpipe", "--model", os.path.join(ROOT, "README.md"), "--only", "README",
                            "--only", "kernels")
        self.assertEqual(run.returncode, 1, run.stderr + run.stdout)
        result, _ = self.report()
        self.assertEqual([step["verdict"] for step in result["steps"]], ["FAILED", "passed"])
        self.assertEqual(result["models"], [{"model": "README.md", "format": "as given", "verdict": "FAILED"}])

    def test_without_an_adapter_the_report_says_what_is_missing(self):
        run = self.run_pack("--adapter", "no such card")
        self.assertEqual(run.returncode, 3, run.stderr + run.stdout)
        result, text = self.report()
        self.assertEqual((result["steps"], result["facts"]["adapters"]), ([], []))
        self.assertIn("libGLX_nvidia.so.0: ", text)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    if not os.path.exists(DRIVER):
        print(f"{DRIVER} is missing")
        sys.exit(1 if "gpu" in os.environ.get("INGOT_REQUIRE", "").split(",") else 77)
    unittest.main(verbosity=2)
