"""What is broken on the road, and what follows from it; pure."""

from dataclasses import dataclass

from plan import FED_BY_UPS

# How long the UPS holds its load when nobody says otherwise, in seconds.
DEFAULT_HOLD_SECONDS = 60

TEACHING = """\
  cam K12+300          a camera loses its power
  stream K12+300       a camera hangs: it answers the network and sends nothing
  switch SW-2          a switch goes dark, and all behind it (also AGG-1)
  gateway              the gateway goes dark
  link [SW-2]          the cable above a switch is cut; without a name the carrier's line to the gateway
  ups                  the UPS's network card goes dark
  mains [SECONDS]      the mains fail: the UPS takes over, and after SECONDS (60) what it feeds goes dark
  network              our own fault: the collector's cable is pulled"""


class Misunderstood(Exception):
    """Asked wrongly; the text says what would be right."""


@dataclass(frozen=True)
class Fault:
    """One thing that is broken: `what` happened to the device with that key."""

    what: str  # dark | hung | cut | mains | network
    key: str = ""
    hold_seconds: float = 0.0


def parse(words, plan):
    """The fault that these words of a command line mean."""
    kind, rest = (words[0].lower(), words[1:]) if words else ("", [])
    if kind in ("cam", "camera"):
        return Fault("dark", _one(rest, plan, "a camera's stake mark", ("camera",)))
    if kind == "stream":
        return Fault("hung", _one(rest, plan, "a camera's stake mark", ("camera",)))
    if kind == "switch":
        return Fault("dark", _one(rest, plan, "a switch", ("switch",)))
    if kind == "gateway" and not rest:
        return Fault("dark", plan.gateway.key)
    if kind == "ups" and not rest:
        return Fault("dark", plan.find("UPS-1", ("ups",)).key)
    if kind == "link":
        return Fault(
            "cut", _one(rest or [plan.gateway.key], plan, "a switch or the gateway", ("switch", "gateway"))
        )
    if kind == "mains" and len(rest) <= 1:
        return Fault("mains", hold_seconds=_seconds(rest))
    if kind == "network" and not rest:
        return Fault("network")
    raise Misunderstood(f"not understood: {' '.join(words) or 'nothing'}. One of:\n{TEACHING}")


def _one(rest, plan, wanted, kinds):
    if len(rest) != 1:
        raise Misunderstood(f"name {wanted}. One of:\n{TEACHING}")
    try:
        return plan.find(rest[0], kinds).key
    except LookupError as error:
        raise Misunderstood(str(error)) from None


def _seconds(rest):
    try:
        seconds = float(rest[0]) if rest else DEFAULT_HOLD_SECONDS
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 86_400:
        raise Misunderstood("mains [SECONDS]: how long the UPS holds, 0 to 86400")
    return seconds


class Breakage:
    """Everything broken at present, and since when the mains are gone (monotonic seconds)."""

    def __init__(self):
        self.faults = {}
        self.mains_since = None

    def add(self, fault, now):
        """Breaks something; the mains' clock starts anew each time."""
        self.faults[(fault.what, fault.key)] = fault
        if fault.what == "mains":
            self.mains_since = now

    def remove(self, fault):
        """Repairs that; whether it was broken."""
        if fault.what == "mains":
            self.mains_since = None
        return self.faults.pop((fault.what, fault.key), None) is not None

    def clear(self):
        self.faults.clear()
        self.mains_since = None

    @property
    def exhausted_at(self):
        """When the UPS's battery is empty (monotonic seconds); None while the mains are there."""
        mains = self.faults.get(("mains", ""))
        return None if mains is None else self.mains_since + mains.hold_seconds


@dataclass(frozen=True)
class Condition:
    """What each part of the road should be like: the goal that the keeper brings the road to."""

    dark: frozenset  # keys of devices without power
    hung: frozenset  # keys of cameras that answer the network only
    cut: frozenset  # keys of devices whose cable upward is cut
    collector_is_cut: bool

    @staticmethod
    def following_from(breakage, plan, now):
        kinds = {
            what: {f.key for f in breakage.faults.values() if f.what == what}
            for what in ("dark", "hung", "cut")
        }
        dark = kinds["dark"]
        if breakage.exhausted_at is not None and now >= breakage.exhausted_at:
            dark = dark | {
                device.key
                for device in plan.devices.values()
                if any(above.key in FED_BY_UPS for above in plan.chain(device))
            }
        return Condition(
            frozenset(dark),
            frozenset(kinds["hung"]),
            frozenset(kinds["cut"]),
            ("network", "") in breakage.faults,
        )

    def reaches(self, device, plan):
        """Whether the collector can reach that device."""
        if self.collector_is_cut:
            return False
        return not any(above.key in self.dark or above.key in self.cut for above in plan.chain(device))
