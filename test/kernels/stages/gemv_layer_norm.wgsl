//! kernel: matmul_gemv
//! fill: x = layer_norm
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
