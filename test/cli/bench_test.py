"""`bench` and `bench kernels`: figures that fit together, choices that are tried or skipped, and peaks."""
import cli_case

QUICK = ("--time", "0.01", "--no-peaks")
SHAPE = "rows=1 cols=64 depth=256 format=q8_0"
DOUBLE = """//! op: scale { softcap = 1 }
//! formula: y = scale * x
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WG = {64} tune
//! tolerance: exact
//! variant: plain { }
struct Params { size: u32, scale: f32, softcap: f32 }
var<uniform> p: Params;
var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;
override WG: u32 = 64u;
@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < p.size) { y[id.x] = p.scale * x[id.x]; }
}
"""


class Bench(cli_case.CliCase):
    def check(self, seen):
        for phase in ("prefill", "decode"):
            rate = seen[phase]["tokens_per_second"]
            self.assertLess(0, rate["min"])
            self.assertLessEqual(rate["min"], rate["median"])
            self.assertLessEqual(rate["median"], rate["max"])
        decode = seen["decode"]
        self.assertAlmostEqual(decode["weights_gb_per_second"],
                               decode["weight_bytes"] * decode["tokens_per_second"]["median"] * 1e-9)
        self.assertAlmostEqual(decode["share_of_memory"] * seen["memory_gb_per_second"],
                               decode["weights_gb_per_second"])

    def test_figures_fit_together(self):
        seen = self.json("bench", "-p", "8", "-n", "4", "-r", "2")
        self.check(seen)
        self.assertEqual(seen["memory"], "read")

    def test_a_gpu_is_held_against_its_own_memory(self):
        self.use_software_gpu()
        seen = self.json("bench", "-p", "2", "-n", "2", "-r", "1", "--device", "webgpu")
        self.check(seen)
        self.assertEqual((seen["memory"], seen["decode"]["tokens_per_submit"]), ("copy", 8))

    def test_ops_add_up(self):
        self.use_software_gpu()
        seen = self.json("bench", "-p", "4", "-n", "2", "-r", "2", "--ops", "--tokens-per-submit", "0", "--device", "webgpu",
                         cli_case.OWN_GOLDEN)
        self.assertEqual((seen["decode"]["tokens_per_submit"], seen["decode"]["host_sampling"]),
                         (0, "tokens_per_submit is 0"))
        for phase in ("prefill", "decode"):
            rows = [row for row in seen["ops"] if row["phase"] == phase]
            self.assertEqual([row["microseconds"] for row in rows], sorted((row["microseconds"] for row in rows), reverse=True))
            program = self.json("compile", "--emit", "program", "--phase", phase, "--device", "webgpu", cli_case.OWN_GOLDEN)
            self.assertEqual(sum(row["count"] for row in rows), len(program["dispatches"]))
            self.assertEqual({(row["op"], row["role"]) for row in rows},
                             {(row["op"], row.get("role", "")) for row in program["dispatches"]})
            self.assertTrue(all(row["microseconds"] > 0 for row in rows), rows)
        self.assertEqual(sum(row["weight_bytes"] for row in seen["ops"] if row["phase"] == "decode"),
                         seen["decode"]["weight_bytes"])

    def test_ops_need_a_clock(self):
        run = self.ingot("bench", "-p", "4", "-n", "0", "-r", "1", "--ops", cli_case.OWN_GOLDEN)
        self.assertEqual(run.returncode, 3)
        self.assertRegex(run.stderr, r"^ingot bench: device .* has no clock of its own\n$")

    def test_nothing_to_measure(self):
        self.fails(2, "nothing to measure: both -p and -n are 0", "bench", "-p", "0", "-n", "0")


class BenchKernels(cli_case.CliCase):
    def rows(self, *args):
        """The rows of the one shape that is measured."""
        shapes = self.json("bench", "kernels", *QUICK, *args)["shapes"]
        self.assertEqual(len(shapes), 1)
        return shapes[0]["rows"]

    def fails_at_kernels(self, code, message, *args):
        run = self.ingot("bench", "kernels", *QUICK, *args)
        self.assertEqual(run.returncode, code, run.stderr)
        self.assertEqual(run.stderr.split("\n")[0], f"ingot bench kernels: {message}")

    def check(self, seen):
        shape = seen["shapes"][0]
        self.assertEqual((shape["bytes"], shape["flops"]), (64 * 8 * 34 + (64 + 256) * 4, 2 * 64 * 256))
        memory = shape["bytes"] / seen["memory_gb_per_second"] * 1e-3
        arithmetic = shape["flops"] / seen["f32_tflops"] * 1e-6
        self.assertAlmostEqual(shape["peak_us"], max(memory, arithmetic))
        self.assertAlmostEqual(shape["floor_us"], shape["peak_us"] + seen["dispatch_us"])
        self.assertEqual(shape["bound"], "memory" if memory > arithmetic else "arithmetic")
        medians = [row["median_us"] for row in shape["rows"]]
        self.assertEqual(medians, sorted(medians))
        for row in shape["rows"]:
            self.assertTrue(row["ok"], row["message"])
            self.assertLessEqual(0, row["min_us"])
            self.assertLessEqual(row["min_us"], row["median_us"])
            self.assertAlmostEqual(row["share"], shape["peak_us"] / row["median_us"])
            self.assertAlmostEqual(row["floor_share"], shape["floor_us"] / row["median_us"])
            self.assertAlmostEqual(row["gb_per_second"], shape["bytes"] / row["median_us"] * 1e-3)
            self.assertAlmostEqual(row["tflops"], shape["flops"] / row["median_us"] * 1e-6)
        self.assertEqual(sum(row["chosen"] for row in shape["rows"]), 1)

    def test_figures_fit_together(self):
        seen = self.json("bench", "kernels", "--shape", SHAPE, "--time", "0.01", "--threads", "1")
        self.check(seen)
        self.assertEqual(seen["memory"], "read")

    def test_figures_of_a_gpu(self):
        self.use_software_gpu()
        seen = self.json("bench", "kernels", "--shape", SHAPE, "--time", "0.01", "--device", "webgpu")
        self.check(seen)
        self.assertEqual(seen["memory"], "copy")

    def test_legal_combinations_of_a_gpu(self):
        self.use_software_gpu()
        seen = self.json("bench", "kernels", *QUICK, "--device", "webgpu", "--shape", SHAPE, "--kernel", "matmul_gemv",
                         "--set", "LANES=8,128", "--set", "WG=64,128", "--set", "USE_SUBGROUPS=false")
        shape = seen["shapes"][0]
        self.assertEqual({(row["overrides"]["LANES"], row["overrides"]["WG"]) for row in shape["rows"]},
                         {(8, 64), (8, 128), (128, 128)})
        self.assertEqual(shape["skipped"], 1)

    def test_a_kernel_dir_is_measured(self):
        self.use_software_gpu()
        with open(self.path("mine.wgsl"), "w", encoding="ascii") as file:
            file.write(DOUBLE)
        rows = self.rows("--device", "webgpu", "--kernel-dir", self.folder, "--op", "scale", "--shape", "size=1000")
        self.assertLessEqual({"mine", "scale"}, {row["kernel"] for row in rows})

    def test_a_row_says_why_it_has_no_time(self):
        self.use_software_gpu()
        rows = self.rows("--device", "webgpu", "--shape", SHAPE, "--kernel", "matmul")
        self.assertEqual([(row["kernel"], row["ok"]) for row in rows], [("matmul", False)])
        self.assertIn("serves phase (prefill), not (decode)", rows[0]["message"])

    def test_every_choice_of_an_op(self):
        rows = self.rows("--op", "rms_norm", "--shape", "rows=2 dim=64")
        self.assertIn("rmsnorm", {row["kernel"] for row in rows})

    def test_independent_dispatches(self):
        self.assertTrue(self.rows("--shape", SHAPE, "--independent", "--chosen")[0]["ok"])

    def test_shapes_of_a_model(self):
        text = self.ok("bench", "kernels", *QUICK, "--model", "qwen-0.5b", "--op", "rope", "--phase", "decode", "--chosen")
        self.assertIn("\nrope (q_rope), decode: rows=1 heads=14 head_dim=64 pos=511; ", text)
        self.assertIn("\nrope (k_rope), decode: rows=1 heads=2 head_dim=64 pos=511; ", text)
        self.assertIn("\nbest of each shape", text)

    def test_help_has_an_example(self):
        self.assertIn("Example:\n  ingot bench kernels", self.ok("bench", "kernels", "--help"))

    def test_wrong_choices(self):
        self.fails_at_kernels(2, "--set: (ROWS=two) is not OVERRIDE=VALUE,VALUE...", "--set", "ROWS=two")
        self.fails_at_kernels(2, f"matmul {SHAPE}: unknown kernel (matmul_blockd), nearest is (matmul_blocked)",
                              "--kernel", "matmul_blockd", "--shape", SHAPE)
        self.fails_at_kernels(2, "matmul row=1: matmul_reference row=1: (row=1) fits nothing of the op", "--shape",
                              "row=1", "--kernel", "matmul_reference")
        self.fails_at_kernels(2, "no shape is left to measure", "--op", "nothing")
        self.fails_at_kernels(3, "no kernel serves these shapes with these choices", "--kernel", "rmsnorm",
                              "--shape", SHAPE)


if __name__ == "__main__":
    cli_case.main()
