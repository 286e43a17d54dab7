"""The bundled model's card, from the facts of its training."""
import tales_data

CARD = """\
# Tales

A llama-shaped language model of {parameters:,} parameters that writes in the manner of old fairy
tales. It is a demonstration model: small enough to come with the engine, so that every command
works without a download and tests have a real model. It knows nothing, follows no instructions,
and repeats the manners and the prejudices of its sources.

| | |
|---|---|
| File | `{file}`, GGUF v3, {bytes:,} bytes; matrices Q8_0, norms F32 |
| Shape | {layers} layers, width {width}, feed-forward {ff}, {heads} heads of {head_dim} ({kv_heads} for keys and values), context {context}, head tied to the embedding |
| Tokenizer | byte-level BPE of {vocab} tokens (`gpt2`, splitter `gpt-2`), made from the training text |
| Licence | Apache-2.0 (the model); the text it learnt from is in the public domain |
| Held-out text | **{bpb:.4f} bits per byte** with the weights as stored in the file ({plain_bpb:.4f} before they were rounded to Q8_0) |

## Data

Ten books in the public domain (in the United States at least), as Project Gutenberg has them,
without its notices, one paragraph a line, {corpus_bytes:,} bytes: Alice's Adventures in Wonderland;
Andersen's Fairy Tales; English Fairy Tales (Jacobs); Grimms' Fairy Tales; Just So Stories; Peter Pan;
The Blue Fairy Book (Lang); The Jungle Book; The Secret Garden; The Wonderful Wizard of Oz.

The paragraphs (lines that are not blank) are counted through the whole text in blocks of {block}; of
every ten blocks the last is held out. So {train_bytes:,} bytes are trained on, and {held_bytes:,}
bytes, {held_blocks} blocks, are not: neither by the tokenizer nor by the model. End of text stands
before a heading (at most {heading} bytes, no lower-case letter) that follows other text.

## How the held-out figure is computed

In float32, over the weights read back from the file. Each held-out block is tokenised for itself, a
line feed after each paragraph, and scored in windows of {context} positions: beginning of text, then up
to {last} tokens. Windows advance by {half} tokens; the first counts all its tokens, later ones only
those that the window before did not reach. The sum of -log2 p over all tokens, divided by the
UTF-8 bytes of the blocks. The held-out blocks also chose the settings below and the checkpoint, so
the figure is that of a validation set.

## Training

`tools/train_tales.py`, seed {seed}: {steps} steps of {batch} windows ({epochs:.1f} epochs of
{train_tokens:,} tokens) in {seconds:.0f} seconds on {device}. AdamW, rate {rate} with a
cosine down to zero, weight decay {decay}, dropout {dropout}, bfloat16 arithmetic over float32
weights. Kept are the moving averages of the weights after step {best_step}, the best of {checks} checks.

`tales.expected.json` holds greedy text in double precision; `tools/tales_reference.py` checks it.
"""


def text(corpus: str, trained_on: list[str], held: list[str], **facts) -> str:
    def size(parts):
        return sum(len(part.encode()) for part in parts)
    return CARD.format(corpus_bytes=size([corpus]), train_bytes=size(trained_on),
                       held_bytes=size(held), held_blocks=len(held), block=tales_data.BLOCK,
                       heading=tales_data.HEADING,
                       half=facts["context"] // 2, last=facts["context"] - 1,
                       head_dim=facts["width"] // facts["heads"], **facts)
