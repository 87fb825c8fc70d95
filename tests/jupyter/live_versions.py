# SPDX-License-Identifier: Apache-2.0
"""live_versions: a kernel takes its notebook's file in as a new version when it changed: before the
first cell, in the pause after a cell, at its end; and what ran belongs to the cells of the versions,
whatever the client says about them. A file that is none hurts no cell."""

import json
import os
import time
import uuid

import notebooks
from harness import ENDLESS, PATIENCE, contains, equal, ok, run, until
from notebooks import code, markdown

ENOUGH = 20  # seconds in which a version must be there


def metadata(cell_id):
    """What JupyterLab sends with a cell."""
    return {"trusted": True, "deletedCells": [], "recordTiming": False, "cellId": cell_id}


def path_of(place, name):
    return os.path.join(place.work, name)


def session(place, name):
    return place.kernel(env={"JPY_SESSION_NAME": path_of(place, name)})


def origins(place, name):
    """How each version of a notebook came."""
    return [
        origin
        for (origin,) in place.sql(
            "SELECT origin FROM rscn_notebook_version WHERE notebook_name = ? ORDER BY version",
            name,
        )
    ]


def becomes(what, place, name, count):
    """Waits until there are as many versions of the notebook."""
    until(lambda: len(origins(place, name)) >= count, ENOUGH)
    equal(what, len(origins(place, name)), count)


def keys(place, name, version=None):
    """Of the code cells of a version, the newest unless said, in the file's order."""
    rows = place.sql(
        """SELECT cell_key FROM rscn_notebook_cell WHERE notebook_name = ?1 AND type = 'code'
        AND version = coalesce(?2, (SELECT max(version) FROM rscn_notebook_version
        WHERE notebook_name = ?1)) ORDER BY position""",
        name,
        version,
    )
    return [key for (key,) in rows]


def executed(place, name):
    """The keys of the cells that ran, in order."""
    rows = place.sql(
        "SELECT cell_key FROM rscn_execution WHERE notebook_name = ? ORDER BY execution_number",
        name,
    )
    return [key for (key,) in rows]


def when(place):
    """At the first cell, at a save, at the end; not without a change."""
    path = notebooks.write(path_of(place, "n.ipynb"), [code("SELECT 1"), markdown("# text")])
    kernel = session(place, "n.ipynb")
    client = kernel.client()
    client.execute("SELECT 1", metadata=metadata("c1"))
    equal("a version before the first cell", len(origins(place, "n.ipynb")), 1)
    equal("its cells", keys(place, "n.ipynb"), ["c1"])
    client.execute("SELECT 1", metadata=metadata("c1"))
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    document["cells"][0]["execution_count"] = 2
    document["cells"][0]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "imported\n"}
    ]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
    client.execute("SELECT 1", metadata=metadata("c1"))
    becomes("a save is noticed when the next cell ran", place, "n.ipynb", 2)
    equal("only outputs changed", origins(place, "n.ipynb")[1], "execution")
    notebooks.write(path, [code("SELECT 2"), markdown("# text"), code("SELECT 3")])
    client.execute("SELECT 2", metadata=metadata("c1"))
    becomes("an edit is one, too", place, "n.ipynb", 3)
    equal("it says so", origins(place, "n.ipynb")[2], "edit")
    equal("the new cell has its id as key", keys(place, "n.ipynb"), ["c1", "c3"])
    notebooks.write(path, [code("SELECT 3", "c3"), code("SELECT 2", "c1")])
    equal("the kernel ends", kernel.shutdown(), 0)
    equal("what was saved last is taken in at the end", len(origins(place, "n.ipynb")), 4)
    equal("in the file's order", keys(place, "n.ipynb"), ["c3", "c1"])
    kernel.restart()
    client.execute("SELECT 2", metadata=metadata("c1"))
    equal("the kernel ends again", kernel.shutdown(), 0)
    equal("nothing changed, nothing is added", len(origins(place, "n.ipynb")), 4)
    equal("what ran are these cells", set(executed(place, "n.ipynb")), {"c1"})
    runs = place.sql(
        "SELECT DISTINCT run_id IN (SELECT run_id FROM rscn_run) FROM rscn_notebook_version"
    )
    equal("each version names the run that noticed it", runs, [(1,)])
    states = {row["state"] for row in place.log("n.ipynb")}
    equal(
        "imported outputs are no executions", (len(place.log("n.ipynb")), states), (5, {"EXECUTED"})
    )


def before_it_is_saved(place):
    """A cell that runs before the file has it is the cell that is saved later."""
    for minor in (5, 4):
        name = f"later{minor}.ipynb"
        path = notebooks.write(path_of(place, name), [code("SELECT 'old'")], minor=minor)
        kernel = session(place, name)
        client = kernel.client()
        client.execute("SELECT 'new'", metadata=metadata("fresh"))
        client.execute("SELECT 'newer'", metadata=metadata("fresh"))
        notebooks.write(
            path, [code("SELECT 'old'", "c1"), code("SELECT 'newer'", "fresh")], minor=minor
        )
        client.execute("SELECT 'old'", metadata=metadata("c1"))
        becomes(f"4.{minor}: the save is a version", place, name, 2)
        ran = executed(place, name)
        equal(
            f"4.{minor}: the cell that ran is the one that was saved", keys(place, name)[1], ran[0]
        )
        equal(f"4.{minor}: all its executions are its own", ran[0], ran[1])
        equal(
            f"4.{minor}: the other one stays itself", keys(place, name)[0], keys(place, name, 1)[0]
        )
        equal(f"4.{minor}: and ran", ran[2], keys(place, name)[0])
        kernel.shutdown()


def pasted(place):
    """Cut and pasted in JupyterLab a cell has a new id; it runs before it is saved."""
    cells = [code("SELECT 'one'"), code("SELECT 'two' AS cut"), code("SELECT 'three'")]
    path = notebooks.write(path_of(place, "p.ipynb"), cells)
    kernel = session(place, "p.ipynb")
    client = kernel.client()
    client.execute("SELECT 'two' AS cut", metadata=metadata("c2"))
    client.execute("SELECT 'two' AS cut", metadata=metadata("pasted"))
    cells = [cells[0], cells[2], code("SELECT 'two' AS cut", "pasted")]
    notebooks.write(path, cells)
    client.execute("SELECT 'three'", metadata=metadata("c3"))
    becomes("the save is a version", place, "p.ipynb", 2)
    client.execute("SELECT 'two' AS cut", metadata=metadata("pasted"))
    ran, saved = executed(place, "p.ipynb"), keys(place, "p.ipynb")[2]
    equal("the cell of the file is the one that runs", ran[-1], saved)
    equal("and the one that ran before it was saved", ran[1], saved)
    kernel.shutdown()


def old_pages(place):
    """A 4.4 file in JupyterLab: ids of the page, another set with every page (FE-45)."""
    texts = [
        f"SELECT '{name}' AS {name}, count(*) FROM t_{name}" for name in ("one", "two", "three")
    ]
    setup = (
        "CREATE TABLE IF NOT EXISTS t_one(x); CREATE TABLE IF NOT EXISTS t_two(x); "
        "CREATE TABLE IF NOT EXISTS t_three(x)"
    )
    path = notebooks.write(
        path_of(place, "old.ipynb"), [code(text) for text in [setup, *texts]], minor=4
    )
    seen = None
    for page in range(2):
        kernel = session(place, "old.ipynb")
        client = kernel.client()
        before = len(executed(place, "old.ipynb"))
        for number, text in enumerate([setup, *texts]):
            client.execute(text, metadata=metadata(f"page{page}-{number}"))
        ran = executed(place, "old.ipynb")[before:]
        seen = seen or ran
        equal(f"page {page}: each cell is itself", ran, seen)
        equal(f"page {page}: as in the file", ran, keys(place, "old.ipynb"))
        # Saved with an edit, and run on a page that was loaded anew in between.
        edited = texts[1] + f" WHERE x > {page}"
        notebooks.write(path, [code(text) for text in [setup, texts[0], edited, texts[2]]], minor=4)
        client.execute(edited, metadata=metadata(f"reload{page}"))
        equal(f"page {page}: an edited cell is itself", executed(place, "old.ipynb")[-1], seen[2])
        texts[1] = edited
        kernel.shutdown()
    becomes("each save is a version", place, "old.ipynb", 3)
    equal("with the same cells", keys(place, "old.ipynb"), seen)


def without_ids(place):
    """What sends no ids: the classic page and its like, on 4.4 and 4.5 files; doubled cells."""
    for minor in (5, 4):
        name = f"plain{minor}.ipynb"
        twice = "SELECT 'the same text in two cells'"
        between = "SELECT 'between' AS b, count(*) AS books FROM book WHERE year > 1960 AND year < 1990"
        texts = ["CREATE TABLE IF NOT EXISTS book(title, year)", twice, between, twice]
        path = notebooks.write(path_of(place, name), [code(text) for text in texts], minor=minor)
        kernel = session(place, name)
        client = kernel.client()
        for text in texts:
            client.execute(text)
        first = executed(place, name)
        equal(f"4.{minor}: four cells", len(set(first)), 4)
        equal(f"4.{minor}: those of the file", first, keys(place, name))
        # Moved, edited, saved, run.
        texts = [twice, texts[2] + ", 'edited' AS c", texts[0], twice]
        order = [1, 2, 0, 3]
        cells = [code(text, f"c{at + 1}") for text, at in zip(texts, order)]
        notebooks.write(path, cells, minor=minor)
        for text in texts:
            client.execute(text)
        becomes(f"4.{minor}: a version", place, name, 2)
        now = executed(place, name)[4:]
        equal(f"4.{minor}: moved and edited they are the same", set(now), set(first))
        equal(f"4.{minor}: each in its place", now, keys(place, name))
        equal(f"4.{minor}: the edited one is itself", now[1], first[2])
        kernel.shutdown()


def edited_first(place):
    """Edited and run before it is saved, where no id tells the cell: the classic page, and JupyterLab
    with a 4.4 file. Each stays one cell, and an import mints nothing new."""
    tables = ("book", "author", "publisher")
    for page in (False, True):
        name = f"first{page}.ipynb"
        texts = [f"CREATE TABLE IF NOT EXISTS {table}(id, name, year)" for table in tables]
        texts += [f"SELECT count(*) AS {table}s FROM {table} WHERE year > 0" for table in tables]
        write = lambda: notebooks.write(path_of(place, name), [code(t) for t in texts], minor=4)
        write()
        kernel = session(place, name)
        client = kernel.client()

        def execute(number, load):
            sent = metadata(f"{load}-{number}") if page else None
            client.execute(texts[number], metadata=sent, allow_stdin=True)

        for number in range(6):
            execute(number, "page")
        first = executed(place, name)
        equal(f"{page}: the cells of the file", first, keys(place, name))
        for number in (4, 3, 5):
            texts[number] += " AND 1"
            execute(number, "page")
        equal(f"{page}: edited", executed(place, name)[6:], [first[4], first[3], first[5]])
        write()
        execute(0, "page")
        becomes(f"{page}: saved", place, name, 2)
        equal(f"{page}: the same cells", keys(place, name), first)
        for number in range(6):
            execute(number, "again")
        texts[4] += " ORDER BY year, name"
        execute(4, "again")
        equal(f"{page}: loaded again and edited", executed(place, name)[10:], [*first, first[4]])
        write()
        kernel.shutdown()
        equal(f"{page}: saved at last", keys(place, name), first)
        known = "SELECT count(*) FROM rscn_cell WHERE notebook_name = ?"
        place.rscn("import", path_of(place, name), check=True)
        equal(f"{page}: an import mints no cell", place.sql(known, name), [(6,)])


def equal_ids(place):
    """Two cells with one id (a copied file): the text tells them apart."""
    cells = [code("SELECT 'one'", "same"), code("SELECT 'two'", "same")]
    notebooks.write(path_of(place, "ids.ipynb"), cells)
    kernel = session(place, "ids.ipynb")
    client = kernel.client()
    for text in ("SELECT 'one'", "SELECT 'two'", "SELECT 'one'"):
        client.execute(text, metadata=metadata("same"))
    ran = executed(place, "ids.ipynb")
    equal("two cells", ran, [*keys(place, "ids.ipynb"), keys(place, "ids.ipynb")[0]])
    ok("with two keys", ran[0] != ran[1], ran)
    kernel.shutdown()


def runners(place):
    """nbconvert and papermill, twice each, with an edit between."""
    for minor in (5, 4):
        name = f"batch{minor}.ipynb"
        texts = [
            "CREATE TABLE IF NOT EXISTS book(title, year)",
            "INSERT INTO book VALUES ('Solaris', 1961), ('Roadside Picnic', 1972)",
            "SELECT title, year FROM book ORDER BY year",
        ]
        path = notebooks.write(path_of(place, name), [code(text) for text in texts], minor=minor)

        def convert():
            return notebooks.module(
                "nbconvert",
                "--to",
                "notebook",
                "--execute",
                "--output",
                "made",
                name,
                cwd=place.work,
            )

        def mill():
            return notebooks.module(
                "papermill", "--no-progress-bar", name, "out.ipynb", cwd=place.work
            )

        first = None
        for number, program in enumerate((convert, mill, convert, mill)):
            before = len(executed(place, name))
            result = program()
            ok(f"4.{minor}: run {number + 1}", result.returncode == 0, result.stderr)
            ran = executed(place, name)[before:]
            first = first or ran
            expected = first if len(texts) == 3 else [first[0], ran[1], *first[1:]]
            equal(f"4.{minor}: the cells are the same", ran, expected)
            equal(f"4.{minor}: as in the file", ran, keys(place, name))
            if number == 0:
                texts[2] = "SELECT title, year FROM book WHERE year > 1900 ORDER BY year"
            elif number == 1:
                texts.insert(1, "DELETE FROM book")
            cells = [
                code(
                    text,
                    (
                        "new"
                        if text == "DELETE FROM book"
                        else f"c{i + 1 - (len(texts) == 4 and i > 1)}"
                    ),
                )
                for i, text in enumerate(texts)
            ]
            notebooks.write(path, cells, minor=minor)
        becomes(f"4.{minor}: three versions", place, name, 3)


def renamed(place):
    """Before a start, and while the kernel runs."""
    cells = [code(f"SELECT {n} AS number_{n}") for n in range(6)]
    path = notebooks.write(path_of(place, "a.ipynb"), cells)
    kernel = session(place, "a.ipynb")
    kernel.client().execute("SELECT 0 AS number_0", metadata=metadata("c1"))
    kernel.shutdown()
    os.rename(path, path_of(place, "b.ipynb"))
    kernel = session(place, "b.ipynb")
    client = kernel.client()
    client.execute("SELECT 0 AS number_0", metadata=metadata("c1"))
    names = "SELECT notebook_name, name FROM rscn_notebook"
    equal("a renamed file is the notebook", place.sql(names), [("a.ipynb", "b.ipynb")])
    equal("and what ran is in it", executed(place, "a.ipynb"), ["c1", "c1"])
    os.rename(path_of(place, "b.ipynb"), path_of(place, "c.ipynb"))
    client.execute("SELECT 1 AS number_1", metadata=metadata("c2"))
    until(lambda: place.sql(names) == [("a.ipynb", "c.ipynb")], ENOUGH)
    equal("renamed while the kernel runs", place.sql(names), [("a.ipynb", "c.ipynb")])
    info = client.execute("%info", metadata=metadata("c6"))
    contains("%info says so", info.text(), path_of(place, "c.ipynb"))
    notebooks.write(path_of(place, "c.ipynb"), cells[1:])
    client.execute("SELECT 1 AS number_1", metadata=metadata("c2"))
    becomes("its next save is a version", place, "a.ipynb", 2)
    equal("all that ran is in it", executed(place, "a.ipynb"), ["c1", "c1", "c2", "c6", "c2"])
    kernel.shutdown()


def bad_files(place):
    """No notebook, gone, a pipe, too long: each cell runs as if there were none."""
    path = notebooks.write(path_of(place, "bad.ipynb"), [code("SELECT 1")])
    kernel = session(place, "bad.ipynb")
    client = kernel.client()

    def pipe():
        os.mkfifo(path)

    def huge():
        with open(path, "wb") as file:
            file.truncate((64 << 20) + 1)

    def text(content):
        def write():
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)

        return write

    ways = {
        "valid": lambda: notebooks.write(path, [code("SELECT 1")]),
        "no JSON": text("this is\x1b[31m no notebook"),
        "cut off": text('{"cells": [{"cell_type": "code", "source": "SELECT'),
        "no notebook": text('{"a": [1, 2]}'),
        "empty": text(""),
        "gone": lambda: None,
        "a pipe": pipe,
        "a folder": lambda: os.mkdir(path),
        "a loop": lambda: os.symlink(path, path),
        "too long": huge,
    }
    for what, make in ways.items():
        if os.path.isdir(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.remove(path)
        make()
        for cell in ("c1", uuid.uuid4().hex):
            result = client.execute(f"SELECT '{what}'", metadata=metadata(cell))
            equal(f"{what}: a cell runs", (result.status, what in result.text()), ("ok", True))
    errors = kernel.stderr()
    ok("no control characters in the log", "\x1b" not in errors, errors)
    os.remove(path)
    notebooks.write(path, [code("SELECT 'again'")])
    client.execute("SELECT 'again'", metadata=metadata("c1"))
    becomes("a notebook again: a version again", place, "bad.ipynb", 2)
    equal("the kernel ends", kernel.shutdown(), 0)


def two_kernels(place):
    """Both see each save; it is one version."""
    path = notebooks.write(path_of(place, "two.ipynb"), [code("SELECT 1")])
    kernels = [session(place, "two.ipynb") for _ in range(2)]
    clients = [kernel.client() for kernel in kernels]
    for turn in range(3):
        for client in clients:
            client.execute("SELECT 1", metadata=metadata("c1"))
        becomes(f"version {turn + 1}", place, "two.ipynb", turn + 1)
        notebooks.write(path, [code("SELECT 1"), code(f"SELECT {turn + 2}", f"x{turn}")])
    for kernel in kernels:
        kernel.shutdown()
    equal("each save is one version", len(origins(place, "two.ipynb")), 4)


def locked(place):
    """The lock is held elsewhere: cells run, and the kernel ends in time."""
    path = notebooks.write(path_of(place, "l.ipynb"), [code("SELECT 1")])
    kernel = session(place, "l.ipynb")
    client = kernel.client()
    client.execute("SELECT 1", metadata=metadata("c1"))
    writer = place.kernel()
    other = writer.client()
    other.execute("CREATE TABLE t(x)")
    msg_id = other.start("INSERT INTO t VALUES (1);\nSELECT 'held';\nINSERT INTO t " + ENDLESS)
    other.wait_published(msg_id, "display_data")
    notebooks.write(path, [code("SELECT 2")])
    start = time.monotonic()
    equal("the kernel ends", kernel.shutdown(), 0)
    took = time.monotonic() - start
    ok(f"without waiting for it: {took:.2f} s", took < PATIENCE / 10, took)
    fresh = session(place, "l.ipynb")
    start = time.monotonic()
    shown = fresh.client()
    first = shown.start("SELECT 'fresh'", metadata=metadata("c1"))
    shown.wait_published(first, "display_data")
    ok("a first cell waits for the lock for a second", time.monotonic() - start < 10)
    other.interrupt()
    other.finish(msg_id)
    equal("and is recorded after that", shown.finish(first).status, "ok")
    becomes("so is the notebook", place, "l.ipynb", 2)
    equal("ends", (fresh.shutdown(), writer.shutdown()), (0, 0))
    equal("nothing was lost", executed(place, "l.ipynb"), ["c1", "c1"])


def consoles(place):
    """No file, no version."""
    kernel = place.kernel(env={"JPY_SESSION_NAME": "Console 1"})
    client = kernel.client()
    contains("a console's cell", client.execute("SELECT 'console'").text(), "console")
    kernel.shutdown()
    equal("takes nothing in", place.sql("SELECT count(*) FROM rscn_notebook"), [(0,)])


def many_saves(place):
    """Saves beside cells in a row: no cell fails, the last state is there."""
    path = path_of(place, "many.ipynb")
    notebooks.write(path, [code("SELECT 0")])
    kernel = session(place, "many.ipynb")
    client = kernel.client()
    for turn in range(60):
        cells = [code(f"SELECT {n}", f"id{n}") for n in range(turn % 7 + 1)]
        notebooks.write(path, cells, turn_number=turn)
        result = client.execute(f"SELECT {turn % 7}", metadata=metadata(f"id{turn % 7}"))
        if result.status != "ok":
            ok(f"cell {turn}", False, result.text())
    equal("the kernel ends", kernel.shutdown(), 0)
    equal(
        "the last state is the newest version",
        keys(place, "many.ipynb"),
        [f"id{n}" for n in range(4)],
    )
    equal("each cell is its id", executed(place, "many.ipynb"), [f"id{t % 7}" for t in range(60)])


run(
    when,
    before_it_is_saved,
    pasted,
    old_pages,
    without_ids,
    edited_first,
    equal_ids,
    runners,
    renamed,
    bad_files,
    two_kernels,
    locked,
    consoles,
    many_saves,
    seconds=280,
)
