"""A Python library as a contender in what surrounds the training step: peer.py FAMILY.

The modules beside this one say who does what. They import a library where it is first needed, so that each process has only its own.
"""

import gc
import importlib.metadata
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import creating  # noqa: E402, F401: registers its calls, as do the others
import data_sets  # noqa: E402, F401
import judging  # noqa: E402, F401
import pictures  # noqa: E402, F401
import preparing  # noqa: E402, F401
import saving  # noqa: E402, F401
import tables  # noqa: E402, F401
from calls import calls, sizes_of, sums  # noqa: E402
from serve import serve  # noqa: E402

distributions = {"python": None, "sklearn": "scikit-learn", "pil": "Pillow"}


def in_bytes(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))


class PeakMemory:
    """By how much the process grew at the highest; None where the system does not tell."""

    def __enter__(self):
        gc.collect()
        try:
            self.before = in_bytes("VmRSS:")
            with open("/proc/self/clear_refs", "w") as marks:
                marks.write("5")
        except OSError:
            self.before = None
        return self

    def __exit__(self, *error):
        self.bytes = None if self.before is None else in_bytes("VmHWM:") - self.before


class Around:
    def __init__(self, case):
        make = calls.get((case["call"], family))
        if make is None:
            raise NotImplementedError(f"{family} has nothing like {case['call']}")
        prepared = make(case)
        self.call = prepared.call
        self.arrays, self.after, self.size = prepared.arrays, prepared.after, prepared.size

    def check(self, units):
        with PeakMemory() as peak:
            started = time.perf_counter()
            result = self.call()
            seconds = time.perf_counter() - started
        arrays = self.arrays(result)
        size = sizes_of(arrays) if self.size is None else self.size
        self.after(result)
        cost = {"seconds": seconds}
        if peak.bytes is not None:
            cost["memory"] = max(0, peak.bytes - size)
        return cost, None if arrays is None else [value for array in arrays for value in sums(array)]

    def run(self, units):
        seconds = 0
        gc.collect()
        for _ in range(units):
            started = time.perf_counter()
            result = self.call()
            seconds += time.perf_counter() - started
            self.after(result)
            del result
        return seconds, None


if __name__ == "__main__":
    family = sys.argv[1]
    distribution = distributions.get(family, family)
    name = f"Python {sys.version.split()[0]}" if distribution is None else f"{distribution} {importlib.metadata.version(distribution)}"
    serve(name, {"around": Around})
