# SPDX-License-Identifier: Apache-2.0
"""papermill_run: the input is the notebook, never the dated output; parameters."""

import os
import subprocess
import sys
from datetime import date

import notebooks
from harness import contains, equal, ok, run
from notebooks import code, versions


def mill(place, *arguments, text=None):
    environment = {**os.environ, "PWD": place.work}
    return subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", *arguments],
        cwd=place.work,
        env=environment,
        text=True,
        input=text or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=120,
    )


def report(edit=""):
    return [
        code("CREATE TABLE IF NOT EXISTS t(x)"),
        code("INSERT INTO t VALUES (1)"),
        code("SELECT count(*) AS n FROM t" + edit),
    ]


def input_is_the_name(place):
    os.makedirs(os.path.join(place.work, "out"))
    notebooks.write(os.path.join(place.work, "report.ipynb"), report())
    outputs = [f"out/report-{date.today()}-{i}.ipynb" for i in range(3)]
    for output in outputs[:2]:
        result = mill(place, "report.ipynb", output)
        ok("papermill runs it", result.returncode == 0, result.stderr)
    made = notebooks.read(os.path.join(place.work, outputs[1]))
    contains("the result is in the output file", str(made["cells"][2]["outputs"][0]["data"]), "2")
    equal("record: only the input", {row["notebook"] for row in place.log()}, {"report.ipynb"})
    equal(
        "record: the same versions, two runs",
        versions(place, "report.ipynb"),
        [(c, 1, "EXECUTED", r) for r in (1, 2) for c in ("c1", "c2", "c3")],
    )
    equal("record: client", {row["client"] for row in place.log()}, {"papermill"})
    notebooks.write(os.path.join(place.work, "report.ipynb"), report(" -- edited"))
    mill(place, "report.ipynb", outputs[2])
    equal(
        "record: an edited cell has version 2",
        versions(place, "report.ipynb")[6:],
        [("c1", 1, "EXECUTED", 3), ("c2", 1, "EXECUTED", 3), ("c3", 2, "EXECUTED", 3)],
    )
    # An output that is there already does not become the name.
    result = mill(place, "report.ipynb", outputs[0])
    ok("over an old output", result.returncode == 0, result.stderr)
    equal("record: still the input", {row["notebook"] for row in place.log()}, {"report.ipynb"})
    equal(
        "record: four runs with an end",
        [bool(r["ended_at"]) for r in place.runs("report.ipynb")],
        [True] * 4,
    )


def elsewhere(place):
    """The kernel's folder, an output that is there, options: the input stays the name."""
    os.makedirs(os.path.join(place.work, "data"))
    for name in ("in.ipynb", "out.ipynb"):
        notebooks.write(os.path.join(place.work, name), [code("SELECT 1")])
    for arguments in (
        ("in.ipynb", "out.ipynb", "--cwd", "data"),
        ("in.ipynb", "out.ipynb", "--cwd", os.path.join(place.work, "data")),
        ("--log-level", "INFO", "in.ipynb", "-"),
    ):
        result = mill(place, *arguments)
        ok(f"papermill {' '.join(arguments)}", result.returncode == 0, result.stderr)
    names = [row["notebook"] for row in place.log()]
    equal("record: the input", names, ["in.ipynb"] * 3)
    with open(os.path.join(place.work, "in.ipynb"), encoding="utf-8") as file:
        text = file.read()
    result = mill(place, "-", "out.ipynb", text=text)
    ok("papermill - out.ipynb", result.returncode == 0, result.stderr)
    user = place.log()[-1]["user"]
    equal("record: no file, no output as name", place.log()[-1]["notebook"], f"console/{user}")


def errors(place):
    notebooks.write(
        os.path.join(place.work, "bad.ipynb"),
        [code("SELECT 1"), code("SELECT nowhere"), code("SELECT 3")],
    )
    result = mill(place, "bad.ipynb", "bad-out.ipynb")
    ok("an error ends papermill", result.returncode != 0)
    contains("and is shown", result.stderr, "nowhere")
    made = notebooks.read(os.path.join(place.work, "bad-out.ipynb"))
    ok("the output file has what ran", any(c.get("execution_count") == 1 for c in made["cells"]))
    equal(
        "record", versions(place, "bad.ipynb"), [("c1", 1, "EXECUTED", 1), ("c2", 1, "FAILED", 1)]
    )


def parameters(place):
    """Without contrib/papermill papermill can write no parameters for SQL: that is said, not lost
    silently; %param works.
    """
    notebooks.write(
        os.path.join(place.work, "p.ipynb"),
        [code('%param region "north"', tags=["parameters"]), code("SELECT :region AS region")],
    )
    result = mill(place, "p.ipynb", "p-out.ipynb")
    ok("runs with its own parameters", result.returncode == 0, result.stderr)
    shown = place.show("-1")
    contains("the value", shown["outputs"][0]["data"]["text/plain"], "north")
    equal("record: arguments", shown["arguments"], {"region": "north"})
    run_parameters = place.runs("p.ipynb")[0]["parameters"]
    contains("record: parameters of the run", str(run_parameters), "region", "north")
    refused = mill(place, "p.ipynb", "p-out2.ipynb", "-p", "region", "south")
    ok(
        "-p with a language papermill can't write is refused by papermill",
        refused.returncode != 0,
        refused.stderr,
    )
    equal("record: nothing ran", len(place.log()), 2)


run(input_is_the_name, elsewhere, errors, parameters, seconds=200)
