//! kernel: matmul_gemv
//! fill: sink = store_sumsq
//! formula: y[m, n_base + n] = alpha * sum over k of x[m, k] * w[n, k]; sumsq[m, part] = sum of the squares of the columns of a workgroup
//! variant: matmul_rmsnorm_phase1 { }
