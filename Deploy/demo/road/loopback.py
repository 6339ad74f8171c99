"""The road without namespaces: a device is an address of 127.99.0.0/16, a broken one a stopped process."""

import os

PREFIXES = ("127.99.", "127.98.")

CANNOT_SHOW = (
    "On loopback every address always answers, so nothing can be unreachable: reach is not asked, a cut cable "
    "or a dark switch is shown by stopping the processes behind it, and our own network fault looks like "
    "everybody's."
)

# Where the first ports that everybody may use begin, unless the machine says otherwise.
USUAL_FIRST_OPEN_PORT = 1024


class Loopback:
    """What `Wires` is with namespaces; there is nothing to lay and nothing to cut."""

    def __init__(self, plan):
        self.plan = plan
        self.ports = {}

    def build(self):
        pass

    def bring_to(self, before, after):
        pass

    def remove(self):
        pass

    def inside(self, device):
        return []


def ports():
    """(SNMP, RTSP): the usual ones where this user may open them."""
    try:
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
            first = int(file.read())
    except (OSError, ValueError):
        first = USUAL_FIRST_OPEN_PORT
    return (161, 554) if os.geteuid() == 0 or first <= 161 else (1161, 8554)
