# SPDX-License-Identifier: Apache-2.0
"""interrupt_shutdown: a cell can always be stopped, the kernel is never deaf, and it ends as
promised: in time, with status 0, and with a record that tells the truth.
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time

import zmq

from harness import (
    ENDLESS,
    RSCN,
    Client,
    Timeout,
    connection,
    contains,
    equal,
    note,
    ok,
    run,
    until,
)

# One call of a function, which nothing can interrupt (K-16): 1.5 to 3 s.
ONE_CALL = "SELECT length(hex(zeroblob(49000000))) + instr(zeroblob(60000000), x'0001')"
END_LIMIT = 1.5
INSERT_ENDLESS = (
    "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
)


def running(client, code, **content):
    msg_id = client.start(code, **content)
    client.wait_published(msg_id, "execute_input")
    return msg_id


def in_engine(place):
    """Waits until a cell stands in an in-flight file: the engine has it or is about to get it."""
    return until(lambda: place.objects("ps", "--json"))


def interrupts(place):
    kernel = place.kernel()
    client = kernel.client()
    client.execute("CREATE TABLE t(x); INSERT INTO t VALUES (0)")
    client.interrupt()
    kernel.signal(signal.SIGINT)
    client.interrupt()
    equal(
        "an interrupt when nothing runs does nothing to the next cell",
        client.execute("SELECT 1").status,
        "ok",
    )
    for how in ("control", "SIGINT"):
        for name, code in (
            ("an endless query", ENDLESS),
            ("an INSERT without end", INSERT_ENDLESS),
        ):
            msg_id = running(client, "SELECT 'before';\n" + code)
            in_engine(place)
            client.drain("iopub")
            start = time.monotonic()
            if how == "control":
                equal(f"{how}, {name}: interrupt_reply", client.interrupt(), {"status": "ok"})
            else:
                kernel.signal(signal.SIGINT)
            reply = client.reply(msg_id)["content"]
            took = time.monotonic() - start
            equal(f"{how}, {name}: the reply is an error", reply["status"], "error")
            ok(f"{how}, {name}: it took {took:.3f} s", took < 2, took)
            client.published(msg_id)
            shown = place.show("-1")
            equal(
                f"{how}, {name}: record", (shown["state"], shown["effect"]), ("INTERRUPTED", "none")
            )
    queued = [running(client, ENDLESS), client.start("SELECT 2")]
    in_engine(place)
    client.interrupt()
    equal(
        "what was queued behind an interrupted cell is aborted",
        [client.finish(m).status for m in queued],
        ["error", "aborted"],
    )
    equal("the kernel is kept", client.execute("SELECT count(*) FROM t").status, "ok")
    equal("no effect", place.sql("SELECT count(*) FROM t"), [(1,)])
    equal("shutdown", kernel.shutdown(), 0)
    equal(
        "record", place.states(), ["EXECUTED"] * 2 + ["INTERRUPTED"] * 5 + ["CANCELED", "EXECUTED"]
    )


def at_once(place):
    """An interrupt sent the moment a cell is shown as busy is for that cell, also when the kernel
    has yet to open its store for it."""
    for how in ("control", "SIGINT"):
        for i in range(4):
            kernel = place.kernel()
            client = kernel.client()
            if i % 2:
                client.execute("SELECT 1")
            msg_id = client.start(ENDLESS)
            client.wait_published(msg_id, "status")
            if how == "control":
                client.interrupt()
            else:
                kernel.signal(signal.SIGINT)
            try:
                status = client.reply(msg_id, timeout=10)["content"]["status"]
            except Timeout:
                status = "it runs on"
            equal(f"{how} at once, {'later' if i % 2 else 'first'} cell", status, "error")
            equal(f"{how} at once: shutdown", kernel.shutdown(), 0)
    equal("record", place.states().count("INTERRUPTED"), 8)


def shutdown_twice(place):
    """Every shutdown_request gets a reply; on shell, where it is deprecated, it works too."""
    kernel = place.kernel()
    client = kernel.client()
    running(client, ENDLESS)
    sent = [
        client.send("shutdown_request", {"restart": restart}, channel="control")
        for restart in (False, True)
    ]
    equal(
        "two requests, two replies",
        [client.reply(msg_id, "control")["content"]["restart"] for msg_id in sent],
        [False, True],
    )
    equal("status", kernel.wait()[0], 0)
    kernel.restart()
    running(client, ENDLESS)
    reply = client.reply(client.send("shutdown_request", {"restart": False}))
    equal(
        "on shell",
        (reply["msg_type"], reply["content"]),
        ("shutdown_reply", {"status": "ok", "restart": False}),
    )
    equal("on shell: status", kernel.wait()[0], 0)
    equal("record", place.states(), ["INTERRUPTED"] * 2)


def storm(place):
    """200 interrupts during short cells (J-240)."""
    kernel = place.kernel()
    client = kernel.client()
    client.execute("CREATE TABLE t(x)")
    control = kernel.client(iopub=False)
    stop = threading.Event()
    replies = []

    def blow():
        for i in range(200):
            before = len(sent)
            if i % 2:
                kernel.signal(signal.SIGINT)
            else:
                replies.append(control.interrupt()["status"])
            if i % 4 == 3:
                until(lambda: len(sent) > before)
        stop.set()

    sent = []
    thread = threading.Thread(target=blow)
    thread.start()
    work = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) "
        "SELECT max(i) FROM n"
    )
    while not stop.is_set() or len(sent) < 100:
        msg_id = client.start(f"INSERT INTO t VALUES ({len(sent)}); {work}", stop_on_error=False)
        sent.append((msg_id, client.finish(msg_id).status))
    thread.join()
    equal("every interrupt was answered", replies, ["ok"] * 100)
    ok("every cell was answered", {status for _, status in sent} <= {"ok", "error"}, sent)
    equal("the kernel works", client.execute("SELECT 1").status, "ok")
    info = client.request("kernel_info_request")
    equal("and answers", info["status"], "ok")
    good = sum(status == "ok" for _, status in sent)
    note(f"{len(sent)} cells, {len(sent) - good} of them interrupted")
    ok("some were hit and some were not", 5 < good < len(sent) - 5, good)
    equal("effect and replies agree", place.sql("SELECT count(*) FROM t"), [(good,)])
    states = {row["msg_id"]: row["state"] for row in place.log()}
    equal(
        "record agrees with the replies",
        [states[m] for m, _ in sent],
        ["EXECUTED" if status == "ok" else "INTERRUPTED" for _, status in sent],
    )
    equal("shutdown", kernel.shutdown(), 0)


def never_deaf(place):
    """Heartbeat and control are answered while one call runs that can't be interrupted."""
    kernel = place.kernel()
    client = kernel.client()
    heart = client.connect("hb", zmq.REQ)
    heart.send(b"warm")
    heart.recv()
    msg_id = running(client, ONE_CALL)
    in_engine(place)
    client.request("kernel_info_request", channel="control")
    beats, infos = [], []
    while time.monotonic() and not client.sockets["shell"].poll(0) and len(beats) < 500:
        start = time.monotonic()
        heart.send(b"beat")
        heart.recv()
        beats.append(time.monotonic() - start)
        start = time.monotonic()
        client.request("kernel_info_request", channel="control")
        infos.append(time.monotonic() - start)
        client.drain("iopub")
    note(
        f"{len(beats)} rounds while it ran: heartbeat at most {max(beats) * 1000:.1f} ms, "
        f"control {max(infos) * 1000:.1f} ms"
    )
    ok("there was something to measure", len(beats) > 20, len(beats))
    ok("heartbeat within 200 ms (promised: 50)", max(beats) < 0.2, max(beats))
    ok("control within 200 ms (promised: 50)", max(infos) < 0.2, max(infos))
    equal("the cell ends well", client.reply(msg_id)["content"]["status"], "ok")
    heart.close(0)
    # An interrupt during the call takes hold right behind it (K-16: SQLite alone would lose it).
    msg_id = running(client, ONE_CALL + ";\nSELECT 'not reached'")
    in_engine(place)
    client.interrupt()
    equal("interrupted behind the call", client.reply(msg_id)["content"]["status"], "error")
    equal("the next cell runs", client.execute("SELECT 1").status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    equal("record", place.states(), ["EXECUTED", "INTERRUPTED", "EXECUTED"])


def ends(place):
    """Shutdown, SIGTERM, SIGHUP while a cell runs and while none does."""
    kernel = place.kernel()
    client = kernel.client()
    client.execute("CREATE TABLE t(x)")
    equal("shutdown when idle", kernel.shutdown(), 0)

    def check(name, code, end, expected):
        kernel.restart()
        client.drain("shell")
        msg_id = running(client, code)
        queued = client.start("INSERT INTO t VALUES ('queued')")
        in_engine(place)
        end()
        status, took = kernel.wait()
        equal(f"{name}: status", status, 0)
        ok(f"{name}: it took {took:.2f} s (promised: 1)", took < END_LIMIT, took)
        rows = {row["msg_id"]: row for row in place.log()}
        equal(f"{name}: record", rows.get(msg_id, {}).get("state"), expected)
        # It may not have been received yet; if it was, it is recorded as what it is.
        ok(
            f"{name}: what was queued has not run",
            queued not in rows or rows[queued]["state"] == "CANCELED",
            rows.get(queued),
        )
        equal(f"{name}: nothing is left in flight", place.objects("ps", "--json"), [])
        equal(f"{name}: no process is left", place.leftovers(), [])

    def shut_down():
        client.send("shutdown_request", {"restart": False}, channel="control")

    check("shutdown, endless query", ENDLESS, shut_down, "INTERRUPTED")
    reply = client.receive("control")
    equal(
        "shutdown_reply",
        (reply["msg_type"], reply["content"]),
        ("shutdown_reply", {"status": "ok", "restart": False}),
    )
    check("shutdown, INSERT without end", INSERT_ENDLESS, shut_down, "INTERRUPTED")
    check("SIGTERM, endless query", ENDLESS, lambda: kernel.signal(signal.SIGTERM), "INTERRUPTED")
    check("SIGHUP, endless query", ENDLESS, lambda: kernel.signal(signal.SIGHUP), "INTERRUPTED")
    check("shutdown, one call", ONE_CALL, shut_down, "INTERRUPTED")
    check(
        "SIGTERM, one call in a writing cell",
        "INSERT INTO t VALUES (1);\n" + ONE_CALL,
        lambda: kernel.signal(signal.SIGTERM),
        "INTERRUPTED",
    )
    effects = {
        row["execution"]: place.show(row["execution"])["effect"]
        for row in place.log()
        if row["state"] == "INTERRUPTED"
    }
    equal("record: no interrupted cell took effect", set(effects.values()), {"none"})
    equal("no effect", place.sql("SELECT count(*) FROM t"), [(0,)])
    for number in (signal.SIGTERM, signal.SIGHUP):
        kernel.restart()
        kernel.signal(number)
        status, took = kernel.wait()
        ok(
            f"{number.name} when idle: {took:.2f} s",
            status == 0 and took < END_LIMIT,
            (status, took),
        )
    equal("record: the store is whole", place.sql("PRAGMA integrity_check"), [("ok",)])


def parent_death(place):
    """A kernel whose parent dies is gone within five seconds, idle and busy; and on another
    database a write that began is told.
    """
    program = (
        "import json, os, subprocess, sys\n"
        "env = {**os.environ, 'JPY_PARENT_PID': str(os.getpid())}\n"
        "child = subprocess.Popen(json.loads(sys.argv[1]), env=env, start_new_session=True, "
        "stdin=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    for name, code in (("idle", None), ("busy", ENDLESS)):
        info = connection()
        file = os.path.join(place.path, "run", name + ".json")
        with open(file, "w", encoding="utf-8") as out:
            json.dump(info, out)
        parent = subprocess.Popen(
            [sys.executable, "-c", program, json.dumps([RSCN, "kernel", "-f", file])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=place.work,
            text=True,
        )
        pid = int(parent.stdout.readline())
        client = Client(info)
        client.request("kernel_info_request")
        if code:
            running(client, code)
            in_engine(place)
        descriptor = os.pidfd_open(pid)
        parent.kill()
        parent.wait()
        start = time.monotonic()
        gone, _, _ = select.select([descriptor], [], [], 20)
        took = time.monotonic() - start
        ok(f"{name}: gone {took:.2f} s after its parent (promised: 5)", gone and took < 5, took)
        os.close(descriptor)
        client.close()
        if not gone:
            os.kill(pid, signal.SIGKILL)
    equal("record", place.states(), ["INTERRUPTED"])
    ok("record: the run has ended", all(one["ended_at"] for one in place.runs()), place.runs())
    equal("nothing is left", place.leftovers(), [])


def killed(place):
    """kill -9 in the middle of a cell: the log has the attempt and its true end (ARCHITECTURE.md).
    """
    kernel = place.kernel()
    client = kernel.client()
    client.execute("CREATE TABLE t(x)")
    other = os.path.join(place.work, "other.db")
    cases = (
        ("a write in the store", "INSERT INTO t VALUES (1);\n" + INSERT_ENDLESS, "FAILED", "none"),
        ("a query in the store", ENDLESS, "FAILED", "none"),
        (
            "a write elsewhere",
            "%use other.db --create\nCREATE TABLE IF NOT EXISTS o(x);\nINSERT INTO o VALUES (1);\n"
            + ENDLESS,
            "UNKNOWN",
            None,
        ),
    )
    for name, code, state, effect in cases:
        msg_id = running(client, code)
        in_engine(place)
        if "other" in code:
            until(lambda: os.path.exists(other) and os.path.getsize(other) > 0)
        equal(
            f"{name}: rscn ps shows it",
            [row["code"] == code for row in place.objects("ps", "--json")],
            [True],
        )
        kernel.kill()
        rows = {row["msg_id"]: row for row in place.log()}
        equal(f"{name}: record", rows.get(msg_id, {}).get("state"), state)
        if msg_id in rows:
            shown = place.show(rows[msg_id]["execution"])
            equal(f"{name}: effect", shown["effect"], effect)
            equal(f"{name}: code", shown["code"], code)
            ok(f"{name}: a reason is given", shown["reason"])
        equal(f"{name}: rscn ps shows nothing", place.objects("ps", "--json"), [])
        kernel.restart()
        client.drain("shell")
        msg = client.finish(client.send("execute_request", {"code": code}, msg_id=msg_id))
        equal(f"{name}: sent again, it is not run again", msg.status, "error")
    last = client.execute("INSERT INTO t VALUES (5)")
    equal(
        "a write right after a restart that would land in another database is stopped",
        last.status,
        "error",
    )
    contains("and says why", last.content["evalue"], "other.db", "%use store")
    equal(
        "after %use store it runs",
        client.execute("%use store\nINSERT INTO t VALUES (5)").status,
        "ok",
    )
    equal("no effect of what was killed", place.sql("SELECT x FROM t"), [(5,)])
    equal("record: the store is whole", place.sql("PRAGMA integrity_check"), [("ok",)])
    equal("shutdown", kernel.shutdown(), 0)


def left_open(place):
    """A transaction that the user has open on another database dies with the kernel, and that is recorded."""
    cells = (
        "%use other.db --create\nCREATE TABLE t(x)",
        "BEGIN; INSERT INTO t VALUES (1)",
        "COMMIT",
        "BEGIN; INSERT INTO t VALUES (2)",
        "SELECT x FROM t",
    )
    kernel = place.kernel()
    client = kernel.client()
    for code in cells:
        equal(f"{code!r} runs", client.execute(code).status, "ok")
    kernel.kill()
    committed, rolled_back = ["EXECUTED"] * 3, ["ROLLED_BACK"] * 2
    equal("killed: what was not committed is ROLLED_BACK", place.states(), committed + rolled_back)
    equal("nothing is left in flight", place.objects("ps", "--json"), [])
    kernel.restart()
    client.drain("shell")
    equal("again", client.execute("%use other.db\nBEGIN; INSERT INTO t VALUES (3)").status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    equal(
        "ended in order: ROLLED_BACK too",
        place.states(),
        committed + rolled_back + ["ROLLED_BACK"],
    )


def restart_by_client(place):
    """Restart while a cell runs, as a front end does it: same ports, same client."""
    kernel = place.kernel()
    client = kernel.client()
    client.execute("SELECT 1")
    msg_id = running(client, ENDLESS)
    in_engine(place)
    client.interrupt()
    client.send("shutdown_request", {"restart": True}, channel="control")
    status, took = kernel.wait()
    ok(f"ended in {took:.2f} s", status == 0 and took < END_LIMIT, (status, took))
    equal("the interrupted cell was answered", client.reply(msg_id)["content"]["status"], "error")
    equal(
        "shutdown_reply says restart",
        client.receive("control")["content"],
        {"status": "ok", "restart": True},
    )
    kernel.restart()
    result = client.execute("SELECT 2")
    equal("the same client goes on", (result.status, result.content["execution_count"]), ("ok", 1))
    equal("shutdown", kernel.shutdown(), 0)
    equal("record", place.states(), ["EXECUTED", "INTERRUPTED", "EXECUTED"])
    equal(
        "record: two runs with an end",
        [bool(one["ended_at"]) for one in place.runs()],
        [True, True],
    )


run(
    interrupts,
    at_once,
    storm,
    never_deaf,
    ends,
    shutdown_twice,
    parent_death,
    killed,
    left_open,
    restart_by_client,
)
