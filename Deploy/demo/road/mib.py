"""The conversation of snmpd's `pass_persist`: it asks by line, we answer by line."""

import sys


def answer(oid_text, rows, is_next):
    """The three lines for one question about `rows` ({oid tuple: (type, value)}), or None."""
    oid = tuple(int(part) for part in oid_text.strip(".").split("."))
    if is_next:
        oid = min((candidate for candidate in rows if candidate > oid), default=None)
    if oid not in rows:
        return None
    kind, value = rows[oid]
    return ["." + ".".join(map(str, oid)), kind, str(value)]


def converse(rows_now):
    """Answers until snmpd goes away; `rows_now` is asked for the table at each question."""
    lines = iter(sys.stdin.readline, "")
    for line in lines:
        word = line.strip().lower()
        if word == "ping":
            reply = ["PONG"]
        elif word in ("get", "getnext"):
            reply = answer(next(lines, "0").strip(), rows_now(), word == "getnext") or ["NONE"]
        elif word == "set":
            next(lines, ""), next(lines, "")
            reply = ["not-writable"]
        else:
            return  # an empty line: snmpd says good-bye
        print("\n".join(reply), flush=True)
