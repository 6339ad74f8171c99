"""The commands of the demo road: up, down, break, repair, status, check."""

import os
import shutil
import subprocess
import sys

import place


def main(words):
    verb, rest = words[0], words[1:]
    if rest in (["--help"], ["-h"]):
        print(_help(verb))
        return 0
    try:
        return {"up": up, "down": down, "break": change, "repair": change, "status": status, "check": check}[
            verb
        ](verb, rest)
    except KeyboardInterrupt:
        return 130
    except place.NotUp as error:
        print(error, file=sys.stderr)
        return 1
    except (ImportError, ValueError) as error:
        # GStreamer's bindings say with a ValueError that a library is not installed.
        print(f"something that the road needs is not installed: {error}", file=sys.stderr)
        print(
            "Deploy/try and Deploy/test install it; the list is ROAD_PACKAGES in Deploy/packages",
            file=sys.stderr,
        )
        return 3
    except PermissionError as error:
        print(
            f"not allowed: {error.filename or error}; use sudo, or be who started the road", file=sys.stderr
        )
        return 2
    except OSError as error:
        print(f"the demo road: {error}", file=sys.stderr)
        return 3


def up(_, rest):
    """Brings the road up; up already and unchanged: says so and changes nothing."""
    import keeper
    import wires

    lease = _option(rest, "--while-process")
    if rest:
        print(_help("up"), file=sys.stderr)
        return 2
    mode = os.environ.get("WAYSIDE_DEMO_ROAD", "")
    reason = "asked for by WAYSIDE_DEMO_ROAD"
    if mode not in ("loopback", "namespaces"):
        if os.geteuid() != 0 and _may_become_root():
            _become_root(["up"] + (["--while-process", lease] if lease else []))
        reason = wires.may_be_made()
        mode = "loopback" if reason else "namespaces"
    folder = place.own_folder()
    running = _running()
    if running and running["fingerprint"] == keeper.fingerprint(mode):
        print(f"the demo road is up already: {_sentence(running)}")
        return 0
    if running:
        print("the demo road has changed; making it anew", flush=True)
        _take_down()
    sudo_user = [os.environ.get(name) for name in ("SUDO_UID", "SUDO_GID")]
    owner = (int(sudo_user[0]), int(sudo_user[1])) if os.geteuid() == 0 and all(sudo_user) else None
    os.makedirs(folder, exist_ok=True)
    keeper.start(folder, mode, owner, int(lease) if lease else None)
    laid = place.ask({"verb": "status"})
    if mode == "loopback":
        import loopback

        print(f"No network namespaces here ({reason}): the road runs on loopback.\n{loopback.CANNOT_SHOW}")
    from check import wait_until_all_answer

    silent = wait_until_all_answer(laid)
    if silent:
        print(f"up, but these do not answer yet: {', '.join(silent)}; logs: {folder}/log", file=sys.stderr)
        return 3
    print(f"the demo road is up: {_sentence(laid)}")
    return 0


def down(_, rest):
    """Takes the road away, also what a killed keeper left behind; only what the road made."""
    import wires
    from plan import Plan

    if _running():
        _take_down()
        print("the demo road is down")
        return 0
    if os.geteuid() == 0:
        wires.remove_all(Plan(os.path.join(place.DEMO, "inventory")))
    print("the demo road was not up; nothing of it is left")
    return 0


def change(verb, rest):
    """Breaks or repairs something."""
    reply = place.ask({"verb": verb, "words": rest})
    print(reply["text"], file=sys.stdout if reply["ok"] else sys.stderr)
    return 0 if reply["ok"] else 2


def status(_, rest):
    """Prints what is broken and who is dark; with --folder only where the prepared files are."""
    laid = place.ask({"verb": "status"})
    if rest == ["--folder"]:
        print(laid["folder"])
        return 0
    print(_sentence(laid))
    words = {
        "dark": "has no power",
        "hung": "hangs",
        "cut": "is cut off above",
        "mains": "mains",
        "network": "network",
    }
    for what, label in laid["faults"]:
        print(f"broken: {label} {words[what]}".replace("  ", " "))
    if laid["mains_seconds_left"] is not None:
        print(f"the UPS is on battery, {laid['mains_seconds_left']} s left")
    for device in laid["devices"]:
        word = "dark" if device["is_dark"] else "hung" if device["is_hung"] else "well"
        if not device["is_reached"] and word != "dark":
            word = "cut off"
        print(f"{device['label']:<10} {device['kind']:<8} {device['address']:<16} {word:<8} {device['name']}")
    return 0


def check(_, rest):
    """Tries everything that the road promises."""
    import check as checking

    return checking.run()


def _sentence(laid):
    cameras = sum(device["kind"] == "camera" for device in laid["devices"])
    others = len(laid["devices"]) - cameras
    return f"{cameras} cameras and {others} other devices in {laid['mode']}, files in {laid['folder']}"


def _running():
    try:
        return place.ask({"verb": "status"})
    except place.NotUp:
        return None


def _take_down():
    import time

    place.ask({"verb": "down"})
    deadline = time.monotonic() + 30
    while _running():
        if time.monotonic() > deadline:
            raise OSError("it does not go down within 30 s")
        time.sleep(0.05)


def _may_become_root():
    """Whether sudo lets us; asks for the password once, where there is somebody to ask."""
    if shutil.which("sudo") is None:
        return False
    if subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return True
    if not sys.stdin.isatty():
        return False
    print(
        "Making network namespaces needs root; without it the road runs on loopback and shows less.",
        flush=True,
    )
    return subprocess.run(["sudo", "-v"]).returncode == 0


def _become_root(words):
    os.execvp("sudo", ["sudo", "/usr/bin/python3", "-B", place.HERE, *words])


def _option(rest, name):
    if len(rest) >= 2 and rest[0] == name:
        value = rest[1]
        del rest[:2]
        return value
    return None


def _help(verb):
    from faults import TEACHING

    return {
        "up": "Deploy/demo/up [--while-process PID]\nBrings the demo road up (as root, or through sudo; else "
        "on loopback). With a process, the road goes when that process ends.",
        "down": "Deploy/demo/down\nTakes the demo road away.",
        "break": f"Deploy/demo/break WHAT\nBreaks one thing, really:\n{TEACHING}",
        "repair": f"Deploy/demo/repair WHAT | all\nRepairs one thing, or all:\n{TEACHING}",
        "status": "Deploy/demo/status [--folder]\nSays what is broken and who is dark; or only where the "
        "files for this machine are.",
        "check": "Deploy/demo/check\nTries everything that the road promises; needs a road that is not up.",
    }[verb]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
