#!/usr/bin/python3
"""A real RTSP server (GStreamer) that plays a moving test picture as one camera, /camera, until its input ends.

Prints one line a fact, so that a test waits for facts and not for time:
  ready PORT             it listens
  play / teardown        a client's request of that kind was handled
  dropped N N N          sequence numbers dropped behind the payloader so far, when a session ends (with --loss)
"""
import argparse
import random
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--codec", choices=["h264", "h265", "jpeg"], default="h264")
options.add_argument("--rate", type=int, default=25)
options.add_argument("--key", type=int, default=10, help="pictures from one key frame to the next")
options.add_argument("--loss", type=float, default=0.0)
options.add_argument("--seed", type=int, default=1)
options.add_argument("--auth", choices=["basic", "digest"])
options.add_argument("--udp-only", action="store_true")
options.add_argument("--sound", action="store_true")
options.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
o = options.parse_args()
# The secret comes over standard input, not as an argument that everybody on the machine can read.
user, password = sys.stdin.readline().rstrip("\n").split(" ", 1) if o.auth else ("", "")


def say(line):
    print(line, flush=True)


Gst.init(None)
size = "width=320,height=240"
encode = {
    "h264": f"x264enc tune=zerolatency speed-preset=ultrafast bitrate=600 key-int-max={o.key} ! h264parse"
            " ! rtph264pay name=pay0 pt=96 config-interval=-1 mtu=600",
    "h265": f"x265enc tune=zerolatency speed-preset=ultrafast bitrate=600 key-int-max={o.key} ! h265parse"
            " ! rtph265pay name=pay0 pt=96 config-interval=-1 mtu=600",
    "jpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}[o.codec]
picture = (f"videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,{size},framerate={o.rate}/1"
           f" ! {encode}")
sound = " audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8" if o.sound else ""


class Camera(GstRtspServer.RTSPMediaFactory):
    """Drops packets by a seeded draw behind the payloader, where a lossy network would."""

    def do_configure(self, media):
        GstRtspServer.RTSPMediaFactory.do_configure(self, media)
        self.random = random.Random(o.seed)
        self.dropped = []
        self.passes = False
        if o.loss == 0:
            return
        pad = media.get_element().get_child_by_name("pay0").get_static_pad("src")
        pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.pass_some)

    def pass_some(self, pad, info):
        if self.passes:
            return Gst.PadProbeReturn.OK
        if not info.type & Gst.PadProbeType.BUFFER_LIST:
            return Gst.PadProbeReturn.DROP if self.is_lost(info.get_buffer()) else Gst.PadProbeReturn.OK
        # A list is one large picture; its packets are sent on singly, so that they can be lost singly.
        packets = info.get_buffer_list()
        self.passes = True
        for index in range(packets.length()):
            packet = packets.get(index)
            if not self.is_lost(packet):
                pad.push(packet.copy())
        self.passes = False
        return Gst.PadProbeReturn.DROP

    def is_lost(self, packet):
        if self.random.random() >= o.loss:
            return False
        self.dropped.append(int.from_bytes(packet.extract_dup(2, 2), "big"))
        return True


server = GstRtspServer.RTSPServer(service="0", address="127.0.0.1")
camera = Camera()
camera.set_launch(f"( {picture}{sound} )")
camera.set_shared(True)
camera.set_latency(0)
if o.udp_only:
    camera.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
role = user if o.auth else "anonymous"
if o.auth or o.tls:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", role)
    if o.auth == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    elif o.auth == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_default_token(token)
    if o.tls:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(*o.tls))
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("access", "construct"):
        permissions.add_permission_for_role(role, f"media.factory.{right}", True)
    camera.set_permissions(permissions)
server.get_mount_points().add_factory("/camera", camera)


def connected(_, client):
    client.connect("play-request", lambda *_: say("play"))

    def left(*_):
        if o.loss:
            say("dropped " + " ".join(map(str, camera.dropped)))
        say("teardown")

    client.connect("teardown-request", left)
    client.connect("closed", lambda *_: say("closed"))


server.connect("client-connected", connected)
server.attach(None)
say(f"ready {server.get_bound_port()}")
loop = GLib.MainLoop()


def watch_input():
    while sys.stdin.readline():
        pass
    GLib.idle_add(loop.quit)


threading.Thread(target=watch_input, daemon=True).start()
loop.run()
