"""An SNMP agent of four objects (RFC 3416, 3418), just enough to answer the question whether it is alive."""

import time

SEQUENCE, INTEGER, OCTETS, OBJECT = 0x30, 0x02, 0x04, 0x06
TIME_TICKS, NO_SUCH_OBJECT = 0x43, 0x80
GET, RESPONSE = 0xA0, 0xA2

UP_TIME = bytes([0x2B, 6, 1, 2, 1, 1, 3, 0])
DESCRIPTION = bytes([0x2B, 6, 1, 2, 1, 1, 1, 0])
OBJECT_ID = bytes([0x2B, 6, 1, 2, 1, 1, 2, 0])
NAME = bytes([0x2B, 6, 1, 2, 1, 1, 5, 0])


def parts(data):
    """The (tag, content) pairs that stand one after another in `data`; raises IndexError when it is no BER."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        found.append((tag, data[at : at + length]))
        at += length
    return found


def part(tag, content):
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def whole(number):
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def answer(request, community, name, started):
    """The agent's answer to the datagram; None when it keeps silent."""
    try:
        ((_, message),) = parts(request)
        (version, (_, given), (tag, pdu)) = parts(message)
        ((_, number), _, _, (_, asked)) = parts(pdu)
    except (ValueError, IndexError):
        return None
    if given != community or tag != GET:
        return None
    known = {
        UP_TIME: (TIME_TICKS, whole(int((time.monotonic() - started) * 100))),
        DESCRIPTION: (OCTETS, b"drill agent"),
        OBJECT_ID: (OBJECT, bytes([0x2B, 6, 1, 4, 1])),
        NAME: (OCTETS, name.encode()),
    }
    rows = b""
    for _, row in parts(asked):
        oid = parts(row)[0][1]
        value = known.get(oid, (NO_SUCH_OBJECT, b""))
        rows += part(SEQUENCE, part(OBJECT, oid) + part(*value))
    nothing = part(INTEGER, b"\0")
    pdu = part(RESPONSE, part(INTEGER, number) + nothing + nothing + part(SEQUENCE, rows))
    return part(SEQUENCE, part(*version) + part(OCTETS, given) + pdu)
