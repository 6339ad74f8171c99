"""A road of sockets on loopback: hosts that are reached, agents that are asked, cameras that show a picture.

Every device can be brought to fail as real ones do. It runs in a thread of its own; what each was asked is counted.
"""

import asyncio
import csv
import ctypes
import os
import socket
import threading
import time
from dataclasses import dataclass, field

from agent import answer
from camera import Conversation

COMMUNITY = "drill-road"

# Linux: a filter on a listening socket that lets nothing through makes the host fall silent.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction))]


@dataclass
class Device:
    """One device: its row in the inventory, and how it behaves now."""

    key: str
    kind: str
    check: str
    upstream: str = ""
    maintainer: str = "M-1"
    state: str = "up"  # up, silent (nothing comes back), refused (stream only: nobody listens)
    port: int = 0
    sessions: int = 0
    most_sessions: int = 0
    asked: int = 0
    listener: socket.socket = None
    tasks: set = field(default_factory=set)


class Road:
    """The devices, alive between `start` and `stop`."""

    def __init__(self, devices):
        self.devices = {device.key: device for device in devices}
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.history = []  # (time, key, state), for the verdict's reader

    def start(self):
        self.thread.start()
        for device in self.devices.values():
            self._do(self._open(device))

    def stop(self):
        for device in self.devices.values():
            self._do(self._close(device))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    def set(self, key, state):
        """Brings one device into a state; one that is in it already stays there."""
        device = self.devices[key]
        if device.state == state:
            return
        self.history.append((time.time(), key, state))
        self._do(self._turn(device, state))

    def mend(self):
        for key in self.devices:
            self.set(key, "up")

    def is_reached(self, key):
        """Whether the device itself and all above it are up."""
        device = self.devices[key]
        return device.state == "up" and (not device.upstream or self.is_reached(device.upstream))

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    async def _open(self, device):
        kind = socket.SOCK_DGRAM if device.check == "snmp" else socket.SOCK_STREAM
        device.listener = socket.socket(socket.AF_INET, kind)
        device.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        device.listener.bind(("127.0.0.1", device.port))
        device.listener.setblocking(False)
        device.port = device.listener.getsockname()[1]
        if device.check == "snmp":
            started = time.monotonic()
            self.loop.add_reader(device.listener, lambda: self._read(device, started))
        else:
            device.listener.listen(64)
            self._keep(device, self._accept(device, device.listener))

    async def _close(self, device):
        tasks, device.tasks = device.tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if device.listener is not None:
            if device.check == "snmp":
                self.loop.remove_reader(device.listener)
            device.listener.close()
            device.listener = None

    async def _turn(self, device, state):
        before, device.state = device.state, state
        if before == "refused":
            await self._open(device)
        if state == "refused":
            await self._close(device)
        elif device.check == "reach":
            self._hush(device.listener, state == "silent")

    def _keep(self, device, coroutine):
        task = asyncio.ensure_future(coroutine)
        device.tasks.add(task)
        task.add_done_callback(device.tasks.discard)

    def _read(self, device, started):
        while True:
            try:
                data, sender = device.listener.recvfrom(65_536)
            except (BlockingIOError, ConnectionError):
                return
            device.asked += 1
            said = answer(data, COMMUNITY.encode(), device.key, started)
            if said is not None and self.is_reached(device.key):
                device.listener.sendto(said, sender)

    async def _accept(self, device, listener):
        while True:
            client, _ = await self.loop.sock_accept(listener)
            device.asked += 1
            self._keep(device, self._serve(device, client))

    async def _serve(self, device, client):
        device.sessions += 1
        device.most_sessions = max(device.most_sessions, device.sessions)
        writer = None
        try:
            reader, writer = await asyncio.open_connection(sock=client)
            if device.check == "stream" and self.is_reached(device.key):
                await Conversation(reader, writer).hold()
            else:
                while await reader.read(65_536):
                    pass
        except (ConnectionError, OSError):
            pass
        finally:
            device.sessions -= 1
            (writer or client).close()

    @staticmethod
    def _hush(listener, is_silent):
        if not is_silent:
            listener.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
            return
        nothing = _Instruction(0x06, 0, 0, 0)  # return 0 bytes of the packet
        program = _Program(1, ctypes.pointer(nothing))
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(program))

    def write_inventory(self, folder):
        """The road as the service takes it in."""
        os.makedirs(folder, exist_ok=True)
        self._rows(
            f"{folder}/organizations.csv",
            ["key", "name", "kind", "parent"],
            [
                ["P-1", "演练公司", "company", ""],
                ["S-1", "演练路段", "section", "P-1"],
                ["M-1", "甲维护", "maintainer", ""],
                ["M-2", "乙维护", "maintainer", ""],
            ],
        )
        rows = []
        for number, device in enumerate(self.devices.values()):
            address = f"127.0.0.1:{device.port}" if device.check != "stream" else "127.0.0.1"
            stream = f"rtsp://127.0.0.1:{device.port}/main" if device.check == "stream" else ""
            rows.append(
                [device.key, device.kind, f"演练 {device.key}", "S-1", device.maintainer, "G99", f"K{10 + number}+000"]
                + ["up", "1", device.upstream, address, device.check, "drill" if device.check == "snmp" else ""]
                + [stream, "2025-01-01"]
            )
        columns = "key,kind,name,organization,maintainer,road,stake_mark,direction,position_class,upstream,address,"
        self._rows(f"{folder}/devices.csv", (columns + "checks,snmp,stream_url,commissioned_on").split(","), rows)
        with open(f"{folder}/credentials.yaml", "w", encoding="utf-8") as file:
            file.write(f"credentials:\n  drill: {{snmp: {{version: 2c, community: {COMMUNITY}}}}}\n")

    @staticmethod
    def _rows(path, heading, rows):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(heading)
            writer.writerows(rows)


def small_road():
    """Two switches with five cameras each, and twelve hosts."""
    devices = [Device("SW-A", "switch", "snmp"), Device("SW-B", "switch", "snmp", maintainer="M-2")]
    for switch, maintainer in (("SW-A", "M-1"), ("SW-B", "M-2")):
        for number in range(1, 6):
            devices.append(
                Device(f"CAM-{switch[-1]}{number}", "camera", "stream", upstream=switch, maintainer=maintainer)
            )
    for number in range(1, 13):
        devices.append(Device(f"HOST-{number:02}", "server", "reach", maintainer=("M-1", "M-2")[number % 2]))
    return Road(devices)


class Weather(threading.Thread):
    """Breaks and mends devices of a road, one at a time, by a seeded draw, until told to stop."""

    def __init__(self, road, random, pause=(0.3, 2.0)):
        super().__init__(daemon=True)
        self.road, self.random, self.pause = road, random, pause
        self.over = threading.Event()
        self.turns = 0

    def run(self):
        keys = list(self.road.devices)
        while not self.over.wait(self.random.uniform(*self.pause)):
            key = self.random.choice(keys)
            device = self.road.devices[key]
            if device.state != "up":
                state = "up"
            else:
                state = self.random.choice(["silent", "refused"]) if device.check == "stream" else "silent"
            self.road.set(key, state)
            self.turns += 1

    def end(self):
        self.over.set()
        self.join()
