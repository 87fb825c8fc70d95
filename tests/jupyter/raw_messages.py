# SPDX-License-Identifier: Apache-2.0
"""raw_messages: forged, damaged, replayed and strange messages. What is not rightly signed is
never answered; what is, and has a readable header, always is (J-241); the kernel lives and its
memory stays flat.
"""

import json
import os
import random
import socket

import zmq

from harness import CHANNELS, DELIMITER, Timeout, contains, dumps, equal, note, ok, run, sign

SEED = 20240229
FORGED = int(os.environ.get("RSCN_TEST_FORGED", "1000"))
# A sanitizer keeps freed memory for a while: without this its own hoard would be measured.
SMALL_QUARANTINE = {
    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")
    + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
}
# What a flood may leave: a socket's queue at its fullest, and the signatures that were seen (65,536).
MOST_GROWTH = (16 if FORGED <= 1000 else 32) << 20


# --- messages that must not be answered -----------------------------------------------------------


def flip(chance, frames, signature):
    """One bit of a frame or of the signature."""
    changed = [bytearray(frame) for frame in [signature, *frames]]
    which = chance.choice([i for i, frame in enumerate(changed) if frame])
    at = chance.randrange(len(changed[which]))
    changed[which][at] ^= 1 << chance.randrange(8)
    return [DELIMITER, *map(bytes, changed)]


def forgeries(client, chance):
    """Endless kinds of messages that nobody may answer: pairs of kind and frames."""
    types = [
        "execute_request",
        "kernel_info_request",
        "history_request",
        "complete_request",
        "comm_info_request",
        "interrupt_request",
        "shutdown_request",
    ]
    old, _ = client.frames("kernel_info_request")
    old_signature = sign(client.key, old)

    def headers():
        head = client.header("execute_request")
        yield b"not json"
        yield b""
        yield b"[1, 2]"
        yield b"null"
        yield b'{"msg_id": "x", "msg_id"'
        yield b"\xff\xfe{}"
        yield b"[" * 30000
        for key in ("msg_id", "session", "msg_type"):
            yield dumps({k: v for k, v in head.items() if k != key})
            for value in (None, 5, "", [], {}, True, "a\0b", "x" * 5000):
                yield dumps({**head, key: value})
        yield dumps({**head, "more": "x" * 100000})

    while True:
        kind = chance.choice(types)
        content = {"code": "CREATE TABLE forged(x)", "silent": False, "restart": False}
        frames, _ = client.frames(kind, content)
        good = sign(client.key, frames)
        head, parent, metadata, body = frames
        yield "wrong key", [DELIMITER, sign("another key", frames), *frames]
        yield "truncated signature", [DELIMITER, good[: chance.randrange(64)], *frames]
        yield "prolonged signature", [DELIMITER, good + b"00", *frames]
        yield "upper case", [DELIMITER, good.upper(), *frames]
        yield "empty signature", [DELIMITER, b"", *frames]
        yield "zeros", [DELIMITER, b"0" * 64, *frames]
        yield "binary signature", [DELIMITER, bytes.fromhex(good.decode()), *frames]
        yield "a page as signature", [DELIMITER, b"a" * 4096, *frames]
        yield "swapped frames", [DELIMITER, good, body, parent, metadata, head]
        yield "bytes moved between frames", [
            DELIMITER,
            good,
            head + parent,
            b"",
            metadata,
            body + b" ",
        ]
        yield "changed content", [
            DELIMITER,
            good,
            head,
            parent,
            metadata,
            body.replace(b"forged", b"foiled") + b" ",
        ]
        yield "bit flip", flip(chance, frames, good)
        yield "no delimiter", [good, *frames]
        yield "wrong delimiter", [b"<IDS|MSG", good, *frames]
        yield "delimiter alone", [DELIMITER]
        yield "signature alone", [DELIMITER, good]
        yield "too few frames", [DELIMITER, good, *frames[:3]]
        yield "empty frame", [b""]
        yield "random bytes", [
            chance.randbytes(chance.randrange(2000)) for _ in range(chance.randrange(1, 9))
        ]
        yield "many frames", [b""] * 500
        yield "many buffers", [DELIMITER, good, *frames, *([b"x"] * 200)]
        yield "many identities", [b"i"] * 20 + [DELIMITER, good, *frames]
        yield "long identity", [b"i" * 5000, DELIMITER, good, *frames]
        yield "replayed", [DELIMITER, old_signature, *old]
        for header in headers():
            frames = [header, b"{}", b"{}", dumps({"code": "CREATE TABLE forged(x)"})]
            yield "signed, unreadable header", [DELIMITER, sign(client.key, frames), *frames]


def unanswered(client, name):
    """The reply to a good request is the first thing that comes: nothing before it was answered."""
    for channel in ("shell", "control"):
        msg_id = client.send("kernel_info_request", channel=channel)
        first = client.receive(channel)
        equal(f"{name}: nothing was answered on {channel}", first["parent"].get("msg_id"), msg_id)
        client.published(msg_id)
    equal(f"{name}: nothing was published", client.drain("iopub"), [])
    ok(f"{name}: nothing on stdin", not client.drain("stdin"))


# --- messages that must be answered ---------------------------------------------------------------

STRANGE = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**62,
    1e308,
    "",
    "x",
    "a\0b",
    "\U0001f34f" * 50,
    [],
    [None],
    [[[[]]]],
    {},
    {"": ""},
    {"a": {"b": [1, {}]}},
]
FIELDS = {
    "execute_request": {
        "code": "SELECT 1",
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    },
    "complete_request": {"code": "SELECT * FROM ", "cursor_pos": 5},
    "inspect_request": {"code": "SELECT 1", "cursor_pos": 3, "detail_level": 0},
    "is_complete_request": {"code": "SELECT 1"},
    "history_request": {
        "hist_access_type": "tail",
        "n": 3,
        "output": False,
        "raw": True,
        "session": 0,
        "start": 0,
        "stop": 1,
        "pattern": "*",
        "unique": False,
    },
    "comm_info_request": {"target_name": "x"},
    "kernel_info_request": {},
    "unheard_of_request": {"x": 1},
}
# Contents that are no JSON object, or not one that can be read.
BODIES = [
    b"",
    b"garbage",
    b"[]",
    b"null",
    b"5",
    b'"text"',
    b'{"code": NaN}',
    b'{"code": Infinity, "n": -Infinity}',
    b'{"code": "\\ud800"}',
    b'{"code": "\\udc00 \\ud800"}',
    b'{"code": "\xed\xa0\x80"}',
    b'{"code": "\xff"}',
    b'{"code": "SELECT 1" ',
    b'{"code": "SELECT 1"} trailing',
    b'{"n": 1e999999}',
    b'{"n": 123456789012345678901234567890}',
    b'{"code": "a", "code": "b"}',
    b"\xef\xbb\xbf{}",
    b"\x00",
    b'{"a":' * 100000 + b"1" + b"}" * 100000,
    b"[" * 100000 + b"]" * 100000,
    b'{"code": ' + b"[" * 100000 + b"]" * 100000 + b"}",
]
CODES = [
    "SELECT 1\0; SELECT 2",
    "\0",
    "\x01\x02",
    "SELECT '" + "x" * 100000 + "'",
    "(" * 100000,
    ";" * 10000,
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "%" * 1000,
    "%%python\nprint(1)",
    "%use",
    "-- " + "\u2028" * 100,
    "/* open",
    "'",
    '"',
    "SELECT 1;" * 500,
    "\r\n\r\n",
    "\ufeffSELECT 1",
    "CREATE TABLE \U0001f34f(x)",
    "SELECT x''; SELECT zeroblob(10)",
    "PRAGMA user_version = 5",
    "ATTACH 'x' AS y",
    "BEGIN",
    "COMMIT",
]


def strange_requests(client):
    """(channel, frames, extra frames) of rightly signed requests with a readable header."""
    for msg_type, fields in FIELDS.items():
        for name in fields:
            for value in STRANGE:
                yield "shell", client.frames(msg_type, {**fields, name: value}), ()
            yield "shell", client.frames(
                msg_type, {k: v for k, v in fields.items() if k != name}
            ), ()
        for body in BODIES:
            frames, msg_id = client.frames(msg_type)
            yield "shell", (frames[:3] + [body], msg_id), ()
            frames, msg_id = client.frames(msg_type)
            yield "shell", (frames[:2] + [body, dumps(fields)], msg_id), ()
    for msg_type in ("interrupt_request", "kernel_info_request", "unheard_of_request"):
        for body in BODIES:
            frames, msg_id = client.frames(msg_type)
            yield "control", (frames[:3] + [body], msg_id), ()
    for position in (-(10**18), -1, 8, 9, 1000, 2**31, 2**63 - 1):
        for msg_type in ("complete_request", "inspect_request"):
            for code in ("SELECT 1", "", "\U0001f34f", "%", "\0"):
                yield "shell", client.frames(msg_type, {"code": code, "cursor_pos": position}), ()
    for code in CODES:
        for msg_type in (
            "execute_request",
            "is_complete_request",
            "complete_request",
            "inspect_request",
        ):
            yield "shell", client.frames(
                msg_type, {"code": code, "cursor_pos": len(code) // 2, "stop_on_error": False}
            ), ()
    for change in (
        {"date": "never"},
        {"date": None},
        {"version": 9},
        {"username": None},
        {"username": "a\0b"},
        {"username": ["x"]},
        {"more": {"deep": [1] * 100}},
        {"subshell_id": "s1"},
    ):
        yield "shell", client.frames(
            "execute_request", {"code": "SELECT 2", "stop_on_error": False}, **change
        ), ()
    for metadata in (
        {"cellId": 5},
        {"cellId": ""},
        {"cellId": "c" * 100000},
        {"name": 5},
        {"name": "n" * 5000},
        {"name": ""},
        {"name": "a\0b"},
        {"arguments": 5},
        {"arguments": {"x": [1, {}]}},
        {"arguments": {"": None}},
        {"rscn": []},
        {"deletedCells": {}},
        {"tags": 1},
    ):
        yield "shell", client.frames(
            "execute_request", {"code": "SELECT :x", "stop_on_error": False}, metadata
        ), ()
    for parent in (b"", b"garbage", b"[]", b"{" * 1000):
        frames, msg_id = client.frames("kernel_info_request")
        yield "shell", ([frames[0], parent, *frames[2:]], msg_id), ()
    yield "shell", client.frames("kernel_info_request"), (b"buffer", b"\0" * 100000, b"")
    yield "shell", client.frames(
        "execute_request", {"code": "SELECT '" + "y" * 3_000_000 + "' LIMIT 0"}
    ), ()


def readdress(frames_and_id):
    """The msg_id as it stands in the header of the frames."""
    return json.loads(frames_and_id[0][0])["msg_id"]


def answer_all(client):
    """Sends every strange request in portions and takes all replies and all that is published, up to
    the idle of each; gives (requests, execute_requests, missing).
    """
    missing, count, executions = [], 0, 0
    portion = []

    def settle():
        for channel, msg_id, frames in portion:
            try:
                reply = client.reply(msg_id, channel, timeout=60)
                client.published(msg_id, timeout=60)
            except Timeout as timeout:
                missing.append((channel, frames[0][:200], frames[3][:100], str(timeout)[-1500:]))
                return False
            if reply["content"].get("status") not in (
                "ok",
                "error",
                "aborted",
                "complete",
                "incomplete",
                "invalid",
            ):
                missing.append((channel, frames[3][:100], reply["content"]))
        portion.clear()
        return True

    for channel, frames_and_id, extra in strange_requests(client):
        frames = frames_and_id[0]
        client.send_frames(frames, channel, extra=extra)
        portion.append((channel, readdress(frames_and_id), frames))
        count += 1
        executions += b'"execute_request"' in frames[0]
        if len(portion) >= 50 and not settle():
            return count, executions, missing
    settle()
    return count, executions, missing


def flood(place):
    kernel = place.kernel(env=SMALL_QUARANTINE)
    client = kernel.client()
    chance = random.Random(SEED)
    client.execute("CREATE TABLE kept(x); INSERT INTO kept VALUES (1)")

    # Once to warm up, then measured.
    replayed, msg_id = client.frames("kernel_info_request")
    client.send_frames(replayed)
    client.reply(msg_id)
    client.published(msg_id)
    count, executions, missing = answer_all(client)
    equal(f"{count} strange but signed requests: every one has a reply", missing, [])
    send_forgeries_quietly(client, chance, 300)
    memory = kernel.rss()

    count, again, missing = answer_all(client)
    equal("the same once more", missing, [])
    kinds = send_forgeries_quietly(client, chance, FORGED)
    note(f"{sum(kinds.values())} forged or damaged messages of {len(kinds)} kinds: {kinds}")
    ok("at least 25 kinds were sent", len(kinds) >= 25, kinds)
    client.send_frames(replayed)
    unanswered(client, "forged")
    grown = kernel.rss() - memory
    note(f"memory: {memory >> 10} KiB, then {grown >> 10} KiB more")
    ok("memory is flat", grown < MOST_GROWTH, grown)
    equal("the kernel works", client.execute("SELECT x FROM kept").status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    ok("stderr is no flood", len(kernel.stderr().splitlines()) < 200, kernel.stderr()[-3000:])
    equal(
        "record: no forged cell took effect",
        place.sql("SELECT count(*) FROM sqlite_schema WHERE name IN ('forged', 'foiled')"),
        [(0,)],
    )
    ok(
        "record: no code of a forged message",
        not any(
            "forged" in code
            for code, in place.sql("SELECT interpretable_code FROM code_notebook_cell")
        ),
    )
    note(f"{len(place.log())} executions recorded of {executions + again} strange execute_requests")
    equal("record: the store is whole", place.sql("PRAGMA integrity_check"), [("ok",)])
    equal("record: nothing is left in flight", place.objects("ps", "--json"), [])


def send_forgeries_quietly(client, chance, count):
    """Forges, with the message that is to be replayed sent once before and its answer taken."""
    source = forgeries(client, chance)
    kinds = {}
    is_first = True
    for _ in range(count):
        kind, frames = next(source)
        if kind == "replayed" and is_first:
            client.sockets["shell"].send_multipart(frames)
            msg_id = json.loads(frames[2])["msg_id"]
            client.reply(msg_id)
            client.published(msg_id)
            is_first = False
        client.sockets[chance.choice(("shell", "shell", "control", "stdin"))].send_multipart(frames)
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def other_ports(place):
    """Random bytes on every port, on the heartbeat above all (J-243); plain messages on XPUB
    (K-28).
    """
    kernel = place.kernel()
    client = kernel.client()
    chance = random.Random(SEED)

    def beats(name):
        heart = client.connect("hb", zmq.REQ)
        heart.send(b"ping")
        ok(f"heartbeat answers after {name}", heart.poll(10000) and heart.recv() == b"ping")
        heart.close(0)

    beats("nothing")
    for channel in CHANNELS:
        with socket.create_connection(("127.0.0.1", kernel.info[channel + "_port"])) as plain:
            try:
                plain.sendall(chance.randbytes(65536))
            except OSError:
                pass  # cut off: well done
    beats("64 KiB of random bytes")
    held = [socket.create_connection(("127.0.0.1", kernel.info["hb_port"])) for _ in range(20)]
    for half in held:
        half.sendall(b"\xff\0\0\0\0\0\0\0\x01\x7f")  # the greeting of ZMTP and no more
    beats("greetings that stop half-way")
    for frames in ([b""], [b"", b""], [chance.randbytes(65536)], [b"", b"x" * 65536], [b"a"] * 50):
        dealer = client.connect("hb", zmq.DEALER)
        dealer.send_multipart(frames)
        beats(f"{len(frames)} frames")
        dealer.close(0)
    for half in held:
        half.close()
    plain = client.connect("iopub", zmq.XSUB)
    for frames in (
        [b"hello"],
        [b""],
        [b"\x01a", b"b"],
        [b"\x02"],
        [b"\x00unknown"],
        [b"\x01" + b"t" * 900],
        [b"\x01\xff\xfe"],
        [b"x" * 500] * 30,
    ):
        plain.send_multipart(frames)
    for _ in range(300):
        plain.send(b"\x01" + chance.randbytes(20))
    big = client.connect("iopub", zmq.XSUB)
    big.send(b"\x01" + b"t" * 100000)
    result = client.execute("SELECT 'still here'")
    equal(
        "iopub works after plain messages",
        result.types(),
        ["busy", "execute_input", "display_data", "idle"],
    )
    late = kernel.client()
    equal("a new subscriber is welcome", late.welcome["content"], {"subscription": ""})
    topic = kernel.client(topic=b"kernel.")
    equal(
        "a subscription by topic is welcome by its name",
        topic.welcome["content"],
        {"subscription": "kernel."},
    )
    plain.close(0)
    big.close(0)
    equal("shutdown", kernel.shutdown(), 0)
    equal("record", place.states(), ["EXECUTED"])


def sent_again(place):
    """The same request under another signature gets the recorded reply and is not run; with other
    code it gets an error.
    """
    kernel = place.kernel()
    client = kernel.client()
    client.execute("CREATE TABLE t(x)")

    def send(code, **header):
        return client.send(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
            },
            **header,
        )

    def rows():
        return place.sql("SELECT count(*) FROM t")[0][0]

    code = "INSERT INTO t VALUES (1); SELECT count(*) AS n FROM t"
    msg_id = send(code)
    first = client.finish(msg_id)
    equal("it runs", (first.status, rows()), ("ok", 1))
    again = client.finish(send(code, msg_id=msg_id, date="2001-01-01T00:00:00Z"))
    equal("again: the recorded reply", again.content, first.content)
    equal("again: not run", rows(), 1)
    equal("again: busy and idle around it", (again.types()[0], again.types()[-1]), ("busy", "idle"))
    # At once, before the first can have ended.
    twice = client.header("execute_request")["msg_id"]
    for date in ("2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z", "2003-01-01T00:00:00Z"):
        send(code, msg_id=twice, date=date)
    replies = [client.finish(twice) for _ in range(3)]
    equal(
        "three at once: the same reply",
        [r.content == replies[0].content for r in replies],
        [True] * 3,
    )
    equal("three at once: run once", rows(), 2)
    other = client.finish(send("DELETE FROM t", msg_id=msg_id))
    equal("other code: an error", other.status, "error")
    contains("other code: it says so", other.content["evalue"], "other code")
    equal("other code: not run", rows(), 2)
    elsewhere = kernel.client()
    equal(
        "another session with this msg_id is another request",
        elsewhere.finish(elsewhere.send("execute_request", {"code": code}, msg_id=msg_id)).status,
        "ok",
    )
    equal("another session: run", rows(), 3)
    failing = send("SELECT nowhere")
    failed = client.finish(failing)
    equal(
        "a failed one again: its error",
        client.finish(send("SELECT nowhere", msg_id=failing, date="x")).content,
        failed.content,
    )
    frames, exact = client.frames("execute_request", {"code": code, "silent": False})
    client.send_frames(frames)
    equal("one more", client.finish(exact).status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    kernel.restart()
    client.execute("SELECT 1")
    after = client.finish(send(code, msg_id=msg_id, date="2004-01-01T00:00:00Z"))
    equal("after a restart: the recorded reply", after.content, first.content)
    client.send_frames(frames)
    equal("after a restart, byte for byte: ok", client.finish(exact).status, "ok")
    other = client.finish(send("DELETE FROM t", msg_id=msg_id))
    equal("after a restart, other code: an error", other.status, "error")
    equal("after a restart: nothing was run", rows(), 4)
    record = place.log()
    keys = [(row["client_session"], row["msg_id"]) for row in record]
    equal("record: every request once", len(keys), len(set(keys)))
    equal("record: how many", len(keys), 7)


def big(place):
    """What is large is answered; what is too large is dropped with its connection, nothing more."""
    kernel = place.kernel()
    client = kernel.client()
    long = client.execute("SELECT 'kept';\n-- " + "x" * 20_000_000, timeout=60)
    ok("20 MB of code are answered", long.status in ("ok", "error"), long.content)
    huge = kernel.client(iopub=False)
    huge.start("SELECT '" + "y" * (65 << 20) + "'")
    # The connection is cut, and what stood behind in it is lost too: ask until there is an answer.
    asked = []
    while len(asked) < 30:
        asked.append(huge.send("kernel_info_request"))
        if huge.sockets["shell"].poll(2000):
            break
    reply = huge.receive("shell", timeout=60)
    equal(
        "what is too large is not answered, what follows is", reply["msg_type"], "kernel_info_reply"
    )
    equal("others notice nothing", client.execute("SELECT 1").status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    rows = place.log()
    equal("record: two cells", len(rows), 2)
    equal(
        "record: the long code is whole", len(place.show(rows[0]["execution"])["code"]), 20_000_018
    )


def end_by_strange_shutdown(place):
    """A shutdown_request with a value of a wrong type ends the kernel like any other."""
    kernel = place.kernel()
    client = kernel.client()
    msg_id = client.send("shutdown_request", {"restart": ["yes"]}, channel="control")
    reply = client.reply(msg_id, "control")["content"]
    equal("shutdown_reply", reply, {"status": "ok", "restart": False})
    equal("status", kernel.wait()[0], 0)


run(flood, other_ports, sent_again, big, end_by_strange_shutdown, seconds=200)
