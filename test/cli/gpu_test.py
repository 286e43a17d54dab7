"""Models on a GPU, as a user sees them: the same tokens as on the CPU, and every fault with its cause and the way out."""
import json
import os
import shutil
import signal
import subprocess
import unittest

import cli_case

PROMPT = ("run", "-p", "Once upon a time", "-n", "8", "--temp", "0", "--numerics", "exact")
GPU = ("--device", "webgpu")
KERNELS = os.path.join(cli_case.ROOT, "ingot/kernels/wgsl")


class Gpu(cli_case.CliCase):
    def setUp(self):
        super().setUp()
        row = self.gpu()[0]
        if not row["ok"]:
            if "gpu" in os.environ.get("INGOT_REQUIRE", "").split(","):
                self.fail(row["message"])
            raise unittest.SkipTest(row["message"])

    def gpu(self):
        """What doctor says of the device webgpu, and the adapters."""
        found = json.loads(self.ingot("doctor", "--json", "--no-peaks", "--device", "null").stdout)
        return next(row for row in found["devices"] if row["kind"] == "webgpu"), found["adapters"]

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

    def test_several_tokens_a_submission(self):
        tiny = ("run", cli_case.OWN_GOLDEN, *PROMPT[1:])
        want = self.json(*tiny)["tokens"]
        for more, count, why in ((("--tokens-per-submit", "0"), 0, "tokens_per_submit is 0"),
                                 (("--tokens-per-submit", "5"), 5, ""), ((), 8, "")):
            seen = self.json(*tiny, *GPU, *more)
            self.assertEqual((seen["tokens"], seen["tokens_per_submit"], seen["host_sampling"]), (want, count, why))
        seen = self.json(*tiny, *GPU, "--repeat-penalty", "1.1")
        self.assertEqual((seen["tokens_per_submit"], seen["host_sampling"]), (0, "repeat_penalty is the host's work"))
        run = self.ingot(*tiny, *GPU, "--tokens-per-submit", "1")
        self.assertIn("; 1 token a submission; seed ", run.stderr)
        run = self.ingot(*tiny, *GPU, "--tokens-per-submit", "65")
        self.assertEqual(run.returncode, 2)
        self.assertIn("(65) is not a whole number in 0..64", run.stderr)

    def test_an_interrupt_among_the_tokens_of_a_submission(self):
        args = (*PROMPT[:3], "-n", "200", *PROMPT[5:], "--ignore-eos")
        process = subprocess.Popen([cli_case.BINARY, *args, *GPU, "--tokens-per-submit", "16"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=self.environment)
        text = process.stdout.read(10)
        process.send_signal(signal.SIGINT)
        text += process.stdout.read()
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 4, errors)
        self.assertRegex(errors, r"stop: interrupted\ningot run: interrupted after tokens \(\d+\)\n$")
        whole, written = self.ok(*args), text.removesuffix("\n")
        self.assertLess(len(written), len(whole))
        self.assertTrue(whole.startswith(written), written)

    def test_an_edited_kernel_runs_without_a_rebuild(self):
        folder, _ = self.edited("activation/silu.wgsl", "* sigmoid(v.g)", "* sigmoid(-v.g)")
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
        self.assertRegex(run.stderr, r"^ingot run: dispatch \d+ \(swiglu ffn_act layer 0\) kernel swiglu .*: swiglu: line \d+ column \d+ "
                                     r"\(let v: vec3<f32> = gated\(quad\);\): the type of `v` is expected to be `vec3<f32>`")

    def test_a_feature_that_the_gpu_lacks(self):
        folder, _ = self.edited("activation/silu.wgsl", "//! require:", "//! require: f16\n//! require:")
        run = self.ingot(*PROMPT, *GPU, "--kernel-dir", folder, "--hide-feature", "f16")
        self.assertEqual((run.returncode, run.stdout), (3, ""), run.stderr)
        self.assertRegex(run.stderr, r"silu: the device lacks \(f16\); --device cpu does without the GPU\n$")

    def test_no_adapter(self):
        self.environment["VK_DRIVER_FILES"] = "/nowhere/icd.json"
        run = self.ingot(*PROMPT, *GPU)
        self.assertEqual((run.returncode, run.stdout), (3, ""), run.stderr)
        why = (r"there is no GPU that \(.*\) can use; install its Vulkan driver, or a software one "
               r"\(on Debian, mesa-vulkan-drivers and libvulkan1\)\n")
        self.assertRegex(run.stderr, f"^ingot run: {why}$")
        self.runs_on_the_cpu(why)
        row, adapters = self.gpu()
        self.assertRegex(row["message"] + "\n", f"^{why}$")
        self.assertEqual(adapters, [])

    def runs_on_the_cpu(self, why):
        """Where nobody asks for a GPU the CPU runs, and says why once."""
        run = self.ingot(*PROMPT, "--device", "auto")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stderr, f"^running on the CPU: {why}loaded in ")
        self.assertEqual(run.stderr.count("CPU"), 1)
        self.assertEqual(run.stdout, self.ok(*PROMPT))
        self.assertEqual(self.ingot(*PROMPT, "--device", "auto", "--quiet").stderr, "")

    def test_no_library(self):
        self.environment["INGOT_WEBGPU_LIBRARY"] = "nowhere/libwebgpu.so"
        why = ("cannot open a WebGPU library: nowhere/libwebgpu.so: cannot open shared object file: No such file or "
               "directory; run ./dev setup, or name a library with INGOT_WEBGPU_LIBRARY")
        self.fails(3, why, *PROMPT, *GPU)
        self.runs_on_the_cpu(why + "\n")

    def fault(self, fault):
        """The library of this test fails as `fault` says."""
        library = os.path.join(os.path.dirname(cli_case.BINARY), "../test/cli/libfaulty_webgpu.so")
        if not os.path.exists(library):
            self.skipTest(f"{library} is missing")
        self.environment.update(INGOT_WEBGPU_LIBRARY=library, INGOT_TEST_FAULT=fault)

    def test_a_gpu_that_is_lost_while_it_generates(self):
        one_by_one = ("--tokens-per-submit", "1")
        whole = self.ok(*PROMPT, *GPU, *one_by_one)
        self.fault("lose:25")
        run = self.ingot(*PROMPT, *GPU, *one_by_one)
        self.assertEqual(run.returncode, 4, run.stderr)
        self.assertTrue(whole.startswith(run.stdout.rstrip("\n")), run.stdout)
        self.assertRegex(run.stderr, r"\ningot run: after tokens \([1-7]\): .*device llvmpipe .* is lost: .*; "
                                     r"--device cpu does without the GPU\n$")

    def test_a_gpu_without_memory_for_a_weight(self):
        self.fault("memory:1100000")
        run = self.ingot(*PROMPT, *GPU)
        self.assertEqual((run.returncode, run.stdout), (4, ""), run.stderr)
        self.assertRegex(run.stderr, r"^ingot run: token_embd.weight: 1179648 bytes do not fit in the memory of llvmpipe .*; "
                                     r"--device cpu does without the GPU\n$")

    def test_a_gpu_that_is_lost_before_it_generates(self):
        for submissions in ("1", "5"):
            self.fault("lose:" + submissions)
            run = self.ingot(*PROMPT, *GPU)
            self.assertEqual((run.returncode, run.stdout), (4, ""), run.stderr)
            self.assertRegex(run.stderr, r"^ingot run: .*device llvmpipe .* is lost: .*; --device cpu does without the GPU\n$")

    def test_a_gpu_that_binds_little(self):
        short = ("--ctx", "64", "--max-binding")
        self.assertEqual(self.ok(*PROMPT, *GPU, *short, "200000"), self.ok(*PROMPT))
        self.fails(3, "buffer s0, for (64) tokens a run: bytes (196608) are more than the device binds at once (100000); "
                      "--device cpu does without the GPU", *PROMPT, *GPU, *short, "100000")


if __name__ == "__main__":
    cli_case.main()
