"""The server under test: its configuration and its life."""

import argparse
import json
import pathlib
import signal
import subprocess
import time
import urllib.request

URL = "http://127.0.0.1:8088/janus"
PATIENCE_S = 30  # of everything that takes as long as it takes


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited too long for {what}")
        time.sleep(0.05)


def option_parser():
    """Of what each test of this kind is told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--output", required=True)
    return parser


class Server:
    """Started when made, with IPv4 only; its files are OUTPUT/NAME-penstock.{toml,log}."""

    def __init__(self, program, output, name, more_config=""):
        folder = pathlib.Path(output)
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / f"{name}-penstock.toml"
        config.write_text(f"[port]\nipv6 = ''\nhost_ipv6 = ''\n{more_config}")
        log = (folder / f"{name}-penstock.log").open("w")
        self._process = subprocess.Popen([program, "--config", config], stdout=log, stderr=log)

    def wait_until_it_answers(self):
        until("the server", self._answers)

    def stop(self):
        """Returns its exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE_S)

    def run(self, call):
        """Lets call(measured) run against it, prints what was measured, and returns as stop() does."""
        measured = {}
        try:
            self.wait_until_it_answers()
            call(measured)
        finally:
            print("measured:", json.dumps(measured), flush=True)
            status = self.stop()
        return status

    @staticmethod
    def _answers():
        try:
            return urllib.request.urlopen(f"{URL}/info", timeout=PATIENCE_S).status == 200
        except OSError:
            return False
