#!/usr/bin/env python3
"""Checks the tree: no file over 500 lines, no unfinished marks, ASCII sources, no paths of a machine."""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

LINES = 500
CODE = (".cc", ".h", ".td", ".wgsl", ".py", ".cmake", ".js", ".mlir")
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|not imple" r"mented")
PATHS = re.compile(r"(?<![\w.<])/(home|root)/")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    root = parser.parse_args().root
    files = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True).stdout.split("\n")
    errors = []
    for path in filter(None, files):
        full = os.path.join(root, path)
        if not (path.endswith(CODE) or path == "dev" or path.endswith("CMakeLists.txt")) or not os.path.isfile(full):
            continue
        text = Path(full).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > LINES:
            errors.append(f"{path}: lines ({lines}) are more than ({LINES})")
        for number, line in enumerate(text.split("\n"), 1):
            if MARKS.search(line):
                errors.append(f"{path}:{number}: unfinished mark: {line.strip()}")
            if PATHS.search(line):
                errors.append(f"{path}:{number}: path of a machine: {line.strip()}")
            if not line.isascii():
                errors.append(f"{path}:{number}: not ASCII: {line.strip()}")
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
