#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill9: kernels are killed with SIGKILL at random moments under load, and then the record is asked for the truth.

Two kernels at a time share one store. Each gets a stream of numbered cells: reading, writing in the store, failing,
running once, and writing in another database. Some are killed while they start, that is while they recover what the
last one left. KILLS sets how many are killed; SEED repeats the choices of a run (not its timing).
"""
import os
import random
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jupyter"))

from harness import Client, Kernel, Timeout, connection, equal, note, ok, run  # noqa: E402

KILLS = int(os.environ.get("KILLS", "200"))
SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
WORKERS = 2
OUTSTANDING = 12
BULK_ROWS = 300
LIVES = 10  # kernels per notebook
# of 100 cells
MIX = {"read": 30, "slow": 4, "write": 26, "bulk": 8, "fail": 8, "stop": 3, "other": 13, "once": 8}
SHOWN = {"display_data", "execute_result", "stream", "error"}


class Request:
    """One cell that was sent, and what its client saw of it."""

    def __init__(self, life, kind, number, code):
        self.life, self.kind, self.number, self.code = life, kind, number, code
        self.has_begun = False  # execute_input
        self.was_shown = False  # any output
        self.status = None  # of the reply


class FastClient(Client):
    """Connects as soon as the kernel listens."""

    def connect(self, channel, kind, **options):
        return super().connect(channel, kind, reconnect_ivl=5, **options)


class Worker:
    """Starts kernels one after the other and kills them."""

    def __init__(self, place, index):
        self.place = place
        self.index = index
        self.random = random.Random(SEED * WORKERS + index)
        self.requests = {}  # by (session, msg_id)
        self.numbers = index  # every WORKERS-th is ours
        self.once = index
        self.uses_other = False
        self.kills = 0
        self.unexpected = []

    def code(self, kind):
        self.numbers += WORKERS
        number = self.numbers
        if kind == "once":
            number = -1 - self.once
            use = "%use store\n" if self.uses_other else ""
            return number, f"%cell job_once_{self.once}\n{use}INSERT INTO effects VALUES ({number}, 0)"
        if kind == "other":
            return number, f"%use other-{self.index}.db\nINSERT INTO effects VALUES ({number}, 0)"
        text = {
            "read": f"SELECT {number}, count(*) FROM counter",
            "slow": f"WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 100000) "
                    f"SELECT count(*), {number} FROM c",
            "write": f"INSERT INTO effects VALUES ({number}, 0);\n"
                     f"UPDATE counter SET value = value + 1 WHERE id = {self.index}",
            "bulk": f"INSERT INTO effects WITH RECURSIVE c(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM c "
                    f"WHERE i < {BULK_ROWS - 1}) SELECT {number}, i FROM c",
        }.get(kind) or (f"INSERT INTO effects VALUES ({number}, 0);\n"
                        f"UPDATE counter SET value = value + 1 WHERE id = {self.index};\n"
                        f"INSERT INTO missing VALUES (1)")
        return number, "%use store\n" + text if self.uses_other else text

    def send(self, client):
        kind = self.random.choices(list(MIX), list(MIX.values()))[0]
        if kind == "other" and not self.uses_other:
            kind = "read"
        number, code = self.code(kind)
        msg_id = client.start(code, stop_on_error=kind == "stop")
        self.requests[client.session, msg_id] = Request(self.kills, kind, number, code)

    def receive(self, client):
        """Notes all that has come; gives how many replies that were."""
        replies = 0
        for message in client.drain("shell"):
            request = self.requests[client.session, message["parent"]["msg_id"]]
            request.status = message["content"]["status"]
            replies += 1
            expected = {"ok", "aborted"} if request.kind not in ("fail", "stop") else {"error", "aborted"}
            if request.status not in expected:
                self.unexpected.append((request.code, message["content"]))
            if request.kind == "once" and request.status == "ok" and request.number == -1 - self.once:
                self.once += WORKERS
        for message in client.drain("iopub"):
            request = self.requests.get((client.session, message["parent"].get("msg_id")))
            if request and message["msg_type"] == "execute_input":
                request.has_begun = True
            elif request and message["msg_type"] in SHOWN:
                request.was_shown = True
        return replies

    def load(self, client, seconds):
        import zmq
        poller = zmq.Poller()
        for name in ("shell", "iopub"):
            poller.register(client.sockets[name], zmq.POLLIN)
        limit = time.monotonic() + seconds
        waiting = 0
        while (left := limit - time.monotonic()) > 0:
            while waiting < OUTSTANDING:
                self.send(client)
                waiting += 1
            poller.poll(max(1, min(left * 1000, 10)))
            waiting -= self.receive(client)

    def life(self):
        """One kernel from its start to its violent end."""
        prefix = os.path.join(self.place.path, "run", f"k{self.index}-{self.kills}")
        if self.kills % LIVES == 0:
            # A new notebook, with other cells that run once. In some, no cell says which database it is for.
            self.uses_other = self.random.random() < 0.7
            self.once += WORKERS
        kernel = Kernel(self.place, connection("ipc", ip=prefix), wait=False,
                        env={"RSCN_NOTEBOOK": f"torture-{self.index}-{self.kills // LIVES}.ipynb"})
        client = None
        try:
            if self.random.random() < 0.15:
                threading.Event().wait(self.random.uniform(0, 0.15))
            else:
                client = FastClient(kernel)
                self.load(client, self.random.uniform(0, 0.25))
        finally:
            was_alive = kernel.alive()
            kernel.kill()
            self.kills += 1
        if not was_alive:
            raise Timeout("a kernel ended by itself:\n" + kernel.stderr()[-4000:])
        if client:
            # What it sent is still on its way through this process.
            while client.sockets["shell"].poll(20) or client.sockets["iopub"].poll(5):
                self.receive(client)
            client.close()

    def run(self, errors):
        try:
            while self.kills < KILLS // WORKERS:
                self.life()
        except Exception as error:  # reported by the main thread
            errors.append(repr(error))


# --- what the record says -----------------------------------------------------------------------------------------


class Record:
    """The store after recovery, but for what `rscn run` did: executions by (session, msg_id), effects by number."""

    def __init__(self, place, requests):
        self.requests = requests
        self.rows = place.sql("SELECT client_session, msg_id, execution_number, state, effect, target, execution_id,"
                              " recovered_at IS NOT NULL FROM rscn_execution WHERE notebook_name NOT LIKE '%.sql'")
        self.by_message = {(row[0], row[1]): row for row in self.rows}
        self.transitions = place.sql("SELECT execution_number, step, to_state FROM rscn_transition "
                                     "JOIN rscn_execution USING (execution_number) "
                                     "WHERE notebook_name NOT LIKE '%.sql' ORDER BY 1, 2")
        self.effects = dict(place.sql("SELECT n, count(*) FROM effects GROUP BY n"))
        self.place = place

    def state(self, key):
        row = self.by_message.get(key)
        return row[3] if row else None

    def numbers(self, kinds, states):
        return {request.number for key, request in self.requests.items()
                if request.kind in kinds and self.state(key) in states}


def check_acknowledged(record):
    wrong = []
    for key, request in record.requests.items():
        expected = {"ok": {"EXECUTED", "SKIPPED"} if request.kind == "once" else {"EXECUTED"}, "error": {"FAILED"},
                    "aborted": {"CANCELED"}}.get(request.status)
        if expected and record.state(key) not in expected:
            wrong.append((request.kind, request.number, request.status, record.state(key)))
    equal("every acknowledged execution is in the record with the state that its reply said", wrong[:5], [])
    ok("and once", len(record.by_message) == len(record.rows))
    strangers = [key for key in record.by_message if key not in record.requests]
    equal("nothing stands in the record that was not asked for", strangers[:5], [])


def check_begun(record):
    absent = {key: request for key, request in record.requests.items()
              if (request.has_begun or request.was_shown) and key not in record.by_message}
    # A leading %use runs, and says something, before the intent is written: then nothing has had an effect yet.
    shown = [request.code for request in absent.values() if request.was_shown and not request.code.startswith("%")]
    equal("everything that showed output is in the record", shown[:5], [])
    lives = [(request.number % WORKERS, request.life) for request in absent.values() if request.kind != "once"]
    ok("at most the one cell that had just been announced is missing after a kill", len(lives) == len(set(lives)),
       sorted(lives))
    note(f"{len(absent)} cells were announced and killed before the engine had them")


def check_effects(record):
    store = {"write", "bulk"}
    done = record.numbers(store, {"EXECUTED"})
    there = {number for number in record.effects if number >= 0}
    equal("rows are there for exactly the executions that the record calls EXECUTED",
          (sorted(there - done)[:5], sorted(done - there)[:5]), ([], []))
    bulk = record.numbers({"bulk"}, {"EXECUTED"})
    wrong = [number for number in there if record.effects[number] != (BULK_ROWS if number in bulk else 1)]
    equal("and exactly as many as they inserted", wrong[:5], [])
    for index, value in record.place.sql("SELECT id, value FROM counter"):
        writes = [number for number in record.numbers({"write"}, {"EXECUTED"}) if number % WORKERS == index]
        equal(f"counter {index} counted each of them once", value, len(writes))
    once = [number for number, count in record.effects.items() if number < 0 and count != 1]
    equal("no cell that runs once ran twice", once, [])
    acknowledged = {request.number for request in record.requests.values()
                    if request.kind == "once" and request.status == "ok"}
    ran = record.numbers({"once"}, {"EXECUTED"})
    equal("each of them that was acknowledged ran", sorted(acknowledged - ran)[:5], [])
    equal("and where it is EXECUTED its row is there", ran, {number for number in record.effects if number < 0})


def check_other(record, workers):
    there = set()
    doubled = []
    for worker in workers:
        database = sqlite3.connect(os.path.join(record.place.work, f"other-{worker.index}.db"))
        equal(f"the other database {worker.index} is whole", database.execute("PRAGMA integrity_check").fetchall(),
              [("ok",)])
        for number, count in database.execute("SELECT n, count(*) FROM effects GROUP BY n"):
            there.add(number)
            doubled += [number] * (count != 1)
        database.close()
    done = record.numbers({"other"}, {"EXECUTED"})
    maybe = record.numbers({"other"}, {"EXECUTED", "UNKNOWN"})
    equal("in the other database is the effect of all that are EXECUTED", sorted(done - there)[:5], [])
    equal("and besides at most that of those called UNKNOWN", sorted(there - maybe)[:5], [])
    equal("and each once", doubled, [])


def check_recovered(record):
    wrong = []
    for key, row in record.by_message.items():
        request = record.requests.get(key)
        _, _, _, state, effect, target, _, is_recovered = row
        if is_recovered and target == "store" and request.kind in ("write", "bulk", "once"):
            if (state, effect) != ("FAILED", "none"):
                wrong.append((request.kind, state, effect))
    equal("a killed writing cell of the store is FAILED with effect none: its transaction proves it", wrong[:5], [])
    recovered = [row[3] for row in record.rows if row[7]]
    ok("some were killed in the middle", recovered)
    note("recovered: " + ", ".join(f"{recovered.count(state)} {state}" for state in sorted(set(recovered))))


def check_transitions(record):
    legal = set(record.place.sql("SELECT from_state, to_state FROM rscn_legal_transition"))
    last = {}
    wrong = []
    for number, step, to_state in record.transitions:
        before_step, before = last.get(number, (0, "INITIAL"))
        if step != before_step + 1 or (before, to_state) not in legal:
            wrong.append((number, step, before, to_state))
        last[number] = (step, to_state)
    equal("every transition is legal", wrong[:5], [])
    ends = [row[2:4] for row in record.rows if last.get(row[2], (0, None))[1] != row[3]]
    equal("and the last one is the state of the execution", ends[:5], [])
    states = dict(record.place.sql("SELECT json_extract(elaboration, '$.execution'), count(*) "
                                   "FROM code_notebook_state GROUP BY 1"))
    wrong = [row for row in record.rows if states.get(row[6]) != last[row[2]][0]]
    equal("code_notebook_state has as many", wrong[:5], [])


def check_store(place):
    equal("the store passes its integrity check", place.sql("PRAGMA integrity_check"), [("ok",)])
    equal("and its foreign keys", place.sql("PRAGMA foreign_key_check"), [])
    folder = place.store + "-run"
    equal("no in-flight file is left", os.listdir(folder) if os.path.isdir(folder) else [], [])


def prepare(place):
    place.rscn("run", place.file("prepare.sql", "CREATE TABLE effects (n INTEGER, part INTEGER);\n"
                                                "CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER);\n"
                                                "INSERT INTO counter VALUES (0, 0), (1, 0);\n"), check=True)
    for index in range(WORKERS):
        with sqlite3.connect(os.path.join(place.work, f"other-{index}.db")) as database:
            database.execute("CREATE TABLE effects (n INTEGER, part INTEGER)")
        database.close()


def test_kills(place):
    prepare(place)
    workers = [Worker(place, index) for index in range(WORKERS)]
    errors = []
    threads = [threading.Thread(target=worker.run, args=(errors,)) for worker in workers]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal("every kernel lived until it was killed", errors, [])
    kills = sum(worker.kills for worker in workers)
    ok(f"{KILLS} kernels were killed", kills >= KILLS // WORKERS * WORKERS, kills)
    requests = {key: request for worker in workers for key, request in worker.requests.items()}
    statuses = [request.status for request in requests.values()]
    note(f"seed {SEED}: {kills} kills in {time.monotonic() - start:.0f} s, {len(requests)} cells sent, "
         f"{len(statuses) - statuses.count(None)} acknowledged")
    equal("no cell had an error of its own", [one for worker in workers for one in worker.unexpected][:3], [])
    running = place.objects("ps", "--json", "--store", place.store)
    equal("nothing runs any more", running, [])
    result = place.rscn("run", place.file("last.sql", "SELECT 1"))
    equal("the store works", (result.returncode, result.stderr), (0, ""))
    record = Record(place, requests)
    check_store(place)
    check_acknowledged(record)
    check_begun(record)
    check_effects(record)
    check_other(record, workers)
    check_recovered(record)
    check_transitions(record)


if __name__ == "__main__":
    run(test_kills, seconds=400)
