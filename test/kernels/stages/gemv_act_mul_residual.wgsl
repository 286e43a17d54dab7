//! kernel: matmul_gemv
//! fill: x = act_mul; map = residual
//! range: W_FORMAT = {0, 1, 5} bound
//! variant: plain { }
