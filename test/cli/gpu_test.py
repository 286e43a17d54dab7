"""Models on a GPU, as a user sees them: the same tokens as on the CPU, and every fault with its cause and the way out."""
import json
import os
import shutil
import unittest

import cli_case

PROMPT = ("run", "-p", "Once upon a time", "-n", "8", "--temp", "0", "--numerics", "exact")
GPU = ("--device", "webgpu")
KERNELS = os.path.join(cli_case.ROOT, "ingot/kernels/wgsl")


class Gpu(cli_case.CliCase):
    def setUp(self):
        super().setUp()
        found = json.loads(self.ingot("doctor", "--json", "--no-peaks", "--device", "null").stdout)
        row = next(row for row in found["devices"] if row["kind"] == "webgpu")
        if not row["ok"]:
            if "gpu" in os.environ.get("INGOT_REQUIRE", "").split(","):
                self.fail(row["message"])
            raise unittest.SkipTest(row["message"])

    def edited(self, name, old, new):
        """A folder with a shipped kernel, changed."""
        folder = self.path("kernels")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, os.path.basename(name))
        shutil.copyfile(os.path.join(KERNELS, name), path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))
        return folder, path

    def test_tokens_are_those_of_the_cpu(self):
        want = self.json(*PROMPT)["tokens"]
        for flags in ((), ("--hide-feature", "subgroups"), ("--hide-feature", "f16", "--hide-feature", "subgroups")):
            seen = self.json(*PROMPT, *GPU, *flags)
            self.assertEqual((seen["tokens"], seen["device"]), (want, "webgpu"), flags)

    def test_an_edited_kernel_runs_without_a_rebuild(self):
        folder, _ = self.edited("activation/silu.wgsl", "* sigmoid(v)", "* sigmoid(-v)")
        self.assertNotEqual(self.ok(*PROMPT, *GPU, "--kernel-dir", folder), self.ok(*PROMPT, *GPU))

    def test_a_kernel_that_cannot_be_read(self):
        folder, path = self.edited("activation/silu.wgsl", "let v =", "lett v =")
        run = self.ingot(*PROMPT, *GPU, "--kernel-dir", folder)
        self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
        self.assertRegex(run.stderr, rf"^ingot run: {path}:\d+:\d+: found \(v\), expected ")

    def test_a_shader_that_does_not_compile(self):
        folder, _ = self.edited("activation/silu.wgsl", "let v =", "let v: vec3<f32> =")
        run = self.ingot(*PROMPT, *GPU, "--kernel-dir", folder)
        self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
        self.assertRegex(run.stderr, r"^ingot run: dispatch \d+ \(silu ffn_act layer 0\) kernel silu .*: silu: line \d+ column \d+ "
                                     r"\(let v: vec3<f32> = x\[quad\];\): the type of `v` is expected to be `vec3<f32>`")

    def test_a_feature_that_the_gpu_lacks(self):
        folder, _ = self.edited("activation/silu.wgsl", "//! require:", "//! require: f16\n//! require:")
        run = self.ingot(*PROMPT, *GPU, "--kernel-dir", folder, "--hide-feature", "f16")
        self.assertEqual((run.returncode, run.stdout), (3, ""), run.stderr)
        self.assertRegex(run.stderr, r"silu: the device lacks \(f16\); --device cpu does without the GPU\n$")

    def test_no_adapter(self):
        self.environment["VK_DRIVER_FILES"] = "/nowhere/icd.json"
        run = self.ingot(*PROMPT, *GPU)
        self.assertEqual((run.returncode, run.stdout), (3, ""), run.stderr)
        self.assertRegex(run.stderr, r"^ingot run: there is no GPU that \(.*\) can use; install its Vulkan driver, or ")
        self.assertEqual(self.ingot(*PROMPT, "--device", "auto").returncode, 0)

    def test_no_library(self):
        self.environment["INGOT_WEBGPU_LIBRARY"] = "nowhere/libwebgpu.so"
        self.fails(3, "cannot open a WebGPU library: nowhere/libwebgpu.so: cannot open shared object file: No such file or "
                      "directory", *PROMPT, *GPU)


if __name__ == "__main__":
    cli_case.main()
