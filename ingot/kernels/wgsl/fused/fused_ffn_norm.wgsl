//! kernel: matmul_gemv
//! fill: x = rms_norm; w = weights, weights; combine = swiglu
//! key: ffn
//! formula: y[m, n] = silu(gate) * up, where gate and up are alpha * sum over k of rms_norm(x)[m, k] * w[n, k], w being w0 and w1
//! variant: ffn_norm { }
//! variant: ffn_norm_subgroup { USE_SUBGROUPS = true, LANES = 32 }
