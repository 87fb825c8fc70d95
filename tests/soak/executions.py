# SPDX-License-Identifier: Apache-2.0
"""executions: a million executions through the real wire into one store: memory, descriptors and
WAL stay flat, everything is recorded once, and the next cell costs what the first one did.
"""

import json
import os
import statistics
import time

from harness import DELIMITER, equal, note, ok, run, sign

# At least one for each look.
COUNT = max(int(os.environ.get("RSCN_SOAK_EXECUTIONS", "1000000")), 100)
WINDOW = 200  # requests that are under way at the same time
LOOKS = 20  # at memory, descriptors and WAL
LONE = 300  # cells that are sent one by one, before and after
MOST_GROWTH = 4 << 20
MOST_WAL = 16 << 20
CODES = (
    "SELECT {n} AS n",
    "SELECT 1",
    "INSERT INTO soaked VALUES ({n})",
    "SELECT count(*) FROM soaked WHERE n > {n} - 10",
    "SELECT nowhere",
)


def request(client, number, code):
    msg_id = f"{client.session}-{number}"
    header = json.dumps(
        {
            "msg_id": msg_id,
            "session": client.session,
            "username": "soak",
            "version": "5.4",
            "date": "2026-01-01T00:00:00Z",
            "msg_type": "execute_request",
        }
    ).encode()
    content = json.dumps({"code": code, "silent": False, "stop_on_error": False}).encode()
    frames = [header, b"{}", b"{}", content]
    client.sockets["shell"].send_multipart([DELIMITER, sign(client.key, frames), *frames])


def reply(client):
    if not client.sockets["shell"].poll(60000):
        raise AssertionError("no reply for 60 s")
    return client.sockets["shell"].recv_multipart()


def drain_iopub(client):
    while client.sockets["iopub"].poll(0):
        client.sockets["iopub"].recv_multipart()


def lone_cells(client, first):
    """Median of the milliseconds from a request to its reply, one after the other."""
    times = []
    for number in range(first, first + LONE):
        start = time.perf_counter()
        request(client, number, "SELECT 1")
        reply(client)
        times.append((time.perf_counter() - start) * 1000)
    drain_iopub(client)
    return statistics.median(times)


def descriptors(kernel):
    return len(os.listdir(f"/proc/{kernel.pid}/fd"))


def soak(place):
    kernel = place.kernel()
    client = kernel.client()
    client.execute("CREATE TABLE soaked (n INTEGER PRIMARY KEY)")
    before = lone_cells(client, COUNT)
    looks = []
    sent = received = errors = 0
    start = time.monotonic()
    while received < COUNT:
        while sent < COUNT and sent - received < WINDOW:
            request(client, sent, CODES[sent % len(CODES)].format(n=sent))
            sent += 1
        frames = reply(client)
        received += 1
        errors += b'"status":"error"' in frames[-1].replace(b" ", b"")
        if received % WINDOW == 0:
            drain_iopub(client)
        if received % (COUNT // LOOKS) == 0:
            wal = place.store + "-wal"
            size = os.path.getsize(wal) if os.path.exists(wal) else 0
            looks.append((kernel.rss(), descriptors(kernel), size))
    seconds = time.monotonic() - start
    drain_iopub(client)
    after = lone_cells(client, COUNT + LONE)
    memory = [look[0] for look in looks]
    note(f"{COUNT} executions in {seconds:.0f} s, {COUNT / seconds:.0f}/s as this client sends them")
    note("memory, KiB: " + " ".join(str(size >> 10) for size in memory))
    note(f"a lone cell, median: {before:.3f} ms before, {after:.3f} ms after")
    note(f"the store: {os.path.getsize(place.store) / COUNT:.0f} bytes for each execution")
    ok("memory is flat", max(memory) - memory[1] < MOST_GROWTH, memory)
    equal("so are descriptors", len({look[1] for look in looks[1:]}), 1)
    ok("and the WAL", max(look[2] for look in looks) < MOST_WAL, [look[2] for look in looks])
    equal("every fifth failed, as it should", errors, COUNT // len(CODES))
    equal("the kernel ends well", kernel.shutdown(), 0)
    recorded = place.sql("SELECT count(*), count(DISTINCT msg_id) FROM rscn_execution")[0]
    equal("all are recorded, each once", recorded, (COUNT + 2 * LONE + 1,) * 2)
    equal("effects", place.sql("SELECT count(*) FROM soaked"), [(COUNT // len(CODES),)])
    equal("the store is whole", place.sql("PRAGMA quick_check"), [("ok",)])


run(soak, seconds=3600)
