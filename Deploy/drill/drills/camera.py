"""A camera that needs no encoder: an RTSP server (RFC 2326) that sends one small grey key frame again and again."""

import asyncio
import base64
import struct

# A 64 x 64 grey picture, H.264 baseline: sequence and picture parameters, one IDR slice.
SEQUENCE_PARAMETERS = base64.b64decode("Z0LACtkEJsBEAAADAAQAAAMAKDxImSA=")
PICTURE_PARAMETERS = base64.b64decode("aMuDyyA=")
KEY_SLICE = base64.b64decode("ZYiED/JigACAPJycnXXXXXXXXXXXXg==")

CLOCK_RATE = 90_000
FRAMES_A_SECOND = 5
SESSION = "20261"

DESCRIPTION = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=drill\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\n"
    "a=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode=1;sprop-parameter-sets="
    + base64.b64encode(SEQUENCE_PARAMETERS).decode()
    + ","
    + base64.b64encode(PICTURE_PARAMETERS).decode()
    + "\r\na=control:track1\r\n"
)


class Conversation:
    """One client of a camera, until it leaves."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.number = 0
        self.time_stamp = 0
        self.playing = None

    async def hold(self):
        try:
            while True:
                text = (await self.reader.readuntil(b"\r\n\r\n")).decode(errors="replace")
                if not await self._answer(text):
                    return
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            if self.playing is not None:
                self.playing.cancel()

    async def _answer(self, text):
        method, _, rest = text.partition(" ")
        headers = dict(
            (name.strip().lower(), value.strip())
            for name, _, value in (line.partition(":") for line in text.split("\r\n")[1:])
        )
        body, status, extra = "", "200 OK", f"Session: {SESSION};timeout=60\r\n"
        if method == "OPTIONS":
            extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n"
        elif method == "DESCRIBE":
            url = rest.split(" ")[0]
            body, extra = DESCRIPTION, f"Content-Type: application/sdp\r\nContent-Base: {url}/\r\n"
        elif method == "SETUP":
            if "TCP" not in headers.get("transport", "").upper():
                status, extra = "461 Unsupported Transport", ""
            else:
                extra += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self.writer.write(
            f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '0')}\r\n{extra}{length}\r\n{body}".encode()
        )
        await self.writer.drain()
        if method == "PLAY" and self.playing is None:
            self.playing = asyncio.ensure_future(self._play())
        return method != "TEARDOWN"

    async def _play(self):
        try:
            while True:
                for unit in (SEQUENCE_PARAMETERS, PICTURE_PARAMETERS, KEY_SLICE):
                    self._send(unit, is_last=unit is KEY_SLICE)
                await self.writer.drain()
                await asyncio.sleep(1 / FRAMES_A_SECOND)
                self.time_stamp += CLOCK_RATE // FRAMES_A_SECOND
        except (ConnectionError, asyncio.CancelledError):
            pass

    def _send(self, unit, is_last):
        marker = 0x80 if is_last else 0
        packet = struct.pack(">BBHII", 0x80, 96 | marker, self.number, self.time_stamp, 0x2026_1122) + unit
        self.number = (self.number + 1) & 0xFFFF
        self.writer.write(struct.pack(">BBH", 0x24, 0, len(packet)) + packet)
