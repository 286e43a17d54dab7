"""Cases of the kernels that send tokens to experts and bring them back."""
import numpy as np

from wgsl_case import NAN_WORD, Case, E, f64, normal, rng_of

EMPTY = 0xFFFFFFFF


def chosen(scores, top_k):
    """Indices of the greatest of each row, ties to the lower index."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :top_k]


def topk_cases(kernel):
    cases = []
    for variant in kernel.variants:
        small = variant == "topk_small"
        shapes = [(1, 1, 1), (3, 8, 2), (70, 60, 8)] if small else [(1, 2, 2), (3, 31, 4), (2, 257, 8), (1, 1024, 32)]
        for rows, experts, top_k in shapes:
            for number, kind in enumerate(("spread", "equal", "tiny")):
                softmax = variant == "softmax_topk" or small and number == 0
                sigmoid = not softmax and number == 2
                x = normal("topk", experts, kind, size=(rows, experts)) * 2
                if kind == "equal":
                    x[:] = 0.25
                bias = normal("topk", "bias", size=experts + 3) if number == 2 else np.zeros(experts + 3, np.float32)
                s = f64(x)
                if softmax:
                    s = np.exp(s - s.max(axis=1, keepdims=True))
                    s /= s.sum(axis=1, keepdims=True)
                elif sigmoid:
                    s = 1 / (1 + np.exp(-s))
                ids = chosen(s + f64(bias[3:]), top_k)
                w = np.take_along_axis(s, ids, 1)
                renorm = number != 1
                want = 1.5 * (w / np.maximum(w.sum(axis=1, keepdims=True), 2.0 ** -14) if renorm else w)
                limit = 1e-5 * np.abs(want) + 1e-7
                cases.append(Case(variant, {"rows": rows, "experts": experts, "top_k": top_k, "bias_at": 3, "scale": 1.5},
                                  {"x": x.ravel(), "vectors": bias},
                                  {"ids": (ids.astype(np.uint32).ravel(), None), "weights": (want.ravel(), limit.ravel())},
                                  {"FUSED_SOFTMAX": int(softmax), "SIGMOID": int(sigmoid), "RENORM": int(renorm),
                                   "HAS_BIAS": int(number == 2)}))
    return cases


def routings():
    """(experts, top_k, ids) of awkward routings."""
    for tokens, top_k, experts, kind in [(1, 1, 1, "one"), (3, 2, 8, "spread"), (257, 2, 8, "one"), (100, 8, 128, "spread")]:
        rng = rng_of("moe", tokens, experts)
        ids = np.argsort(rng.random((tokens, experts)), axis=1)[:, :top_k].astype(np.uint32)
        if kind == "one":
            ids[:, 0] = experts - 1
        yield experts, top_k, ids


def placed(ids, experts, cap):
    """counts, offsets, map, row_of by walking over the pairs."""
    pairs = ids.ravel()
    counts = np.bincount(pairs, minlength=experts).astype(np.uint32)
    offsets = np.arange(experts + 1) * cap if cap else np.append(0, np.cumsum(counts)).astype(np.int64)
    table = np.full(offsets[-1], EMPTY, np.uint32)
    row_of = np.full(len(pairs), EMPTY, np.uint32)
    seen = np.zeros(experts, int)
    for pair, expert in enumerate(pairs):
        if not cap or seen[expert] < cap:
            row_of[pair] = offsets[expert] + seen[expert]
            table[row_of[pair]] = pair
        seen[expert] += 1
    return counts, offsets.astype(np.uint32), table, row_of


def map_cases(kernel):
    cases = []
    for experts, top_k, ids in routings():
        for variant in kernel.variants:
            cap = 3 if variant == "moe_map_fixed" else 0
            counts, offsets, table, row_of = placed(ids, experts, cap)
            blank = {"counts": np.full_like(counts, NAN_WORD), "offsets": np.full_like(offsets, NAN_WORD),
                     "map": np.full_like(table, NAN_WORD), "row_of": np.full_like(row_of, NAN_WORD)}
            if variant == "moe_place":
                blank["counts"] = counts
            done = {"counts": counts, "offsets": offsets, "map": table, "row_of": row_of}
            if variant == "moe_count":
                done = {**blank, "counts": counts}
            cases.append(Case(variant, {"pairs": ids.size, "experts": experts, "cap": cap}, {"ids": ids.ravel(), **blank},
                              {name: (values, None) for name, values in done.items()}, {"WG": 64}))
    return cases


def gather_cases(kernel):
    cases = []
    for experts, top_k, ids in routings():
        for cap in (0, 3):
            _, _, table, _ = placed(ids, experts, cap)
            for dim in (4, 260, 7, 1):
                for variant in kernel.variants:
                    if variant.endswith("vec4") and dim % 4:
                        continue
                    x = normal("moe_gather", dim, size=(len(ids), dim))
                    empty = table == EMPTY
                    want = np.where(empty[:, None], 0, x.view(np.uint32)[np.where(empty, 0, table) // top_k])
                    cases.append(Case(variant, {"rows": len(table), "dim": dim, "top_k": top_k},
                                      {"x": x.ravel(), "map": table}, {"y": (want.astype(np.uint32).ravel(), None)}))
    return cases


def scatter_cases(kernel):
    cases = []
    for experts, top_k, ids in routings():
        for dim in (1, 7, 64):
            for variant in kernel.variants:
                if variant.endswith("vec4") and dim % 4:
                    continue
                tokens = len(ids)
                dynamic = variant in ("scatter_add_dynamic", "scatter_add_accumulate")
                _, _, table, row_of = placed(ids, experts, 3)
                rows = row_of if dynamic else ids.ravel()
                slots = len(table) if dynamic else experts * tokens
                e = normal("scatter", dim, size=(slots, dim))
                weights = normal("scatter", "w", size=ids.size)
                at = np.where(rows == EMPTY, 0, rows) if dynamic else rows * tokens + np.repeat(np.arange(tokens), top_k)
                part = f64(weights)[:, None] * f64(e)[at] * (rows != EMPTY)[:, None]
                before = normal("scatter", "y", size=(tokens, dim))
                start = f64(before) if variant == "scatter_add_accumulate" else 0 * f64(before)
                want = start + part.reshape(tokens, top_k, dim).sum(axis=1)
                limit = 2 * (top_k + 1) * E * (np.abs(start) + np.abs(part).reshape(tokens, top_k, dim).sum(axis=1)) + 1e-30
                data = {"e": e.ravel(), "routes": rows, "weights": weights}
                if variant == "scatter_add_accumulate":
                    data["y"] = before.ravel()
                cases.append(Case(variant, {"rows": tokens, "dim": dim, "top_k": top_k}, data,
                                  {"y": (want.ravel(), limit.ravel())}))
    return cases
