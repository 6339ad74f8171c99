"""The road's cables: one network namespace a device, joined by veth pairs and bridges.

    collector (this machine) --- centre --- carrier line --- GW-1 --- AGG-1 --- SW-1 … SW-4 --- cameras
                                                                        '------ UPS-1

Centre and gateway route; below the gateway everything is one segment, bridged in the switches' namespaces, so
that a camera is reached only through its switch. The centre stands between the collector and the carrier: it
goes on answering when the road is cut off, and stops when our own cable is pulled, which tells the two apart.
"""

import ipaddress
import os
import subprocess

CENTRE = "wayside-centre"
COLLECTOR_LINK = "wayside0"

# First two octets of (road, centre), in order of preference; the first pair that no route uses is taken.
PREFIXES = (("198.18.", "198.19."), ("10.198.", "10.199."), ("172.30.", "172.31."))

# Behind any other route: keeps the road's traffic from leaving by the default route while it is cut.
GUARD_METRIC = 4_000_000_000


def may_be_made():
    """An empty text if namespaces can be made here, else why not."""
    if os.geteuid() != 0:
        return "not root"
    name = f"wayside-trial-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if made.returncode != 0:
        return made.stderr.strip() or "ip netns add failed"
    try:
        return _trial(name)
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


def _trial(name):
    for words in (
        ["ip", "-n", name, "link", "add", "br0", "type", "bridge"],
        ["ip", "-n", name, "link", "add", "v0", "type", "veth", "peer", "name", "v1"],
    ):
        tried = subprocess.run(words, capture_output=True, text=True)
        if tried.returncode != 0:
            return tried.stderr.strip()
    return ""


def free_prefixes():
    """The first pair of prefixes that collides with no route of this machine; None if all do."""
    shown = subprocess.run(
        ["ip", "-4", "route", "show", "table", "all"], capture_output=True, text=True, check=True
    )
    taken = []
    for line in shown.stdout.splitlines():
        words = [
            word for word in line.split() if word not in ("local", "broadcast", "unreachable", "blackhole")
        ]
        try:
            taken.append(ipaddress.ip_network(words[0]))
        except (ValueError, IndexError):
            continue  # "default", which covers everything and collides with nothing
    for pair in PREFIXES:
        wanted = [ipaddress.ip_network(f"{prefix}0.0/16") for prefix in pair]
        if not any(network.overlaps(used) for network in wanted for used in taken):
            return pair
    return None


class Wires:
    """Lays, cuts, mends and removes the cables of one plan."""

    def __init__(self, plan, prefixes):
        self.plan = plan
        self.road, self.centre = prefixes
        self.namespaces = [CENTRE] + [device.namespace for device in plan.devices.values()]
        self.ports = {device.key: self._ports(device) for device in plan.devices.values()}

    def _ports(self, device):
        """The names of a device's interfaces; a switch's ports are in the order of what hangs on them."""
        if device.kind == "gateway":
            return ["wan", "lan"]
        if device.kind == "switch":
            behind = self.plan.hanging_on(device.key)
            return ["br0", "uplink"] + [f"ge{number}" for number in range(1, len(behind) + 1)]
        return ["eth0"]

    def upper_end(self, device):
        """Namespace and interface at the other end of a device's cable upward."""
        above = self.plan.devices.get(device.upstream)
        if above is None:
            return CENTRE, "line"
        if above.kind == "gateway":
            return above.namespace, "lan"
        number = self.plan.hanging_on(above.key).index(device) + 1
        return above.namespace, f"ge{number}"

    def lower_end(self, device):
        """A device's own interface upward."""
        return {"gateway": "wan", "switch": "uplink"}.get(device.kind, "eth0")

    # Laying

    def build(self):
        for name in self.namespaces:
            _ip("netns", "add", name)
        cables = [f"link add {COLLECTOR_LINK} type veth peer name collector netns {CENTRE}"]
        for device in self.plan.devices.values():
            above, port = self.upper_end(device)
            mac = _mac(device.address)
            cables.append(
                f"link add {self.lower_end(device)} address {mac} netns {device.namespace} "
                f"type veth peer name {port} netns {above}"
            )
        _batch(None, cables)
        for name in self.namespaces:
            _quieten(name)
        _batch(
            CENTRE,
            [
                "link set dev lo up",
                f"address add {self.centre}0.254/24 dev collector",
                f"address add {self.centre}255.1/30 dev line",
                "link set dev collector up",
                "link set dev line up",
                f"route replace {self.road}0.0/16 via {self.centre}255.2 onlink dev line",
            ],
        )
        for device in self.plan.devices.values():
            _batch(device.namespace, self._first_words(device))
        _batch(
            None,
            [
                f"address add {self.centre}0.1/24 dev {COLLECTOR_LINK}",
                f"route add unreachable {self.road}0.0/16 metric {GUARD_METRIC}",
                f"route add unreachable {self.centre}0.0/16 metric {GUARD_METRIC}",
            ],
        )

    def _first_words(self, device):
        words = ["link set dev lo up"]
        if device.kind == "gateway":
            words += [
                f"address add {self.centre}255.2/30 dev wan",
                f"address add {device.address}/16 dev lan",
            ]
        elif device.kind == "switch":
            words += ["link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0"]
            words += [f"link set dev {port} master br0" for port in self.ports[device.key][1:]]
            words += [f"address add {device.address}/16 dev br0"]
        else:
            words += [f"address add {device.address}/16 dev eth0"]
        return words

    # Cutting and mending

    def bring_to(self, before, after):
        """Makes the cables what `after` says; `before` is what they are like, None right after laying."""
        for device in self.plan.devices.values():
            if before is None or self._is_changed(device, before, after):
                _batch(device.namespace, self._words(device, after))
        if before is None or before.collector_is_cut != after.collector_is_cut:
            _batch(None, self._collector_words(after))

    @staticmethod
    def _is_changed(device, before, after):
        def state(condition):
            return device.key in condition.dark, device.key in condition.cut

        return state(before) != state(after)

    def _words(self, device, condition):
        if device.key in condition.dark:
            return [f"link set dev {port} down" for port in self.ports[device.key]]
        words = [f"link set dev {port} up" for port in self.ports[device.key]]
        if device.key in condition.cut:
            words.append(f"link set dev {self.lower_end(device)} down")
        # A route goes with the interface it leads through, so it is said anew each time.
        if device.kind != "gateway":
            words.append(f"route replace default via {self.plan.gateway.address}")
        elif device.key not in condition.cut:
            words.append(f"route replace default via {self.centre}255.1")
        return words

    def _collector_words(self, condition):
        if condition.collector_is_cut:
            return [f"link set dev {COLLECTOR_LINK} down"]
        return [
            f"link set dev {COLLECTOR_LINK} up",
            f"route replace {self.road}0.0/16 via {self.centre}0.254 dev {COLLECTOR_LINK}",
        ]

    # Removing

    def remove(self):
        """Takes away what `build` made, whole or in parts; says nothing about what is not there."""
        subprocess.run(["ip", "link", "del", COLLECTOR_LINK], capture_output=True)
        for prefix in (self.road, self.centre):
            words = ["ip", "route", "del", "unreachable", f"{prefix}0.0/16", "metric", str(GUARD_METRIC)]
            subprocess.run(words, capture_output=True)
        for name in sorted(set(self.namespaces) & _existing()):
            # A namespace lives on while somebody looks around in it; its cables must not.
            for port in _interfaces(name):
                subprocess.run(["ip", "-n", name, "link", "del", port], capture_output=True)
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def inside(self, device):
        """The words before a command that make it run inside the device."""
        return ["ip", "netns", "exec", device.namespace]


def remove_all(plan):
    """Takes away whatever a road of this plan may have left, whichever addresses it used."""
    for prefixes in PREFIXES:
        Wires(plan, prefixes).remove()


def enter(namespace):
    """Moves this process into a namespace; sockets made from now on are its sockets."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(handle, 0x4000_0000) != 0:  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    finally:
        os.close(handle)


def _quieten(namespace):
    """Forwards IPv4 and keeps IPv6's own chatter off the wires."""
    settings = {"net/ipv4/ip_forward": "1", "net/ipv6/conf/all/disable_ipv6": "1"}
    child = os.fork()
    if child == 0:
        status = 1
        try:
            enter(namespace)
            for name, value in settings.items():
                if os.path.exists(f"/proc/sys/{name}"):
                    with open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
                        file.write(value)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise OSError(f"cannot prepare {namespace}")


def _mac(address):
    """A locally administered address that shows the IPv4 address in it."""
    return "02:00:" + ":".join(f"{byte:02x}" for byte in ipaddress.IPv4Address(address).packed)


def _existing():
    shown = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    return {line.split()[0] for line in shown.splitlines() if line.strip()}


def _interfaces(namespace):
    shown = subprocess.run(
        ["ip", "-n", namespace, "-o", "link", "show"], capture_output=True, text=True
    ).stdout
    names = [line.split(": ")[1].split("@")[0] for line in shown.splitlines() if ": " in line]
    return [name for name in names if name != "lo"]


def _ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _batch(namespace, lines):
    words = ["ip"] + (["-n", namespace] if namespace else []) + ["-batch", "-"]
    done = subprocess.run(words, input="\n".join(lines) + "\n", capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"ip in {namespace or 'this machine'}: {done.stderr.strip()}")
