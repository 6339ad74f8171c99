"""UPS-MIB (RFC 1628) of the tunnel's UPS, as its mains and its battery are at this moment."""

import json
import math
import sys
import time

import mib

UPS = (1, 3, 6, 1, 2, 1, 33, 1)

NORMAL, LOW, DEPLETED = 2, 3, 4  # upsBatteryStatus
NONE, FROM_MAINS, FROM_BATTERY = 2, 3, 5  # upsOutputSource
ALARM_ON_BATTERY, ALARM_LOW, ALARM_DEPLETED = 2, 3, 4  # upsWellKnownAlarms
LOW_CHARGE_PERCENT = 30


def _mains(path):
    try:
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
    except OSError:
        return None, 0.0
    return state["on_battery_since"], state["hold_seconds"]


def rows_now(path):
    since, hold = _mains(path)
    on_battery = since is not None
    # The monotonic clock is the same for every process of a machine.
    elapsed = time.monotonic() - since if on_battery else 0.0
    left = max(0.0, hold - elapsed) if on_battery else 0.0
    charge = 100 if not on_battery else math.floor(100 * left / hold) if hold > 0 else 0
    battery = NORMAL if charge > LOW_CHARGE_PERCENT else LOW if charge > 0 else DEPLETED
    source = FROM_MAINS if not on_battery else FROM_BATTERY if left > 0 else NONE
    feeds = source != NONE
    alarms = [
        code
        for code, holds in (
            (ALARM_ON_BATTERY, on_battery and feeds),
            (ALARM_LOW, battery == LOW),
            (ALARM_DEPLETED, battery == DEPLETED),
        )
        if holds
    ]
    rows = {
        (1, 1, 0): ("string", "Wayside demo road"),
        (1, 2, 0): ("string", "UPS 6 kVA"),
        (1, 3, 0): ("string", "1.0"),
        (1, 4, 0): ("string", "1.0"),
        (1, 5, 0): ("string", "UPS-1"),
        (1, 6, 0): ("string", "SW-3, SW-4"),
        (2, 1, 0): ("integer", battery),
        (2, 2, 0): ("integer", math.floor(elapsed)),
        (2, 3, 0): ("integer", math.ceil(left / 60) if on_battery else 90),
        (2, 4, 0): ("integer", charge),
        (2, 5, 0): ("integer", 1920 + round(2.4 * charge)),
        (2, 6, 0): ("integer", 62 if on_battery and feeds else 0),
        (2, 7, 0): ("integer", 24),
        (3, 1, 0): ("counter", 1 if on_battery else 0),
        (3, 2, 0): ("integer", 1),
        (3, 3, 1, 2, 1): ("integer", 0 if on_battery else 500),
        (3, 3, 1, 3, 1): ("integer", 0 if on_battery else 229),
        (3, 3, 1, 4, 1): ("integer", 0 if on_battery else 21),
        (3, 3, 1, 5, 1): ("integer", 0 if on_battery else 470),
        (4, 1, 0): ("integer", source),
        (4, 2, 0): ("integer", 500 if feeds else 0),
        (4, 3, 0): ("integer", 1),
        (4, 4, 1, 2, 1): ("integer", 220 if feeds else 0),
        (4, 4, 1, 3, 1): ("integer", 20 if feeds else 0),
        (4, 4, 1, 4, 1): ("integer", 440 if feeds else 0),
        (4, 4, 1, 5, 1): ("integer", 8 if feeds else 0),
        (6, 1, 0): ("gauge", len(alarms)),
    }
    for number, code in enumerate(alarms, start=1):
        rows[(6, 2, 1, 2, number)] = ("objectid", "." + ".".join(map(str, UPS + (6, 3, code))))
        rows[(6, 2, 1, 3, number)] = ("timeticks", 0)
    return {UPS + suffix: row for suffix, row in rows.items()}


if __name__ == "__main__":
    mib.converse(lambda: rows_now(sys.argv[1]))
