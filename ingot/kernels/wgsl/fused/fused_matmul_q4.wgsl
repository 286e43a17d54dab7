//! kernel: matmul_gemv
//! range: W_FORMAT = 3..13 bound
//! variant: q4 { LANES = 16 }
//! variant: q4_multicol { LANES = 8, ROWS = 4 }
//! variant: q4_batched { LANES = 16, BATCH_ROWS = 4 }
