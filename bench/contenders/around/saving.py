"""Models and arrays in files."""

import numpy as np
from calls import Prepared, given, peer, whole, whole_by_name, writing, written
from creating import numpy_net, torch_net


def by_name(parameters):
    return {f"{'Wb'[i % 2]}{i // 2 + 1}": parameter for i, parameter in enumerate(parameters)}


def arrays_of_npz(path):
    with np.load(path) as arrays:
        return [arrays[name] for name in arrays]


@peer("saveModel", "numpy")
def save_model(case):
    parameters, path = by_name(numpy_net(case["sizes"])), written(case, "model.npz")
    return writing(path, lambda: whole(path, lambda file: np.savez(file, **parameters)), arrays_of_npz)


@peer("saveModel", "torch")
def save_model_torch(case):
    import torch

    net, path = torch_net(case["sizes"]), written(case, "model.pt")
    return writing(path, lambda: whole(path, lambda file: torch.save(net.state_dict(), file)))


@peer("saveModel", "safetensors")
def save_model_safetensors(case):
    from safetensors.numpy import load_file, save_file

    parameters, path = by_name(numpy_net(case["sizes"])), written(case, "model.safetensors")
    read = lambda path: [load_file(path)[name] for name in parameters]  # noqa: E731
    return writing(path, lambda: whole_by_name(path, lambda name: save_file(parameters, name)), read)


@peer("loadModel", "numpy")
def load_model(case):
    path = written(case, "model.npz")
    np.savez(path, **by_name(numpy_net(case["sizes"])))
    return lambda: arrays_of_npz(path)


@peer("loadModel", "torch")
def load_model_torch(case):
    import torch

    path = written(case, "model.pt")
    net = torch_net(case["sizes"])
    torch.save(net.state_dict(), path)
    size = sum(4 * parameter.numel() for parameter in net.parameters())

    def load():
        with torch.device("meta"):
            made = torch_net(case["sizes"])
        made.load_state_dict(torch.load(path, weights_only=True), assign=True)
        return made

    return Prepared(load, arrays=lambda made: None, size=size)


@peer("loadModel", "safetensors")
def load_model_safetensors(case):
    from safetensors.numpy import load_file, save_file

    path = written(case, "model.safetensors")
    parameters = by_name(numpy_net(case["sizes"]))
    save_file(parameters, path)
    return Prepared(lambda: load_file(path), arrays=lambda loaded: [loaded[name] for name in parameters])


@peer("saveNpy", "numpy")
def save_npy(case):
    X, path = np.load(given(case)), written(case, "array.npy")
    return writing(path, lambda: whole(path, lambda file: np.save(file, X)), lambda path: [np.load(path)])


@peer("saveNpz", "numpy")
def save_npz(case):
    X, path = np.load(given(case)), written(case, "arrays.npz")
    arrays = dict(zip("XY", np.split(X, 2)))
    return writing(path, lambda: whole(path, lambda file: np.savez(file, **arrays)), arrays_of_npz)


@peer("loadNpy", "numpy")
def load_npy(case):
    return lambda: np.load(given(case))
