"""Inverts an encoder by back-propagation: Adam on the pictures u of the least

    1/2 ||N(u) - f||^2 + alpha TV(u),

the baseline of `lifted invert`. TV is isotropic and smoothed, sum sqrt(|Du|^2 + epsilon^2).

    python Benchmarks/inversion_backprop.py FOLDER

FOLDER is what train_autoencoder.py wrote. Both starts, zero and the decoder's answer, for codes without and
with noise. Prints the PSNR in dB (data range 1, pictures clipped to [0, 1]; mean, standard deviation,
least and greatest over the pictures), the median time of an iteration and its processor time. Rate and alpha are chosen on the
validation pictures with --tune; figures to report come from the test pictures.
"""

import argparse
import itertools
import json
import pathlib
import statistics
import time

import numpy as np
import torch
from safetensors.torch import load_file

from train_autoencoder import encoder


def total_variation(u, epsilon):
    """Of each picture, forward differences that are 0 at the far border."""
    down = torch.nn.functional.pad(u[:, :, 1:] - u[:, :, :-1], (0, 0, 0, 1))
    right = torch.nn.functional.pad(u[:, :, :, 1:] - u[:, :, :, :-1], (0, 1))
    return (down**2 + right**2 + epsilon**2).sqrt().sum()


def psnr(u, truth):
    error = ((u.clamp(0, 1) - truth) ** 2).flatten(1).mean(1)
    return -10 * torch.log10(error.clamp_min(1e-12))


def invert(network, f, start, alpha, rate, iterations, epsilon=1e-3, cosine=False):
    """The pictures, the median seconds of an iteration, and its processor seconds."""
    u = start.clone().requires_grad_(True)
    adam = torch.optim.Adam([u], lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, iterations) if cosine else None
    seconds = []
    busy = time.process_time()
    for _ in range(iterations):
        begin = time.perf_counter()
        adam.zero_grad(set_to_none=True)
        loss = 0.5 * ((network(u) - f) ** 2).sum()
        if alpha > 0:
            loss = loss + alpha * total_variation(u, epsilon)
        loss.backward()
        adam.step()
        if schedule:
            schedule.step()
        if u.is_cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begin)
    return u.detach(), statistics.median(seconds), (time.process_time() - busy) / iterations


def figures(values):
    return {
        "mean": round(values.mean().item(), 2), "spread": round(values.std().item(), 2),
        "least": round(values.min().item(), 2), "greatest": round(values.max().item(), 2),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=pathlib.Path, help="what train_autoencoder.py wrote")
    parser.add_argument("--part", choices=("test", "valid"), default="test")
    parser.add_argument("--samples", type=int, default=100, help="pictures, all in one batch")
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--alpha", type=float, default=1e-3, help="weight of TV")
    parser.add_argument("--alpha-noisy", type=float, help="the same for codes with noise")
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--cosine", action="store_true", help="let the rate fall to 0")
    parser.add_argument("--tune", action="store_true", help="try rates and weights on validation pictures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=pathlib.Path, help="write the pictures to this folder")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    network = encoder()
    network.load_state_dict(load_file(options.folder / "encoder.safetensors"))
    network.eval().requires_grad_(False)
    part = "valid" if options.tune else options.part

    def array(name):
        return torch.from_numpy(np.load(options.folder / f"{part}_{name}.npy"))[: options.samples]

    truth = array("images")
    for noise, codes, decoded in (("clean", "codes", "decoded"), ("noisy", "codes_noisy", "decoded_noisy")):
        f, answer = array(codes), array(decoded)
        print(json.dumps({"codes": noise, "decoder": figures(psnr(answer, truth))}), flush=True)
        starts = {"zero": torch.zeros_like(truth), "decoder": answer}
        alphas = [0, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1] if options.tune else [
            options.alpha_noisy if noise == "noisy" and options.alpha_noisy is not None else options.alpha
        ]  # fmt: skip
        rates = [0.005, 0.02, 0.05] if options.tune else [options.rate]
        for (start, u0), rate, alpha in itertools.product(starts.items(), rates, alphas):
            u, seconds, busy = invert(
                network, f, u0, alpha, rate, options.iterations, cosine=options.cosine
            )
            residual = ((network(u) - f).norm() / f.norm()).item()
            print(
                json.dumps({
                    "codes": noise, "start": start, "alpha": alpha, "rate": rate,
                    "psnr": figures(psnr(u, truth)), "residual": round(residual, 5),
                    "ms_per_iteration": round(1000 * seconds, 2),
                    "cpu_ms_per_iteration": round(1000 * busy, 2),
                }),
                flush=True,
            )  # fmt: skip
            if options.output and not options.tune:
                options.output.mkdir(parents=True, exist_ok=True)
                np.save(options.output / f"{part}_{noise}_{start}.npy", u.numpy())


if __name__ == "__main__":
    main()
