"""Deploy/drill/sessions [--probes 120] [--seed 1]

No session may be left behind at a camera: somebody else needs it. A real RTSP server counts what it is asked while
streams are probed one after another, past their deadlines, beyond the sessions that it serves, by a service that is
told to stop in the middle of them, while the server hangs, and by a service that is killed.

Whatever ends by itself must say goodbye: a TEARDOWN for every PLAY. What is killed cannot, nor can a visit whose SETUP
the server answered neither in time nor while the visit said goodbye: it knows no session. Then none may be left longer
than the server's own time-out.
"""

import collections
import concurrent.futures
import json
import os
import random
import signal
import subprocess
import sys
import time

from place import Failed, _die_with_the_drill, pause, say, wait_until
from road import Device, Road

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "counting_server.py")
CAMERAS = 8
# The server looks every tenth of a second; the rest is for a busy machine.
SLACK = 4


def add_options(parser):
    parser.add_argument("--probes", type=int, default=120, help="probes of each kind (120)")
    parser.add_argument("--timeout", type=int, default=10, help="the server's own time-out in seconds (10)")
    parser.add_argument("--seed", type=int, default=1, help="of the deadlines and moments (1)")


def quicken(options):
    options.probes, options.timeout = 24, 5


class CountingServer:
    """The server, and what it has said so far."""

    def __init__(self, place, name, *words):
        self.path = f"{place.folder}/{name}.ndjson"
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-B", SERVER, *words],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.DEVNULL,
                preexec_fn=_die_with_the_drill,
            )
        wait_until(f"{name} listens", 20, lambda: any("ready" in fact for fact in self.facts()))
        self.port = next(fact["ready"] for fact in self.facts() if "ready" in fact)

    def facts(self, after=0):
        if self.process.poll() is not None:
            raise Failed(f"the server itself has ended with {self.process.returncode}: see {self.path}")
        with open(self.path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")][after:]

    def url(self, name):
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    @property
    def open(self):
        return next((fact["open"] for fact in reversed(self.facts()) if "open" in fact), 0)

    def left_open(self, after):
        """Sessions that were set up since, and nobody has torn down; and how often each word was said."""
        counts, sessions = collections.Counter(), {}
        for fact in self.facts(after):
            if "asked" not in fact:
                continue
            counts[fact["asked"]] += 1
            if fact["session"]:
                sessions.setdefault(fact["session"], set()).add(fact["asked"])
        left = [name for name, words in sessions.items() if "teardown" not in words]
        played = sum("play" in words for words in sessions.values())
        goodbye = sum("play" in words and "teardown" in words for words in sessions.values())
        return left, counts, played, goodbye

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run(place, options):
    draw = random.Random(options.seed)
    server = CountingServer(place, "server", "--timeout", str(options.timeout))
    narrow = CountingServer(place, "narrow", "--timeout", str(options.timeout), "--sessions", "2")
    try:
        found = visits(place, options, server)
        found += deadlines(place, options, server, draw)
        found += refusals(place, options, narrow)
        found += stopped_server(place, options, server)
        return found + service(place, options, server, draw)
    finally:
        server.end()
        narrow.end()


def probe(place, *words):
    result = place.run("probe", *words, "--format", "json", seconds=60)
    try:
        answer = json.loads(result.stdout)
    except json.JSONDecodeError:
        raise Failed(f"wayside probe {' '.join(words)} ended with {result.returncode}: {result.stderr[-300:]}") from None
    return answer if isinstance(answer, list) else [answer]


def side_by_side(place, calls, lanes=4):
    with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
        answers = [answer for some in pool.map(lambda words: probe(place, *words), calls) for answer in some]
    return collections.Counter((answer["outcome"], answer.get("cause")) for answer in answers)


def goodbyes(name, server, options, after, said, least_played):
    """All that ended by themselves: no session that played without its goodbye."""
    wait = time.monotonic() + SLACK
    while server.left_open(after)[0] and time.monotonic() < wait:
        pause(0.1)
    left, counts, played, goodbye = server.left_open(after)
    words = ", ".join(f"{outcome}{' ' + cause if cause else ''} {count}" for (outcome, cause), count in sorted(said.items(), key=str))
    say(f"{name}: {words}; {counts['setup']} SETUP, {counts['play']} PLAY, {counts['teardown']} TEARDOWN, {len(left)} left")
    found = []
    if len(left) > played - goodbye:
        found += gone(f"{name}, the unanswered", server, options)
    if played != goodbye:
        found.append(f"{name}: {played} sessions played, {goodbye} of them were torn down")
    if played < least_played:
        found.append(f"{name}: only {played} sessions played, at least {least_played} were meant to")
    return found


def visits(place, options, server):
    """Availability and windows, all to their good end."""
    after = len(server.facts())
    batch = [server.url("quick")] * 6
    calls = [batch] * (options.probes // 6) + [[server.url("quick"), "--window", "2"]] * 4
    said = side_by_side(place, calls)
    found = goodbyes("visits", server, options, after, said, options.probes)
    return found + [f"visits: {pair} {count} times, all should be up" for pair, count in said.items() if pair[0] != "up"]


def deadlines(place, options, server, draw):
    """The time is over before the key frame, at any moment of the visit."""
    after = len(server.facts())
    calls = [
        [server.url("keyless"), "--deadline", f"{draw.uniform(0.1, 1.5):.2f}"] for _ in range(options.probes // 2)
    ]
    return goodbyes("deadlines", server, options, after, side_by_side(place, calls, lanes=6), options.probes // 10)


def refusals(place, options, server):
    """More at once than the server serves: it says that it is busy, and keeps nothing of it."""
    after = len(server.facts())
    calls = [[server.url("quick"), "--window", "2", "--deadline", "6"]] * (options.probes // 6)
    said = side_by_side(place, calls, lanes=6)
    found = goodbyes("refusals", server, options, after, said, 2)
    if said["unknown", "busy"] == 0:
        found.append("refusals: nobody was told that the server is busy")
    return found


def stopped_server(place, options, server):
    """The server hangs while it is asked. It may never read the goodbyes; then its time-out must end the sessions."""
    after = len(server.facts())
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(probe, place, server.url("keyless"), "--deadline", "2") for _ in range(6)]
        wait_until("sessions play", 10, lambda: server.left_open(after)[1]["play"] >= 3)
        server.process.send_signal(signal.SIGSTOP)
        said = collections.Counter((one["outcome"], one.get("cause")) for job in running for one in job.result())
        server.process.send_signal(signal.SIGCONT)
    return gone("stopped server", server, options, said)


def gone(name, server, options, said=None):
    """No session is left longer than the server's own time-out."""
    began = time.monotonic()
    while time.monotonic() - began < options.timeout + SLACK and server.open > 0:
        pause(0.1)
    left = server.open
    words = f"{left} sessions left after {time.monotonic() - began:.1f} s (its time-out is {options.timeout} s)"
    if said:
        words = ", ".join(f"{pair[0]} {pair[1] or ''} {count}" for pair, count in said.items()) + "; " + words
    say(f"{name}: {words}")
    return [f"{name}: {words}"] if left else []


def service(place, options, server, draw):
    """The service itself: told to stop in the middle of its visits, then killed in the middle of them."""
    devices = [Device(f"CAM-{number:02}", "camera", "stream") for number in range(1, CAMERAS + 1)]
    for device in devices:
        device.port = server.port
    Road(devices).write_inventory(place.inventory)
    with open(f"{place.inventory}/devices.csv", encoding="utf-8") as file:
        text = file.read()
    with open(f"{place.inventory}/devices.csv", "w", encoding="utf-8") as file:
        file.write(text.replace("/main,", "/keyless,"))
    place.write_settings()
    found, is_imported = [], False
    for turn in range(3):
        after = len(server.facts())
        run_of_service = place.start()
        run_of_service.wait_ready()
        if not is_imported:
            place.import_inventory()
            is_imported = True
        wait_until("visits are under way", 30, lambda: server.left_open(after)[1]["play"] >= CAMERAS)
        pause(draw.uniform(0, 2), run_of_service)
        wait_until("some are in the middle", 20, lambda: server.open >= 2, 0.02)
        under_way = server.open
        if turn < 2:
            code = run_of_service.stop()
            say(f"told to stop with {under_way} sessions open: ended with {code}")
            found += [] if code == 0 else [f"told to stop, the service ended with {code}"]
            found += goodbyes(f"cancellation {turn + 1}", server, options, after, collections.Counter(), CAMERAS)
        else:
            run_of_service.kill()
            say(f"killed with {under_way} sessions open")
            found += gone("kill -9", server, options)
    return found
