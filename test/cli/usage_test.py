"""Wrong usage gives exit code 2 and a message that helps; every command explains itself."""
import json
import os
import re

import cli_case


class Usage(cli_case.CliCase):
    def commands(self):
        listed = self.ok("--help").split("Subcommands:")[1].split("Example:")[0]
        return re.findall(r"^  (\w+) ", listed, re.M)

    def test_every_command_has_help_with_an_example_and_json(self):
        commands = self.commands()
        self.assertIn("inspect", commands)
        for command in commands:
            text = self.ok(command, "--help")
            self.assertIn(f"Example:\n  ingot {command}", text)
            self.assertIn("--json", text)

    def test_version(self):
        self.assertRegex(self.ok("--version"), r"^ingot \d+\.\d+\.\d+\n$")

    def test_no_command_shows_help_and_fails(self):
        run = self.ingot()
        self.assertEqual(run.returncode, 2)
        self.assertIn("Usage: ingot", run.stderr)

    def test_unknown_command(self):
        run = self.ingot("inspec")
        self.assertEqual(run.returncode, 2)
        self.assertEqual(run.stderr, "ingot: unknown command (inspec), nearest is (inspect)\n"
                                     "`ingot --help` shows what is legal\n")

    def test_unknown_flag(self):
        self.fails(2, "unknown flag (--jsn), nearest is (--json)", "inspect", "--jsn")

    def test_argument_too_many(self):
        self.fails(2, "unknown argument (b)", "inspect", "a", "b")

    def test_argument_missing(self):
        self.fails(2, "FORMAT is required", "quantize", "a", "b")

    def test_number_out_of_range(self):
        self.fails(2, "--threads: (many) is not a whole number in 0..1024", "quantize", "a", "b", "q8_0", "--threads",
                   "many")


class Kernels(cli_case.CliCase):
    KERNEL = """//! op: relu
//! formula: y = max(x, 0)
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WG = {64, 128} tune
//! tolerance: exact
//! variant: plain { }
struct Params { size: u32 }
var<uniform> p: Params;
var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;
override WG: u32 = 64u;
@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < p.size) { y[id.x] = max(x[id.x], 0.0); }
}
"""

    def write(self, name, text):
        path = self.path(name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def test_wgsl_kernels_are_listed_and_shown(self):
        listed = self.json("kernels", "list", "--target", "webgpu", "--op", "matmul")
        self.assertIn("matmul_gemv", [kernel["name"] for kernel in listed])
        shown = self.json("kernels", "show", "matmul_gemv", "--target", "webgpu")
        self.assertEqual(shown["file"], "matmul/matmul_gemv.wgsl")
        self.assertIn("invocations >= WG", shown["requirements"])
        self.assertEqual(len(shown["weight_formats"]), 14)

    def test_a_kernel_dir_wins(self):
        path = self.write("relu.wgsl", self.KERNEL)
        shown = self.json("kernels", "show", "relu", "--target", "webgpu", "--kernel-dir", self.folder)
        self.assertEqual(shown["file"], path)
        self.fails(2, "--kernel-dir is for --target webgpu, not (cpu)", "kernels", "list", "--kernel-dir", self.folder)

    def test_the_source_is_the_file(self):
        with open(os.path.join(cli_case.ROOT, "ingot/kernels/wgsl/activation/silu.wgsl"), encoding="utf-8") as file:
            self.assertEqual(self.ok("kernels", "source", "silu"), file.read())
        self.write("relu.wgsl", self.KERNEL)
        self.assertEqual(self.ok("kernels", "source", "relu", "--kernel-dir", self.folder), self.KERNEL)
        self.fails(2, "no WGSL file (silo), nearest is (silu)", "kernels", "source", "silo")

    def test_check_header(self):
        path = self.write("relu.wgsl", self.KERNEL)
        self.assertEqual(self.ingot("kernels", "check-header", path).returncode, 0)
        path = self.write("worse.wgsl", self.KERNEL.replace("y f32[size] rw", "y f32[size] r"))
        self.fails(2, f"{path}:3: bind: access of (y) is (read) here, but (read_write) in the code", "kernels",
                   "check-header", path)

    # As KERNEL, but found by its header: fragments and two axes.
    MINE = """//! op: relu
//! formula: y = max(x, 0)
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: SQUARED = {false, true} flag
//! range: WG = {64, 128} tune
//! use: grid
//! require: invocations >= WG
//! tolerance: exact
//! variant: plain { }
struct Params { size: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override SQUARED: bool = false;
override WG: u32 = 64u;
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let i = linear(g) * WG + t.index;
  if (i < p.size) {
    let v = max(x[i], 0.0);
    y[i] = select(v, v * v, SQUARED);
  }
}
"""

    def test_exported_cases_pass_only_with_answers(self):
        cases = self.path("cases")
        found = self.json("kernels", "check", "--export", cases, "--kernel", "residual", "--kernel", "topk", "--quiet")
        self.assertEqual((found["out"], found["cases"]), (cases, 6))
        rows = self.json_of_failed_judge(cases)
        self.assertEqual([(row["kernel"], row["passed"], len(row["failures"])) for row in rows],
                         [("residual", 0, 3), ("topk", 0, 3)])
        os.mkdir(os.path.join(cases, "answers"))
        with open(os.path.join(cases, "answers", "0.bin"), "wb") as file:
            file.write(bytes(1 << 20))  # all zero: nothing is as it was
        failure = self.json_of_failed_judge(cases)[0]["failures"][0]
        self.assertIn("outside of it, was written", failure["message"])
        self.fails(2, f"{cases}/answers: answers to an earlier export are here", "kernels", "check", "--export", cases)

    def json_of_failed_judge(self, folder):
        run = self.ingot("kernels", "check", "--judge", folder, "--json", "--quiet")
        self.assertEqual(run.returncode, 1)
        return json.loads(run.stdout)

    def test_an_index_that_is_none_is_refused(self):
        os.mkdir(self.path("cases"))
        for text, message in [('{"version": 1}', "version"), ("[]", "object"), ("{}", "version")]:
            with open(self.path("cases/cases.json"), "w") as file:
                file.write(text)
            run = self.ingot("kernels", "check", "--judge", self.path("cases"))
            self.assertEqual(run.returncode, 2)
            self.assertIn(message, run.stderr)
        self.fails(2, "unknown kernel (residul), nearest is (residual)", "kernels", "check", "--export", self.path("none"),
                   "--kernel", "residul")

    def test_own_kernel_is_checked(self):
        self.use_software_gpu()
        path = self.write("my_relu.wgsl", self.MINE)
        check = ["kernels", "check", "my_relu", "--device", "webgpu", "--kernel-dir", self.folder]
        seen = self.json(*check)
        self.assertEqual([(row["kernel"], row["file"], row["ok"]) for row in seen], [("my_relu", path, True)])
        self.assertGreaterEqual(seen[0]["passed"], 40)
        self.write("my_relu.wgsl", self.MINE.replace("i < p.size", "i < p.size - 1u"))
        run = self.ingot(*check, "--json")
        self.assertEqual(run.returncode, 1)
        self.assertIn("kernels (my_relu) failed their cases", run.stderr)
        self.write("my_relu.wgsl", self.MINE.replace("max(x[i], 0.0)", "abs(x[i])"))
        run = self.ingot(*check, "--json", "--quick")
        self.assertEqual(run.returncode, 1)
        failure = json.loads(run.stdout)[0]["failures"][0]
        self.assertEqual(failure["overrides"], {"SQUARED": 0, "WG": 64})
        self.assertEqual(failure["want"], 0)
        self.assertGreater(failure["got"], failure["bound"])
        self.assertIn(f"element ({failure['index']}) is (", failure["message"])

    def test_kernel_that_hangs_is_ended_and_named(self):
        self.use_software_gpu()
        # Mesa's driver ends a loop without end, but not one of so many workgroups.
        endless = self.MINE.replace("linear(ceil(size, WG))", "65535, 65535")
        self.assertNotEqual(endless, self.MINE)
        path = self.write("endless_relu.wgsl", endless)
        run = self.ingot("kernels", "check", "endless_relu", "--device", "webgpu", "--kernel-dir", self.folder, "--quick",
                         "--case-seconds", "1", "--json")
        self.assertEqual(run.returncode, 1)
        row, = json.loads(run.stdout)
        self.assertEqual((row["kernel"], row["ok"]), ("endless_relu", False))
        self.assertTrue(row["failures"][0]["text"].startswith(f"{path}: size=1 {{SQUARED = 0, WG = 64}}: "))
        self.assertIn("kernels (endless_relu) failed their cases", run.stderr)

    def test_link_prints_the_module(self):
        text = self.ok("kernels", "link", "rmsnorm", "--variant", "rmsnorm_subgroup", "--enable", "subgroups")
        self.assertTrue(text.startswith("enable subgroups;"))
        self.assertIn("fn main(", text)
        linked = self.json("kernels", "link", "rmsnorm", "--set", "WG=64")
        self.assertEqual(linked["constants"]["WG"], 64)
        self.assertEqual(linked["invocations"], 64)
        self.fails(2, "rmsnorm: WG (65) is not one of (64, 128, 256)", "kernels", "link", "rmsnorm", "--set", "WG=65")
        self.fails(2, "--set: (WG) is not NAME=NUMBER", "kernels", "link", "rmsnorm", "--set", "WG")
        self.fails(2, "link needs the name of a kernel, or --json for all", "kernels", "link")

    def test_check_names_what_it_cannot_check(self):
        self.fails(2, "unknown kernel (rulu), nearest is (relu)", "kernels", "check", "rulu")


class Model(cli_case.CliCase):
    def test_missing_file(self):
        self.fails(2, "./none.gguf: no such file", "inspect", "./none.gguf")

    def test_unknown_name_says_what_was_tried(self):
        cache = self.path("cache/ingot/models")
        self.fails(2, f"model (none) is neither a file nor in the cache ({cache}/none.gguf); the cache has (); "
                      "`./dev model NAME` fetches one, no MODEL at all means the bundled one", "inspect", "none")

    def test_name_in_the_cache(self):
        import os
        import shutil
        os.makedirs(self.path("cache/ingot/models"))
        shutil.copy(cli_case.TINY, self.path("cache/ingot/models/small.gguf"))
        self.assertEqual(self.json("inspect", "small")["version"], 3)
        run = self.ingot("inspect", "smal")
        self.assertIn("nearest is (small); the cache has (small);", run.stderr)

    def test_not_a_gguf(self):
        path = self.path("a.gguf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("this is no model, but it is long enough to have a header")
        run = self.ingot("inspect", path)
        self.assertEqual(run.returncode, 2)
        self.assertIn(f"ingot inspect: {path}: byte 0: ", run.stderr)

    def test_truncated_at_any_byte(self):
        path = self.path("cut.gguf")
        with open(cli_case.TINY, "rb") as file:
            whole = file.read()
        for size in range(0, len(whole), 211):
            with open(path, "wb") as file:
                file.write(whole[:size])
            run = self.ingot("inspect", path)
            self.assertEqual(run.returncode, 2, size)
            self.assertTrue(run.stderr.startswith(f"ingot inspect: {path}: "), run.stderr)

    def test_folder(self):
        self.assertEqual(self.ingot("inspect", self.folder + "/").returncode, 2)


class Output(cli_case.CliCase):
    def test_full_disk_on_standard_output(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            run = self.ingot("inspect", cli_case.TINY, stdout=full)
        self.assertEqual(run.returncode, 4)
        self.assertEqual(run.stderr, "ingot inspect: standard output: cannot write: no space left on device\n")


if __name__ == "__main__":
    cli_case.main()
