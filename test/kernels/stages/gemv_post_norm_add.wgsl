//! kernel: matmul_gemv
//! fill: x = post_norm_add
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
