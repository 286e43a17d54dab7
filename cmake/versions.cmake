# Every pin in one place. Debian 12's own versions are the ones that are tested.
set(INGOT_MLIR_VERSION 19.1)
set(INGOT_MLIR_HINT /usr/lib/llvm-19/lib/cmake/mlir)
