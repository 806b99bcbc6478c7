"""Nets, and random numbers."""

import numpy as np
from calls import not_compared, peer


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
