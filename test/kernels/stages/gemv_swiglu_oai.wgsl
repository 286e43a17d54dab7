//! kernel: matmul_gemv
//! fill: w = weights, weights; combine = swiglu_oai
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
