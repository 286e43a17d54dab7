"""GGUF v3: a writer and a reader for files of F32 and Q8_0 tensors, and the Q8_0 blocks."""
import struct

import numpy as np

MAGIC, VERSION, ALIGNMENT = b"GGUF", 3, 32
F32, Q8_0 = 0, 8  # tensor types
BLOCK = 32        # values in a Q8_0 block: an f16 scale and 32 int8
BLOCK_TYPE = np.dtype([("scale", "<f2"), ("values", "i1", (BLOCK,))])
# Metadata types that we write, by number: struct format of the value.
U32, I32, FLOAT, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
FORMAT = {U32: "<I", I32: "<i", FLOAT: "<f", BOOL: "<?"}


def quantize(rows: np.ndarray) -> bytes:
    """Rows of f32, K a multiple of 32, as Q8_0: scale = max|x| / 127, halves away from zero."""
    x = np.ascontiguousarray(rows, np.float32).reshape(-1, BLOCK)
    scale = np.abs(x).max(axis=1, keepdims=True) / np.float32(127)
    inverse = np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale > 0)
    scaled = x * inverse
    blocks = np.empty(len(x), BLOCK_TYPE)
    blocks["scale"] = scale[:, 0]
    blocks["values"] = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    return blocks.tobytes()


def dequantize(data: bytes) -> np.ndarray:
    blocks = np.frombuffer(data, BLOCK_TYPE)
    return blocks["values"].astype(np.float32) * blocks["scale"].astype(np.float32)[:, None]


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value) -> bytes:
    """Type and value. Integers become u32, and i32 in lists."""
    if isinstance(value, list):
        if isinstance(value[0], str):
            head = struct.pack("<IIQ", ARRAY, STRING, len(value))
            return head + b"".join(map(_string, value))
        return struct.pack("<IIQ", ARRAY, I32, len(value)) + struct.pack(f"<{len(value)}i", *value)
    if isinstance(value, str):
        return struct.pack("<I", STRING) + _string(value)
    kind = BOOL if isinstance(value, bool) else U32 if isinstance(value, int) else FLOAT
    return struct.pack("<I", kind) + struct.pack(FORMAT[kind], value)


def _pad(size: int) -> bytes:
    return b"\0" * (-size % ALIGNMENT)


def write(path: str, metadata: dict, tensors: dict[str, np.ndarray]) -> None:
    """Matrices are stored as Q8_0, vectors as F32."""
    infos, bodies, offset = [], [], 0
    for name, tensor in tensors.items():
        matrix = tensor.ndim == 2
        body = quantize(tensor) if matrix else tensor.astype("<f4").tobytes()
        shape = tensor.shape[::-1]  # fastest dimension first
        infos.append(_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape,
                                                 Q8_0 if matrix else F32, offset))
        bodies.append(body + _pad(len(body)))
        offset += len(bodies[-1])
    head = MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(metadata))
    head += b"".join(_string(key) + _value(value) for key, value in metadata.items())
    head += b"".join(infos)
    with open(path, "wb") as file:
        file.write(head + _pad(len(head)) + b"".join(bodies))


class _Cursor:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, format: str):
        values = struct.unpack_from("<" + format, self.data, self.at)
        self.at += struct.calcsize("<" + format)
        return values if len(values) > 1 else values[0]

    def string(self) -> str:
        size = self.take("Q")
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def value(self, kind: int):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            element, count = self.take("IQ")
            return [self.value(element) for _ in range(count)]
        return self.take(FORMAT[kind][1:])


def read(path: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Metadata and the tensors, dequantised to f32, of a file that `write` wrote."""
    with open(path, "rb") as file:
        cursor = _Cursor(file.read())
    magic, version, tensor_count, key_count = cursor.take("4sIQQ")
    if magic != MAGIC or version != VERSION:
        raise ValueError(f"{path}: not a GGUF file of version {VERSION}")
    metadata = {}
    for _ in range(key_count):
        key = cursor.string()
        metadata[key] = cursor.value(cursor.take("I"))
    infos = []
    for _ in range(tensor_count):
        name = cursor.string()
        shape = [cursor.take("Q") for _ in range(cursor.take("I"))][::-1]
        infos.append((name, shape, *cursor.take("IQ")))
    start = cursor.at + len(_pad(cursor.at))
    tensors = {}
    for name, shape, kind, offset in infos:
        count = int(np.prod(shape))
        size = count // BLOCK * BLOCK_TYPE.itemsize if kind == Q8_0 else 4 * count
        body = cursor.data[start + offset:start + offset + size]
        flat = dequantize(body) if kind == Q8_0 else np.frombuffer(body, "<f4")
        tensors[name] = flat.reshape(shape)
    return metadata, tensors
