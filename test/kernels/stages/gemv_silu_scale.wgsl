//! kernel: matmul_gemv
//! fill: map = silu, scale
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
