"""The road as its inventory files describe it: who hangs on whom, and at which address."""

import csv
import ipaddress
import os
import shutil
from dataclasses import dataclass
from urllib.parse import urlsplit

import yaml

# Both cabinets of the tunnel hang on the UPS. No inventory column says who feeds whom.
FED_BY_UPS = ("SW-3", "SW-4")

# What the committed files are written with: RFC 2544's 198.18.0.0/15, half for the road, half for the centre.
WRITTEN_PREFIX = "198.18."
WRITTEN_CENTRE_PREFIX = "198.19."


@dataclass(frozen=True)
class Device:
    """One row of devices.csv, as far as a road of processes needs it."""

    key: str
    kind: str
    name: str
    road: str
    stake_mark: str
    direction: str
    position_class: str
    camera_type: str
    upstream: str
    address: str
    stream_port: int
    stream_path: str
    credential: str

    @property
    def is_camera(self):
        return self.kind == "camera"

    @property
    def has_agent(self):
        """Whether an SNMP agent runs in it."""
        return self.kind in ("switch", "gateway", "ups")

    @property
    def is_dome(self):
        return self.camera_type == "2"

    @property
    def is_in_tunnel(self):
        """Whether it hangs inside the tube (domes of this road stand before the portals)."""
        return self.position_class == "3" and not self.is_dome

    @property
    def label(self):
        """The word that people use for it: a camera's stake mark, else the key."""
        return self.stake_mark if self.is_camera else self.key

    @property
    def namespace(self):
        return f"wayside-{self.label.lower()}"


class Plan:
    """Every device of the road, by key, with the ways to look them up."""

    def __init__(self, folder):
        with open(os.path.join(folder, "credentials.yaml"), encoding="utf-8") as file:
            known = yaml.safe_load(file)
        with open(os.path.join(folder, "devices.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.devices = {row["key"]: _device(row, known["streams"].get(row["key"], "")) for row in rows}
        self.communities, self.viewers = {}, {}
        for name, kinds in known["credentials"].items():
            if "snmp" in kinds:
                self.communities[name] = kinds["snmp"]["community"]
            if "stream" in kinds:
                self.viewers[name] = (kinds["stream"]["user"], kinds["stream"]["password"])

    @property
    def cameras(self):
        return [device for device in self.devices.values() if device.is_camera]

    @property
    def agents(self):
        return [device for device in self.devices.values() if device.has_agent]

    @property
    def gateway(self):
        return next(device for device in self.devices.values() if device.kind == "gateway")

    def hanging_on(self, key):
        """The devices directly behind that one, in the order of the file."""
        return [device for device in self.devices.values() if device.upstream == key]

    def chain(self, device):
        """The device and everything it is reached through, nearest first."""
        while device is not None:
            yield device
            device = self.devices.get(device.upstream)

    def find(self, word, kinds=None):
        """The device of that key or stake mark; raises LookupError with what would be right."""
        wanted = word.upper()
        for device in self.devices.values():
            if wanted in (device.key.upper(), device.label.upper()) and (not kinds or device.kind in kinds):
                return device
        known = [device.label for device in self.devices.values() if not kinds or device.kind in kinds]
        raise LookupError(f"no such device on this road: {word} (there are: {', '.join(known)})")


def _device(row, viewer):
    stream = urlsplit(row["stream_url"])
    upstream = row["upstream"].split(";")[0]
    address, _, _ = row["address"].partition(":")
    return Device(
        key=row["key"],
        kind=row["kind"],
        name=row["name"],
        road=row["road"],
        stake_mark=row["stake_mark"],
        direction=row["direction"],
        position_class=row["position_class"],
        camera_type=row["camera_type"],
        upstream=upstream,
        address=str(ipaddress.IPv4Address(address)),
        stream_port=stream.port or 554,
        stream_path=stream.path or "/",
        credential=viewer or row["snmp"],
    )


def prepare(demo, folder, prefixes, loopback_ports=None):
    """Copies inventory, settings and secret from `demo` into `folder`, for the addresses in use here.

    `prefixes` are the first two octets of road and centre. On loopback no address is ever silent, so
    reachability is not asked there: `loopback_ports` = (SNMP port, RTSP port) also narrows the checks.
    """
    source, target = os.path.join(demo, "inventory"), os.path.join(folder, "inventory")
    os.makedirs(target, exist_ok=True)
    shutil.copyfile(os.path.join(demo, "webhook.secret"), os.path.join(folder, "webhook.secret"))
    for name in ("organizations.csv", "assignments.csv", "credentials.yaml"):
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
    with open(os.path.join(source, "devices.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for column in ("address", "stream_url"):
            row[column] = _moved(row[column], prefixes)
        if loopback_ports:
            _narrow(row, *loopback_ports)
    with open(os.path.join(target, "devices.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with open(os.path.join(demo, "wayside.yaml"), encoding="utf-8") as file:
        settings = _moved(file.read(), prefixes)
    with open(os.path.join(folder, "wayside.yaml"), "w", encoding="utf-8") as file:
        file.write(settings)


def _moved(text, prefixes):
    road, centre = prefixes
    return text.replace(WRITTEN_PREFIX, road).replace(WRITTEN_CENTRE_PREFIX, centre)


def _narrow(row, snmp_port, stream_port):
    if row["stream_url"]:
        url = urlsplit(row["stream_url"])
        row["stream_url"] = f"rtsp://{url.hostname}:{stream_port}{url.path}"
        row["checks"] = "stream"
    elif row["snmp"]:
        row["checks"] = "snmp"
        if snmp_port != 161:
            row["address"] += f":{snmp_port}"
