"""Every WGSL kernel and recipe, variant, weight format and override value through Chromium, the same list as tint_test.py's.

Run by ctest as `python3 browser_shaders_test.py BINARY [all]`: with all, pipelines of all rows, else one of each kernel.
Exits with 77, which ctest shows as skipped, without Chromium.
"""
import os
import subprocess
import sys
import tempfile

import browser


def main():
    browser.find_chromium()
    command = [sys.argv[1], "kernels", "link", "--json", "--enable", "subgroups"]
    for stages in ("stages", "row_sum"):
        command += ["--kernel-dir", os.path.join(browser.ROOT, "test", "kernels", stages)]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "linked.json"), "wb") as linked:
            subprocess.run(command, check=True, stdout=linked)
        wants_all = sys.argv[2:] == ["all"]
        found = browser.run_page(f"/test/page.html?test=shaders&pipelines={'all' if wants_all else 'some'}", folder,
                                 seconds=1500 if wants_all else 170)
    for failure in found["failures"]:
        print(failure[:800])
    print(found["counts"], "failed:", len(found["failures"]))
    return 1 if found["failures"] or found["counts"]["pipelines"] < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
