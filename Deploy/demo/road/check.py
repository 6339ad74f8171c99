"""The road's own check: every device answers, every break darkens what it should and nothing else."""

import base64
import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

import place
from plan import Plan

ANSWER_SECONDS = 1.5
ALL_ANSWER_SECONDS = 40
SYS_NAME = "1.3.6.1.2.1.1.5.0"
UPS_OUTPUT_SOURCE = "1.3.6.1.2.1.33.1.4.1.0"
POE_DETECTION_STATUS = "1.3.6.1.2.1.105.1.1.1.6.1"


class Asker:
    """Asks the devices of a road the way a collector would, from this machine's own network."""

    def __init__(self, laid):
        self.devices = laid["devices"]
        plan = Plan(os.path.join(laid["folder"], "inventory"))
        self.viewers = plan.viewers
        self.memory = tempfile.TemporaryDirectory(prefix="wayside-check-")
        # The community goes into a file and not among the arguments, which everybody may read.
        with open(os.path.join(self.memory.name, "snmp.conf"), "w", encoding="utf-8") as file:
            file.write(f"defVersion 2c\ndefCommunity {next(iter(plan.communities.values()))}\n")

    def device(self, label):
        return next(device for device in self.devices if device["label"] == label)

    def value(self, device, oid):
        """The value that the device's agent gives, or None."""
        words = [
            "snmpget",
            "-Oqvt",
            "-r0",
            f"-t{ANSWER_SECONDS}",
            f"{device['address']}:{device['port']}",
            oid,
        ]
        environment = {**os.environ, "SNMPCONFPATH": self.memory.name, "MIBS": ""}
        done = subprocess.run(words, capture_output=True, text=True, env=environment)
        return done.stdout.strip() if done.returncode == 0 and "No Such" not in done.stdout else None

    def connects(self, device):
        """Whether the camera's port takes a connection."""
        try:
            with socket.create_connection((device["address"], device["port"]), ANSWER_SECONDS):
                return True
        except OSError:
            return False

    def answers(self, device):
        """Whether the device answers its own protocol."""
        if device["kind"] != "camera":
            return self.value(device, SYS_NAME) is not None
        try:
            with socket.create_connection((device["address"], device["port"]), ANSWER_SECONDS) as connection:
                url = f"rtsp://{device['address']}:{device['port']}{device['path']}"
                connection.sendall(f"OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
                return connection.recv(64).startswith(b"RTSP/1.0 ")
        except OSError:
            return False

    def silent(self, devices=None):
        """The labels of those that do not answer."""
        asked = list(devices or self.devices)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return {device["label"] for device, ok in zip(asked, pool.map(self.answers, asked)) if not ok}

    def without_picture(self):
        """The labels of the cameras that give no first frame to a viewer with the right password."""
        cameras = [device for device in self.devices if device["kind"] == "camera"]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            return {
                device["label"]
                for device, ok in zip(cameras, pool.map(self._gives_a_frame, cameras))
                if not ok
            }

    def _gives_a_frame(self, device):
        user, password = self.viewers.get(device["credential"], ("", ""))
        words = ["/usr/bin/python3", "-B", os.path.join(place.HERE, "first_frame.py")]
        url = f"rtsp://{device['address']}:{device['port']}{device['path']}"
        asked = "\n".join((url, user, base64.b64encode(password.encode()).decode())) + "\n"
        return subprocess.run(words, input=asked, capture_output=True, text=True).returncode == 0


def wait_until_all_answer(laid):
    """Asks until everybody answers; the labels of those who did not in time."""
    asker = Asker(laid)
    waiting = {device["label"] for device in asker.devices if device["is_reached"] and not device["is_hung"]}
    deadline = time.monotonic() + ALL_ANSWER_SECONDS
    while waiting and time.monotonic() < deadline:
        waiting = asker.silent([device for device in asker.devices if device["label"] in waiting])
    return sorted(waiting)


class Check:
    """Counts what held and what did not."""

    def __init__(self):
        self.failures = 0

    def that(self, text, holds, detail=""):
        print(
            f"{'ok  ' if holds else 'FAIL'} {text}{'' if holds or not detail else ': ' + str(detail)}",
            flush=True,
        )
        self.failures += 0 if holds else 1


def run():
    """Prints one line a promise; 0 if all are kept, 1 if not, 2 if a road is up already."""
    try:
        place.ask({"verb": "status"})
        print("the demo road is up: take it down first (Deploy/demo/down)", file=sys.stderr)
        return 2
    except place.NotUp:
        pass
    check = Check()
    try:
        _promises(check)
    finally:
        _command("down")
    print("all promises kept" if check.failures == 0 else f"{check.failures} promises broken")
    return 0 if check.failures == 0 else 1


def _promises(check):
    check.that("the road comes up", _command("up") == 0)
    check.that("up again changes nothing", _command("up") == 0)
    laid = place.ask({"verb": "status"})
    asker = Asker(laid)
    everybody = {device["label"] for device in asker.devices}
    check.that("every device answers", not asker.silent(), asker.silent())
    dark = asker.without_picture()
    check.that("every camera gives a first frame to who may see it", not dark, dark)
    guarded = [d for d in asker.devices if d["kind"] == "camera" and d["credential"]]
    open_cameras = {d["label"] for d in guarded if _is_open(d)}
    check.that("who has no password gets no picture", not open_cameras, open_cameras)
    _breaks(check, asker, laid["mode"], everybody)
    _mains(check, asker)
    _keeper_killed(check, asker, laid)
    _command("down")
    check.that("after down nothing of the road is left", not _left(), _left())
    check.that("down again changes nothing", _command("down") == 0)


def _breaks(check, asker, mode, everybody):
    def behind(*labels):
        return set(labels) | {d["label"] for d in asker.devices if d["upstream"] in labels}

    under_aggregation = everybody - {"GW-1"}
    cases = [
        (["cam", "K12+300"], {"K12+300"}),
        (["stream", "K22+350"], {"K22+350"}),
        (["switch", "SW-2"], behind("SW-2")),
        (["link", "SW-4"], behind("SW-4")),
        (["switch", "AGG-1"], under_aggregation),
        (["gateway"], everybody),
        (["link"], everybody),
        (["ups"], {"UPS-1"}),
        (["network"], everybody),
    ]
    for words, expected in cases:
        said = " ".join(words)
        _command("break", *words)
        silent = asker.silent()
        check.that(
            f"break {said} darkens {len(expected)} and no other", silent == expected, silent ^ expected
        )
        if words[0] == "cam":
            check.that("its switch's port feeds it no more", _feeding(asker, "SW-1", 4) == "2")
        if words[0] == "stream" and mode == "namespaces":
            check.that("a hung camera still takes connections", asker.connects(asker.device(words[1])))
        if words[0] in ("gateway", "network") and mode == "namespaces":
            answers = _centre_answers(asker)
            check.that(
                f"the centre {'answers' if words[0] == 'gateway' else 'is cut off too'}",
                answers == (words[0] == "gateway"),
            )
        _command("repair", *words)
        late = wait_until_all_answer(place.ask({"verb": "status"}))
        check.that(f"repair {said} brings all back", not late, late)
    _command("break", "cam", "K12+300")
    _command("break", "link", "SW-1")
    _command("repair", "link", "SW-1")
    silent = _settled(asker, {"K12+300"})
    check.that("a repaired cable does not repair the camera behind it", silent == {"K12+300"}, silent)
    _command("repair", "all")
    check.that("repair all brings all back", not wait_until_all_answer(place.ask({"verb": "status"})))


def _mains(check, asker):
    fed = {d["label"] for d in asker.devices if d["upstream"] in ("SW-3", "SW-4")} | {"SW-3", "SW-4"}
    ups = asker.device("UPS-1")
    check.that("the UPS runs on the mains", asker.value(ups, UPS_OUTPUT_SOURCE) == "3")
    _command("break", "mains", "8")
    check.that("without mains it runs on its battery", asker.value(ups, UPS_OUTPUT_SOURCE) == "5")
    check.that("which holds its cabinets", not asker.silent())
    silent = _settled(asker, fed)
    check.that("until it is empty: then they go dark, and no other", silent == fed, silent ^ fed)
    check.that("and the UPS says so", asker.value(ups, UPS_OUTPUT_SOURCE) == "2")
    _command("repair", "mains")
    late = wait_until_all_answer(place.ask({"verb": "status"}))
    check.that("repair mains brings all back", not late and asker.value(ups, UPS_OUTPUT_SOURCE) == "3", late)


def _keeper_killed(check, asker, laid):
    pid = _keeper_pid(laid["folder"])
    os.kill(pid, signal.SIGKILL)
    while os.path.exists(f"/proc/{pid}"):
        time.sleep(0.05)
    silent = asker.silent()
    check.that("a killed keeper takes every process with it", len(silent) == len(asker.devices), silent)
    check.that("up mends what it left", _command("up") == 0 and not asker.silent())


def _keeper_pid(folder):
    """The process that holds the control socket, by asking the kernel who is at the other end."""
    import struct

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.path.join(folder, "control"))
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        connection.sendall(b'{"verb": "status"}\n')
        while connection.recv(65_536):
            pass
    return struct.unpack("3i", credentials)[0]


def _settled(asker, expected):
    """Asks until exactly these are silent, at most the time that repairs may take; who was silent last."""
    deadline = time.monotonic() + ALL_ANSWER_SECONDS
    silent = asker.silent()
    while silent != expected and time.monotonic() < deadline:
        silent = asker.silent()
    return silent


def _feeding(asker, switch, port):
    return asker.value(asker.device(switch), f"{POE_DETECTION_STATUS}.{port}")


def _centre_answers(asker):
    """Whether the collector's own neighbour answers: it refuses a connection, which is an answer."""
    road = asker.device("GW-1")["address"].split(".")
    centre = f"{road[0]}.{int(road[1]) + 1}.0.254"
    try:
        socket.create_connection((centre, 9), ANSWER_SECONDS).close()
        return True
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


def _is_open(device):
    with socket.create_connection((device["address"], device["port"]), ANSWER_SECONDS) as connection:
        url = f"rtsp://{device['address']}:{device['port']}{device['path']}"
        connection.sendall(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        return not connection.recv(64).startswith(b"RTSP/1.0 401")


def _left():
    """What of the road is still on this machine."""
    shown = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    left = [line.split()[0] for line in shown.splitlines() if line.startswith("wayside-")]
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout
    routes = subprocess.run(["ip", "-4", "route"], capture_output=True, text=True).stdout
    return (
        left
        + [f"link {w}" for w in ("wayside0",) if w in links]
        + [r for r in routes.splitlines() if "198.1" in r]
    )


def _command(*words):
    done = subprocess.run(["/usr/bin/python3", "-B", place.HERE, *words], stdout=subprocess.DEVNULL)
    return done.returncode
