"""Deploy/drill/refusals

Everything that must be refused, and how: a clear word that names what is wrong and how to mend it, and the exit code
2 (asked wrongly: whoever asked can mend it) or 3 (our own fault). Nothing may be left running or half written.
"""

import os
import shutil
import socket
import subprocess

import figures
from own_database import OwnDatabase
from place import PAGES, Failed, Service, pause, say
from road import small_road

BROKEN_DEVICES = """\
key,kind,name,organization,maintainer,road,stake_mark,direction,position_class,upstream,address,checks,commissioned_on
OK-1,camera,好,S-1,M-1,G99,K1+000,up,1,,127.0.0.1,reach,2025-01-01
BAD-1,kamera,一,S-1,M-1,G99,K1+100,up,1,,127.0.0.1,reach,2025-01-01
BAD-2,camera,二,S-9,M-1,G99,K1+200,up,1,,127.0.0.1,reach,2025-01-01
BAD-3,camera,三,S-1,M-1,G99,K1-x,up,1,,127.0.0.1,reach,2025-01-01
BAD-4,camera,四,S-1,M-1,G99,K1+400,left,1,,127.0.0.1,reach,2025-01-01
BAD-5,camera,五,S-1,M-1,G99,K1+500,up,17,,127.0.0.1,reach,2025-01-01
BAD-6,camera,六,S-1,M-1,G99,K1+600,up,1,,127.0.0.1,reach,2025-02-30
OK-1,camera,七,S-1,M-1,G99,K1+700,up,1,,127.0.0.1,reach,2025-01-01
BAD-8,camera,八,S-1,M-1,G99,K1+800,up,1,NOBODY,127.0.0.1,reach,2025-01-01
BAD-9,switch,九,S-1,M-1,G99,K1+900,up,1,BAD-9,127.0.0.1,reach,2025-01-01
"""

# The state of this machine, which whoever asked can mend and we could not know: either word will do.
MACHINE = (2, 3)

# Line and column of what is wrong in each row above: by the number of the line and of the field.
WRONG_AT = [(3, "kind"), (4, "organization"), (5, "stake_mark"), (6, "direction"), (7, "position_class")] + [
    (8, "commissioned_on"),
    (9, "key"),
    (10, "upstream"),
    (11, "upstream"),
]


def add_options(parser):
    del parser


def quicken(options):
    del options


def run(place, options):
    del options
    road = small_road()
    road.start()
    road.write_inventory(place.inventory)
    place.write_settings()
    found = []
    for part in (first_start, inventory, settings, instances, vault, databases):
        found += part(place)
        if place.database_processes() and part is not databases:
            found.append(f"after {part.__name__.replace('_', ' ')} a database is left running")
            place.clear()
    return found


class Judge:
    """Collects what is not as it should be."""

    def __init__(self):
        self.found = []

    def refused(self, what, result, code, *words):
        """The command must have ended with that code (or one of these), and its words must hold each of these."""
        codes = code if isinstance(code, tuple) else (code,)
        said = " ".join((result.stderr + result.stdout).split())
        lacking = [word for word in words if word.lower() not in said.lower()]
        crashed = "fatal error" in said.lower() or result.returncode < 0
        is_right = result.returncode in codes and not lacking and not crashed
        # A service's log comes first; what it ends with is the answer.
        last = " ".join(result.stderr.strip().splitlines()[-1:] or [said])
        say(f"{'✔' if is_right else '✘'} {what}: {result.returncode}, {last[:300]}")
        if result.returncode not in codes:
            self.found.append(f"{what}: ended with {result.returncode}, not {' or '.join(map(str, codes))}: {said[-500:]}")
        elif lacking or crashed:
            self.found.append(f"{what}: its words lack {lacking}: {said[-500:]}")

    def holds(self, what, is_so, words=""):
        say(f"{'✔' if is_so else '✘'} {what}")
        if not is_so:
            self.found.append(f"{what}: no. {words}")


def service_result(place, *words, seconds=30):
    """A service that is expected to refuse; when it runs after all it is ended, and the code is 0."""
    process = subprocess.Popen(
        [place.program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.terminate()
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def first_start(place):
    judge = Judge()
    fresh = f"{place.folder}/fresh/data"
    words = ["--data-dir", fresh, "--settings", place.settings, "--rules-dir", place.rules, "--dashboards", str(PAGES)]
    service = Service(place, ["up", *words])
    place.services.append(service)
    try:
        service.wait_ready(30)
        is_well, said = service.stop() == 0, ""
    except Failed as failure:
        is_well, said = False, str(failure)
    judge.holds("a first start on a folder that does not exist works", is_well, said)
    with open(f"{place.folder}/file", "w", encoding="utf-8") as file:
        file.write("not a folder\n")
    words[1] = f"{place.folder}/file"
    judge.refused("the data folder is a file", service_result(place, "up", *words), 2, f"{place.folder}/file")
    os.makedirs(f"{place.folder}/closed/data", exist_ok=True)
    if os.geteuid() == 0:
        os.chmod(f"{place.folder}/closed", 0o700)
        words[1] = f"{place.folder}/closed/data"
        judge.refused("PostgreSQL's user cannot walk in", service_result(place, "up", *words), MACHINE, "chmod", "closed")
    words = place.service_words()
    words[words.index("--dashboards") + 1] = f"{place.folder}/nowhere"
    judge.refused("no such folder of pages", service_result(place, *words), 2, "nowhere")
    words = place.service_words()
    words[words.index("--rules-dir") + 1] = f"{place.folder}/nowhere"
    judge.refused("no such folder of rules", service_result(place, *words), 2, "nowhere")
    judge.refused("no such command", place.run("upp"), 2, "upp")
    judge.refused("no such option", place.run("up", "--datadir", "x"), 2, "--datadir")
    judge.refused("a day that is none", place.run("report", "daily", "--day", "2026-02-30"), 2, "2026-02-30")
    judge.refused("serve without a database", place.run("serve", "--data-dir", place.data), 2, "--database")
    judge.refused(
        "a report of a ledger that is empty",
        place.run("report", "daily", *place.data_words, "--rules-dir", place.rules),
        2,
        "empty",
    )
    return judge.found


def inventory(place):
    judge = Judge()
    broken = f"{place.folder}/broken"
    shutil.copytree(place.inventory, broken)
    with open(f"{broken}/devices.csv", "w", encoding="utf-8") as file:
        file.write(BROKEN_DEVICES)
    result = place.run("import", *place.data_words, broken)
    judge.refused("an inventory with nine broken rows", result, 2, "nothing was written")
    columns = BROKEN_DEVICES.split("\n", 1)[0].split(",")
    for line, column in WRONG_AT:
        number = columns.index(column) + 1
        at = [f"devices.csv:{line}:{name}" for name in (column, number)]
        judge.holds(f"row {line} is named with its {column}", any(place_ in result.stderr for place_ in at), result.stderr)
    is_spared = not any(line.startswith("devices.csv:2:") for line in result.stderr.splitlines())
    judge.holds("the good row is not complained of", is_spared, result.stderr)
    result = place.run("import", *place.data_words, "--dry-run", place.inventory)
    judge.holds("nothing was written", "new devices: 24" in result.stdout, result.stdout + result.stderr)
    judge.refused("no such inventory", place.run("import", *place.data_words, f"{place.folder}/no"), 2, "/no")
    result = place.run("import", *place.data_words, "--accept-good-rows", broken)
    judge.holds("the good rows alone are taken when told so", result.returncode == 0, result.stderr)
    shutil.rmtree(place.data)
    os.mkdir(place.data)
    place.import_inventory()
    return judge.found


def settings(place):
    judge = Judge()
    cases = [
        ("an unknown key", "web: {listem: '127.0.0.1:1'}\n", ["listem", "listen"]),
        ("an unknown part", "chekcs: {}\n", ["chekcs", "checks"]),
        ("a port that is none", "web: {listen: '127.0.0.1:99999'}\n", ["99999", "HOST:PORT"]),
        ("an address that is not loopback", "web: {listen: '0.0.0.0:18080'}\n", ["0.0.0.0", "loopback"]),
        ("times that do not fit", "checks: {reach: {interval_seconds: 5, recheck_seconds: 9}}\n", ["recheck"]),
        ("no YAML", "web: [\n", ["bad.yaml:"]),
        (
            "a secret that is not there",
            "notices: {webhook: {url: 'http://127.0.0.1:9/', secret_file: none.secret}}\n",
            ["none.secret"],
        ),
        (
            "an address that is no URL",
            f"notices: {{webhook: {{url: 'http//127', secret_file: {place.settings}}}}}\n",
            ["http//127"],
        ),
    ]
    path = f"{place.folder}/bad.yaml"
    words = place.service_words()
    words[words.index("--settings") + 1] = path
    for what, text, said in cases:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        judge.refused(f"settings: {what}", service_result(place, *words, seconds=15), 2, *said)
    os.unlink(path)
    judge.refused("settings: no such file", service_result(place, *words), 2, "bad.yaml")
    rules = f"{place.folder}/badrules"
    shutil.copytree(place.rules, rules)
    with open(f"{rules}/drill-reach.yaml", "a", encoding="utf-8") as file:
        file.write("lateness: 5\n")
    words = place.service_words()
    words[words.index("--rules-dir") + 1] = rules
    judge.refused("a rule with an unknown key", service_result(place, *words), 2, "lateness", "lateness_ms")
    return judge.found


def instances(place):
    judge = Judge()
    with socket.socket() as taken:
        # An earlier console's connections may still be dying on the port.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", place.port))
        taken.listen(1)
        result = service_result(place, *place.service_words(), seconds=20)
        judge.refused("the console's port is in use", result, MACHINE, str(place.port), "in use")
    service = place.start()
    service.wait_ready()
    result = service_result(place, *place.service_words())
    judge.refused("a second instance on the same folder", result, 2, "another wayside", str(service.pid))
    pause(2, service)
    judge.holds("the first one goes on", place.ask("/readyz")[0] == 200)
    judge.holds("reports work beside it", place.run("tickets", *place.data_words).returncode == 0)
    known = figures.known_until(place)
    result = place.run(
        "report", "daily", *place.data_words, "--rules-dir", place.rules, "--as-known-at", "2030-01-01T00:00:00+08:00"
    )
    judge.refused("a report as known at an instant to come", result, 2, str(known.date()))
    result = place.run("report", "daily", *place.data_words, "--rules-dir", place.rules, "--rule", "provinz")
    judge.refused("a rule that does not exist", result, 2, "provinz", "province-time-weighted")
    judge.refused("a ticket that does not exist", place.run("tickets", "show", "999", *place.data_words), 2, "999")
    service.stop()
    return judge.found


def vault(place):
    judge = Judge()
    key = f"{place.data}/secrets/vault.key"
    os.chmod(key, 0o644)
    result = service_result(place, *place.service_words(), seconds=15)
    judge.refused("a vault's key that others may read", result, MACHINE, "vault.key", "chmod 600")
    os.chmod(key, 0o600)
    os.rename(key, key + ".away")
    result = service_result(place, *place.service_words(), seconds=15)
    judge.refused("a vault without its key", result, MACHINE, "vault.key", "backup")
    os.rename(key + ".away", key)
    return judge.found


def databases(place):
    judge = Judge()
    database = OwnDatabase(f"{place.folder}/own")
    database.start()
    for name in ("newer", "strange", "changed", "wayside"):
        database.provide(name)

    def served(name, url=None):
        place.database = url or database.url(name)
        words = place.service_words()
        place.database = None
        return service_result(place, *words, seconds=20)

    for name in ("newer", "changed"):
        place.command("migrate", "--data-dir", place.data, "--database", database.url(name))
    database.sql(
        "INSERT INTO schema_migration SELECT (x).* FROM (SELECT jsonb_populate_record(m,"
        " jsonb_build_object('name', 'm9999_later')) AS x FROM schema_migration m LIMIT 1) AS later",
        "newer",
    )
    judge.refused("a database that a newer program has migrated", served("newer"), MACHINE, "m9999_later", "newer")
    database.sql("UPDATE schema_migration SET sha256 = sha256('x') WHERE name LIKE 'm0002%'", "changed")
    judge.refused("a database whose schema is another", served("changed"), MACHINE, "m0002")
    database.sql("CREATE TABLE device (id int)", "strange")
    database.sql("ALTER TABLE device OWNER TO wayside", "strange")
    judge.refused("somebody else's database", served("strange"), MACHINE, "device")
    left = database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "strange")
    judge.holds("somebody else's database stays as it was", left == "1", f"it has {left} tables now")
    judge.refused("a database that does not exist", served("nowhere"), 3, "nowhere")
    judge.refused("a URL that is none", served("", "postgres//x"), 2)
    secret = "postgresql://wayside:geheim77@127.0.0.1:1/wayside"
    result = served("", secret)
    judge.refused("a database server that is not there", result, 3, "127.0.0.1")
    judge.holds("no password is said", "geheim77" not in result.stderr + result.stdout, result.stderr)
    database.stop("fast")
    return judge.found
