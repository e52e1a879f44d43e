"""The program under test, in the guest: its configuration, its life and what it says."""

import re
import urllib.request

from guest import COMMANDS_ADDRESS, PATIENCE_S

SIGNALLING_URL = f"ws://{COMMANDS_ADDRESS}:8188"

# Two workers, and the peers of a room on both.
CONFIG = """
[port]
driver = "pci:{nic.pci_address}"
ipv4 = "{ipv4}/24"
ipv6 = "{ipv6}/64"
descriptors = 2048
[workers]
count = 2
room_peers_max = 1
[signalling]
address = "0.0.0.0"
[admin]
address = "0.0.0.0"
[limits]
rooms = 8
participants = 32
publishers = 16
subscriptions = 128
"""


class PenstockInGuest:
    """Runs on one of the guest's NICs, when made: a program that serves, or that has ended."""

    def __init__(self, guest, nic):
        self.ipv4 = f"198.18.0.{nic.slot}"
        self.ipv6 = f"fd00:198:18::{nic.slot}"
        self._guest = guest
        self._files = f"/tmp/{nic.slot}"
        config = CONFIG.format(nic=nic, ipv4=self.ipv4, ipv6=self.ipv6)
        guest.run(f"cat >{self._files}.toml <<'END'\n{config}\nEND")
        guest.run(
            f"""(
              penstock --config {self._files}.toml &
              echo $! >{self._files}.pid
              wait $!
              echo $? >{self._files}.status
            ) </dev/null >{self._files}.log 2>&1 &"""
        )
        self._wait_for(f"grep -q 'to join a call' {self._files}.log || [ -e {self._files}.status ]")
        if self._guest.run(f"cat {self._files}.status 2>/dev/null"):
            raise RuntimeError(f"it does not start: {self.log()}")

    def log(self):
        return self._guest.run(f"cat {self._files}.log")

    def start_another(self):
        """On the same NIC; returns its exit status and what it said."""
        said = self._guest.run(f"penstock --config {self._files}.toml; echo status $?")
        text, status = said.rsplit("status ", 1)
        return int(status), text

    def stop(self):
        """By SIGTERM; returns the exit status."""
        self._guest.run(f"kill -TERM $(cat {self._files}.pid)")
        self._wait_for(f"[ -s {self._files}.status ]")
        return int(self._guest.run(f"cat {self._files}.status"))

    def metric(self, name, reason=""):
        """The sum over its labels, or over those with this reason."""
        url = f"http://{COMMANDS_ADDRESS}:7089/metrics"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as got:
            lines = got.read().decode().splitlines()
        samples = [
            line
            for line in lines
            if re.match(rf"penstock_{name}[ {{]", line) and (f'reason="{reason}"' in line or not reason)
        ]
        if not samples:
            raise RuntimeError(f"no metric {name}")
        return sum(float(line.rsplit(" ", 1)[1]) for line in samples)

    def _wait_for(self, condition):
        self._guest.run(f"until {condition}; do sleep 0.2; done")
