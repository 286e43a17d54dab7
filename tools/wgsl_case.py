"""What a case of a WGSL kernel is, and how its inputs are drawn: each from a stream of its own name."""
import zlib
from dataclasses import dataclass, field

import numpy as np

E = 2.0 ** -24
NEG = np.float32(-3.4028235e38)
NAN_WORD = 0x7FC0BEEF  # what stands in every byte that a kernel has no business with


@dataclass
class Case:
    variant: str
    uniforms: dict
    buffers: dict  # name: array; what a kernel reads, or changes in place
    want: dict  # name: (values, limits); integers must be equal to the bit
    overrides: dict = field(default_factory=dict)


def rng_of(*names):
    return np.random.default_rng(zlib.crc32("/".join(map(str, names)).encode()))


def normal(*names, size):
    return rng_of(*names).normal(size=size).astype(np.float32)


def f64(values):
    return np.asarray(values, dtype=np.float64)


def state(pos, slot=0):
    words = np.zeros(16 * (slot + 1), np.uint32)
    words[16 * slot] = pos
    return words
