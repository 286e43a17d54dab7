"""The table of kernel cases: for each kernel file, shapes that are awkward for it, inputs, and what
must come out, in double precision."""
import math

import numpy as np

import wgsl_moe
import wgsl_rope
import wgsl_sampling
from wgsl_attention import attention_cases, merge_cases
from wgsl_case import NAN_WORD, NEG, Case, E, f64, normal, rng_of, state
from wgsl_formats import FORMATS, random_weights

SIZES = [1, 2, 3, 31, 65, 257, 1027]


def sampled(names, size):
    """Values with the awkward ones at the front."""
    x = normal(*names, size=size) * 3
    special = np.array([0, -0.0, 1e-30, -1e-30, 20, -20, 1e4, -1e4], np.float32)[:size]
    x[:len(special)] = special
    return x


def pointwise(kernel, f, limit, operands=("x",), uniforms=None):
    cases = []
    for variant in kernel.variants:
        for size in SIZES:
            data = {name: sampled((kernel.name, name), size) for name in operands}
            with np.errstate(over="ignore"):
                want = f(variant, *[f64(v) for v in data.values()])
            cases.append(Case(variant, {"size": size, **(uniforms or {})}, data,
                              {"y": (want, limit(want, *[f64(v) for v in data.values()]))}))
    return cases


def activation_of(variant, x):
    sigmoid = np.exp(-np.logaddexp(0, -x))
    erf = np.vectorize(math.erf)
    inner = 0.7978845608028654 * (x + 0.044715 * x ** 3)
    return {"silu": lambda: x * sigmoid, "sigmoid": lambda: sigmoid, "gelu": lambda: x / 2 * (1 + np.tanh(inner)),
            "gelu_erf": lambda: x / 2 * (1 + erf(x / math.sqrt(2))),
            "gelu_quick": lambda: x * np.exp(-np.logaddexp(0, -1.702 * x)), "relu": lambda: np.maximum(x, 0),
            "relu_squared": lambda: np.maximum(x, 0) ** 2}[variant]()


def trans(want, x):
    return 1e-5 * np.maximum(1, np.abs(x))


def scaled(variant, x):
    return 1.5 * x if variant == "scale" else 30 * np.tanh(x / 30)


def scale_cases(kernel):
    cases = pointwise(kernel, scaled, lambda want, x: 1e-5 * np.maximum(1, np.abs(want)))
    for case in cases:
        case.uniforms.update({"scale": 1.5, "softcap": 1.0} if case.variant == "scale" else
                             {"scale": 1.0, "softcap": 30.0})
    return cases


def bias_cases(kernel):
    cases = []
    for rows, dim in [(1, 1), (3, 7), (5, 128), (2, 257), (31, 3)]:
        x, vectors = normal("bias", "x", size=rows * dim), normal("bias", "v", size=dim + 9)
        bias = np.tile(f64(vectors[5:5 + dim]), rows)
        cases.append(Case("bias_add", {"size": rows * dim, "dim": dim, "bias_at": 5}, {"x": x, "vectors": vectors},
                          {"y": (f64(x) + bias, 4 * E * (np.abs(f64(x)) + np.abs(bias)))}))
    return cases


def last_rows_cases(kernel):
    cases = []
    for rows, outputs, dim in [(1, 1, 1), (5, 1, 7), (9, 3, 130), (4, 4, 513)]:
        x = normal("last", size=rows * dim)
        cases.append(Case("last_rows", {"rows": rows, "outputs": outputs, "dim": dim}, {"x": x},
                          {"y": (x.view(np.uint32)[(rows - outputs) * dim:], None)}))
    return cases


def gather_cases(kernel):
    cases = []
    for name, (number, per_block, _) in FORMATS.items():
        for dim in ([5, 33, 64] if per_block == 1 else [per_block, 3 * per_block]):
            vocab, scale = 7, 11.3125
            table, values = random_weights(name, vocab, dim, rng_of("gather", name, dim))
            ids = np.array([3, 0, vocab - 1, vocab, 0xFFFFFFFF, 3, 1], np.uint32)
            want = np.zeros((len(ids), dim))
            good = ids < vocab
            want[good] = scale * values.reshape(vocab, dim)[ids[good]]
            limit = 3 * E * np.abs(want)
            if name in ("Q4_K", "Q5_K", "Q2_K", "Q4_1", "Q5_1"):  # a difference of two rounded products
                limit = limit + 3 * E * scale * np.abs(values).max()
            cases.append(Case("gather", {"rows": len(ids), "dim": dim, "vocab": vocab, "scale": scale},
                              {"ids": ids, "table": np.frombuffer(table, np.uint8)},
                              {"y": (want.ravel(), limit.ravel())}, {"W_FORMAT": number}))
    return cases


def norm_cases(kernel):
    cases = []
    layer = kernel.name == "layernorm"
    for variant in kernel.variants:
        for rows, dim in [(1, 1), (2, 7), (17, 64), (3, 127), (2, 257), (1, 2560), (70, 8)]:
            x = normal(kernel.name, "x", size=(rows, dim))
            x[0] = 0 if rows > 1 else x[0]
            x[-1] = x[-1] + (1e4 if layer else 0) if dim > 8 else x[-1] * 1e4
            vectors = normal(kernel.name, "v", size=2 * dim + 5)
            w, b = f64(vectors[3:3 + dim]), f64(vectors[5 + dim:])
            for bias in ([0, 1] if layer else [0]):
                centred = f64(x) - f64(x).mean(axis=1, keepdims=True) if layer else f64(x)
                bare = centred / np.sqrt((centred ** 2).mean(axis=1, keepdims=True) + 1e-5) * w
                want = bare + b * bias
                limit = 8 * math.sqrt(dim) * E * np.abs(bare) + 1e-7 + 2 * E * np.abs(want)
                if layer:  # an element near the mean is as exact as the mean
                    spread = np.abs(centred).max(axis=1, keepdims=True)
                    deviation = np.sqrt((centred ** 2).mean(axis=1, keepdims=True) + 1e-5)
                    limit = limit + 8 * E * spread * np.abs(w) / deviation
                uniforms = {"rows": rows, "dim": dim, "eps": 1e-5, "w_at": 3, "b_at": 5 + dim}
                cases.append(Case(variant, uniforms, {"x": x.ravel(), "vectors": vectors},
                                  {"y": (want.ravel(), limit.ravel())}, {"HAS_BIAS": bias} if layer else {}))
    return cases


def softmax_cases(kernel):
    cases = []
    for variant in kernel.variants:
        for outer, inner in [(1, 1), (3, 2), (5, 32), (2, 127), (3, 257), (1, 1500)]:
            if variant == "softmax_small" and inner > 128:
                continue
            x = normal("softmax", inner, size=(outer, inner)) * 4
            if outer > 1:
                x[0] = np.linspace(-1e4, 1e4, inner)
                x[1, ::2] = NEG
            if outer > 2:
                x[2] = NEG  # nothing but masked values: zeros
            seen = x > NEG
            shifted = np.where(seen, f64(x) - f64(x).max(axis=1, keepdims=True), -np.inf)
            weights = np.where(seen, np.exp(np.where(seen, shifted, 0)), 0)
            want = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
            exponent = np.where(seen, np.minimum(np.abs(shifted), 110), 0)
            limit = want * ((3 + 2 * exponent) * 2 * E + 4 * math.sqrt(inner) * E) + 1e-37
            cases.append(Case(variant, {"outer": outer, "inner": inner}, {"x": x.ravel()},
                              {"y": (want.ravel(), limit.ravel())}))
    return cases


def half_words(values):
    """Pairs of the nearest f16, saturating."""
    with np.errstate(over="ignore"):
        halves = np.clip(values, -65504, 65504).astype(np.float16)
    return halves.view(np.uint16).reshape(-1, 2).astype(np.uint32) @ np.array([1, 65536], np.uint32)


def softmax_log_cases(kernel):
    cases = []
    for outer, inner in [(1, 1), (3, 2), (5, 32), (3, 257), (1, 1500)]:
        x = normal("softmax_log", inner, size=(outer, inner)) * 4
        if outer > 1:
            x[0] = np.linspace(-1e4, 1e4, inner)
            x[1, 1::2] = NEG
        seen = x > NEG
        top = f64(x).max(axis=1, keepdims=True)
        total = np.where(seen, np.exp(np.minimum(f64(x) - top, 0)), 0).sum(axis=1, keepdims=True)
        want = np.where(seen, f64(x) - top - np.log(total), f64(x))
        limit = np.where(seen, 8 * E * (np.abs(f64(x)) + np.abs(top)) + 4 * math.sqrt(inner) * E + 1e-6, 0)
        cases.append(Case("log_softmax", {"outer": outer, "inner": inner}, {"x": x.ravel()},
                          {"y": (want.ravel(), limit.ravel())}))
    return cases


def split_qkv_cases(kernel):
    cases = []
    for variant in kernel.variants:
        for rows, kv_heads, group, head_dim in [(1, 1, 1, 2), (3, 2, 3, 6), (17, 4, 7, 64)]:
            q_dim, k_dim = kv_heads * group * head_dim, kv_heads * head_dim
            x = normal("split", rows, size=(rows, q_dim + 2 * k_dim))
            parts = [x[:, :q_dim], x[:, q_dim:q_dim + k_dim], x[:, q_dim + k_dim:]]
            if variant == "split_qkv_grouped":
                heads = x.reshape(rows, kv_heads, group + 2, head_dim)
                parts = [heads[:, :, :group], heads[:, :, group], heads[:, :, group + 1]]
            flat = [np.ascontiguousarray(part).ravel() for part in parts]
            want = [joined(f16_bits(part)) if variant == "split_qkv_f16" else part.view(np.uint32) for part in flat]
            cases.append(Case(variant, {"rows": rows, "q_dim": q_dim, "k_dim": k_dim, "v_dim": k_dim, "head_dim": head_dim,
                                        "group": group}, {"qkv": x.ravel()},
                              {name: (words, None) for name, words in zip("qkv", want)}))
    return cases


def f16_bits(values):
    """The nearest f16: saturating, NaN as 0x7e00."""
    with np.errstate(over="ignore", invalid="ignore"):
        halves = np.clip(values.astype(np.float32), -65504, 65504).astype(np.float16).view(np.uint16)
    return np.where(np.isnan(values), 0x7E00, halves).astype(np.uint32)


def joined(halves):
    """Words of two 16-bit values each."""
    return np.append(halves, [0] * (len(halves) % 2)).astype(np.uint32).reshape(-1, 2) @ np.array([1, 65536], np.uint32)


def cast_cases(kernel):
    every = np.arange(65536, dtype=np.uint32)  # all patterns of a bf16
    ties = (np.arange(1, 3000, dtype=np.uint32) << 12) + 0x33000000  # f32 around f16's steps, subnormal ones too
    spread = rng_of("cast").integers(0, 2 ** 32, 2000, dtype=np.uint32)
    cases = []
    for src_base, dst_base, cut in [(0, 0, 0), (1, 4, 1), (3, 2, 2)]:
        bits = every if kernel.name != "cast_f32_to_f16" else np.concatenate([every << 16, ties, spread])
        bits = bits[:len(bits) - cut]
        source = np.concatenate([np.full(src_base, 0x7FC1, np.uint32), bits])
        data = source if kernel.name == "cast_f32_to_f16" else joined(source)
        values = (bits if kernel.name == "cast_f32_to_f16" else bits << 16).view(np.float32)
        if kernel.name == "bf16_to_f32":
            want = np.concatenate([np.full(dst_base, NAN_WORD, np.uint32), bits << 16])
        else:
            want = np.concatenate([np.full(dst_base // 2, NAN_WORD, np.uint32), joined(f16_bits(values))])
        for variant in kernel.variants:
            cases.append(Case(variant, {"size": len(bits), "src_base": src_base, "dst_base": dst_base},
                              {"x": data, "y": np.full_like(want, NAN_WORD)},
                              {"y": (want, None)}))
    return cases


def kv_write_cases(kernel):
    cases = []
    for variant in kernel.variants:
        packed = variant == "kv_write_f16"
        for rows, kv_heads, head_dim, pos, capacity in [(1, 1, 2, 0, 1), (2, 3, 64, 5, 9), (7, 2, 80, 3, 8)]:
            k, v = (normal("kv_write", n, size=(rows, kv_heads, head_dim)) for n in "kv")
            special = [1e5, -1e9, 65519.9, 65520, 3e-8, 6e-8, 5.9e-6, -1e-5, 2.98e-8, 2048.5 + 0.5, 2049, 0.33333]
            k.reshape(-1)[:len(special)] = special[:k.size]
            words = head_dim // 2 if packed else head_dim
            cache = np.full((2, kv_heads, capacity, words), NAN_WORD, np.uint32)
            want = cache.copy()
            for part, x in enumerate((k, v)):
                for r in range(min(rows, capacity - pos)):
                    row = half_words(x[r]) if packed else x[r].view(np.uint32)
                    want[part, :, pos + r] = row.reshape(kv_heads, words)
            cases.append(Case(variant, {"rows": rows, "kv_heads": kv_heads, "head_dim": head_dim, "capacity": capacity},
                              {"k": k.ravel(), "v": v.ravel(), "cache": cache.ravel(), "state": state(pos)},
                              {"cache": (want.ravel(), None)}))
    return cases


def matmul_case(variant, name, rows, cols, depth, overrides, n_base=0):
    x = normal("matmul", "x", rows, depth, size=(rows, depth))
    w, values = random_weights(name, cols, depth, rng_of("matmul", "w", name, cols, depth))
    values = values.reshape(cols, depth)
    ldc = cols + n_base
    want = np.full((rows, ldc), np.nan)  # columns before n_base are another slice's: left as they are
    limit = np.zeros((rows, ldc))
    want[:, n_base:] = 0.75 * f64(x) @ values.T
    limit[:, n_base:] = 4 * math.sqrt(depth) * E * 0.75 * (np.abs(f64(x)) @ np.abs(values).T) + 1e-30
    if FORMATS[name][1] == 256 or name in ("Q4_1", "Q5_1"):  # a minimum is taken off: its share counts as well
        limit[:, n_base:] *= 2
    return Case(variant, {"rows": rows, "cols": cols, "depth": depth, "n_base": n_base, "ldc": ldc, "alpha": 0.75},
                {"x": x.ravel(), "w": np.frombuffer(w, np.uint8)}, {"y": (want.ravel(), limit.ravel())},
                {"W_FORMAT": FORMATS[name][0], **overrides})


def matmul_cases(kernel):
    """Each variant on awkward shapes with a format of each kind, and the first on every format."""
    cases = []
    tiles = kernel.name == "matmul"
    shapes = [(1, 1, 1), (3, 31, 33), (33, 65, 4), (65, 33, 80)] if tiles else \
        [(1, 1, 1), (1, 31, 33), (5, 7, 100), (2, 33, 64)]
    for number, variant in enumerate(kernel.variants):
        for rows, cols, depth in shapes:
            cases.append(matmul_case(variant, ["F32", "F16", "BF16"][(rows + depth) % 3], rows, cols, depth, {}))
        cases.append(matmul_case(variant, "Q8_0", 2, 35, 96, {}, n_base=3))
        cases.append(matmul_case(variant, "Q4_K", 3, 5, 512, {}))
        for name, (_, per_block, _) in FORMATS.items() if number == 0 else []:
            cases.append(matmul_case(variant, name, 2 if tiles else 1, 5, 256 if per_block == 256 else 160, {}))
            if not tiles:
                cases.append(matmul_case("gemv_batched", name, 3, 3, 256 if per_block == 256 else 64, {}))
    if not tiles:
        cases += gemv_cases()
    return cases


def gemv_cases():
    """What matmul has no counterpart of: teams below and above a subgroup, more pieces than a row has, codes as
    subnormal numbers, and rows that start in the middle of a word or of sixteen bytes."""
    cases = []
    for lanes in [4, 16, 64]:
        cases.append(matmul_case("gemv", "Q6_K", 1, 9, 512, {"LANES": lanes, "ROWS": 2, "WG": 64}))
    for name, (_, per_block, _) in FORMATS.items():
        for exact in [0, 1]:
            choice = {"EXACT_UNPACK": exact, "LANES": 4, "ROWS": 2, "PIECES": 2}
            depth = 768 if per_block == 256 else 224  # an odd number of blocks
            cases.append(matmul_case("gemv_subgroup", name, 2, 3, depth, {**choice, "BATCH_ROWS": 2}))
    for lanes, wg, rows in [(64, 64, 4), (128, 256, 1), (256, 256, 2)]:
        choice = {"LANES": lanes, "WG": wg, "ROWS": rows, "PIECES": 4}
        cases.append(matmul_case("gemv_subgroup", "F16", 1, 5, 4104, choice))
    return cases


def argmax_cases(kernel):
    cases = []
    for vocab, kind in [(1, "plain"), (257, "equal"), (4099, "tie"), (4099, "nan"), (300, "masked"), (300, "stopped")]:
        stride, row, slot, ring, wg, items = vocab + 3, 1, 1, 4, 64, 4
        logits = normal("argmax", vocab, size=(2, stride))
        logits[:, vocab:] = 1e30  # past the vocabulary
        best = {"plain": 0, "equal": 0, "tie": 2100, "nan": 4098, "masked": None, "stopped": None}[kind]
        if kind == "equal":
            logits[row, :vocab] = -2.5
        if kind == "tie":
            logits[row, [2100, 2101, 4090]] = 9
        if kind == "nan":
            logits[row, :4098] = np.nan
        if kind == "masked":
            logits[row, :vocab] = NEG
            logits[row, 7] = -np.inf
        record = state(0, slot)
        record[16 * slot:16 * slot + 5] = [11, 5, 99, 6, 1 if kind == "stopped" else 0]
        tokens = np.full(8, NAN_WORD, np.uint32)
        after, ring_after = record.copy(), tokens.copy()
        if best is not None:
            after[16 * slot + 2] = ring_after[ring * slot + (6 & 3)] = best
        elif kind == "masked":
            after[16 * slot + 4] = 4
        parts = -(-vocab // (wg * items))
        cand = np.empty((parts, 2), np.uint32)
        for part in range(parts):
            chunk = logits[row, part * wg * items:min(vocab, (part + 1) * wg * items)]
            good = np.where(np.isnan(chunk), -np.inf, chunk)
            i = int(good.argmax())
            found = (chunk[i:i + 1].view(np.uint32)[0], part * wg * items + i)
            cand[part] = found if good[i] >= NEG else (0xFF7FFFFF, 0xFFFFFFFF)
        uniforms = {"vocab": vocab, "stride": stride, "row": row, "parts": parts, "slot": slot, "ring": ring}
        base = {"logits": logits.ravel(), "state": record, "tokens": tokens}
        pins = {"WG": wg, "ITEMS": items}
        unused = np.full(parts * 2, NAN_WORD, np.uint32)
        same = {"state": (record, None), "tokens": (tokens, None)}
        done = {"state": (after, None), "tokens": (ring_after, None)}
        cases.append(Case("argmax", uniforms, base, {"cand": (cand.ravel(), None), **same}, pins))
        cases.append(Case("argmax_reduce", uniforms, {**base, "cand": cand.ravel()},
                          {"cand": (cand.ravel(), None), **done}, pins))
        cases.append(Case("argmax_single", uniforms, {**base, "cand": unused}, {"cand": (unused, None), **done}, pins))
    return cases


def probe_copy_cases(kernel):
    return [Case("probe_copy", {"size": size}, {"x": (x := sampled(("probe", size), size))}, {"y": (x.view(np.uint32), None)})
            for size in (4096, 3 * 4096)]


def probe_fma_cases(kernel):
    cases = []
    for size, steps in [(4, 1), (260, 3)]:
        x = normal("probe", size=size)
        want = np.zeros(size)
        for chain in range(8):
            value = f64(x) + chain
            for _ in range(8 * steps):
                value = value / 2 + f64(x)
            want += value
        cases.append(Case("probe_fma", {"size": size, "steps": steps, "factor": 0.5}, {"x": x},
                          {"y": (want, 8 * E * 8 * (2 * np.abs(f64(x)) + 8))}))
    return cases


TABLE = {
    "attention_decode": attention_cases,
    "attention_merge": merge_cases,
    "attention_prefill": attention_cases,
    "attention_split": attention_cases,
    "attention_streaming": attention_cases,
    "bf16_to_f16": cast_cases,
    "bf16_to_f32": cast_cases,
    "bias_add": bias_cases,
    "cast_f32_to_f16": cast_cases,
    "check_stop": wgsl_sampling.check_stop_cases,
    "gather": gather_cases,
    "gelu": lambda k: pointwise(k, activation_of, trans),
    "kv_write": kv_write_cases,
    "last_rows": last_rows_cases,
    "layernorm": norm_cases,
    "matmul": matmul_cases,
    "matmul_gemv": matmul_cases,
    "moe_gather": wgsl_moe.gather_cases,
    "moe_map": wgsl_moe.map_cases,
    "mul": lambda k: pointwise(k, lambda _, a, b: a * b, lambda y, a, b: 2 * E * np.abs(y) + 1e-37, ("a", "b")),
    "probe_copy": probe_copy_cases,
    "probe_fma": probe_fma_cases,
    "relu": lambda k: pointwise(k, activation_of, lambda y, x: 2 * E * np.abs(y) + 1e-37),
    "residual": lambda k: pointwise(k, lambda _, a, b: a + b, lambda y, a, b: 4 * E * (np.abs(a) + np.abs(b)),
                                    ("a", "b")),
    "rmsnorm": norm_cases,
    "rope_compute": wgsl_rope.compute_cases,
    "rope_init": wgsl_rope.init_cases,
    "rope_precomputed": wgsl_rope.precomputed_cases,
    "sample_argmax": argmax_cases,
    "sample_full": wgsl_sampling.full_cases,
    "sample_topk": wgsl_sampling.topk_cases,
    "scale": scale_cases,
    "scatter_add": wgsl_moe.scatter_cases,
    "silu": lambda k: pointwise(k, activation_of, trans),
    "softmax": softmax_cases,
    "softmax_log": softmax_log_cases,
    "split_qkv": split_qkv_cases,
    "topk": wgsl_moe.topk_cases,
}
