"""Who does what, and how results are compared."""

import os
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

calls = {}


@dataclass
class Prepared:
    """A call made ready; `arrays` are what it made, to compare, or None where it draws from a stream of its own."""

    call: Callable[[], Any]
    arrays: Callable[[Any], Any] = lambda result: result if isinstance(result, (tuple, list)) else [result]
    after: Callable[[Any], Any] = lambda result: None
    size: int | None = None  # What the result takes in memory, in bytes; by default what the arrays do.


def peer(call, *families):
    """Registers what makes a case's call ready: a Prepared, or only the function whose result is one array or several."""

    def register(make):
        def prepared(case):
            made = make(case)
            return made if isinstance(made, Prepared) else Prepared(made)

        for family in families:
            calls[call, family] = prepared
        return make

    return register


def not_compared(call, size=None):
    return Prepared(call, arrays=lambda result: None, size=size)


def sums(array):
    """As gemmnet.js has them, in pieces, so that large arrays need no memory."""
    flat = np.asarray(array).reshape(-1)
    absolute = squares = weighted = 0.0
    piece = 97 * 10_000
    weights = np.arange(piece) % 97.0
    for start in range(0, len(flat), piece):
        values = np.abs(flat[start : start + piece].astype(np.float64))
        absolute += float(values.sum())
        squares += float(values @ values)
        weighted += float(values @ weights[: len(values)])
    return [len(flat), absolute, squares, weighted]


def sizes_of(arrays):
    return sum(np.asarray(array).nbytes for array in arrays or [])


def written(case, name):
    folder = os.path.join(case["folder"], "written")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, f"{os.getpid()}-{name}")


def given(case, which=0):
    return os.path.join(case["folder"], case["files"][which])


def whole(path, write):
    """As gemmnet writes files: beside the old one, out to the disk, renamed; `write` gets a binary file."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def whole_by_name(path, write):
    """The same for libraries that open the file themselves; `write` gets the temporary path."""
    temporary = f"{path}.tmp"
    write(temporary)
    file = os.open(temporary, os.O_RDWR)
    os.fsync(file)
    os.close(file)
    os.replace(temporary, path)


def writing(path, call, read=None):
    """A call that writes a file, which is read again for the comparison, and is gone before the next is written."""
    return Prepared(call, arrays=lambda result: read and read(path), after=lambda result: os.remove(path), size=0)
