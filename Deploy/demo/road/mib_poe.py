"""POWER-ETHERNET-MIB (RFC 3621) of one access switch: which ports feed a camera, and how much.

A port's state is read from its real interface; where the road has no interfaces, from the keeper's list.
"""

import json
import sys

import mib

PORT = (1, 3, 6, 1, 2, 1, 105, 1, 1, 1)
UNIT = (1, 3, 6, 1, 2, 1, 105, 1, 3, 1, 1)

SEARCHING, DELIVERING = 2, 3
BUDGET_WATTS = 120
# Class 4 for the motor of a dome, class 3 for a fixed camera; numbered from class0(1).
DOME, FIXED = (5, 19), (4, 7)


def _is_fed(port, stake_mark, dark_list):
    try:
        with open(f"/sys/class/net/{port}/operstate", encoding="ascii") as file:
            return file.read().strip() == "up"
    except OSError:
        pass
    try:
        with open(dark_list, encoding="utf-8") as file:
            return stake_mark not in json.load(file)
    except OSError:
        return True


def rows_now(ports, dark_list):
    rows, used = {}, 0
    for number, (port, stake_mark, is_dome) in enumerate(ports, start=1):
        is_fed = _is_fed(port, stake_mark, dark_list)
        power_class, watts = DOME if is_dome else FIXED
        used += watts if is_fed else 0
        for column, kind, value in (
            (3, "integer", 1),  # pethPsePortAdminEnable
            (4, "integer", 2),  # pethPsePortPowerPairsControlAbility: false
            (5, "integer", 1),  # pethPsePortPowerPairs: signal
            (6, "integer", DELIVERING if is_fed else SEARCHING),
            (7, "integer", 3),  # pethPsePortPowerPriority: low
            (8, "counter", 0),  # pethPsePortMPSAbsentCounter
            (9, "string", stake_mark),  # pethPsePortType: what is connected
            (10, "integer", power_class),
        ):
            rows[PORT + (column, 1, number)] = (kind, value)
    for column, kind, value in (
        (2, "gauge", BUDGET_WATTS),
        (3, "integer", 1),
        (4, "gauge", used),
        (5, "integer", 80),
    ):
        rows[UNIT + (column, 1)] = (kind, value)
    return rows


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as opened:
        PORTS = json.load(opened)
    mib.converse(lambda: rows_now(PORTS, sys.argv[2]))
