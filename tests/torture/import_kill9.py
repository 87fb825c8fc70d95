#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""import_kill9: `rscn import` of a folder is killed with SIGKILL at random moments.

After each kill the store must be sound, every notebook in it whole, in its former or its new state, and nothing half must
lie on the disk; the same call again must finish the job without taking anything in twice. KILLS sets how many moments
(200 take two minutes); SEED repeats the choices of a run (not its timing).
"""
import collections
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jupyter"))

from harness import RSCN, equal, note, ok, run  # noqa: E402

KILLS = int(os.environ.get("KILLS", "60"))
SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
NOTEBOOKS = 150
LIFE = 25  # moments until a new store
SUFFIXES = ("", "-wal", "-shm", "-lock", "-run")


def notebook(number, state):
    """Cells that change with the state, one that does not, and outputs that are shared, large or both."""
    image = "A" * (2000 + 500 * (number % 7))
    large = "".join(f"{number} {state} {i}\n" for i in range(60000)) if number % 50 == 7 else "small"
    outputs = [{"output_type": "display_data", "data": {"image/png": image, "text/plain": large}, "metadata": {}}]
    cells = [{"cell_type": "code", "id": f"c{number}-{i}", "metadata": {}, "execution_count": i + 1,
              "outputs": outputs if i == 1 else [], "source": f"SELECT {number}, {i}, {state if i else 0};"}
             for i in range(3 + number % 5)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


class Folder:
    def __init__(self, place):
        self.place = place
        self.path = place.make("folder")
        self.life = 0
        self.state = 0
        self.texts = collections.defaultdict(dict)  # name: state: bytes
        self.problems = []
        self.new_store()

    def new_store(self):
        self.life += 1
        directory = self.place.make(f"store-{self.life}")
        subprocess.run([RSCN, "init", directory], check=True, stdout=subprocess.DEVNULL)
        self.store = os.path.join(directory, "rssd.db")
        self.first = self.state  # versions that the store has no business with

    def change(self):
        self.state += 1
        for number in range(NOTEBOOKS):
            path = os.path.join(self.path, f"{number:03}.ipynb")
            text = notebook(number, self.state).encode()
            with open(path, "wb") as file:
                file.write(text)
            self.texts[path] = {self.state: text, self.state - 1: self.texts[path].get(self.state - 1)}

    def start(self):
        return subprocess.Popen([RSCN, "import", "--quiet", "--store", self.store, self.path],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self):
        """The same call again; seconds that it took."""
        start = time.monotonic()
        process = self.start()
        said = process.communicate()[0]
        if process.returncode != 0 or said:
            self.problems.append(("the second run", process.returncode, said))
        return time.monotonic() - start

    def query(self, sql, *values):
        database = sqlite3.connect(self.store)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def bytes_of(self, database, snapshot):
        text, size = database.execute("SELECT text, size FROM rscn_snapshot WHERE snapshot_number = ?",
                                      (snapshot,)).fetchone()
        whole, rest = b"", text
        for offset, part in database.execute(
                "SELECT offset, bytes FROM rscn_snapshot_part JOIN rscn_content USING (content_number) "
                "WHERE snapshot_number = ? ORDER BY offset", (snapshot,)):
            taken = offset - len(whole)
            whole, rest = whole + rest[:taken] + part, rest[taken:]
        whole += rest
        return whole if len(whole) == size else None

    def newest(self):
        """Of each notebook: how many versions, and which state the newest is; None when it is neither."""
        found = {}
        database = sqlite3.connect(self.store)
        try:
            for path, version, snapshot, cells, rows in database.execute(
                    "SELECT v.path, v.version, v.snapshot_number, v.cells, (SELECT count(*) FROM rscn_notebook_cell AS c "
                    "WHERE c.notebook_name = v.notebook_name AND c.version = v.version) FROM rscn_notebook_version AS v "
                    "ORDER BY v.notebook_name, v.version"):
                if cells != rows:
                    self.problems.append((path, version, f"{rows} of {cells} cells"))
                found[path] = (version, snapshot)
            return {path: (version, [state for state, text in self.texts[path].items()
                                     if text == self.bytes_of(database, snapshot)])
                    for path, (version, snapshot) in found.items()}
        finally:
            database.close()

    def check(self, is_finished):
        """Every notebook is there in its present state, or, before the second run, in the former one."""
        if (verdict := self.query("PRAGMA integrity_check")) != [("ok",)]:
            self.problems.append(("integrity", verdict))
        if broken := self.query("PRAGMA foreign_key_check"):
            self.problems.append(("foreign keys", broken[:3]))
        newest = self.newest()
        present = 0
        for path in self.texts:
            version, states = newest.get(path, (0, [self.state - 1] if self.state - 1 == self.first else []))
            if states not in ([self.state], [self.state - 1]) or version != states[0] - self.first:
                self.problems.append((path, version, states, self.state, self.first))
            present += states == [self.state]
        if is_finished and present != NOTEBOOKS:
            self.problems.append(("after the second run", present))
        allowed = {"rssd.db" + suffix for suffix in SUFFIXES}
        if stray := set(os.listdir(os.path.dirname(self.store))) - allowed:
            self.problems.append(("stray files", stray))
        return present


def test_kills(place):
    random.seed(SEED)
    folder = Folder(place)
    folder.change()
    whole = folder.finish()
    folder.check(True)
    begun = time.monotonic()
    stages = collections.Counter()
    for kill in range(KILLS):
        if kill % LIFE == LIFE - 1:
            folder.new_store()
        folder.change()
        process = folder.start()
        try:
            process.wait(random.uniform(0, whole * 1.1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        present = folder.check(False)
        stages["none" if not present else "all" if present == NOTEBOOKS else "some"] += 1
        whole = (3 * whole + max(folder.finish(), 0.02)) / 4 if not present else whole
        if present:
            folder.finish()
        folder.check(True)
        if folder.problems:
            break
    note(f"seed {SEED}: {sum(stages.values())} moments in {time.monotonic() - begun:.0f} s, whole import {whole * 1000:.0f} ms; "
         f"after a kill {dict(stages)} of {NOTEBOOKS} notebooks were in")
    equal("every store is sound, every notebook whole, nothing twice, nothing stray", folder.problems[:3], [])
    ok("kills hit the middle of an import", stages["some"] > 0 or KILLS < 20, stages)


if __name__ == "__main__":
    run(test_kills, seconds=600)
