# SPDX-License-Identifier: Apache-2.0
"""busy_lookups: what only looks is answered at once while a cell runs, and the kernel still looks
busy to those who believe the last status (J-230 to J-233, FE-51, FE-52).

Everything is read from the raw channels: who waits for one reply would not see the order.
"""

import os
import sqlite3
import time

from harness import ENDLESS, contains, equal, note, ok, run

# A look-up that waited for the cell would take as long as the cell, which does not end by itself.
AT_ONCE = 5
LONG_INSERT = (
    "INSERT INTO numbers WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT i FROM n"
)


def complete(client, code, **more):
    return client.request(
        "complete_request", {"code": code, "cursor_pos": len(code)}, timeout=AT_ONCE, **more
    )


def offers(client, code, *names):
    """Whether all names are offered."""
    matches = complete(client, code)["matches"]
    return all(name in matches for name in names)


def running(client, code):
    """Starts a cell that goes on; gives its msg_id when its statements are sure to have begun."""
    msg_id = client.start(code)
    while (
        "begun"
        not in client.wait_published(msg_id, "display_data")["content"]["data"]["text/plain"]
    ):
        pass
    return msg_id


def stop(client, msg_id):
    """Interrupts the cell until it has ended."""
    client.interrupt()
    result = client.finish(msg_id)
    return result.content.get("ename")


REQUESTS = (
    ("complete_request", {"code": "SELECT * FROM fru", "cursor_pos": 17}),
    ("inspect_request", {"code": "SELECT * FROM fruit", "cursor_pos": 17, "detail_level": 0}),
    ("is_complete_request", {"code": "SELECT 1"}),
    ("history_request", {"hist_access_type": "tail", "n": 10}),
    ("kernel_info_request", {}),
    ("comm_info_request", {}),
)


def statuses(client, until):
    """The iopub messages that come until `until` says so, as (parent's msg_id, type or state)."""
    found = []
    while not (found and until(found)):
        message = client.receive("iopub")
        found.append(
            (
                message["parent"].get("msg_id"),
                (
                    message["content"]["execution_state"]
                    if message["msg_type"] == "status"
                    else message["msg_type"]
                ),
            )
        )
    return found


def side_files(place):
    return [name for name in os.listdir(place.work) if name.endswith(("-wal", "-shm"))]


def of_parent(messages, msg_id):
    return [message for message in messages if message["parent"].get("msg_id") == msg_id]


def every_request(place):
    """Each of the six, and what no kernel knows, on shell and (what is allowed there) control."""
    client = place.kernel().client()
    client.execute(
        "CREATE TABLE fruit(name TEXT, weight REAL); INSERT INTO fruit VALUES ('fig', 1)"
    )
    cell = running(client, "SELECT 'begun'; " + ENDLESS)
    client.drain("iopub")
    for msg_type, content in (*REQUESTS, ("strange_request", {})):
        msg_id = client.send(msg_type, content)
        reply = client.receive("shell", AT_ONCE)
        equal(f"{msg_type}: its reply comes first", reply["parent"]["msg_id"], msg_id)
        equal(
            f"{msg_type}: answered",
            reply["content"]["status"],
            {"strange_request": "error", "is_complete_request": "complete"}.get(msg_type, "ok"),
        )
        equal(
            f"{msg_type}: busy, idle, and busy of the cell",
            statuses(client, lambda found: found[-1][0] == cell),
            [(msg_id, "busy"), (msg_id, "idle"), (cell, "busy")],
        )
    for msg_type in ("kernel_info_request", "strange_request"):
        msg_id = client.send(msg_type, {}, channel="control")
        client.reply(msg_id, "control")
        equal(
            f"{msg_type} on control: busy of the cell at the end",
            statuses(client, lambda found: found[-1][0] == cell),
            [(msg_id, "busy"), (msg_id, "idle"), (cell, "busy")],
        )
    msg_id = client.send("comm_open", {"comm_id": "c", "target_name": "t", "data": {}})
    equal(
        "comm_open is closed at once",
        statuses(client, lambda found: found[-1][0] == cell),
        [(msg_id, "busy"), (msg_id, "comm_close"), (msg_id, "idle"), (cell, "busy")],
    )
    reply = client.request("history_request", {"hist_access_type": "tail", "n": 10})
    contains("history: the cell that ended", reply["history"][-1][2], "CREATE TABLE fruit")
    equal("the cell was interrupted", stop(client, cell), "Interrupted")
    msg_id = client.send("complete_request", {"code": "SEL", "cursor_pos": 3})
    client.reply(msg_id)
    equal(
        "when nothing runs the idle is the last",
        [message["content"]["execution_state"] for message in client.published(msg_id)],
        ["busy", "idle"],
    )
    client.execute("SELECT 1")
    equal("and no busy of the cell comes any more", of_parent(client.drain("iopub"), cell), [])


def seen_by_culling(place):
    """What jupyter_server and JupyterLab take for the state: the last status there was (J-232)."""
    client = place.kernel().client()
    untracked = ("kernel_info_request", "comm_info_request", "interrupt_request")
    cell = running(client, "SELECT 'begun'; " + ENDLESS)
    client.drain("iopub")
    sent = [client.send(*REQUESTS[i % len(REQUESTS)]) for i in range(60)]
    for msg_id in sent:
        client.reply(msg_id, timeout=AT_ONCE)
    left = set(sent)
    last = last_tracked = None
    while left or last[0] != cell:
        message = client.receive("iopub")
        if message["msg_type"] != "status":
            continue
        last = (message["parent"]["msg_id"], message["content"]["execution_state"])
        if message["parent"]["msg_type"] not in untracked:
            last_tracked = last[1]
        if last[1] == "idle":
            left.discard(last[0])
    equal("the last status of all: busy of the cell", last, (cell, "busy"))
    equal("the last that is tracked", last_tracked, "busy")
    stop(client, cell)
    client.execute("SELECT 1")
    equal("nothing of the cell after its idle", of_parent(client.drain("iopub"), cell), [])


def order(place):
    """execute_requests keep their order, and look-ups between them do not wait."""
    client = place.kernel().client()
    first = running(client, "SELECT 'begun'; " + ENDLESS)
    cells = [client.start(f"SELECT {i} AS n", stop_on_error=False) for i in range(5)]
    looks = [client.send("complete_request", {"code": "SEL", "cursor_pos": 3}) for _ in range(5)]
    equal(
        "the look-ups are answered first",
        [client.receive("shell", AT_ONCE)["parent"]["msg_id"] for _ in looks],
        looks,
    )
    client.interrupt()
    # The first one failed: what had been sent by then is withdrawn (J-236).
    equal(
        "the cells in their order",
        [client.receive("shell")["parent"]["msg_id"] for _ in range(6)],
        [first, *cells],
    )
    again = [client.start(f"SELECT {i} AS n") for i in range(20)]
    mixed = [client.send("inspect_request", {"code": "t", "cursor_pos": 1}) for _ in range(20)]
    got = [client.receive("shell")["parent"]["msg_id"] for _ in range(40)]
    equal("cells keep their order beside look-ups", [m for m in got if m in again], again)
    equal("so do the look-ups", [m for m in got if m in mixed], mixed)


def in_store(place):
    """An endless query, and a long write, in the store."""
    client = place.kernel().client()
    client.execute("CREATE TABLE numbers(i)")
    cell = running(client, "SELECT 'begun'; " + ENDLESS)
    ok("query: a table", offers(client, "SELECT * FROM num", "numbers"))
    # Another program changes the schema meanwhile.
    other = sqlite3.connect(place.store)
    other.execute("CREATE TABLE made_elsewhere(x)")
    other.commit()
    ok(
        "query: a table that another program made",
        offers(client, "SELECT * FROM ma", "made_elsewhere"),
    )
    other.close()
    equal("query: interrupted", stop(client, cell), "Interrupted")
    cell = running(
        client,
        "CREATE TABLE uncommitted(some_column); CREATE TEMP TABLE passing(other_column);"
        " SELECT 'begun'; " + LONG_INSERT,
    )
    ok("write: its own table", offers(client, "SELECT * FROM un", "uncommitted"))
    ok(
        "write: and its columns",
        offers(client, "SELECT * FROM uncommitted WHERE so", "some_column"),
    )
    ok("write: its TEMP table", offers(client, "SELECT * FROM passing WHERE ot", "other_column"))
    ok("write: what was there", offers(client, "SELECT * FROM num", "numbers"))
    inspected = client.request(
        "inspect_request", {"code": "SELECT * FROM uncommitted", "cursor_pos": 20}, timeout=AT_ONCE
    )
    contains("write: inspected", inspected["data"].get("text/plain"), "some_column")
    equal("write: interrupted", stop(client, cell), "Interrupted")
    equal("write: undone", complete(client, "SELECT * FROM unco")["matches"], [])
    client.execute("CREATE TABLE committed(x); INSERT INTO committed VALUES (1)")
    ok("after the commit", offers(client, "SELECT * FROM com", "committed"))


def on_file(place):
    """An endless query and a long write on a database of the user, in both journal modes."""
    for mode in ("delete", "wal"):
        name = f"shop-{mode}.db"
        path = os.path.join(place.work, name)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute(f"PRAGMA journal_mode={mode}")
        other.execute("CREATE TABLE numbers(i)")
        other.execute("CREATE TABLE orders(customer)")
        client = place.kernel().client()
        cell = running(client, f"%use {name}\nSELECT 'begun'; " + ENDLESS)
        ok(f"{mode}, query: a table", offers(client, "SELECT * FROM ord", "orders"))
        ok(
            f"{mode}, query: nothing of the store",
            not offers(client, "SELECT * FROM rs", "rscn_execution"),
        )
        if mode == "wal":  # with a rollback journal the reading cell holds the writer off
            other.execute("CREATE TABLE made_elsewhere(x)")
            ok(
                f"{mode}, query: a table that another program made",
                offers(client, "SELECT * FROM ma", "made_elsewhere"),
            )
        stop(client, cell)
        client.execute("BEGIN; CREATE TABLE open_table(open_column)")
        ok(f"{mode}: of an open transaction", offers(client, "SELECT * FROM ope", "open_table"))
        cell = running(client, "SELECT 'begun'; " + LONG_INSERT)
        # Until it holds more than its cache it keeps readers off by nothing; then by its lock.
        limit = time.monotonic() + 60
        while os.path.getsize(path + ("-wal" if mode == "wal" else "")) < 4 << 20:
            if time.monotonic() > limit:
                break
        ok(f"{mode}, write: a table", offers(client, "SELECT * FROM ord", "orders"))
        ok(f"{mode}, write: the open one", offers(client, "SELECT * FROM ope", "open_table"))
        stop(client, cell)
        client.execute("ROLLBACK")
        equal(f"{mode}: rolled back", complete(client, "SELECT * FROM open_")["matches"], [])
        other.close()
        # What has looked does not keep a file in its journal mode.
        offers(client, "SELECT * FROM ord", "orders")
        client.execute("PRAGMA journal_mode=DELETE")
        equal(
            f"{mode}: the journal mode can be changed after a look-up",
            "delete" in client.execute("PRAGMA journal_mode").text(),
            True,
        )
        ok(f"{mode}: looked at again", offers(client, "SELECT * FROM ord", "orders"))


def exclusive(place):
    """Another program keeps the file locked for itself."""
    path = os.path.join(place.work, "shop.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE orders(customer)")
    client = place.kernel().client()
    client.execute("%use shop.db")
    other.execute("BEGIN EXCLUSIVE")
    ok("a table of a locked file", offers(client, "SELECT * FROM ord", "orders"))
    ok("its columns", offers(client, "SELECT * FROM orders WHERE cu", "customer"))
    cell = client.start("SELECT count(*) AS n FROM orders")
    ok("while a cell waits for it", offers(client, "SELECT * FROM ord", "orders"))
    other.execute("COMMIT")
    equal("the cell runs then", client.finish(cell).status, "ok")
    other.close()


def in_memory(place):
    """:memory:, TEMP tables, attached databases and parameters complete from the snapshot."""
    other = sqlite3.connect(os.path.join(place.work, "side.db"))
    other.execute("CREATE TABLE on_the_side(x)")
    other.commit()
    client = place.kernel().client()
    cell = running(
        client,
        "%param city Ulm\n%use :memory:\nCREATE TABLE volatile(first, second);\n"
        "CREATE VIEW seen AS SELECT first AS renamed FROM volatile;\n"
        "CREATE INDEX by_first ON volatile(first);\n"
        "CREATE TEMP TABLE brief(third);\n"
        "CREATE TEMP TRIGGER on_brief AFTER INSERT ON volatile BEGIN DELETE FROM brief; END;\n"
        "ATTACH 'side.db' AS side; ATTACH ':memory:' AS extra;\n"
        "CREATE TABLE extra.\"more here\"(fourth);\nSELECT 'begun';\n" + ENDLESS,
    )
    for code, name in (
        ("SELECT * FROM vol", "volatile"),
        ("SELECT * FROM volatile WHERE sec", "second"),
        ("SELECT * FROM see", "seen"),
        ("SELECT * FROM seen WHERE ren", "renamed"),
        ("SELECT * FROM bri", "brief"),
        ("SELECT * FROM brief WHERE th", "third"),
        ("SELECT * FROM on_", "on_the_side"),
        ("SELECT * FROM extra.mo", '"more here"'),
        ("SELECT :ci", ":city"),
    ):
        ok(f"in memory: {code}", offers(client, code, name))
    equal("interrupted", stop(client, cell), "Interrupted")
    cell = running(
        client,
        "DROP TABLE brief; CREATE TABLE later(x);\n%param river Donau\nSELECT 'begun';\n" + ENDLESS,
    )
    equal("dropped", complete(client, "SELECT * FROM bri")["matches"], [])
    ok("made in the next cell", offers(client, "SELECT * FROM lat", "later"))
    ok("a parameter of the middle of a cell", offers(client, "SELECT :ri", ":river"))
    stop(client, cell)
    client.execute("%use store")
    equal("the store again", complete(client, "SELECT * FROM vol")["matches"], [])
    client.execute("%use :memory:")
    ok("memory again", offers(client, "SELECT * FROM vol", "volatile"))
    client.execute("BEGIN; SAVEPOINT s; CREATE TABLE taken_back(x); ROLLBACK TO s")
    equal("ROLLBACK TO", complete(client, "SELECT * FROM tak")["matches"], [])
    other.close()


def waiting_for_the_lock(place):
    """The cell waits for the store's lock, which another kernel holds."""
    holder = place.kernel().client()
    held = running(holder, "CREATE TABLE numbers(i); SELECT 'begun'; " + LONG_INSERT)
    client = place.kernel().client()
    cell = client.start("CREATE TABLE wanted(x)")
    client.wait_published(cell, "stream")  # it says that it waits
    for msg_type, content in REQUESTS:
        reply = client.request(msg_type, content, timeout=AT_ONCE)
        ok(f"{msg_type} is answered", reply["status"] in ("ok", "complete"), reply)
    ok("completion: the record's tables", offers(client, "SELECT * FROM rscn_ex", "rscn_execution"))
    equal("what is not committed there is not seen", complete(client, "FROM nu")["matches"], [])
    stop(holder, held)
    equal("the cell gets the lock", client.finish(cell).status, "ok")


def fresh_kernel(place):
    """Nothing has run yet: the store is looked at, and none is made for a look-up."""
    before = place.kernel()
    before.client().execute("CREATE TABLE fruit(name)")
    before.shutdown()
    kernel = place.kernel()
    client = kernel.client()
    ok("a table", offers(client, "SELECT * FROM fru", "fruit"))
    history = client.request("history_request", {"hist_access_type": "tail", "n": 5})
    contains("history", history["history"][-1][2], "CREATE TABLE fruit")
    kernel.shutdown()
    equal("the store is whole in one file", side_files(place), [])
    path = os.path.join(place.path, "new", "rssd.db")
    nowhere = place.kernel(args=("--store", path)).client()
    ok("without a store: keywords", offers(nowhere, "SEL", "SELECT"))
    equal(
        "without a store: inspect",
        nowhere.request("inspect_request", {"code": "a", "cursor_pos": 0})["found"],
        False,
    )
    history = nowhere.request("history_request", {"hist_access_type": "tail", "n": 5})
    equal("without a store: no history", history["history"], [])
    ok("none was made", not os.path.exists(path))


def how_fast(place):
    """A figure for people; the bound is loose, sanitizers and other tests take their time."""
    client = place.kernel().client()
    client.execute(
        "".join(
            f"CREATE TABLE t{i}({', '.join(f'c{i}_{j}' for j in range(20))});" for i in range(100)
        )
    )
    cell = running(client, "SELECT 'begun'; " + ENDLESS)
    took = []
    for i in range(300):
        start = time.monotonic()
        complete(client, f"SELECT * FROM t{i % 100} WHERE c")
        took.append((time.monotonic() - start) * 1000)
    took.sort()
    note(f"completion while busy: p50 {took[150]:.2f} ms, p99 {took[297]:.2f} ms")
    ok("completion while busy", took[150] < 250, took)
    stop(client, cell)


def end_while_looking(place):
    """The kernel ends in time with look-ups under way."""
    kernel = place.kernel()
    client = kernel.client()
    client.execute("CREATE TABLE fruit(name)")
    for _ in range(500):
        client.send("complete_request", {"code": "SELECT ", "cursor_pos": 7})
    client.send("shutdown_request", {"restart": False}, channel="control")
    status, took = kernel.wait()
    equal("status", status, 0)
    ok(f"it took {took:.2f} s", took < 5, took)
    equal("the store is whole in one file", side_files(place), [])


run(
    every_request,
    seen_by_culling,
    order,
    in_store,
    on_file,
    exclusive,
    in_memory,
    waiting_for_the_lock,
    fresh_kernel,
    how_fast,
    end_while_looking,
    seconds=240,
)
