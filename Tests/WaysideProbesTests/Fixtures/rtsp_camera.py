#!/usr/bin/python3
"""A real RTSP camera (GStreamer) that plays a moving test picture until its input ends.

Prints `ready PORT` once it listens. With `--auth` the first line of its input is "user password".
"""
import argparse
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--auth", action="store_true")
chosen = options.parse_args()
user, password = sys.stdin.readline().rstrip("\n").split(" ", 1) if chosen.auth else ("", "")

Gst.init(None)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=25/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! h264parse"
    " ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)
factory.set_shared(True)
server = GstRtspServer.RTSPServer(service="0", address="127.0.0.1")
if chosen.auth:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", user)
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("access", "construct"):
        permissions.add_permission_for_role(user, f"media.factory.{right}", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
print(f"ready {server.get_bound_port()}", flush=True)
loop = GLib.MainLoop()


def watch_input():
    while sys.stdin.readline():
        pass
    GLib.idle_add(loop.quit)


threading.Thread(target=watch_input, daemon=True).start()
loop.run()
