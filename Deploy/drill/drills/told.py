"""Whether everybody was told what the tickets say, once each by its key."""

import collections

from place import Failed, say, wait_until

LIVE = "stage NOT IN ('closed', 'merged')"


def wait_told(place, seconds):
    """Until no notice waits; what is lent to a killed sender is due again after a minute."""
    wait_until(
        "every notice is settled",
        seconds,
        lambda: place.sql("SELECT count(*) FROM notice WHERE state = 'pending'") == [["0"]],
        pause=1,
    )


def wait_closed(place, seconds):
    """Until no ticket is live; everything works, so good probes must close them all."""
    try:
        wait_until(
            "every ticket is closed",
            seconds,
            lambda: place.sql(f"SELECT count(*) FROM fault_ticket WHERE {LIVE}") == [["0"]],
            pause=1,
        )
    except Failed as failure:
        rows = place.sql(
            "SELECT number, d.key, stage, facets, since FROM fault_ticket t JOIN device d ON d.id = t.root_id"
            f" WHERE {LIVE} ORDER BY number"
        )
        raise Failed(f"{failure}; still live: {'; '.join(' '.join(row) for row in rows[:8])}") from None


def ticket_faults(place):
    """What must never be: two live tickets of one root, live tickets below a live one that explains them."""
    found = []
    twice = place.sql(f"SELECT root_id, count(*) FROM fault_ticket WHERE {LIVE} GROUP BY 1 HAVING count(*) > 1")
    found += [f"root {row[0]} has {row[1]} live tickets" for row in twice]
    overlap = place.sql(
        "SELECT a.number, b.number FROM fault_ticket a JOIN fault_ticket b ON a.root_id = b.root_id"
        " AND a.number < b.number WHERE b.opened_at < a.closed_at AND a.stage = 'closed' AND b.stage <> 'merged'"
    )
    found += [f"tickets {row[0]} and {row[1]} of one root were live at once" for row in overlap]
    steps = place.sql(
        "SELECT ticket_number FROM ticket_move GROUP BY 1 HAVING count(*) <> max(serial) UNION"
        " SELECT number FROM fault_ticket t WHERE move_count <>"
        " (SELECT count(*) FROM ticket_move m WHERE m.ticket_number = t.number)"
    )
    found += [f"ticket {row[0]} lacks a step" for row in steps]
    return found


def notice_faults(place, kills):
    """Compares tickets, outbox and receivers; answers what is wrong and prints the counts."""
    outbox = {row[0]: row[1] for row in place.sql("SELECT key, state FROM notice")}
    taken, refused, unsigned = collections.Counter(), 0, 0
    bodies, found = {}, []
    for line in place.received_lines():
        if line["kind"] == "webhook" and not line["verified"]:
            unsigned += 1
        if not line["accepted"]:
            refused += 1
            continue
        key = line["idempotency_key"]
        if key is None:
            found.append(f"a {line['kind']} without a key")
            continue
        taken[key] += 1
        body = line.get("body") or line.get("text")
        if bodies.setdefault(key, body) != body:
            found.append(f"{key} said two different things")
        if not key.endswith("-" + line["kind"]):
            found.append(f"{key} went out as {line['kind']}")
    stages = dict(place.sql("SELECT number, stage FROM fault_ticket"))
    told = collections.defaultdict(list)
    for key in outbox:
        _, number, kind, occasion, channel = key.split("-")
        told[number, channel].append((int(occasion), kind))
    for number, stage in sorted(stages.items(), key=lambda item: int(item[0])):
        for channel in ("webhook", "mail"):
            said = sorted(told.pop((number, channel), []))
            kinds = [kind for _, kind in said]
            if [occasion for occasion, _ in said] != list(range(1, len(said) + 1)):
                found.append(f"ticket {number}, {channel}: occasions {said} have a gap")
            if not kinds or kinds[0] != "opened" or (stage in ("closed", "merged") and kinds[-1] != stage):
                found.append(f"ticket {number} is {stage}, but its notices by {channel} are {kinds}")
    found += [f"notices of ticket {number}, which does not exist" for number, _ in told]
    found += [f"{key} never arrived ({outbox[key]})" for key in sorted(outbox.keys() - taken.keys())]
    found += [f"{key} arrived and is not in the outbox" for key in sorted(taken.keys() - outbox.keys())]
    found += [f"{key} is {state}" for key, state in sorted(outbox.items()) if state != "delivered"]
    if unsigned:
        found.append(f"{unsigned} webhooks were not signed as they should be")
    again = {key: count for key, count in taken.items() if count > 1}
    # A killed sender had at most eight in hand; more repetitions than that are no kill's work.
    if sum(count - 1 for count in again.values()) > 8 * kills:
        found.append(f"{len(again)} notices arrived more than once with {kills} kills")
    say(
        f"{len(stages)} tickets, {len(outbox)} notices, {sum(taken.values())} arrivals of {len(taken)} keys,"
        f" {len(again)} keys more than once (at most {max(taken.values(), default=0)} times), {refused} refused at first"
    )
    return found
