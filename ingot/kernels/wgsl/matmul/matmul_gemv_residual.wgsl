//! kernel: matmul_gemv
//! fill: map = residual
//! op: matmul_add
//! formula: y[m, n_base + n] = alpha * sum over k of x[m, k] * w[n, k] + residual[m, n_base + n]
//! phase: decode
//! variant: gemv_residual { }
//! variant: gemv_residual_f32 { W_FORMAT = 0 }
//! variant: gemv_residual_batched { LANES = 16, BATCH_ROWS = 4 }
//! variant: gemv_residual_subgroup { USE_SUBGROUPS = true, LANES = 32 }
