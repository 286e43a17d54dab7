//! kernel: matmul_gemv
//! fill: map = residual; sink = store_sumsq
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
