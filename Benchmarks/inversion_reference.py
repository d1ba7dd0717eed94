#!/usr/bin/env python3
"""Instances and answers for the inversion of one layer, made without Lifted.

    python3 -m venv .venv-reference && .venv-reference/bin/pip install numpy cvxpy
    .venv-reference/bin/python Benchmarks/inversion_reference.py problems
    .venv-reference/bin/python Benchmarks/inversion_reference.py perceptron --picture P.npy --folder F

`problems` solves small problems min_u c B(f, W u + b) + alpha J(u) by CVXPY (Clarabel) and writes them with
their answers to Tests/LiftedTests/Fixtures/inversion.json, which a test reads.

`perceptron` writes weight.npy, offset.npy, noise.npy and truth.npy for
`lifted-benchmarks inversion perceptron --folder F`: 512 random units that look at a picture of 64 x 64.
"""
import argparse
import json
import pathlib

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIDE, OUTPUTS = 4, 14


def activations():
    """Name, sigma, Phi, and Phi^* as a CVXPY expression; Phi at numbers inside the range."""
    import cvxpy as cp

    def clip_conjugate(z):
        # Phi^* of an interval: 1/2 ||.||^2 and its support function, infimally convolved.
        v = cp.Variable(z.shape)
        return cp.sum_squares(z - v) / 2 + cp.sum(cp.maximum(-0.5 * v, 0.8 * v))

    def soft_conjugate(z):
        return cp.sum_squares(cp.pos(cp.abs(z) - 0.3)) / 2

    def tanh_conjugate(z):
        return cp.sum(cp.logistic(2 * z) - z) - z.size * np.log(2)

    def tanh_phi(y):
        return np.sum(y * np.arctanh(y) + np.log1p(-y * y) / 2)

    return {
        "relu": (lambda z: np.maximum(z, 0), lambda y: y @ y / 2,
                 lambda z: cp.sum_squares(cp.pos(z)) / 2),
        "softThreshold": (lambda z: np.sign(z) * np.maximum(np.abs(z) - 0.3, 0),
                          lambda y: y @ y / 2 + 0.3 * np.abs(y).sum(), soft_conjugate),
        "clip": (lambda z: np.clip(z, -0.5, 0.8), lambda y: y @ y / 2, clip_conjugate),
        "tanh": (np.tanh, tanh_phi, tanh_conjugate),
    }


def regularisers():
    """J as a CVXPY expression and the constraints that belong to it."""
    import cvxpy as cp

    def variation(u):
        picture = cp.reshape(u, (SIDE, SIDE), order="C")
        right = cp.hstack([cp.diff(picture, axis=1), np.zeros((SIDE, 1))])
        down = cp.vstack([cp.diff(picture, axis=0), np.zeros((1, SIDE))])
        both = cp.vstack([cp.vec(right, order="C"), cp.vec(down, order="C")])
        return cp.sum(cp.norm(both, 2, axis=0))

    return {
        "tikhonov": lambda u: (cp.sum_squares(u) / 2, []),
        "l1": lambda u: (cp.norm1(u), []),
        "box": lambda u: (0, [u >= 0, u <= 0.7]),
        "totalVariation": lambda u: (variation(u), []),
    }


def problem(generator, name, regulariser, alpha):
    import cvxpy as cp

    sigma, phi, conjugate = activations()[name]
    weight = np.round(generator.standard_normal((OUTPUTS, SIDE * SIDE)) / 3, 3)
    bias = np.round(generator.standard_normal(OUTPUTS) / 4, 3)
    truth = np.where(np.arange(SIDE * SIDE) % SIDE < 2, 0.9, 0.1)
    measured = sigma(weight @ truth + bias) + 0.02 * generator.standard_normal(OUTPUTS)
    low, high = {"relu": (0, 9), "softThreshold": (-9, 9), "clip": (-0.5, 0.8), "tanh": (-0.99, 0.99)}[name]
    measured = np.round(np.clip(measured, low, high), 3)
    u = cp.Variable(SIDE * SIDE)
    z = weight @ u + bias
    value, constraints = regularisers()[regulariser](u)
    fidelity = conjugate(z) - measured @ z + phi(measured)
    task = cp.Problem(cp.Minimize(fidelity / OUTPUTS + alpha * value), constraints)
    task.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    assert task.status == cp.OPTIMAL, task.status
    return {
        "activation": name, "regulariser": regulariser, "alpha": alpha,
        "weight": weight.ravel().tolist(), "bias": bias.tolist(),
        "measurement": measured.tolist(), "objective": float(task.value),
        "unknown": np.round(u.value, 7).tolist(),
    }


def problems(arguments):
    generator = np.random.default_rng(7)
    answers = [problem(generator, name, regulariser, 0.01)
               for name in activations() for regulariser in regularisers()]
    path = pathlib.Path(arguments.output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"problems": answers}) + "\n")
    print(f"{len(answers)} problems: {path}")


def perceptron(arguments):
    generator = np.random.default_rng(0)
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.load(arguments.picture)
    assert picture.shape == (64, 64), f"a picture of {picture.shape}, not 64 x 64"
    np.save(folder / "weight.npy", generator.standard_normal((512, picture.size)))
    np.save(folder / "offset.npy", generator.standard_normal(512))
    np.save(folder / "noise.npy", generator.standard_normal(512))
    np.save(folder / "truth.npy", picture)
    print(f"weight.npy, offset.npy, noise.npy, truth.npy: {folder}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    small = commands.add_parser("problems")
    small.add_argument("--output", default=ROOT / "Tests/LiftedTests/Fixtures/inversion.json")
    small.set_defaults(run=problems)
    large = commands.add_parser("perceptron")
    large.add_argument("--picture", required=True, help="NPY, 64 x 64, in [0, 1]")
    large.add_argument("--folder", required=True)
    large.set_defaults(run=perceptron)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
