"""The tests of the dialect and its passes, as text: test/ir/**/*.mlir. CMake starts lit with the two folders."""
import os

import lit.formats

config.name = "ingot"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(lit_config.params["output"], "lit")
config.environment["PATH"] = os.pathsep.join(
    [lit_config.params["tools"], lit_config.params["llvm"], os.environ["PATH"]])
