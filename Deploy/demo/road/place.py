"""Where the road keeps what it needs while it runs, and how its commands talk to it."""

import json
import os
import socket

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.dirname(HERE)

ROOT_FOLDER = "/run/wayside-demo"
REPLY_SECONDS = 60


class NotUp(Exception):
    """The road is not up."""


def own_folder():
    """The folder of a road that this user would start."""
    chosen = os.environ.get("WAYSIDE_DEMO_STATE")
    if chosen:
        return os.path.abspath(chosen)
    if os.geteuid() == 0:
        return ROOT_FOLDER
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return os.path.join(runtime, "wayside-demo") if runtime else f"/tmp/wayside-demo-{os.getuid()}"


def known_folders():
    """Where a road that is up may be found: the user's own, then the machine's."""
    return list(dict.fromkeys([own_folder(), ROOT_FOLDER]))


def ask(request, folders=None):
    """Sends one request to the road's keeper and returns its reply; raises NotUp when nobody is there."""
    for folder in folders or known_folders():
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(REPLY_SECONDS)
            try:
                connection.connect(os.path.join(folder, "control"))
                connection.sendall(json.dumps(request).encode() + b"\n")
                reply = b""
                while chunk := connection.recv(65_536):
                    reply += chunk
            except (FileNotFoundError, ConnectionError):
                continue
        if not reply:
            raise NotUp(
                "the road's keeper went away without an answer; its log is in " + os.path.join(folder, "log")
            )
        return json.loads(reply)
    raise NotUp("the demo road is not up: start it with Deploy/demo/up")
