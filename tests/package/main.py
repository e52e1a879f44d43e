"""The Debian package: made, installed in a root of its own, started as systemd would start it, and
removed. Usage: main.py --build FOLDER --output FOLDER, within tests/browser/in_namespace.

The root is the machine's own with a layer on top (overlayfs), so that what the package depends on
is there, and nothing of it stays. systemd itself does not run: its unit is checked by
systemd-analyze, and what Type=notify and a watchdog need is asked of the program.
"""

import argparse
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

PATIENCE_S = 20
WATCHDOG_S = 0.4
PAGE = "http://127.0.0.1:8088/"
UNIT = "lib/systemd/system/penstock.service"
FILES = [
    "usr/bin/penstock", UNIT, "lib/sysusers.d/penstock.conf", "etc/penstock/penstock.toml",
    "usr/share/doc/penstock/penstock.toml", "usr/share/doc/penstock/operating.md",
    "usr/share/doc/penstock/penstock-dpdk.conf",
]


def require(condition, what):
    if not condition:
        raise SystemExit(f"failed: {what}")


def run(*command, **options):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    require(done.returncode == 0, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}")
    return done.stdout


def make_package(build, output):
    run("cpack", "--config", build / "CPackConfig.cmake", "-B", output)
    packages = list(output.glob("penstock_*.deb"))
    require(len(packages) == 1, f"one package is made, not {packages}")
    return packages[0]


def make_root(output):
    """The machine's root with a layer on top. It goes with the mount namespace."""
    layers = output / "layers"
    layers.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", layers)
    for name in ("upper", "work", "root"):
        (layers / name).mkdir()
    root = layers / "root"
    run("mount", "-t", "overlay", "overlay", "-o",
        f"lowerdir=/,upperdir={layers}/upper,workdir={layers}/work", root)
    for name in ("proc", "sys", "dev"):
        run("mount", "--rbind", f"/{name}", root / name)
    for name in ("run", "tmp"):
        run("mount", "-t", "tmpfs", "tmpfs", root / name)
    return root


def within(root, *command):
    return run("chroot", root, *command)


def check_unit(root):
    said = within(root, "systemd-analyze", "verify", "--man=no", f"/{UNIT}")
    require(said.strip() == "", f"systemd-analyze has nothing to say of the unit: {said}")
    text = (root / UNIT).read_text()
    for line in ("Type=notify", "WatchdogSec=", "NoNewPrivileges=yes", "User=penstock"):
        require(line in text, f"the unit has {line}")


class Service:
    """The program as the unit starts it: its user, its capabilities, a socket for what it says."""

    def __init__(self, root):
        self.notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = root / "run/notify"
        self.notifications.bind(str(path))
        path.chmod(0o777)
        self.notifications.settimeout(0.1)
        self.told = []
        capabilities = "+net_bind_service,+net_admin"
        self.process = subprocess.Popen(
            ["chroot", root, "setpriv", "--reuid=penstock", "--regid=penstock", "--init-groups",
             f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}", "--no-new-privs",
             "/usr/bin/penstock", "--config", "/etc/penstock/penstock.toml"],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))},
            stdout=sys.stdout, stderr=subprocess.STDOUT)

    def listen(self, what, is_enough):
        deadline = time.monotonic() + PATIENCE_S
        while not is_enough():
            require(self.process.poll() is None or "STOPPING=1" in self.told, "the program runs")
            require(time.monotonic() < deadline, f"waited for {what}: {self.told}")
            try:
                self.told += self.notifications.recv(4096).decode().splitlines()
            except TimeoutError:
                pass

    def check(self):
        self.listen("READY=1", lambda: "READY=1" in self.told)
        with urllib.request.urlopen(PAGE, timeout=PATIENCE_S) as answer:
            require(b"Penstock" in answer.read(), "the page is served")
        self.listen("the watchdog", lambda: self.told.count("WATCHDOG=1") >= 5)
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        require("\nUid:\t0\t" not in status, "it does not run as root")
        self.process.send_signal(signal.SIGTERM)
        self.listen("STOPPING=1", lambda: "STOPPING=1" in self.told)
        require(self.process.wait(PATIENCE_S) == 0, "it ends with 0")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    output = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("penstock_*.deb"):
        old.unlink()
    package = make_package(options.build.resolve(), output)
    root = make_root(output)
    (root / "tmp/penstock.deb").write_bytes(package.read_bytes())
    within(root, "dpkg", "--install", "/tmp/penstock.deb")
    for file in FILES:
        require((root / file).exists(), f"{file} is installed")
    check_unit(root)
    require("good" in within(root, "penstock", "--config", "/etc/penstock/penstock.toml", "--check-config"),
            "the configuration is good")
    Service(root).check()
    within(root, "dpkg", "--purge", "penstock")
    for file in FILES:
        require(not (root / file).exists(), f"{file} is removed")
    require("penstock:" not in (root / "etc/passwd").read_text(), "its user is removed")
    print(f"measured: package of {package.stat().st_size / 1e6:.1f} MB")
    os._exit(0)


main()
