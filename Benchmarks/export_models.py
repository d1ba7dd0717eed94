"""Writes small ONNX models of every operation that Lifted reads, with what ONNX Runtime makes of random
inputs: the fixtures of Tests/RunsTests/ModelTests.

    python Benchmarks/export_models.py Tests/RunsTests/Fixtures/onnx

Each case is NAME.onnx, and in samples.safetensors NAME.input and NAME.output. Models come from both of
PyTorch's exporters (`torch_` and `dynamo_`) and from onnx.helper (`op_`).
"""

import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from torch import nn

warnings.simplefilter("ignore")
random = np.random.default_rng(5)
samples = {}


def normal(*shape, scale=1.0):
    return (scale * random.standard_normal(shape)).astype(np.float32)


def record(folder, name, shape):
    """Runs a model on three random samples."""
    session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    rows = [normal(1, *shape, scale=1.5) for _ in range(3)]
    whole = isinstance(given.shape[0], int)
    parts = rows if whole else [np.concatenate(rows)]
    output = np.concatenate([session.run(None, {given.name: x})[0] for x in parts])
    samples[f"{name}.input"] = np.concatenate(rows)
    samples[f"{name}.output"] = output


# --- PyTorch -------------------------------------------------------------------------------------


class Block(nn.Module):
    """A residual block as in a ResNet, the skip a projection where the shape changes."""

    def __init__(self, a, b, stride=1):
        super().__init__()
        self.first = nn.Conv2d(a, b, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(b)
        self.second = nn.Conv2d(b, b, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(b)
        self.skip = nn.Conv2d(a, b, 1, stride=stride) if stride > 1 or a != b else nn.Identity()

    def forward(self, x):
        y = self.norm2(self.second(torch.relu(self.norm(self.first(x)))))
        return torch.relu(y + self.skip(x))


class Deep(nn.Module):
    """A residual block with two hidden layers, activations first."""

    def __init__(self, n):
        super().__init__()
        self.norm = nn.BatchNorm2d(n)
        self.a, self.b, self.c = (nn.Conv2d(n, n, 3, padding=1) for _ in range(3))

    def forward(self, x):
        return x + self.c(torch.tanh(self.b(torch.relu(self.a(torch.relu(self.norm(x)))))))


class Rows(nn.Module):
    """Residual blocks on rows, the sum the other way round; x.view with a size from the input."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(12, 7), nn.Linear(7, 12), nn.Linear(12, 12)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.b(nn.functional.elu(self.a(x))) + x
        return x + torch.tanh(self.c(x))


def randomise(model):
    """Statistics of normalisations as after training."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
    return model.eval()


def torch_models():
    return {
        "perceptron": (
            (10,),
            nn.Sequential(
                nn.Linear(10, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 8), nn.LeakyReLU(0.1),
                nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 8), nn.Softplus(), nn.Linear(8, 8), nn.Tanh(),
                nn.Linear(8, 8), nn.ELU(0.7), nn.Linear(8, 6, bias=False), nn.Hardtanh(-0.5, 0.8),
                nn.Linear(6, 6), nn.Softsign(), nn.Linear(6, 6), nn.Linear(6, 5), nn.Softmax(1),
            ),
        ),
        "lenet": (
            (1, 12, 10),
            nn.Sequential(
                nn.Conv2d(1, 4, 5, padding=2), nn.BatchNorm2d(4), nn.ReLU(), nn.AvgPool2d(2),
                nn.Conv2d(4, 6, 3, stride=(2, 1), dilation=(1, 2), padding=(1, 2), groups=2), nn.ReLU6(),
                nn.AvgPool2d(3, stride=1, padding=1), nn.BatchNorm2d(6), nn.Hardsigmoid(),
                nn.Flatten(), nn.Linear(90, 8), nn.BatchNorm1d(8), nn.PReLU(), nn.Linear(8, 3),
            ),
        ),
        "decoder": (
            (7,),
            nn.Sequential(
                nn.Linear(7, 24), nn.ReLU(), nn.Unflatten(1, (6, 2, 2)),
                nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1, groups=2), nn.BatchNorm2d(4), nn.ReLU(),
                nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 3, padding=1), nn.LeakyReLU(0.2),
                nn.ConvTranspose2d(4, 1, 3, stride=(2, 1), padding=1, output_padding=(1, 0)), nn.Sigmoid(),
            ),
        ),
        "resnet": (
            (3, 8, 8),
            nn.Sequential(
                nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), Block(4, 4), Block(4, 6, 2), Deep(6),
                nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4),
            ),
        ),
        "rows": ((3, 2, 2), Rows()),
    }  # fmt: skip


def export_torch(folder):
    for name, (shape, model) in torch_models().items():
        model = randomise(model)
        example = torch.zeros(2, *shape)
        torch.onnx.export(
            model, (example,), str(folder / f"torch_{name}.onnx"), dynamo=False, opset_version=13,
            input_names=["input"], output_names=["output"],
            dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        )  # fmt: skip
        record(folder, f"torch_{name}", shape)
        path = folder / f"dynamo_{name}.onnx"
        torch.onnx.export(
            model, (example,), str(path), dynamo=True, external_data=False, verbose=False,
            dynamic_shapes=({0: torch.export.Dim("batch")},) if name != "rows" else None,
        ) if name != "rows" else torch.onnx.export(
            model, (torch.zeros(1, *shape),), str(path), dynamo=True, external_data=False, verbose=False
        )  # fmt: skip
        stripped(path)
        record(folder, f"dynamo_{name}", shape)


def stripped(path):
    """The same model without notes on where in PyTorch it came from, which are most of its bytes."""
    model = onnx.load(path)
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output):
        del value.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    del model.functions[:]
    onnx.save(model, path)


# --- onnx.helper ---------------------------------------------------------------------------------


def op(folder, name, shape, nodes, constants=(), opset=17, batch="batch", convert=numpy_helper.from_array):
    """A chain of nodes from `x`; the last one makes `y`."""
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [convert(value, key) for key, value in dict(constants).items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    onnx.save(model, folder / f"op_{name}.onnx")
    record(folder, f"op_{name}", shape)


def node(kind, inputs, output="y", **attributes):
    return helper.make_node(kind, inputs.split(), [output], name=f"{kind.lower()}_{output}", **attributes)


def numbers(value, key):
    """Written as numbers of the wire in place of raw bytes."""
    kind = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64}[str(value.dtype)]
    return helper.make_tensor(key, kind, value.shape, value.flatten().tolist())


def halves(kind):
    def convert(value, key):
        exact = helper.make_tensor(key, kind, value.shape, value.flatten().tolist())
        return exact

    return convert


def export_helper(folder):
    for kind, settings in {
        "Relu": {}, "LeakyRelu": {"alpha": 0.3}, "Elu": {"alpha": 0.5}, "Sigmoid": {}, "Tanh": {},
        "Softplus": {}, "Softsign": {}, "Atan": {}, "Asinh": {}, "HardSigmoid": {"alpha": 0.3, "beta": 0.4},
        "Shrink": {"lambd": 0.4, "bias": 0.4}, "Celu": {}, "Identity": {}, "Softmax": {},
    }.items():  # fmt: skip
        op(folder, f"activation_{kind.lower()}", (6,), [node(kind, "x", **settings)])
    op(folder, "clip_inputs", (6,), [node("Clip", "x low high")],
       {"low": np.float32(-0.25), "high": np.float32(0.75)})
    op(folder, "clip_from_zero", (6,), [node("Clip", "x low")], {"low": np.float32(0)})
    op(folder, "clip_attributes", (6,), [node("Clip", "x", min=-0.25, max=0.75)], opset=10)
    w, b = normal(5, 6), normal(5)
    op(folder, "gemm", (6,), [node("Gemm", "x w b", transB=1, alpha=0.5, beta=2.0)], {"w": w, "b": b})
    op(folder, "gemm_plain", (6,), [node("Gemm", "x w b")], {"w": normal(6, 5), "b": normal(1, 5)})
    op(folder, "gemm_alone", (6,), [node("Gemm", "x w")], {"w": normal(6, 5)})
    op(folder, "matmul_add", (6,), [node("MatMul", "x w", "h"), node("Add", "b h")],
       {"w": normal(6, 5), "b": b})
    op(folder, "float_data", (6,), [node("Gemm", "x w b", transB=1)], {"w": w, "b": b}, convert=numbers)
    op(folder, "double", (6,),
       [helper.make_node("Cast", ["w"], ["v"], to=TensorProto.FLOAT), node("Gemm", "x v", transB=1)],
       {"w": w.astype(np.float64)}, convert=numbers)
    for kind, name in ((TensorProto.FLOAT16, "half"), (TensorProto.BFLOAT16, "bfloat16")):
        coarse = (np.round(w * 8) / 8).astype(np.float32)
        op(folder, name, (6,),
           [helper.make_node("Cast", ["w"], ["v"], to=TensorProto.FLOAT), node("Gemm", "x v", transB=1)],
           {"w": coarse}, convert=halves(kind))
    k, c = normal(4, 2, 3, 3), normal(4)
    for name, settings, weight in (
        ("plain", {}, k),
        ("pads", {"pads": [1, 2, 1, 2], "strides": [2, 1]}, k),
        ("uneven", {"pads": [0, 1, 2, 0], "strides": [2, 2]}, k),
        ("same_upper", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, k),
        ("same_lower", {"auto_pad": "SAME_LOWER", "strides": [2, 2]}, k),
        ("valid", {"auto_pad": "VALID", "dilations": [2, 1]}, k),
        ("groups", {"group": 2, "kernel_shape": [3, 3]}, normal(4, 1, 3, 3)),
    ):
        op(folder, f"conv_{name}", (2, 8, 6), [node("Conv", "x w b", **settings)], {"w": weight, "b": c})
    for name, settings, weight in (
        ("plain", {}, normal(2, 3, 3, 3)),
        ("strides", {"strides": [2, 3], "pads": [1, 0, 1, 0], "output_padding": [1, 2]}, normal(2, 3, 3, 3)),
        ("groups", {"group": 2, "dilations": [2, 1], "strides": [2, 2]}, normal(2, 2, 3, 2)),
    ):
        op(folder, f"convtranspose_{name}", (2, 4, 3), [node("ConvTranspose", "x w", **settings)], {"w": weight})
    op(folder, "pool", (2, 7, 6), [node("AveragePool", "x", kernel_shape=[3, 2], strides=[2, 2])])
    op(folder, "pool_pads", (2, 7, 6),
       [node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 1], pads=[1, 1, 1, 1], count_include_pad=1)])
    op(folder, "pool_ceil", (2, 7, 6), [node("AveragePool", "x", kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1)])
    op(folder, "global", (2, 7, 6), [node("GlobalAveragePool", "x", "h"), node("Flatten", "h")])
    op(folder, "reduce", (2, 7, 6), [node("ReduceMean", "x", axes=[-2, -1], keepdims=0)])
    for opset in (13, 21):
        op(folder, f"squeeze_{opset}", (2, 1, 5),
           [node("Squeeze", "x a", "h"), node("Unsqueeze", "h b", "g"), node("Flatten", "g")],
           {"a": np.array([2]), "b": np.array([1, -1])}, opset=opset)
    op(folder, "reshape", (2, 3, 4), [node("Reshape", "x s", "h"), node("Conv", "h w")],
       {"s": np.array([-1, 4, 2, 3]), "w": normal(2, 4, 1, 2)}, convert=numbers)
    op(folder, "reshape_one", (2, 3, 4), [node("Reshape", "x s", "h"), node("Relu", "h")],
       {"s": np.array([0, -1])}, batch=1)
    op(folder, "normalise", (2, 3, 4), [node("BatchNormalization", "x s b m v", epsilon=1e-3)],
       {"s": normal(2), "b": normal(2), "m": normal(2), "v": np.abs(normal(2)) + 0.1})
    op(folder, "normalise_rows", (5,), [node("BatchNormalization", "x s b m v", "h"), node("Relu", "h")],
       {"s": normal(5), "b": normal(5), "m": normal(5), "v": np.abs(normal(5)) + 0.1})
    op(folder, "normalise_flat", (2, 4, 3),
       [node("Conv", "x w", "h"), node("Flatten", "h", "g"), node("BatchNormalization", "g s b m v", "f"),
        node("Relu", "f")],
       {"w": normal(3, 2, 2, 2), "s": normal(18), "b": normal(18), "m": normal(18), "v": np.abs(normal(18)) + 0.1})
    op(folder, "arithmetic", (2, 3, 4),
       [node("Sub", "x a", "h"), node("Div", "h b", "g"), node("Conv", "g w", "f"), node("Mul", "f c", "e"),
        node("Sub", "d e", "z"), node("Add", "z g0")],
       {"a": np.float32(0.3), "b": np.array([0.5, 2], np.float32).reshape(1, 2, 1, 1), "w": normal(3, 2, 1, 1),
        "c": normal(3, 1, 1), "d": np.array([0.7], np.float32), "g0": normal(3, 1, 1)})
    op(folder, "dense_image", (5,),
       [node("Gemm", "x w", "h"), node("Reshape", "h s", "g"), node("BatchNormalization", "g a b m v", "f"),
        node("Conv", "f k")],
       {"w": normal(5, 12), "s": np.array([0, 3, 2, 2]), "a": normal(3), "b": normal(3), "m": normal(3),
        "v": np.abs(normal(3)) + 0.1, "k": normal(2, 3, 2, 2)})
    op(folder, "twice", (6,), [node("Relu", "x", "h"), node("Clip", "h a b", "g"), node("Tanh", "g")],
       {"a": np.float32(0.1), "b": np.float32(0.9)})
    op(folder, "doubled", (6,), [node("Relu", "x", "h"), node("Add", "h h")])
    op(folder, "skip_alone", (6,), [node("Tanh", "x", "h"), node("Add", "x h")])
    op(folder, "upsample", (2, 3, 2),
       [helper.make_node("Resize", ["x", "", "s"], ["y"], mode="nearest",
                         coordinate_transformation_mode="asymmetric", nearest_mode="floor")],
       {"s": np.array([1, 1, 2, 3], np.float32)})


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "Tests/RunsTests/Fixtures/onnx")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.onnx"):
        old.unlink()
    torch.manual_seed(5)
    export_helper(folder)
    export_torch(folder)
    save_file(samples, folder / "samples.safetensors")
    total = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{len(samples) // 2} models, {total} bytes in all")


if __name__ == "__main__":
    main()
