# SPDX-License-Identifier: Apache-2.0
"""identity: which notebook and which cell it is, by what each front end really sends (J-86 to J-93,
FE-44 to FE-46): session name, cellId, VS Code's address, the classic folder, names, arguments."""

import contextlib
import os
import subprocess
import sys
import urllib.parse

import notebooks
from harness import connection, contains, equal, ok, run, user_name
from notebooks import code, versions


def metadata(cell_id, **more):
    """What JupyterLab sends with a cell."""
    return {"trusted": True, **more, "deletedCells": [], "recordTiming": False, "cellId": cell_id}


def session_name(place):
    """JupyterLab: the path in the environment, the cell's id in the request."""
    path = notebooks.write(
        os.path.join(place.work, "sub", "läb 1.ipynb"),
        [code("SELECT 1", "aa"), code("SELECT 2", "bb")],
    )
    name = "sub/läb 1.ipynb"
    kernel = place.kernel(env={"JPY_SESSION_NAME": path}, cwd=os.path.dirname(path))
    client = kernel.client()
    client.execute("SELECT 2", metadata=metadata("bb"))
    client.execute("SELECT 1", metadata=metadata("aa"))
    client.execute("SELECT 1 -- edited, not saved", metadata=metadata("aa"))
    equal(
        "cells by their ids, a new version for a new text",
        [row[:2] for row in versions(place, name)],
        [("bb", 1), ("aa", 1), ("aa", 2)],
    )
    row = place.log(name)[0]
    equal("the notebook is known by the session", row["identified_by"][0], "JPY_SESSION_NAME")
    client.execute("SELECT 'new cell, not in the file'", metadata=metadata("cc"))
    client.execute("SELECT 'and edited'", metadata=metadata("cc"))
    new = versions(place, name)[3:]
    equal(
        "a new cell of the page is one cell",
        (new[0][0] == new[1][0], new[0][1], new[1][1]),
        (True, 1, 2),
    )
    ok("and none of the others", new[0][0] not in ("aa", "bb"), new)
    # The page is saved: now the file has it.
    notebooks.write(
        path, [code("SELECT 1", "aa"), code("SELECT 2", "bb"), code("SELECT 'saved'", "cc")]
    )
    client.execute("SELECT 'saved'", metadata=metadata("cc"))
    equal("after saving it is the same cell", versions(place, name)[5][:2], (new[0][0], 3))
    equal("shutdown", kernel.shutdown(), 0)
    kernel.restart()
    client.execute("SELECT 'saved'", metadata=metadata("cc"))
    equal("after a restart too", versions(place, name)[6], (new[0][0], 3, "EXECUTED", 2))
    equal("shutdown", kernel.shutdown(), 0)


def session_in_connection_file(place):
    path = notebooks.write(os.path.join(place.work, "c.ipynb"), [code("SELECT 1", "aa")])
    kernel = place.kernel(connection_info=connection(jupyter_session=path))
    kernel.client().execute("SELECT 1", metadata=metadata("aa"))
    console = place.kernel(env={"JPY_SESSION_NAME": "Console 1"})
    console.client().execute("SELECT 2")
    rows = place.log()
    equal("jupyter_session", rows[0]["notebook"], "c.ipynb")
    equal("a console's session is no file", rows[1]["notebook"], "console/" + user_name())


def old_files(place):
    """In a 4.4 file cellId is a new one with every page: the text decides (FE-45)."""
    texts = ["SELECT 'a'", "SELECT 'b'"]
    path = notebooks.write(os.path.join(place.work, "old.ipynb"), [code(t) for t in texts], minor=4)
    first = []
    for page in ("one", "two"):
        kernel = place.kernel(env={"JPY_SESSION_NAME": path})
        client = kernel.client()
        for i, text in enumerate(texts):
            client.execute(text, metadata=metadata(f"page-{page}-{i}"))
        client.execute("SELECT 'a edited'", metadata=metadata(f"page-{page}-0"))
        rows = versions(place, "old.ipynb")[-3:]
        equal(f"page {page}: an edited cell is the same cell", rows[2][0], rows[0][0])
        first.append([row[0] for row in rows])
        kernel.shutdown()
    equal("the next page load finds the same cells", first[1], first[0])
    ok("no passing id became a name", not any("page" in name for name in first[0]), first)


def vscode(place):
    path = notebooks.write(
        os.path.join(place.work, "vs code.ipynb"), [code("SELECT 1"), code("SELECT 2")]
    )
    kernel = place.kernel(env={"JPY_PARENT_PID": None})
    client = kernel.client()
    address = "vscode-notebook-cell:" + urllib.parse.quote(path)
    for i, text in enumerate(("SELECT 1", "SELECT 2", "SELECT 2 -- edited")):
        client.execute(
            text, metadata={"cellId": f"{address}#W{min(i, 1)}sZmlsZQ%3D%3D"}, stop_on_error=False
        )
    equal(
        "the path is in the cell's address; cells by the file, then by the address",
        [row[:2] for row in versions(place, "vs code.ipynb")],
        [("c1", 1), ("c2", 1), ("c2", 2)],
    )
    contains("it says so", str(place.log()[0]["identified_by"]), "cell-uri")


@contextlib.contextmanager
def process(place, name, *arguments):
    """A process that looks like the client `name` in the process list; gives its pid."""
    path = place.file(
        os.path.join("..", "bin", name), "import sys\nprint(1, flush=True)\nsys.stdin.read()\n"
    )
    made = subprocess.Popen(
        [sys.executable, path, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=place.work,
    )
    made.stdout.readline()
    try:
        yield str(made.pid)
    finally:
        made.kill()
        made.wait()
        made.stdin.close()
        made.stdout.close()


def classic(place):
    """The classic server names no notebook: the folder and the text tell (J-89)."""
    for name in ("x", "y"):
        notebooks.write(
            os.path.join(place.work, name + ".ipynb"), [code(f"SELECT '{name}'"), code("SELECT 0")]
        )
    for arguments in ((), ("x.ipynb",)):
        with process(place, "jupyter-notebook", *arguments) as pid:
            kernel = place.kernel(env={"JPY_PARENT_PID": pid})
            client = kernel.client()
            client.execute("SELECT 'y'")
            client.execute("SELECT 0")
            rows = place.log()[-2:]
            equal(
                f"jupyter-notebook {' '.join(arguments)}: the one with that text",
                [row["notebook"] for row in rows],
                ["y.ipynb"] * 2,
            )
            equal("its client", rows[0]["client"], "Notebook")
            kernel.shutdown()


def names_and_arguments(place):
    """A name in the cell's metadata is its name; a name belongs to one cell (W-39)."""
    cells = [code("SELECT :x AS x", "aa", name="load"), code("SELECT 2", "bb")]
    path = notebooks.write(os.path.join(place.work, "n.ipynb"), cells)
    kernel = place.kernel(env={"JPY_SESSION_NAME": path})
    client = kernel.client()
    result = client.execute(
        "SELECT :x AS x", metadata=metadata("aa", name="load", arguments={"x": "from the client"})
    )
    contains("arguments of the client", result.text(), "from the client")
    unbound = client.execute("SELECT :x AS x, @missing AS m", metadata=metadata("aa", name="load"))
    contains("what is unbound is said", unbound.text(), "@missing")
    client.execute("SELECT 2", metadata=metadata("bb", name="load"))
    rows = place.log()
    equal("the name", [row["cell"] for row in rows[:2]], ["load", "load"])
    ok("a name taken goes to no second cell", rows[2]["cell"] != "load", rows[2]["cell"])
    equal(
        "record: arguments", place.show(rows[0]["execution"])["arguments"], {"x": "from the client"}
    )
    client.execute("%cell other\nSELECT 2", metadata=metadata("bb"))
    equal("%cell renames", place.log()[-1]["cell"], "other")
    equal("shutdown", kernel.shutdown(), 0)


def doubled(place):
    """Two cells of one text are two cells."""
    path = notebooks.write(
        os.path.join(place.work, "d.ipynb"), [code("SELECT 1", "aa"), code("SELECT 1", "bb")]
    )
    for _ in range(2):
        kernel = place.kernel(env={"JPY_SESSION_NAME": path})
        client = kernel.client()
        client.execute("SELECT 1", metadata=metadata("bb"))
        client.execute("SELECT 1", metadata=metadata("aa"))
        kernel.shutdown()
    equal("by their ids", [row[0] for row in versions(place, "d.ipynb")], ["bb", "aa", "bb", "aa"])
    equal("each has one version", {row[1] for row in versions(place, "d.ipynb")}, {1})


def named_in_file(place):
    """The name that the file gives a cell stays its name, although no client sends it."""
    cell = code("SELECT 1", "aa")
    cell["metadata"] = {"name": "load"}
    path = notebooks.write(os.path.join(place.work, "named.ipynb"), [cell, code("SELECT 2", "bb")])
    kernel = place.kernel(env={"JPY_SESSION_NAME": path})
    client = kernel.client()
    client.execute("SELECT 1", metadata=metadata("aa"))
    client.execute("SELECT 1", metadata=metadata("aa"))
    client.execute("SELECT 2", metadata=metadata("bb"))
    equal("the file's name", [row["cell"] for row in place.log()], ["load", "load", "bb"])
    equal("shutdown", kernel.shutdown(), 0)


run(
    session_name,
    session_in_connection_file,
    old_files,
    vscode,
    classic,
    names_and_arguments,
    doubled,
    named_in_file,
    seconds=150,
)
