//! kernel: matmul_gemv
//! fill: w = weights, weights; combine = swiglu
//! op: matmul_swiglu
//! key: ffn
//! phase: decode
//! formula: y[m, n] = silu(gate) * up, where gate and up are alpha * sum over k of x[m, k] * w[n, k], w being w0 and w1
//! variant: ffn { }
//! variant: ffn_multi { LANES = 64 }
//! variant: ffn_f16 { W_FORMAT = 1 }
//! variant: ffn_q4k { W_FORMAT = 5, LANES = 16 }
//! variant: ffn_batched { LANES = 16, BATCH_ROWS = 4 }
//! variant: ffn_subgroup { USE_SUBGROUPS = true, LANES = 32 }
