//! kernel: matmul_gemv
//! fill: map = bias, gelu
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
