"""One camera: an RTSP server that draws and encodes only while somebody watches."""

import os

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

import scene  # noqa: E402

FRAMES_A_SECOND = 5

# One key frame a second: whoever comes waits at most that long for a picture.
LAUNCH = (
    "( videotestsrc is-live=true pattern=black"
    f" ! video/x-raw,format=BGRx,width={scene.WIDTH},height={scene.HEIGHT},framerate={FRAMES_A_SECOND}/1"
    " ! cairooverlay name=scene ! videoconvert ! video/x-raw,format=I420"
    f" ! x264enc speed-preset=ultrafast tune=zerolatency key-int-max={FRAMES_A_SECOND} bitrate=160 threads=1"
    " ! video/x-h264,profile=baseline ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)

# Only these are looked at: reading all that may be installed takes seconds and tens of megabytes a process.
PLUGINS = "coreelements videotestsrc cairo videoconvertscale x264 rtp rtpmanager rtsp udp tcp app".split()


def choose_plugins(folder):
    """Makes a folder of the few plugins needed and lets GStreamer look nowhere else."""
    source = next((path for path in _plugin_folders() if os.path.isdir(path)), None)
    if source is None:
        raise OSError("GStreamer's plugins are not installed (gstreamer1.0-plugins-good and its sisters)")
    plugins = os.path.join(folder, "plugins")
    os.makedirs(plugins, exist_ok=True)
    for name in PLUGINS:
        link = os.path.join(plugins, f"libgst{name}.so")
        if not os.path.lexists(link):
            os.symlink(os.path.join(source, f"libgst{name}.so"), link)
    os.environ["GST_PLUGIN_SYSTEM_PATH_1_0"] = plugins
    os.environ["GST_REGISTRY_1_0"] = os.path.join(folder, "registry.bin")
    os.environ["GST_REGISTRY_FORK"] = "no"


def _plugin_folders():
    yield f"/usr/lib/{os.uname().machine}-linux-gnu/gstreamer-1.0"
    yield "/usr/lib/gstreamer-1.0"


def read_plugins():
    """Writes the registry once, so that the cameras need only read it; run in a process of its own."""
    Gst.init(None)


def serve(device, address, port, viewer, has_chinese):
    """Serves until the process ends. `viewer` is (user, password), or None for an open camera."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address(address)
    server.set_service(str(port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(LAUNCH)
    factory.set_shared(True)
    view = scene.Scene(device, has_chinese)
    factory.connect("media-configure", lambda _, media: _show(media, view))
    if viewer is not None:
        methods = GstRtsp.RTSPAuthMethod
        _protect(server, factory, viewer, methods.BASIC if device.is_in_tunnel else methods.DIGEST)
    server.get_mount_points().add_factory(device.stream_path, factory)
    if server.attach(None) == 0:
        raise OSError(f"{device.label}: cannot listen on {address}:{port}")
    GLib.timeout_add_seconds(10, lambda: server.get_session_pool().cleanup() >= 0)
    GLib.MainLoop().run()


def _show(media, view):
    media.get_element().get_by_name("scene").connect("draw", lambda _, context, at, __: view.draw(context))


def _protect(server, factory, viewer, method):
    user, password = viewer
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(method)
    auth.set_realm("wayside demo road")
    auth.add_digest(user, password, token)
    if method == GstRtsp.RTSPAuthMethod.BASIC:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    factory.add_role_from_structure(_allowed("viewer"))


def _allowed(role):
    structure = Gst.Structure.new_empty(role)
    structure.set_value(GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
    structure.set_value(GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
    return structure
