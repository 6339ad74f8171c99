#!/usr/bin/env python3
"""hindsight - an independent, slow and plain reading of contracts.md sections 1 to 5.

It prints what `wayside replay --format json` must print, and shares no code with it. Nothing here is clever: every
instant at which anything can change is collected, and each elementary interval between two of them is judged straight
from the written rules. All figures are Python integers. It expects good files (refusals are the other program's matter).
"""
from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Iterable

import yaml

DAY_MS = 86_400_000
ZONE_MS = 8 * 3_600_000                     # the local day is UTC+8, always
FOREVER = 10**18                            # "the end of time"
DEFAULT_VALID_MS = {"reach": 125_000, "snmp": 125_000, "stream": 610_000, "picture": 3_620_000, "recording": 7_230_000}
FACET_CHECKS = {"reachability": ("reach", "snmp"), "stream": ("stream",), "picture": ("picture",), "recording": ("recording",)}
ONLINE, ABNORMAL, OFFLINE, UNKNOWN = "online", "abnormal", "offline", "unknown"
STATUSES = ("online", "abnormal", "offline", "upstream", "unknown")
CLASSES = STATUSES + tuple("exempt_" + s for s in STATUSES) + ("uncommissioned",)


# ---------------------------------------------------------------- time (head of the contract)

def day_start(day: date) -> int:
    """Milliseconds (UTC, proleptic ordinal based) of the local 00:00."""
    return day.toordinal() * DAY_MS - ZONE_MS


def day_of(instant: int) -> date:
    return date.fromordinal((instant + ZONE_MS) // DAY_MS)


def parse_instant(text: str) -> int:
    """RFC 3339 with an offset, cut (not rounded) to the millisecond."""
    m = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", text.strip())
    if m is None:
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    day, hh, mm, ss, fraction, sign, oh, om = m.groups()
    offset = (int(oh) * 60 + int(om)) * 60_000 if sign else 0
    clock = ((int(hh) * 60 + int(mm)) * 60 + int(ss)) * 1000 + int(((fraction or "") + "000")[:3])
    return date.fromisoformat(day).toordinal() * DAY_MS + clock - (-offset if sign == "-" else offset)


def format_instant(instant: int) -> str:
    rest = (instant + ZONE_MS) % DAY_MS
    h, m, s, ms = rest // 3_600_000, rest // 60_000 % 60, rest // 1000 % 60, rest % 1000
    return f"{day_of(instant).isoformat()}T{h:02d}:{m:02d}:{s:02d}.{ms:03d}+08:00"


def clock_ms(text: str) -> int:
    return (int(text[:2]) * 60 + int(text[3:])) * 60_000


# ---------------------------------------------------------------- inventory (section 1)

@dataclass
class Device:
    key: str
    kind: str
    organization: str
    maintainer: str
    road: str
    position_class: int
    upstream: tuple[str, ...]
    checks: tuple[str, ...]
    in_service_from: int
    in_service_to: int

    def in_service(self, t: int) -> bool:
        """From `commissioned_on` 00:00, until `retired_on` 00:00."""
        return self.in_service_from <= t < self.in_service_to


@dataclass
class Inventory:
    parents: dict[str, str]                                       # organization -> parent
    devices: dict[str, Device]
    moves: list[dict[str, str]]                                   # assignments.csv, by from_day
    days: dict[date, dict[str, Device]] = field(default_factory=dict)

    def on(self, day: date) -> dict[str, Device]:
        """The devices as they are assigned on `day` at 00:00, hence all day."""
        if day not in self.days:
            devices = {k: Device(**vars(d)) for k, d in self.devices.items()}
            for move in self.moves:
                if date.fromisoformat(move["from_day"]) <= day:
                    device = devices[move["device"]]
                    for column in ("organization", "maintainer", "road"):
                        if move.get(column):                      # an empty field stays as it was
                            setattr(device, column, move[column])
                    if move.get("upstream"):
                        device.upstream = () if move["upstream"] == "none" else keys(move["upstream"])
            self.days[day] = devices
        return self.days[day]

    def ancestry(self, organization: str) -> list[str]:
        """The organization itself and everything above it."""
        line = []
        while organization:
            line.append(organization)
            organization = self.parents.get(organization, "")
        return line


def keys(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    return [{k: (v or "").strip() for k, v in row.items() if k} for row in reader]


def read_inventory(folder: Path) -> Inventory:
    parents = {r["key"]: r.get("parent", "") for r in rows(folder / "organizations.csv")}
    devices = {}
    for r in rows(folder / "devices.csv"):
        def of(column: str) -> str:
            return r.get(column, "")
        if of("checks") == "none":
            checks: tuple[str, ...] = ()
        elif of("checks"):
            checks = keys(of("checks"))
        else:                                                     # section 1: empty `checks`
            checks = tuple(check for check, wanted in (
                ("reach", of("address")), ("snmp", of("address") and of("snmp")),
                ("stream", of("stream_url") or of("platform_url"))) if wanted)
        devices[r["key"]] = Device(
            r["key"], of("kind"), of("organization"), of("maintainer"), of("road"), int(of("position_class") or 0),
            keys(of("upstream")), checks,
            day_start(date.fromisoformat(of("commissioned_on"))) if of("commissioned_on") else -FOREVER,
            day_start(date.fromisoformat(of("retired_on"))) if of("retired_on") else FOREVER)
    moves = sorted(rows(folder / "assignments.csv"), key=lambda r: r["from_day"])
    return Inventory(parents, devices, moves)


# ---------------------------------------------------------------- rule (section 5)

@dataclass
class Rule:
    document: dict[str, Any]
    sha256: str
    misses: int
    hits: int
    valid_for: dict[str, int]
    hops: tuple[str, ...]
    facet: str
    weight: int
    minimum_coverage: int
    lateness: int

    def at(self, *path: str) -> Any:
        """What the document says at a path; None where it says nothing."""
        here: Any = self.document
        for step in path:
            here = here.get(step) if isinstance(here, dict) else None
        return here


def thousandths(text: str) -> int:
    return int(Decimal(text) * 1000)


def read_rule(path: Path) -> Rule:
    def plain(x: Any) -> Any:                                     # BaseLoader keeps decimals as text
        if isinstance(x, dict):
            return {k: plain(v) for k, v in x.items()}
        if isinstance(x, list):
            return [plain(v) for v in x]
        return None if x in ("null", "~", "", "Null", "NULL") else x
    data = path.read_bytes()
    document = plain(yaml.load(data, Loader=yaml.BaseLoader))
    rule = Rule(document, hashlib.sha256(data).hexdigest(), 0, 0, {}, (), document["facet"], 0, 0, 0)
    rule.misses, rule.hits = int(rule.at("status", "misses_to_confirm")), int(rule.at("status", "hits_to_recover"))
    rule.valid_for = DEFAULT_VALID_MS | {k: int(v) for k, v in (rule.at("status", "valid_for_ms") or {}).items() if v}
    rule.hops = tuple(rule.at("status", "hops") or ["direct"])
    rule.weight = thousandths(rule.at("abnormal_weight") or "1")
    rule.minimum_coverage = thousandths(rule.at("unknown", "minimum_coverage") or "0")
    rule.lateness = int(rule.at("lateness_ms") or 0)
    return rule


# ---------------------------------------------------------------- observations (section 2, rule 3.1)

@dataclass(frozen=True)
class Observation:
    at: int
    outcome: str


Machine = tuple[str, str, str]                                    # device, check, hop


def json_lines(path: Path) -> Iterable[dict[str, Any]]:
    for line in path.read_text("utf-8-sig").split("\n"):
        if line.strip():
            yield {k: v for k, v in json.loads(line).items() if v is not None}


def read_informative(path: Path, known_at: int) -> dict[Machine, list[Observation]]:
    """Rule 3.1: known at T, not voided, not unknown; one an instant, in the order down, abnormal, up."""
    records, voids = [], []
    for r in json_lines(path):
        if parse_instant(r.get("received_at", r.get("at"))) <= known_at:
            (voids if "void" in r else records).append(r)
    best: dict[Machine, dict[int, str]] = {}
    worst_first = ("down", "abnormal", "up")
    for r in records:
        at = parse_instant(r["at"])
        if r["outcome"] == "unknown" or any(voided(r, at, v["void"]) for v in voids):
            continue
        line = best.setdefault((r["device"], r["check"], r.get("hop", "direct")), {})
        line[at] = min(line.get(at, "up"), r["outcome"], key=worst_first.index)
    return {m: [Observation(at, line[at]) for at in sorted(line)] for m, line in best.items()}


def voided(record: dict[str, Any], at: int, void: dict[str, Any]) -> bool:
    def admits(name: str, value: str) -> bool:
        return void.get(name) is None or value in void[name]
    return (parse_instant(void["from"]) <= at < parse_instant(void["to"])
            and admits("devices", record["device"]) and admits("checks", record["check"])
            and void.get("collector") in (None, record.get("collector", "centre")))


# ---------------------------------------------------------------- the fold (rules 3.2 to 3.5, and the error bars of section 5)

Span = tuple[int, int, str]                                       # [from, to), status


class Timeline:
    """A status at every instant, given as spans; where spans overlap the earlier listed wins; elsewhere unknown."""

    def __init__(self, spans: list[Span]):
        self.instants = sorted({t for a, b, _ in spans for t in (a, b)})
        self.values = [next((s for a, b, s in spans if a <= t < b), UNKNOWN) for t in self.instants]

    def at(self, t: int) -> str:
        i = bisect_right(self.instants, t)
        return self.values[i - 1] if i else UNKNOWN


def fold(line: list[Observation], valid: int, misses: int, hits: int) -> dict[str, Timeline]:
    """The machine of one (device, check, hop): as judged, and widened for `low` and `high`."""
    chains: list[list[Observation]] = []
    for o in line:                                                # rule 2: equality is no gap
        if chains and o.at <= chains[-1][-1].at + valid:
            chains[-1].append(o)
        else:
            chains.append([o])
    judged, low, high = [], [], []
    for chain in chains:
        spans = fold_chain(chain, valid, misses, hits)
        judged += spans
        for b, e, status in spans:
            if status == OFFLINE:
                before = [o.at for o in chain if o.at < b]
                last_miss = max(o.at for o in chain if b <= o.at < e and o.outcome == "down")
                low.append((before[-1] + 1 if before else b, e, OFFLINE))
                high += [(b, last_miss + 1, OFFLINE), (last_miss + 1, e, ONLINE)]
    return {"judged": Timeline(judged), "low": Timeline(low + judged), "high": Timeline(high + judged)}


def fold_chain(chain: list[Observation], valid: int, misses: int, hits: int) -> list[Span]:
    runs: list[list[Observation]] = []                            # rule 3
    for o in chain:
        if runs and (runs[-1][0].outcome == "down") == (o.outcome == "down"):
            runs[-1].append(o)
        else:
            runs.append([o])
    status = UNKNOWN                                              # rule 2: each chain starts from unknown
    changes = [(chain[0].at, UNKNOWN)]
    for run in runs:
        if run[0].outcome == "down":                              # rule 4
            if status != OFFLINE and len(run) >= misses:
                status = OFFLINE
                changes.append((run[0].at, status))
        elif status != OFFLINE or len(run) >= hits:               # rule 5
            for o in run:
                status = ONLINE if o.outcome == "up" else ABNORMAL
                changes.append((o.at, status))
    ends = [at for at, _ in changes[1:]] + [chain[-1].at + valid]
    return [(at, end, s) for (at, s), end in zip(changes, ends) if at < end]


# ---------------------------------------------------------------- statuses, upstreams, classes (rule 3.6 and after)

class World:
    """Everything known at T about one day under one rule."""

    def __init__(self, inventory: Inventory, informative: dict[Machine, list[Observation]], rule: Rule, day: date):
        self.inventory, self.rule = inventory, rule
        self.devices = inventory.on(day)
        self.machines = {
            (d.key, check, hop): fold(informative.get((d.key, check, hop), []), rule.valid_for[check], rule.misses, rule.hits)
            for d in self.devices.values() for check in d.checks for hop in self.hops(check)}

    def hops(self, check: str) -> tuple[str, ...]:
        return ("direct",) if check in ("reach", "snmp") else self.rule.hops

    def status(self, device: Device, facet: str, t: int, reading: str = "judged") -> str:
        """Rule 6."""
        of_checks = set()
        for check in FACET_CHECKS[facet]:
            if check in device.checks:
                of_hops = [self.machines[device.key, check, hop][reading].at(t) for hop in self.hops(check)]
                of_checks.add(min(of_hops, key=(ONLINE, ABNORMAL, OFFLINE, UNKNOWN).index))
        of_checks -= {UNKNOWN}
        if not of_checks:
            return UNKNOWN
        return of_checks.pop() if len(of_checks) == 1 else ABNORMAL

    def hangs_on_nothing(self, device: Device, t: int) -> bool:
        """It has upstream devices in service, and all of them are down."""
        above = [u for u in (self.devices[k] for k in device.upstream) if u.in_service(t)]
        return bool(above) and all(self.down(u, t) for u in above)

    def down(self, device: Device, t: int) -> bool:
        if not device.checks:                                     # not monitored: replaced by its own upstreams
            return self.hangs_on_nothing(device, t)
        answers = "reach" in device.checks or "snmp" in device.checks
        return self.status(device, "reachability" if answers else "stream", t) == OFFLINE

    def class_of(self, device: Device, t: int, exempt: list[tuple[int, int]], reading: str) -> str:
        if not device.in_service(t):
            return "uncommissioned"
        status = self.status(device, self.rule.facet, t, reading)
        # A millisecond offline only by widening is never upstream: it must be offline as judged, too.
        if status == OFFLINE == self.status(device, self.rule.facet, t) and self.hangs_on_nothing(device, t):
            status = "upstream"
        return ("exempt_" if any(a <= t < b for a, b in exempt) else "") + status


# ---------------------------------------------------------------- exemptions (section 4)

def read_accepted(path: Path, rule: Rule, known_at: int) -> list[dict[str, Any]]:
    """The exemptions that are known at T and that the rule accepts for its facet."""
    accepted = []
    within = rule.at("exemptions", "approved_within_ms")
    for r in json_lines(path):
        r["from"], r["to"] = parse_instant(r["from"]), parse_instant(r["to"])
        if ("approved_at" in r and parse_instant(r["approved_at"]) <= known_at
                and not ("revoked_at" in r and parse_instant(r["revoked_at"]) <= known_at)
                and r["class"] in (rule.at("exemptions", "accept") or [])
                and (r.get("facets") is None or rule.facet in r["facets"])
                and (within is None or parse_instant(r["approved_at"]) - r["from"] <= int(within))):
            accepted.append(r)
    return accepted


def in_scope(scope: dict[str, str], key: str, inventory: Inventory, day: date) -> bool:
    devices = inventory.on(day)
    if scope.get("device"):
        return scope["device"] == key
    if scope.get("organization"):
        return scope["organization"] in inventory.ancestry(devices[key].organization)
    below: set[str] = set()                                       # the least set, service life ignored
    while True:
        more = {d.key for d in devices.values()
                if d.upstream and all(u == scope["downstream_of"] or u in below for u in d.upstream)} - {scope["downstream_of"]}
        if more == below:
            return key in below
        below = more


def exempt_spans(device: Device, accepted: list[dict[str, Any]], inventory: Inventory, rule: Rule, day: date) -> list[tuple[int, int]]:
    """What is exempt of the month up to the day's end, under the monthly cap, for one device and the rule's facet."""
    windows = []
    one = day.replace(day=1)
    while one <= day:                                             # resolved day by day
        for r in accepted:
            a, b = max(r["from"], day_start(one), device.in_service_from), min(r["to"], day_start(one) + DAY_MS, device.in_service_to)
            if a < b and in_scope(r["scope"], device.key, inventory, one):
                windows.append((a, b))
        one += timedelta(days=1)
    cap = rule.at("exemptions", "monthly_cap_ms")
    left = FOREVER if cap is None else int(cap)
    spans = []
    edges = sorted({t for w in windows for t in w})
    for a, b in zip(edges, edges[1:]):                            # the union, in time order
        if left > 0 and any(x <= a and b <= y for x, y in windows):
            spans.append((a, min(b, a + left)))
            left -= min(b - a, left)
    return spans


# ---------------------------------------------------------------- rates (section 5)

@dataclass(frozen=True)
class Rate:
    num: int
    den: int
    unit: str

    def json(self) -> dict[str, Any]:
        hundredths = self.num * 10_000 // self.den if self.den else 0
        text = f"{hundredths // 100}.{hundredths % 100:02d} %" if self.den else "—"
        return {"num": self.num, "den": self.den, "unit": self.unit, "text": text}


Amounts = dict[str, int]                                          # class -> ms, or samples


def value_of(cls: str, rule: Rule, unknown_as: str, raw: bool) -> int | None:
    """The value of an instant's class in thousandths; None is left out."""
    if cls.startswith("exempt_"):
        if not raw:
            return None
        cls = cls.removeprefix("exempt_")
    return {"online": 1000, "abnormal": rule.weight, "offline": 0,
            "upstream": None if rule.at("upstream") == "excluded" else 0,
            "unknown": {"excluded": None, "offline": 0, "online": 1000}[unknown_as],
            "uncommissioned": None}[cls]


def rate(amounts: Amounts, rule: Rule, unknown_as: str, raw: bool = False) -> Rate:
    valued = [(value_of(c, rule, unknown_as, raw), n) for c, n in amounts.items() if n > 0]
    counted = [(v, n) for v, n in valued if v is not None]
    kind = rule.at("method", "kind")
    if kind == "presence":
        return Rate(max((v for v, _ in counted), default=0), 1000 if counted else 0, "device")
    return Rate(sum(v * n for v, n in counted), sum(1000 * n for _, n in counted), "ms" if kind == "time_weighted" else "sample")


def coverage(amounts: Amounts, unit: str) -> Rate:
    told = sum(amounts.get(c, 0) for c in ("online", "abnormal", "offline", "upstream"))
    return Rate(1000 * told, 1000 * (told + amounts.get("unknown", 0)), unit)


def amounts_of(line: list[tuple[int, int, str]], rule: Rule, start: int, end: int) -> Amounts:
    """What the method looks at: a day's ms, a window's ms, or samples, by class."""
    kind = rule.at("method", "kind")
    amounts: Amounts = {}
    if kind in ("sampled", "instantaneous"):
        at = rule.at("method", "at")
        for text in [at] if kind == "instantaneous" else at:
            t = start + clock_ms(text)
            for a, b, cls in line:                                # at or past T there is no class
                if a <= t < b:
                    amounts[cls] = amounts.get(cls, 0) + 1
        return amounts
    a0, b0 = start, end
    if kind == "presence":
        a0, b0 = start + clock_ms(rule.at("method", "from")), min(end, start + clock_ms(rule.at("method", "to")))
    for a, b, cls in line:
        if max(a, a0) < min(b, b0):
            amounts[cls] = amounts.get(cls, 0) + min(b, b0) - max(a, a0)
    return amounts


def verdict(assessed: Rate, covered: Rate, rule: Rule) -> tuple[bool, str | None]:
    if not (assessed.den > 0 and covered.num * 1000 >= rule.minimum_coverage * covered.den):
        return False, None
    reached = [g for g in rule.at("grades") or [] if 1000 * assessed.num >= thousandths(g["at_least"]) * assessed.den]
    best = max(reached, key=lambda g: thousandths(g["at_least"]), default=None)
    return True, best["name"]["en"] if best else None


RATES: tuple[str, ...] = ("raw", "assessed", "coverage", "low", "high")


def figures_json(rates: dict[str, Rate], rule: Rule) -> dict[str, Any]:
    assessable, grade = verdict(rates["assessed"], rates["coverage"], rule)
    out = {n: rates[n].json() for n in ("raw", "assessed", "coverage")} | {"assessable": assessable}
    if grade is not None:
        out["grade"] = grade
    return out | {"error": {"low": rates["low"].json(), "high": rates["high"].json()}}


def group_rates(members: list[dict[str, Rate]], rule: Rule, units: dict[str, str]) -> dict[str, Rate]:
    out = {}
    for name in RATES:
        if rule.at("aggregate") == "mean" and name != "coverage":
            chosen = [m[name] for m in members if verdict(m["assessed"], m["coverage"], rule)[0]]
            out[name] = Rate(sum(r.num * 10**9 // r.den for r in chosen), len(chosen) * 10**9, units[name])
        else:
            out[name] = Rate(sum(m[name].num for m in members), sum(m[name].den for m in members), units[name])
    return out


# ---------------------------------------------------------------- replay

def replay(folder: Path, observations: Path, exemptions: Path, rule_file: Path, day_text: str, known_text: str | None) -> dict[str, Any]:
    rule, inventory, day = read_rule(rule_file), read_inventory(folder), date.fromisoformat(day_text)
    known_at = FOREVER if known_text is None else parse_instant(known_text)
    start, midnight = day_start(day), day_start(day) + DAY_MS
    if known_at <= start:
        raise SystemExit("T <= 00:00 of the day is asked wrongly")
    end = min(midnight, known_at)                                 # rule 7
    horizon = midnight + (max(rule.misses, rule.hits) - 1) * max(rule.valid_for.values()) + rule.lateness
    world = World(inventory, read_informative(observations, known_at), rule, day)
    accepted = read_accepted(exemptions, rule, known_at)

    population = [d for d in world.devices.values() if belongs(d, rule, inventory, day)]
    exempt = {d.key: exempt_spans(d, accepted, inventory, rule, day) for d in population}
    edges = {start, end}                                          # every instant at which anything can change
    for lines in world.machines.values():
        edges.update(t for line in lines.values() for t in line.instants)
    for d in world.devices.values():
        edges.update((d.in_service_from, d.in_service_to))
    edges.update(t for spans in exempt.values() for span in spans for t in span)
    instants = sorted(t for t in edges if start <= t <= end)

    kind = rule.at("method", "kind")
    unit = {"time_weighted": "ms", "presence": "device"}.get(kind, "sample")
    units = dict.fromkeys(RATES, unit) | {"coverage": "sample" if unit == "sample" else "ms"}
    rates, devices = {}, []
    for d in sorted(population, key=lambda d: d.key.encode()):
        lines = {reading: [(a, b, world.class_of(d, a, exempt[d.key], reading)) for a, b in zip(instants, instants[1:])]
                 for reading in ("judged", "low", "high")}
        seen = {reading: amounts_of(line, rule, start, end) for reading, line in lines.items()}
        rates[d.key] = {
            "raw": rate(seen["judged"], rule, rule.at("unknown", "as"), raw=True),
            "assessed": rate(seen["judged"], rule, rule.at("unknown", "as")),
            "coverage": coverage(seen["judged"], units["coverage"]),
            "low": rate(seen["low"], rule, "offline"), "high": rate(seen["high"], rule, "online")}
        ms = {c: sum(b - a for a, b, cls in lines["judged"] if cls == c) for c in CLASSES}
        assert sum(ms.values()) == end - start
        devices.append({"device": d.key, "facet": rule.facet, "ms": ms} | figures_json(rates[d.key], rule))

    members: dict[tuple[str, str], list[str]] = {("all", "all"): []}
    for d in population:
        places = [("all", "all"), ("position_class", str(d.position_class))]
        places += [("organization", o) for o in inventory.ancestry(d.organization)]
        places += [("maintainer", d.maintainer)] if d.maintainer else []
        places += [("road", part) for part in {p.strip() for p in d.road.split("&")} if part]
        for place in places:
            members.setdefault(place, []).append(d.key)
    groups = []
    for (group, key), inside in sorted(members.items(), key=lambda g: (g[0][0].encode(), g[0][1].encode())):
        of = [rates[k] for k in inside]
        failing = sum(not verdict(r["assessed"], r["coverage"], rule)[0] for r in of)
        groups.append({"kind": group, "key": key, "devices": len(of), "not_assessable": failing}
                      | figures_json(group_rates(of, rule, units), rule))
    return {"day": day_text, "until": format_instant(known_at) if known_at < midnight else None, "provisional": known_at < horizon,
            "rule": {"id": rule.at("id"), "version": int(rule.at("version")), "sha256": rule.sha256},
            "devices": devices, "groups": groups}


def belongs(device: Device, rule: Rule, inventory: Inventory, day: date) -> bool:
    """Population: the devices that match, on the day."""
    kinds, classes, organizations, from_day = (
        rule.at("population", n) for n in ("kinds", "position_classes", "organizations", "from_day"))
    return ((kinds is None or device.kind in kinds)
            and (classes is None or device.position_class in [int(c) for c in classes])
            and (organizations is None or any(o in organizations for o in inventory.ancestry(device.organization)))
            and (from_day is None or date.fromisoformat(from_day) <= day))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("inventory", "observations", "exemptions", "rule"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--day", required=True)
    parser.add_argument("--as-known-at")
    a = parser.parse_args()
    json.dump(replay(a.inventory, a.observations, a.exemptions, a.rule, a.day, a.as_known_at), sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
