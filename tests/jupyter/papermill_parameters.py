# SPDX-License-Identifier: Apache-2.0
"""papermill_parameters: `papermill -p` with the package of contrib/papermill, installed by pip from
the tree: every kind of value arrives in SQL and in the record.
"""

import json
import os
import shutil
import subprocess
import sys

import notebooks
from harness import contains, equal, ok, run
from notebooks import code

SOURCE = os.environ.get("SRCDIR") or os.path.join(os.path.dirname(__file__), "..", "..")
VALUES = {
    "text": 'it\'s "quoted",\n:two lines\\ and 吾輩',
    "number": -7,
    "real": 2.5,
    "yes": True,
    "missing": None,
    "list": [1, "two", {"three": 3}],
}


def install(place):
    """Into a folder of its own; from a copy, as the source tree may be read-only."""
    source = os.path.join(place.path, "source")
    shutil.copytree(os.path.join(SOURCE, "contrib", "papermill"), source)
    target = os.path.join(place.path, "site")
    result = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
        + ["--disable-pip-version-check", "--target", target, source],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    ok("pip installs it from the tree", result.returncode == 0, result.stdout)
    return target


def mill(place, site, *arguments):
    environment = {**os.environ, "PWD": place.work, "PYTHONPATH": site}
    return subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", *arguments],
        cwd=place.work,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=120,
    )


def shown(place, notebook, cell):
    with open(os.path.join(place.work, notebook), encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    return cells[cell]["outputs"][0]["data"]["application/vnd.dataresource+json"]["data"]


def parameters(place):
    site = install(place)
    names = ", ".join(f":{name} AS {name}" for name in VALUES)
    notebooks.write(
        os.path.join(place.work, "p.ipynb"),
        [
            code("%param number 1\n%param region north", tags=["parameters"]),
            code(f"SELECT {names}, :region AS region"),
            code("SELECT group_concat(value, '|') AS parts FROM json_each(:list)"),
        ],
    )
    given = os.path.join(place.work, "values.json")
    with open(given, "w", encoding="utf-8") as file:
        json.dump(VALUES, file)
    result = mill(place, site, "p.ipynb", "out.ipynb", "-f", given)
    ok("papermill -f runs it", result.returncode == 0, result.stderr)
    expected = {**VALUES, "yes": 1, "list": json.dumps(VALUES["list"]), "region": "north"}
    equal("every value arrives", shown(place, "out.ipynb", 2), [expected])
    equal("a list through json_each", shown(place, "out.ipynb", 3)[0]["parts"], '1|two|{"three":3}')
    arguments = place.show("-1")["arguments"]
    equal("record: arguments", arguments["text"], VALUES["text"])
    equal("record: over the notebook's own", arguments["number"], VALUES["number"])
    equal("record: the input's name", {row["notebook"] for row in place.log()}, {"p.ipynb"})

    result = mill(place, site, "p.ipynb", "out2.ipynb", "-p", "region", "south", "--engine", "rscn")
    ok("papermill -p, engine named", result.returncode == 0, result.stderr)
    equal("the value", shown(place, "out2.ipynb", 2)[0]["region"], "south")
    result = mill(place, site, "p.ipynb", "--help-notebook")
    contains("--help-notebook lists them", result.stdout, "region", "north", "number")
    result = mill(place, site, "p.ipynb", "out3.ipynb", "-p", "not-sql", "1")
    ok("a name that is none in SQL is refused", result.returncode != 0)
    contains("and named", result.stderr, "not-sql")
    result = mill(place, site, "p.ipynb", "out4.ipynb", "-y", "{1: 2}")
    contains("so is a number", result.stderr, "'1' is no name")


run(parameters, seconds=200)
