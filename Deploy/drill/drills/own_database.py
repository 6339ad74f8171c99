"""A PostgreSQL of the drill's own, for `wayside serve`: made, stopped, frozen and brought back at will."""

import glob
import os
import pwd
import signal
import subprocess

from place import Failed


class OwnDatabase:
    """A throwaway cluster in a folder of its own; listens on a Unix socket only."""

    def __init__(self, folder):
        self.data, self.socket = f"{folder}/data", f"{folder}/run"
        self.log = f"{folder}/postgres.log"
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(p.split("/")[4]))
        if not programs:
            raise Failed("no PostgreSQL is installed (apt-get install postgresql-15)")
        self.programs = os.path.dirname(programs[-1])
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        for path in (folder, self.socket):
            os.makedirs(path, exist_ok=True)
            if self.account:
                os.chown(path, self.account.pw_uid, self.account.pw_gid)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        with open(f"{self.data}/postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.socket}'\nport = 5499\n")
            file.write("shared_buffers = 32MB\nmax_connections = 40\n")

    def url(self, database="wayside", user="wayside"):
        return f"postgresql://{user}@/{database}?host={self.socket}&port=5499"

    def _run(self, program, *words):
        command = [f"{self.programs}/{program}", *words]
        if self.account:
            drop = ["setpriv", f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups"]
            command = [*drop, "--", *command]
        result = subprocess.run(command, capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL)
        if result.returncode != 0:
            raise Failed(f"{program}: {result.stderr.strip() or result.stdout.strip()}")

    def start(self):
        # pg_ctl's own output is a pipe of ours, which the server must not inherit: so it logs to a file.
        self._run("pg_ctl", "-D", self.data, "-l", self.log, "-s", "-w", "start")

    def stop(self, mode="immediate"):
        self._run("pg_ctl", "-D", self.data, "-s", "-w", "-m", mode, "stop")

    def provide(self, database="wayside"):
        """The role, once, and an empty database of it."""
        self.sql("DO $$ BEGIN CREATE ROLE wayside LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        self.sql(f"CREATE DATABASE {database} OWNER wayside")

    def sql(self, statement, database="postgres"):
        words = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database, "postgres")]
        result = subprocess.run([*words, "-c", statement], capture_output=True, text=True, cwd="/")
        if result.returncode != 0:
            raise Failed(f"psql: {result.stderr.strip()}")
        return result.stdout.strip()

    def processes(self):
        with open(f"{self.data}/postmaster.pid", encoding="ascii") as file:
            postmaster = int(file.readline())
        with open(f"/proc/{postmaster}/task/{postmaster}/children", encoding="ascii") as file:
            return [postmaster, *map(int, file.read().split())]

    def freeze(self):
        """The server hangs: it takes connections (the kernel does) and never answers."""
        frozen = self.processes()
        for process in frozen:
            os.kill(process, signal.SIGSTOP)
        return frozen

    @staticmethod
    def thaw(frozen):
        for process in frozen:
            try:
                os.kill(process, signal.SIGCONT)
            except ProcessLookupError:
                pass
