# SPDX-License-Identifier: Apache-2.0
"""nbconvert_run: notebooks executed by nbconvert: which notebook, which cells, which versions,
and what the record says of errors, edits, files without ids and two notebooks on one command
line.
"""

import os

import notebooks
from harness import ENDLESS, contains, equal, ok, run
from notebooks import code, markdown, versions

EXECUTE = ("--to", "notebook", "--execute")


def convert(place, *arguments, cwd=None):
    return notebooks.module("nbconvert", *EXECUTE, *arguments, cwd=cwd or place.work)


def lesson(extra=""):
    return [
        markdown("# A lesson"),
        code("CREATE TABLE IF NOT EXISTS t(x)"),
        code("INSERT INTO t VALUES (1)"),
        code(""),
        code("SELECT count(*) AS n FROM t" + extra),
        code("SELECT 'last'"),
    ]


def twice_and_edited(place):
    path = notebooks.write(os.path.join(place.work, "lessons", "one.ipynb"), lesson())
    name = "lessons/one.ipynb"
    first = convert(place, path)
    ok("nbconvert runs it", first.returncode == 0, first.stderr)
    made = notebooks.read(path.replace(".ipynb", ".nbconvert.ipynb"))
    equal("language_info is in the file", made["metadata"]["language_info"]["name"], "sql")
    contains(
        "the result is in the file",
        str(made["cells"][4]["outputs"][0]["data"]["text/html"]),
        "<table",
        "1",
    )
    page = notebooks.module(
        "nbconvert", "--to", "html", "--stdout", "lessons/one.nbconvert.ipynb", cwd=place.work
    )
    # The lexer that kernel_info names exists in Pygments.
    contains("SQL is highlighted in HTML", page.stdout, '<span class="k">SELECT</span>')
    equal(
        "counts are in the file",
        [c.get("execution_count") for c in made["cells"]],
        [None, 1, 2, None, 3, 4],
    )
    equal(
        "record: name, cells by the ids of the file, versions",
        versions(place, name),
        [(c, 1, "EXECUTED", 1) for c in ("c2", "c3", "c5", "c6")],
    )
    row = place.log(name)[0]
    equal("record: client", row["client"], "nbconvert")
    contains("record: what it was identified by", " ".join(row["identified_by"]), "command-line")
    outputs = place.show(place.log(name)[2]["execution"])["outputs"]
    equal(
        "record and file have the same output",
        outputs[0]["data"]["text/plain"],
        "".join(made["cells"][4]["outputs"][0]["data"]["text/plain"]),
    )

    convert(place, "lessons/one.ipynb")
    equal(
        "run again: the same versions, a second run",
        versions(place, name)[4:],
        [(c, 1, "EXECUTED", 2) for c in ("c2", "c3", "c5", "c6")],
    )
    runs = place.runs(name)
    equal(
        "two runs",
        [(r["run"], r["executions"], r["client"]) for r in runs],
        [(1, 4, "nbconvert"), (2, 4, "nbconvert")],
    )
    ok("both have ended", all(r["ended_at"] for r in runs), runs)

    notebooks.write(path, lesson(" -- edited"))
    convert(place, path, cwd=place.path)
    equal(
        "an edited cell has version 2, the others have not",
        versions(place, name)[8:],
        [
            ("c2", 1, "EXECUTED", 3),
            ("c3", 1, "EXECUTED", 3),
            ("c5", 2, "EXECUTED", 3),
            ("c6", 1, "EXECUTED", 3),
        ],
    )
    both = [
        place.rscn("cat", "--store", place.store, name, f"c5@{v}", check=True).stdout
        for v in (1, 2)
    ]
    ok("both versions are kept", "edited" not in both[0] and "edited" in both[1], both)
    equal("effect: three rows", place.sql("SELECT count(*) FROM t"), [(3,)])


def without_ids(place):
    """A 4.4 file: by text, then by place."""
    path = os.path.join(place.work, "old.ipynb")
    texts = ["CREATE TABLE a(x)", "SELECT 1 AS same", "SELECT 1 AS same", "SELECT 'end'"]
    notebooks.write(path, [code(text) for text in texts], minor=4)
    result = convert(place, "old.ipynb")
    ok("a 4.4 notebook runs", result.returncode == 0, result.stderr)
    first = versions(place, "old.ipynb")
    equal("four cells, two of one text", len({row[0] for row in first}), 4)
    texts[0] = "CREATE TABLE IF NOT EXISTS a(x)"
    texts[3] = "SELECT 'the end'"
    notebooks.write(path, [code(text) for text in texts], minor=4)
    convert(place, "old.ipynb")
    second = versions(place, "old.ipynb")[4:]
    equal(
        "edited at both ends: the same cells", [row[0] for row in second], [row[0] for row in first]
    )
    equal("and new versions of those two", [row[1] for row in second], [2, 1, 1, 2])
    texts.insert(1, "SELECT 'between'")
    notebooks.write(path, [code(text) for text in texts], minor=4)
    convert(place, "old.ipynb")
    third = versions(place, "old.ipynb")[8:]
    equal(
        "one put in between: the others are the same",
        [row[0] for row in third[:1] + third[2:]],
        [row[0] for row in first],
    )
    ok(
        "and it is a new one",
        third[1][0] not in {row[0] for row in first} and third[1][1] == 1,
        third,
    )


def edited_after_a_change(place):
    """Without ids: a notebook that was changed in another way before, edited in one cell."""
    path = os.path.join(place.work, "moved.ipynb")

    def go(*texts):
        notebooks.write(path, [code(f"SELECT '{text}'") for text in texts], minor=4)
        convert(place, "moved.ipynb")
        return [row[:2] for row in versions(place, "moved.ipynb")[-len(texts) :]]

    a, b, c = (row[0] for row in go("a", "b", "c"))
    equal("moved: the same cells", go("c", "a", "b"), [(c, 1), (a, 1), (b, 1)])
    equal("the moved notebook edited", go("c", "a2", "b"), [(c, 1), (a, 2), (b, 1)])
    equal("one deleted", go("a2", "b"), [(a, 2), (b, 1)])
    equal("then the first edited", go("a3", "b"), [(a, 3), (b, 1)])
    new = go("a3", "new", "b")[1][0]
    ok("one put in between is a new one", new not in (a, b, c), new)
    equal("and edited stays itself", go("a3", "new2", "b"), [(a, 3), (new, 2), (b, 1)])
    double = go("a3", "new2", "new2")[2][0]
    equal(
        "the second of two with one text edited",
        go("a3", "new2", "new3"),
        [(a, 3), (new, 2), (double, 3 if double == b else 2)],
    )


def errors(place):
    path = os.path.join(place.work, "bad.ipynb")
    notebooks.write(
        path,
        [
            code("CREATE TABLE t(x)"),
            code("INSERT INTO t VALUES (1);\nINSERT INTO nowhere VALUES (2)"),
            code("SELECT 'not reached'"),
        ],
    )
    result = convert(place, "bad.ipynb")
    ok("an error ends nbconvert", result.returncode != 0)
    contains("and is shown", result.stderr, "nowhere")
    equal(
        "record: FAILED, and what follows was not sent",
        versions(place, "bad.ipynb"),
        [("c1", 1, "EXECUTED", 1), ("c2", 1, "FAILED", 1)],
    )
    shown = place.show("-1")
    equal("record: effect", shown["effect"], "none")
    contains("record: the error", shown["outputs"][-1]["evalue"], "nowhere")
    equal("no effect", place.sql("SELECT count(*) FROM t"), [(0,)])
    ok("the run has an end", place.runs("bad.ipynb")[0]["ended_at"])
    notebooks.write(
        path,
        [
            code("SELECT nowhere", tags=["raises-exception"]),
            code("SELECT 'skipped'", tags=["skip-execution"]),
            code("SELECT 'reached'"),
        ],
    )
    result = convert(place, "bad.ipynb")
    ok("raises-exception goes on", result.returncode == 0, result.stderr)
    equal(
        "record: the tagged ones",
        [(row[0], row[2]) for row in versions(place, "bad.ipynb")[2:]],
        [("c1", "FAILED"), ("c3", "EXECUTED")],
    )
    result = convert(place, "--allow-errors", "bad.ipynb")
    ok("--allow-errors", result.returncode == 0, result.stderr)
    equal(
        "record: --allow-errors",
        [(row[0], row[2]) for row in versions(place, "bad.ipynb")[4:]],
        [("c1", "FAILED"), ("c3", "EXECUTED")],
    )


def timed_out(place):
    """A cell that nbconvert gives up on is interrupted, and the record says so."""
    path = os.path.join(place.work, "slow.ipynb")
    notebooks.write(
        path,
        [
            code(ENDLESS),
            code("SELECT 'after'"),
        ],
    )
    result = convert(place, "slow.ipynb", "--ExecutePreprocessor.timeout=1")
    ok(
        "nbconvert gives up",
        result.returncode != 0 and "Timeout" in result.stderr,
        result.stderr[-2000:],
    )
    equal("record", versions(place, "slow.ipynb"), [("c1", 1, "INTERRUPTED", 1)])
    result = convert(
        place,
        "slow.ipynb",
        "--ExecutePreprocessor.timeout=1",
        "--ExecutePreprocessor.interrupt_on_timeout=True",
        "--allow-errors",
    )
    ok("interrupt_on_timeout goes on", result.returncode == 0, result.stderr[-2000:])
    equal(
        "record: the next cell ran",
        versions(place, "slow.ipynb")[1:],
        [("c1", 1, "INTERRUPTED", 2), ("c2", 1, "EXECUTED", 2)],
    )
    equal("no process is left", place.leftovers(), [])


def two_on_one_line(place):
    """nbconvert a.ipynb b.ipynb: each kernel finds out which one it serves by the text."""
    for name in ("a", "b"):
        notebooks.write(
            os.path.join(place.work, name + ".ipynb"),
            [code(f"SELECT 'of {name}'"), code("SELECT 'common'")],
        )
    result = convert(place, "a.ipynb", "b.ipynb")
    ok("both run", result.returncode == 0, result.stderr)
    for name in ("a", "b"):
        equal(
            f"record: {name}.ipynb",
            versions(place, name + ".ipynb"),
            [("c1", 1, "EXECUTED", 1), ("c2", 1, "EXECUTED", 1)],
        )
        contains(
            "the text stands in the file",
            " ".join(place.log(name + ".ipynb")[0]["identified_by"]),
            "text-in-file",
        )


def names(place):
    """What a notebook is called."""
    outside = notebooks.write(
        os.path.join(place.path, "elsewhere", "Ü b.ipynb"), [code("SELECT 1")]
    )
    os.environ["RSCN_STORE"] = place.store
    result = convert(place, outside)
    ok("a notebook outside of the store's folder", result.returncode == 0, result.stderr)
    equal("record: its whole path", [row["notebook"] for row in place.log()], [outside])
    inside = notebooks.write(os.path.join(place.work, "x.ipynb"), [code("SELECT 1")])
    os.environ["RSCN_NOTEBOOK"] = "given/name"
    convert(place, inside)
    del os.environ["RSCN_NOTEBOOK"], os.environ["RSCN_STORE"]
    row = place.log()[-1]
    equal(
        "record: RSCN_NOTEBOOK outranks all",
        (row["notebook"], row["identified_by"][0]),
        ("given/name", "RSCN_NOTEBOOK"),
    )
    for number, path in enumerate((inside, "x.ipynb", os.path.join(place.work, ".", "x.ipynb"))):
        os.environ["RSCN_NOTEBOOK"] = path
        convert(place, inside)
        del os.environ["RSCN_NOTEBOOK"]
        row = place.log()[-1]
        equal(
            f"record: RSCN_NOTEBOOK as a path, {number}",
            (row["notebook"], row["identified_by"][0]),
            ("x.ipynb", "RSCN_NOTEBOOK"),
        )
    named = notebooks.write(
        os.path.join(place.work, "named.ipynb"), [code("%cell load\nSELECT 1"), code("SELECT 2")]
    )
    convert(place, named)
    equal(
        "%cell names the cell", [row[0] for row in versions(place, "named.ipynb")], ["load", "c2"]
    )


run(
    twice_and_edited,
    without_ids,
    edited_after_a_change,
    errors,
    timed_out,
    two_on_one_line,
    names,
    seconds=240,
)
