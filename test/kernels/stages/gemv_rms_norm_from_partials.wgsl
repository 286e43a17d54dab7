//! kernel: matmul_gemv
//! fill: x = rms_norm_from_partials
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
