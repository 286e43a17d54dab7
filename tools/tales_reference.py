#!/usr/bin/env python3
"""Greedy text of the bundled model in plain numpy, double precision, from the file's own weights:
the reference that models/tales.expected.json holds. Checks the file, or writes it with --write."""
import argparse
import hashlib
import json
import sys

import numpy as np

import tales_bpe
import tales_gguf

PROMPTS = [
    "Dorothy and the Scarecrow",
    "The frog jumped out of the well and",
    "The old witch looked at the children",
]
STEPS = 64


class Model:
    """The llama architecture over a GGUF file: one token at a time, with a cache."""

    def __init__(self, path: str):
        meta, tensors = tales_gguf.read(path)
        self.meta = meta
        self.weights = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
        self.layers = meta["llama.block_count"]
        self.heads = meta["llama.attention.head_count"]
        self.kv_heads = meta["llama.attention.head_count_kv"]
        self.head_dim = meta["llama.rope.dimension_count"]
        self.epsilon = meta["llama.attention.layer_norm_rms_epsilon"]
        self.frequencies = meta["llama.rope.freq_base"] ** (
            -np.arange(0, self.head_dim, 2) / self.head_dim)
        merges = [tuple(line.split(" ")) for line in meta["tokenizer.ggml.merges"]]
        self.tokenizer = tales_bpe.Tokenizer(meta["tokenizer.ggml.tokens"], merges)
        self.reset()

    def reset(self) -> None:
        self.keys = [[] for _ in range(self.layers)]
        self.values = [[] for _ in range(self.layers)]

    def step(self, token: int) -> np.ndarray:
        """Logits after one more token."""
        weights = self.weights
        x = weights["token_embd.weight"][token]
        for layer in range(self.layers):
            x = x + self._attention(layer, self._norm(x, f"blk.{layer}.attn_norm.weight"))
            h = self._norm(x, f"blk.{layer}.ffn_norm.weight")
            gate = weights[f"blk.{layer}.ffn_gate.weight"] @ h
            up = weights[f"blk.{layer}.ffn_up.weight"] @ h
            x = x + weights[f"blk.{layer}.ffn_down.weight"] @ (gate / (1 + np.exp(-gate)) * up)
        return weights["token_embd.weight"] @ self._norm(x, "output_norm.weight")

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        return x / np.sqrt(np.mean(x * x) + self.epsilon) * self.weights[name]

    def _rope(self, x: np.ndarray, position: int) -> np.ndarray:
        cos, sin = np.cos(position * self.frequencies), np.sin(position * self.frequencies)
        out = np.empty_like(x)
        out[:, 0::2] = x[:, 0::2] * cos - x[:, 1::2] * sin
        out[:, 1::2] = x[:, 0::2] * sin + x[:, 1::2] * cos
        return out

    def _attention(self, layer: int, x: np.ndarray) -> np.ndarray:
        def project(name):
            return (self.weights[f"blk.{layer}.attn_{name}.weight"] @ x).reshape(-1, self.head_dim)
        position = len(self.keys[layer])
        q = self._rope(project("q"), position)
        self.keys[layer].append(self._rope(project("k"), position))
        self.values[layer].append(project("v"))
        keys, values = np.array(self.keys[layer]), np.array(self.values[layer])  # [T, heads, dim]
        shared = self.heads // self.kv_heads
        out = []
        for head in range(self.heads):
            scores = keys[:, head // shared] @ q[head] / np.sqrt(self.head_dim)
            shares = np.exp(scores - scores.max())
            out.append(shares / shares.sum() @ values[:, head // shared])
        return self.weights[f"blk.{layer}.attn_output.weight"] @ np.concatenate(out)


def greedy(model: Model, prompt: str) -> dict:
    """The prompt's record: STEPS greedy tokens, and by how much each won."""
    model.reset()
    prompt_ids = [model.tokenizer.bos] + model.tokenizer.encode(prompt)
    for token in prompt_ids:
        logits = model.step(token)
    best = np.argsort(-logits, kind="stable")[:8]
    first = [[int(i), round(float(logits[i]), 6)] for i in best]
    ids, gaps = [], []
    for _ in range(STEPS):
        second, top = np.argsort(logits, kind="stable")[-2:]
        ids.append(int(top))
        gaps.append(round(float(logits[top] - logits[second]), 6))
        logits = model.step(ids[-1])
    return {"prompt": prompt, "prompt_ids": prompt_ids, "first_logits": first, "ids": ids,
            "gaps": gaps, "text": model.tokenizer.decode(ids)}


def expected(path: str) -> dict:
    model = Model(path)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return {
        "about": "Greedy generation in double precision from the dequantised weights. prompt_ids"
                 " begins with bos; first_logits: the 8 highest after the prompt, [id, logit];"
                 " gaps: how far each chosen logit lay above the next best.",
        "sha256": digest,
        "prompts": [greedy(model, prompt) for prompt in PROMPTS],
    }


def dump(value: dict, path: str) -> None:
    text = json.dumps({**value, "prompts": None}, indent=2)
    records = ",\n".join(
        "    {\n" + ",\n".join(f"      {json.dumps(k)}: {json.dumps(v)}" for k, v in record.items())
        + "\n    }" for record in value["prompts"])
    with open(path, "w", encoding="ascii") as file:
        file.write(text.replace("null", "[\n" + records + "\n  ]") + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("expected")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    found = expected(args.model)
    if args.write:
        dump(found, args.expected)
        return 0
    with open(args.expected, encoding="ascii") as file:
        recorded = json.load(file)

    def exact(value):
        return [[record[key] for key in ("prompt", "prompt_ids", "ids", "text")]
                for record in value["prompts"]]
    same = recorded["sha256"] == found["sha256"] and exact(recorded) == exact(found)
    print(f"{args.expected}: " + ("holds" if same else f"does not hold for {args.model}"))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
