"""Deploy/drill/kill [--times 100] [--seed N]

Kills the service at random moments (kill -9), during its start too, now and then its private PostgreSQL with it,
while the devices of a small road go up and down. Afterwards the service must start and be ready; report and replay
must agree on every device by every rule, at several instants; every day must sum; no ticket may be there twice; and
every notice must have arrived, those that arrived twice under the same key.
"""

import datetime
import os
import random
import signal

import figures
import told
from place import Failed, pause, say
from road import Weather, small_road


def add_options(parser):
    parser.add_argument("--times", type=int, default=100, help="how often to kill (100)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (1)")


def quicken(options):
    options.times = 15


def run(place, options):
    draw = random.Random(options.seed)
    road = small_road()
    road.start()
    road.write_inventory(place.inventory)
    place.write_settings(place.start_receivers())
    found = kill_while_made(place, draw, max(2, options.times // 20))
    begun = datetime.datetime.now(figures.ZONE)
    weather = Weather(road, draw, pause=(0.1, 0.6) if options.quick else (0.3, 2.0))
    weather.start()
    ready, counts = 0, {"kill": 0, "kill with PostgreSQL": 0, "PostgreSQL alone": 0, "SIGTERM": 0}
    longest = 4.0 if options.quick else 6.0
    for number in range(1, options.times + 1):
        service = place.start()
        pause(draw.uniform(0.2, longest), service)
        ready += place.ask("/readyz", seconds=1)[0] == 200
        way = draw.choices(list(counts), [70, 15, 8, 7])[0]
        counts[way] += 1
        end_by(place, service, way, draw)
        if number % 10 == 0:
            say(f"{number} of {options.times} ends, {ready} of them when it was ready")
    say(", ".join(f"{way}: {count}" for way, count in counts.items()) + f"; weather: {weather.turns} turns")
    weather.end()
    road.mend()
    return found + after(place, begun, options.seed, options.times)


def kill_while_made(place, draw, times):
    """The very first start makes the database cluster; that may be cut short too. Answers what went wrong."""
    found = []
    for number in range(1, times + 1):
        service = place.start()
        pause(draw.uniform(0.01, 1.2))
        if service.ended is not None:
            found.append(f"start {number} of a fresh folder ended by itself with {service.ended}: {service.last_words()}")
        service.kill()
    for _ in range(5):
        result = place.run("import", *place.data_words, place.inventory)
        if result.returncode == 0:
            say(f"{times} kills while the database was being made")
            return found
        found.append(f"import after them ended with {result.returncode}: {result.stderr.strip()[-600:]}")
        pause(2)
    raise Failed(found[-1])


def end_by(place, service, way, draw):
    """Ends one run of the service in that way."""
    # Who loses his database while he waits for its start says so and ends with 3; anybody else goes on.
    may_end = 3 if "PostgreSQL" in way and place.ask("/healthz", seconds=1)[0] != 200 else None
    if "PostgreSQL" in way:
        process = place.postmaster()
        if process is not None:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        pause(draw.uniform(0, 0.5) + (draw.uniform(0.5, 3) if way == "PostgreSQL alone" else 0))
    if service.ended is not None:
        if service.ended != may_end:
            raise Failed(f"the service ended by itself with {service.ended}: {service.last_words()}")
    elif way == "SIGTERM":
        code = service.stop()
        if code != 0:
            raise Failed(f"told to end it ended with {code}: {service.last_words()}")
    else:
        service.kill()


def after(place, begun, seed, kills):
    """What must hold once it has been left in peace for a while."""
    service = place.start()
    say(f"left in peace: ready after {service.wait_ready():.1f} s")
    told.wait_closed(place, 120)
    told.wait_told(place, 180)
    found = told.ticket_faults(place) + told.notice_faults(place, kills)
    until = figures.known_until(place)
    differing, seen = figures.compare(place, begun, until, seed)
    found += differing
    found += figures.journal_faults(seen, datetime.datetime.now(figures.ZONE))
    code = service.stop()
    if code != 0:
        found.append(f"told to end, the service ended with {code}")
    if place.postmaster() is not None:
        found.append("the private PostgreSQL was left running")
    # The same once more, by a command that starts the database for itself.
    again = figures.report(place, "drill-stream", str(until.date()), until)
    other = figures.replay(place, "drill-stream", str(until.date()), until, f"{place.folder}/journal.ndjson")
    found += [f"with the service stopped: {words}" for words in figures.differences(again, other)]
    return found
