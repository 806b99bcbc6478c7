"""Between raw rows and a net."""

import numpy as np
from calls import Prepared, not_compared, peer
from data_sets import cifar10, mnist


def draw_labels(case):
    count, classes = case["sizes"]
    return np.random.RandomState(0).randint(0, classes, count)


def unit_rows(case):
    return (mnist(case)[0][: case["sizes"][0]] / 255).astype(np.float32)


def normals(case):
    return np.random.RandomState(0).randn(*case["sizes"]).astype(np.float32)


def deviations(X):
    std = X.std(axis=0)
    std[std == 0] = 1
    return std


@peer("subtractMean", "numpy")
def subtract_mean(case):
    X_train, _, X_test, _ = cifar10(case)

    def subtract():
        mean = X_train.mean(axis=0)
        rounded = mean.astype(np.float32)
        return [np.subtract(X, rounded, dtype=np.float32) for X in (X_train, X_test)] + [mean]

    return subtract


@peer("subtractMean", "torch")
def subtract_mean_torch(case):
    import torch

    X_train, _, X_test, _ = (torch.from_numpy(part) for part in cifar10(case))

    def subtract():
        # A sum of 50,000 bytes fits into an integer, whereas a float32 rounds it.
        mean = X_train.sum(0, dtype=torch.int32).double() / len(X_train)
        rounded = mean.float()
        return [X.float().sub_(rounded) for X in (X_train, X_test)] + [mean]

    return subtract


@peer("standardize", "numpy")
def standardize(case):
    X_train, _, X_test, _ = mnist(case)

    def standard():
        mean, std = X_train.mean(axis=0), deviations(X_train)
        shift, scale = mean.astype(np.float32), std.astype(np.float32)
        sets = [np.subtract(X, shift, dtype=np.float32) for X in (X_train, X_test)]
        for X in sets:
            X /= scale
        return sets + [mean, std]

    return standard


@peer("standardize", "sklearn")
def standardize_sklearn(case):
    from sklearn.preprocessing import StandardScaler

    X_train, _, X_test, _ = mnist(case)

    def standard():
        scaler = StandardScaler(copy=False)
        train, test = X_train.astype(np.float32), X_test.astype(np.float32)
        return [scaler.fit_transform(train), scaler.transform(test), scaler.mean_, scaler.scale_]

    return standard


@peer("standardize", "torch")
def standardize_torch(case):
    import torch

    X_train, _, X_test, _ = (torch.from_numpy(part) for part in mnist(case))

    def standard():
        train = X_train.float()
        std, mean = torch.std_mean(train, 0, correction=0)
        std[std == 0] = 1
        return [train.sub_(mean).div_(std), X_test.float().sub_(mean).div_(std), mean.double(), std.double()]

    return standard


@peer("oneHot", "numpy")
def one_hot(case):
    y, classes = draw_labels(case), case["sizes"][1]

    def rows():
        Y = np.zeros((len(y), classes), np.float32)
        Y[np.arange(len(y)), y] = 1
        return Y

    return rows


@peer("oneHot", "torch")
def one_hot_torch(case):
    import torch

    y, classes = torch.from_numpy(draw_labels(case)), case["sizes"][1]
    return lambda: torch.zeros(len(y), classes).scatter_(1, y[:, None], 1)


@peer("split", "numpy")
def split(case):
    X, y, _, _ = mnist(case)

    def pieces():
        order = np.random.RandomState(0).permutation(len(X))
        test, train = order[:10_000], order[10_000:]
        return X[train], y[train], X[test], y[test]

    return pieces


@peer("split", "sklearn")
def split_sklearn(case):
    from sklearn.model_selection import train_test_split

    X, y, _, _ = mnist(case)

    def pieces():
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=10_000, random_state=0)
        return X_train, y_train, X_test, y_test

    return pieces


@peer("shuffle", "numpy")
def shuffle(case):
    X, y, _, _ = mnist(case)

    def shuffled():
        order = np.random.RandomState(0).permutation(len(X))
        return X[order], y[order]

    return shuffled


@peer("shuffle", "sklearn")
def shuffle_sklearn(case):
    from sklearn.utils import shuffle

    X, y, _, _ = mnist(case)
    return lambda: tuple(shuffle(X, y, random_state=0))


@peer("shuffle", "torch")
def shuffle_torch(case):
    import torch

    X, y = (torch.from_numpy(part) for part in mnist(case)[:2])

    def shuffled():
        order = torch.randperm(len(X))
        return X[order], y[order]

    return not_compared(shuffled, X.nbytes + y.nbytes)


@peer("tensor", "numpy")
def tensor(case):
    nested = unit_rows(case).tolist()
    return lambda: np.array(nested, np.float32)


@peer("tensor", "torch")
def tensor_torch(case):
    import torch

    nested = unit_rows(case).tolist()
    return lambda: torch.tensor(nested)


@peer("toArray", "numpy")
def to_array(case):
    X = unit_rows(case)
    # Each element is a pointer and an object.
    return Prepared(X.tolist, size=(8 + 24) * X.size)


@peer("toArray", "torch")
def to_array_torch(case):
    import torch

    X = torch.from_numpy(unit_rows(case))
    return Prepared(X.tolist, size=(8 + 24) * X.numel())


@peer("pca", "numpy")
def pca(case):
    X = mnist(case)[0]
    wanted = (case.get("sizes") or [X.shape[1]])[0]

    def components():
        centred = X.astype(np.float64)
        centred -= centred.mean(axis=0)
        variances, vectors = np.linalg.eigh(centred.T @ centred / (len(X) - 1))
        return variances[::-1][:wanted], vectors[:, ::-1][:, :wanted].T

    return Prepared(components, arrays=lambda found: [np.maximum(found[0], 0)], size=8 * wanted * X.shape[1])


@peer("pca", "sklearn")
def pca_sklearn(case):
    from sklearn.decomposition import PCA

    X = mnist(case)[0]
    wanted = (case.get("sizes") or [X.shape[1]])[0]
    fit = lambda: PCA(wanted).fit(X.astype(np.float64))  # noqa: E731
    return Prepared(fit, arrays=lambda found: [found.explained_variance_], size=8 * wanted * X.shape[1])


def axes(case):
    X = mnist(case)[0]
    mean = X.mean(axis=0)
    vectors = np.linalg.eigh(np.cov(X, rowvar=False))[1][:, ::-1][:, : case["sizes"][0]]
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])
    return X, mean, vectors * signs


@peer("transform", "numpy")
def transform(case):
    X, mean, vectors = axes(case)
    return lambda: ((X - mean) @ vectors).astype(np.float32)


@peer("transform", "sklearn")
def transform_sklearn(case):
    from sklearn.decomposition import PCA

    X = mnist(case)[0]
    found = PCA(case["sizes"][0]).fit(X.astype(np.float64))
    # Another solver may turn the axes of the smallest variances.
    return not_compared(lambda: found.transform(X).astype(np.float32), 4 * len(X) * case["sizes"][0])


@peer("prepare", "numpy")
def prepare(case):
    X = mnist(case)[0]
    shift, scale = X.mean(axis=0).astype(np.float32), deviations(X).astype(np.float32)

    def prepared():
        rows = np.subtract(X, shift, dtype=np.float32)
        rows /= scale
        return rows

    return prepared


@peer("prepare", "sklearn")
def prepare_sklearn(case):
    from sklearn.preprocessing import StandardScaler

    X = mnist(case)[0]
    scaler = StandardScaler(copy=False).fit(X)
    return lambda: scaler.transform(X.astype(np.float32))


@peer("prepare", "torch")
def prepare_torch(case):
    import torch

    X = mnist(case)[0]
    shift, scale = (torch.from_numpy(row.astype(np.float32)) for row in (X.mean(axis=0), deviations(X)))
    rows = torch.from_numpy(X)
    return lambda: rows.float().sub_(shift).div_(scale)


@peer("fitPreparation", "numpy")
def fit_preparation(case):
    X = mnist(case)[0]
    return not_compared(lambda: (X.mean(axis=0), deviations(X)))


@peer("fitPreparation", "sklearn")
def fit_preparation_sklearn(case):
    from sklearn.preprocessing import StandardScaler

    X = mnist(case)[0]
    return not_compared(lambda: StandardScaler().fit(X))


@peer("mixup", "numpy")
def mixup(case):
    _, _, X, y = cifar10(case)

    def mixed():
        rng = np.random.RandomState(0)
        order = rng.permutation(len(X))
        share = rng.beta(0.2, 0.2, len(X)).astype(np.float32)[:, None]
        rows = X * share
        rows += X[order] * (1 - share)
        one_hot = np.eye(10, dtype=np.float32)[y]
        return rows, one_hot * share + one_hot[order] * (1 - share)

    return mixed


@peer("mixup", "torch")
def mixup_torch(case):
    import torch

    _, _, X, y = (torch.from_numpy(part) for part in cifar10(case))
    labels = y.long()

    def mixed():
        order = torch.randperm(len(X))
        share = torch.distributions.Beta(0.2, 0.2).sample((len(X), 1))
        one_hot = torch.nn.functional.one_hot(labels, 10).float()
        return torch.lerp(X[order].float(), X.float(), share), torch.lerp(one_hot[order], one_hot, share)

    return not_compared(mixed, 4 * X.numel() + 40 * len(X))


@peer("balance", "numpy")
def balance(case):
    X, labels, _, _ = mnist(case)
    y = np.maximum(0, labels - 4)

    def balanced():
        rng = np.random.RandomState(0)
        largest = np.bincount(y).max()
        rows = [np.arange(len(y))]
        for label in np.unique(y):
            members = np.flatnonzero(y == label)
            rows.append(members[rng.choice(len(members), largest - len(members))])
        order = np.concatenate(rows)
        return X[order], y[order]

    return balanced


@peer("classCounts", "numpy")
def class_counts(case):
    y = draw_labels(case)
    return lambda: np.bincount(y)


@peer("classWeights", "numpy")
def class_weights(case):
    y = draw_labels(case)

    def weights():
        counts = np.bincount(y)
        return len(y) / (np.count_nonzero(counts) * counts)

    return weights


@peer("classWeights", "sklearn")
def class_weights_sklearn(case):
    from sklearn.utils.class_weight import compute_class_weight

    y = draw_labels(case)
    return lambda: compute_class_weight("balanced", classes=np.unique(y), y=y)


@peer("augmentByCrop", "numpy")
def augment_by_crop(case):
    X = cifar10(case)[2].reshape(-1, 3, 32, 32)
    rng = np.random.RandomState(0)

    def augmented():
        padded = np.pad(X, ((0, 0), (0, 0), (4, 4), (4, 4)))
        out = np.empty_like(X)
        down, right = rng.randint(0, 9, (2, len(X)))
        flipped = rng.rand(len(X)) < 0.5
        for i in range(len(X)):
            picture = padded[i, :, down[i] : down[i] + 32, right[i] : right[i] + 32]
            out[i] = picture[:, :, ::-1] if flipped[i] else picture
        return out

    return not_compared(augmented, X.nbytes)


@peer("augmentByDistortion", "scipy")
def augment_by_distortion(case):
    from scipy.ndimage import gaussian_filter, map_coordinates

    X = mnist(case)[0][: case["sizes"][0]].reshape(-1, 28, 28)
    rng = np.random.RandomState(0)
    y, x = np.mgrid[:28, :28] - 13.5

    def augmented():
        out = np.empty_like(X)
        for i, picture in enumerate(X):
            angle = np.radians(rng.uniform(-15, 15))
            field = [34 * gaussian_filter(rng.uniform(-1, 1, (28, 28)), 4, mode="constant") for _ in range(2)]
            down, right = rng.randint(-2, 3, 2)
            rows = np.cos(angle) * y - np.sin(angle) * x + 13.5 - down + field[0]
            columns = np.sin(angle) * y + np.cos(angle) * x + 13.5 - right + field[1]
            out[i] = map_coordinates(picture, (rows, columns), order=1)
        return out

    return not_compared(augmented, X.nbytes)


@peer("contiguous", "numpy")
def contiguous(case):
    X = normals(case)
    return lambda: np.ascontiguousarray(X.T)


@peer("contiguous", "torch")
def contiguous_torch(case):
    import torch

    X = torch.from_numpy(normals(case))
    return lambda: X.T.contiguous()


@peer("clone", "numpy")
def clone(case):
    return normals(case).copy


@peer("clone", "torch")
def clone_torch(case):
    import torch

    return torch.from_numpy(normals(case)).clone
