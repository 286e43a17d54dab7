#!/usr/bin/env python3
"""Trains the bundled model on a text of one paragraph a line, and writes OUT (GGUF, Q8_0), its
card (.md) and its recorded greedy text (.expected.json). Needs PyTorch; one GPU, a few minutes."""
import argparse
import copy
import dataclasses
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import tales_bpe
import tales_card
import tales_data
import tales_gguf
import tales_reference

@dataclasses.dataclass
class Config:
    vocab: int = 4096         # tokens
    width: int = 256
    layers: int = 8
    heads: int = 4
    kv_heads: int = 4
    ff: int = 768
    context: int = 512
    rope_base: float = 10000.0
    epsilon: float = 1e-5
    batch: int = 32           # windows
    steps: int = 2219
    check: int = 250          # steps between looks at the held-out text
    rate: float = 4e-3
    warmup: float = 0.04      # of all steps; then a cosine down to zero
    decay: float = 1.0        # weight decay, on matrices
    dropout: float = 0.3
    average: float = 0.998    # decay of the weights' moving average, which is what is kept


# ---- model ----

class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x):
        y = x.float()
        scale = torch.rsqrt(y.square().mean(-1, keepdim=True) + self.epsilon)
        return (y * scale * self.weight).to(x.dtype)


def rope(x, cos, sin):
    """Pairs (2j, 2j + 1) turn, which is how the file's q and k rows are meant."""
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2).to(x.dtype)


class Layer(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = c.heads, c.kv_heads, c.width // c.heads
        self.dropout = c.dropout
        kv = c.kv_heads * self.head_dim
        self.attn_norm, self.ffn_norm = Norm(c.width, c.epsilon), Norm(c.width, c.epsilon)
        self.attn_q = nn.Linear(c.width, c.width, bias=False)
        self.attn_k = nn.Linear(c.width, kv, bias=False)
        self.attn_v = nn.Linear(c.width, kv, bias=False)
        self.attn_output = nn.Linear(c.width, c.width, bias=False)
        self.ffn_gate = nn.Linear(c.width, c.ff, bias=False)
        self.ffn_up = nn.Linear(c.width, c.ff, bias=False)
        self.ffn_down = nn.Linear(c.ff, c.width, bias=False)

    def forward(self, x, cos, sin):
        def split(y, heads):
            return y.unflatten(-1, (heads, self.head_dim)).transpose(1, 2)
        h = self.attn_norm(x)
        q = rope(split(self.attn_q(h), self.heads), cos, sin)
        k = rope(split(self.attn_k(h), self.kv_heads), cos, sin)
        v = split(self.attn_v(h), self.kv_heads)
        if self.kv_heads != self.heads:
            k, v = (y.repeat_interleave(self.heads // self.kv_heads, 1) for y in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True,
                                           dropout_p=self.dropout if self.training else 0.0)
        x = x + self._drop(self.attn_output(y.transpose(1, 2).flatten(-2)))
        h = self.ffn_norm(x)
        return x + self._drop(self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h)))

    def _drop(self, x):
        return F.dropout(x, self.dropout, self.training)


class Llama(nn.Module):
    """Module names are the file's tensor names."""

    def __init__(self, c: Config):
        super().__init__()
        self.dropout = c.dropout
        self.token_embd = nn.Embedding(c.vocab, c.width)
        self.blk = nn.ModuleList(Layer(c) for _ in range(c.layers))
        self.output_norm = Norm(c.width, c.epsilon)
        dim = c.width // c.heads
        frequency = c.rope_base ** (-torch.arange(0, dim, 2) / dim)
        angle = torch.outer(torch.arange(c.context), frequency)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                last = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weight, std=0.02 / (math.sqrt(2 * c.layers) if last else 1))

    def forward(self, ids):
        x = F.dropout(self.token_embd(ids), self.dropout, self.training)
        for layer in self.blk:
            x = layer(x, self.cos[:ids.shape[1]], self.sin[:ids.shape[1]])
        return F.linear(self.output_norm(x), self.token_embd.weight)


# ---- training ----

@torch.no_grad()
def bits_per_byte(model: Llama, tokenizer: tales_bpe.Tokenizer, held: list[str], context: int,
                  device: str, amp: bool) -> float:
    """Each held-out text for itself, in windows of bos and up to context - 1 tokens that advance by
    half a context; of a window after the first only the second half counts."""
    model.eval()
    half, inputs, targets = context // 2, [], []
    for text in held:
        ids = tokenizer.encode(text)
        for first in range(0, max(len(ids) - half, 1), half):
            part = ids[first:first + context]
            row = [tokenizer.bos] + part[:-1]
            goal = [-1] * (half if first else 0) + part[half if first else 0:]
            inputs.append(row + [0] * (context - len(row)))
            targets.append(goal + [-1] * (context - len(goal)))
    inputs, targets = torch.tensor(inputs), torch.tensor(targets)
    nats = 0.0
    for rows, goals in zip(inputs.split(32), targets.split(32)):
        with torch.autocast(device, torch.bfloat16, enabled=amp):
            logits = model(rows.to(device))
        nats += F.cross_entropy(logits.float().flatten(0, 1), goals.to(device).flatten(),
                                ignore_index=-1, reduction="sum").item()
    return nats / math.log(2) / sum(len(text.encode()) for text in held)


def optimizer(model: Llama, c: Config, device: str) -> torch.optim.Optimizer:
    matrices = [p for p in model.parameters() if p.ndim == 2]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": c.decay},
              {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=c.rate, betas=(0.9, 0.95), fused=device == "cuda")


def learning_rate(c: Config, step: int, steps: int) -> float:
    warm = c.warmup * steps
    if step < warm:
        return c.rate * (step + 1) / (warm + 1)
    return c.rate * (0.5 + 0.5 * math.cos(math.pi * (step - warm) / (steps - warm)))


def train(model: Llama, stream: tales_data.Stream, tokenizer: tales_bpe.Tokenizer, held: list[str],
          c: Config, device: str, seconds: float) -> dict:
    """Leaves the best averaged weights in `model`. Where `seconds` would not do for all steps, by
    the time that the second hundred takes, the schedule is shortened."""
    average = copy.deepcopy(model)
    best = copy.deepcopy(model)
    best_bpb, best_step, checks = math.inf, 0, 0
    opt = optimizer(model, c, device)
    per_epoch = math.ceil(len(stream.windows(c.context)) / c.batch)
    steps = c.steps
    began, step, losses = time.time(), 0, []
    while step < steps:
        rows = torch.from_numpy(stream.windows(c.context)).to(device)
        for batch in rows.split(c.batch):
            model.train()
            with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
                logits = model(batch[:, :-1])
            loss = F.cross_entropy(logits.float().flatten(0, 1), batch[:, 1:].flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for group in opt.param_groups:
                group["lr"] = learning_rate(c, step, steps)
            opt.step()
            opt.zero_grad(set_to_none=True)
            keep = min(c.average, (step + 1) / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)
            losses.append(loss.detach())
            step += 1
            if step == 100:
                measured_from = time.time()
            if step == 200:
                pace = (time.time() - measured_from) / 100
                left = seconds - (time.time() - began)
                steps = min(steps, step + max(0, int(left / pace)))
            if step < steps and step % c.check:
                continue
            bpb = bits_per_byte(average, tokenizer, held, c.context, device, device == "cuda")
            checks += 1
            if bpb < best_bpb:
                best_bpb, best_step = bpb, step
                best.load_state_dict(average.state_dict())
            print(f"step {step}/{steps} {time.time() - began:.0f} s  loss "
                  f"{torch.stack(losses).mean().item():.3f}  held-out {bpb:.4f} bits per byte",
                  flush=True)
            losses = []
            if step >= steps:
                break
    model.load_state_dict(best.state_dict())
    return {"steps": steps, "best_step": best_step, "checks": checks,
            "seconds": time.time() - began, "epochs": steps / per_epoch}


# ---- results ----

def metadata(c: Config, tokenizer: tales_bpe.Tokenizer, parameters: int) -> dict:
    return {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Tales",
        "general.size_label": f"{parameters / 1e6:.0f}M",
        "general.license": "apache-2.0",
        "general.description": "A demonstration model trained on public-domain fairy tales.",
        "general.quantization_version": 2,
        "general.file_type": 7,  # mostly Q8_0
        "llama.context_length": c.context,
        "llama.embedding_length": c.width,
        "llama.block_count": c.layers,
        "llama.feed_forward_length": c.ff,
        "llama.attention.head_count": c.heads,
        "llama.attention.head_count_kv": c.kv_heads,
        "llama.attention.layer_norm_rms_epsilon": c.epsilon,
        "llama.rope.dimension_count": c.width // c.heads,
        "llama.rope.freq_base": c.rope_base,
        "llama.vocab_size": c.vocab,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": tales_bpe.PRE,
        "tokenizer.ggml.tokens": tokenizer.tokens,
        "tokenizer.ggml.token_type": [3 if t in tales_bpe.SPECIAL else 1 for t in tokenizer.tokens],
        "tokenizer.ggml.merges": [f"{a} {b}" for a, b in tokenizer.merges],
        "tokenizer.ggml.bos_token_id": tokenizer.bos,
        "tokenizer.ggml.eos_token_id": tokenizer.eos,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, default=600, help="about so long at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="another value for a field of Config")
    args = parser.parse_args()
    c = Config()
    for item in args.set:
        key, value = item.split("=")
        setattr(c, key, type(getattr(c, key))(value))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(args.seed)

    with open(args.corpus, encoding="utf-8") as file:
        corpus = file.read()
    runs, held = tales_data.split_corpus(corpus)
    trained_on = ["".join(run) for run in runs]
    tokenizer = tales_bpe.Tokenizer.trained(trained_on, c.vocab)
    stream = tales_data.Stream(tokenizer, runs, args.seed)
    model = Llama(c).to(device)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters} parameters, {len(stream.tokens)} tokens, {len(held)} blocks held out",
          flush=True)
    result = train(model, stream, tokenizer, held, c, device, args.seconds)

    # What is judged and recorded is what the file holds.
    plain_bpb = bits_per_byte(model, tokenizer, held, c.context, device, False)
    tensors = {name: p.detach().cpu().numpy() for name, p in model.named_parameters()}
    tales_gguf.write(args.out, metadata(c, tokenizer, parameters), tensors)
    stored = tales_gguf.read(args.out)[1]
    model.load_state_dict({name: torch.tensor(tensor) for name, tensor in stored.items()})
    bpb = bits_per_byte(model, tokenizer, held, c.context, device, False)
    size = os.path.getsize(args.out)
    print(f"{args.out}: {size} bytes, held-out {bpb:.4f} bits per byte ({plain_bpb:.4f} unrounded)")

    stem = os.path.splitext(args.out)[0]
    with open(stem + ".md", "w", encoding="ascii") as file:
        file.write(tales_card.text(
            corpus, trained_on, held, file=os.path.basename(args.out), parameters=parameters,
            bytes=size, bpb=bpb, plain_bpb=plain_bpb, seed=args.seed,
            train_tokens=len(stream.tokens),
            device=f"one {torch.cuda.get_device_name()}" if device == "cuda" else "a CPU",
            **{**dataclasses.asdict(c), **result}))
    tales_reference.dump(tales_reference.expected(args.out), stem + ".expected.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
