"""The real program on PCI NICs: main.py --server PATH --load PATH --kernel FOLDER --output FOLDER

In a guest whose NICs are emulated, and so are faults of real ones. Expects a network namespace of
its own (tests/browser/in_namespace). Prints what it measured on one line, and exits with 1 at the
first thing that is not as it should be. Everything waited for has a limit (guest.PATIENCE_S).
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import time

from guest import Guest, Nic, run, until
from penstock_in_guest import SIGNALLING_URL, PenstockInGuest

# As clouds have it: several queues without RSS, and an MTU below Ethernet's. A frame that does not
# fit a packet buffer comes in several.
VIRTIO = Nic(
    7, "virtio-net-pci,disable-legacy=on,iommu_platform=on,mq=on,vectors=6,host_mtu=1460", queues=2
)
# One queue, which two workers share; checksums verified and computed by the NIC; a link that takes
# its time.
E1000E = Nic(8, "e1000e", leaves_checksums=False)
VIRTIO_RSS = Nic(
    9, "virtio-net-pci,disable-legacy=on,iommu_platform=on,mq=on,rss=on,vectors=6", queues=2
)
OVERSIZE_FRAMES = 200
PEERS_IPV6 = "fd00:198:18::1"  # every datagram has a checksum there


def check(what, is_so):
    if not is_so:
        raise RuntimeError(f"not so: {what}")


def check_contains(text, *parts):
    for part in parts:
        check(f"{part!r} in {text}", part in text)


def ping(penstock):
    for address in (penstock.ipv4, penstock.ipv6):
        run("ping", "-n", "-c", "3", "-i", "0.2", "-w", "30", address)


def load_command(options, seconds, *more):
    return [options.load, "--server", SIGNALLING_URL, "--publishers", "2", "--subscribers", "2",
            "--pps", "50", "--payload", "1000", "--warmup", "1", "--seconds", str(seconds),
            *more]  # fmt: skip


def call(options, penstock, *more):
    """Two that send and two that receive, over both workers. Returns what was lost, in percent."""
    figures = pathlib.Path(options.output) / "call.json"
    handed_over = penstock.metric("handed_over_total")
    run(*load_command(options, 3, *more), "--quiet", "--json", str(figures))
    result = json.loads(figures.read_text())
    lost = 100 * result["lost_packets"] / (result["lost_packets"] + result["received_packets"])
    # A machine that is busy with other things keeps the guest from its NIC for a while.
    check(f"media arrives: {lost} % of it was lost", lost < 10)
    check("packets cross workers", penstock.metric("handed_over_total") > handed_over)
    return round(lost, 2)


def send_oversize_frames(penstock):
    command = ["ping", "-n", "-q", "-f", "-c", str(OVERSIZE_FRAMES), "-w", "3", "-s", "4000"]
    subprocess.run([*command, penstock.ipv4], stdout=subprocess.DEVNULL, check=False)
    ping(penstock)


def pull_cable(guest, nic, penstock):
    until("the link", lambda: penstock.metric("port_link_up") == 1)
    for is_up, line in (
        (False, "the data port's link is down"),
        (True, "the data port's link is up, after"),
    ):
        changes = penstock.metric("port_link_changes_total")
        run("ip", "neighbour", "flush", "dev", "br0")
        guest.set_link(nic, is_up)
        until("news of the link", lambda: penstock.metric("port_link_changes_total") > changes)
        check("the link is as it is", penstock.metric("port_link_up") == is_up)
        check_contains(penstock.log(), line)
    # Nobody has asked for it.
    until("an announcement", lambda: "lladdr" in run("ip", "neighbour", "show", penstock.ipv4))
    ping(penstock)


def stop(penstock):
    """Nothing may be left of any packet that came: not of oversize ones, nor of calls."""
    check("it ends with status 0", penstock.stop() == 0)
    check_contains(penstock.log(), "lifetimes: every pool at its baseline")
    check(f"no error in {penstock.log()}", " error " not in penstock.log())


def test_virtio(options, guest, measured):
    penstock = PenstockInGuest(guest, VIRTIO)
    check_contains(penstock.log(), "MTU 1460", "2 queue pair(s) for 2 worker(s)")
    ping(penstock)
    measured["virtio, lost %"] = call(options, penstock)
    send_oversize_frames(penstock)
    refused = penstock.metric("drops_total", reason="frame_too_large")
    check(f"oversize frames are counted: {refused}", 0 < refused <= OVERSIZE_FRAMES)
    status, said = penstock.start_another()
    check(f"a NIC in use is refused: {status}", status == 1)
    check_contains(said, "no DPDK driver took", "another program has the device")
    pull_cable(guest, VIRTIO, penstock)
    stop(penstock)


def test_e1000e(options, guest, measured):
    penstock = PenstockInGuest(guest, E1000E)
    check_contains(penstock.log(), "MTU 1500", "1 queue pair(s) for 2 worker(s)")
    check_contains(penstock.log(), "checksums verified by the driver, those of UDP computed")
    check_contains(penstock.log(), "2048 receive rings + 2048 transmit rings")
    ping(penstock)
    measured["e1000e over IPv6, lost %"] = call(options, penstock, "--bind", PEERS_IPV6)
    send_oversize_frames(penstock)
    pull_cable(guest, E1000E, penstock)
    forwarded = penstock.metric("media_forwarded_total")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(load_command(options, 60), **quiet) as peers:
        until("a call", lambda: penstock.metric("media_forwarded_total") > forwarded + 200)
        stop(penstock)
        peers.terminate()


def test_rss(options, guest, measured):
    penstock = PenstockInGuest(guest, VIRTIO_RSS)
    check_contains(penstock.log(), "MTU 1500", "2 queue pair(s) for 2 worker(s)")
    ping(penstock)
    measured["virtio with RSS, lost %"] = call(options, penstock)
    stop(penstock)


@contextlib.contextmanager
def guest_of(options, measured):
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    kernels = list(pathlib.Path(options.kernel).glob("boot/vmlinuz-*"))
    for program in ("qemu-system-x86_64", "busybox", "cpio"):
        check(f"{program} is installed; remedy: ./tools/setup", shutil.which(program))
    check(f"a kernel in {options.kernel}; remedy: ./tools/setup", kernels)
    initramfs = output / "initramfs"
    make = pathlib.Path(__file__).parent / "make_initramfs"
    run(str(make), options.server, options.kernel, str(initramfs))
    started = time.monotonic()
    guest = Guest([VIRTIO, E1000E, VIRTIO_RSS], kernels[0], initramfs, output)
    measured["boot, s"] = round(time.monotonic() - started, 1)
    try:
        yield guest
    except BaseException:
        print(guest.run("tail -n +1 /tmp/*.log"), guest.console(), file=sys.stderr)
        raise
    finally:
        guest.end()


def main():
    parser = argparse.ArgumentParser()
    for name in ("server", "load", "kernel", "output"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    measured = {}
    started = time.monotonic()
    with guest_of(options, measured) as guest:
        test_virtio(options, guest, measured)
        test_e1000e(options, guest, measured)
        test_rss(options, guest, measured)
    measured["all, s"] = round(time.monotonic() - started, 1)
    print("measured:", json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
