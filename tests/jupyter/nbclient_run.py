# SPDX-License-Identifier: Apache-2.0
"""nbclient_run: nbclient as a library and as `jupyter execute`."""

import os

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import notebooks
from harness import contains, equal, ok, run, user_name
from notebooks import code, versions


def library(place):
    """In a program of the user: no file is named anywhere."""
    path = notebooks.write(
        os.path.join(place.work, "lib.ipynb"),
        [code("CREATE TABLE t(x)"), code("INSERT INTO t VALUES (1), (2)"), code("SELECT * FROM t")],
    )
    for _ in range(2):
        document = nbformat.read(path, as_version=4)
        client = NotebookClient(
            document,
            kernel_name="rscn",
            resources={"metadata": {"path": place.work}},
            allow_errors=True,
            iopub_timeout=20,
        )
        client.execute()
    contains("a result", document.cells[2].outputs[0].data["text/plain"], "1", "2")
    equal("the second run: CREATE fails", document.cells[0].outputs[0].output_type, "error")
    name = "console/" + user_name()
    rows = versions(place, name)
    equal(
        "record: states",
        [row[2] for row in rows],
        ["EXECUTED"] * 3 + ["FAILED", "EXECUTED", "EXECUTED"],
    )
    equal(
        "record: the same cells by their text",
        [row[0] for row in rows[:3]],
        [row[0] for row in rows[3:]],
    )
    equal("record: versions", {row[1] for row in rows}, {1})
    equal("record: two runs", [r["executions"] for r in place.runs(name)], [3, 3])
    equal(
        "record: the client is the program",
        {row["client"] for row in place.log()},
        {"nbclient_run.py"},
    )


def one_by_one(place):
    """Kernel kept between cells; an error stops."""
    document = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(text) for text in ("SELECT 1", "SELECT nowhere", "SELECT 3")
        ]
    )
    client = NotebookClient(
        document, kernel_name="rscn", resources={"metadata": {"path": place.work}}
    )
    try:
        client.execute()
        ok("an error raises", False)
    except CellExecutionError as error:
        contains("an error raises", str(error), "nowhere")
    timing = document.cells[0].metadata.execution
    ok(
        "nbclient has all four times",
        {"iopub.status.busy", "iopub.execute_input", "shell.execute_reply", "iopub.status.idle"}
        <= set(timing),
        timing,
    )
    equal("record", place.states(), ["EXECUTED", "FAILED"])
    equal("no process is left", place.leftovers(), [])


def by_command(place):
    path = notebooks.write(
        os.path.join(place.work, "by command.ipynb"), [code("SELECT 1"), code("SELECT 2")]
    )
    for _ in range(2):
        result = notebooks.script("jupyter-execute", path, cwd=place.work)
        ok("jupyter execute", result.returncode == 0, result.stderr)
    equal(
        "record",
        versions(place, "by command.ipynb"),
        [
            ("c1", 1, "EXECUTED", 1),
            ("c2", 1, "EXECUTED", 1),
            ("c1", 1, "EXECUTED", 2),
            ("c2", 1, "EXECUTED", 2),
        ],
    )
    equal("record: client", {row["client"] for row in place.log()}, {"nbclient"})
    notebooks.write(path, [code("SELECT 1"), code("SELECT 2 -- edited")])
    notebooks.script("jupyter-execute", path, cwd=place.work)
    equal(
        "record: edited",
        versions(place, "by command.ipynb")[4:],
        [("c1", 1, "EXECUTED", 3), ("c2", 2, "EXECUTED", 3)],
    )


def run_once(place):
    """A cell named _once_ runs once in each version."""
    path = os.path.join(place.work, "once.ipynb")
    create = "%cell make_once_table\nCREATE TABLE t(x)"
    notebooks.write(path, [code(create), code("INSERT INTO t VALUES (1)")])
    for _ in range(2):
        result = notebooks.script("jupyter-execute", "--inplace", path, cwd=place.work)
        ok("it runs", result.returncode == 0, result.stderr)
    shown = "".join(notebooks.read(path)["cells"][0]["outputs"][0]["text"])
    first = place.log("once.ipynb")[0]["execution"]
    contains("the second time it says by which execution", shown, "skipped", first)
    equal(
        "record",
        [(row[0], row[2]) for row in versions(place, "once.ipynb")],
        [
            ("make_once_table", "EXECUTED"),
            ("c2", "EXECUTED"),
            ("make_once_table", "SKIPPED"),
            ("c2", "EXECUTED"),
        ],
    )
    notebooks.write(path, [code(create + ", u(y)"), code("INSERT INTO t VALUES (1)")])
    result = notebooks.script("jupyter-execute", path, cwd=place.work)
    ok("edited: an error", result.returncode != 0)
    contains("edited: it names both versions", result.stderr, "version 2", "version 1")
    equal(
        "record: FAILED",
        [(row[0], row[2]) for row in versions(place, "once.ipynb")[4:]],
        [("make_once_table", "FAILED")],
    )
    equal("effects", place.sql("SELECT count(*) FROM t"), [(2,)])


run(library, one_by_one, by_command, run_once, seconds=200)
