"""Data sets in their own formats."""

import gzip
import os
import pickle

import numpy as np
from calls import Prepared, given, peer


def idx(path):
    opened = gzip.open(path) if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        contents = file.read()
    dimensions = contents[3]
    shape = np.frombuffer(contents, ">i4", dimensions, 4)
    return np.frombuffer(contents, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load_mnist(folder):
    sets = []
    for part in ("train", "t10k"):
        X = idx(os.path.join(folder, f"{part}-images-idx3-ubyte.gz"))
        y = idx(os.path.join(folder, f"{part}-labels-idx1-ubyte.gz")).astype(np.int32)
        sets += [X.reshape(len(X), -1), y]
    return sets


def load_cifar10(folder):
    names = [f"data_batch_{i}.bin" for i in range(1, 6)]
    sets = []
    for files in (names, ["test_batch.bin"]):
        X = np.empty((10_000 * len(files), 3072), np.uint8)
        y = np.empty(len(X), np.int32)
        for i, name in enumerate(files):
            records = np.fromfile(os.path.join(folder, name), np.uint8).reshape(-1, 3073)
            X[10_000 * i : 10_000 * (i + 1)] = records[:, 1:]
            y[10_000 * i : 10_000 * (i + 1)] = records[:, 0]
        sets += [X, y]
    return sets


def load_cifar100(folder):
    sets = []
    for name in ("train.bin", "test.bin"):
        records = np.fromfile(os.path.join(folder, name), np.uint8).reshape(-1, 3074)
        sets += [np.ascontiguousarray(records[:, 2:]), records[:, 1].astype(np.int32)]
    return sets


def load_cifar10_pickles(folder):
    names = [f"data_batch_{i}" for i in range(1, 6)]
    sets = []
    for files in (names, ["test_batch"]):
        batches = []
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                batches.append(pickle.load(file, encoding="bytes"))
        sets.append(np.concatenate([batch[b"data"] for batch in batches]))
        sets.append(np.concatenate([np.array(batch[b"labels"], np.int32) for batch in batches]))
    return sets


def mnist(case):
    return load_mnist(os.path.join(case["folder"], "mnist"))


def cifar10(case):
    return load_cifar10(os.path.join(case["folder"], "cifar-10-batches-bin"))


@peer("loadMnist", "numpy")
def mnist_from_files(case):
    return lambda: load_mnist(given(case))


@peer("loadCifar10", "numpy")
def cifar10_from_files(case):
    load = load_cifar10_pickles if given(case).endswith("py") else load_cifar10
    return lambda: load(given(case))


@peer("loadCifar100", "numpy")
def cifar100_from_files(case):
    return lambda: load_cifar100(given(case))


@peer("loadIdx", "numpy")
def idx_from_file(case):
    return lambda: idx(given(case))


@peer("loadMat", "scipy")
def mat_from_file(case):
    from scipy.io import loadmat

    return lambda: loadmat(given(case))["X"]


@peer("loadPickle", "python")
def pickle_from_file(case):
    def load():
        with open(given(case), "rb") as file:
            return pickle.load(file)

    return Prepared(load, arrays=lambda loaded: list(loaded.values()))


@peer("loadDigits", "sklearn")
def digits(case):
    from sklearn.datasets import load_digits

    return lambda: load_digits(return_X_y=True)
