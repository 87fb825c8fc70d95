# SPDX-License-Identifier: Apache-2.0
"""waiting: one kernel writes to the store for long. What others show comes at once, their replies
wait for the record, a line says for whom; waiting ends at interrupt and shutdown, and nothing is
lost."""

import os
import time

from harness import ENDLESS, contains, equal, ok, run, until

WRITE_LONG = "INSERT INTO t " + ENDLESS


class Writer:
    """A kernel that holds the store's lock until it is told to end."""

    def __init__(self, place):
        self.place = place
        self.kernel = place.kernel()
        self.client = self.kernel.client()
        self.client.execute("CREATE TABLE t(x); INSERT INTO t VALUES (0)")

    def begin(self):
        # What it shows stands in the transaction: the lock is held when it is seen.
        self.msg_id = self.client.start("INSERT INTO t VALUES (1);\nSELECT 'held';\n" + WRITE_LONG)
        self.client.wait_published(self.msg_id, "display_data")

    def end(self):
        self.client.interrupt()
        return self.client.finish(self.msg_id).status


def readers(place):
    """A cell that only reads takes no lock: its result is there, only the reply waits."""
    writer = Writer(place)
    other = place.kernel()
    client = other.client()
    client.execute("SELECT 'first'")
    writer.begin()
    start = time.monotonic()
    msg_id = client.start("SELECT 'seen at once' AS a, count(*) AS n FROM t")
    shown = client.wait_published(msg_id, "display_data")
    took = time.monotonic() - start
    ok(f"the result is shown at once: {took:.3f} s", took < 0.9, took)
    contains("it is the state before", shown["content"]["data"]["text/plain"], "seen at once", "1")
    line = client.wait_published(msg_id, "stream")
    took = time.monotonic() - start
    ok(f"after a second a line says who writes: {took:.2f} s", 0.8 < took < 5, took)
    contains("it names the kernel", line["content"]["text"], str(writer.kernel.pid), "since")
    equal("the reply waits", client.sockets["shell"].poll(0), 0)
    answer = client.request("kernel_info_request", channel="control")
    equal("control is answered meanwhile", answer["status"], "ok")
    equal("the writer is interrupted", writer.end(), "error")
    reply = client.reply(msg_id)["content"]
    equal("now the reply comes", reply["status"], "ok")
    published = client.published(msg_id)
    equal("and idle", published[-1]["content"], {"execution_state": "idle"})
    # Interrupt while the reply waits: it is answered, and recorded when the lock is free.
    writer.begin()
    msg_id = client.start("SELECT 'postponed'")
    client.wait_published(msg_id, "display_data")
    client.wait_published(msg_id, "stream")
    client.interrupt()
    equal(
        "an interrupt ends the wait: answered",
        client.reply(msg_id, timeout=10)["content"]["status"],
        "ok",
    )
    client.published(msg_id)
    # More cells run meanwhile.
    second = client.start("SELECT 'one more'")
    client.wait_published(second, "display_data")
    writer.end()
    equal("the next is answered when the lock is free", client.finish(second).status, "ok")
    until(lambda: len(place.log()) == 7)
    equal("both kernels end well", (other.shutdown(), writer.kernel.shutdown()), (0, 0))
    states = {row["msg_id"]: row["state"] for row in place.log()}
    equal("record: what was postponed is there", states.get(msg_id), "EXECUTED")
    equal("record: all", sorted(states.values()), ["EXECUTED"] * 5 + ["INTERRUPTED"] * 2)
    shown = next(r["execution"] for r in place.log() if r["msg_id"] == msg_id)
    contains("record: with its output", str(place.show(shown)["outputs"]), "postponed")


def writers(place):
    """A cell that writes waits before its first statement, and can be interrupted there."""
    writer = Writer(place)
    other = place.kernel()
    client = other.client()
    client.execute("SELECT 'first'")
    writer.begin()
    msg_id = client.start("INSERT INTO t VALUES (2); SELECT count(*) AS n FROM t")
    line = client.wait_published(msg_id, "stream")
    contains("a line says who writes", line["content"]["text"], str(writer.kernel.pid))
    equal("it waits", client.sockets["shell"].poll(0), 0)
    client.interrupt()
    equal(
        "interrupted while it waits", client.reply(msg_id, timeout=10)["content"]["status"], "error"
    )
    client.published(msg_id)
    waiting = client.start("INSERT INTO t VALUES (3); SELECT count(*) AS n FROM t")
    client.wait_published(waiting, "stream")
    writer.end()
    result = client.finish(waiting)
    equal("when the lock is free it runs", result.status, "ok")
    contains(
        "and sees what is there", result.contents("display_data")[-1]["data"]["text/plain"], "2"
    )
    equal("both kernels end well", (other.shutdown(), writer.kernel.shutdown()), (0, 0))
    states = {row["msg_id"]: row["state"] for row in place.log()}
    equal("record: interrupted", states[msg_id], "INTERRUPTED")
    equal("effect: only one of the two", place.sql("SELECT x FROM t"), [(0,), (3,)])


def interrupted_while_waiting(place):
    """Who interrupts does not wait for the other writer: not for the reply, not for those of the
    cells queued behind, and not because something older is still to be recorded."""
    writer = Writer(place)
    client = place.kernel().client()
    client.execute("SELECT 'first'")
    writer.begin()
    older = client.start("SELECT 'older'")
    client.wait_published(older, "display_data")
    client.interrupt()
    equal("an older one is postponed", client.finish(older, timeout=10).status, "ok")
    queued = [client.start("INSERT INTO t VALUES (2)"), client.start("SELECT 'behind'")]
    client.wait_published(queued[0], "stream")
    client.interrupt()
    equal(
        "interrupted: error, and what is queued behind aborted",
        [client.finish(msg_id, timeout=10).status for msg_id in queued],
        ["error", "aborted"],
    )
    later = client.start("SELECT 'later'")
    line = client.wait_published(later, "stream")
    contains("the next one is told who writes", line["content"]["text"], str(writer.kernel.pid))
    equal("and its reply waits", client.sockets["shell"].poll(0), 0)
    writer.end()
    equal("until the lock is free", client.finish(later).status, "ok")
    until(lambda: len(place.log()) == 7)
    states = {row["msg_id"]: row["state"] for row in place.log()}
    equal(
        "record: all of them",
        [states.get(msg_id) for msg_id in (older, *queued, later)],
        ["EXECUTED", "INTERRUPTED", "CANCELED", "EXECUTED"],
    )


def shutdown_while_waiting(place):
    """The process must not wait for another one: what can't be committed stays in the file."""
    writer = Writer(place)
    kernels = [place.kernel() for _ in range(2)]
    clients = [kernel.client() for kernel in kernels]
    for client in clients:
        client.execute("SELECT 'first'")
    writer.begin()
    reading = clients[0].start("SELECT 'read to the end'")
    clients[0].wait_published(reading, "display_data")
    writing = clients[1].start("INSERT INTO t VALUES (9)")
    clients[1].wait_published(writing, "stream")
    for name, kernel, client in (
        ("reader", kernels[0], clients[0]),
        ("writer", kernels[1], clients[1]),
    ):
        client.send("shutdown_request", {"restart": False}, channel="control")
        status, took = kernel.wait()
        equal(f"shutdown of a waiting {name}: status", status, 0)
        ok(f"shutdown of a waiting {name}: {took:.2f} s (promised: 1)", took < 1.5, took)
    equal("the reader's cell was answered", clients[0].reply(reading)["content"]["status"], "ok")
    equal("the writer's cell was answered", clients[1].reply(writing)["content"]["status"], "error")
    writer.end()
    # Whoever opens the store next takes in what the two left.
    states = {row["msg_id"]: row["state"] for row in place.log()}
    equal("record: the reader's cell", states.get(reading), "EXECUTED")
    equal("record: the writer's cell", states.get(writing), "INTERRUPTED")
    shown = place.show(next(r["execution"] for r in place.log() if r["msg_id"] == reading))
    contains("record: its output is there", str(shown["outputs"]), "read to the end")
    equal("no effect", place.sql("SELECT x FROM t"), [(0,)])
    equal("nothing is left in flight", place.objects("ps", "--json"), [])
    equal("shutdown", writer.kernel.shutdown(), 0)


def killed_while_waiting(place):
    """What had ended and waited for the record is recorded as it ended; the client has no reply."""
    writer = Writer(place)
    kernel = place.kernel()
    client = kernel.client()
    client.execute("SELECT 'first'")
    writer.begin()
    waiting = client.start("SELECT 'came to its end'")
    client.wait_published(waiting, "stream")  # the line that says who writes
    behind = client.start("SELECT 'so did this'")
    client.wait_published(behind, "display_data")
    running = client.start(ENDLESS)
    until(lambda: running in str(in_flight(place)))
    kernel.kill()
    writer.end()
    rows = {row["msg_id"]: row for row in place.log()}
    ends = [rows[msg_id]["state"] if msg_id in rows else None for msg_id in (waiting, behind)]
    equal("record: what had ended", ends, ["EXECUTED", "EXECUTED"])
    equal("record: what ran", rows[running]["state"], "FAILED")
    shown = place.show(rows[waiting]["execution"])
    contains("record: its output", str(shown["outputs"]), "came to its end")
    equal("nothing is left in flight", place.objects("ps", "--json"), [])


def in_flight(place):
    """The bytes of all in-flight files."""
    folder = place.store + "-run"
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [open(os.path.join(folder, name), "rb").read() for name in names]


def first_cell(place):
    """A kernel that starts meanwhile, also when there is something of a dead one to take in."""
    writer = Writer(place)
    dead = place.kernel()
    lost = dead.client().start(ENDLESS)
    until(lambda: place.objects("ps", "--json"))
    dead.kill()
    writer.begin()
    client = place.kernel().client()
    start = time.monotonic()
    msg_id = client.start("SELECT 'first'")
    client.wait_published(msg_id, "display_data")
    took = time.monotonic() - start
    ok(f"the first cell is shown after {took:.2f} s", took < 5, took)
    writer.end()
    equal("and answered", client.finish(msg_id).status, "ok")
    states = {row["msg_id"]: row["state"] for row in place.log()}
    equal("record: both", (states.get(msg_id), states.get(lost)), ("EXECUTED", "FAILED"))


def other_databases(place):
    """Another database: a locked one is waited for, then named; a cell there is no cell in the store."""
    first, second = place.kernel().client(), place.kernel().client()
    for client in (first, second):
        client.execute("%use other.db --create\nCREATE TABLE IF NOT EXISTS o(x)")
    begun = first.execute("BEGIN IMMEDIATE;\nINSERT INTO o VALUES (1)")
    equal("a transaction may stay open", begun.status, "ok")
    second.execute("%set timeout 1")
    start = time.monotonic()
    locked = second.execute("INSERT INTO o VALUES (2)")
    took = time.monotonic() - start
    equal("a locked database is an error", locked.status, "error")
    ok(f"after the time that was set: {took:.2f} s", 0.8 < took < 10, took)
    contains("and is named", locked.content["evalue"], "other.db")
    second.execute("%set timeout 60")
    msg_id = second.start("INSERT INTO o VALUES (3)")
    until(lambda: place.objects("ps", "--json"))
    second.interrupt()
    equal(
        "the wait can be interrupted",
        second.reply(msg_id, timeout=10)["content"]["status"],
        "error",
    )
    second.published(msg_id)
    equal("commit", first.execute("COMMIT").status, "ok")
    equal("then it works", second.execute("INSERT INTO o VALUES (4)").status, "ok")
    states = {row["msg_id"]: row["state"] for row in place.log()}
    equal("record: the interrupted one", states[msg_id], "INTERRUPTED")
    failed = [place.show(row["execution"]) for row in place.log() if row["state"] == "FAILED"]
    equal(
        "record: the locked one",
        [(f["effect"], f["code"]) for f in failed],
        [("none", "INSERT INTO o VALUES (2)")],
    )
    targets = {
        row["target"] for row in place.log() if "INSERT" in place.show(row["execution"])["code"]
    }
    equal("record: the target is the real path", targets, {place.work + "/other.db"})


run(
    readers,
    writers,
    interrupted_while_waiting,
    shutdown_while_waiting,
    killed_while_waiting,
    first_cell,
    other_databases,
    seconds=200,
)
