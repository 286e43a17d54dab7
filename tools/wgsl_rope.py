"""Cases of the kernels that turn pairs by an angle, and of those that make the angles."""
import math

import numpy as np

from wgsl_case import Case, E, f64, normal, rng_of, state

VECTORS_AT = {"freq_at": 6, "factors_at": 3}  # where the slices lie in `vectors`
SCALINGS = {"none": {"scale": 1.0}, "linear": {"scale": 4.0}, "ntk": {"scale": 3.0}, "yarn": {"scale": 8.0},
            "llama3": {"scale": 8.0}}
KINDS = {"none": 0, "linear": 0, "ntk": 1, "yarn": 2, "llama3": 3}
DEFAULTS = {"scale": 1.0, "orig_ctx": 256.0, "beta_fast": 32.0, "beta_slow": 1.0, "low_factor": 1.0, "high_factor": 4.0,
            "attn_factor": 1.0, "yarn_round": 1}


def frequencies(kind, rot, base, factors, u):
    """Radians a position, by the formulas that the model files mean."""
    i = np.arange(rot // 2)
    if kind == "ntk" and rot > 2:
        base = base * u["scale"] ** (rot / (rot - 2))
    f = base ** (-2.0 * i / rot) / factors
    if kind in ("none", "linear"):
        return f / u["scale"]
    if kind == "yarn":
        def dimension(turns):
            return rot * math.log(u["orig_ctx"] / (turns * 2 * math.pi)) / (2 * math.log(base))
        low, high = dimension(u["beta_fast"]), dimension(u["beta_slow"])
        if u["yarn_round"]:
            low, high = math.floor(low), math.ceil(high)
        low, high = max(low, 0), min(high, rot - 1)
        ramp = np.clip((i - low) / max(high - low, 0.001), 0, 1)
        return f * ((1 - ramp) + ramp / u["scale"])
    if kind == "llama3":
        wave = 2 * math.pi / f
        kept = (u["orig_ctx"] / wave - u["low_factor"]) / (u["high_factor"] - u["low_factor"])
        between = (1 - kept) * f / u["scale"] + kept * f
        return np.where(wave < u["orig_ctx"] / u["high_factor"], f,
                        np.where(wave > u["orig_ctx"] / u["low_factor"], f / u["scale"], between))
    return f


def turned(q, c, s, interleaved):
    """q [rows, heads, dim] with its pairs turned; c, s [rows, pairs]. And the bound of one rounding a step."""
    pairs = c.shape[-1]
    want, limit = f64(q), np.zeros(q.shape)
    i = np.arange(pairs)
    a, b = (2 * i, 2 * i + 1) if interleaved else (i, i + pairs)
    x0, x1 = f64(q)[..., a], f64(q)[..., b]
    c, s = c[:, None], s[:, None]
    want[..., a], want[..., b] = x0 * c - x1 * s, x0 * s + x1 * c
    limit[..., a] = limit[..., b] = 4 * E * (np.abs(x0) + np.abs(x1))
    return want, limit, (a, b), np.abs(x0) + np.abs(x1)


def precomputed_cases(kernel):
    cases = []
    for rows, heads, head_dim, rot, pos in [(1, 1, 64, 64, 0), (2, 3, 80, 80, 5), (17, 1, 64, 32, 3), (3, 2, 6, 2, 1)]:
        for interleaved in (0, 1):
            q = normal("rope", "q", size=(rows, heads, head_dim))
            angle = rng_of("rope", "angle").normal(size=(pos + rows + 1, rot // 2)) * 3
            table = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
            c, s = (f64(table)[pos:pos + rows, :, j] for j in (0, 1))
            want, limit, _, _ = turned(q, c, s, interleaved)
            cases.append(Case("rope", {"rows": rows, "heads": heads, "head_dim": head_dim, "rot": rot},
                              {"q": q.ravel(), "table": table.ravel(), "state": state(pos)},
                              {"q": (want.ravel(), limit.ravel())}, {"INTERLEAVED": interleaved}))
    return cases


class Angles:
    """One way to get angles: what the kernel is given, and the angle that it should find."""

    def __init__(self, name, rot, base, with_factors, on_host, **more):
        u = {**DEFAULTS, **SCALINGS[name], **more}
        factors = rng_of("rope", "factors", rot).uniform(1, 8, rot // 2).astype(np.float32)
        f = frequencies(name, rot, base, f64(factors) if with_factors else np.ones(rot // 2), u)
        # As the host stores a frequency: 64 bits of the turns a position.
        fixed = [round(turn * 2 ** 64) % 2 ** 64 for turn in f / (2 * math.pi)]
        words = np.array([[t >> 32, t & 0xFFFFFFFF] for t in fixed], np.uint32).ravel()
        self.vectors = np.full(VECTORS_AT["freq_at"] + rot, 0x7FC0BEEF, np.uint32)
        if on_host:
            self.vectors[VECTORS_AT["freq_at"]:] = words
            f = np.array([t / 2 ** 64 for t in fixed]) * 2 * math.pi
        elif with_factors:
            self.vectors = np.concatenate([self.vectors[:VECTORS_AT["factors_at"]], factors.view(np.uint32)])
        self.uniforms = {**u, **VECTORS_AT, "rot": rot, "base_log2": math.log2(base)}
        self.overrides = {"SCALING": KINDS[name], "HOST_FREQ": int(on_host),
                          "HAS_FACTORS": int(with_factors and not on_host)}
        self.frequency, self.on_host, self.factor = f, on_host, u["attn_factor"]

    def turn(self, positions):
        """cos, sin [positions, pairs], and how far each may be off."""
        angle = np.asarray(positions, np.float64)[:, None] * self.frequency
        error = 3e-7 + (2e-9 if self.on_host else 6e-6 * angle)
        return self.factor * np.cos(angle), self.factor * np.sin(angle), self.factor * (error + 0 * angle)


def ways(kernel, variant):
    pinned = kernel.variants[variant]
    for rot, base, on_host, factors in [(2, 1e4, 0, 0), (8, 1e4, 1, 0), (64, 5e5, 0, 1), (64, 5e5, 1, 1), (128, 1e6, 0, 0)]:
        for name in SCALINGS:
            if pinned.get("SCALING", KINDS[name]) != KINDS[name] or pinned.get("HOST_FREQ", on_host) != on_host:
                continue
            if rot == 2 and name == "yarn":
                continue
            yield Angles(name, rot, base, factors, on_host, yarn_round=int(rot != 128),
                         attn_factor=1.25 if name == "yarn" else 1.0)


def init_cases(kernel):
    cases = []
    for variant in kernel.variants:
        for way in ways(kernel, variant):
            positions, base = (5, 0) if way.uniforms["rot"] < 64 else (3, 70001 if way.on_host else 300)
            c, s, error = way.turn(np.arange(positions) + base)
            want = np.stack([c, s], -1)
            cases.append(Case(variant, {**way.uniforms, "positions": positions, "pos_base": base}, {"vectors": way.vectors},
                              {"table": (want.ravel(), np.stack([error, error], -1).ravel())}, way.overrides))
    return cases


def compute_cases(kernel):
    cases = []
    for variant in kernel.variants:
        for number, way in enumerate(ways(kernel, variant)):
            rows, heads, pos, rot = 3, 2, [0, 17, 500][number % 3], way.uniforms["rot"]
            head_dim, interleaved = rot + 2 * (number % 2), number % 2
            q = normal("rope_compute", "q", size=(rows, heads, head_dim))
            c, s, error = way.turn(np.arange(rows) + pos)
            want, limit, (a, b), size = turned(q, c, s, interleaved)
            limit[..., a] += error[:, None] * size
            limit[..., b] = limit[..., a]
            cases.append(Case(variant, {**way.uniforms, "rows": rows, "heads": heads, "head_dim": head_dim},
                              {"q": q.ravel(), "vectors": way.vectors, "state": state(pos)},
                              {"q": (want.ravel(), limit.ravel())}, {**way.overrides, "INTERLEAVED": interleaved}))
    return cases
