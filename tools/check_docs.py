#!/usr/bin/env python3
"""Checks the documents: every relative link leads to a file, and every command of the binary stands in docs/cli.md."""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    root = parser.parse_args().root
    files = subprocess.run(["git", "ls-files", "*.md"], cwd=root, check=True, capture_output=True, text=True).stdout.split()
    errors = []
    for path in files:
        text = Path(root, path).read_text(encoding="utf-8")
        for target, _ in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            if not os.path.exists(os.path.normpath(os.path.join(root, os.path.dirname(path), target))):
                errors.append(f"{path}: link leads nowhere ({target})")
    commands = re.findall(r'^\s*\{"(\w+)", Cmd', Path(root, "ingot/cli/commands.cc").read_text(encoding="utf-8"), re.M) \
        if os.path.exists(os.path.join(root, "ingot/cli/commands.cc")) else []
    manual = Path(root, "docs/cli.md").read_text(encoding="utf-8") if commands else ""
    for command in commands:
        if f"`ingot {command}" not in manual:
            errors.append(f"docs/cli.md: command ({command}) is missing")
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
