"""The page of web/ replays an export of the bundled model and generates the greedy tokens of the CPU.

Run by ctest as `python3 browser_replay_test.py BINARY`. Exits with 77, which ctest shows as skipped, without Chromium.
"""
import json
import os
import subprocess
import sys
import tempfile

import browser

TOKENS = 16


def main():
    browser.find_chromium()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "export", "-p", "Once upon a time", "-n", str(TOKENS), "--out", folder, "--quiet"],
                       check=True)
        found = browser.run_page("/web/index.html?model=/data&report=/result", folder, seconds=170)
        run = subprocess.run([sys.argv[1], "run", "-p", "Once upon a time", "-n", str(TOKENS), "--temp", "0", "--device", "cpu",
                              "--numerics", "exact", "--ignore-eos", "--json", "--quiet"], check=True, stdout=subprocess.PIPE)
        try:
            browser.run_page("/web/index.html?model=/data/none&report=/result", folder)
            said = ""
        except SystemExit as end:
            said = str(end)
    if "/data/none/export.json: HTTP 404; write the folder with `ingot export" not in said:
        print(f"of a folder that is not there the page says ({said})")
        return 1
    want = json.loads(run.stdout)
    if len(found["tokens"]) != TOKENS or found["tokens"] != want["tokens"]:
        print(f"the page's tokens {found['tokens']}\nare not the CPU's {want['tokens']}")
        return 1
    if found["text"] != want["text"]:
        print(f"the page's text ({found['text']}) is not the CPU's ({want['text']})")
        return 1
    print(f"{TOKENS} tokens in {found['generate_ms']:.0f} ms, prepared in {found['prepare_ms']:.0f} ms: {found['text']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
