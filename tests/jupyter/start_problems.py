# SPDX-License-Identifier: Apache-2.0
"""start_problems: what can go wrong before the first cell. A bad connection file ends the kernel
with one line; a store that can't be used does not (FE-16): each cell says what is wrong and what
to do, until the cause is gone. Odd starts (J-242).
"""

import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import time

from harness import RSCN, Place, connection, contains, equal, note, ok, run

LIMIT = 2


def connection_files(place):
    """One line on stderr that names what is wrong, non-zero exit, at once (J-238)."""
    good = connection()
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    without = {key: value for key, value in good.items() if key != "iopub_port"}
    cases = [
        ("no such file", None, "nowhere.json"),
        ("empty", "", "JSON"),
        ("no JSON", "this is not JSON", "JSON"),
        ("an array", "[1, 2]", "JSON"),
        ("a port is missing", without, "iopub_port"),
        ("a port is null", {**good, "hb_port": None}, "hb_port"),
        ("a port is 0", {**good, "hb_port": 0}, "hb_port"),
        ("a port is too large", {**good, "shell_port": 70000}, "shell_port"),
        ("a port is a word", {**good, "stdin_port": "four"}, "stdin_port"),
        ("two ports are the same", {**good, "stdin_port": good["shell_port"]}, "stdin_port"),
        (
            "a port is in use",
            {**good, "control_port": taken.getsockname()[1]},
            str(taken.getsockname()[1]),
        ),
        (
            "registration file",
            {"registration_port": 5555, "key": "k", "transport": "tcp", "ip": "127.0.0.1"},
            "registration",
        ),
        ("empty key", {**good, "key": ""}, "key"),
        ("no key", {k: v for k, v in good.items() if k != "key"}, "key"),
        ("unknown scheme", {**good, "signature_scheme": "hmac-md4"}, "hmac-md4"),
        ("unknown transport", {**good, "transport": "carrier-pigeon"}, "carrier-pigeon"),
        ("a foreign address", {**good, "ip": "192.0.2.1"}, "192.0.2.1"),
        ("encryption", {**good, "curve_publickey": "x" * 40, "curve_secretkey": "y" * 40}, "curve"),
        ("huge", "[" * 300000, "nowhere.json"),
    ]
    for name, content, part in cases:
        file = os.path.join(place.path, "run", "nowhere.json")
        if os.path.exists(file):
            os.unlink(file)
        if content is not None:
            with open(file, "w", encoding="utf-8") as out:
                out.write(content if isinstance(content, str) else json.dumps(content))
        start = time.monotonic()
        result = place.rscn("kernel", "-f", file)
        took = time.monotonic() - start
        ok(f"{name}: status is not 0", result.returncode > 0, result.returncode)
        ok(f"{name}: within {LIMIT} s", took < LIMIT, took)
        ok(
            f"{name}: one line that says it",
            result.stderr.count("\n") == 1
            and part in result.stderr
            and result.stderr.startswith("rscn: "),
            result.stderr,
        )
        ok(
            f"{name}: nothing on stdout, and the key is not told",
            not result.stdout and good["key"] not in result.stderr,
            result,
        )
    taken.close()
    folder = place.rscn("kernel", "-f", place.work)
    ok(
        "a folder as connection file",
        folder.returncode > 0 and folder.stderr.count("\n") == 1,
        folder,
    )
    nothing = place.rscn("kernel")
    equal("no connection file named", nothing.returncode, 2)
    strings = connection()
    strings.update({key: str(value) for key, value in strings.items() if key.endswith("_port")})
    client = place.kernel(connection_info=strings).client()
    equal("ports as strings are taken", client.execute("SELECT 1").status, "ok")
    unknown = connection(future_field={"x": 1}, signature_scheme="hmac-sha256")
    equal(
        "unknown fields are ignored",
        place.kernel(connection_info=unknown).client().execute("SELECT 2").status,
        "ok",
    )
    unsigned = connection(key="")
    client = place.kernel(connection_info=unsigned, args=("--insecure",)).client()
    equal("--insecure takes an empty key", client.execute("SELECT 3").status, "ok")
    equal("record", place.states(), ["EXECUTED"] * 3)


def ipc(place):
    """The ipc transport, in a folder with a short name; nothing of the user's is overwritten."""
    folder = place.make("i")
    prefix = os.path.join(folder, "k")
    info = connection("ipc", ip=prefix)
    info.update(
        {
            name + "_port": i + 1
            for i, name in enumerate(("shell", "iopub", "stdin", "control", "hb"))
        }
    )
    kernel = place.kernel(connection_info=info)
    client = kernel.client()
    equal("ipc works", client.execute("SELECT 1").status, "ok")
    second = place.rscn("kernel", "-f", kernel.file)
    ok(
        "a second kernel at the same place is refused",
        second.returncode > 0 and second.stderr.count("\n") == 1,
        second,
    )
    equal("and the first still works", client.execute("SELECT 2").status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    shutil.rmtree(folder)
    place.make("i")
    with open(prefix + "-1", "w", encoding="utf-8") as file:
        file.write("precious")
    refused = place.rscn("kernel", "-f", kernel.file)
    ok(
        "a file in the way is refused",
        refused.returncode > 0 and prefix + "-1" in refused.stderr,
        refused,
    )
    with open(prefix + "-1", encoding="utf-8") as file:
        equal("and kept", file.read(), "precious")
    equal("record", place.states(), ["EXECUTED"] * 2)


def unusable_stores(place):
    """kernel_info answers, cells say cause and remedy, and the next cell works when the cause is
    gone.
    """
    with open(place.store, "rb") as file:
        good = file.read()
    store = os.path.join(place.work, "sub", "rssd.db")

    def put(data):
        with open(store, "wb") as file:
            file.write(data)

    def foreign():
        connection_ = sqlite3.connect(store)
        connection_.execute("CREATE TABLE mine(x)")
        connection_.execute("INSERT INTO mine VALUES (1)")
        connection_.commit()
        connection_.close()

    def newer():
        put(good)
        connection_ = sqlite3.connect(store)
        names = {
            row[0]: row[1] for row in connection_.execute("SELECT name, sql FROM sqlite_schema")
        }
        table = next(name for name in names if name.startswith("rscn_") and "migration" in name)
        columns = [row[1:4] for row in connection_.execute(f"PRAGMA table_info({table})")]
        row = connection_.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone()
        values = [
            9999 if i == 0 and isinstance(value, int) else value for i, value in enumerate(row)
        ]
        connection_.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})", values)
        connection_.commit()
        connection_.close()

    def damaged():
        put(good[:4096] + b"\xa5" * (len(good) - 4096))

    cases = [
        ("missing", lambda: None, ("rscn init",)),
        ("a folder", lambda: os.mkdir(store), ("folder", "directory")),
        (
            "no SQLite file",
            lambda: put(b"This is a letter to my aunt.\n" * 500),
            ("not", "database"),
        ),
        ("damaged", damaged, ()),
        ("another program's SQLite file", foreign, ()),
        ("of a newer version", newer, ("newer",)),
        ("truncated", lambda: put(good[:1000]), ()),
    ]
    for name, make, words in cases:
        folder = os.path.dirname(store)
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        make()
        before = snapshot(store)
        kernel = place.kernel(args=("--store", store))
        client = kernel.client()
        equal(f"{name}: kernel_info answers", client.request("kernel_info_request")["status"], "ok")
        for attempt in (1, 2):
            result = client.execute("SELECT 1")
            equal(f"{name}: attempt {attempt} is an error", result.status, "error")
        equal(
            f"{name}: the error is published",
            result.types(),
            ["busy", "execute_input", "error", "idle"],
        )
        said = result.content["evalue"]
        note(f"{name}: {said}")
        ok(f"{name}: it names the store", store in said, said)
        ok(
            f"{name}: cause and remedy in one line",
            "\n" not in said and ";" in said and (not words or any(word in said for word in words)),
            said,
        )
        ok(
            f"{name}: complete, inspect and history answer",
            all(
                client.request(kind, content)["status"] in ("ok", "error", "complete")
                for kind, content in (
                    ("complete_request", {"code": "SEL", "cursor_pos": 3}),
                    ("inspect_request", {"code": "a", "cursor_pos": 0}),
                    ("history_request", {"hist_access_type": "tail", "n": 5}),
                    ("is_complete_request", {"code": "SELECT 1"}),
                )
            ),
        )
        ok(
            f"{name}: nothing was overwritten",
            snapshot(store) == before or name == "missing",
            "the file has changed",
        )
        # The cause is removed while the kernel runs.
        if os.path.isdir(store):
            os.rmdir(store)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(store + suffix):
                os.unlink(store + suffix)
        place.rscn("init", folder, check=True)
        mended = client.execute("CREATE TABLE t(x); INSERT INTO t VALUES (1)")
        equal(f"{name}: the next cell works", mended.status, "ok")
        equal(f"{name}: shutdown", kernel.shutdown(), 0)
        log = [
            json.loads(line)
            for line in place.rscn(
                "log", "--json", "--store", store, check=True
            ).stdout.splitlines()
        ]
        equal(f"{name}: record", [row["state"] for row in log], ["EXECUTED"])


def snapshot(path):
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def store_goes_away(place):
    """The store is removed, replaced, made read-only under a running kernel."""
    kernel = place.kernel()
    client = kernel.client()
    equal("at first it works", client.execute("CREATE TABLE t(x)").status, "ok")
    aside = place.make("aside")
    names = [name for name in os.listdir(place.work) if name.startswith("rssd.db")]
    for name in names:
        os.rename(os.path.join(place.work, name), os.path.join(aside, name))
    gone = client.execute("INSERT INTO t VALUES (1)")
    equal("moved away: an error", gone.status, "error")
    contains("moved away: it names the store", gone.content["evalue"], place.store)
    for name in names:
        if os.path.exists(os.path.join(place.work, name)):
            shutil.rmtree(os.path.join(place.work, name), ignore_errors=True)
        if not os.path.exists(os.path.join(place.work, name)):
            os.rename(os.path.join(aside, name), os.path.join(place.work, name))
    equal("back again: it works", client.execute("INSERT INTO t VALUES (2)").status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    ok(
        "record: nothing that was answered is lost",
        place.states().count("EXECUTED") >= 2,
        place.states(),
    )
    ok("effects", (2,) in place.sql("SELECT x FROM t") and (1,) not in place.sql("SELECT x FROM t"))


def read_only(place):
    """A folder and a store that may not be written; as nobody when root runs the tests."""
    options = {}
    if os.geteuid() == 0:
        options = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            subprocess.run([RSCN, "--version"], stdout=subprocess.DEVNULL, check=True, **options)
        except (OSError, subprocess.SubprocessError) as error:
            note(f"not tested: nobody can't run the program here ({error})")
            return
        for folder, _, files in os.walk(place.path):
            for name in ["", *files]:
                os.chown(os.path.join(folder, name), 65534, 65534)
    os.chmod(place.store, 0o400)
    os.chmod(place.work, 0o500)
    kernel = place.kernel(**options)
    client = kernel.client()
    equal("kernel_info answers", client.request("kernel_info_request")["status"], "ok")
    for code in ("SELECT 1", "CREATE TABLE t(x)"):
        refused = client.execute(code)
        equal(f"{code}: an error", refused.status, "error")
        ok(
            f"{code}: it names the store and what to do",
            place.store in refused.content["evalue"] and ";" in refused.content["evalue"],
            refused.content["evalue"],
        )
    note(refused.content["evalue"])
    os.chmod(place.work, 0o700)
    os.chmod(place.store, 0o600)
    equal("writable again: it works", client.execute("CREATE TABLE t(x)").status, "ok")
    equal("shutdown", kernel.shutdown(), 0)
    os.chmod(place.work, 0o500)
    os.chmod(place.store, 0o400)
    rows = place.log()
    os.chmod(place.work, 0o700)
    equal("record, read from the read-only store", [row["state"] for row in rows], ["EXECUTED"])


def users_store():
    """Without a store in sight the user's own is made; without HOME too."""
    with Place(store=False, kernelspec=False) as place:
        client = place.kernel().client()
        equal("the user's store", client.execute("SELECT 1").status, "ok")
        own = os.path.join(place.path, "home", "data", "rscn", "rssd.db")
        ok("it is made in XDG_DATA_HOME", os.path.exists(own))
        equal("only for the user", stat.S_IMODE(os.stat(own).st_mode), 0o600)
        client = place.kernel(
            env={"HOME": None, "XDG_DATA_HOME": None, "XDG_CONFIG_HOME": None, "RSCN_STORE": own}
        ).client()
        equal("no HOME: the store of RSCN_STORE", client.execute("SELECT 2").status, "ok")
        place.store = own
        equal("record", place.states(), ["EXECUTED"] * 2)


def odd_starts(place):
    """Descriptors 0 to 2 closed, an unread pipe as stderr, a wrapper script, an unknown parent
    (J-242).
    """
    closed = place.kernel(command=["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', RSCN])
    equal(
        "descriptors 0 to 2 closed",
        closed.client().execute("CREATE TABLE t(x); INSERT INTO t VALUES (1)").status,
        "ok",
    )
    equal("descriptors 0 to 2 closed: status", closed.shutdown(), 0)

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    full = place.kernel(stderr=writer, env={"RSCN_LOG": "debug"})
    os.close(writer)
    client = full.client()
    for _ in range(200):
        client.sockets["shell"].send_multipart(
            [b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"]
        )
    equal("a full pipe as stderr that nobody reads", client.execute("SELECT 2").status, "ok")
    equal("a full pipe: status", full.shutdown(), 0)
    os.close(reader)

    script = place.file("wrapper.sh", '#!/bin/sh\n"$RSCN_REAL" "$@"\nexit $?\n')
    os.chmod(script, 0o755)
    wrapped = place.kernel(command=[script], env={"RSCN_REAL": RSCN})
    equal("through a wrapper script", wrapped.client().execute("SELECT 3").status, "ok")
    equal("through a wrapper script: status", wrapped.shutdown(), 0)

    for name, value in (
        ("none", None),
        ("1", "1"),
        ("no number", "parent"),
        ("negative", "-5"),
        ("empty", ""),
        ("huge", "99999999999999999999"),
    ):
        kernel = place.kernel(env={"JPY_PARENT_PID": value})
        equal(f"JPY_PARENT_PID {name}", kernel.client().execute("SELECT 4").status, "ok")
        equal(f"JPY_PARENT_PID {name}: status", kernel.shutdown(), 0)

    folder = os.path.join(place.work, "gone")
    os.mkdir(folder)
    file = os.path.join(place.path, "run", "gone.json")
    with open(file, "w", encoding="utf-8") as out:
        json.dump(connection(), out)
    left = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'cd "{folder}" && rmdir "{folder}" && exec "{RSCN}" kernel -f "{file}.no"',
        ],
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
    )
    ok(
        "in a folder that is gone: still one line",
        left.returncode > 0 and left.stderr.count("\n") == 1,
        left,
    )
    ignoring = place.kernel(
        command=["/bin/sh", "-c", 'trap "" INT TERM HUP PIPE; exec "$0" "$@"', RSCN]
    )
    equal("started with all signals ignored", ignoring.client().execute("SELECT 5").status, "ok")
    ignoring.process.terminate()
    equal("started with all signals ignored: SIGTERM ends it", ignoring.wait()[0], 0)
    equal("record", set(place.states()), {"EXECUTED"})
    equal("no process is left", place.leftovers(), [])


run(connection_files, ipc, unusable_stores, store_goes_away, read_only, users_store, odd_starts)
