"""Writes one input of the cases, always the same: input_files.py NAME FOLDER. It appears whole.

MNIST is the real one where it lies in $GEMMNET_DATA or ../shared/datasets beside the checkout, and drawn elsewhere.
"""

import gzip
import json
import os
import pickle
import shutil
import sys

import numpy as np
from data_sets import load_cifar10, load_mnist

makers = {}


def file(name):
    def register(make):
        makers[name] = make
        return make

    return register


def beside(path, name):
    """Another input, which is made first."""
    place = os.path.join(os.path.dirname(path), name)
    if not os.path.exists(place):
        make(name, os.path.dirname(path))
    return place


@file("100MB.npy")
def array(path):
    values = np.random.default_rng(0).standard_normal((25_000, 1000), dtype=np.float32)
    with open(path, "wb") as out:
        np.save(out, values)


def strokes(count, rng):
    """Black pictures with something smooth in the middle, which compress and vary about as digits do."""
    basis = rng.standard_normal((40, 28, 28))
    for _ in range(6):
        basis = (basis + np.roll(basis, 1, 1) + np.roll(basis, 1, 2) + np.roll(basis, -1, 1) + np.roll(basis, -1, 2)) / 5
    window = np.clip(np.outer(np.hanning(28), np.hanning(28)) * 1.5, 0, 1)
    pictures = np.empty((count, 784), np.uint8)
    for start in range(0, count, 10_000):
        mixed = np.tensordot(rng.standard_normal((min(10_000, count - start), 40)), basis, 1)
        mixed = (mixed / mixed.std() - 0.5) * 200 * window
        pictures[start : start + 10_000] = np.clip(mixed, 0, 255).reshape(len(mixed), -1)
    return pictures


@file("mnist")
def mnist(path):
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
    data = os.environ.get("GEMMNET_DATA", os.path.join(root, "../shared/datasets"))
    os.mkdir(path)
    names = {part: (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")}
    real = os.path.join(data, "mnist")
    if all(os.path.exists(os.path.join(real, name)) for pair in names.values() for name in pair):
        for pair in names.values():
            for name in pair:
                shutil.copyfile(os.path.join(real, name), os.path.join(path, name))
        return
    print(f"MNIST is not in {real}: drawn at random instead (GEMMNET_DATA names the folder of data sets)")
    rng = np.random.default_rng(0)
    for part, count in (("train", 60_000), ("t10k", 10_000)):
        contents = (
            np.array([0x803, count, 28, 28], ">i4").tobytes() + strokes(count, rng).tobytes(),
            np.array([0x801, count], ">i4").tobytes() + rng.integers(0, 10, count, np.uint8).tobytes(),
        )
        for name, each in zip(names[part], contents):
            with gzip.open(os.path.join(path, name), "wb", mtime=0) as out:
                out.write(each)


def photographs(count, height, width, rng):
    """Smooth colours with some grain."""
    for _ in range(count):
        coarse = rng.integers(0, 256, (height // 16 + 2, width // 16 + 2, 3)).astype(np.float32)
        tall = np.linspace(0, len(coarse) - 1.001, height)
        wide = np.linspace(0, coarse.shape[1] - 1.001, width)
        i, j = tall.astype(int), wide.astype(int)
        di, dj = (tall - i)[:, None, None], (wide - j)[None, :, None]
        rows = coarse[i] * (1 - di) + coarse[i + 1] * di
        smooth = rows[:, j] * (1 - dj) + rows[:, j + 1] * dj
        yield np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)


@file("cifar-10-batches-bin")
def cifar10(path):
    rng = np.random.default_rng(0)
    os.mkdir(path)
    for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
        records = rng.integers(0, 256, (10_000, 3073), np.uint8)
        records[:, 0] = rng.integers(0, 10, 10_000)
        records.tofile(os.path.join(path, name))


@file("cifar-100-binary")
def cifar100(path):
    rng = np.random.default_rng(0)
    os.mkdir(path)
    for name, count in (("train.bin", 50_000), ("test.bin", 10_000)):
        records = rng.integers(0, 256, (count, 3074), np.uint8)
        records[:, 0] = rng.integers(0, 20, count)
        records[:, 1] = rng.integers(0, 100, count)
        records.tofile(os.path.join(path, name))


@file("cifar-10-batches-py")
def cifar10_pickles(path):
    X, y, X_test, y_test = load_cifar10(beside(path, "cifar-10-batches-bin"))
    os.mkdir(path)
    batches = [(f"data_batch_{i + 1}", X[10_000 * i : 10_000 * (i + 1)], y[10_000 * i : 10_000 * (i + 1)]) for i in range(5)]
    for name, rows, labels in batches + [("test_batch", X_test, y_test)]:
        batch = {
            b"batch_label": name.encode(),
            b"labels": labels.tolist(),
            b"data": rows,
            b"filenames": [b"%05d.png" % i for i in range(len(rows))],
        }
        with open(os.path.join(path, name), "wb") as out:
            pickle.dump(batch, out, protocol=2)


@file("train-images-idx3-ubyte")
def idx(path):
    with gzip.open(os.path.join(beside(path, "mnist"), "train-images-idx3-ubyte.gz")) as packed:
        with open(path, "wb") as out:
            shutil.copyfileobj(packed, out)


@file("compressed.npz")
def compressed(path):
    X, y, _, _ = load_mnist(beside(path, "mnist"))
    with open(path, "wb") as out:
        np.savez_compressed(out, X=X, y=y)


@file("arrays.npz")
def stored(path):
    X = np.load(beside(path, "100MB.npy"))
    with open(path, "wb") as out:
        np.savez(out, X=X[:12_500], Y=X[12_500:])


@file("arrays.pkl")
def pickled(path):
    X, y, _, _ = load_mnist(beside(path, "mnist"))
    with open(path, "wb") as out:
        pickle.dump({"X": X, "y": y}, out, protocol=4)


@file("doubles.mat")
def doubles(path):
    from scipy.io import savemat

    with open(path, "wb") as out:
        savemat(out, {"X": np.random.default_rng(0).standard_normal((60_000, 784))})


@file("compressed.mat")
def compressed_mat(path):
    from scipy.io import savemat

    X = load_mnist(beside(path, "mnist"))[0][:10_000]
    with open(path, "wb") as out:
        savemat(out, {"X": X.astype(np.float64)}, do_compression=True)


@file("table.csv")
def table(path):
    rng = np.random.default_rng(0)
    values, labels = rng.standard_normal((100_000, 20)), rng.integers(0, 10, 100_000)
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(",".join([f"x{i}" for i in range(20)] + ["label"]) + "\n")
        out.writelines(",".join([f"{v:.6g}" for v in row] + [str(y)]) + "\n" for row, y in zip(values.tolist(), labels))


@file("words.csv")
def words(path):
    rng = np.random.default_rng(0)
    count = 100_000
    values = rng.standard_normal((count, 5)).tolist()
    known = [[f"{kind}{i}" for i in range(12)] for kind in ("colour", "city", "size")]
    drawn = rng.integers(0, 12, (count, 3)).tolist()
    labels = rng.integers(0, 3, count).tolist()
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write("a,b,c,d,e,colour,city,size,label\n")
        for row, picks, y in zip(values, drawn, labels):
            cells = [f"{v:.6g}" for v in row] + [each[i] for each, i in zip(known, picks)]
            out.write(",".join(cells + [("low", "middle", "high")[y]]) + "\n")


@file("pngs")
def pngs(path):
    from PIL import Image

    for i, picture in enumerate(photographs(3000, 32, 32, np.random.default_rng(0))):
        folder = os.path.join(path, f"class{i % 10}")
        os.makedirs(folder, exist_ok=True)
        Image.fromarray(picture).save(os.path.join(folder, f"{i:04}.png"))


@file("jpegs")
def jpegs(path):
    from PIL import Image

    for i, picture in enumerate(photographs(120, 768, 1024, np.random.default_rng(0))):
        folder = os.path.join(path, f"class{i % 2}")
        os.makedirs(folder, exist_ok=True)
        Image.fromarray(picture).save(os.path.join(folder, f"{i:03}.jpg"), quality=90)


@file("photograph.jpg")
def photograph(path):
    shutil.copyfile(os.path.join(beside(path, "jpegs"), "class0", "000.jpg"), path)


@file("photograph.png")
def photograph_png(path):
    from PIL import Image

    with Image.open(beside(path, "photograph.jpg")) as image, open(path, "wb") as out:
        image.save(out, format="PNG")


@file("history.json")
def history(path):
    rng = np.random.default_rng(0)
    steps, every = 100_000, 100
    checks = [
        {
            "iteration": i,
            "epoch": i // every,
            "learningRate": 1e-3 * 0.99 ** (i // every),
            "trainAcc": float(rng.random()),
            "valAcc": float(rng.random()),
        }
        for i in range(every, steps + 1, every)
    ]
    whole = {
        "lossHistory": rng.random(steps).tolist(),
        "trainAccHistory": [check["trainAcc"] for check in checks],
        "valAccHistory": [check["valAcc"] for check in checks],
        "checks": checks,
    }
    with open(path, "w", encoding="utf-8") as out:
        json.dump(whole, out)


def make(name, folder):
    place = os.path.join(folder, name)
    temporary = f"{place}.{os.getpid()}.tmp"
    try:
        makers[name](temporary)
        os.rename(temporary, place)
    finally:
        if os.path.isdir(temporary):
            shutil.rmtree(temporary)
        elif os.path.exists(temporary):
            os.remove(temporary)


if __name__ == "__main__":
    make(*sys.argv[1:])
