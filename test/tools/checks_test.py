"""The checks of the tree themselves: each passes on a small good tree and refuses every planted fault, with its place."""
import contextlib
import importlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools"))
CHECKS = {name: importlib.import_module(f"check_{name}") for name in ("layers", "tree", "docs")}

GOOD = {
    "ingot/CMakeLists.txt": """# A comment (with DEPS in it).
ingot_module(NAME base
  SOURCES base/text.cc)
ingot_module(NAME kernels
  SOURCES kernels/kernel.cc  # one file
  DEPS base)
ingot_module(NAME ir
  SOURCES ir/compiler.cc
  DEPS base kernels
  LINK MLIRIR)
""",
    "docs/architecture.md": """# Architecture
| layer | module | holds | may include |
|---|---|---|---|
| 0 | `base` | text | nothing of ours |
| 1 | `kernels` | kernels | base |
| 2 | `ir` | passes | base kernels |
""",
    "docs/cli.md": "`ingot run MODEL` runs a model; see [architecture](architecture.md#top), [web](https://example.org).\n",
    "ingot/cli/commands.cc": '    {"run", CmdRun, "runs"},\n',
    "ingot/base/text.h": "#pragma once\n#include <string>\n",
    "ingot/base/text.cc": '#include "ingot/base/text.h"\n',
    "ingot/base/json.cc": "#include <nlohmann/json.hpp>\n",
    "ingot/kernels/kernel.h": '#pragma once\n#include "ingot/base/text.h"\n',
    "ingot/kernels/kernel.cc": '#include "ingot/kernels/kernel.h"\n',
    "ingot/ir/compiler.h": '#pragma once\n#include "ingot/kernels/kernel.h"\n',
    "ingot/ir/compiler.cc": '#include "ingot/ir/compiler.h"\n#include "mlir/IR/Builders.h"\n#include "ir/ops.h.inc"\n',
    "test/base/text_test.cc": '#include "ingot/base/text.h"\n#include "ingot/kernels/kernel.h"\n',
}


class ChecksTest(unittest.TestCase):
    maxDiff = None

    def check(self, name, faults):
        """Runs a check on the good tree with `faults` (path: text, or None for no file); gives what it complains of."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD, **faults}.items():
                if text is None:
                    continue
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as out:
                    out.write(text)
            if name != "layers":
                subprocess.run(["git", "init", "-q"], cwd=root, check=True)
                subprocess.run(["git", "add", "-A"], cwd=root, check=True)
            errors = io.StringIO()
            with unittest.mock.patch.object(sys, "argv", [name, "--root", root]), contextlib.redirect_stderr(errors):
                code = CHECKS[name].main()
        self.assertEqual(code, 1 if errors.getvalue() else 0)
        return errors.getvalue().splitlines()

    def refused(self, name, path, text, *messages):
        self.assertEqual(self.check(name, {path: text}), list(messages))

    def test_a_good_tree_passes(self):
        for name in CHECKS:
            self.assertEqual(self.check(name, {}), [])

    def test_an_include_against_the_layers_is_refused(self):
        self.refused("layers", "ingot/base/text.h", '#include "ingot/kernels/kernel.h"\n',
                     "ingot/base/text.h: module (base) may not include (ingot/kernels/kernel.h): DEPS are ()")
        self.refused("layers", "ingot/kernels/kernel.cc", '  #  include "ingot/ir/compiler.h"\n',
                     "ingot/kernels/kernel.cc: module (kernels) may not include (ingot/ir/compiler.h): DEPS are (base)")

    def test_a_dependency_against_the_table_is_refused(self):
        self.refused("layers", "ingot/CMakeLists.txt", GOOD["ingot/CMakeLists.txt"].replace("DEPS base)", "DEPS base ir)"),
                     "ingot/CMakeLists.txt: module (kernels) depends on (ir), which docs/architecture.md does not allow")
        self.refused("layers", "docs/architecture.md", GOOD["docs/architecture.md"].replace("`ir`", "`mid`"),
                     "docs/architecture.md: module (ir) is not in the table")

    def test_a_header_outside_of_its_fence_is_refused(self):
        for path, header in (("ingot/kernels/kernel.cc", "mlir/IR/Builders.h"),
                             ("ingot/ir/compiler.h", "llvm/ADT/StringRef.h"),
                             ("ingot/base/text.cc", "nlohmann/json.hpp"),
                             ("test/base/text_test.cc", "CLI/CLI.hpp")):
            errors = self.check("layers", {path: f"#include <{header}>\n"})
            self.assertEqual(len(errors), 1, errors)
            self.assertTrue(errors[0].startswith(f"{path}: includes ({header}): "), errors[0])

    def test_a_header_that_does_not_exist_is_refused(self):
        self.refused("layers", "test/base/text_test.cc", '#include "ingot/base/word.h"\n',
                     "test/base/text_test.cc: includes (ingot/base/word.h), which does not exist")

    def test_a_long_file_is_refused(self):
        self.assertEqual(self.check("tree", {"ingot/base/text.cc": "\n" * 500}), [])
        self.refused("tree", "ingot/base/text.cc", "\n" * 501, "ingot/base/text.cc: lines (501) are more than (500)")

    def test_an_unfinished_mark_is_refused(self):
        for mark in ("TO" "DO", "FIX" "ME", "not imple" "mented"):
            self.refused("tree", "ingot/base/text.cc", f"int a;\n// {mark} later\n",
                         f"ingot/base/text.cc:2: unfinished mark: // {mark} later")

    def test_a_path_of_a_machine_is_refused(self):
        path = '"/ho' + 'me/me/model.gguf"'
        self.refused("tree", "test/base/text_test.cc", f"auto p = {path};\n",
                     f"test/base/text_test.cc:1: path of a machine: auto p = {path};")

    def test_a_character_outside_of_ascii_is_refused(self):
        self.refused("tree", "ingot/base/text.h", "// \u00e4\n", "ingot/base/text.h:1: not ASCII: // \u00e4")

    def test_a_file_that_git_does_not_track_is_not_looked_at(self):
        self.assertEqual(self.check("tree", {".gitignore": "build/\n", "build/a.cc": "\n" * 501}), [])

    def test_a_link_that_leads_nowhere_is_refused(self):
        self.refused("docs", "docs/cli.md", "`ingot run`: [this](cli.md), [that](formats/none.md#a)\n",
                     "docs/cli.md: link leads nowhere (formats/none.md)")

    def test_a_command_without_a_section_is_refused(self):
        self.refused("docs", "docs/cli.md", "`ingot serve MODEL`\n", "docs/cli.md: command (run) is missing")


if __name__ == "__main__":
    unittest.main()
