"""The homework's training step as plain, fast NumPy: gather the batch, forward, loss, backward, update.

Speaks the protocol of ../contender-process.js. The file must not be called numpy.py, or it would import itself.
"""

import json
import sys
import time

import numpy as np

NUM_ROWS = 5000


class Step:
    """One case of lib/cli/benchmark-cases.ts, with the seeds of lib/cli/benchmark-step.ts."""

    def __init__(self, case):
        dims, dtype = case["dims"], np.dtype(case["dtype"])
        self.batch_size = case["batchSize"]
        self.lr = dtype.type(case["learningRate"])
        self.reg = dtype.type(case["reg"])
        rng = np.random.RandomState(1)
        pixels = rng.randint(0, 256, NUM_ROWS * dims[0])
        self.X = ((pixels - 128) / 64).astype(dtype).reshape(NUM_ROWS, dims[0])
        self.y = rng.randint(0, dims[-1], NUM_ROWS)
        weights = np.random.RandomState(0)
        pairs = list(zip(dims, dims[1:]))
        self.W = [(weights.randn(i, o) * np.sqrt(2 / i)).astype(dtype) for i, o in pairs]
        self.b = [np.zeros(o, dtype) for _, o in pairs]
        self.batches = np.random.RandomState(2)
        self.adam = case["updateRule"] == "adam"
        self.t = 0
        self.m = [np.zeros_like(p) for p in self.W + self.b]
        self.v = [np.zeros_like(p) for p in self.W + self.b]

    def run(self, steps):
        # Drawn before the clock starts, as for every contender.
        rows = self.batches.randint(0, NUM_ROWS, steps * self.batch_size).reshape(steps, self.batch_size)
        losses = []
        started = time.perf_counter()
        for batch in rows:
            losses.append(float(self.step(batch)))
        return time.perf_counter() - started, losses

    def step(self, rows):
        W, b, n = self.W, self.b, len(rows)
        labels = self.y[rows]
        activations = [self.X[rows]]
        for k in range(len(W) - 1):
            h = activations[-1] @ W[k]
            h += b[k]
            np.maximum(h, 0, out=h)
            activations.append(h)
        scores = activations[-1] @ W[-1]
        scores += b[-1]

        scores -= scores.max(axis=1, keepdims=True)
        right = scores[np.arange(n), labels]
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(sums[:, 0]) - right)
        for w in W:
            flat = w.ravel()
            loss += 0.5 * self.reg * np.dot(flat, flat)

        scores /= sums
        scores[np.arange(n), labels] -= 1
        scores /= n
        dout = scores
        dW, db = [None] * len(W), [None] * len(W)
        for k in reversed(range(len(W))):
            dW[k] = activations[k].T @ dout
            dW[k] += self.reg * W[k]
            db[k] = dout.sum(axis=0)
            if k > 0:
                dout = dout @ W[k].T
                dout *= activations[k] > 0
        self.update(W + b, dW + db)
        return loss

    def update(self, params, grads):
        if not self.adam:
            for p, g in zip(params, grads):
                g *= self.lr
                p -= g
            return
        self.t += 1
        beta1, beta2, epsilon = 0.9, 0.999, 1e-8
        rate = float(self.lr) / (1 - beta1**self.t)
        correction = 1 / np.sqrt(1 - beta2**self.t)
        for p, g, m, v in zip(params, grads, self.m, self.v):
            m *= beta1
            m += (1 - beta1) * g
            v *= beta2
            np.square(g, out=g)
            g *= 1 - beta2
            v += g
            denominator = np.sqrt(v)
            denominator *= correction
            denominator += epsilon
            np.divide(m, denominator, out=denominator)
            denominator *= rate
            p -= denominator


def blas():
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{found['name']} {found['version']}"
    except (TypeError, KeyError):
        return "BLAS unknown"


def answer(message):
    print(json.dumps(message), flush=True)


def main():
    answer({"version": f"NumPy {np.__version__}, {blas()}"})
    step = None
    for line in sys.stdin:
        question = json.loads(line)
        if "prepare" in question:
            step = Step(question["prepare"])
            answer({})
        else:
            seconds, losses = step.run(question["run"])
            answer({"seconds": seconds, "losses": losses})


if __name__ == "__main__":
    main()
