"""Deploy/drill/notices [--times 40] [--seed N]

Tickets open and close while the service is killed (kill -9) around the sending of notices: just after a receiver has
written one down and before the service can know it, just after a log line, or at any moment. A real mail server and
a real webhook receiver refuse the first ones. In the end every notice must have arrived; none may be missing, and
what arrived twice must bear the same key and the same words, and only where somebody was killed.
"""

import datetime
import os
import random
import time

import figures
import told
from place import Failed, pause, say, wait_until
from road import Weather, small_road


def add_options(parser):
    parser.add_argument("--times", type=int, default=40, help="how often to kill (40)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (1)")
    parser.add_argument("--fail-first", type=int, default=3, help="mails and webhooks refused at first (3)")


def quicken(options):
    options.times = 6


def run(place, options):
    draw = random.Random(options.seed)
    road = small_road()
    road.start()
    road.write_inventory(place.inventory)
    place.write_settings(place.start_receivers(options.fail_first))
    place.import_inventory()
    begun = datetime.datetime.now(figures.ZONE)

    # First without any kill: once each, exactly.
    service = place.start()
    service.wait_ready()
    road.set("HOST-01", "silent")
    road.set("SW-B", "silent")
    wait_until(
        "two tickets are open", 60, lambda: place.sql(f"SELECT count(*) FROM fault_ticket WHERE {told.LIVE}") >= [["2"]]
    )
    pause(2, service)
    road.mend()
    told.wait_closed(place, 60)
    told.wait_told(place, 120)
    found = told.notice_faults(place, kills=0)

    weather = Weather(road, draw, pause=(0.1, 0.6))
    weather.start()
    kills = dict.fromkeys(("as a receiver wrote it down", "as it was logged", "any moment"), 0)
    for _ in range(options.times):
        how = draw.choice(list(kills))
        if how == "as a receiver wrote it down":
            wait_for_growth(place.received, service, 20)
            time.sleep(draw.choice([0, 0, 0.001, 0.003, 0.01, 0.03]))
        elif how == "as it was logged":
            wait_for_growth(place.log, service, 20)
            time.sleep(draw.uniform(0, 0.02))
        else:
            pause(draw.uniform(0.5, 4), service)
        service.kill()
        kills[how] += 1
        service = place.start()
        try:
            service.wait_ready(30)
        except Failed as failure:
            found.append(f"after kill {sum(kills.values())}: {failure}")
            weather.end()
            return found
    say(", ".join(f"{how}: {count}" for how, count in kills.items()) + f"; weather: {weather.turns} turns")
    weather.end()
    road.mend()
    told.wait_closed(place, 120)
    # Who was killed with notices in hand has lent them for a minute.
    told.wait_told(place, 240)
    found += told.ticket_faults(place) + told.notice_faults(place, options.times)
    until = figures.known_until(place)
    differing, _ = figures.compare(place, begun, until, options.seed, moments=0)
    code = service.stop()
    return found + differing + ([f"told to end, the service ended with {code}"] if code else [])


def wait_for_growth(path, service, seconds):
    """Until the file has grown, looking a thousand times a second; gives up quietly."""
    size, deadline = os.path.getsize(path) if os.path.exists(path) else 0, time.monotonic() + seconds
    while time.monotonic() < deadline and service.ended is None:
        if os.path.exists(path) and os.path.getsize(path) > size:
            return
        time.sleep(0.001)
