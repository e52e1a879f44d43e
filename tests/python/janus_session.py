"""A session of the Janus API over HTTP, with one handle of the VideoRoom plugin.

A thread of its own asks for events (long poll), which also keeps the session alive. Requests are
made by one other thread.
"""

import json
import queue
import threading
import urllib.request
import uuid

TIMEOUT_S = 35  # more than a long poll takes


class JanusSession:
    def __init__(self, url):
        self._url = url
        self._responses = queue.Queue()
        self.hangups = []  # reasons
        self._session = self._post(url, {"janus": "create"})["data"]["id"]
        self._handle = self._post(
            f"{url}/{self._session}", {"janus": "attach", "plugin": "janus.plugin.videoroom"}
        )["data"]["id"]
        self._is_open = True
        self._poller = threading.Thread(target=self._poll, daemon=True)
        self._poller.start()

    def request(self, body, jsep=None):
        """Sends a message to the plugin; returns its answer: (data, jsep or None)."""
        transaction = uuid.uuid4().hex
        message = {"janus": "message", "transaction": transaction, "body": body}
        if jsep:
            message["jsep"] = jsep
        event = self._post(f"{self._url}/{self._session}/{self._handle}", message)
        while event["janus"] == "ack" or event.get("transaction") != transaction:
            event = self._responses.get(timeout=TIMEOUT_S)
        data = event["plugindata"]["data"]
        if "error" in data:
            raise RuntimeError(data["error"])
        return data, event.get("jsep")

    def close(self):
        self._is_open = False
        self._post(f"{self._url}/{self._session}", {"janus": "destroy"})

    def _poll(self):
        while self._is_open:
            try:
                with urllib.request.urlopen(f"{self._url}/{self._session}", timeout=TIMEOUT_S) as got:
                    event = json.load(got)
            except OSError as error:
                if self._is_open:
                    self.hangups.append(f"no events any more: {error}")
                return
            if event.get("janus") == "hangup":
                self.hangups.append(event.get("reason"))
            elif "plugindata" in event:
                self._responses.put(event)

    @staticmethod
    def _post(url, message):
        message.setdefault("transaction", uuid.uuid4().hex)
        request = urllib.request.Request(url, json.dumps(message).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as got:
            reply = json.load(got)
        if reply["janus"] == "error":
            raise RuntimeError(reply["error"])
        return reply
