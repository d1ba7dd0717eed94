"""Writes the fixtures of this folder: python make_fixtures.py (torch 2.15, safetensors 0.8)."""

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(3)
model = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(),
    nn.AvgPool2d(2),
    nn.ConvTranspose2d(4, 6, (3, 2), stride=2, padding=1, groups=2), nn.Tanh(),
    nn.Conv2d(6, 8, 3, stride=2, padding=1, dilation=2, groups=2, bias=False), nn.ReLU(),
    nn.Flatten(),
    nn.Linear(128, 5),
)
inputs = torch.rand(7, 1, 10, 12)
labels = torch.arange(7) % 5
logits = model(inputs)
nn.functional.cross_entropy(logits, labels).backward()

weights = {name: value.detach() for name, value in model.state_dict().items()}
save_file(weights, "convolutional.safetensors", metadata={"format": "pt"})
gradients = {name: value.grad.contiguous() for name, value in model.named_parameters()}
save_file(gradients, "convolutional-gradients.safetensors", metadata={"format": "pt"})
save_file(
    {
        "inputs": inputs.flatten(1),
        "targets": nn.functional.one_hot(labels, 5).float(),
        "outputs": logits.softmax(1).detach(),
    },
    "convolutional-samples.safetensors",
)
