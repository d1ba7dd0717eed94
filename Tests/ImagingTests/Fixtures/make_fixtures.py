"""Writes the pictures of the metrics' test and prints what scikit-image makes of them.

    pip install scikit-image && python make_fixtures.py

The figures in MetricTests.swift were printed by scikit-image 0.26.0 and NumPy 2.4.6.
"""

import pathlib

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

here = pathlib.Path(__file__).parent
random = np.random.default_rng(1)


def picture(height, width, phase):
    y, x = np.mgrid[:height, :width]
    wave = 0.5 + 0.3 * np.sin(0.4 * x + phase) * np.cos(0.3 * y)
    disc = (x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2
    return np.clip(wave + 0.2 * disc, 0, 1)


def show(name, reference, damaged, data_range, axis=None):
    np.save(here / f"{name}-reference.npy", reference)
    np.save(here / f"{name}-damaged.npy", damaged)
    psnr = peak_signal_noise_ratio(reference, damaged, data_range=data_range)
    ssim = structural_similarity(
        reference, damaged, data_range=data_range, channel_axis=axis,
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    print(f"{name}: PSNR {float(psnr)!r}, SSIM {float(ssim)!r}")


grey = picture(33, 47, 0)
show("grey", grey, grey + 0.1 * random.standard_normal(grey.shape), 1)
codes = np.round(255 * picture(24, 30, 1))
show("codes", codes, np.clip(codes + 20, 0, 255), 255)
colour = np.stack([picture(20, 28, phase) for phase in range(3)])
show("colour", colour, 0.8 * colour + 0.02 * random.standard_normal(colour.shape), 1, axis=0)
