"""Deploy/drill/disk-full [--seconds 30]        (as root: it mounts a small file system of its own)

The disk under the journal fills. The service must say so loudly (log, console, metrics), go on running, and never
guess: what it can hold in memory is written once there is room, and what was lost by a kill in that time is unknown.
A start on the full disk must say why it cannot. Then the whole data folder, database included, meets a full disk.
"""

import datetime
import json
import os
import subprocess

import figures
from place import Failed, pause, say, wait_until
from road import small_road

JOURNAL_KB = 2_048
WHOLE_KB = 256 * 1_024


def add_options(parser):
    parser.add_argument("--seconds", type=float, default=30, help="how long each disk stays full (30)")


def quicken(options):
    options.seconds = 5


class SmallDisk:
    """A file system in memory over a folder, with ballast that fills it."""

    def __init__(self, folder, kilobytes):
        self.folder, self.ballast = folder, f"{folder}/ballast"
        os.makedirs(folder, exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=755", "wayside-drill", folder]
        result = subprocess.run(mount, capture_output=True, text=True)
        if result.returncode != 0:
            raise Failed(f"no file system can be mounted here: {result.stderr.strip()}")

    def fill(self, leaving=0):
        """Takes all the room but so many bytes."""
        room = os.statvfs(self.folder)
        size = max(0, room.f_bavail * room.f_frsize - leaving)
        with open(self.ballast, "ab") as file:
            os.posix_fallocate(file.fileno(), os.path.getsize(self.ballast), max(1, size))

    def free(self):
        os.unlink(self.ballast)

    def remove(self):
        subprocess.run(["umount", "--lazy", self.folder], check=False)


def run(place, options):
    if os.geteuid() != 0:
        raise Failed("this drill mounts a small file system: run it as root")
    road = small_road()
    road.start()
    road.write_inventory(place.inventory)
    place.write_settings()
    journal = SmallDisk(f"{place.data}/journal", JOURNAL_KB)
    try:
        found = journal_full(place, options, road, journal)
    finally:
        journal.remove()
    other = SmallDisk(f"{place.folder}/small", WHOLE_KB)
    try:
        return found + everything_full(place, options, other)
    finally:
        place.clear()
        other.remove()


def journal_full(place, options, road, disk):
    place.import_inventory()
    service = place.start()
    service.wait_ready()
    begun = datetime.datetime.now(figures.ZONE)
    pause(8, service)
    disk.fill(leaving=8_192)
    say("the journal's disk is nearly full")
    found = is_loud(place, service)
    road.set("HOST-01", "silent")
    road.set("CAM-A1", "silent")
    pause(options.seconds, service)
    held = place.metric("wayside_patrol_unsafe_entries")
    say(f"full for {options.seconds:.0f} s; {held:.0f} entries wait in memory, {service.memory() // 1024} MiB")
    disk.free()
    wait_until("it writes again once there is room", 30, lambda: "the journal takes entries again" in service.words)
    wait_until("ready again", 30, lambda: place.ask("/readyz")[0] == 200)
    wait_until("nothing waits", 10, lambda: (place.metric("wayside_patrol_unsafe_entries") or 0) < 20)
    say("there is room, and it writes again")
    pause(3, service)
    until = figures.known_until(place)
    differing, seen = figures.compare(place, begun, until, 1, moments=0)
    found += differing + gaps(seen, begun, until)

    # The same, and killed while it is full: what it held is lost, and that time must be unknown.
    road.mend()
    pause(6, service)
    said = service.words.count("the journal takes nothing")
    disk.fill()
    wait_until("it says so again", 60, lambda: service.words.count("the journal takes nothing") > said)
    full_from = datetime.datetime.now(figures.ZONE)
    road.set("HOST-02", "silent")
    road.set("CAM-B1", "refused")
    pause(options.seconds + 10, service)
    service.kill()
    found += start_when_full(place)
    disk.free()
    full_to = datetime.datetime.now(figures.ZONE)
    road.mend()
    service = place.start()
    service.wait_ready()
    pause(10, service)
    until = figures.known_until(place)
    differing, seen = figures.compare(place, begun, until, 1, moments=0)
    found += differing + unknown_between(place, seen, full_from, full_to, until)
    code = service.stop()
    return found + ([f"told to end, the service ended with {code}"] if code else [])


def is_loud(place, service):
    """Log, console and metrics say that the journal takes nothing."""
    found = []
    wait_until("the log says that the journal takes nothing", 60, lambda: "the journal takes nothing" in service.words)
    line = next(line for line in service.words.splitlines() if "the journal takes nothing" in line)
    say(line)
    if "critical" not in line or "full" not in line:
        found.append(f"the log's line is not loud or does not say why: {line}")
    pause(1, service)
    status, body = place.ask("/readyz")
    if "journal" not in body:
        found.append(f"/readyz ({status}) does not speak of the journal: {body[:300]}")
    status, body = place.ask("/api/v1/road")
    if "journal_refuses" not in body:
        for path in ("/api/v1/status", "/api/v1/health"):
            body += place.ask(path)[1]
    if "journal_refuses" not in body:
        found.append("the console's data does not say journal_refuses")
    pause(11, service)
    status, _ = place.ask("/readyz")
    if status == 200:
        found.append("after 11 s without a journal /readyz still says ready")
    return found


def start_when_full(place):
    """A start on the full disk ends with a clear word, or runs and says so."""
    service = place.start()
    try:
        pause(6, service)
    except Failed:
        words = service.words
        say(f"a start on the full disk ended with {service.ended}: {service.last_words(1)}")
        if service.ended != 3 or "full" not in words:
            return [f"a start on the full disk ended with {service.ended}: {service.last_words()}"]
        return []
    words = service.words
    service.kill()
    say("a start on the full disk runs" + (", and says so" if "the journal takes nothing" in words else ""))
    return [] if "the journal takes nothing" in words else ["a start on the full disk runs and says nothing of it"]


def gaps(seen, begun, until):
    """With room again everything that was seen is there: no track has a hole, nothing is unknown."""
    found, last = [], {}
    for line in seen:
        if "device" not in line:
            continue
        key, at = (line["device"], line["check"]), figures.instant(line["at"])
        if key in last and at - last[key] > datetime.timedelta(seconds=7):
            found.append(f"{key[0]}: what was seen between {figures.text(last[key])} and {line['at']} is lost")
        last[key] = at
    return found[:5]


def unknown_between(place, seen, start, end, until):
    """Of the time when nothing could be kept, only what an answer that was kept speaks for is known."""
    found, known, whole = [], 0, 0
    for rule, keys, valid in (
        ("drill-reach", ["HOST-02", "HOST-03"], 5_000),
        ("drill-stream", ["CAM-B1", "CAM-A2"], 8_000),
    ):
        for key in keys:
            words = ["--day", str(until.date()), "--rule", rule, "--rules-dir", place.rules, "--format", "json"]
            told = json.loads(place.command("explain", key, *place.data_words, *words))
            spoken = [figures.instant(line["at"]) for line in seen if line.get("device") == key]
            whole += figures.milliseconds(end - start)
            for interval in told["intervals"]:
                first, last = figures.instant(interval["from"]), figures.instant(interval["to"])
                first, last = max(first, start), min(last, end)
                if interval["class"] == "unknown" or first >= last:
                    continue
                known += figures.milliseconds(last - first)
                while first < last:
                    reach = [at for at in spoken if at <= first < at + datetime.timedelta(milliseconds=valid)]
                    if not reach:
                        found.append(f"{key}: {interval['class']} at {figures.text(first)}, and nobody said so")
                        break
                    first = max(reach) + datetime.timedelta(milliseconds=valid)
    say(f"of {whole / 1000:.0f} device-seconds on the full disk {(whole - known) / 1000:.0f} are unknown")
    if known > whole * 0.7:
        found.append("hardly any of the time on the full disk is unknown; did it fill at all?")
    return found


def everything_full(place, options, disk):
    """Journal and private database on one full disk, as on a small machine."""
    say("journal and database together on one small disk")
    place.data = f"{disk.folder}/data"
    os.mkdir(place.data)
    place.import_inventory()
    service = place.start()
    service.wait_ready()
    begun = datetime.datetime.now(figures.ZONE)
    pause(8, service)
    disk.fill()
    found = is_loud(place, service)
    pause(options.seconds, service)
    disk.free()
    wait_until("it writes again once there is room", 60, lambda: "the journal takes entries again" in service.words)
    wait_until("ready again", 90, lambda: place.ask("/readyz")[0] == 200)
    say("there is room, and it is ready again")
    pause(5, service)
    until = figures.known_until(place)
    differing, _ = figures.compare(place, begun, until, 1, moments=0)
    code = service.stop()
    return found + differing + ([f"told to end, the service ended with {code}"] if code else [])
