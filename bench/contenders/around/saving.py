"""Models and arrays in files."""

import io

import numpy as np
from calls import Prepared, given, not_compared, peer, whole, whole_by_name, writing, written
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


@peer("saveCompressed", "numpy")
def save_compressed(case):
    with np.load(given(case)) as file:
        arrays = {name: file[name] for name in file}
    path = written(case, "arrays.npz")
    return writing(path, lambda: whole(path, lambda file: np.savez_compressed(file, **arrays)), arrays_of_npz)


@peer("loadNpz", "numpy")
def load_npz(case):
    return lambda: arrays_of_npz(given(case))


@peer("serializeNpy", "numpy")
def serialize_npy(case):
    X = np.load(given(case))

    def serialize():
        buffer = io.BytesIO()
        np.save(buffer, X)
        return buffer.getbuffer()

    return lambda: np.frombuffer(serialize(), np.uint8)


@peer("saveSafetensors", "safetensors")
def save_safetensors(case):
    from safetensors.numpy import load_file, save_file

    X, path = np.load(given(case)), written(case, "array.safetensors")
    write = lambda: whole_by_name(path, lambda name: save_file({"X": X}, name))  # noqa: E731
    return writing(path, write, lambda path: [load_file(path)["X"]])


@peer("loadSafetensors", "safetensors")
def load_safetensors(case):
    from safetensors.numpy import load_file, save_file

    path = written(case, "array.safetensors")
    save_file({"X": np.load(given(case))}, path)
    return lambda: load_file(path)["X"]


@peer("serializeSafetensors", "safetensors")
def serialize_safetensors(case):
    from safetensors.numpy import load, save

    X = np.load(given(case))
    return Prepared(lambda: save({"X": X}), arrays=lambda result: [load(result)["X"]], size=X.nbytes)


@peer("parseSafetensors", "safetensors")
def parse_safetensors(case):
    from safetensors.numpy import load, save

    contents = save({"X": np.load(given(case))})
    return lambda: load(contents)["X"]


def restoring(case, numbers):
    parameters, path = numpy_net(case["sizes"]), written(case, "weights.npz")
    order = [*numbers(range(len(parameters)))]
    np.savez(path, *[parameters[i] for i in order])

    def restore():
        with np.load(path) as arrays:
            for i, name in zip(order, arrays):
                parameters[i][...] = arrays[name]

    return Prepared(restore, arrays=lambda result: parameters, size=0)


@peer("loadKerasWeights", "numpy")
def load_keras_weights(case):
    return restoring(case, lambda numbers: numbers)


@peer("loadSklearnWeights", "numpy")
def load_sklearn_weights(case):
    return restoring(case, lambda numbers: [*numbers[::2], *numbers[1::2]])


def onnx_model(sizes):
    """Makes a function that describes a net with its weights."""
    from onnx import TensorProto, helper, numpy_helper

    parameters = numpy_net(sizes)

    def model():
        nodes, initializers, current = [], [], "X"
        for layer in range(len(sizes) - 1):
            W, b, out = f"W{layer + 1}", f"b{layer + 1}", f"a{layer + 1}"
            initializers += [numpy_helper.from_array(p, n) for p, n in zip(parameters[2 * layer :], (W, b))]
            last = layer == len(sizes) - 2
            nodes.append(helper.make_node("Gemm", [current, W, b], ["scores" if last else out]))
            current = f"h{layer + 1}"
            if not last:
                nodes.append(helper.make_node("Relu", [out], [current]))
        described = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size])]
            for name, size in (("X", sizes[0]), ("scores", sizes[-1]))
        ]
        graph = helper.make_graph(nodes, "net", *described, initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])

    return model


@peer("exportOnnx", "onnx")
def export_onnx(case):
    import onnx

    model, path = onnx_model(case["sizes"]), written(case, "model.onnx")
    return writing(path, lambda: whole(path, lambda file: onnx.save(model(), file)))


@peer("serializeOnnx", "onnx")
def serialize_onnx(case):
    model = onnx_model(case["sizes"])
    sizes = case["sizes"]
    contents = sum(4 * (i * o + o) for i, o in zip(sizes, sizes[1:]))
    return not_compared(lambda: model().SerializeToString(), contents)


@peer("saveTorchStateDict", "torch")
def save_state_dict(case):
    from safetensors.torch import save_file

    net, path = torch_net(case["sizes"]), written(case, "state.safetensors")
    return writing(path, lambda: whole_by_name(path, lambda name: save_file(net.state_dict(), name)))


@peer("loadTorchStateDict", "torch")
def load_state_dict(case):
    from safetensors.torch import load_file, save_file

    net, path = torch_net(case["sizes"]), written(case, "state.safetensors")
    save_file(net.state_dict(), path)
    return not_compared(lambda: net.load_state_dict(load_file(path)), 0)
