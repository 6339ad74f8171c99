"""The processes of the road: started, held, restarted when they fall, and never left behind."""

import ctypes
import os
import signal
import sys
import time
import traceback

FIRST_RESTART_SECONDS = 1.0
LONGEST_RESTART_SECONDS = 30.0
STOP_SECONDS = 3.0

_PR_SET_PDEATHSIG = 1


class _Child:
    def __init__(self, work):
        self.work = work
        self.pid = None
        self.is_held = False
        self.restart_seconds = FIRST_RESTART_SECONDS
        self.started_at = 0.0
        self.due_at = 0.0


class Children:
    """Processes by name. One that ends by itself is started again after a growing pause."""

    def __init__(self, report):
        self.report = report
        self.by_name = {}

    def start(self, name, work):
        """Starts `work` (a function that serves or becomes another program) unless it runs already."""
        if name not in self.by_name:
            self.by_name[name] = _Child(work)
            self._fork(name)

    def hold(self, name, is_held):
        """Stops a process where it stands, or lets it go on."""
        child = self.by_name.get(name)
        if child is not None and child.is_held != is_held:
            child.is_held = is_held
            if child.pid is not None:
                os.kill(child.pid, signal.SIGSTOP if is_held else signal.SIGCONT)

    def stop(self, names):
        """Ends these and waits until they are gone."""
        ending = {name: self.by_name.pop(name) for name in list(names) if name in self.by_name}
        pids = [child.pid for child in ending.values() if child.pid is not None]
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while pids and time.monotonic() < deadline:
            pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0] == 0]
            if pids:
                time.sleep(0.02)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def stop_all(self):
        self.stop(list(self.by_name))

    def look_after(self):
        """Notices who has ended, starts again whose pause is over; returns seconds until the next."""
        now = time.monotonic()
        for name, child in self.by_name.items():
            if child.pid is None or os.waitpid(child.pid, os.WNOHANG)[0] == 0:
                continue
            if now - child.started_at > LONGEST_RESTART_SECONDS:
                child.restart_seconds = FIRST_RESTART_SECONDS
            self.report(f"{name} ended; starting it again in {child.restart_seconds:g} s")
            child.pid, child.due_at = None, now + child.restart_seconds
            child.restart_seconds = min(2 * child.restart_seconds, LONGEST_RESTART_SECONDS)
        for name, child in self.by_name.items():
            if child.pid is None and now >= child.due_at:
                self._fork(name)
        waits = [child.due_at - now for child in self.by_name.values() if child.pid is None]
        return max(0.0, min(waits)) if waits else None

    def _fork(self, name):
        child = self.by_name[name]
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _become(child.work, parent)
        child.pid, child.started_at = pid, time.monotonic()
        if child.is_held:
            os.kill(pid, signal.SIGSTOP)


def _become(work, parent):
    """Runs `work` in the forked process; it dies with its parent, however that one ends."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        os.closerange(3, 256)  # the keeper's lock, socket and pipes are not the child's
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
