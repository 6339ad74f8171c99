"""Reads an RTSP URL, a user and a password (base64) line by line; ends with 0 at the first whole frame."""

import base64
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

DEADLINE_SECONDS = 10


def main():
    url, user, password = (sys.stdin.readline().strip() for _ in range(3))
    Gst.init(None)
    pipeline = Gst.parse_launch(
        "rtspsrc name=source protocols=tcp latency=0 ! rtph264depay ! video/x-h264,alignment=au"
        " ! fakesink name=sink num-buffers=1"
    )
    source = pipeline.get_by_name("source")
    source.set_property("location", url)
    if user:
        source.set_property("user-id", user)
        source.set_property("user-pw", base64.b64decode(password).decode())
    pipeline.set_state(Gst.State.PLAYING)
    ending = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(DEADLINE_SECONDS * Gst.SECOND, ending)
    pipeline.set_state(Gst.State.NULL)
    return 0 if message is not None and message.type == Gst.MessageType.EOS else 1


if __name__ == "__main__":
    sys.exit(main())
