//! kernel: fused_matmul_rmsnorm
//! fill: x = rms_norm
//! variant: plain { }
