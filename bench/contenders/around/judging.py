"""What a net is asked beside its training."""

import copy

import numpy as np
from calls import Prepared, not_compared, peer
from creating import numpy_net, torch_net
from data_sets import mnist
from numpy_by_hand import (
    mse_loss,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    softmax_loss,
    svm_loss,
    tanh_backward,
    tanh_forward,
)


def unit_test_rows(case):
    _, _, X, y = mnist(case)
    return (X / 255).astype(np.float32), y


def scores(parameters, X):
    for W, b in zip(parameters[:-2:2], parameters[1:-2:2]):
        X = X @ W
        X += b
        np.maximum(X, 0, out=X)
    return X @ parameters[-2] + parameters[-1]


def same_torch_net(sizes):
    """With the parameters of numpy_net."""
    import torch

    net = torch_net(sizes)
    parameters = [torch.from_numpy(np.ascontiguousarray(p.T)) for p in numpy_net(sizes)]
    with torch.no_grad():
        for ours, drawn in zip(net.parameters(), parameters):
            ours.copy_(drawn)
    return net


@peer("predict", "numpy")
def predict(case):
    parameters, (X, _) = numpy_net(case["sizes"]), unit_test_rows(case)
    return lambda: scores(parameters, X).argmax(axis=1)


@peer("predict", "torch")
def predict_torch(case):
    import torch

    net, X = same_torch_net(case["sizes"]), torch.from_numpy(unit_test_rows(case)[0])

    def classes():
        with torch.inference_mode():
            return net(X).argmax(1)

    return classes


@peer("modelAccuracy", "numpy")
def model_accuracy(case):
    parameters, (X, y) = numpy_net(case["sizes"]), unit_test_rows(case)
    return lambda: [np.mean(scores(parameters, X).argmax(axis=1) == y)]


@peer("modelAccuracy", "torch")
def model_accuracy_torch(case):
    import torch

    net, (X, y) = same_torch_net(case["sizes"]), (torch.from_numpy(part) for part in unit_test_rows(case))

    def accuracy():
        with torch.inference_mode():
            return [(net(X).argmax(1) == y).double().mean().item()]

    return accuracy


def two_labels(case):
    count, classes = case["sizes"]
    rng = np.random.RandomState(0)
    return rng.randint(0, classes, count), rng.randint(0, classes, count)


@peer("confusionMatrix", "numpy")
def confusion(case):
    (y, predicted), classes = two_labels(case), case["sizes"][1]
    return lambda: np.bincount(y * classes + predicted, minlength=classes**2)


@peer("confusionMatrix", "sklearn")
def confusion_sklearn(case):
    from sklearn.metrics import confusion_matrix

    y, predicted = two_labels(case)
    return lambda: confusion_matrix(y, predicted)


@peer("accuracy", "numpy")
def accuracy(case):
    y, predicted = two_labels(case)
    return lambda: [np.mean(predicted == y)]


@peer("accuracy", "sklearn")
def accuracy_sklearn(case):
    from sklearn.metrics import accuracy_score

    y, predicted = two_labels(case)
    return lambda: [accuracy_score(y, predicted)]


def eval_numerical_gradient(f, x, h=1e-5):
    """cs231n's."""
    gradient = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        ix = it.multi_index
        kept = x[ix]
        x[ix] = kept + h
        above = f(x)
        x[ix] = kept - h
        below = f(x)
        x[ix] = kept
        gradient[ix] = (above - below) / (2 * h)
        it.iternext()
    return gradient


@peer("evalNumericalGradient", "numpy")
def numerical_gradient(case):
    x = np.random.RandomState(0).randn(*case["sizes"])
    return lambda: eval_numerical_gradient(lambda at: np.sum(at**2), x)


@peer("evalNumericalGradientArray", "numpy")
def numerical_gradient_array(case):
    m, k, n = case["sizes"]
    rng = np.random.RandomState(0)
    x, w, b, dout = rng.randn(m, k), rng.randn(k, n), rng.randn(n), rng.randn(m, n)
    return lambda: eval_numerical_gradient(lambda at: np.sum((at @ w + b) * dout), x)


@peer("relError", "numpy")
def rel_error(case):
    rng = np.random.RandomState(0)
    a, b = rng.randn(case["sizes"][0]), rng.randn(case["sizes"][0])
    return lambda: [np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))]


def stepping(case, make):
    import torch

    net = torch_net(case["sizes"])
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 1e-3)
    return not_compared(make(net.parameters()).step, 0)


@peer("adamStep", "torch")
def adam_step(case):
    import torch

    return stepping(case, lambda parameters: torch.optim.Adam(parameters, fused=True))


@peer("sgdStep", "torch")
def sgd_step(case):
    import torch

    return stepping(case, lambda parameters: torch.optim.SGD(parameters, lr=1e-2, momentum=0.9, fused=True))


@peer("adamWStep", "torch")
def adamw_step(case):
    import torch

    return stepping(case, lambda parameters: torch.optim.AdamW(parameters, fused=True))


@peer("rmsPropStep", "torch")
def rmsprop_step(case):
    import torch

    return stepping(case, lambda parameters: torch.optim.RMSprop(parameters, lr=1e-3))


@peer("adagradStep", "torch")
def adagrad_step(case):
    import torch

    return stepping(case, lambda parameters: torch.optim.Adagrad(parameters, fused=True))


def softmax_of(a):
    out = np.exp(a - a.max(axis=1, keepdims=True))
    out /= out.sum(axis=1, keepdims=True)
    return out, out


def softmax_backward(dout, out):
    return out * (dout - (dout * out).sum(axis=1, keepdims=True))


activations = {
    "ReLU": (relu_forward, relu_backward, "relu"),
    "Sigmoid": (sigmoid_forward, sigmoid_backward, "sigmoid"),
    "Tanh": (tanh_forward, tanh_backward, "tanh"),
    "Softmax": (softmax_of, softmax_backward, "softmax"),
}


def drawn_batch(case):
    rows, *sizes = case["sizes"]
    rng = np.random.RandomState(1)
    return rng.randn(rows, sizes[0]).astype(np.float32), rng, sizes


def sequential(case, activation):
    forward, backward, _ = activation
    X, rng, sizes = drawn_batch(case)
    dout = rng.randn(len(X), sizes[1]).astype(np.float32)
    W, b = numpy_net(sizes)

    def passes():
        out, cache = forward(X @ W + b)
        da = backward(dout, cache)
        return out, X.T @ da, da.sum(axis=0)

    return passes


def sequential_torch(case, activation):
    import torch

    X, rng, sizes = drawn_batch(case)
    dout = torch.from_numpy(rng.randn(len(X), sizes[1]).astype(np.float32))
    X = torch.from_numpy(X)
    W, b = (torch.from_numpy(p).requires_grad_() for p in numpy_net(sizes))
    name = activation[2]

    def passes():
        W.grad = b.grad = None
        a = torch.addmm(b, X, W)
        out = a.softmax(1) if name == "softmax" else getattr(torch, name)(a)
        out.backward(dout)
        return out.detach(), W.grad, b.grad

    return passes


for layer, activation in activations.items():
    peer(f"sequential{layer}", "numpy")(lambda case, activation=activation: sequential(case, activation))
    peer(f"sequential{layer}", "torch")(lambda case, activation=activation: sequential_torch(case, activation))


def fan_in_net(sizes):
    rng = np.random.RandomState(0)
    weights = [(rng.randn(i, o) / np.sqrt(i)).astype(np.float32) for i, o in zip(sizes, sizes[1:])]
    return weights, [np.zeros(o, np.float32) for o in sizes[1:]]


@peer("neuralNetwork", "numpy")
def neural_network(case):
    X, rng, sizes = drawn_batch(case)
    y = rng.randint(0, sizes[-1], len(X))
    weights, biases = fan_in_net(sizes)

    def passes():
        inputs = [X]
        for W, b in zip(weights[:-1], biases[:-1]):
            a = inputs[-1] @ W
            a += b
            inputs.append(np.maximum(a, 0, out=a))
        loss, da = softmax_loss(inputs[-1] @ weights[-1] + biases[-1], y)
        gradients = []
        for layer in reversed(range(len(weights))):
            gradients += [da.sum(axis=0), inputs[layer].T @ da]
            if layer > 0:
                da = da @ weights[layer].T
                da *= inputs[layer] > 0
        return [[loss], *reversed(gradients)]

    return Prepared(passes, size=0)


@peer("neuralNetwork", "torch")
def neural_network_torch(case):
    import torch

    X, rng, sizes = drawn_batch(case)
    y = torch.from_numpy(rng.randint(0, sizes[-1], len(X)))
    X = torch.from_numpy(X)
    weights, biases = ([torch.from_numpy(p).requires_grad_() for p in each] for each in fan_in_net(sizes))
    parameters = [p for pair in zip(weights, biases) for p in pair]

    def passes():
        for parameter in parameters:
            parameter.grad = None
        a = X
        for W, b in zip(weights[:-1], biases[:-1]):
            a = torch.addmm(b, a, W).relu()
        loss = torch.nn.functional.cross_entropy(torch.addmm(biases[-1], a, weights[-1]), y)
        loss.backward()
        return [[loss.item()], *(parameter.grad for parameter in parameters)]

    return Prepared(passes, size=0)


@peer("snapshotParams", "numpy")
def snapshot(case):
    parameters = numpy_net(case["sizes"])
    return lambda: [parameter.copy() for parameter in parameters]


@peer("snapshotParams", "torch")
def snapshot_torch(case):
    net = torch_net(case["sizes"])
    size = sum(4 * parameter.numel() for parameter in net.parameters())
    return not_compared(lambda: copy.deepcopy(net.state_dict()), size)


@peer("restoreParams", "numpy")
def restore(case):
    parameters = numpy_net(case["sizes"])
    copies = [parameter.copy() for parameter in parameters]

    def restored():
        for parameter, kept in zip(parameters, copies):
            parameter[...] = kept

    return Prepared(restored, arrays=lambda result: parameters, size=0)


@peer("restoreParams", "torch")
def restore_torch(case):
    net = torch_net(case["sizes"])
    kept = copy.deepcopy(net.state_dict())
    return not_compared(lambda: net.load_state_dict(kept), 0)


def drawn_scores(case, probabilities=False):
    rows, classes = case["sizes"]
    rng = np.random.RandomState(0)
    x = rng.rand(rows, classes) + 0.1 if probabilities else rng.randn(rows, classes)
    return x.astype(np.float32), rng.randint(0, classes, rows)


def pair(loss, gradient):
    return [[loss], gradient]


@peer("softmaxCrossEntropy", "numpy")
def softmax_cross_entropy(case):
    x, y = drawn_scores(case)
    return lambda: pair(*softmax_loss(x, y))


@peer("softmaxCrossEntropy", "torch")
def softmax_cross_entropy_torch(case):
    import torch

    x, y = (torch.from_numpy(part) for part in drawn_scores(case))
    x.requires_grad_()

    def loss():
        x.grad = None
        value = torch.nn.functional.cross_entropy(x, y)
        value.backward()
        return [[value.item()], x.grad]

    return loss


@peer("crossEntropy", "numpy")
def cross_entropy(case):
    p, y = drawn_scores(case, probabilities=True)
    rows = np.arange(len(p))

    def loss():
        right = p[rows, y]
        dp = np.zeros_like(p)
        dp[rows, y] = -1 / (right * len(p))
        return pair(-np.mean(np.log(right)), dp)

    return loss


@peer("hinge", "numpy")
def hinge(case):
    x, y = drawn_scores(case)
    return lambda: pair(*svm_loss(x, y))


def drawn_targets(case):
    rng = np.random.RandomState(0)
    return [rng.randn(*case["sizes"]).astype(np.float32) for _ in range(2)]


@peer("mse", "numpy")
def mse(case):
    x, targets = drawn_targets(case)
    return lambda: pair(*mse_loss(x, targets))


@peer("mse", "torch")
def mse_torch(case):
    import torch

    x, targets = (torch.from_numpy(part) for part in drawn_targets(case))
    x.requires_grad_()

    def loss():
        x.grad = None
        # ½ the squared error, the mean over the rows.
        value = torch.nn.functional.mse_loss(x, targets, reduction="sum") / (2 * len(x))
        value.backward()
        return [[value.item()], x.grad]

    return loss
