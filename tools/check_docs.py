#!/usr/bin/env python3
"""Checks the documents: every relative link leads to a file, and every command of the binary stands in docs/cli.md."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")


def main() -> int:
    files = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    errors = []
    for path in files:
        text = open(os.path.join(ROOT, path), encoding="utf-8").read()
        for target, _ in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            if not os.path.exists(os.path.normpath(os.path.join(ROOT, os.path.dirname(path), target))):
                errors.append(f"{path}: link leads nowhere ({target})")
    commands = re.findall(r'^\s*\{"(\w+)", Cmd', open(os.path.join(ROOT, "ingot/cli/commands.cc"), encoding="utf-8").read(), re.M) \
        if os.path.exists(os.path.join(ROOT, "ingot/cli/commands.cc")) else []
    manual = open(os.path.join(ROOT, "docs/cli.md"), encoding="utf-8").read() if commands else ""
    for command in commands:
        if f"`ingot {command}" not in manual:
            errors.append(f"docs/cli.md: command ({command}) is missing")
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
