"""Cases of the kernels that choose a token, and of the one that decides whether a sequence goes on."""
import math

import numpy as np

from wgsl_case import NAN_WORD, NEG, Case, normal, rng_of, state

ONE = 1 << 23
NOTHING = (0xFF7FFFFF, 0xFFFFFFFF)


def philox(key, counter):
    """Philox4x32-10 by its paper."""
    k0, k1 = key
    c = list(counter)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k0, b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k1, a & 0xFFFFFFFF]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def order(logits):
    """Indices, best first: NaN last, ties to the lower index."""
    keys = np.where(np.isnan(logits), -np.inf, logits.astype(np.float64))
    return sorted(range(len(logits)), key=lambda i: (-keys[i], i))


def masses(logits, ranked, divisor):
    greatest = float(logits[ranked[0]]) / divisor
    below = [float(logits[i]) / divisor - greatest for i in ranked]
    return [round(math.exp(d) * ONE) if d >= -17 else 0 for d in below]


def choose(logits, o):
    """The token, and how close the nearest decision was, as a share of what it was about."""
    ranked = order(logits)
    if o["temperature"] <= 0 or o["top_k"] == 1:
        return ranked[0], 1.0
    ranked = ranked[:o["top_k"] or None]
    first = masses(logits, ranked, 1.0 if o["temp_last"] else o["temperature"])
    total = sum(first)
    reach = -(-o["top_p"] * total >> 24)
    least = max(1, -(-o["min_p"] * ONE >> 24))
    kept, running = 1, ONE
    cuts = o["top_p"] < 1 << 24  # else no sum comes near the goal but that of all, on any device
    margin = abs(ONE - reach) / total if cuts else 1.0
    while kept < len(ranked) and running < reach and first[kept] >= least:
        running += first[kept]
        kept += 1
        margin = min(margin, abs(running - reach) / total) if cuts else margin
    if kept < len(ranked) and o["min_p"] > 0:
        margin = min(margin, *(abs(m - least) / least for m in first[:kept + 1]))
    final = masses(logits, ranked[:kept], o["temperature"])
    u = philox(o["seed"], (o["step"], o["choice"], 0, 0))[0] >> 8
    goal = u * sum(final) >> 24
    running = 0
    for i, mass in zip(ranked, final):
        running += mass
        margin = min(margin, abs(running - goal) / sum(final)) if kept > 1 else margin
        if running > goal:
            return i, margin
    raise AssertionError("the draw is below the sum")


def options(name, vocab):
    rng = rng_of("sampling", name, vocab)
    kinds = {"plain": {}, "all": {"top_k": 0}, "greedy": {"temperature": 0.0}, "one": {"top_k": 1},
             "narrow": {"top_p": 0.3}, "wide": {"top_p": 1.0, "min_p": 0.0, "temperature": 1.5},
             "min_p": {"top_p": 1.0, "min_p": 0.2}, "last": {"temp_last": 1, "temperature": 2.0},
             "first": {"top_p": 0.0}, "many": {"top_k": 300, "top_p": 1.0, "temperature": 3.0}}
    o = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "temp_last": 0, "step": int(rng.integers(1000)),
         "choice": int(rng.integers(4)), "seed": tuple(int(s) for s in rng.integers(0, 2 ** 32, 2)), **kinds[name]}
    return {**o, "top_p": round(o["top_p"] * 2 ** 24), "min_p": round(o["min_p"] * 2 ** 24)}


def filled(o, slot, generated=6, stop=0):
    words = state(0, slot)
    words[16 * slot:] = [11, o["step"], 99, generated, stop, 0, 0, *o["seed"], o["choice"], o["top_k"], o["top_p"],
                         o["min_p"], np.float32(o["temperature"]).view(np.uint32), o["temp_last"], 0]
    return words


def after(record, slot, ring, tokens, token):
    """Record and ring once the token is put; None: no logit is finite."""
    record, tokens = record.copy(), tokens.copy()
    if record[16 * slot + 4] == 0:
        if token is None:
            record[16 * slot + 4] = 4
        else:
            record[16 * slot + 2] = tokens[ring * slot + (record[16 * slot + 3] & (ring - 1))] = token
    return {"state": (record, None), "tokens": (tokens, None)}


def entries(logits, indices):
    """What the kernels keep of candidates: (bits, index), those that are nothing at the end."""
    good = [i for i in indices if not np.isnan(logits[i]) and logits[i] > NEG]
    rows = [(int(logits[i:i + 1].view(np.uint32)[0]), i) for i in good]
    return rows + [NOTHING] * (len(indices) - len(rows))


def logits_of(name, vocab):
    logits = normal("sampling", name, vocab, size=(2, vocab + 3)) * 3
    logits[:, vocab:] = 1e30  # past the vocabulary
    if name == "last":
        logits[1, 1:vocab:3] = logits[1, 1]  # many ties
    if name == "min_p":
        logits[1, vocab // 2] = np.nan
    return logits


def decisive(name, vocab):
    """Logits and options whose decisions do not hang on the last bits of an exponential."""
    o, logits = options(name, vocab), logits_of(name, vocab)
    for step in range(1000):
        o["step"] += step
        token, margin = choose(logits[1, :vocab], o)
        if margin > 1e-4 or (name == "first" and margin > 0):
            return o, logits, token
    raise AssertionError(f"no decisive draw for {name}, {vocab}")


def topk_cases(kernel):
    cases = []
    slot, ring, keep, slice_ = 1, 4, 32, 512
    pins = {"K_MAX": keep, "SLICE": slice_, "WG": 64}
    tokens = np.full(8, NAN_WORD, np.uint32)
    same = filled(options("plain", 1), slot)
    for vocab in (1, 31, 512, 1100):
        logits = logits_of("last", vocab)
        uniforms = {"row": 1, "stride": vocab + 3, "count": vocab, "slot": slot, "ring": ring}
        want = []
        for first in range(0, vocab, slice_):
            part = logits[1, first:min(vocab, first + slice_)]
            best = [first + i for i in order(part)[:keep]]
            want += (entries(logits[1], best) + [NOTHING] * keep)[:keep]
        want = np.array(want, np.uint32)
        unused = np.full((1, 2), NAN_WORD, np.uint32)
        base = {"logits": logits.ravel(), "state": same, "tokens": tokens}
        still = {"state": (same, None), "tokens": (tokens, None)}
        cases.append(Case("topk_slice", uniforms, {**base, "cand_in": unused.ravel()},
                          {"cand_out": (want.ravel(), None), **still}, pins))
        merged = sorted((tuple(w) for w in want.tolist()),
                        key=lambda w: (-float(np.uint32(w[0]).view(np.float32)), w[1]))
        merged = np.array((merged + [NOTHING] * keep)[:keep], np.uint32)
        cases.append(Case("topk_merge", {**uniforms, "count": len(want)}, {**base, "cand_in": want.ravel()},
                          {"cand_out": (merged.ravel(), None), **still}, pins))
    for name in ("plain", "greedy", "one", "narrow", "wide", "min_p", "last", "first"):
        vocab = 400
        o, logits, token = decisive(name, vocab)
        o["top_k"] = o["top_k"] if o["top_k"] == 1 else 20
        token, margin = choose(logits[1, :vocab], o)
        if margin < 1e-5 and name != "first":
            continue
        lists = np.array((entries(logits[1], order(logits[1, :vocab])[::-1]))[-60:], np.uint32)
        record = filled(o, slot)
        cases.append(Case("topk_sample", {"row": 1, "stride": vocab + 3, "count": 60, "slot": slot, "ring": ring},
                          {"logits": logits.ravel(), "cand_in": lists.ravel(), "cand_out": unused.ravel(), "state": record,
                           "tokens": tokens}, {"cand_out": (unused.ravel(), None),
                                               **after(record, slot, ring, tokens, token)}, pins))
    for stop, token in [(1, 5), (0, None)]:
        lists = np.array([NOTHING] * 9 if token is None else [(0x3F800000, 5)] * 9, np.uint32)
        record = filled(options("plain", 7), slot, stop=stop)
        cases.append(Case("topk_sample", {"row": 0, "stride": 9, "count": 9, "slot": slot, "ring": ring},
                          {"logits": np.zeros(9, np.float32), "cand_in": lists.ravel(), "cand_out": unused.ravel(),
                           "state": record, "tokens": tokens},
                          {"cand_out": (unused.ravel(), None), **after(record, slot, ring, tokens, token)}, pins))
    return cases


def full_cases(kernel):
    cases = []
    slot, ring = 1, 4
    tokens = np.full(8, NAN_WORD, np.uint32)
    for vocab in (257, 2000):
        for name in ("plain", "all", "greedy", "one", "narrow", "wide", "min_p", "last", "first", "many"):
            o, logits, token = decisive(name, vocab)
            record = filled(o, slot)
            cases.append(Case("sample_full", {"row": 1, "stride": vocab + 3, "vocab": vocab, "slot": slot, "ring": ring},
                              {"logits": logits.ravel(), "state": record, "tokens": tokens},
                              after(record, slot, ring, tokens, token), {"WG": 64}))
    for fill, token in [(-2.5, None), (NEG, None)]:
        logits = np.full((2, 70), fill, np.float32)
        o = options("all", 70)
        if fill != NEG:  # all equal: the draw alone decides
            token = choose(logits[1, :67], o)[0]
        record = filled(o, slot)
        cases.append(Case("sample_full", {"row": 1, "stride": 70, "vocab": 67, "slot": slot, "ring": ring},
                          {"logits": logits.ravel(), "state": record, "tokens": tokens},
                          after(record, slot, ring, tokens, token)))
    return cases


def check_stop_cases(kernel):
    cases = []
    for variant in kernel.variants:
        for sequences, rows, count in [(1, 1, 0), (1, 7, 1), (70, 1, 5), (3, 1, 2)]:
            slot = 1
            rng = rng_of("check_stop", sequences, count)
            stops = rng.integers(0, 6, max(count, 1)).astype(np.uint32)
            record = rng.integers(0, 9, 16 * (slot + sequences)).astype(np.uint32)
            want = record.copy()
            for i in range(sequences):
                at = 16 * (slot + i)
                record[at + 4] = want[at + 4] = i % 3 == 1
                record[at + 6] = want[at + 6] = 5 + i % 9
                if want[at + 4] == 0:
                    want[at] += rows if sequences == 1 else 1
                    stop = 0
                    if variant == "check_stop":
                        want[at + 1] += 1
                        want[at + 3] += 1
                        stop = 1 if want[at + 2] in stops[:count] else 2 if want[at + 3] >= want[at + 5] else 0
                    want[at + 4] = stop or (3 if want[at] >= want[at + 6] else 0)
            after = want[16 * slot + 2::16] if variant == "check_stop" else np.full(sequences, NAN_WORD, np.uint32)
            cases.append(Case(variant, {"rows": rows, "count": count, "slot": slot, "sequences": sequences},
                              {"stops": stops, "state": record, "next": np.full(sequences, NAN_WORD, np.uint32)},
                              {"state": (want, None), "next": (after, None)}))
    return cases
