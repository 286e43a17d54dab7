"""Comparing logits files without numpy: little-endian f32, a row of the vocabulary for each token."""
import array
import math
import operator
import os

VALUE_BYTES = 4


class Comparison:
    """`total` and `worst` (row) NMSE, and in how many rows the likeliest token is the same."""

    def __init__(self, total, worst, worst_row, rows, same_best):
        self.total, self.worst, self.worst_row, self.rows, self.same_best = total, worst, worst_row, rows, same_best


def read_row(file, vocab):
    row = array.array("f")
    row.frombytes(file.read(vocab * VALUE_BYTES))
    if len(row) != vocab:
        raise ValueError(f"{file.name}: values of a row ({len(row)}) are not the vocabulary ({vocab})")
    return row


def errors(got, want):
    """Squared error and power of a row."""
    difference = array.array("f", map(operator.sub, got, want))
    return sum(map(operator.mul, difference, difference)), sum(map(operator.mul, want, want))


def best(row):
    return max(range(len(row)), key=row.__getitem__)


def compare(got_path, want_path, vocab):
    """Raises ValueError for files that cannot be compared. A row that is not finite has an infinite NMSE."""
    sizes = [os.path.getsize(path) for path in (got_path, want_path)]
    if sizes[0] != sizes[1] or sizes[0] == 0 or sizes[0] % (vocab * VALUE_BYTES) != 0:
        raise ValueError(f"{got_path}: bytes ({sizes[0]}) against ({sizes[1]}) are no equal rows of ({vocab}) values")
    rows = sizes[0] // (vocab * VALUE_BYTES)
    total_error = total_power = 0.0
    worst, worst_row, same = -1.0, 0, 0
    with open(got_path, "rb") as got_file, open(want_path, "rb") as want_file:
        for index in range(rows):
            got, want = read_row(got_file, vocab), read_row(want_file, vocab)
            error, power = errors(got, want)
            nmse = error / power if math.isfinite(error) and 0 < power < math.inf else math.inf
            total_error, total_power = total_error + error, total_power + power
            same += best(got) == best(want)
            if nmse > worst:
                worst, worst_row = nmse, index
    total = total_error / total_power if math.isfinite(worst) else math.inf
    return Comparison(total, worst, worst_row, rows, same)
