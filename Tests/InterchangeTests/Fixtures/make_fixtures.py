"""Writes the fixtures beside this script by other programs than ours: NumPy, safetensors, zlib.

    python make_fixtures.py        needs numpy, torch and safetensors

Element i of an array is i / 2 - 3 (reals), i - 3 (signed), i (unsigned), i odd (booleans).
"""

import gzip
import io
import pathlib
import struct
import zlib

import numpy as np
import safetensors.torch
import torch

HERE = pathlib.Path(__file__).parent


def ramp(shape, dtype):
    i = np.arange(int(np.prod(shape)))
    kind = np.dtype(dtype).kind
    values = {"f": i / 2 - 3, "i": i - 3, "u": i, "b": i % 2 == 1}[kind]
    return values.astype(dtype).reshape(shape)


def write(name, data):
    (HERE / name).write_bytes(data)


def idx(array, code):
    head = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def idx_files():
    images, labels = ramp((3, 2, 4), "u1"), ramp((3,), "u1")
    write("images.idx", idx(images, 0x08))
    write("images.idx.gz", gzip.compress(idx(images, 0x08), mtime=0))
    write("labels.idx.gz", gzip.compress(idx(labels, 0x08), mtime=0))
    data = idx(images, 0x08)
    write("members.idx.gz", gzip.compress(data[:9], mtime=0) + gzip.compress(data[9:], mtime=0))
    for name, dtype, code in [
        ("i1", "i1", 0x09), ("i2", "i2", 0x0B), ("i4", "i4", 0x0C), ("f4", "f4", 0x0D),
        ("f8", "f8", 0x0E),
    ]:
        write(f"{name}.idx", idx(ramp((2, 5), dtype), code))


def npy_files():
    for dtype in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]:
        np.save(HERE / f"{dtype}.npy", ramp((2, 3, 4), dtype))
    for dtype in ["f4", "f8", "i4", "u2", "f2"]:
        np.save(HERE / f"{dtype}-big.npy", ramp((2, 3, 4), ">" + dtype))
    np.save(HERE / "f4-fortran.npy", np.asfortranarray(ramp((2, 3, 4), "f4")))
    np.save(HERE / "i4-fortran-big.npy", np.asfortranarray(ramp((3, 5), ">i4")))
    np.save(HERE / "scalar.npy", np.float64(-3))
    np.save(HERE / "empty.npy", np.zeros((0, 3), "f4"))
    for version in [(2, 0), (3, 0)]:
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, ramp((2, 3, 4), "f4"), version=version)
        write(f"version{version[0]}.npy", buffer.getvalue())
    np.save(HERE / "object.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(HERE / "structured.npy", np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))
    np.save(HERE / "complex.npy", np.zeros(2, "c8"))
    np.save(HERE / "text.npy", np.array(["ab"]))
    arrays = {"weight": ramp((2, 3), "f4"), "step": ramp((4,), "i8")}
    np.savez(HERE / "stored.npz", **arrays)
    np.savez_compressed(HERE / "deflated.npz", **arrays)


def safetensors_files():
    tensors = {
        "layer.0.weight": torch.from_numpy(ramp((2, 3), "f4")),
        "layer.0.bias": torch.from_numpy(ramp((2,), "f8")),
        "half": torch.from_numpy(ramp((5,), "f2")),
        "brain": torch.from_numpy(ramp((5,), "f4")).to(torch.bfloat16),
        "step": torch.from_numpy(ramp((3,), "i8")),
        "small": torch.from_numpy(ramp((3,), "i4")),
        "bytes": torch.from_numpy(ramp((3,), "u1")),
        "mask": torch.from_numpy(ramp((3,), "b1")),
        "scalar": torch.tensor(-3.0),
        "empty": torch.zeros((0, 3)),
        'quote"\\\n\u00e9\U0001f600': torch.tensor([-3.0]),
    }
    metadata = {"format": "pt", "note": 'a "b"\\\n\u00e9'}
    safetensors.torch.save_file(tensors, HERE / "torch.safetensors", metadata)


def png(array, colour, depth, extra=b""):
    """A PNG file, filter 0 on every row; `array` has the codes, (h, w) or (h, w, c)."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    height, width = array.shape[:2]
    if depth < 8:
        rows = [np.packbits(row).tobytes() for row in array.astype(bool)]
    else:
        rows = [row.astype(f">u{depth // 8}").tobytes() for row in array]
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    extras = b"".join(chunk(kind, body) for kind, body in extra) if extra else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extras + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def png_files():
    gamma = (b"gAMA", struct.pack(">I", 100000))
    write("grey8.png", png(np.arange(256).reshape(16, 16), 0, 8))
    write("grey8-gamma.png", png(np.arange(256).reshape(16, 16), 0, 8, [gamma]))
    codes = (np.arange(1024) * 65535 // 1023).reshape(32, 32)
    write("grey16.png", png(codes, 0, 16))
    write("grey16-srgb.png", png(codes, 0, 16, [(b"sRGB", b"\0")]))
    write("rgb8.png", png(np.arange(24).reshape(2, 4, 3) * 10, 2, 8))
    write("rgb16.png", png(np.arange(24).reshape(2, 4, 3) * 2000, 2, 16))
    write("rgba8.png", png(np.arange(32).reshape(2, 4, 4) * 8, 6, 8))
    write("greya8.png", png(np.arange(16).reshape(2, 4, 2) * 16, 4, 8))
    rgba = np.arange(32).reshape(2, 4, 4) * 2000
    rgba[..., 3] = 65535
    write("rgba16.png", png(rgba, 6, 16))
    write("grey1.png", png(np.eye(3), 0, 1))
    palette = (b"PLTE", bytes([255, 0, 0, 0, 51, 204]))
    write("palette.png", png(np.array([[0, 1], [1, 0]]), 3, 8, [palette]))


if __name__ == "__main__":
    idx_files()
    npy_files()
    safetensors_files()
    png_files()
