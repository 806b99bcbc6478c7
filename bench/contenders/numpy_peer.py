"""The homework's training step as plain, fast NumPy: gather the batch, forward, loss, backward, update; and its predictions.

The file must not be called numpy.py, or it would import itself.
"""

import time

import numpy as np
from drawing import Drawing
from numpy_by_hand import ByHand
from serve import serve


def forward(X, W, b):
    """The inputs of all layers, and the scores."""
    activations = [X]
    for k in range(len(W) - 1):
        h = activations[-1] @ W[k]
        h += b[k]
        np.maximum(h, 0, out=h)
        activations.append(h)
    scores = activations[-1] @ W[-1]
    scores += b[-1]
    return activations, scores


class Step:
    def __init__(self, case):
        self.drawing = drawing = Drawing(case)
        self.X, self.y, self.W, self.b = drawing.X, drawing.y, drawing.W, drawing.b
        self.batch_size = case["batchSize"]
        self.dtype = drawing.dtype
        self.lr = self.dtype.type(case["learningRate"])
        self.reg = self.dtype.type(case["reg"])
        self.adam = case["updateRule"] == "adam"
        self.t = 0
        self.m = [np.zeros_like(p) for p in self.W + self.b]
        self.v = [np.zeros_like(p) for p in self.W + self.b]

    def run(self, steps):
        # Drawn before the clock starts, as for every contender.
        batches = self.drawing.batches(steps, self.batch_size)
        losses = []
        started = time.perf_counter()
        for rows in batches:
            losses.append(float(self.step(rows)))
        return time.perf_counter() - started, losses

    def gather(self, rows):
        X = self.X[rows]
        if self.drawing.bytes:
            X = X.astype(self.dtype)
            X -= 128
            X *= 1 / 64
        return X

    def step(self, rows):
        W, b, n = self.W, self.b, len(rows)
        labels = self.y[rows]
        activations, scores = forward(self.gather(rows), W, b)

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


class Predict:
    def __init__(self, case):
        self.drawing = Drawing(case)

    def predict(self, X):
        return forward(X, self.drawing.W, self.drawing.b)[1].argmax(axis=1)

    def run(self, count):
        started = time.perf_counter()
        for _ in range(count):
            classes = self.predict(self.drawing.X)
        return time.perf_counter() - started, classes.tolist()


class Latency(Predict):
    def run(self, count):
        rows = [row.reshape(1, -1) for row in self.drawing.X]
        classes = []
        started = time.perf_counter()
        for i in range(count):
            classes.append(int(self.predict(rows[i % len(rows)])[0]))
        return time.perf_counter() - started, classes


def blas():
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{found['name']} {found['version']}"
    except (TypeError, KeyError):
        return "the system's BLAS"


if __name__ == "__main__":
    serve(f"NumPy {np.__version__}, {blas()}", {"step": Step, "bytes step": Step, "predict": Predict, "latency": Latency, "by-hand": ByHand})
