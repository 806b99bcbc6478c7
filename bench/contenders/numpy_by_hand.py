"""The layer functions of the courses in plain, fast NumPy; drawn and compared as by_hand_drawing.js does it."""

import time

import numpy as np


def affine_forward(x, w, b, out=None):
    out = np.matmul(x, w, out=out)
    out += b
    return out, (x, w)


def affine_backward(dout, cache, out=(None, None, None)):
    x, w = cache
    dx, dw, db = out
    return np.matmul(dout, w.T, out=dx), np.matmul(x.T, dout, out=dw), dout.sum(axis=0, out=db)


def relu_forward(x, out=None):
    return np.maximum(x, 0, out=out), x


def relu_backward(dout, x, out=None):
    return np.multiply(dout, x > 0, out=out)


def affine_relu_forward(x, w, b):
    a, affine = affine_forward(x, w, b)
    out, relu = relu_forward(a)
    return out, (affine, relu)


def affine_relu_backward(dout, cache):
    affine, relu = cache
    return affine_backward(relu_backward(dout, relu), affine)


def sigmoid_forward(x):
    out = np.exp(-x)
    out += 1
    np.divide(1, out, out=out)
    return out, out


def sigmoid_backward(dout, out):
    dx = 1 - out
    dx *= out
    dx *= dout
    return dx


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, out):
    dx = np.square(out)
    np.subtract(1, dx, out=dx)
    dx *= dout
    return dx


def softmax_loss(x, y):
    n = len(x)
    shifted = x - x.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    z = p.sum(axis=1, keepdims=True)
    rows = np.arange(n)
    loss = np.mean(np.log(z[:, 0]) - shifted[rows, y])
    p /= z
    p[rows, y] -= 1
    p /= n
    return loss, p


def svm_loss(x, y):
    n = len(x)
    rows = np.arange(n)
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / n
    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] -= dx.sum(axis=1)
    dx /= n
    return loss, dx


def mse_loss(x, t):
    dx = x - t
    flat = dx.ravel()
    loss = 0.5 * np.dot(flat, flat) / len(x)
    dx /= len(x)
    return loss, dx


functions = {
    "affine": (affine_forward, affine_backward),
    "relu": (relu_forward, relu_backward),
    "affineRelu": (affine_relu_forward, affine_relu_backward),
    "sigmoid": (sigmoid_forward, sigmoid_backward),
    "tanh": (tanh_forward, tanh_backward),
}
losses = {"softmaxLoss": softmax_loss, "svmLoss": svm_loss, "mseLoss": mse_loss}


def sums(arrays):
    values = []
    for array in arrays:
        a = np.asarray(array, dtype=np.float64).ravel()
        values += [float(np.abs(a).sum()), float(a @ a)]
    return values


class ByHand:
    def __init__(self, case):
        self.call = self.step(case) if "dims" in case else self.function(case)

    def run(self, units):
        call = self.call
        started = time.perf_counter()
        for _ in range(units):
            results = call()
        return time.perf_counter() - started, sums(results)

    def function(self, case):
        m, k, n, name = case["m"], case["k"], case["n"], case["call"]
        rng = np.random.RandomState(1)
        x = rng.randn(m, k or n).astype(np.float32)
        w = (rng.randn(k, n) * (1 / np.sqrt(k) if k else 1)).astype(np.float32)
        b = (rng.randn(n) * 0.1).astype(np.float32)
        dout = rng.randn(m, n).astype(np.float32)
        y = rng.randint(0, n, m)
        if name in losses:
            target = dout if name == "mseLoss" else y
            return lambda: losses[name](x, target)
        forward, backward = functions[name.removesuffix("Forward").removesuffix("Backward")]
        operands = (x, w, b) if k else (x,)
        given = case.get("given", False)
        if name.endswith("Forward"):
            out = {"out": np.empty_like(dout)} if given else {}
            return lambda: (forward(*operands, **out)[0],)
        cache = forward(*operands)[1]
        if k:
            out = {"out": [np.empty_like(each) for each in (x, w, b)]} if given else {}
            return lambda: backward(dout, cache, **out)
        out = {"out": np.empty_like(x)} if given else {}
        return lambda: (backward(dout, cache, **out),)

    def step(self, case):
        D, H, C = case["dims"]
        rng = np.random.RandomState(1)
        X = rng.randn(case["batchSize"], D).astype(np.float32)
        W1 = (rng.randn(D, H) * np.sqrt(2 / D)).astype(np.float32)
        W2 = (rng.randn(H, C) * np.sqrt(2 / H)).astype(np.float32)
        y = rng.randint(0, C, case["batchSize"])
        b1, b2 = np.zeros(H, np.float32), np.zeros(C, np.float32)
        rate = np.float32(case["learningRate"])
        descend = case["call"] == "step of functions"

        def step():
            a, affine1 = affine_forward(X, W1, b1)
            h, relu = relu_forward(a)
            scores, affine2 = affine_forward(h, W2, b2)
            loss, dx = softmax_loss(scores, y)
            dh, dW2, db2 = affine_backward(dx, affine2)
            da = relu_backward(dh, relu)
            if not descend:
                return [[loss], X.T @ da, da.sum(axis=0), dW2, db2]
            _, dW1, db1 = affine_backward(da, affine1)
            for parameter, gradient in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)):
                gradient *= rate
                parameter -= gradient
            return [[loss]]

        return step
