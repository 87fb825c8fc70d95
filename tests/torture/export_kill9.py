#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""export_kill9: `rscn export` of a folder is killed with SIGKILL at random moments.

After each kill every file in the target is whole: it is missing, or what it was, or what it shall be; the same call again
finishes the job and leaves nothing else behind. KILLS sets how many moments; SEED repeats the choices of a run (not its
timing).
"""
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jupyter"))

from harness import RSCN, equal, note, ok, run  # noqa: E402

KILLS = int(os.environ.get("KILLS", "200"))
SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
NOTEBOOKS = 60


def notebook(number, state):
    """Some are small, some larger than what one write() takes."""
    text = "".join(f"{number} {state} {i}\n" for i in range(40000 if number % 10 == 3 else 20))
    cell = {"cell_type": "code", "id": f"c{number}", "metadata": {}, "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": text}], "source": f"SELECT {number};"}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class Folder:
    def __init__(self, place):
        self.place = place
        self.source = os.path.join(place.work, "source")
        self.target = os.path.join(place.path, "target")
        self.names = [f"{number % 4}/{number:03}.ipynb" for number in range(NOTEBOOKS)]
        self.states = []
        self.problems = []
        for state in range(2):
            self.states.append({name: notebook(number, state).encode() for number, name in enumerate(self.names)})
            for name in self.names:
                place.file(os.path.join("source", name), self.states[state][name].decode())
            place.rscn("import", "--quiet", "source", check=True)

    def prepare(self, has_former):
        """The target as it was: empty, or with the former state of all notebooks."""
        shutil.rmtree(self.target, ignore_errors=True)
        for name in self.names if has_former else []:
            path = os.path.join(self.target, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(self.states[0][name])

    def start(self):
        return subprocess.Popen([RSCN, "export", "--store", self.place.store, self.source, "-o", self.target],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def check(self, has_former, is_finished):
        """How many notebooks are there in their new state."""
        written = 0
        wanted = {os.path.join(self.target, name): (self.states[1][name], self.states[0][name]) for name in self.names}
        found = [os.path.join(root, name) for root, _, names in os.walk(self.target) for name in names]
        for path in found:
            with open(path, "rb") as file:
                content = file.read()
            if path in wanted:
                written += content == wanted[path][0]
                whole = wanted[path][:1 + has_former]
            else:
                # The one name that a kill can leave is that of a whole file, and goes with the next run.
                whole = [] if is_finished else self.states[1].values()
            if content not in whole:
                self.problems.append((os.path.relpath(path, self.target), len(content)))
        if has_former and not set(wanted) <= set(found):
            self.problems.append(("gone", sorted(set(wanted) - set(found))[:3]))
        if is_finished and written != NOTEBOOKS:
            self.problems.append(("written", written))
        return written

    def finish(self, has_former):
        process = self.start()
        said = process.communicate()
        if process.returncode != 0 or said[1]:
            self.problems.append(("the second run", process.returncode, said))
        self.check(has_former, True)


def test_kills(place):
    random.seed(SEED)
    folder = Folder(place)
    begun = time.monotonic()
    folder.prepare(False)
    folder.finish(False)
    whole = time.monotonic() - begun
    begun = time.monotonic()
    stages = collections.Counter()
    for kill in range(KILLS):
        has_former = kill % 3 != 0
        folder.prepare(has_former)
        process = folder.start()
        try:
            process.wait(random.uniform(0, whole * 1.1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        written = folder.check(has_former, False)
        stages["none" if not written else "all" if written == NOTEBOOKS else "some"] += 1
        folder.finish(has_former)
        if folder.problems:
            break
    note(f"seed {SEED}: {sum(stages.values())} moments in {time.monotonic() - begun:.0f} s, whole export "
         f"{whole * 1000:.0f} ms; after a kill {dict(stages)} of {NOTEBOOKS} files were written")
    equal("every file is whole, and a second run finishes", folder.problems[:3], [])
    ok("kills hit the middle of an export", stages["some"] > 0 or KILLS < 20, stages)


if __name__ == "__main__":
    run(test_kills, seconds=600)
