"""Drills for bad days: each breaks something on purpose and says whether the service stood it."""

import argparse
import concurrent.futures
import importlib
import os
import signal
import subprocess
import sys
import time

import place

NAMES = ["disk-full", "notices", "kill", "database-away", "silent-cameras", "refusals", "sessions"]


def module(name):
    return importlib.import_module(name.replace("-", "_"))


def main():
    name, words = sys.argv[1], sys.argv[2:]
    if name == "all":
        return all_of_them(words)
    drill = module(name)
    parser = argparse.ArgumentParser(
        prog=f"Deploy/drill/{name}", description=drill.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    drill.add_options(parser)
    parser.add_argument("--wayside", metavar="FILE", help="the program (else $WAYSIDE, else the one built here)")
    parser.add_argument("--quick", action="store_true", help="shorter, and so less sharp")
    parser.add_argument("--keep", action="store_true", help="keep the folder afterwards")
    options = parser.parse_args(words)
    if options.quick:
        drill.quicken(options)
    return perform(name, drill, options)


def perform(name, drill, options):
    """One drill with its verdict; answers the exit code."""
    began = time.monotonic()
    ground = place.Place(name, options)
    is_well = False
    try:
        found = drill.run(ground, options)
        is_well = not found
        for words in found[:40]:
            place.say(f"✘ {words}")
        if len(found) > 40:
            place.say(f"✘ … and {len(found) - 40} more")
    except place.Failed as failure:
        place.say(f"✘ {failure}")
    finally:
        ground.clear()
        ground.end(is_well)
    seconds = time.monotonic() - began
    place.say(f"{name}: {'通过 passed' if is_well else '不通过 FAILED'} in {seconds:.0f} s")
    return 0 if is_well else 1


def all_of_them(words):
    parser = argparse.ArgumentParser(prog="Deploy/drill/all", description="Deploy/drill/all [--quick]: every drill in turn.")
    parser.add_argument("--wayside", metavar="FILE", help="the program (else $WAYSIDE, else the one built here)")
    parser.add_argument("--quick", action="store_true", help="all in less than four minutes")
    options = parser.parse_args(words)
    if options.wayside:
        os.environ["WAYSIDE"] = os.path.abspath(options.wayside)
    began = time.monotonic()
    # The quick ones wait more than they work, and are far apart: own folders, own ports, own processes.
    with concurrent.futures.ThreadPoolExecutor(3 if options.quick else 1) as lanes:
        codes = dict(zip(NAMES, lanes.map(lambda name: one_of_them(name, options.quick), NAMES)))
    failed = [name for name, code in codes.items() if code != 0]
    place.say(f"{len(NAMES)} drills in {time.monotonic() - began:.0f} s")
    place.say("all drills passed" if not failed else f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def one_of_them(name, is_quick):
    """Runs one drill; with others beside it, what it says comes in one piece at its end."""
    command = [os.path.join(place.TREE, "Deploy", "drill", name)]
    if not is_quick:
        return subprocess.run(command).returncode
    result = subprocess.run([*command, "--quick"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(result.stdout, flush=True)
    return result.returncode


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
