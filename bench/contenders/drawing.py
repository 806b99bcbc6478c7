"""Data and weights with the seeds of lib/cli/benchmark-step.ts."""

import numpy as np


class Drawing:
    def __init__(self, case):
        dims, rows, dtype = case["dims"], case["dataRows"], np.dtype(case["dtype"])
        rng = np.random.RandomState(1)
        pixels = rng.randint(0, 256, rows * dims[0])
        self.bytes = case.get("bytes", False)
        X = pixels.astype(np.uint8) if self.bytes else ((pixels - 128) / 64).astype(dtype)
        self.X = X.reshape(rows, dims[0])
        self.dtype = dtype
        self.y = rng.randint(0, dims[-1], rows)
        normals = np.random.RandomState(0)
        pairs = list(zip(dims, dims[1:]))
        self.W = [(normals.randn(i, o) * np.sqrt(2 / i)).astype(dtype) for i, o in pairs]
        self.b = [np.zeros(o, dtype) for _, o in pairs]
        self._batches = np.random.RandomState(2)

    def batches(self, steps, size):
        """(steps, size) row numbers."""
        return self._batches.randint(0, len(self.X), steps * size).reshape(steps, size)
