"""The one process that owns the road while it is up: lays it, keeps it as it should be, takes it away."""

import fcntl
import hashlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time

import agents
import camera
import loopback
import place
import wires
from children import Children
from faults import Breakage, Condition, Misunderstood, parse
from plan import Plan, prepare

# How often the keeper looks whether the process that wanted the road is still there.
LEASE_SECONDS = 1.0


class Keeper:
    """Holds what is broken; everything else follows from it, again and again (`bring_about`)."""

    def __init__(self, folder, mode, lease_pid=None):
        self.folder = folder
        self.agents = os.path.join(folder, "agents")
        self.mode = mode
        self.lease = None if lease_pid is None else os.pidfd_open(lease_pid)
        self.children = Children(lambda text: print(text, flush=True))
        self.breakage = Breakage()
        self.condition = None
        self.is_over = False
        if mode == "namespaces":
            wires.remove_all(Plan(os.path.join(place.DEMO, "inventory")))  # what a killed keeper has left
        prefixes = wires.free_prefixes() if mode == "namespaces" else loopback.PREFIXES
        if prefixes is None:
            raise OSError("every address range that the road could use is taken by a route of this machine")
        ports = loopback.ports() if mode == "loopback" else None
        self.snmp_port, _ = ports or (161, 554)
        prepare(place.DEMO, folder, prefixes, ports)
        self.plan = Plan(os.path.join(folder, "inventory"))
        self.wires = (
            wires.Wires(self.plan, prefixes) if mode == "namespaces" else loopback.Loopback(self.plan)
        )
        self.has_chinese = _has_chinese_font()

    # What runs in the devices

    def work_of(self, device):
        """The function that is the device's life, to be run in a process of its own."""
        if device.has_agent:
            words, environment = agents.write_configuration(
                self.agents,
                device,
                self.snmp_port,
                self.plan.communities[device.credential],
                self._fed_by(device),
            )
            words = self.wires.inside(device) + words
            return lambda: os.execvpe(words[0], words, environment)
        viewer = self.plan.viewers[device.credential] if device.credential else None

        def live():
            if self.mode == "namespaces":
                wires.enter(device.namespace)
            camera.serve(device, device.address, device.stream_port, viewer, self.has_chinese)

        return live

    def _fed_by(self, device):
        behind = self.plan.hanging_on(device.key) if device.kind == "switch" else []
        return [(f"ge{n}", d.stake_mark, d.is_dome) for n, d in enumerate(behind, start=1) if d.is_camera]

    # Bringing about what should be

    def bring_about(self):
        """Makes the road what it should be now; running it twice changes nothing."""
        now = time.monotonic()
        wanted = Condition.following_from(self.breakage, self.plan, now)
        if wanted != self.condition:
            self.wires.bring_to(self.condition, wanted)
            self.condition = wanted
        mains = self.breakage.faults.get(("mains", ""))
        agents.write_mains(self.agents, self.breakage.mains_since, mains.hold_seconds if mains else 0.0)
        agents.write_dark(self.agents, [d.stake_mark for d in self.plan.cameras if not self._runs(d)])
        self.children.stop([d.label for d in self.plan.devices.values() if not self._runs(d)])
        for device in self.plan.devices.values():
            if self._runs(device) and device.label not in self.children.by_name:
                self.children.start(device.label, self.work_of(device))
            self.children.hold(device.label, device.key in wanted.hung)

    def _runs(self, device):
        """Whether the device's process should run. Without cables, whoever is cut off does not."""
        if self.mode == "loopback":
            return self.condition.reaches(device, self.plan)
        return device.key not in self.condition.dark

    # Answering

    def reply_to(self, request):
        """The answer to one request of a command."""
        verb = request.get("verb")
        if verb == "status":
            return {"ok": True, **self.status()}
        if verb == "down":
            self.is_over = True
            return {"ok": True, "text": "the road is going"}
        if verb == "repair" and request["words"] == ["all"]:
            self.breakage.clear()
            self.bring_about()
            return {"ok": True, "text": "everything is repaired"}
        try:
            fault = parse(request.get("words", []), self.plan)
        except Misunderstood as error:
            return {"ok": False, "text": str(error)}
        said = " ".join(request["words"])
        if verb == "break":
            self.breakage.add(fault, time.monotonic())
            self.bring_about()
            return {"ok": True, "text": f"broken: {said}"}
        was_broken = self.breakage.remove(fault)
        self.bring_about()
        return {"ok": True, "text": f"repaired: {said}" if was_broken else f"was not broken: {said}"}

    def status(self):
        """What the road is and how each device stands, for people and for the check."""
        now = time.monotonic()
        exhausted = self.breakage.exhausted_at
        return {
            "mode": self.mode,
            "folder": self.folder,
            "fingerprint": fingerprint(self.mode),
            "snmp_port": self.snmp_port,
            "mains_seconds_left": None if exhausted is None else max(0.0, round(exhausted - now, 1)),
            "faults": [[f.what, self._label(f.key)] for f in self.breakage.faults.values()],
            "devices": [
                {
                    "key": d.key,
                    "label": d.label,
                    "kind": d.kind,
                    "name": d.name,
                    "address": d.address,
                    "port": d.stream_port if d.is_camera else self.snmp_port,
                    "credential": d.credential,
                    "path": d.stream_path if d.is_camera else None,
                    "upstream": d.upstream,
                    "is_dark": d.key in self.condition.dark,
                    "is_hung": d.key in self.condition.hung,
                    "is_reached": self.condition.reaches(d, self.plan),
                }
                for d in self.plan.devices.values()
            ],
        }

    def _label(self, key):
        device = self.plan.devices.get(key)
        return device.label if device else ""

    # Living

    def raise_road(self):
        self.wires.build()
        shutil.rmtree(self.agents, ignore_errors=True)
        os.makedirs(self.agents)
        camera.choose_plugins(self.folder)
        _in_a_process_of_its_own(camera.read_plugins)
        self.bring_about()

    def take_away(self):
        self.children.stop_all()
        self.wires.remove()

    def run(self, listener):
        """Lives until told to go, by a command or a signal or the end of who wanted the road."""
        selector = selectors.DefaultSelector()
        wake_reader, wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "is_over", True))
        selector.register(listener, selectors.EVENT_READ)
        selector.register(wake_reader, selectors.EVENT_READ)
        if self.lease is not None:
            selector.register(self.lease, selectors.EVENT_READ)
        while not self.is_over:
            for key, _ in selector.select(self._seconds_to_next()):
                if key.fileobj is listener:
                    self._serve_one(listener)
                elif key.fileobj == wake_reader:
                    os.read(wake_reader, 4096)
                else:
                    self.is_over = True
            if not self.is_over:
                self.children.look_after()
                self.bring_about()

    def _seconds_to_next(self):
        waits = [self.children.look_after()]
        if self.breakage.exhausted_at is not None:
            left = self.breakage.exhausted_at - time.monotonic()
            waits.append(left if left > 0 else None)
        return min((wait for wait in waits if wait is not None), default=None)

    def _serve_one(self, listener):
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(5)
            try:
                with connection.makefile("r", encoding="utf-8") as lines:
                    request = json.loads(lines.readline(65_536))
                reply = self.reply_to(request)
            except (ValueError, OSError, TimeoutError) as error:
                reply = {"ok": False, "text": f"the road's keeper: {error}"}
            try:
                connection.sendall(json.dumps(reply, ensure_ascii=False).encode())
            except OSError:
                pass  # the asker has gone; what was asked is done all the same


def fingerprint(mode):
    """What the running road was made from; another one means that it must be made anew."""
    digest = hashlib.sha256(mode.encode())
    for folder in (os.path.join(place.DEMO, "inventory"), place.HERE):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    digest.update(name.encode() + file.read())
    for name in ("wayside.yaml", "webhook.secret"):
        with open(os.path.join(place.DEMO, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def start(folder, mode, owner, lease_pid):
    """Starts a keeper that outlives this process; returns when the road is laid, or raises OSError.

    `owner` is the (user, group) that may also break and repair: whoever asked for the road through sudo.
    """
    os.makedirs(os.path.join(folder, "log"), exist_ok=True)
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(reader)
            _live(folder, mode, owner, lease_pid, writer)
        os._exit(0)
    os.wait()
    os.close(writer)
    # One message, or the end of the pipe when the keeper dies first.
    said = os.read(reader, 65_536).decode()
    os.close(reader)
    if said != "laid":
        raise OSError(said or f"the road's keeper ended at once; see {folder}/log/keeper.log")


def _live(folder, mode, owner, lease_pid, writer):
    status = 1
    try:
        log = os.open(os.path.join(folder, "log", "keeper.log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        lock = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        keeper = Keeper(folder, mode, lease_pid)
        try:
            keeper.raise_road()
            listener = _listen(folder, owner)
            os.write(writer, b"laid")
            os.close(writer)
            writer = None
            keeper.run(listener)
        finally:
            keeper.take_away()
            _forget(os.path.join(folder, "control"))
        status = 0
    except BlockingIOError:
        os.write(writer, b"another keeper is busy with the road")
    except BaseException as error:
        print(f"the road's keeper ends: {error}", file=sys.stderr, flush=True)
        if writer is not None:
            os.write(writer, str(error).encode())
        raise
    finally:
        os._exit(status)


def _listen(folder, owner):
    path = os.path.join(folder, "control")
    _forget(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o660)
    if owner is not None:
        os.chown(path, *owner)
    listener.listen(8)
    return listener


def _forget(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _in_a_process_of_its_own(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def _has_chinese_font():
    try:
        shown = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True)
    except FileNotFoundError:
        return False
    return "Noto Sans CJK SC" in shown.stdout
