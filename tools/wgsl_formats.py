"""Weight formats, decoded element by element in double precision from what the formats' definitions
say. Written apart from every other decoder of the tree, since it judges them."""
import numpy as np

# name: (number in W_FORMAT, elements of a block, bytes of a block)
FORMATS = {
    "F32": (0, 1, 4), "F16": (1, 1, 2), "BF16": (2, 1, 2), "Q8_0": (3, 32, 34), "Q4_0": (4, 32, 18),
    "Q4_K": (5, 256, 144), "Q6_K": (6, 256, 210), "MXFP4": (7, 32, 17), "Q5_K": (8, 256, 176),
    "Q5_0": (9, 32, 22), "Q5_1": (10, 32, 24), "Q4_1": (11, 32, 20), "Q3_K": (12, 256, 110), "Q2_K": (13, 256, 84),
}
# Where the f16 scales of a block stand.
SCALES = {"Q8_0": [0], "Q4_0": [0], "Q4_K": [0, 2], "Q6_K": [208], "Q5_K": [0, 2], "Q5_0": [0], "Q5_1": [0, 2],
          "Q4_1": [0, 2], "Q3_K": [108], "Q2_K": [80, 82]}
E2M1 = [0, .5, 1, 1.5, 2, 3, 4, 6, -0.0, -.5, -1, -1.5, -2, -3, -4, -6]


def half(block, at):
    return float(np.frombuffer(bytes(block[at:at + 2]), "<f2")[0])


def six_bits(s, j):
    """Scale and minimum of sub-block j out of the twelve bytes s."""
    if j < 4:
        return s[j] & 63, s[j + 4] & 63
    return (s[j + 4] & 15) | (s[j - 4] >> 6) << 4, (s[j + 4] >> 4) | (s[j] >> 6) << 4


def nibble32(q, e):
    return q[e] & 15 if e < 16 else q[e - 16] >> 4


def nibble256(q, e):
    """Element e of 256 whose nibbles stand 32 bytes to 64 elements, low ones first."""
    byte = q[32 * (e // 64) + e % 32]
    return byte & 15 if e % 64 < 32 else byte >> 4


def element(name, b, e):
    if name == "Q8_0":
        return half(b, 0) * (b[2 + e] - 256 if b[2 + e] > 127 else b[2 + e])
    if name == "Q4_0":
        return half(b, 0) * (nibble32(b[2:], e) - 8)
    if name == "Q4_1":
        return half(b, 0) * nibble32(b[4:], e) + half(b, 2)
    if name in ("Q5_0", "Q5_1"):
        at = 2 if name == "Q5_0" else 4
        fifth = int.from_bytes(bytes(b[at:at + 4]), "little") >> e & 1
        code = nibble32(b[at + 4:], e) | fifth << 4
        return half(b, 0) * (code - 16) if name == "Q5_0" else half(b, 0) * code + half(b, 2)
    if name == "MXFP4":
        return 0.0 if b[0] in (0, 255) else 2.0 ** (b[0] - 127) * E2M1[nibble32(b[1:], e)]
    if name in ("Q4_K", "Q5_K"):
        scale, least = six_bits(b[4:16], e // 32)
        code = nibble256(b[16 if name == "Q4_K" else 48:], e)
        if name == "Q5_K":
            code |= (b[16 + e % 32] >> (e // 32) & 1) << 4
        return half(b, 0) * scale * code - half(b, 2) * least
    h, r, l = e // 128, e % 128 // 32, e % 32
    if name == "Q6_K":
        low = b[64 * h + 32 * (r % 2) + l]
        code = (low & 15 if r < 2 else low >> 4) | (b[128 + 32 * h + l] >> 2 * r & 3) << 4
        scale = b[192 + e // 16]
        return half(b, 208) * (scale - 256 if scale > 127 else scale) * (code - 32)
    if name == "Q2_K":
        scale = b[e // 16]
        return half(b, 80) * (scale & 15) * (b[16 + 32 * h + l] >> 2 * r & 3) - half(b, 82) * (scale >> 4)
    packed, s = b[96:108], e // 16
    low = packed[s] & 15 if s < 8 else packed[s - 8] >> 4
    scale = (low | (packed[8 + s % 4] >> 2 * (s // 4) & 3) << 4) - 32
    code = (b[32 + 32 * h + l] >> 2 * r & 3) - (0 if b[l] >> (4 * h + r) & 1 else 4)
    return half(b, 108) * scale * code


def random_weights(name, rows, depth, rng):
    """Bytes of rows * depth weights and their values. Codes take every byte; scales are finite f16."""
    count = rows * depth
    if name in ("F32", "F16", "BF16"):
        values = rng.normal(size=count).astype(np.float32)
        if name == "F16":
            values = values.astype(np.float16)
        if name == "BF16":
            words = (values.view(np.uint32) >> 16).astype(np.uint16)
            return words.tobytes(), (words.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
        return values.tobytes(), values.astype(np.float64)
    _, per_block, size = FORMATS[name]
    blocks = rng.integers(0, 256, (count // per_block, size), dtype=np.uint8)
    for at in SCALES.get(name, []):
        scale = (rng.normal(size=len(blocks)) * 0.02).astype(np.float16)
        scale[::5] = np.float16(3e-6)  # a subnormal, as scales of k-quants often are
        blocks[:, at:at + 2] = scale.view(np.uint8).reshape(-1, 2)
    if name == "MXFP4":
        blocks[:, 0] = rng.integers(118, 130, len(blocks))
        blocks[::7, 0] = 0
        blocks[3::7, 0] = 255
    values = np.array([[element(name, b.tolist(), e) for e in range(per_block)] for b in blocks])
    return blocks.tobytes(), values.reshape(-1)
