//! kernel: matmul_gemv
//! fill: x = rms_norm
//! formula: y[m, n_base + n] = alpha * sum over k of rms_norm(x)[m, k] * w[n, k]
//! variant: gemv_norm { }
//! variant: gemv_norm_batched { LANES = 16, BATCH_ROWS = 4 }
//! variant: gemv_norm_subgroup { USE_SUBGROUPS = true, LANES = 32 }
