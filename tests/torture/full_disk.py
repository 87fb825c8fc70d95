#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""full_disk: a disk that is really full, with a running kernel, at the start of one, and under another database.

The disk is a small tmpfs in a mount namespace of this test's own, which nothing outside sees and which is gone when
the test ends. An error has to come within a second, nothing acknowledged may be lost, and when there is room again
everything works without a restart.
"""
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jupyter"))

from harness import contains, equal, note, ok, run  # noqa: E402

SIZE = 4 << 20
LIMIT = 1.0
INSERT = "INSERT INTO blobs VALUES ({}, randomblob(100000))"


class Disk:
    """A small file system in a folder of the place."""

    def __init__(self, place, name="disk"):
        self.path = place.make(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", self.path], check=True)
        self.filler = os.path.join(self.path, "filler")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        subprocess.run(["umount", "-l", self.path], check=True)

    def fill(self, size=SIZE):
        """Writes `size` bytes, or until nothing more fits."""
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while file.tell() < size and file.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def free(self):
        os.unlink(self.filler)


class Session:
    """A client that keeps what it was told, and how long each answer took."""

    def __init__(self, kernel):
        self.client = kernel.client()
        self.acknowledged = []
        self.slowest = 0

    def execute(self, code):
        start = time.monotonic()
        result = self.client.execute(code)
        self.slowest = max(self.slowest, time.monotonic() - start)
        if result.status == "ok":
            self.acknowledged.append(result.reply["parent"]["msg_id"])
        return result

    def check(self, place):
        recorded = [row[0] for row in place.sql("SELECT msg_id FROM rscn_execution WHERE client_session = ? AND "
                                                "state = 'EXECUTED'", self.client.session)]
        equal("everything acknowledged is in the record once",
              [recorded.count(msg_id) for msg_id in self.acknowledged], [1] * len(self.acknowledged))
        equal("the store is whole", place.sql("PRAGMA integrity_check"), [("ok",)])


def in_time(name, session):
    ok(f"{name}: each answer came within a second", session.slowest < LIMIT, session.slowest)
    session.slowest = 0


def use_disk(place, disk):
    place.work = disk.path
    place.store = os.path.join(disk.path, "rssd.db")
    place.rscn("init", disk.path, check=True)


def test_running(place):
    with Disk(place) as disk:
        use_disk(place, disk)
        script = place.file("insert.sql", INSERT.format(-2))
        session = Session(place.kernel())
        session.execute("CREATE TABLE blobs (id INTEGER, data BLOB)")
        disk.fill(SIZE // 4)
        inserted = 0
        while (result := session.execute(INSERT.format(inserted))).status == "ok" and inserted < 100:
            inserted += 1
        note(f"{inserted} rows fitted: {result.content.get('evalue')}")
        equal("a cell that fills the disk fails", result.status, "error")
        contains("and its error says so and names the store", result.content.get("evalue", ""), "rssd.db", "full")
        for code in ("SELECT count(*) FROM blobs", INSERT.format(-1), "CREATE TABLE more (x)", "SELECT 1"):
            result = session.execute(code)
            note(f"{code}: {result.status} {result.content.get('evalue', '')}")
        in_time("while the disk is full", session)
        result = place.rscn("log")
        equal("log works meanwhile", (result.returncode, result.stderr), (0, ""))
        result = place.rscn("run", script)
        ok("run says in one line that there is no room", result.returncode in (1, 3) and
           len(result.stderr.splitlines()) == 1 and "full" in result.stderr, (result.returncode, result.stderr))
        disk.free()
        equal("with room again the same kernel works", session.execute(INSERT.format(inserted)).status, "ok")
        in_time("with room again", session)
        equal("what failed left nothing behind", place.sql("SELECT count(*), min(id), max(id) FROM blobs"),
              [(inserted + 1, 0, inserted)])
        session.check(place)
        equal("the kernel ends in order", place.kernels[-1].shutdown(), 0)


def test_start(place):
    with Disk(place) as disk:
        use_disk(place, disk)
        place.rscn("run", place.file("make.sql", "CREATE TABLE blobs (id INTEGER, data BLOB)"), check=True)
        disk.fill()
        session = Session(place.kernel())
        result = session.execute(INSERT.format(1))
        equal("a kernel that starts on a full disk answers, with an error", result.status, "error")
        contains("that says why", result.content.get("evalue", ""), "full")
        in_time("on a full disk", session)
        disk.free()
        equal("and works when there is room", session.execute(INSERT.format(2)).status, "ok")
        equal("only that ran", place.sql("SELECT id FROM blobs"), [(2,)])
        session.check(place)


def test_no_store(place):
    with Disk(place) as disk:
        disk.fill()
        result = place.rscn("init", disk.path)
        ok("init on a full disk fails in one line", result.returncode == 3 and len(result.stderr.splitlines()) == 1,
           (result.returncode, result.stderr))
        disk.free()
        equal("and leaves nothing behind", os.listdir(disk.path), [])


def test_other(place):
    with Disk(place) as disk:
        session = Session(place.kernel())
        other = os.path.join(disk.path, "other.db")
        session.execute(f"%use {other} --create\nCREATE TABLE blobs (id INTEGER, data BLOB)")
        session.execute(INSERT.format(1))
        disk.fill()
        result = session.execute("SELECT 1;\n" + INSERT.format(2))
        equal("a full disk under another database is an error of the cell", result.status, "error")
        contains("which names it", result.content.get("evalue", ""), "other.db", "full")
        in_time("another database", session)
        equal("and is recorded", (place.log()[-1]["state"], place.log()[-1]["target"]), ("FAILED", other))
        disk.free()
        equal("with room again it works", session.execute(INSERT.format(3)).status, "ok")
        session.check(place)


def test_import(place):
    folder = place.make("folder")
    for number in range(12):
        cells = [{"cell_type": "code", "execution_count": None, "id": f"c{number}-{i}", "metadata": {}, "outputs": [],
                  "source": os.urandom(8000).hex()} for i in range(3)]
        with open(os.path.join(folder, f"{number}.ipynb"), "w", encoding="utf-8") as file:
            json.dump({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, file)
    with Disk(place) as disk:
        use_disk(place, disk)
        disk.fill(SIZE - (SIZE // 8))
        result = place.rscn("import", folder)
        equal("an import that fills the disk ends with status 3", result.returncode, 3)
        contains("says so and names the store", result.stderr, "rssd.db", "full", "of 12 files were done")
        disk.free()
        equal("and leaves nothing half", place.sql("SELECT notebook_name FROM rscn_notebook_version AS v WHERE cells <> ("
              "SELECT count(*) FROM rscn_notebook_cell AS c WHERE c.notebook_name = v.notebook_name)"), [])
        equal("the store is whole", place.sql("PRAGMA integrity_check"), [("ok",)])
        result = place.rscn("import", folder, "--jobs", "1")
        note(f"with room: {result.stdout.strip()} {result.stderr.strip()}")
        equal("with room again the same call finishes", (result.returncode, result.stderr), (0, ""))
        equal("all are there", place.sql("SELECT count(*) FROM rscn_notebook_version"), [(12,)])


def enter_namespace():
    """Starts this test again where it may mount; gives up with a reason where that is not allowed."""
    command = ["unshare", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user"])
    if not shutil.which("unshare") or not shutil.which("mount"):
        print("1..0 # SKIP unshare or mount is not installed")
        sys.exit(0)
    probe = subprocess.run(command + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False)
    if probe.returncode != 0:
        print("1..0 # SKIP no file system can be mounted here: " + probe.stdout.decode().strip().splitlines()[-1])
        sys.exit(0)
    os.execvpe(command[0], command + [sys.executable, *sys.argv], {**os.environ, "TORTURE_NAMESPACE": "1"})


if __name__ == "__main__":
    if "TORTURE_NAMESPACE" not in os.environ:
        enter_namespace()
    run(test_running, test_start, test_no_store, test_other, test_import)
