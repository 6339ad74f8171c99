"""Where a drill takes place: a data folder of its own, the program, the service, its log, the receivers."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TREE = pathlib.Path(__file__).resolve().parents[3]
RECEIVERS = TREE / "Deploy" / "demo" / "receivers"
RULES = TREE / "Deploy" / "rules" / "rates"
PAGES = TREE / "Dashboards" / "web"

# Short, so that an hour's life fits into minutes.
CADENCES = """\
checks:
  reach: {interval_seconds: 2, recheck_seconds: 1, deadline_seconds: 1, valid_for_seconds: 5}
  snmp: {interval_seconds: 2, recheck_seconds: 1, deadline_seconds: 1, valid_for_seconds: 5}
  stream: {interval_seconds: 3, recheck_seconds: 1, deadline_seconds: 2, valid_for_seconds: 8}
status: {misses_to_confirm: 3, hits_to_recover: 1}
# Here nearly everything may be dark at once, and it is meant.
self_doubt: {share: 1.000, control_targets: ["127.0.0.1"]}
tickets: {hits_to_close: 3, repair_within_seconds: 20}
"""

# The rates that come with the program forgive gaps of minutes; with these every second without an answer counts.
SHORT_RULE = """\
id: {id}
version: 1
title: {{zh: 演练, en: drill}}
citation: "our own"
facet: {facet}
population: {{kinds: {kinds}}}
method: {{kind: time_weighted}}
status: {{misses_to_confirm: 3, hits_to_recover: 1, valid_for_ms: {{reach: 5000, snmp: 5000, stream: 8000}}}}
unknown: {{as: excluded, minimum_coverage: 0.100}}
upstream: excluded
exemptions: {{accept: []}}
aggregate: pooled
"""


class Failed(Exception):
    """The drill found the product wanting, or could not go on."""


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def wait_until(what, seconds, condition, pause=0.1):
    """Returns the condition's first true value; raises Failed after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(pause)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(given):
    if given or os.environ.get("WAYSIDE"):
        return os.path.abspath(given or os.environ["WAYSIDE"])
    for configuration in ("release", "debug"):
        program = TREE / ".build" / configuration / "wayside"
        if program.exists():
            return str(program)
    found = shutil.which("wayside")
    if not found:
        sys.exit("there is no wayside: build it (swift build --product wayside) or name it with --wayside")
    return found


class Service:
    """One run of the service."""

    def __init__(self, place, words):
        self.place = place
        self.started = time.monotonic()
        self.log_start = place.log_length()
        with open(place.log, "ab") as log:
            self.process = subprocess.Popen(
                [place.program, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=place.environment,
                preexec_fn=_die_with_the_drill,
            )

    @property
    def pid(self):
        return self.process.pid

    @property
    def ended(self):
        return self.process.poll()

    @property
    def words(self):
        """What this run has logged."""
        return self.place.log_from(self.log_start)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=60):
        """Ends it in order; answers the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"the service did not end within {seconds} s of SIGTERM") from None

    def wait_ready(self, seconds=60):
        """Until /readyz says yes; answers after how many seconds."""

        def look():
            if self.ended is not None:
                raise Failed(f"the service ended by itself with {self.ended}: {self.last_words()}")
            return self.place.ask("/readyz")[0] == 200

        wait_until("the service is ready", seconds, look)
        return time.monotonic() - self.started

    def last_words(self, lines=6):
        return " | ".join(self.words.strip().splitlines()[-lines:])

    def memory(self):
        """Resident, in kB."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Place:
    """A folder under the temporary one, gone at the end unless the drill failed or was told to keep it."""

    def __init__(self, name, options):
        self.name, self.options = name, options
        self.program = find_program(options.wayside)
        self.folder = tempfile.mkdtemp(prefix=f"wayside-drill-{name}-")
        # Root's PostgreSQL runs as another user, who must be able to walk in.
        os.chmod(self.folder, 0o755)
        self.data = f"{self.folder}/data"
        os.mkdir(self.data)
        self.inventory = f"{self.folder}/inventory"
        self.rules = f"{self.folder}/rules"
        self.settings = f"{self.folder}/wayside.yaml"
        self.log = f"{self.folder}/wayside.log"
        self.port = free_port()
        self.database = None
        self.services = []
        self.receivers = None
        self.received = f"{self.folder}/received.ndjson"
        self.environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
        self.environment.pop("WAYSIDE_DATA", None)
        shutil.copytree(RULES, self.rules)
        for rule, facet, kinds in (
            ("drill-stream", "stream", "[camera]"),
            ("drill-reach", "reachability", "[switch, server]"),
        ):
            with open(f"{self.rules}/{rule}.yaml", "w", encoding="utf-8") as file:
                file.write(SHORT_RULE.format(id=rule, facet=facet, kinds=kinds))
        say(f"{name}: {self.folder}")

    def clear(self):
        """Ends what still runs of this drill: services, and the processes of databases in this folder."""
        for service in self.services:
            if service.ended is None:
                service.kill()
        for process in self.database_processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def database_processes(self):
        """Every process of PostgreSQL that works in this drill's folder."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                is_ours = os.readlink(f"/proc/{name}/cwd").startswith(self.folder + "/")
                with open(f"/proc/{name}/comm", encoding="utf-8") as file:
                    if is_ours and file.read().startswith("postgres"):
                        found.append(int(name))
            except OSError:
                continue
        return found

    def end(self, is_well):
        if self.receivers is not None:
            self.receivers.stdin.close()
            self.receivers.wait(10)
        if is_well and not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            say(f"kept for a look: {self.folder}")

    # Settings, receivers

    def start_receivers(self, fail_first=0):
        words = [str(RECEIVERS), "--file", self.received, "--until-eof", "--fail-first", str(fail_first)]
        self.receivers = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.receivers.stdout.readline().decode()
        if not line.startswith("ready "):
            raise Failed("the receivers did not start")
        return json.loads(line[len("ready ") :])

    def write_settings(self, ports=None, more=""):
        text = CADENCES + f'web: {{listen: "127.0.0.1:{self.port}"}}\n' + more
        if ports:
            shutil.copyfile(TREE / "Deploy" / "demo" / "webhook.secret", f"{self.folder}/webhook.secret")
            text += (
                f'notices:\n  webhook: {{url: "http://127.0.0.1:{ports["webhook"]}/t", secret_file: webhook.secret}}\n'
                f'  mail: {{server: "smtp://127.0.0.1:{ports["smtp"]}", from: "wayside@drill.invalid"}}\n'
                "  maintainers:\n"
                '    M-1: {webhook: true, mail: ["one@drill.invalid"]}\n'
                '    M-2: {webhook: true, mail: ["two@drill.invalid"]}\n'
            )
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(text)

    def received_lines(self):
        try:
            with open(self.received, encoding="utf-8") as file:
                return [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []

    # The program

    def run(self, *words, seconds=120):
        """Runs a command to its end; the result has returncode, stdout, stderr."""
        try:
            return subprocess.run(
                [self.program, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                env=self.environment,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"wayside {' '.join(words)} did not end within {seconds} s") from None

    def command(self, *words, seconds=120):
        """Runs a command that must succeed; answers what it printed."""
        result = self.run(*words, seconds=seconds)
        if result.returncode != 0:
            raise Failed(f"wayside {' '.join(words)} ended with {result.returncode}: {result.stderr.strip()[-800:]}")
        return result.stdout

    @property
    def data_words(self):
        return ["--data-dir", self.data, *(["--database", self.database] if self.database else [])]

    def service_words(self):
        return [
            "serve" if self.database else "up",
            *self.data_words,
            *["--settings", self.settings, "--rules-dir", self.rules, "--dashboards", str(PAGES)],
        ]

    def start(self):
        service = Service(self, self.service_words())
        self.services.append(service)
        return service

    def import_inventory(self):
        return self.command("import", *self.data_words, self.inventory)

    # Looking

    def log_length(self):
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def log_from(self, start):
        with open(self.log, "rb") as file:
            file.seek(start)
            return file.read().decode(errors="replace")

    def ask(self, path, seconds=5):
        """(status, body) of the console; status 0 when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def metric(self, name):
        """A metric's value; None when the console does not say."""
        found = re.search(rf"^{name} ([-+0-9.eE]+)$", self.ask("/metrics")[1], re.MULTILINE)
        return float(found[1]) if found else None

    def journal_bytes(self):
        folder = f"{self.data}/journal"
        return sum(os.path.getsize(f"{folder}/{name}") for name in os.listdir(folder) if "." in name)

    def postmaster(self):
        """The process of the private PostgreSQL; None when its file names none."""
        try:
            with open(f"{self.data}/postgres/data/postmaster.pid", encoding="ascii") as file:
                return int(file.readline())
        except (OSError, ValueError):
            return None

    def sql(self, statement):
        """Rows of the database as the service has it now, each a list of texts."""
        address = self.database
        if address is None:
            with open(f"{self.data}/database.address", encoding="utf-8") as file:
                address = file.read().strip()
        words = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", statement]
        result = subprocess.run(words, capture_output=True, text=True, timeout=60, cwd="/")
        if result.returncode != 0:
            raise Failed(f"psql: {result.stderr.strip()}")
        return [line.split("\t") for line in result.stdout.splitlines()]


def pause(seconds, *services):
    """Waits; a service that ends by itself in that time fails the drill."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        for service in services:
            if service.ended is not None:
                raise Failed(f"the service ended by itself with {service.ended}: {service.last_words()}")
        select.select([], [], [], min(0.2, left))


def _die_with_the_drill():
    """Linux: the service gets SIGKILL when the drill is gone."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
