"""A machine with NICs that may be given to DPDK: a QEMU guest, emulated instruction by instruction.

Its network is that of the namespace that this runs in. One device carries the test's commands, the
others are on a bridge, br0, whose end of the link is 198.18.0.1 and fd00:198:18::1.
"""

import dataclasses
import json
import pathlib
import socket
import subprocess
import tempfile
import time

COMMANDS_ADDRESS = "198.19.0.2"
COMMANDS_PORT = 99
PATIENCE_S = 120  # of everything that takes as long as it takes


@dataclasses.dataclass(frozen=True)
class Nic:
    slot: int  # on the guest's PCI bus
    device: str  # as QEMU names it, with its properties
    queues: int = 1  # of a virtio device
    # Off: the device computes checksums itself, and the host's kernel verifies them. On: the host
    # takes those that are left to it for right.
    leaves_checksums: bool = True

    @property
    def pci_address(self):
        return f"0000:00:{self.slot:02x}.0"

    @property
    def tap(self):
        return f"nic{self.slot}"


def run(*command):
    """Returns what the command printed; raises with it if it fails."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stdout}")
    return done.stdout


def until(what, condition):
    """Waits for something true, and returns it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited too long for {what}")
        time.sleep(0.1)
    return result


def make_network(nics):
    run("ip", "tuntap", "add", "commands0", "mode", "tap")
    run("ip", "address", "add", "198.19.0.1/24", "dev", "commands0")
    run("ip", "link", "set", "commands0", "up")
    run(*"ip link add br0 type bridge stp_state 0 mcast_snooping 0".split())
    run(*"ip address add 198.18.0.1/24 dev br0".split())
    run(*"ip address add fd00:198:18::1/64 dev br0 nodad".split())
    # Neighbours that announce themselves are learned, as by routers.
    pathlib.Path("/proc/sys/net/ipv4/conf/br0/arp_accept").write_text("1")
    for nic in nics:
        several = ["multi_queue"] if nic.queues > 1 else []
        run("ip", "tuntap", "add", nic.tap, "mode", "tap", *several)
        run("ip", "link", "set", nic.tap, "mtu", "9000", "master", "br0", "up")
    run(*"ip link set br0 mtu 9000 up".split())


def qemu_arguments(nics, kernel, initramfs, folder, monitor):
    script = "script=no,downscript=no"
    # Without interrupt remapping vfio takes no device.
    arguments = f"""
        -machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 768M
        -nodefaults -no-reboot -display none
        -kernel {kernel} -initrd {initramfs}
        -serial file:{folder}/serial -qmp unix:{monitor},server=on,wait=off
        -device intel-iommu,intremap=on
        -netdev tap,id=commands,ifname=commands0,{script}
        -device virtio-net-pci,netdev=commands,addr=3,romfile=""".split()
    for nic in nics:
        queues = f",queues={nic.queues}" if nic.queues > 1 else ""
        header = "" if nic.leaves_checksums else ",vnet_hdr=off"
        arguments += ["-netdev", f"tap,id={nic.tap}-net,ifname={nic.tap}{queues}{header},{script}"]
        place = f"netdev={nic.tap}-net,id={nic.tap},addr={nic.slot},romfile="
        arguments += ["-device", f"{nic.device},{place}"]
    options = "console=ttyS0 quiet panic=-1 random.trust_cpu=on mitigations=off intel_iommu=on"
    return arguments + ["-append", options]


class Guest:
    """Booted when made: an init of tests/pci/guest in `initramfs`, whose NICs vfio-pci has."""

    def __init__(self, nics, kernel, initramfs, folder):
        self._serial = pathlib.Path(folder) / "serial"
        self._monitor_folder = tempfile.TemporaryDirectory()  # the path of a socket must be short
        self._monitor = f"{self._monitor_folder.name}/qmp"
        make_network(nics)
        arguments = qemu_arguments(nics, kernel, initramfs, folder, self._monitor)
        self._process = subprocess.Popen(
            ["qemu-system-x86_64", *arguments], stdin=subprocess.DEVNULL
        )
        try:
            until("the guest", self._is_up)
        except BaseException:
            self.end()
            raise

    def run(self, script, timeout_s=PATIENCE_S):
        """Runs a shell script; returns what it and all that it has started printed."""
        with socket.create_connection((COMMANDS_ADDRESS, COMMANDS_PORT), timeout_s) as commands:
            commands.sendall(f"exec 2>&1\n{script}\n".encode())
            commands.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: commands.recv(65536), b"")).decode()

    def set_link(self, nic, is_up):
        """Pulls the cable of a NIC, or plugs it in."""
        with socket.socket(socket.AF_UNIX) as monitor, monitor.makefile("rw") as stream:
            monitor.settimeout(PATIENCE_S)
            monitor.connect(self._monitor)
            stream.readline()  # its greeting
            for command, arguments in (
                ("qmp_capabilities", {}),
                ("set_link", {"name": nic.tap, "up": is_up}),
            ):
                stream.write(json.dumps({"execute": command, "arguments": arguments}))
                stream.flush()
                while "return" not in (reply := json.loads(stream.readline())):
                    if "error" in reply:
                        raise RuntimeError(f"QEMU: {reply['error']}")

    def end(self):
        self._process.kill()
        self._process.wait()
        self._monitor_folder.cleanup()

    def console(self):
        """What the guest's kernel said."""
        return self._serial.read_text(errors="replace") if self._serial.exists() else ""

    def _is_up(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"QEMU ended: {self.console()}")
        try:
            return "ready" in self.run("echo ready", timeout_s=2)
        except OSError:
            return False
