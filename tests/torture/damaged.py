#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""damaged: a store with faults in it never crashes a command, and is never overwritten by one that refuses it.

MUTATIONS copies of a store, half of them with the -wal of a killed kernel beside it, each with one fault: a flipped
bit, a zeroed or scrambled page, a cut. `rscn log` and `rscn run` look at each. SEED repeats a run.
"""
import concurrent.futures
import hashlib
import os
import random
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jupyter"))

from harness import equal, note, ok, run  # noqa: E402

MUTATIONS = int(os.environ.get("MUTATIONS", "300"))
SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
PAGE = 4096
FRAME = PAGE + 24  # of the -wal, after a header of 32 bytes


def make_stores(place):
    """Two folders: a store at rest, and the same one with a -wal that no checkpoint has touched."""
    rest, busy = place.make("rest"), place.make("busy")
    cells = ["CREATE TABLE numbers (i INTEGER PRIMARY KEY, t TEXT); CREATE INDEX numbers_t ON numbers (t);",
             "INSERT INTO numbers WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 4000) "
             "SELECT i, 'row ' || i || hex(randomblob(20)) FROM c;"]
    cells += [f"SELECT {i}, * FROM numbers LIMIT {i}" for i in range(25)]
    for i, cell in enumerate(cells):
        place.rscn("run", place.file(f"cell-{i % 7}.sql", cell), check=True)
    shutil.copy(place.store, rest)
    client = place.kernel().client()
    for i in range(20):
        client.execute(f"INSERT INTO numbers (t) VALUES ('in the -wal {i}')")
    place.kernels[-1].kill()
    for name in ("rssd.db", "rssd.db-wal"):
        shutil.copy(os.path.join(place.work, name), busy)
    return rest, busy


def damage(path, choice):
    """Puts one fault into the file; says which."""
    size = os.path.getsize(path)
    is_wal = path.endswith("-wal")
    step, start = (FRAME, 32) if is_wal else (PAGE, 0)
    pages = (size - start) // step
    # The first pages hold the schema, where a fault does most.
    page = choice.randrange(min(8, pages)) if choice.random() < 0.3 else choice.randrange(pages)
    offset = start + page * step
    kind = choice.choice(("flip", "flip", "zero", "scramble", "cut", "cut inside"))
    with open(path, "r+b") as file:
        if kind == "flip":
            # Half of the flips hit the head of a page, or the head of the file.
            at = choice.randrange(100) if choice.random() < 0.5 else choice.randrange(step)
            if choice.random() < 0.2:
                offset = 0
            file.seek(offset + at)
            byte = file.read(1)[0]
            file.seek(offset + at)
            file.write(bytes([byte ^ 1 << choice.randrange(8)]))
        elif kind == "zero":
            file.seek(offset)
            file.write(bytes(step))
        elif kind == "scramble":
            file.seek(offset + choice.randrange(step - 64))
            file.write(choice.randbytes(64))
        elif kind == "cut":
            file.truncate(offset)
        else:
            file.truncate(offset + choice.randrange(1, step))
    return f"{kind} in page {page} of {pages} of {os.path.basename(path)}"


def digests(folder):
    """What must stay as it is: the store and what is not yet in it."""
    found = {}
    for name in ("rssd.db", "rssd.db-wal"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def judge(result, before, after):
    """What is wrong with how a command ended; None if nothing is."""
    lines = result.stderr.splitlines()
    if result.returncode not in (0, 1, 3):
        return f"status {result.returncode}"
    if "Sanitizer" in result.stderr or "runtime error" in result.stderr:
        return "a sanitizer speaks"
    if result.returncode == 0:
        return None
    if len(lines) != 1 or not lines[0].startswith("rscn: "):
        return f"not one line: {len(lines)}"
    changed = [name for name in before if before[name] != after.get(name)]
    # A fault that leaves a well-formed store with other rows or other DDL is no damage that SQLite
    # sees: the store was in use until a statement of the record failed, and is not a refused one.
    is_in_use = ": recording " in lines[0] or ": preparing a statement: " in lines[0]
    if result.returncode == 3 and changed and not is_in_use:
        return "refused and yet changed: " + ", ".join(changed)
    return None


def mutate(place, number, folders):
    """One copy, one fault, two commands; gives what was found."""
    choice = random.Random(SEED * 1000003 + number)
    work = os.path.join(place.path, f"m{number}")
    shutil.copytree(folders[number % 2], work)
    name = "rssd.db-wal" if number % 2 and choice.random() < 0.6 else "rssd.db"
    fault = damage(os.path.join(work, name), choice)
    found = []
    for command in (["log", "--json", "--all"], ["run", place.insert]):
        before = digests(work)
        try:
            result = place.rscn(*command, "--store", os.path.join(work, "rssd.db"))
        except Exception as error:  # a command that hangs
            found.append((command[0], -1, f"{fault}: {command[0]}: {error!r}"))
            continue
        wrong = judge(result, before, digests(work))
        found.append((command[0], result.returncode,
                      wrong and f"mutation {number}, {fault}: {command[0]}: {wrong}\n{result.stderr[-3000:]}"))
    shutil.rmtree(work, ignore_errors=True)
    return found


def test_matrix(place):
    folders = make_stores(place)
    place.insert = place.file("insert.sql", "INSERT INTO numbers (t) VALUES ('after the fault')")
    note(f"seed {SEED}; {os.path.getsize(place.store) // PAGE} pages, "
         f"{os.path.getsize(os.path.join(folders[1], 'rssd.db-wal')) // FRAME} frames in the -wal")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [one for several in pool.map(lambda number: mutate(place, number, folders), range(MUTATIONS))
                 for one in several]
    wrong = [what for _, _, what in found if what]
    ok(f"{MUTATIONS} damaged stores: every command ended in order and said why in one line", not wrong,
       "\n".join(wrong[:8]))
    for command in ("log", "run"):
        ends = [status for name, status, _ in found if name == command]
        note(f"rscn {command}: " + ", ".join(f"{ends.count(status)} with status {status}"
                                             for status in sorted(set(ends))))
        ok(f"some faults were noticed by {command}", any(status == 3 for status in ends))


def test_strange(place):
    """What is no store at all is refused and stays as it is."""
    contents = {
        "empty of our pages": b"SQLite format 3\0" + bytes(84),
        "a text": b"hello\n" * 1000,
        "a header and nothing else": b"SQLite format 3\0",
        "zeros": bytes(2 * PAGE),
    }
    for name, content in contents.items():
        with open(place.store, "wb") as file:
            file.write(content)
        for command in (["log"], ["run", place.file("one.sql", "SELECT 1")]):
            result = place.rscn(*command, "--store", place.store)
            with open(place.store, "rb") as file:
                kept = file.read() == content
            ok(f"{name}: {command[0]} refuses it", result.returncode == 3 and len(result.stderr.splitlines()) == 1,
               (result.returncode, result.stderr))
            ok(f"{name}: {command[0]} leaves it alone", kept)
    os.unlink(place.store)
    os.mkdir(place.store)
    result = place.rscn("log", "--store", place.store)
    equal("a folder is refused", (result.returncode, len(result.stderr.splitlines())), (3, 1))


if __name__ == "__main__":
    run(test_matrix, test_strange, seconds=400)
