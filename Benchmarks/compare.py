#!/usr/bin/env python3
"""Compares our training step with PyTorch eager's on the same network, batch and threads.

Two worker processes answer timing requests in turn, so that only one computes at a time; every
round visits all cases in a new order. The ratio is taken within a round, where both met the same
machine. See Benchmarks/README.md for the protocol and for how to read the table.
"""

import argparse
import datetime
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OURS = ROOT / ".build" / "release" / "lifted-benchmarks"
SETTLE_SECONDS = 0.02  # lets the spinning threads of the worker that has just answered fall asleep


@dataclass(frozen=True)
class Case:
    """What one row of the table times: single steps, or one pass over `samples` rows."""

    network: str
    batch: int
    steps: int
    samples: int = 0

    @property
    def name(self):
        return f"{self.network}, batch {self.batch}" + (", epoch" if self.samples else "")

    def request(self, method):
        request = {
            "network": self.network, "batch": self.batch, "method": method, "steps": self.steps
        }
        return {**request, "samples": self.samples} if self.samples else request

    def milliseconds(self, seconds):
        """The time of a step (median of the round) or of the whole pass."""
        return 1e3 * (sum(seconds) if self.samples else statistics.median(seconds))


@dataclass
class Measurement:
    """The round times of a case in milliseconds, one entry a round."""

    ours: list = field(default_factory=list)
    reference: list = field(default_factory=list)

    @property
    def ratios(self):
        return [a / b for a, b in zip(self.ours, self.reference)]


class Worker:
    """A process that answers timing requests, one JSON line each."""

    def __init__(self, label, command, threads):
        self.label = label
        arguments = [*command, "serve", "--threads", str(threads)]
        try:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            sys.exit(f"compare.py: cannot start {arguments[0]}: {error.strerror}")

    def seconds(self, request):
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())["seconds"]
        except (BrokenPipeError, json.JSONDecodeError, KeyError, TypeError):
            sys.exit(f"compare.py: {self.label} gave no times for {json.dumps(request)}")
        if len(answer) != request["steps"]:
            sys.exit(f"compare.py: {self.label} timed {len(answer)} of {request['steps']} steps")
        time.sleep(SETTLE_SECONDS)
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def cases(quick, only):
    """All cases, or those of some networks."""
    steps = 5 if quick else 20
    shapes = [("784-256-256-10", 100), ("784-256-256-10", 1000), ("784x5", 100), ("784x5", 1000)]
    shapes += [("lenet", 100), ("pnn", 16), ("20x512", 64), ("10x100", 64)]
    samples = 6_000 if quick else 60_000
    epoch = Case("784-256-256-10", 100, samples // 100, samples)
    listed = [Case(network, batch, steps) for network, batch in shapes] + [epoch]
    return [case for case in listed if not only or case.network in only]


def measure(ours, reference, rounds, listed, method):
    """Runs the rounds; within each, cases come in a new order and so do the two workers."""
    measurements = {case: Measurement() for case in listed}
    order = random.Random(0)
    for number in range(1, rounds + 1):
        progress(f"\rround {number} of {rounds}")
        for case in order.sample(listed, len(listed)):
            measurement = measurements[case]
            turns = [(ours, measurement.ours), (reference, measurement.reference)]
            for worker, times in order.sample(turns, 2):
                times.append(case.milliseconds(worker.seconds(case.request(method))))
    progress("\r" + " " * 24 + "\r")
    return measurements


def progress(text):
    if sys.stderr.isatty():
        print(text, end="", file=sys.stderr, flush=True)


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def output_of(*command):
    """The first line a command prints, or "unknown" where it is missing or fails."""
    try:
        run = subprocess.run(command, cwd=ROOT, text=True, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return (run.stdout.strip().splitlines() or ["unknown"])[0]


def processor():
    if platform.system() == "Darwin":
        return output_of("sysctl", "-n", "machdep.cpu.brand_string")
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def surroundings(python):
    """The machine and the versions, so that a table can be judged later."""
    versions = "import torch, numpy; print(torch.__version__, numpy.__version__)"
    torch_version, _, numpy_version = output_of(python, "-c", versions).partition(" ")
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load before": round(os.getloadavg()[0], 2),
        "PyTorch": torch_version,
        "NumPy": numpy_version,
        "Python": output_of(python, "-c", "import platform; print(platform.python_version())"),
        "Swift": output_of("swift", "--version"),
        "OpenBLAS": output_of("pkg-config", "--modversion", "openblas"),
        "commit": output_of("git", "describe", "--always", "--dirty"),
    }


def row(case, measurement):
    ratios = measurement.ratios
    low, high = quartiles(ratios)
    return [
        case.name,
        f"{statistics.median(measurement.ours):.2f}",
        f"{statistics.median(measurement.reference):.2f}",
        f"{statistics.median(ratios):.2f}",
        f"{low:.2f} .. {high:.2f}",
        f"{min(ratios):.2f} .. {max(ratios):.2f}",
    ]


def table(measurements, labels):
    """An aligned Markdown table."""
    head = ["case", f"{labels[0]} ms", f"{labels[1]} ms", "ratio", "quartiles", "min .. max"]
    rows = [head] + [row(case, measurement) for case, measurement in measurements.items()]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(head))]
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]

    def line(cells):
        texts = [cells[0].ljust(widths[0])]
        texts += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return "| " + " | ".join(texts) + " |"

    return "\n".join(line(cells) for cells in [head, rule, *rows[1:]])


def write(path, text):
    """Writes by way of a sibling, so that no reader meets half a file."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    partial.replace(path)


def save(folder, now, settings, machine, measurements, text):
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{now:%Y-%m-%d-%H%M%S}"
    entries = [
        {
            "network": case.network, "batch": case.batch, "steps": case.steps,
            "samples": case.samples, "ours_ms": measurement.ours,
            "reference_ms": measurement.reference,
        }
        for case, measurement in measurements.items()
    ]
    record = {
        "date": now.isoformat(), "settings": settings, "machine": machine, "cases": entries
    }
    write(stem.with_suffix(".json"), json.dumps(record, indent=2) + "\n")
    write(stem.with_suffix(".md"), text)
    return stem


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: all cores")
    parser.add_argument("--rounds", type=int, help="default: 15, or 3 with --quick")
    parser.add_argument("--quick", action="store_true", help="few short rounds: a look, no result")
    parser.add_argument(
        "--only", nargs="+", choices=sorted({case.network for case in cases(False, None)}),
        help="networks to time (default: all)",
    )
    parser.add_argument("--method", default="contrastive", help="our method (default: %(default)s)")
    parser.add_argument("--ours", default=str(OURS), help="our worker (default: %(default)s)")
    parser.add_argument("--python", default=sys.executable, help="the Python that has torch")
    parser.add_argument(
        "--self", action="store_true", help="PyTorch against itself: the ratios must be near 1"
    )
    parser.add_argument("--results", type=Path, default=HERE / "results", help="output folder")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 15)
    if options.threads < 1 or options.rounds < 1:
        parser.error("--threads and --rounds must be at least 1")
    return options


def main():
    options = arguments()
    now = datetime.datetime.now()
    machine = surroundings(options.python)
    pytorch = [options.python, str(HERE / "pytorch_steps.py")]
    ours = Worker("ours", pytorch if options.self else [options.ours], options.threads)
    reference = Worker("PyTorch", pytorch, options.threads)
    measurements = measure(
        ours, reference, options.rounds, cases(options.quick, options.only), options.method
    )
    ours.close()
    reference.close()

    settings = {
        "threads": options.threads, "rounds": options.rounds, "quick": options.quick,
        "ours": "PyTorch itself" if options.self else options.method,
    }
    labels = ("PyTorch" if options.self else "Lifted", "PyTorch")
    facts = [f"{key}: {value}" for key, value in {**settings, **machine}.items()]
    text = table(measurements, labels) + "\n\n" + "\n".join(f"- {fact}" for fact in facts) + "\n"
    print(text)
    stem = save(options.results, now, settings, machine, measurements, text)
    print(f"Saved {stem}.json and {stem.name}.md")


if __name__ == "__main__":
    main()
