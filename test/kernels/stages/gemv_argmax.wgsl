//! kernel: matmul_gemv
//! fill: sink = argmax_partial
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
