"""The training step in PyTorch without autograd, whose bookkeeping costs small nets more than their products; and predictions.

The file must not be called torch.py, or it would import itself.
"""

import os
import time

import torch
from drawing import Drawing
from serve import serve


def scores_of(X, W, b):
    """The inputs of all layers, and the scores."""
    activations = [X]
    for k in range(len(W) - 1):
        activations.append(torch.addmm(b[k], activations[-1], W[k]).relu_())
    return activations, torch.addmm(b[-1], activations[-1], W[-1])


class Net:
    """All parameters lie in one tensor, so that an update rule is a few calls."""

    def __init__(self, case):
        self.drawing = drawing = Drawing(case)
        self.X, self.y = torch.from_numpy(drawing.X), torch.from_numpy(drawing.y)
        shapes = [p.shape for p in drawing.W + drawing.b]
        self.flat = torch.cat([torch.from_numpy(p).reshape(-1) for p in drawing.W + drawing.b])
        parts = views(self.flat, shapes)
        self.W, self.b = parts[: len(drawing.W)], parts[len(drawing.W) :]
        self.num_weights = sum(w.numel() for w in self.W)
        self.gradient = torch.zeros_like(self.flat)
        parts = views(self.gradient, shapes)
        self.dW, self.db = parts[: len(drawing.W)], parts[len(drawing.W) :]


def views(flat, shapes):
    sizes = [torch.Size(shape).numel() for shape in shapes]
    return [part.view(shape) for part, shape in zip(flat.split(sizes), shapes)]


class Step(Net):
    def __init__(self, case):
        super().__init__(case)
        self.batch_size, self.lr, self.reg = case["batchSize"], case["learningRate"], case["reg"]
        self.adam = case["updateRule"] == "adam"
        self.t = 0
        self.m, self.v = torch.zeros_like(self.flat), torch.zeros_like(self.flat)

    def run(self, steps):
        batches = torch.from_numpy(self.drawing.batches(steps, self.batch_size))
        losses = []
        started = time.perf_counter()
        for rows in batches:
            losses.append(self.step(rows))
        return time.perf_counter() - started, losses

    def gather(self, rows):
        X = self.X.index_select(0, rows)
        return X.to(self.flat.dtype).sub_(128).mul_(1 / 64) if self.drawing.bytes else X

    def step(self, rows):
        W, n = self.W, len(rows)
        labels = self.y[rows]
        activations, scores = scores_of(self.gather(rows), W, self.b)
        log_probs = torch.log_softmax(scores, 1)
        weights = self.flat[: self.num_weights]
        loss = torch.nn.functional.nll_loss(log_probs, labels).item()
        loss += 0.5 * self.reg * torch.dot(weights, weights).item()

        dout = log_probs.exp_()
        dout[torch.arange(n), labels] -= 1
        dout /= n
        for k in reversed(range(len(W))):
            torch.mm(activations[k].t(), dout, out=self.dW[k])
            torch.sum(dout, 0, out=self.db[k])
            if k > 0:
                dout = torch.ops.aten.threshold_backward(dout @ W[k].t(), activations[k], 0)
        self.gradient[: self.num_weights].add_(weights, alpha=self.reg)
        self.update()
        return loss

    def update(self):
        p, g, m, v = self.flat, self.gradient, self.m, self.v
        if not self.adam:
            p.add_(g, alpha=-self.lr)
            return
        self.t += 1
        beta1, beta2, epsilon = 0.9, 0.999, 1e-8
        m.lerp_(g, 1 - beta1)
        v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        denominator = v.sqrt().div_((1 - beta2**self.t) ** 0.5).add_(epsilon)
        p.addcdiv_(m, denominator, value=-self.lr / (1 - beta1**self.t))


class Predict(Net):
    def predict(self, X):
        return scores_of(X, self.W, self.b)[1].argmax(1)

    def run(self, count):
        started = time.perf_counter()
        for _ in range(count):
            classes = self.predict(self.X)
        return time.perf_counter() - started, classes.tolist()


class Latency(Predict):
    def run(self, count):
        rows = self.X.split(1)
        classes = []
        started = time.perf_counter()
        for i in range(count):
            classes.append(self.predict(rows[i % len(rows)]).item())
        return time.perf_counter() - started, classes


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    with torch.inference_mode():
        serve(f"PyTorch {torch.__version__}", {"step": Step, "bytes step": Step, "predict": Predict, "latency": Latency})
