//! kernel: matmul_gemv
//! fill: map = softcap, relu
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
