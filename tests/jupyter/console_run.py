# SPDX-License-Identifier: Apache-2.0
"""console_run: a person at jupyter console, also in a terminal that is closed too early.

The console reads no key while a cell runs and has none that inspects, so there is nothing to test
of that.
"""

import glob
import os
import sys

import pexpect

import gate
from harness import PATIENCE, contains, equal, ok, run, until, user_name

PLAIN = {"TERM": "dumb", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
# No questions to the terminal where its cursor is: nobody answers here.
RICH = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}


def start(place, *arguments, **environment):
    return pexpect.spawn(
        sys.executable,
        ["-m", "jupyter_console", *arguments],
        cwd=place.work,
        env={**os.environ, **environment},
        timeout=PATIENCE * 2,
        encoding="utf-8",
        dimensions=(50, 200),
    )


def leave(child):
    child.sendeof()
    child.expect("really want to exit")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    equal("the console ends", child.exitstatus, 0)


def console(place):
    child = start(place, "--kernel", "rscn", "--simple-prompt", **PLAIN)
    child.expect(r"In \[1\]: ")
    contains("the banner", child.before, "rscn")
    ok("the kernel was started by the console", until(place.leftovers))

    def say(text, count):
        child.sendline(text)
        child.expect(rf"In \[{count}\]: ")
        return child.before

    contains("a result", say("SELECT 6 * 7 AS answer", 2), "answer", "42")
    contains("a magic", say("%tables", 3), "")
    child.sendline("CREATE TABLE t(x)")
    child.expect(r"In \[4\]: ")
    contains("an error", say("SELECT nowhere", 5), "nowhere")
    contains("after an error it goes on", say("INSERT INTO t VALUES (1)", 6), "")
    # An endless query and Control-C.
    child.sendline(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    )
    ok("it runs", until(lambda: place.objects("ps", "--json")))
    child.sendintr()
    child.expect(r"In \[7\]: ")
    contains("interrupted", child.before.lower(), "interrupt")
    contains("and it goes on", say("SELECT 'still here'", 8), "still here")
    leave(child)
    equal("no process is left", until(lambda: not place.leftovers()), True)
    name = "console/" + user_name()
    rows = place.log()
    equal("record: a client without a file", {row["notebook"] for row in rows}, {name})
    equal("record: client", {row["client"] for row in rows}, {"console"})
    equal(
        "record: states",
        [row["state"] for row in rows if not row["silent"]],
        ["EXECUTED", "EXECUTED", "EXECUTED", "FAILED", "EXECUTED", "INTERRUPTED", "EXECUTED"],
    )
    equal("effects", place.sql("SELECT x FROM t"), [(1,)])
    runs = place.runs()
    ok("record: one run with its end", len(runs) == 1 and runs[0]["ended_at"], runs)


def terminals(place):
    """A kernel of one console; another one that completes and is closed in the middle of a cell; a
    third one that shows what the second lost."""
    owner = start(place, "--kernel", "rscn", "--simple-prompt", **PLAIN)
    owner.expect(r"In \[1\]: ")
    owner.sendline("CREATE TABLE book(title, year); CREATE TABLE book_reader(name)")
    owner.expect(r"In \[2\]: ")
    (file,) = glob.glob(os.path.join(os.environ["JUPYTER_RUNTIME_DIR"], "kernel-*.json"))

    closed = start(place, "--existing", file, **RICH)
    prompt = r"In \[[^]]*\]: "
    closed.expect(prompt)
    closed.send("SELECT count(*) AS how_many FROM boo")
    # Coloured, so the lexer that kernel_info names is known there.
    closed.expect("\x1b\\[[0-9;]*mSELECT\x1b.*boo")
    ok("SQL is highlighted", True)
    closed.send("\t")
    closed.expect("book_reader")
    ok("Tab offers the tables", True)
    closed.send("\r")
    closed.expect("how_many\\s+─+\\s+0\\s")
    ok("and puts in what they have in common, which runs", True)
    for setting in gate.SETTINGS:
        closed.expect(prompt)
        closed.send(setting + "\r")
    closed.expect(prompt)
    way = gate.Gate(place)
    closed.send(" ".join(gate.STATEMENTS) + "\r")
    closed.expect(rf"(?<!')line {gate.BEFORE:02}(?!')")
    closed.close(force=True)
    ok("a closed terminal ends the console, not the cell", place.objects("ps", "--json"))
    way.open()
    long = until(lambda: [row for row in place.log() if row["outputs"] >= gate.LINES])
    equal("it ends and is recorded", [row["state"] for row in long], ["EXECUTED"])

    again = start(place, "--existing", file, "--simple-prompt", **PLAIN)
    again.expect(r"In \[\d+\]: ")
    again.sendline("%show")
    again.expect(rf"line {gate.LINES}")
    again.expect(r"In \[\d+\]: ")
    again.sendline("%show")
    again.expect(r"In \[\d+\]: ")
    equal("%show: every line is there", len(gate.lines(again.before)), gate.LINES)
    leave(again)
    ok("the kernel is still its owner's", place.leftovers())
    leave(owner)
    equal("no process is left", until(lambda: not place.leftovers()), True)
    equal("record: states", {row["state"] for row in place.log()}, {"EXECUTED"})
    equal("record: one run", len(place.runs()), 1)


run(console, terminals, seconds=240)
