//! kernel: matmul_gemv
//! fill: w = weights, weights; pre = bias; combine = geglu
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
