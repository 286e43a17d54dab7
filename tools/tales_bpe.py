"""Byte-level BPE as GPT-2's: the splitter, a trainer, and an encoder over tokens and merges."""
import collections
import heapq
import itertools
import re
import sys
import unicodedata

BOS, EOS = "<|bos|>", "<|eos|>"
SPECIAL = [BOS, EOS]


def _byte_alphabet() -> list[str]:
    """GPT-2's printable character of each byte: itself where it prints, else from U+0100."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    spare = itertools.count(0x100)
    return [chr(byte if byte in shown else next(spare)) for byte in range(256)]


CHAR_OF_BYTE = _byte_alphabet()
BYTE_OF_CHAR = {char: byte for byte, char in enumerate(CHAR_OF_BYTE)}


def _char_class(category: str) -> str:
    """The ranges of a regular expression's class that stand for \\p{category}."""
    points = (c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] == category)
    runs = []
    for point in points:
        if runs and runs[-1][1] == point - 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


# The splitter that `tokenizer.ggml.pre = gpt-2` stands for, with the classes written out: Python's
# own \s and \w differ from \s, \p{L} and \p{N}.
PRE = "gpt-2"
_L, _N = _char_class("L"), _char_class("N")
_S = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
_SPLIT = re.compile(f"'s|'t|'re|'ve|'m|'ll|'d| ?[{_L}]+| ?[{_N}]+| ?[^{_S}{_L}{_N}]+"
                    f"|[{_S}]+(?![^{_S}])|[{_S}]+")


def split(text: str) -> list[str]:
    """The words that merges do not leave; together they are the text."""
    return _SPLIT.findall(text)


def to_chars(text: str) -> str:
    return "".join(CHAR_OF_BYTE[byte] for byte in text.encode())


def train(words: collections.Counter, merge_count: int) -> list[tuple[str, str]]:
    """The merges, best first, over split words with their counts. Of equally frequent pairs the
    first in string order is merged."""
    sequences = [list(to_chars(word)) for word in words]
    counts = list(words.values())
    pair_count = collections.Counter()
    homes = collections.defaultdict(set)  # pair -> the words that have or had it
    for index, sequence in enumerate(sequences):
        for pair in itertools.pairwise(sequence):
            pair_count[pair] += counts[index]
            homes[pair].add(index)
    heap = [(-count, pair) for pair, count in pair_count.items()]
    heapq.heapify(heap)
    merges = []
    while len(merges) < merge_count and heap:
        count, best = heapq.heappop(heap)
        if pair_count[best] != -count:
            continue  # an entry from before the count changed
        if count == 0:
            break
        merges.append(best)
        changed = set()
        for index in homes.pop(best):
            old = sequences[index]
            new = _merge(old, best)
            if len(new) == len(old):
                continue
            for pair in itertools.pairwise(old):
                pair_count[pair] -= counts[index]
                changed.add(pair)
            for pair in itertools.pairwise(new):
                pair_count[pair] += counts[index]
                homes[pair].add(index)
                changed.add(pair)
            sequences[index] = new
        for pair in changed:
            heapq.heappush(heap, (-pair_count[pair], pair))
    return merges


def _merge(sequence: list[str], pair: tuple[str, str]) -> list[str]:
    out, i = [], 0
    while i < len(sequence):
        if tuple(sequence[i:i + 2]) == pair:
            out.append(sequence[i] + sequence[i + 1])
            i += 2
        else:
            out.append(sequence[i])
            i += 1
    return out


class Tokenizer:
    """Encodes text with `merges`; ids are places in `tokens`."""

    def __init__(self, tokens: list[str], merges: list[tuple[str, str]]):
        self.tokens, self.merges = tokens, merges
        self.id_of = {token: i for i, token in enumerate(tokens)}
        self.rank = {pair: i for i, pair in enumerate(merges)}
        self.bos, self.eos = self.id_of[BOS], self.id_of[EOS]
        self._known: dict[str, list[int]] = {}

    @classmethod
    def trained(cls, texts: list[str], size: int) -> "Tokenizer":
        words = collections.Counter(word for text in texts for word in split(text))
        base = SPECIAL + CHAR_OF_BYTE
        merges = train(words, size - len(base))
        return cls(base + [a + b for a, b in merges], merges)

    def encode(self, text: str) -> list[int]:
        ids = []
        for word in split(text):
            if word not in self._known:
                self._known[word] = self.encode_word(word)
            ids += self._known[word]
        return ids

    def encode_word(self, word: str) -> list[int]:
        pieces = list(to_chars(word))
        while ranks := {self.rank.get(pair) for pair in itertools.pairwise(pieces)} - {None}:
            pieces = _merge(pieces, self.merges[min(ranks)])
        return [self.id_of[piece] for piece in pieces]

    def decode(self, ids: list[int]) -> str:
        text = "".join(self.tokens[i] for i in ids if i not in (self.bos, self.eos))
        return bytes(BYTE_OF_CHAR[char] for char in text).decode(errors="replace")
