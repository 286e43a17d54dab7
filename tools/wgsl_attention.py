"""Cases of the attention kernels: few keys and many, windows, heads that share a KV head, scores that
overflow without the largest taken off, and caches that hold NaN where nothing was written."""
import math

import numpy as np

from wgsl_case import NEG, Case, E, f64, normal, state


def up(count, unit):
    return -(-count // unit) * unit


def attention_parts(q, k, v, pos, scale, window, softcap, splits):
    """(m, l, 0, 0, acc) of every split of the keys that each query sees, by plain two-pass softmax."""
    rows, heads, dim = q.shape
    want, limit = np.zeros((rows, heads, splits, dim + 4)), np.zeros((rows, heads, splits, dim + 4))
    for r, h, i in np.ndindex(rows, heads, splits):
        last = pos + r
        first = max(0, last + 1 - window) if window else 0
        share = up(up(last + 1 - first, splits) // splits, 32) if splits > 1 else last + 1
        begin = first + i * share
        keys = k[h // (heads // k.shape[0]), begin:min(last + 1, begin + share)]
        values = v[h // (heads // k.shape[0]), begin:min(last + 1, begin + share)]
        if not len(keys):
            want[r, h, i, 0] = NEG
            continue
        s = scale * keys @ q[r, h]
        if softcap:
            s = softcap * np.tanh(s / softcap)
        weights = np.exp(s - s.max())
        want[r, h, i] = np.concatenate([[s.max(), weights.sum(), 0, 0], weights @ values])
        spread = scale * 4 * math.sqrt(dim) * E * (np.abs(keys) @ np.abs(q[r, h])).max()
        relative = spread + (3 + 2 * min(90, np.ptp(s))) * 2 * E + 4 * math.sqrt(len(keys)) * E
        limit[r, h, i] = 2 * np.abs(values).max() * weights.sum() * relative
        limit[r, h, i, :4] = spread + 4 * E * abs(s.max()), 2 * weights.sum() * relative, 0, 0
    return want, limit


# rows, pos, heads, kv_heads, head_dim, window, softcap, scale, overrides
ATTENTION = {
    "attention_streaming": [(1, 0, 1, 1, 1, 0, 0, 1, {}), (3, 63, 6, 2, 33, 0, 0, .3, {}),
                            (2, 130, 3, 1, 80, 5, 0, 1, {}), (1, 200, 2, 1, 16, 0, 0, 40, {}),
                            (2, 64, 2, 2, 100, 0, 20, 4, {"WG": 64})],
    "attention_decode": [(1, 0, 1, 1, 4, 0, 0, 1, {}), (1, 64, 6, 2, 80, 0, 0, .3, {}), (2, 130, 7, 1, 72, 5, 0, 1, {}),
                         (1, 62, 4, 2, 512, 0, 20, 4, {"WG": 64}),
                         (1, 200, 3, 3, 256, 64, 0, 5, {"LANES": 32, "KV_TILE": 32}),
                         (1, 31, 2, 1, 8, 0, 0, 1, {"LANES": 4, "KV_TILE": 32, "WG": 256}),
                         (1, 191, 2, 1, 16, 0, 0, 40, {})],
    "attention_prefill": [(1, 0, 1, 1, 4, 0, 0, 1, {}), (33, 0, 3, 1, 64, 0, 0, .3, {}),
                          (31, 63, 2, 2, 80, 5, 0, 1, {}), (65, 1, 2, 1, 36, 0, 20, 4, {}),
                          (20, 40, 2, 1, 64, 33, 0, 5, {"HEAD_TILE": 64, "KV_TILE": 16}),
                          (18, 7, 1, 1, 72, 0, 0, 1, {"HEAD_TILE": 16, "BLOCK_SIZE": 16}),
                          (5, 150, 1, 1, 16, 0, 0, 40, {})],
}
ATTENTION["attention_split"] = ATTENTION["attention_decode"]


def attention_cases(kernel):
    cases = []
    for variant in kernel.variants:
        packed = variant.endswith("f16kv")
        for rows, pos, heads, kv_heads, dim, window, softcap, scale, overrides in ATTENTION[kernel.name]:
            if packed and dim % 2 or (variant.startswith("tiled_large") and "BLOCK_SIZE" in overrides):
                continue
            capacity = pos + rows + 3
            names = (kernel.name, rows, dim)
            q = normal(*names, "q", size=(rows, heads, dim))
            cache = normal(*names, "kv", size=(2, kv_heads, capacity, dim))
            cache[1, :, 0] *= 8  # seen only where no window hides it
            cache[0, :, pos] = 1.5 * q[0, ::heads // kv_heads]  # the last key of the first query weighs most
            if packed:
                cache = cache.astype(np.float16)
            k, v = f64(cache)
            cache[:, :, pos + rows:] = np.nan  # what was never written may be anything
            splits = 1 + rows + dim % 7 if kernel.name == "attention_split" else 1
            want, limit = attention_parts(f64(q), k, v, pos, scale, window, softcap, splits)
            if kernel.name != "attention_split":
                total = want[..., 0, 1:2]
                want, limit = want[..., 0, 4:] / total, limit[..., 0, 4:] / total
            uniforms = {"rows": rows, "heads": heads, "kv_heads": kv_heads, "group": heads // kv_heads,
                        "capacity": capacity, "window": window, "scale": float(scale), "softcap": float(softcap)}
            cases.append(Case(variant, uniforms, {"q": q.ravel(), "kv": cache.ravel(), "state": state(pos)},
                              {kernel.bindings[-1][1]: (want.ravel(), limit.ravel())},
                              {"HEAD_DIM": dim, "HAS_SOFTCAP": int(softcap > 0), **overrides,
                               **({"SPLITS": splits} if kernel.name == "attention_split" else {})}))
    return cases


def merge_cases(kernel):
    cases = []
    for rows, heads, splits, dim in [(1, 1, 1, 4), (2, 3, 7, 80), (1, 2, 64, 36), (1, 5, 2, 1024)]:
        part = normal("merge", splits, size=(rows, heads, splits, dim + 4)) * 5
        part[..., 1] = np.abs(part[..., 1]) + 1
        part[:, :, 1::3] = 0
        part[:, :, 1::3, 0] = NEG  # splits without keys
        if heads > 2:
            part[:, 1] = 0
            part[:, 1, :, 0] = NEG  # no split has any: zeros
        m, l, acc = f64(part[..., :1]), f64(part[..., 1:2]), f64(part[..., 4:])
        weights = np.where(m > NEG, np.exp(np.maximum(m - m.max(axis=2, keepdims=True), -700)), 0)
        total = (weights * l).sum(axis=2)
        whole = np.where(total > 0, 1 / np.where(total > 0, total, 1), 0)
        limit = (weights * np.abs(acc) * (8 + 4 * np.abs(m - m.max(axis=2, keepdims=True)))).sum(axis=2)
        limit = np.where(total > 0, limit, 0) * whole * math.sqrt(splits) * 4 * E
        cases.append(Case("merge", {"rows": rows, "heads": heads}, {"part": part.ravel()},
                          {"y": (((weights * acc).sum(axis=2) * whole).ravel(), limit.ravel())},
                          {"HEAD_DIM": dim, "SPLITS": splits}))
    return cases
