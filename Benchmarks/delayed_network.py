"""Ranks in network namespaces of one machine, every packet between them delayed.

    delayed_network.py --ranks 2 --delay 0.001 mpirun [options] program arguments

makes a namespace for each rank with one address, joins them by a program that holds every packet back
for a fixed time (this one: many kernels come without a delaying queue), starts mpirun so that each rank runs in
its own namespace, and clears everything away. Needs root, `ip` of iproute2 and Open MPI. Bandwidth is what
Python passes on, some hundreds of megabytes a second.
"""

import argparse
import ctypes
import fcntl
import heapq
import os
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

ADDRESS = "10.77.0."
MTU = 32000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    """Moves this thread into a network namespace, given as an open file."""
    if libc.setns(namespace.fileno(), 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "cannot enter a network namespace")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Namespaces:
    """One namespace for each rank, and the ends of their network devices."""

    def __init__(self, count):
        self.names = [f"lifted{i}" for i in range(1, count + 1)]
        self.devices = []

    def __enter__(self):
        for number, name in enumerate(self.names, 1):
            ip("netns", "add", name)
            self.devices.append(self.device(name))
            ip("-n", name, "addr", "add", f"{ADDRESS}{number}/24", "dev", "net0")
            ip("-n", name, "link", "set", "net0", "mtu", str(MTU), "up")
            ip("-n", name, "link", "set", "lo", "up")
        return self

    def device(self, name):
        with open("/proc/self/ns/net") as home, open(f"/run/netns/{name}") as away:
            enter(away)
            try:
                device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
                fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"net0", IFF_TUN | IFF_NO_PI))
            finally:
                enter(home)
        return device

    def __exit__(self, *_):
        for device in self.devices:
            os.close(device)
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False)


def carry(devices, delay, stop):
    """Passes packets on to the namespace of their destination, each `delay` seconds after it came."""
    waiting, number = [], 0
    while not stop.is_set():
        wait = 0.1 if not waiting else max(waiting[0][0] - time.perf_counter(), 0)
        for device in select.select(devices, [], [], wait)[0]:
            try:
                while True:
                    packet = os.read(device, MTU + 64)
                    target = packet[19] - 1
                    if packet[0] >> 4 == 4 and 0 <= target < len(devices):
                        number += 1
                        heapq.heappush(
                            waiting, (time.perf_counter() + delay, number, target, packet)
                        )
            except BlockingIOError:
                pass
        now = time.perf_counter()
        while waiting and waiting[0][0] <= now:
            _, _, target, packet = heapq.heappop(waiting)
            try:
                os.write(devices[target], packet)
            except BlockingIOError:
                pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ranks", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0.001, help="seconds, one way")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="mpirun and what it is to run")
    options = parser.parse_args()
    if not options.command:
        parser.error("nothing to run; give mpirun and a program")
    if os.geteuid() != 0 or not shutil.which("ip"):
        sys.exit("delayed_network.py needs root and the ip command (Debian: iproute2)")
    stop = threading.Event()
    with Namespaces(options.ranks) as spaces, tempfile.TemporaryDirectory() as folder:
        agent = os.path.join(folder, "agent")
        with open(agent, "w") as script:
            script.write('#!/bin/sh\nhost=$1; shift\nexec ip netns exec lifted${host##*.} sh -c "$*"\n')
        os.chmod(agent, 0o755)
        carrier = threading.Thread(target=carry, args=(spaces.devices, options.delay, stop))
        carrier.start()
        hosts = ",".join(f"{ADDRESS}{i}:1" for i in range(1, options.ranks + 1))
        program, *words = options.command
        network = ["--mca", "oob_tcp_if_include", "net0", "--mca", "btl_tcp_if_include", "net0"]
        command = ["ip", "netns", "exec", spaces.names[0], program, "-n", str(options.ranks)]
        command += ["-H", hosts, "--mca", "plm_rsh_agent", agent, "--mca", "btl", "tcp,self"]
        try:
            status = subprocess.run(command + network + words, check=False).returncode
        finally:
            stop.set()
            carrier.join()
    sys.exit(status)


if __name__ == "__main__":
    main()
