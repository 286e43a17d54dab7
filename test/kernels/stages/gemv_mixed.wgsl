//! kernel: matmul_gemv
//! fill: w = q4_k, q6_k; combine = swiglu
//! variant: plain { }
