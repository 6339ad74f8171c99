#!/usr/bin/env python3
"""Small, nasty, seeded cases for `compare.py`: every file of one replay, dense around the edges of contracts.md 1 to 5."""
from __future__ import annotations

import csv
import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import hindsight
from hindsight import DAY_MS, FACET_CHECKS, day_start

ORGANIZATIONS = [("P", "province", ""), ("C1", "company", "P"), ("C2", "company", "P"), ("S1", "section", "C1"), ("S2", "section", "C2"),
                 ("sub-1", "subcentre", "S1"), ("路段", "section", "C1"), ("M1", "maintainer", ""), ("m2", "maintainer", "")]
PLACES, MAINTAINERS = ["P", "C1", "S1", "S2", "sub-1", "路段"], ["", "M1", "m2"]
ROADS = ["", "G42", "S38", "G42&S38", "S38&G42", "G2&G42&S38"]
NAMES = ["CAM-0001", "cam-2", "SW-1", "UPS", "摄像机-3", "ENC.9", "Z", "a", "LINK-10", "LINK-9"]
KINDS = "camera encoder recorder switch gateway link ups server platform".split()
HOPS = ["direct", "recorder", "gateway", "platform"]
CLASSES = ["works", "mains", "carrier", "force_majeure", "inspection"]
DAYS = ["2026-03-01", "2026-02-28", "2026-03-31", "2024-02-29", "2026-01-01", "2026-12-31", "2026-03-15", "2026-03-02"]
COLUMNS = ("key,kind,name,organization,maintainer,road,stake_mark,direction,position_class,longitude,latitude,area,camera_type,gateway_num,gb_id,"
           "upstream,address,checks,snmp,stream_url,sub_stream_url,platform_url,commissioned_on,retired_on,others").split(",")


@dataclass
class Case:
    folder: Path
    day: str
    known_at: str | None


def stamp(t: int, r: random.Random) -> str:
    """RFC 3339 with several offsets and, at times, digits beyond the millisecond (which are cut)."""
    minutes, suffix = r.choice([(480, "+08:00")] * 6 + [(0, "Z"), (0, "+00:00"), (-210, "-03:30"), (345, "+05:45")])
    local = t + minutes * 60_000
    day, rest = date.fromordinal(local // DAY_MS), local % DAY_MS
    text = f"{day.isoformat()}T{rest // 3_600_000:02d}:{rest // 60_000 % 60:02d}:{rest // 1000 % 60:02d}"
    ms = rest % 1000
    if ms or r.random() < 0.7:
        text += f".{ms:03d}" + r.choice(["", "", "", "9", "999999", "0"])
    return text + suffix


class Maker:
    def __init__(self, seed: int):
        self.r = random.Random(seed)
        r = self.r
        self.day = date.fromisoformat(r.choice(DAYS))
        self.start = day_start(self.day)
        self.facet = r.choice(["stream"] * 4 + ["reachability"] * 4 + ["picture", "recording"])
        self.scale = r.choice(["tiny", "small", "grid", "large", "large"])
        grid = 86_400                                             # a thousandth of the day: equalities happen
        self.sizes = {"tiny": [1000, 1001, 2500], "small": [5000, 60_000, 125_000], "grid": [grid * 5, grid * 50, grid * 100],
                      "large": [600_000, 610_000, 3_600_000, 7_230_000]}[self.scale]
        self.grain = grid if self.scale == "grid" else 1
        self.misses, self.hits = r.randint(1, 4), r.randint(1, 3)
        self.valid = {c: r.choice(self.sizes) for c in hindsight.DEFAULT_VALID_MS}
        self.listed = {c: v for c, v in self.valid.items() if r.random() < 0.85}
        self.valid |= {c: v for c, v in hindsight.DEFAULT_VALID_MS.items() if c not in self.listed}
        self.hops = r.choice([["direct"], ["direct"], ["direct", "platform"], ["recorder"], r.sample(HOPS, 3), HOPS])
        self.horizon = self.start + DAY_MS + (max(self.misses, self.hits) - 1) * max(self.valid.values())
        self.lateness = r.choice([0, 0, 0, 1, 600_000])
        self.known_at = self.choose_known_at()
        self.anchors = [0, DAY_MS] + [r.choice([r.randrange(DAY_MS), r.randrange(24) * 3_600_000, r.randrange(1440) * 60_000]) for _ in range(3)]
        self.anchors = [self.start + a // self.grain * self.grain for a in self.anchors]
        if self.known_at is not None and self.start - DAY_MS < self.known_at < self.start + 2 * DAY_MS:
            self.anchors.append(self.known_at)
        self.spans = [3_600_000]                                  # lengths of exemption windows
        self.outages = []
        for a in self.anchors + [self.start - DAY_MS // 3]:
            if r.random() < 0.7:
                size = r.choice(self.sizes)
                b = a + size * r.randint(-6, 1)
                self.outages.append((b, b + size * r.randint(1, 14)))

    def choose_known_at(self) -> int | None:
        r, midnight, final = self.r, self.start + DAY_MS, self.horizon + self.lateness
        return r.choice([None, None, None, self.start + r.randrange(1, DAY_MS), self.start + r.randrange(1, 24) * 3_600_000, self.start + 1,
                         midnight, midnight - 1, midnight + 1, final, final - 1, final + 1, r.randint(midnight, final)])

    def near(self) -> int:
        """An instant close to something."""
        r = self.r
        around = r.choice(self.anchors) + r.choice([0, 0, 0, 1, -1]) * self.grain * r.choice([1, 1, r.choice(self.sizes) // self.grain])
        return r.choice([around, around, self.start + r.randrange(-DAY_MS, 2 * DAY_MS) // self.grain * self.grain])

    # ------------------------------------------------------------ inventory

    def devices(self) -> list[dict[str, str]]:
        r, out = self.r, []
        for i, name in enumerate(r.sample(NAMES, r.randint(2, 8))):
            d = dict.fromkeys(COLUMNS, "") | {"key": name, "kind": r.choice(["camera"] * 3 + KINDS), "name": f"设备 {name}",
                 "organization": r.choice(PLACES), "maintainer": r.choice(MAINTAINERS), "road": r.choice(ROADS),
                 "position_class": r.choice(["", "0", "1", "3", "8"]), "upstream": self.upstream(out)}
            wanted = r.choice(list(FACET_CHECKS[self.facet]) * 4 + [";".join(FACET_CHECKS[self.facet])] * 4 + [";".join(FACET_CHECKS[self.facet]), "reach", "reach;snmp", "stream", "none",
                                                                    "reach;stream", "snmp;stream;picture;recording", "picture", "recording"])
            if r.random() < 0.15:                                 # empty `checks`: they follow from the addresses
                for column, value in (("address", "10.0.0.9"), ("snmp", "public"), ("stream_url", "rtsp://10.0.0.9/1"), ("platform_url", "rtmp://10.0.0.8/x/y")):
                    d[column] = value if r.random() < 0.5 else ""
            else:
                d["checks"] = wanted
            if r.random() < 0.25:
                d["commissioned_on"] = self.near_day(-2, 1)
            if r.random() < 0.25:
                d["retired_on"] = self.near_day(0, 2)
                if d["commissioned_on"] >= d["retired_on"]:
                    d["commissioned_on"] = ""
            out.append(d)
        return out

    def near_day(self, low: int, high: int) -> str:
        return (self.day + timedelta(days=self.r.randint(low, high))).isoformat()

    def upstream(self, above: list[dict[str, str]]) -> str:
        if not above or self.r.random() < 0.25:
            return ""
        return ";".join(d["key"] for d in self.r.sample(above, min(len(above), self.r.choice([1, 1, 1, 2, 2, 3]))))

    def assignments(self, devices: list[dict[str, str]]) -> list[dict[str, str]]:
        r, out, seen = self.r, [], set()
        for _ in range(r.choice([0, 0, 1, 3, 6])):
            i = r.randrange(len(devices))
            day = r.choice([self.near_day(0, 0), self.near_day(-2, 1), self.near_day(-40, 1), self.day.replace(day=1).isoformat()])
            if (i, day) not in seen:
                seen.add((i, day))
                out.append({"device": devices[i]["key"], "organization": r.choice([""] + PLACES), "maintainer": r.choice(MAINTAINERS),
                            "road": r.choice(ROADS), "upstream": r.choice(["", "none", self.upstream(devices[:i])]), "from_day": day})
        return out

    # ------------------------------------------------------------ observations and voids

    def observations(self, devices: list[dict[str, str]]) -> list[dict[str, Any]]:
        r, out = self.r, []
        for d in devices:
            mine = [(a + r.choice([0, 0, 1, -1]) * self.grain, b) for a, b in self.outages if r.random() < 0.7]
            if r.random() < 0.3:
                mine.append((self.start - DAY_MS, self.start + 2 * DAY_MS))
            checks = set(hindsight.keys(d["checks"])) - {"none"} | {"reach", "stream"} | set(FACET_CHECKS[self.facet]) if r.random() < 0.9 else set()
            for check in sorted(checks):
                hops = ["direct"] if check in ("reach", "snmp") else sorted(set(self.hops) | {"direct"}, key=HOPS.index)
                for hop in hops:
                    if r.random() < 0.9:
                        out += self.line(d["key"], check, hop, mine)
        r.shuffle(out)
        return out + self.voids(devices, out)

    def line(self, key: str, check: str, hop: str, outages: list[tuple[int, int]]) -> list[dict[str, Any]]:
        r, valid, times = self.r, self.valid[check], []
        if valid >= 300_000 and r.random() < 0.6:                 # a strip over all three days
            t, step = self.start - DAY_MS + r.randrange(valid) // self.grain * self.grain, r.choice([valid, valid, valid // 2 + 1, valid - 1])
            step = max(step, 1_200_000) if valid >= 1_200_000 else step
            stop = self.start + r.choice([DAY_MS, DAY_MS + 2 * valid, 2 * DAY_MS])
            while t < stop:
                times.append(t)
                t += step + (r.choice([1, self.grain]) if r.random() < 0.04 else 0)
        for anchor in self.anchors:
            if r.random() < 0.6:
                t = anchor + r.choice([0, -1, 1, -valid, -2 * valid, -3 * valid, -valid - 1, -5 * valid])
                for _ in range(r.randint(1, 10)):
                    times.append(t)
                    t += r.choice([valid, valid, valid, valid + 1, valid - 1, valid // 2, 1, 0, r.randrange(valid + 2)]) // (self.grain if r.random() < .9 else 1) * self.grain
        noise = r.choice([0.05, 0.2, 0.4])
        out = []
        for t in times:
            down = any(a <= t < b for a, b in outages)
            outcome = "down" if down else "up"
            if r.random() < noise:
                outcome = r.choice(["up", "abnormal", "abnormal", "down", "down", "unknown"])
            o: dict[str, Any] = {"at": stamp(t, r), "device": key, "check": check, "outcome": outcome}
            if hop != "direct" or r.random() < 0.3:
                o["hop"] = hop
            if r.random() < 0.15:
                o["received_at"] = stamp(self.received(t), r)
            if r.random() < 0.3:
                o["collector"] = r.choice(["centre", "edge-1"])
            if r.random() < 0.1:
                o |= {"received_at": o.get("received_at"), "cause": None, "hop": o.get("hop"), "took_ms": 12, "values": {"rtt_ms": 3}, "evidence": None}
            out.append(o)
        return out

    def received(self, t: int) -> int:
        r = self.r
        late = [t, t + 1, t + r.choice(self.sizes), t + 3_600_000, t + 10 * 3_600_000]
        if self.known_at is not None:
            late += [max(t, self.known_at), max(t, self.known_at + 1), max(t, self.known_at - 1)]
        return r.choice(late)

    def voids(self, devices: list[dict[str, str]], observations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        r, out = self.r, []
        for _ in range(r.choice([0, 0, 1, 2, 3])):
            a = hindsight.parse_instant(r.choice(observations)["at"]) if observations and r.random() < 0.5 else self.near()
            b = a + r.choice([1, *self.sizes, 3_600_000])
            void = {"from": stamp(a, r), "to": stamp(b, r), "devices": r.choice([None, [r.choice(devices)["key"]], [d["key"] for d in devices[:3]]]),
                    "checks": r.choice([None, list(FACET_CHECKS[self.facet]), ["reach"]]), "collector": r.choice([None, None, "centre", "edge-1"])}
            record: dict[str, Any] = {"void": {k: v for k, v in void.items() if v is not None or r.random() < 0.5}, "reason": "self_network", "at": stamp(b, r)}
            if r.random() < 0.5:
                record["received_at"] = stamp(self.received(b), r)
            out.append(record)
        return out

    # ------------------------------------------------------------ exemptions

    def exemptions(self, devices: list[dict[str, str]]) -> list[dict[str, Any]]:
        r, out = self.r, []
        month = day_start(self.day.replace(day=1))
        for i in range(r.choice([0, 1, 3, 5, 8])):
            a = r.choice([self.near(), self.near(), self.start + r.randrange(24) * 3_600_000, self.start - 2 * DAY_MS, month - 3_600_000, month, self.start - 3_600_000, self.start, self.start - DAY_MS])
            b = r.choice([a + r.choice([1, *self.sizes, 3_600_000, 2 * DAY_MS, 20 * 3_600_000, 6 * 3_600_000]), max(a + 1, self.start + DAY_MS), max(a + 1, self.near())])
            approved = r.choice([a - 3_600_000] * 8 + [self.known_at or a] + [a, a + 1, a + 3_600_000, a + 3_600_001, a - 1, b + DAY_MS, self.known_at or a, (self.known_at or a) + 1, None])
            self.spans.append(b - a)
            revoked = r.choice([None] * 9 + [self.known_at] + [a, b, self.known_at, (self.known_at or b) + 1])
            if approved is not None and revoked is not None and revoked < approved:
                revoked = approved
            scope = r.choice([{"organization": r.choice(["C1", "P", "S1"])}, {"device": r.choice(devices)["key"]}, {"organization": r.choice(PLACES)}, {"downstream_of": r.choice(devices)["key"]}])
            e = {"id": f"EX-{i}", "scope": scope, "facets": r.choice([None, None, None, [self.facet], ["reachability", "stream"], ["picture"]]),
                 "class": r.choice(CLASSES[:3] + ["works"] * 7), "from": stamp(a, r), "to": stamp(b, r),
                 "requested_at": stamp(min(a, approved if approved is not None else a) - 60_000, r),
                 "approved_at": None if approved is None else stamp(approved, r), "revoked_at": None if revoked is None else stamp(revoked, r),
                 "document": "函〔2026〕1号", "reason": "works"}
            out.append({k: v for k, v in e.items() if v is not None or r.random() < 0.5})
        return out

    # ------------------------------------------------------------ rule

    def rule(self, minimum: int | None = None, grades: list[int] | None = None) -> str:
        r = random.Random(self.r.random()) if minimum is None else self.rule_random
        self.rule_random = random.Random(); self.rule_random.setstate(r.getstate())

        def decimal(thousandths: int) -> str:
            text = f"{thousandths // 1000}.{thousandths % 1000:03d}"
            return r.choice([text, text.rstrip("0").rstrip(".") or "0"])

        def some(name: str, value: str, null: str = "null") -> str:   # an optional key: given, null or absent
            return r.choice([f"{name}: {value}", f"{name}: {value}", f"{name}: {null}", ""])

        def flow(*parts: str) -> str:
            return "{" + ", ".join(p for p in parts if p) + "}"

        def clock(minute: int) -> str:
            return f'"{minute // 60:02d}:{minute % 60:02d}"'

        marks = sorted({(a - self.start) % DAY_MS // 60_000 for a in self.anchors} | {r.randrange(1440) for _ in range(r.randint(0, 9))} | {0})
        chosen = sorted(r.sample(marks, r.randint(1, len(marks))))
        low, high = sorted(r.sample(sorted(set(marks) | {360, 1440}), 2))
        method = r.choice(["{kind: time_weighted}"] * 3 + [f"{{kind: sampled, at: [{', '.join(map(clock, chosen))}]}}",
                           f"{{kind: instantaneous, at: {clock(r.choice(marks))}}}", f"{{kind: presence, from: {clock(low)}, to: {clock(high)}}}"])
        population = flow(some("kinds", f"[{', '.join(r.sample(KINDS[1:], r.randint(0, 4)) + ['camera'])}]"), some("position_classes", r.choice(["[0]", "[0, 1, 3]", "[8, 1]"])),
                          some("organizations", r.choice(["[P]", "[C1]", "[S1, S2]", "[路段, C2]"])), some("from_day", r.choice([self.near_day(0, 0), self.near_day(-1, 1), "2020-01-01"])))
        cap = r.choice([0, 1, 999, 60_000, 3_600_000, 3_600_001, 20 * 3_600_000, DAY_MS, r.choice(self.sizes), sum(r.sample(self.spans, r.randint(1, len(self.spans)))), r.choice(self.spans) + 1,
                        r.choice(self.spans) + 3_600_000])
        exempt = flow(some("accept", f"[{', '.join(r.sample(CLASSES, r.randint(1, 4)) + r.choice([['x'], []]))}]", "[works, mains]"), some("approved_within_ms", str(r.choice([0, -1, 1, 3_600_000, -3_600_000]))),
                      some("monthly_cap_ms", str(cap)))
        coverage, given = r.choice([0, 1, 500, 900, 1000]), r.random() < 0.7
        if minimum is not None:
            coverage, given = minimum, True
        scale = sorted(set(grades if grades is not None else r.sample(range(1001), 3)), reverse=r.random() < 0.5)
        lines = ["id: r-1", f"version: {r.randint(1, 9)}", "title: {zh: 试, en: Trial}", 'citation: "our own"', f"facet: {self.facet}",
                 f"population: {population}" if r.random() < 0.4 else "", f"method: {method}",
                 "status: " + flow(f"misses_to_confirm: {self.misses}", f"hits_to_recover: {self.hits}",
                                   "valid_for_ms: " + flow(*(f"{c}: {v}" for c, v in self.listed.items())) if self.listed else "",
                                   f"hops: [{', '.join(self.hops)}]" if self.hops != ["direct"] or r.random() < 0.5 else ""),
                 some("abnormal_weight", decimal(r.choice([0, 500, 1000, 333, 1]))),
                 "unknown: " + flow(f"as: {r.choice(['excluded', 'excluded', 'offline', 'online'])}", f"minimum_coverage: {decimal(coverage)}" if given else ""),
                 f"upstream: {r.choice(['counted', 'excluded'])}", f"exemptions: {exempt}" if r.random() < 0.85 else "",
                 f"aggregate: {r.choice(['pooled', 'mean'])}", f"lateness_ms: {self.lateness}" if self.lateness or r.random() < 0.3 else "",
                 "grades: [" + ", ".join(f"{{at_least: {decimal(g)}, name: {{zh: 级{g}, en: g{g}}}}}" for g in scale) + "]" if r.random() < 0.8 else ""]
        return "\n".join(line for line in lines if line) + "\n"


def write_csv(path: Path, table: list[dict[str, str]], columns: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, columns)
        writer.writeheader()
        writer.writerows(table)


def make(seed: int, folder: Path) -> Case:
    """Writes the files of one case."""
    m = Maker(seed)
    r = m.r
    inventory = folder / "inventory"
    inventory.mkdir(parents=True, exist_ok=True)
    devices = m.devices()
    moves, observations, exemptions = m.assignments(devices), m.observations(devices), m.exemptions(devices)
    shown = devices[:]
    r.shuffle(shown)
    r.shuffle(moves)
    write_csv(inventory / "organizations.csv", [dict(zip(("key", "kind", "parent", "name"), (*o, f"单位 {o[0]}"))) for o in ORGANIZATIONS], ["key", "name", "kind", "parent"])
    write_csv(inventory / "devices.csv", shown, COLUMNS)
    if moves:
        write_csv(inventory / "assignments.csv", moves, ["device", "organization", "maintainer", "road", "upstream", "from_day"])
    else:
        (inventory / "assignments.csv").unlink(missing_ok=True)
    for name, records in (("observations", observations), ("exemptions", exemptions)):
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in records), "utf-8")
    (folder / "rule.yaml").write_text(m.rule(), "utf-8")
    case = Case(folder, m.day.isoformat(), None if m.known_at is None else stamp(m.known_at, r))
    if r.random() < 0.4:                                          # sharpen: put thresholds exactly on, or just past, what comes out
        answer = run(case)
        figures = answer["devices"] + answer["groups"]
        of = lambda n, x: x[n]["num"] * 1000 // x[n]["den"] if x[n]["den"] else 0
        minimum = min(1000, of("coverage", r.choice(figures)) + r.choice([0, 0, 0, 1]))
        grades = [min(1000, of("assessed", r.choice(figures)) + r.choice([0, 0, 1])) for _ in range(3)]
        (folder / "rule.yaml").write_text(m.rule(minimum, grades), "utf-8")
    (folder / "ask.json").write_text(json.dumps({"day": case.day, "as_known_at": case.known_at}) + "\n")
    return case


def run(case: Case) -> dict[str, Any]:
    f = case.folder
    return hindsight.replay(f / "inventory", f / "observations.ndjson", f / "exemptions.ndjson", f / "rule.yaml", case.day, case.known_at)
