"""Trains a convolutional auto-encoder of Fashion-MNIST with a code of 300 numbers, for the experiments
on inverting its encoder.

    python Benchmarks/train_autoencoder.py --data FOLDER --output FOLDER

Encoder: five convolutions with ReLU, strides in place of pooling, and a dense layer to a code of 300
that is linear: every component measures, none is lost to a threshold, and the inversion meets the dead
units of the hidden layers only. Decoder: a dense layer, transposed convolutions and convolutions, the
output clipped to [0, 1]. Adam with warm-up and a cosine schedule on the mean squared error, flipped
pictures for augmentation; the weights that validate best are kept. The code is centred afterwards (its
mean over the training pictures moves into the biases on both sides, the functions stay the same), so
that noise of 5 % is 5 % of what a code says and not of its offset.

A second decoder, trained on codes with that noise for the same encoder, is the control: it shows what
a decoder can do that knows of the noise.

Writes weights (safetensors), ONNX models, architectures (YAML) and arrays (NPY); see `save`. On the
processor it works, too, slowly; there `--epochs 1` is for trying it out.
"""

import argparse
import json
import math
import pathlib
import time
import warnings

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

import fashion_mnist

CODE = 300
NOISE = 0.05
SHOWN = 100


def encoder():
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(64 * 7 * 7, CODE),
    )  # fmt: skip


ENCODER = """\
# Encoder of a convolutional auto-encoder of Fashion-MNIST, made by Benchmarks/train_autoencoder.py.
input: [1, 28, 28]
weights: encoder.safetensors
network:
  - {convolution: 32, kernel: 4, stride: 2, padding: 1, activation: relu}
  - {convolution: 32, kernel: 3, padding: 1, activation: relu}
  - {convolution: 64, kernel: 4, stride: 2, padding: 1, activation: relu}
  - {convolution: 64, kernel: 3, padding: 1, activation: relu}
  - {convolution: 64, kernel: 3, padding: 1, activation: relu}
  - {width: 300, activation: identity}
"""


def decoder():
    return nn.Sequential(
        nn.Linear(CODE, 128 * 7 * 7), nn.ReLU(), nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 1, 3, padding=1),
    )  # fmt: skip


DECODER = """\
# Decoder of a convolutional auto-encoder of Fashion-MNIST, made by Benchmarks/train_autoencoder.py.
input: 300
weights: {name}.safetensors
network:
  - {{width: [128, 7, 7], activation: relu}}
  - {{transposedConvolution: 64, kernel: 4, stride: 2, padding: 1, activation: relu}}
  - {{convolution: 64, kernel: 3, padding: 1, activation: relu}}
  - {{transposedConvolution: 32, kernel: 4, stride: 2, padding: 1, activation: relu}}
  - {{convolution: 32, kernel: 3, padding: 1, activation: relu}}
  - {{convolution: 1, kernel: 3, padding: 1, activation: {{name: clip, lower: 0, upper: 1}}}}
"""


def initialised(network):
    """He's initialisation, offsets zero."""
    for module in network:
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            is_larger = isinstance(module, nn.ConvTranspose2d)
            nn.init.kaiming_normal_(module.weight, mode="fan_out" if is_larger else "fan_in", nonlinearity="relu")
            if is_larger:  # a pixel meets one tap in stride x stride
                module.weight.data *= module.stride[0]
            nn.init.zeros_(module.bias)
    return network


def noisy(code, generator=None):
    """The code with Gaussian noise, scaled so that ||noise|| = 5 % of ||code|| in each row."""
    e = torch.randn(code.shape, device=code.device, generator=generator)
    return code + e * (NOISE * code.norm(dim=1, keepdim=True) / e.norm(dim=1, keepdim=True))


def psnr(a, b):
    """In dB for each picture, data range 1."""
    return -10 * torch.log10(((a - b) ** 2).flatten(1).mean(1).clamp_min(1e-12))


def batches(x, size=1000):
    return (x[i : i + size] for i in range(0, len(x), size))


@torch.no_grad()
def mean_psnr(answer, x):
    return torch.cat([psnr(answer(b).clamp(0, 1), b) for b in batches(x)])


def fit(name, answer, networks, train, valid, epochs, seconds, rate, batch):
    """Minimises ||answer(x) - x||^2 over the networks' weights by Adam; leaves those that validate best."""
    weights, step = [p for n in networks for p in n.parameters()], 0
    adam = torch.optim.Adam(weights, lr=rate, fused=train.is_cuda)
    best, kept, start, every = math.inf, None, time.time(), max(1, epochs // 40)
    for epoch in range(epochs):
        done = max(epoch / epochs, (time.time() - start) / seconds)
        if done >= 1:
            print(f"{name}: {seconds} s are over after {epoch} epochs", flush=True)
            break
        total = torch.zeros((), device=train.device)
        order = torch.randperm(len(train), device=train.device)
        for index in order.split(batch):
            step += 1
            adam.param_groups[0]["lr"] = rate * min(1, step / 500) * (1 + math.cos(math.pi * done)) / 2
            x = train[index]
            flip = torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5
            x = torch.where(flip, x.flip(3), x)
            loss = ((answer(x) - x) ** 2).mean()
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
            total += loss.detach() * len(x)
        if epoch % every and epoch < epochs - 20:
            continue
        with torch.no_grad():
            squares = [((answer(b) - b) ** 2).sum() for b in batches(valid)]
            error = (torch.stack(squares).sum() / valid.numel()).item()
        if error < best:
            best, kept = error, [p.detach().clone() for p in weights]
        if epoch % every == 0 or epoch == epochs - 1:
            print(
                f"{name} epoch {epoch + 1}: training {total.item() / len(train):.6f} "
                f"validation {error:.6f} best {best:.6f}, {time.time() - start:.0f} s",
                flush=True,
            )
    if kept is None:
        raise SystemExit(f"{name}: no finite validation error; lower --rate")
    with torch.no_grad():
        for p, value in zip(weights, kept):
            p.copy_(value)


@torch.no_grad()
def centre(encode, decode, train):
    """Moves the code's mean over the training pictures into the biases on both sides."""
    mean = torch.cat([encode(b) for b in batches(train)]).double().mean(0)
    encode[-1].bias -= mean.float()
    decode[0].bias += (decode[0].weight.double() @ mean).float()


def export(network, example, path):
    """One of PyTorch's two ONNX exporters, the older one first; says so if neither works."""
    problems = []
    warnings.simplefilter("ignore", DeprecationWarning)
    for settings in ({"dynamo": False, "opset_version": 17}, {"dynamo": True, "external_data": False}):
        try:
            names = {"input_names": ["input"], "output_names": ["output"]}
            if not settings["dynamo"]:
                names["dynamic_axes"] = {"input": {0: "batch"}, "output": {0: "batch"}}
            torch.onnx.export(network, (example,), str(path), **names, **settings)
            return
        except Exception as error:  # noqa: BLE001 - the weights are saved, whatever an exporter does
            problems.append(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    print(f"NOT WRITTEN {path}: {'; '.join(problems)}", flush=True)


@torch.no_grad()
def save(folder, encode, decoders, valid, test):
    """Weights, architectures and models of the encoder and the decoders, and for the first 100 test and the
    first 100 validation pictures (for tuning) the pictures, codes without and with noise, and answers:

        test_images.npy          (100, 1, 28, 28)
        test_codes.npy           (100, 300), and test_codes_noisy.npy
        test_decoded.npy         (100, 1, 28, 28), of the codes, and test_decoded_noisy.npy of the noisy ones
        test_robust_noisy.npy    what the decoder that was trained on noisy codes makes of those
    """
    cpu = encode.cpu().float().eval()
    save_file({k: v.contiguous() for k, v in cpu.state_dict().items()}, folder / "encoder.safetensors")
    (folder / "encoder.yaml").write_text(ENCODER)
    answers = {}
    for name, decode in decoders.items():
        decode = decode.cpu().float().eval()
        save_file({k: v.contiguous() for k, v in decode.state_dict().items()}, folder / f"{name}.safetensors")
        (folder / f"{name}.yaml").write_text(DECODER.format(name=name))
        answers[name] = nn.Sequential(*decode, nn.Hardtanh(0, 1)).eval()
    for number, (part, x) in enumerate((("test", test[:SHOWN]), ("valid", valid[:SHOWN]))):
        x = x.cpu().contiguous()
        code = cpu(x)
        rough = noisy(code, torch.Generator().manual_seed(100 + number))
        arrays = {
            "images": x, "codes": code, "codes_noisy": rough,
            "decoded": answers["decoder"](code), "decoded_noisy": answers["decoder"](rough),
        }  # fmt: skip
        if "robust" in answers:
            arrays["robust_noisy"] = answers["robust"](rough)
        for name, array in arrays.items():
            np.save(folder / f"{part}_{name}.npy", array.contiguous().numpy())
    export(cpu, torch.zeros(1, 1, 28, 28), folder / "encoder.onnx")
    for name, answer in answers.items():
        export(answer, torch.zeros(1, CODE), folder / f"{name}.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", help="folder of train-images-idx3-ubyte.gz and t10k-images-idx3-ubyte.gz")
    parser.add_argument("--output", default="autoencoder", help="folder to write to")
    parser.add_argument("--epochs", type=int, default=300, help="at most so many")
    parser.add_argument("--seconds", type=float, default=200, help="the schedule ends by then")
    parser.add_argument("--robust-epochs", type=int, default=60, help="of the control; 0 for none")
    parser.add_argument("--robust-seconds", type=float, default=50)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--limit", type=int, help="so many pictures of each kind, for trying it out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of the processor")
    options = parser.parse_args()

    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    folder = pathlib.Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    train, valid, test = (torch.from_numpy(x).to(device) for x in fashion_mnist.load(options.data))
    if options.limit:
        train, valid, test = train[: options.limit], valid[: options.limit], test[: options.limit]
    print(f"{device}, {len(train)} training pictures", flush=True)

    encode = initialised(encoder()).to(device, memory_format=torch.channels_last)
    decode = initialised(decoder()).to(device, memory_format=torch.channels_last)
    fit(
        "auto-encoder", lambda x: decode(encode(x)), (encode, decode), train, valid,
        options.epochs, options.seconds, options.rate, options.batch,
    )  # fmt: skip
    centre(encode, decode, train)
    decoders = {"decoder": decode}
    if options.robust_epochs > 0:
        robust = decoder().to(device, memory_format=torch.channels_last)
        robust.load_state_dict(decode.state_dict())
        encode.requires_grad_(False)
        fit(
            "decoder for noisy codes", lambda x: robust(noisy(encode(x))), (robust,), train, valid,
            options.robust_epochs, options.robust_seconds, options.rate / 2, options.batch,
        )  # fmt: skip
        decoders["robust"] = robust

    figures = {"device": str(device), "seed": options.seed, "torch": torch.__version__}
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
    for name, answer in {
        "decoder": lambda x: decode(encode(x)),
        "decoder_noisy": lambda x: decode(noisy(encode(x))),
        **({"robust": lambda x: robust(encode(x)), "robust_noisy": lambda x: robust(noisy(encode(x)))}
           if "robust" in decoders else {}),
    }.items():  # fmt: skip
        for part, x in (("test", test), ("test100", test[:SHOWN]), ("valid", valid), ("train5000", train[:5000])):
            values = mean_psnr(answer, x)
            figures[f"psnr_{name}_{part}"] = round(values.mean().item(), 3)
    print(json.dumps(figures, indent=1), flush=True)
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    save(folder, encode, decoders, valid, test)
    print(f"written to {folder}", flush=True)


if __name__ == "__main__":
    main()
