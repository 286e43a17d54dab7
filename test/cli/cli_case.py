"""What the tests of the command line share: they run the binary and look at its exit code and whole messages.

Run by ctest as `python3 X_test.py BINARY`. A script whose every test lacks its data exits with 77, which ctest shows as
skipped.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(os.path.dirname(ROOT), "shared", "data")
TINY = os.path.join(ROOT, "test/model/fixtures/tiny.gguf")
OWN_GOLDEN = os.path.join(ROOT, "test/model/golden/llama-q8_0.gguf")
BINARY = ""
SKIPPED = 77
RUN_MODELS = ("bench", "compile", "doctor", "logits", "perplexity", "run")


def needs(need, path):
    """Skips the test if the file is missing, or fails it where INGOT_REQUIRE says that this machine has it."""
    if os.path.exists(path):
        return
    if need in os.environ.get("INGOT_REQUIRE", "").split(","):
        raise AssertionError(f"{path} is missing")
    raise unittest.SkipTest(f"{path} is missing")


def golden(name):
    """A model of the golden set beside the repository."""
    path = os.path.join(DATA, "golden", name + ".gguf")
    needs("data", path)
    return path


LAVAPIPE = f"/usr/share/vulkan/icd.d/lvp_icd.{os.uname().machine}.json"


class CliCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = self._folder.name
        self.environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(self.folder, "cache"))
        self.addCleanup(self._folder.cleanup)

    def use_software_gpu(self):
        """The webgpu device of this test is Mesa's software GPU; skips the test where it does not open."""
        self.environment.update(VK_DRIVER_FILES=LAVAPIPE, XDG_RUNTIME_DIR=self.folder)
        needs("gpu", LAVAPIPE)
        kinds = {row["kind"]: row for row in self.json("doctor", "--no-peaks")["devices"]}
        if not kinds["webgpu"]["ok"] and "gpu" not in os.environ.get("INGOT_REQUIRE", "").split(","):
            self.skipTest(kinds["webgpu"]["message"])

    def path(self, name):
        return os.path.join(self.folder, name)

    def ingot(self, *args, stdin="", **options):
        """Runs the binary; standard input is `stdin`. Gives the finished process. Where no device is named it is the CPU,
        so that every machine tests the same."""
        options.setdefault("stdout", subprocess.PIPE)
        if args and args[0] in RUN_MODELS and not {"--device", "--help", "--list-passes"} & set(args):
            args += ("--device", "cpu")
        return subprocess.run([BINARY, *args], input=stdin, stderr=subprocess.PIPE, text=True, timeout=600, check=False,
                              env=self.environment, **options)

    def ok(self, *args, **options):
        """Standard output of a run that has to succeed."""
        run = self.ingot(*args, **options)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def json(self, *args, **options):
        return json.loads(self.ok(*args, "--json", **options))

    def fails(self, code, message, *args, **options):
        """The run fails with `code` and a first line of standard error that is `ingot COMMAND: message`."""
        run = self.ingot(*args, **options)
        self.assertEqual(run.returncode, code, run.stderr)
        command = args[0] + ": " if args else ""
        self.assertEqual(run.stderr.split("\n")[0], f"ingot {command}{message}")
        return run


def main():
    global BINARY
    BINARY = os.path.abspath(sys.argv.pop(1))
    sys.modules["cli_case"].BINARY = BINARY
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if result.wasSuccessful() and result.testsRun == len(result.skipped):
        sys.exit(SKIPPED)
    sys.exit(0 if result.wasSuccessful() else 1)
