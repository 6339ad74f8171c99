#!/usr/bin/python3
"""A real RTSP server (GStreamer) that counts: what was asked of each session, and which sessions are open.

Prints one object a line on standard output until its standard input ends:
  {"ready": PORT}                                it listens
  {"asked": "setup", "session": "…"}             a request was handled: describe, setup, play or teardown
  {"open": N}                                    so many sessions are in its pool, whenever that changes

/quick has a key frame every half second; /keyless keeps all of them back, so that a visit ends by its deadline.
"""

import argparse
import json
import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

PICTURE = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=160,height=120,framerate=25/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast bitrate=200 key-int-max=12 "
    "! h264parse ! identity name=gate ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


def say(fact):
    # In one piece: requests are handled by several threads.
    os.write(1, (json.dumps(fact) + "\n").encode())


def keep_back(_, media):
    """Lets only pictures through that stand on others."""

    def judge(_, info):
        stands_alone = not info.get_buffer().has_flags(Gst.BufferFlags.DELTA_UNIT)
        return Gst.PadProbeReturn.DROP if stands_alone else Gst.PadProbeReturn.OK

    gate = media.get_element().get_child_by_name("gate").get_static_pad("src")
    gate.add_probe(Gst.PadProbeType.BUFFER, judge)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timeout", type=int, default=10, help="seconds after which a silent session is dropped")
    parser.add_argument("--sessions", type=int, default=0, help="how many it serves at once (0: as many as come)")
    options = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer(service="0", address="127.0.0.1")
    for name in ("/quick", "/keyless"):
        camera = GstRtspServer.RTSPMediaFactory()
        camera.set_launch(PICTURE)
        # Its own pipeline for each: GStreamer 1.22 ends by an assertion when one client plays a shared one while
        # another leaves it.
        camera.set_shared(False)
        camera.set_latency(0)
        if name == "/keyless":
            camera.connect("media-configure", keep_back)
        server.get_mount_points().add_factory(name, camera)
    pool = server.get_session_pool()
    if options.sessions:
        pool.set_max_sessions(options.sessions)

    def limited(_, session):
        session.set_timeout(options.timeout)
        # GStreamer adds five seconds of its own.
        session.set_property("extra-timeout", 0)

    def connected(_, client):
        client.connect("new-session", limited)
        for word in ("describe", "setup", "play", "teardown"):
            client.connect(f"{word}-request", handled, word)

    def handled(_, context, word):
        session = context.session.get_sessionid() if context.session else None
        say({"asked": word, "session": session})

    known = -1

    def look():
        nonlocal known
        pool.cleanup()
        if pool.get_n_sessions() != known:
            known = pool.get_n_sessions()
            say({"open": known})
        return True

    server.connect("client-connected", connected)
    server.attach(None)
    GLib.timeout_add(100, look)
    say({"ready": server.get_bound_port()})
    loop = GLib.MainLoop()

    def watch_input():
        while sys.stdin.readline():
            pass
        GLib.idle_add(loop.quit)

    threading.Thread(target=watch_input, daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
