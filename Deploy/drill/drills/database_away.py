"""Deploy/drill/database-away [--minutes 10]

The database hangs for a while (SIGSTOP) and then is gone for some minutes (its server is stopped hard), while the
devices of a small road go up and down. Asking must go on as before, the journal must grow, memory must not; when the
database is back, everything must be caught up with, and report and replay must agree.
"""

import datetime
import random
import time

import figures
import told
from own_database import OwnDatabase
from place import pause, say, wait_until
from road import Weather, small_road

# How much more memory than before it may take while the database is away.
MOST_GROWTH_KB = 64 * 1024


def add_options(parser):
    parser.add_argument("--minutes", type=float, default=10, help="how long the database is gone (10)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (1)")


def quicken(options):
    options.minutes = 0.4


def run(place, options):
    database = OwnDatabase(f"{place.folder}/own")
    database.start()
    return drill(place, options, database)


def drill(place, options, database):
    database.provide()
    place.database = database.url()
    road = small_road()
    road.start()
    road.write_inventory(place.inventory)
    place.write_settings(place.start_receivers())
    place.import_inventory()
    service = place.start()
    service.wait_ready()
    begun = datetime.datetime.now(figures.ZONE)
    weather = Weather(road, random.Random(options.seed))
    weather.start()
    pause(12, service)
    found, before = [], service.memory()
    say(f"with the database: {place.journal_bytes()} bytes of journal, {before // 1024} MiB")

    hung = 10 if options.quick else 60
    frozen = database.freeze()
    try:
        found += watch(place, service, hung, before, "hangs")
    finally:
        database.thaw(frozen)
    wait_until("all is caught up with after the hang", 60, lambda: place.ask("/readyz")[0] == 200)
    say("it answers again, and all is caught up with")

    database.stop()
    found += watch(place, service, options.minutes * 60, before, "is gone")
    status, body = place.ask("/readyz")
    if status == 200:
        found.append("/readyz says yes while the database is away")
    elif "database" not in body.lower():
        found.append(f"/readyz does not say that the database is away: {body[:300]}")
    database.start()
    back = time.monotonic()
    wait_until("all is caught up with", 90, lambda: place.ask("/readyz")[0] == 200)
    say(f"the database is back; all was caught up with after {time.monotonic() - back:.1f} s")
    weather.end()
    road.mend()
    told.wait_closed(place, 120)
    told.wait_told(place, 300)
    found += told.ticket_faults(place) + told.notice_faults(place, kills=2)
    until = figures.known_until(place)
    differing, seen = figures.compare(place, begun, until, options.seed)
    found += differing + figures.journal_faults(seen, datetime.datetime.now(figures.ZONE)) + gaps(seen)
    code = service.stop()
    if code != 0:
        found.append(f"told to end, the service ended with {code}")
    database.stop("fast")
    return found


def watch(place, service, seconds, before, words):
    """So long without a database; answers what should not be."""
    found, most = [], before
    asked, size = place.metric("wayside_patrol_answers_total"), place.journal_bytes()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pause(min(10, max(0.1, deadline - time.monotonic())), service)
        most = max(most, service.memory())
    now, grown = place.metric("wayside_patrol_answers_total"), place.journal_bytes() - size
    say(
        f"the database {words} for {seconds:.0f} s: {grown} bytes more journal, answers {asked:.0f} → {now or 0:.0f},"
        f" at most {most // 1024} MiB, {service.descriptors()} descriptors"
    )
    if grown <= 0:
        found.append(f"while the database {words}, the journal does not grow")
    if now is None:
        found.append(f"while the database {words}, the console does not answer")
    elif now - (asked or 0) < seconds * 2:
        found.append(f"while the database {words}, nearly nobody is asked")
    if most - before > MOST_GROWTH_KB:
        found.append(f"while the database {words}, memory grows from {before} to {most} kB")
    return found


def gaps(seen):
    """Every track was asked at its cadence all the time."""
    found, last = [], {}
    for line in seen:
        if "device" not in line:
            continue
        key, at = (line["device"], line["check"]), figures.instant(line["at"])
        if key in last and at - last[key] > datetime.timedelta(seconds=7):
            found.append(f"{key[0]} {key[1]} was not asked between {figures.text(last[key])} and {line['at']}")
        last[key] = at
    return found[:5]
