"""Fashion-MNIST from its idx.gz files: pictures of 28 x 28 in [0, 1]."""

import gzip
import pathlib

import numpy as np

PLACES = ("/usr/share/datasets/fashion-mnist", "/usr/share/dataset-fashion-mnist")
VALIDATION = 5000


def read_idx(path):
    """The array of bytes in an IDX file, gzip-compressed or not."""
    raw = pathlib.Path(path).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    if raw[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path}: not an IDX file of bytes")
    count = raw[3]
    extents = np.frombuffer(raw, ">u4", count, 4).astype(int)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * count).reshape(extents)


def load(folder=None):
    """Training, validation and test pictures, each (count, 1, 28, 28) of float32.

    Validation pictures are the last 5000 of the training set.
    """
    folders = [pathlib.Path(p) for p in ([folder] if folder else PLACES)]
    folder = next((f for f in folders if list(f.glob("train-images*"))), None)
    if folder is None:
        raise SystemExit(
            f"no Fashion-MNIST in {', '.join(map(str, folders))}; give its folder by --data"
        )

    def pictures(name):
        path = next(iter(sorted(folder.glob(f"{name}-images*"))))
        return read_idx(path)[:, None].astype(np.float32) / 255

    train, test = pictures("train"), pictures("t10k")
    return train[:-VALIDATION], train[-VALIDATION:], test
