"""The same figures by two ways: what the service's ledger says of a day, and what its journal says by replay."""

import datetime
import json
import os
import random

from place import Failed, say

ZONE = datetime.timezone(datetime.timedelta(hours=8))
DAY_MS = 86_400_000


def instant(text):
    return datetime.datetime.fromisoformat(text)


def text(moment):
    return moment.astimezone(ZONE).isoformat(timespec="milliseconds")


def milliseconds(delta):
    return delta // datetime.timedelta(milliseconds=1)


def day_start(day):
    return datetime.datetime.fromisoformat(day).replace(tzinfo=ZONE)


def known_until(place):
    """Up to where the ledger of a running service knows."""
    status, body = place.ask("/readyz")
    if status != 200:
        raise Failed(f"/readyz says {status}: {body[:300]}")
    return instant(json.loads(body)["health"]["known_until"])


def rules(place):
    return sorted(
        name[: -len(".yaml")]
        for name in os.listdir(place.rules)
        if name.endswith(".yaml") and ".vectors." not in name
    )


def report(place, rule, day, known_at):
    words = ["--rule", rule, "--day", day, "--as-known-at", text(known_at), "--format", "json"]
    return json.loads(place.command("report", "daily", *place.data_words, "--rules-dir", place.rules, *words))


def replay(place, rule, day, known_at, observations):
    words = ["--inventory", place.inventory, "--observations", observations]
    words += ["--rule", f"{place.rules}/{rule}.yaml", "--day", day, "--as-known-at", text(known_at)]
    return json.loads(place.command("replay", *words, "--format", "json"))


def export(place, name="journal.ndjson"):
    path = f"{place.folder}/{name}"
    place.command("journal", "export", "--data-dir", place.data, "--out", path)
    return path


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def differences(one, other):
    """What differs between report and replay, in words; outages are the report's own."""
    found = []
    for key in ("day", "until", "provisional", "rule", "groups"):
        if one.get(key) != other.get(key) and key != "groups":
            found.append(f"{key}: {json.dumps(one.get(key))[:300]} ≠ {json.dumps(other.get(key))[:300]}")
    left = {(row["device"], row["facet"]): row for row in one["devices"]}
    right = {(row["device"], row["facet"]): row for row in other["devices"]}
    for key in sorted(left.keys() | right.keys()):
        if left.get(key) != right.get(key):
            a, b = left.get(key) or {}, right.get(key) or {}
            fields = {f: (a.get(f), b.get(f)) for f in a.keys() | b.keys() if a.get(f) != b.get(f)}
            words = "; ".join(f"{field} {_short(pair)}" for field, pair in sorted(fields.items()))
            found.append(f"{key[0]} {key[1]}: report ≠ replay in {words}")
    # Groups are made of devices: said only when they differ by themselves.
    if not found and one.get("groups") != other.get("groups"):
        found.append(f"groups: {json.dumps(one['groups'])[:400]} ≠ {json.dumps(other['groups'])[:400]}")
    return found


def _short(pair):
    """Only what differs of two values."""
    one, other = pair
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [key for key in one if one.get(key) != other.get(key)]
        return "{" + ", ".join(f"{key}: {_short((one[key], other.get(key)))}" for key in keys) + "}"
    return f"{one} ≠ {other}"


def summed(words, found):
    """The first of them, and how many more."""
    if not found:
        return []
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return [f"{words}: {found[0]}{more}"]


def check_sums(sheet):
    """Every millisecond of every device's day is in exactly one class."""
    start = day_start(sheet["day"])
    whole = DAY_MS if sheet["until"] is None else milliseconds(instant(sheet["until"]) - start)
    return [
        f"{row['device']}: its classes sum to {sum(row['ms'].values())} of {whole} ms"
        for row in sheet["devices"]
        if sum(row["ms"].values()) != whole
    ]


def compare(place, begun, until, seed, moments=3):
    """Report and replay of every rule, now and as known at a few instants before; answers what differs."""
    observations = export(place)
    draw = random.Random(seed)
    span = milliseconds(until - begun)
    instants = [until] + [
        begun + datetime.timedelta(milliseconds=draw.randrange(span // 10, span)) for _ in range(moments)
    ]
    found, compared, different, largest = [], 0, 0, None
    for known_at in instants:
        # The day before is final or provisional by then; the drill may have crossed midnight.
        days = {known_at.astimezone(ZONE).date(), begun.astimezone(ZONE).date()}
        for day in sorted(str(day) for day in days):
            if day_start(day) >= known_at:
                continue
            for rule in rules(place):
                one = report(place, rule, day, known_at)
                other = replay(place, rule, day, known_at, observations)
                words = f"rule {rule}, day {day}, as known at {text(known_at)}"
                found += summed(words, differences(one, other)) + [f"{words}: {sum}" for sum in check_sums(one)]
                compared += len(one["devices"])
                different += len(differences(one, other))
                if rule == "drill-stream" and known_at == until:
                    largest = one
    seen = lines(observations)
    say(f"{len(seen)} journal lines; {compared} device-days compared, at {len(instants)} instants: {different} differ")
    if largest:
        totals = {}
        for row in largest["devices"]:
            for name, value in row["ms"].items():
                totals[name] = totals.get(name, 0) + value
        say("cameras in all: " + ", ".join(f"{n} {v / 1000:.0f} s" for n, v in totals.items() if v))
    return found, seen


def journal_faults(seen, now):
    """What must never stand in a journal: the same probe twice, an instant in the future, a track that runs back."""
    found, last, known = [], {}, set()
    for line in seen:
        if "device" not in line:
            continue
        key = (line["device"], line["check"], line.get("hop", "direct"))
        at = instant(line["at"])
        if (key, at) in known:
            found.append(f"{key} at {line['at']} stands there twice")
        known.add((key, at))
        if at > now:
            found.append(f"{key} at {line['at']} lies in the future")
        if key in last and at < last[key]:
            found.append(f"{key}: {line['at']} comes after {text(last[key])}")
        last[key] = at
    return found[:20]
