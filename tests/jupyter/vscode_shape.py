# SPDX-License-Identifier: Apache-2.0
"""vscode_shape: the messages that VS Code's Jupyter extension sends (J-88), played.

It names its connection file itself and sets no JPY_ variable; a cell is named by an address that is
another one in every editing session; cells are sent one at a time and none stops the others; what it
asks for itself is silent. It never asks for history.
"""

import base64
import os
import urllib.parse
import uuid

import notebooks
from harness import ENDLESS, connection, contains, equal, ok, run, until
from notebooks import code, markdown

TEXTS = ["CREATE TABLE IF NOT EXISTS t(x)", "SELECT 1 AS one", "SELECT nowhere", "SELECT 2 AS two"]
EDITED = "SELECT 1 AS one, 'edited' AS how"
RADIX = 7


def digits(number):
    """A number as VS Code writes a cell's handle."""
    return (digits(number // RADIX) if number >= RADIX else "") + str(number % RADIX)


def address(path, handle, authority="", scheme="file"):
    """The cell's address: W, X, Y … say how many digits follow."""
    number = digits(handle)
    origin = urllib.parse.quote(base64.b64encode(scheme.encode()).decode(), safe="")
    where = urllib.parse.quote(path)
    letter = "WXYZabcd"[len(number) - 1]
    return f"vscode-notebook-cell:{authority}{where}#{letter}{number}s{origin}"


class Editor:
    """An editing session: a kernel of its own, and handles that begin anew."""

    def __init__(self, place, path, **address_parts):
        self.place, self.path, self.parts = place, path, address_parts
        name = f"kernel-v3{uuid.uuid4().hex}{uuid.uuid4().hex[:8]}.json"
        self.kernel = place.kernel(
            connection_info=connection(kernel_name=f"rscn{uuid.uuid4().hex}"),
            file=os.path.join(os.environ["JUPYTER_RUNTIME_DIR"], name),
            env={"JPY_PARENT_PID": None},
        )
        self.client = self.kernel.client()
        self.client.request("kernel_info_request")
        # Made for Python kernels; whatever it is to SQL, it is nobody's cell.
        self.silent(f"if '__vsc_ipynb_file__' not in globals():\n    __vsc_ipynb_file__ = {path!r}")

    def silent(self, text):
        return self.client.execute(
            text, silent=True, store_history=False, allow_stdin=False, stop_on_error=False
        )

    def start(self, text, handle, **metadata):
        # The cell's own metadata follows the address.
        metadata = {"cellId": address(self.path, handle, **self.parts), **metadata}
        return self.client.start(text, metadata=metadata, allow_stdin=True, stop_on_error=False)

    def run(self, text, handle, **metadata):
        return self.client.finish(self.start(text, handle, **metadata))

    def close(self):
        equal("shutdown", self.kernel.shutdown(), 0)


def write(place, texts, name="with blank.ipynb"):
    ids = {EDITED: "c3", ENDLESS: "c4"}
    cells = [code(text, ids.get(text) or f"c{TEXTS.index(text) + 2}") for text in texts]
    return notebooks.write(os.path.join(place.work, name), [markdown("# Title", "c1")] + cells)


def ran(place):
    return [row for row in place.log() if not row["silent"]]


def sessions(place):
    """Two editing sessions on one notebook, with an edited and a moved cell."""
    path = write(place, TEXTS)
    editor = Editor(place, path)
    quiet = editor.silent("SELECT 1")
    equal("a silent request shows nothing", quiet.types(), ["busy", "idle"])
    results = [editor.run(text, handle) for handle, text in enumerate(TEXTS, 1)]
    equal("an error stops nothing", [r.status for r in results], ["ok", "ok", "error", "ok"])
    equal("counts", [r.content["execution_count"] for r in results], [1, 2, 3, 4])
    # Edited and run before it is saved: known by its address.
    editor.run(EDITED, 2)
    editor.close()

    write(place, [TEXTS[3], TEXTS[0], EDITED, ENDLESS])
    editor = Editor(place, path)
    editor.run(TEXTS[3], 1)
    editor.run(EDITED, 3)
    running = editor.start(ENDLESS, 4)
    ok("an endless query runs", until(lambda: place.objects("ps", "--json")))
    offered = editor.client.request(
        "complete_request", {"code": "SELECT * FROM ", "cursor_pos": 14}
    )
    ok("completion beside it", "t" in offered["matches"], offered)
    editor.client.interrupt()
    equal("an interrupt", editor.client.finish(running).status, "error")
    editor.close()

    equal(
        "record: run, cell, version, state",
        [(row["run"], row["cell"], row["cell_version"], row["state"]) for row in ran(place)],
        [
            (1, "c2", 1, "EXECUTED"),
            (1, "c3", 1, "EXECUTED"),
            (1, "c4", 1, "FAILED"),
            (1, "c5", 1, "EXECUTED"),
            (1, "c3", 2, "EXECUTED"),
            (2, "c5", 1, "EXECUTED"),
            (2, "c3", 2, "EXECUTED"),
            (2, "c4", 2, "INTERRUPTED"),
        ],
    )
    equal("record: notebook", {row["notebook"] for row in ran(place)}, {"with blank.ipynb"})
    contains("record: why", str(ran(place)[0]["identified_by"]), "cell-uri")
    equal(
        "record: two runs of it, with their ends",
        [bool(one["ended_at"]) for one in place.runs("with blank.ipynb")],
        [True] * 2,
    )
    ok("no run is left open", all(one["ended_at"] for one in place.runs()), place.runs())
    equal(
        "what it asked for itself is no cell of the notebook",
        [row["cell"] for row in place.log("with blank.ipynb") if row["silent"]],
        [],
    )


def remote(place):
    """On another machine over ssh, in WSL or a container: the address names the machine too."""
    path = write(place, TEXTS)
    editor = Editor(place, path, authority="//ssh-remote%2Bbox", scheme="vscode-remote")
    editor.run(TEXTS[1], 8)
    editor.close()
    equal(
        "the file here is the notebook",
        [(row["notebook"], row["cell"]) for row in ran(place)],
        [("with blank.ipynb", "c3")],
    )
    editor = Editor(place, "/octo/repo/x.ipynb", authority="//github", scheme="vscode-vfs")
    editor.run(TEXTS[1], 8)
    editor.close()
    ok(
        "a file that is not here is none",
        not ran(place)[-1]["notebook"].endswith("octo/repo/x.ipynb"),
        ran(place)[-1]["notebook"],
    )


run(sessions, remote)
