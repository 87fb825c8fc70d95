# SPDX-License-Identifier: Apache-2.0
"""many_kernels: many kernels on one store: nothing is lost, no user sees a busy database,
everything acknowledged is there exactly once.
"""

import os
import threading
import time

from harness import PATIENCE, equal, note, ok, run

KERNELS = int(os.environ.get("RSCN_TEST_KERNELS", "10"))
SECONDS = float(os.environ.get("RSCN_TEST_SECONDS", "20"))


class Worker(threading.Thread):
    """One user: reads, writes to the shared table, a failing cell now and then."""

    def __init__(self, number, client, end):
        super().__init__()
        self.number, self.client, self.end = number, client, end
        self.answers = {}  # msg_id: (code, status, evalue)
        self.written = []
        self.slowest = 0
        self.broken = None

    def run(self):
        try:
            self.work()
        except Exception as error:
            self.broken = repr(error)

    def work(self):
        i = 0
        while time.monotonic() < self.end:
            kind = i % 5
            value = self.number * 1_000_000 + i
            if kind in (0, 2):
                code = (
                    f"INSERT INTO shared VALUES ({value}, {self.number}); "
                    f"SELECT count(*) FROM shared WHERE k = {self.number}"
                )
            elif kind == 4:
                code = f"INSERT INTO shared VALUES ({value}, {self.number}); SELECT nowhere"
            else:
                code = f"SELECT {value} AS v, (SELECT count(*) FROM code_notebook_state) AS states"
            start = time.monotonic()
            msg_id = self.client.start(code)
            content = self.client.reply(msg_id, timeout=60)["content"]
            self.slowest = max(self.slowest, time.monotonic() - start)
            self.client.drain("iopub")
            self.client.backlog["iopub"] = []
            self.answers[msg_id] = (code, content["status"], content.get("evalue"))
            if content["status"] == "ok" and kind in (0, 2):
                self.written.append(value)
            i += 1


def together(place):
    kernels = [place.kernel(wait=False) for _ in range(KERNELS)]
    clients = [kernel.ready().client() for kernel in kernels]
    equal(
        "a table for all",
        clients[0].execute("CREATE TABLE shared(v INTEGER PRIMARY KEY, k INTEGER)").status,
        "ok",
    )
    # Somebody looks on all the time, as people do.
    lookers, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            for command in (
                ("log", "--json", "-n", "20"),
                ("ps", "--json"),
                ("ls",),
                ("runs", "--json"),
            ):
                result = place.rscn(*command, "--store", place.store)
                if result.returncode != 0 or result.stderr:
                    lookers.append((command, result.returncode, result.stderr))

    looker = threading.Thread(target=look)
    looker.start()
    end = time.monotonic() + SECONDS
    workers = [Worker(number, client, end) for number, client in enumerate(clients)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS + 3 * PATIENCE)
    stop.set()
    looker.join(PATIENCE)
    equal("no worker broke", [w.broken for w in workers if w.broken], [])
    answers = {msg_id: answer for worker in workers for msg_id, answer in worker.answers.items()}
    note(
        f"{len(answers)} cells by {KERNELS} kernels in {SECONDS:.0f} s, "
        f"the slowest took {max(w.slowest for w in workers):.2f} s"
    )
    ok(
        "every kernel had its turn",
        all(len(w.answers) >= 10 for w in workers),
        [len(w.answers) for w in workers],
    )
    wrong = [a for a in answers.values() if (a[1] == "error") != ("nowhere" in a[0])]
    equal("no error but those that were asked for", wrong[:5], [])
    equal("those who looked on saw no error", lookers[:3], [])
    equal("all kernels end well", [kernel.shutdown() for kernel in kernels], [0] * KERNELS)
    written = sorted(value for worker in workers for value in worker.written)
    equal(
        "effects: exactly what was acknowledged",
        [row[0] for row in place.sql("SELECT v FROM shared ORDER BY v")] == written,
        True,
    )
    rows = place.log()
    states = {}
    for row in rows:
        states.setdefault(row["msg_id"], []).append(row["state"])
    equal(
        "record: everything acknowledged, exactly once",
        {
            m: s
            for m, s in ((m, states.get(m)) for m in answers)
            if s != ["FAILED" if answers[m][1] == "error" else "EXECUTED"]
        },
        {},
    )
    equal("record: nothing else", len(rows), len(answers) + 1)
    equal("record: a run for each kernel", len(place.runs()), KERNELS)
    equal("record: each with its end", [r for r in place.runs() if not r["ended_at"]], [])
    equal("record: nothing is left in flight", place.objects("ps", "--json"), [])
    equal("record: the store is whole", place.sql("PRAGMA integrity_check"), [("ok",)])
    wal = place.store + "-wal"
    ok(
        "the WAL is folded into the one file",
        not os.path.exists(wal) or os.path.getsize(wal) == 0,
        os.path.exists(wal) and os.path.getsize(wal),
    )


run(together, seconds=240)
