"""Nets, and random numbers."""

import numpy as np
from calls import Prepared, not_compared, peer


def numpy_net(sizes):
    rng = np.random.RandomState(0)
    parameters = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        parameters.append((rng.randn(inputs, outputs) * np.sqrt(2 / inputs)).astype(np.float32))
        parameters.append(np.zeros(outputs, np.float32))
    return parameters


def torch_net(sizes):
    from torch import nn

    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@peer("create", "numpy")
def create(case):
    return lambda: numpy_net(case["sizes"])


@peer("create", "torch")
def create_torch(case):
    import torch

    torch.manual_seed(0)
    parameters = sum(i * o + o for i, o in zip(case["sizes"], case["sizes"][1:]))
    return not_compared(lambda: torch_net(case["sizes"]), 4 * parameters)


@peer("rand", "numpy")
def rand(case):
    rng = np.random.RandomState(0)
    return lambda: rng.rand(*case["sizes"])


@peer("rand", "torch")
def rand_torch(case):
    import torch

    return not_compared(lambda: torch.rand(case["sizes"], dtype=torch.float64), 8 * int(np.prod(case["sizes"])))


@peer("randn", "numpy")
def randn(case):
    rng = np.random.RandomState(0)
    return lambda: rng.randn(*case["sizes"])


@peer("randn", "torch")
def randn_torch(case):
    import torch

    return not_compared(lambda: torch.randn(case["sizes"], dtype=torch.float64), 8 * int(np.prod(case["sizes"])))


@peer("choice", "numpy")
def choice(case):
    count, among = case["sizes"]
    rng = np.random.RandomState(0)
    return lambda: rng.choice(among, count)


@peer("choice", "torch")
def choice_torch(case):
    import torch

    count, among = case["sizes"]
    return not_compared(lambda: torch.randint(among, (count,), dtype=torch.int32), 4 * count)


@peer("permutation", "numpy")
def permutation(case):
    rng = np.random.RandomState(0)
    return lambda: rng.permutation(case["sizes"][0])


@peer("permutation", "torch")
def permutation_torch(case):
    import torch

    count = case["sizes"][0]
    return not_compared(lambda: torch.randperm(count, dtype=torch.int32), 4 * count)


@peer("uniform", "numpy")
def uniform(case):
    rng = np.random.RandomState(0)
    return lambda: rng.uniform(-1, 1, case["sizes"])


@peer("normal", "numpy")
def normal(case):
    rng = np.random.RandomState(0)
    return lambda: rng.normal(0, 2, case["sizes"])


@peer("randint", "numpy")
def randint(case):
    count, among = case["sizes"]
    rng = np.random.RandomState(0)
    return lambda: rng.randint(among, size=count)


@peer("choiceWithoutReplacement", "numpy")
def choice_without_replacement(case):
    count, among = case["sizes"]
    rng = np.random.RandomState(0)
    return lambda: rng.choice(among, count, replace=False)


@peer("draw", "numpy")
def draw(case):
    inputs, outputs = case["sizes"]
    rng = np.random.RandomState(0)
    return lambda: rng.randn(inputs, outputs) * np.sqrt(2 / inputs)


@peer("draw", "torch")
def draw_torch(case):
    import torch

    W = torch.empty(case["sizes"], dtype=torch.float64)
    return not_compared(lambda: torch.nn.init.kaiming_normal_(W.clone()), 8 * W.numel())


@peer("shuffleArray", "numpy")
def shuffle_array(case):
    rng = np.random.RandomState(0)
    values = np.arange(case["sizes"][0], dtype=np.float64)
    return Prepared(lambda: rng.shuffle(values), arrays=lambda result: [values], size=0)


@peer("makeBlobs", "sklearn")
def make_blobs(case):
    from sklearn.datasets import make_blobs

    count, features, centers = case["sizes"]
    return lambda: make_blobs(count, features, centers=centers, random_state=0)


@peer("makeMoons", "sklearn")
def make_moons(case):
    from sklearn.datasets import make_moons

    return lambda: make_moons(case["sizes"][0], noise=0.1, random_state=0)


@peer("makeCircles", "sklearn")
def make_circles(case):
    from sklearn.datasets import make_circles

    return lambda: make_circles(case["sizes"][0], noise=0.1, random_state=0)


@peer("makeRegression", "sklearn")
def make_regression(case):
    from sklearn.datasets import make_regression

    count, features = case["sizes"]
    return lambda: make_regression(count, features, noise=1, coef=True, random_state=0)


@peer("makeSpirals", "numpy")
def make_spirals(case):
    """cs231n's, after np.random.seed(0)."""
    each = case["sizes"][0] // 3

    def make():
        rng = np.random.RandomState(0)
        X = np.zeros((each * 3, 2))
        y = np.zeros(each * 3, dtype="uint8")
        for j in range(3):
            rows = range(each * j, each * (j + 1))
            r = np.linspace(0.0, 1, each)
            t = np.linspace(j * 4, (j + 1) * 4, each) + rng.randn(each) * 0.2
            X[rows] = np.c_[r * np.sin(t), r * np.cos(t)]
            y[rows] = j
        return X, y

    return make
