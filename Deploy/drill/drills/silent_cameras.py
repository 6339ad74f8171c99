"""Deploy/drill/silent-cameras [--seconds 60]

Twenty-four cameras take the connection and never say a word. Each must see one session at a time and never two, every
question must end by its deadline as a timeout, and the healthy neighbours must be asked on time and stay online.
"""

import collections
import datetime

import figures
import told
from place import pause, say, wait_until
from road import Device, Road

SILENT, HEALTHY = 24, 8
DEADLINE_MS, SLACK_MS = 2_000, 250


def add_options(parser):
    parser.add_argument("--seconds", type=float, default=60, help="how long (60)")


def quicken(options):
    options.seconds = 15


def run(place, options):
    devices = [Device(f"MUTE-{number:02}", "camera", "stream", state="silent") for number in range(1, SILENT + 1)]
    devices += [Device(f"WELL-{number:02}", "camera", "stream") for number in range(1, HEALTHY + 1)]
    devices += [Device(f"HOST-{number:02}", "server", "reach") for number in range(1, 5)]
    road = Road(devices)
    road.start()
    road.write_inventory(place.inventory)
    place.write_settings(place.start_receivers())
    place.import_inventory()
    service = place.start()
    service.wait_ready()
    begun = datetime.datetime.now(figures.ZONE)
    pause(3, service)
    before = service.descriptors(), service.memory()
    pause(options.seconds, service)
    after = service.descriptors(), service.memory()
    say(f"descriptors {before[0]} → {after[0]}, memory {before[1] // 1024} → {after[1] // 1024} MiB")
    found = []
    if after[0] > before[0] + SILENT + HEALTHY:
        found.append(f"descriptors grow from {before[0]} to {after[0]}")
    most = {device.key: device.most_sessions for device in devices if device.check == "stream"}
    found += [f"{key} saw {count} sessions at once" for key, count in most.items() if count > 1]
    found += [f"{device.key} was hardly asked ({device.asked})" for device in devices if device.asked < 4]
    wait_until(
        "every mute camera has a ticket",
        30,
        lambda: place.sql(f"SELECT count(*) FROM fault_ticket WHERE {told.LIVE}") == [[str(SILENT)]],
    )
    until = figures.known_until(place)
    differing, seen = figures.compare(place, begun, until, 1)
    found += differing + answers(seen)
    code = service.stop()
    return found + ([f"told to end, the service ended with {code}"] if code else [])


def answers(seen):
    found, counts, longest, last = [], collections.Counter(), 0, {}
    for line in seen:
        if "device" not in line:
            continue
        key, outcome, took = line["device"], line["outcome"], line["took_ms"]
        family = key.split("-")[0]
        counts[family, outcome, line["cause"]] += 1
        at = figures.instant(line["at"])
        if family == "MUTE":
            longest = max(longest, took)
            if (outcome, line["cause"]) != ("down", "timeout"):
                found.append(f"{key} at {line['at']}: {outcome} {line['cause']}, not a timeout")
            if took > DEADLINE_MS + SLACK_MS:
                found.append(f"{key} at {line['at']} took {took} ms, deadline {DEADLINE_MS}")
        else:
            if outcome != "up":
                found.append(f"{key} at {line['at']}: {outcome} {line['cause']}, but it is well")
            if key in last and at - last[key] > datetime.timedelta(seconds=4.5):
                found.append(f"{key} was not asked between {figures.text(last[key])} and {line['at']}")
            last[key] = at
    said = ", ".join(f"{family} {outcome} {cause or ''} {count}" for (family, outcome, cause), count in counts.items())
    say(f"answers: {said}; the longest wait for a mute one {longest} ms")
    return found[:20]
