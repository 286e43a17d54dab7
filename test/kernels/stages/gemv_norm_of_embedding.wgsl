//! kernel: matmul_gemv
//! fill: x = rms_norm over embedding
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
