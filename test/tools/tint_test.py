"""Every WGSL kernel and recipe, variant, weight format and override value, and every stage in a kernel, through Tint, the
WGSL compiler of Chromium, on Dawn's null device, which needs no GPU. (naga sees them on the software GPUs, where they run.)
What asks for more than WebGPU's default limits is compiled as a module, without a pipeline.

Run by ctest as `python3 tint_test.py BINARY FOLDER`, FOLDER holding tools/tint_requirements.txt as pip installed it. Exits
with 77, which ctest shows as skipped, where it does not.
"""
import json
import os
import subprocess
import sys

SKIPPED = 77
SHARED, INVOCATIONS = 16384, 256  # WebGPU's default limits


def open_device(folder):
    sys.path.insert(0, folder)
    import wgpudawn
    import wgpudawn.backends.dawn  # noqa: F401  registers itself
    null = [a for a in wgpudawn.gpu._enumerate_all_adapters() if a.info["backend_type"] == "Null"]
    if not null:
        sys.exit("Dawn has no null device here")
    features = [name for name in ("subgroups", "shader-f16") if name in null[0].features]
    return wgpudawn, null[0].request_device_sync(required_features=features)


class Compiler:
    def __init__(self, api, device):
        self.api, self.device = api, device
        self.modules = {}  # by key: the module, or why there is none

    def module(self, key, text):
        if key not in self.modules:
            try:
                self.modules[key] = self.device.create_shader_module(code=text)
            except Exception as error:  # the package has no type of its own for it
                self.modules[key] = str(error)
        return self.modules[key]

    def layout(self, access):
        kinds = ["uniform"] + ["storage" if a == "read_write" else "read-only-storage" for a in access]
        entries = [{"binding": number, "visibility": self.api.ShaderStage.COMPUTE, "buffer": {"type": kind}}
                   for number, kind in enumerate(kinds)]
        return self.device.create_pipeline_layout(
            bind_group_layouts=[self.device.create_bind_group_layout(entries=entries)])

    def check(self, row, text):
        """Why the row does not compile; nothing if it does."""
        module = self.module(row["key"], text)
        if isinstance(module, str):
            return module
        if row["workgroup_bytes"] > SHARED or row["invocations"] > INVOCATIONS:
            return None
        try:
            self.device.create_compute_pipeline(
                layout=self.layout(row["access"]),
                compute={"module": module, "entry_point": "main", "constants": row["constants"]})
        except Exception as error:
            return str(error)
        return None


def missing(folder):
    required = "tint" in os.environ.get("INGOT_REQUIRE", "").split(",")
    print(f"{folder} has no wgpudawn: `./dev test` puts it there")
    return 1 if required else SKIPPED


def main():
    binary, folder = sys.argv[1:3]
    if not os.path.isdir(os.path.join(folder, "wgpudawn")):
        return missing(folder)
    kernels = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "kernels")
    command = [binary, "kernels", "link", "--json", "--enable", "subgroups"]
    for stages in ("stages", "row_sum"):
        command += ["--kernel-dir", os.path.join(kernels, stages)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    linked = json.loads(run.stdout)
    compiler = Compiler(*open_device(folder))
    if not isinstance(compiler.module("", "fn main( {"), str):
        sys.exit("what is no WGSL compiled: nothing would be checked")
    failed = 0
    for row in linked["rows"]:
        why = compiler.check(row, linked["texts"][row["key"]])
        if why is not None:
            failed += 1
            print(f"{row['kernel']}/{row['variant']} {row['constants']}: {why[:600]}")
    print(f"{len(linked['texts'])} modules, {len(linked['rows'])} pipelines, failed: {failed}")
    return 1 if failed or len(linked["rows"]) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
