#!/usr/bin/env python3
"""Times training steps of PyTorch eager on the processor.

    pytorch_steps.py serve --threads T

Reads one JSON request per line from standard input and answers each with one JSON line, as
Benchmarks/README.md says. The weights are trained by back-propagation with the fused Adam.
"""

import argparse
import json
import sys
import time

import torch
from torch import nn

WARM_UP_STEPS = 5


def classifier():
    """784-256-256-10: ReLU, ReLU, softmax with cross-entropy."""
    model = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    )
    return model, nn.functional.cross_entropy, lambda rows: torch.randint(10, (rows,))


def auto_encoder():
    """784x5: ReLU, ReLU, soft-threshold, ReLU, identity with squared error."""
    model = nn.Sequential(
        nn.Linear(784, 784), nn.ReLU(),
        nn.Linear(784, 784), nn.ReLU(),
        nn.Linear(784, 784), nn.Softshrink(0.1),
        nn.Linear(784, 784), nn.ReLU(),
        nn.Linear(784, 784),
    )
    return model, nn.functional.mse_loss, lambda rows: torch.rand(rows, 784)


def lenet():
    """LeNet with average pooling and ReLU; the rows are pictures of 28 x 28."""
    model = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )
    return model, nn.functional.cross_entropy, lambda rows: torch.randint(10, (rows,))


class UnrolledDenoiser(nn.Module):
    """Dual forward-backward: d -> clip(L d), nine times clip(u - L (L^* u - d)), d - L^* u."""

    def __init__(self, layers=10, features=24, kernel=5, threshold=0.05):
        super().__init__()
        shape = (features, 1, kernel, kernel)
        self.filters = nn.ParameterList(torch.randn(shape) / kernel for _ in range(layers + 1))
        self.padding, self.threshold = kernel // 2, threshold

    def forward(self, rows):
        data = rows.view(-1, 1, 50, 50)
        dual = self.ball(self.analysis(0, data))
        for layer in range(1, len(self.filters) - 1):
            residual = self.synthesis(layer, dual) - data
            dual = self.ball(dual - self.analysis(layer, residual))
        return (data - self.synthesis(-1, dual)).flatten(1)

    def analysis(self, layer, picture):
        return nn.functional.conv2d(picture, self.filters[layer], padding=self.padding)

    def synthesis(self, layer, dual):
        return nn.functional.conv_transpose2d(dual, self.filters[layer], padding=self.padding)

    def ball(self, dual):
        return dual.clamp(-self.threshold, self.threshold)


def denoiser():
    """Ten unrolled steps with 24 filters of 5 x 5; the rows are patches of 50 x 50."""
    return UnrolledDenoiser(), nn.functional.mse_loss, lambda rows: torch.rand(rows, 2500)


def chain(depth, width):
    """Equal layers: ReLU, the last one the identity with squared error."""
    layers = [nn.Linear(width, width)]
    for _ in range(depth - 1):
        layers += [nn.ReLU(), nn.Linear(width, width)]
    return nn.Sequential(*layers), nn.functional.mse_loss, lambda rows: torch.rand(rows, width)


NETWORKS = {
    "784-256-256-10": classifier, "784x5": auto_encoder, "lenet": lenet, "pnn": denoiser,
    "20x512": lambda: chain(20, 512), "10x100": lambda: chain(10, 100),
}
INPUTS = {"pnn": 2500, "20x512": 512, "10x100": 100}


class Batches:
    """Yields mini-batches for ever: one fixed batch, or shuffled passes over a data set."""

    def __init__(self, inputs, targets, batch):
        self.inputs, self.targets, self.batch = inputs, targets, batch
        self.order, self.next = None, 0

    def draw(self):
        if len(self.inputs) == self.batch:
            return self.inputs, self.targets
        if self.order is None or self.next + self.batch > len(self.inputs):
            self.order, self.next = torch.randperm(len(self.inputs)), 0
        rows = self.order[self.next : self.next + self.batch]
        self.next += self.batch
        return self.inputs[rows], self.targets[rows]


def timed_steps(request):
    """The seconds of each step asked for; the warm-up steps before them are not counted."""
    model, loss, draw_targets = NETWORKS[request["network"]]()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    batch = request["batch"]
    samples = request.get("samples", batch)
    inputs = torch.rand(samples, INPUTS.get(request["network"], 784))
    batches = Batches(inputs, draw_targets(samples), batch)

    def step():
        inputs, targets = batches.draw()
        optimizer.zero_grad(set_to_none=True)
        loss(model(inputs), targets).backward()
        optimizer.step()

    for _ in range(WARM_UP_STEPS):
        step()
    batches.order = None
    seconds = []
    for _ in range(request["steps"]):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--threads", type=int, required=True, metavar="T")
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    for line in sys.stdin:
        print(json.dumps({"seconds": timed_steps(json.loads(line))}), flush=True)


if __name__ == "__main__":
    main()
