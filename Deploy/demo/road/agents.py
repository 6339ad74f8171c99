"""The SNMP agents: one real snmpd in each switch, gateway and UPS."""

import json
import os

SNMPD = "/usr/sbin/snmpd"
HERE = os.path.dirname(os.path.abspath(__file__))

_KINDS = {"switch": "access switch", "gateway": "video cloud gateway", "ups": "UPS 6 kVA"}


def write_configuration(root, device, port, community, behind):
    """Writes the agent's files below `root` and returns (words that run it, its environment).

    `behind` lists (port name, stake mark, whether a dome) of the cameras that a switch feeds over Ethernet.
    """
    folder = os.path.join(root, device.key)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    lines = [
        f"agentAddress udp:{device.address}:{port}",
        f"rocommunity {community}",
        f"sysName {device.key}",
        f"sysLocation {device.road} {device.stake_mark}",
        "sysContact demo road",
        f"sysDescr Wayside demo road, {_KINDS[device.kind]} {device.key}",
        "sysServices 6" if device.kind == "switch" else "sysServices 72",
    ]
    if behind:
        ports = os.path.join(folder, "ports.json")
        with open(ports, "w", encoding="utf-8") as file:
            json.dump(behind, file)
        lines.append(_passing("1.3.6.1.2.1.105", "mib_poe.py", ports, _dark_list(root)))
    if device.kind == "ups":
        lines.append(_passing("1.3.6.1.2.1.33", "mib_ups.py", _mains_file(root)))
    path = os.path.join(folder, "snmpd.conf")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    words = [SNMPD, "-f", "-C", "-c", path, "-Lf", os.path.join(folder, "snmpd.log"), "-I", "-smux"]
    # So that it keeps its memory in the road's folder and not in the machine's.
    memory = {"SNMP_PERSISTENT_DIR": os.path.join(folder, "memory"), "SNMPCONFPATH": folder, "MIBS": ""}
    return words, {**os.environ, **memory}


def write_mains(root, on_battery_since, hold_seconds):
    """Tells the UPS's agent how its mains are; `on_battery_since` in monotonic seconds or None."""
    _write_json(_mains_file(root), {"on_battery_since": on_battery_since, "hold_seconds": hold_seconds})


def write_dark(root, stake_marks):
    """Tells the switches' agents which cameras draw no power, where no interface can show it."""
    _write_json(_dark_list(root), sorted(stake_marks))


def _mains_file(root):
    return os.path.join(root, "mains.json")


def _dark_list(root):
    return os.path.join(root, "dark.json")


def _write_json(path, value):
    temporary = f"{path}.new"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(temporary, path)


def _passing(oid, script, *words):
    return f"pass_persist .{oid} /usr/bin/python3 -B -S -E {os.path.join(HERE, script)} {' '.join(words)}"
