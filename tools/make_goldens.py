#!/usr/bin/env python3
"""Writes the tiny golden models of every family and their expected logits: test/model/golden.

Needs numpy. The forward passes here are written from the papers in float64 and share nothing with the engine; the weights
are random, and what they are after quantisation is what is computed with.

  tools/make_goldens.py [--out test/model/golden]
"""
import argparse
import json
import math
import os
import struct

import numpy as np

U32, F32, BOOL, STRING, ARRAY = 4, 6, 7, 8, 9
PROMPT = [1, 40, 300, 17, 99, 250, 7, 311, 64, 12, 201, 33]
GENERATED = 20
VOCAB = 320


# ---------------------------------------------------------------- formats
def store_f32(x):
    return 0, x.astype("<f4").tobytes(), x.astype(np.float32).astype(np.float64)


def store_f16(x):
    half = x.astype("<f2")
    return 1, half.tobytes(), half.astype(np.float64)


def store_bf16(x):
    bits = x.astype("<f4").view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")
    return 30, rounded.tobytes(), (rounded.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def store_q8_0(x):
    blocks = x.reshape(-1, 32)
    d = (np.abs(blocks).max(axis=1) / 127).astype("<f2")
    scale = d.astype(np.float64)
    q = np.rint(blocks / np.where(scale == 0, 1, scale)[:, None]).clip(-127, 127).astype(np.int8)
    packed = np.empty((len(blocks), 34), np.uint8)
    packed[:, :2] = d[:, None].view(np.uint8)
    packed[:, 2:] = q.view(np.uint8)
    return 8, packed.tobytes(), (q * scale[:, None]).reshape(x.shape)


def store_q4_0(x):
    blocks = x.reshape(-1, 32)
    d = (np.abs(blocks).max(axis=1) / 8).astype("<f2")
    scale = d.astype(np.float64)
    q = (np.rint(blocks / np.where(scale == 0, 1, scale)[:, None]) + 8).clip(0, 15).astype(np.uint8)
    packed = np.empty((len(blocks), 18), np.uint8)
    packed[:, :2] = d[:, None].view(np.uint8)
    packed[:, 2:] = q[:, :16] | (q[:, 16:] << 4)
    return 2, packed.tobytes(), ((q.astype(np.float64) - 8) * scale[:, None]).reshape(x.shape)


STORE = {"f32": store_f32, "f16": store_f16, "bf16": store_bf16, "q8_0": store_q8_0, "q4_0": store_q4_0}


# ---------------------------------------------------------------- GGUF
def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def write_gguf(path, metadata, tensors):
    def value(kind, payload):
        if kind == STRING:
            return text(payload)
        if kind == ARRAY:
            element, items = payload
            body = b"".join(map(text, items)) if element == STRING else struct.pack(f"<{len(items)}{'f' if element == F32 else 'i'}", *items)
            return struct.pack("<IQ", element, len(items)) + body
        return struct.pack({U32: "<I", F32: "<f", BOOL: "<?"}[kind], payload)

    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, (kind, payload) in metadata.items():
        header += text(key) + struct.pack("<I", kind) + value(kind, payload)
    offset, body = 0, b""
    for name, shape, kind, data in tensors:
        header += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
        header += struct.pack("<IQ", kind, offset)
        padded = data + b"\0" * (-len(data) % 32)
        offset += len(padded)
        body += padded
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % 32) + body)


def tokenizer(metadata):
    tokens = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % byte for byte in range(256)]
    letters = [chr(0x2581)] + [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pieces = letters + [chr(0x2581) + c for c in "abcdefghijklmnopqrstuvwxyz"]
    tokens += pieces
    tokens += ["<extra%d>" % i for i in range(VOCAB - len(tokens))]
    types = [2, 3, 3] + [6] * 256 + [1] * len(pieces)
    types += [4] * (VOCAB - len(types))
    metadata["tokenizer.ggml.model"] = (STRING, "llama")
    metadata["tokenizer.ggml.tokens"] = (ARRAY, (STRING, tokens))
    metadata["tokenizer.ggml.scores"] = (ARRAY, (F32, [-float(i) for i in range(VOCAB)]))
    metadata["tokenizer.ggml.token_type"] = (ARRAY, (5, types))
    metadata["tokenizer.ggml.bos_token_id"] = (U32, 1)
    metadata["tokenizer.ggml.eos_token_id"] = (U32, 2)


# ---------------------------------------------------------------- the forward pass
def rms_norm(x, w, eps):
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + eps) * w


def rotate(x, base, rot, pairs, factors):
    """x [tokens, heads, head_dim]."""
    j = np.arange(rot // 2)
    theta = base ** (-2.0 * j / rot) / (1.0 if factors is None else factors)
    angle = np.arange(len(x))[:, None] * theta
    cos, sin = np.cos(angle)[:, None, :], np.sin(angle)[:, None, :]
    first = slice(0, rot, 2) if pairs else slice(0, rot // 2)
    second = slice(1, rot, 2) if pairs else slice(rot // 2, rot)
    out = x.copy()
    out[..., first] = x[..., first] * cos - x[..., second] * sin
    out[..., second] = x[..., first] * sin + x[..., second] * cos
    return out


def attention(q, k, v, scale, window):
    tokens, heads, dim = q.shape
    group = heads // k.shape[1]
    at = np.arange(tokens)
    visible = at[None, :] <= at[:, None]
    if window:
        visible &= at[:, None] - at[None, :] < window
    out = np.empty_like(q)
    for head in range(heads):
        scores = np.where(visible, q[:, head] @ k[:, head // group].T * scale, -np.inf)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        out[:, head] = weights / weights.sum(axis=1, keepdims=True) @ v[:, head // group]
    return out.reshape(tokens, heads * dim)


def forward(c, w, tokens):
    gemma = c["arch"] == "gemma3"
    h = w["token_embd.weight"][tokens] * (math.sqrt(c["d"]) if gemma else 1)
    for i in range(c["layers"]):
        p = f"blk.{i}."
        n = rms_norm(h, w[p + "attn_norm.weight"], c["eps"])
        q, k, v = (n @ w[p + f"attn_{name}.weight"].T + w.get(p + f"attn_{name}.bias", 0) for name in "qkv")
        q, k = q.reshape(len(tokens), c["heads"], c["hd"]), k.reshape(len(tokens), c["kv_heads"], c["hd"])
        v = v.reshape(len(tokens), c["kv_heads"], c["hd"])
        if p + "attn_q_norm.weight" in w:
            q = rms_norm(q, w[p + "attn_q_norm.weight"], c["eps"])
            k = rms_norm(k, w[p + "attn_k_norm.weight"], c["eps"])
        windowed = gemma and i % 6 < 5
        base = 10000.0 if windowed else c["base"]
        factors = w.get("rope_freqs.weight")
        q, k = (rotate(x, base, c["hd"], c["arch"] == "llama", factors) for x in (q, k))
        o = attention(q, k, v, 1 / math.sqrt(c["hd"]), c["window"] if windowed else 0) @ w[p + "attn_output.weight"].T
        if gemma:
            o = rms_norm(o, w[p + "post_attention_norm.weight"], c["eps"])
        h = h + o
        n = rms_norm(h, w[p + "ffn_norm.weight"], c["eps"])
        gate, up = n @ w[p + "ffn_gate.weight"].T, n @ w[p + "ffn_up.weight"].T
        if gemma:
            gate = 0.5 * gate * (1 + np.tanh(math.sqrt(2 / math.pi) * (gate + 0.044715 * gate**3)))
        else:
            gate = gate / (1 + np.exp(-gate))
        m = (gate * up) @ w[p + "ffn_down.weight"].T
        if gemma:
            m = rms_norm(m, w[p + "post_ffw_norm.weight"], c["eps"])
        h = h + m
    h = rms_norm(h, w["output_norm.weight"], c["eps"])
    return h @ w.get("output.weight", w["token_embd.weight"]).T


# ---------------------------------------------------------------- the models
CASES = {
    "llama-f32": dict(arch="llama", store="f32", layers=2, untied=True),
    "llama-q8_0": dict(arch="llama", store="q8_0", layers=2, factors=True, bias=True),
    "llama-q4_0": dict(arch="llama", store="q4_0", layers=2, heads=6, kv_heads=2, d=96),
    "qwen2-bf16": dict(arch="qwen2", store="bf16", layers=2, bias=True, base=1e6),
    "qwen3-f16": dict(arch="qwen3", store="f16", layers=2, hd=32, qk_norm=True, base=1e6),
    "gemma3-q8_0": dict(arch="gemma3", store="q8_0", layers=7, kv_heads=1, hd=32, qk_norm=True, window=8, base=1e6),
}


def make(name, case, folder):
    c = dict(d=64, ff=160, heads=4, kv_heads=2, hd=16, eps=1e-5, base=10000.0, window=0)
    c.update(case)
    rng = np.random.default_rng(list(name.encode()))
    tensors, weights = [], {}

    def add(tensor, shape, deviation, mean=0.0, store="f32"):
        kind, data, exact = STORE[store](rng.standard_normal(shape) * deviation + mean)
        tensors.append((tensor, shape, kind, data))
        weights[tensor] = exact.reshape(shape)

    d, ff, qd, kd = c["d"], c["ff"], c["heads"] * c["hd"], c["kv_heads"] * c["hd"]
    gemma = c["arch"] == "gemma3"

    def matrix(tensor, rows, cols, deviation=None):
        add(tensor, (rows, cols), deviation or 1.5 / math.sqrt(cols), store=c["store"])

    matrix("token_embd.weight", VOCAB, d, 0.02 if gemma else 0.2)
    add("output_norm.weight", (d,), 0.1, 1.0)
    if c.get("untied"):
        matrix("output.weight", VOCAB, d)
    if c.get("factors"):
        add("rope_freqs.weight", (c["hd"] // 2,), 0.5, 3.0)
    for i in range(c["layers"]):
        p = f"blk.{i}."
        for norm in ("attn_norm", "ffn_norm") + (("post_attention_norm", "post_ffw_norm") if gemma else ()):
            add(p + norm + ".weight", (d,), 0.1, 1.0)
        for part, rows in (("q", qd), ("k", kd), ("v", kd)):
            matrix(p + f"attn_{part}.weight", rows, d)
            if c.get("bias"):
                add(p + f"attn_{part}.bias", (rows,), 0.3)
        if c.get("qk_norm"):
            add(p + "attn_q_norm.weight", (c["hd"],), 0.1, 1.5)
            add(p + "attn_k_norm.weight", (c["hd"],), 0.1, 1.5)
        matrix(p + "attn_output.weight", d, qd)
        matrix(p + "ffn_gate.weight", ff, d)
        matrix(p + "ffn_up.weight", ff, d)
        matrix(p + "ffn_down.weight", d, ff)

    a = c["arch"]
    metadata = {"general.architecture": (STRING, a), "general.name": (STRING, "golden " + name)}
    for key, payload in (("block_count", c["layers"]), ("context_length", 256), ("embedding_length", d),
                         ("feed_forward_length", ff), ("attention.head_count", c["heads"]),
                         ("attention.head_count_kv", c["kv_heads"]), ("attention.key_length", c["hd"]),
                         ("attention.value_length", c["hd"])):
        metadata[f"{a}.{key}"] = (U32, payload)
    if c["window"]:
        metadata[f"{a}.attention.sliding_window"] = (U32, c["window"])
    metadata[f"{a}.rope.freq_base"] = (F32, c["base"])
    metadata[f"{a}.attention.layer_norm_rms_epsilon"] = (F32, c["eps"])
    c["eps"] = float(np.float32(c["eps"]))
    tokenizer(metadata)
    write_gguf(os.path.join(folder, name + ".gguf"), metadata, tensors)

    tokens, rows, gap = list(PROMPT), [], math.inf
    for _ in range(GENERATED):
        row = forward(c, weights, np.array(tokens))[-1]
        rows.append(row)
        best = np.sort(row)
        gap = min(gap, best[-1] - best[-2])
        tokens.append(int(row.argmax()))
    logits = f"{name}.logits"
    np.array(rows).astype("<f4").tofile(os.path.join(folder, "expected", logits))
    return [{"prompt_tokens": PROMPT, "generated": tokens[len(PROMPT):], "min_top2_gap": round(float(gap), 6), "n_vocab": VOCAB,
             "logits": logits}]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--out", default=os.path.join(root, "test", "model", "golden"))
    args = parser.parse_args()
    os.makedirs(os.path.join(args.out, "expected"), exist_ok=True)
    expected = {name: make(name, case, args.out) for name, case in CASES.items()}
    with open(os.path.join(args.out, "expected.json"), "w", encoding="ascii") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")
    for name, entry in expected.items():
        print(name, "smallest gap", entry[0]["min_top2_gap"], "generated", entry[0]["generated"][:8])


if __name__ == "__main__":
    main()
