"""The training text: which paragraphs are held out, where tales end, and an epoch's windows."""
import numpy as np

import tales_bpe

BLOCK = 64      # paragraphs in a block
HELD_OUT = 10   # of ten blocks the last is held out
HEADING = 80    # a paragraph of at most so many bytes and no lower-case letter is a heading


def paragraphs_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def is_heading(paragraph: str) -> bool:
    return paragraph.upper() == paragraph and len(paragraph.encode()) <= HEADING


def split_corpus(text: str) -> tuple[list[list[str]], list[str]]:
    """Runs of neighbouring training blocks, each a list of tales, and the held-out blocks' texts. A
    tale ends before a heading that follows other text, and at the end of a run."""
    paragraphs = paragraphs_of(text)
    runs, held, fresh = [], [], True
    heading = True
    for first in range(0, len(paragraphs), BLOCK):
        block = paragraphs[first:first + BLOCK]
        if first // BLOCK % HELD_OUT == HELD_OUT - 1:
            held.append("".join(line + "\n" for line in block))
            fresh = True
            continue
        if fresh:
            runs.append([""])
            fresh = False
        for line in block:
            was_heading, heading = heading, is_heading(line)
            if heading and not was_heading and runs[-1][-1]:
                runs[-1].append("")
            runs[-1][-1] += line + "\n"
    return runs, held


class Stream:
    """The training text as tokens: bos before each run, eos after each tale that ends in one."""

    def __init__(self, tokenizer: tales_bpe.Tokenizer, runs: list[list[str]], seed: int):
        self.bos = tokenizer.bos
        tokens, starts = [], []
        for run in runs:
            tokens.append(tokenizer.bos)
            for i, tale in enumerate(run):
                if i:
                    tokens.append(tokenizer.eos)
                for paragraph in paragraphs_of(tale):
                    starts.append(len(tokens))
                    tokens += tokenizer.encode(paragraph) + tokenizer.encode("\n")
        self.tokens, self.starts = np.array(tokens), np.array(starts)
        self.rng = np.random.default_rng(seed)

    def windows(self, context: int) -> np.ndarray:
        """One epoch, shuffled: rows of bos and `context` tokens. A window starts at the paragraph
        start up to half a window before its place in an even division of the stream, if there is
        one. The division moves from epoch to epoch."""
        places = np.arange(self.rng.integers(context), len(self.tokens), context)
        before = self.starts[np.maximum(np.searchsorted(self.starts, places, side="right") - 1, 0)]
        near = (before <= places) & (places - before <= context // 2)
        places = np.where(near, before, places)
        self.rng.shuffle(places)
        padded = np.concatenate([self.tokens, self.tokens[:context]])
        rows = padded[places[:, None] + np.arange(context)]
        return np.concatenate([np.full((len(rows), 1), self.bos), rows], axis=1)
