#!/usr/bin/env python3
"""Compares `wayside replay` with the oracle: compare.py WAYSIDE --seeds 1-1000 [--keep DIR] | compare.py WAYSIDE --case DIR."""
from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cases

ABSENT = object()


def difference(a: Any, b: Any, path: str = "") -> str | None:
    """The first difference between two JSON values; an absent key is the same as null."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in list(a) + [k for k in b if k not in a]:
            if found := difference(a.get(key), b.get(key), f"{path}.{key}"):
                return found
        return None
    if isinstance(a, list) and isinstance(b, list):
        for i, (x, y) in enumerate(zip(a, b)):
            name = x.get("device") or f"{x.get('kind')}={x.get('key')}" if isinstance(x, dict) else i
            if found := difference(x, y, f"{path}[{name}]"):
                return found
        return None if len(a) == len(b) else f"{path}: wayside has {len(a)}, oracle {len(b)}: {label(a)} / {label(b)}"
    return None if type(a) is type(b) and a == b else f"{path}: wayside {a!r}, oracle {b!r}"


def label(items: list[Any]) -> list[Any]:
    return [f"{x.get('device') or x.get('kind')}:{x.get('key', '')}" if isinstance(x, dict) else x for x in items]


def check(binary: str, case: cases.Case) -> str | None:
    f = case.folder
    command = [binary, "replay", "--inventory", str(f / "inventory"), "--observations", str(f / "observations.ndjson"),
               "--exemptions", str(f / "exemptions.ndjson"), "--rule", str(f / "rule.yaml"), "--day", case.day, "--format", "json"]
    if case.known_at is not None:
        command += ["--as-known-at", case.known_at]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return f"wayside exits {done.returncode}: {done.stderr.strip()[:600]}"
    return difference(json.loads(done.stdout), json.loads(json.dumps(cases.run(case))))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--seeds", help="A-B")
    parser.add_argument("--case", type=Path, help="a kept case's folder")
    parser.add_argument("--keep", type=Path, help="where the files of failing cases go")
    a = parser.parse_args()
    if a.case:
        ask = json.loads((a.case / "ask.json").read_text())
        found = check(a.binary, cases.Case(a.case, ask["day"], ask["as_known_at"]))
        print(found or "agree")
        return 1 if found else 0
    first, last = map(int, a.seeds.split("-"))
    differed = []
    for seed in range(first, last + 1):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / f"case-{seed}"
            found = check(a.binary, cases.make(seed, folder))
            if found:
                differed.append(seed)
                print(f"seed {seed}: {found}", flush=True)
                if a.keep:
                    shutil.copytree(folder, a.keep / folder.name, dirs_exist_ok=True)
    print(f"{last - first + 1} seeds, {len(differed)} differed")
    return 1 if differed else 0


if __name__ == "__main__":
    sys.exit(main())
