# SPDX-License-Identifier: Apache-2.0
"""console_run: a person at jupyter console."""

import os
import sys

import pexpect

from harness import PATIENCE, contains, equal, ok, run, until, user_name


def console(place):
    child = pexpect.spawn(
        sys.executable,
        ["-m", "jupyter_console", "--kernel", "rscn", "--simple-prompt"],
        cwd=place.work,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        timeout=PATIENCE * 2,
        encoding="utf-8",
        dimensions=(50, 200),
    )
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
    child.sendeof()
    child.expect("really want to exit")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    equal("the console ends", child.exitstatus, 0)
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


run(console, seconds=180)
