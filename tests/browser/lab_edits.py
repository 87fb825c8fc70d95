# SPDX-License-Identifier: Apache-2.0
"""lab_edits: split, merge, paste, move, undo, delete and edit in JupyterLab, saved after each: the
cells keep their keys and the record says what came out of what (W-9 to W-12, W-75, W-76).

The same saves are taken in once more without ids; then matching must not be behind ids, equal texts
or difflib over this history.
"""

import difflib
import json
import os

from frontend import PATIENCE_PAGE, Lab, browsing

import notebooks
from harness import equal, note, ok, run, until
from notebooks import code

NAME, PLAIN = "edits.ipynb", "plain.ipynb"
CELLS = {
    "load": "CREATE TABLE book(title TEXT, year INTEGER);\nINSERT INTO book VALUES ('Solaris', 1961);\n"
    "INSERT INTO book VALUES ('Eden', 1959);",
    "count": "SELECT count(*) FROM book;",
    "oldest": "SELECT title\nFROM book\nORDER BY year\nLIMIT 1;",
    "again": "SELECT count(*) FROM book;",
    "drop": "DROP TABLE book;",
}
SELECT = """([cell]) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.model.sharedModel.undoManager.stopCapturing(); // else quick edits are undone as one
    notebook.deselectAll();
    notebook.activeCellIndex = cell;
    notebook.mode = 'command';
}"""
CURSOR = """([cell, line]) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.mode = 'edit';
    notebook.widgets[cell].editor.setCursorPosition({line, column: 0});
}"""
SHOWN = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .map(widget => [widget.model.id, widget.model.sharedModel.source])"""
EXECUTE = "([command]) => window.jupyterapp.commands.execute(command)"


class Edits:
    def __init__(self, place, page):
        self.place, self.page = place, page
        self.saves = []  # [(id, text)] of each
        self.keys, self.plain = [], []  # [{cell}] of each version, with ids and without

    def do(self, cell, *commands):
        self.page.ask(SELECT, cell)
        for command in commands:
            self.page.ask(EXECUTE, command)

    def split(self, cell, line):
        self.page.ask(SELECT, cell)
        self.page.ask(CURSOR, cell, line)
        self.page.ask(EXECUTE, "notebook:split-cell-at-cursor")

    def saved(self):
        try:
            cells = notebooks.read(os.path.join(self.place.work, NAME))["cells"]
        except ValueError:
            return []
        return [[cell["id"], "".join(cell["source"])] for cell in cells]

    def take(self, name):
        result = self.place.rscn("import", name)
        equal(f"import {name}", (result.returncode, result.stderr), (0, ""))
        shown = self.place.rscn("show", f"{name}@{len(self.saves)}", "--json")
        return json.loads(shown.stdout)["cells"]

    def save(self):
        """Saves, and takes both files in: JupyterLab's, and one without ids."""
        cells = self.page.ask(SHOWN)
        self.page.ask(EXECUTE, "docmanager:save")
        ok("saved", until(lambda: self.saved() == cells, PATIENCE_PAGE), (cells, self.saved()))
        self.saves.append(cells)
        document = notebooks.read(os.path.join(self.place.work, NAME))
        document["nbformat_minor"] = 4
        for cell in document["cells"]:
            del cell["id"]
        with open(os.path.join(self.place.work, PLAIN), "w", encoding="utf-8") as file:
            json.dump(document, file)
        self.keys.append(self.take(NAME))
        self.plain.append(self.take(PLAIN))
        return [cell["cell_key"] for cell in self.keys[-1]]

    def lineage(self):
        """(cell, from, how) of the newest version."""
        return [
            (cell["cell_key"], row["from"], row["how"])
            for cell in self.keys[-1]
            for row in cell["lineage"]
        ]


def pairs_of(old, new):
    """Which cell goes on as which, by what they are called: {(old place, new place)}."""
    return {(old.index(key), place) for place, key in enumerate(new) if key in old}


def by_id(old, new):
    return pairs_of([cell[0] for cell in old], [cell[0] for cell in new])


def by_text(old, new):
    left, pairs = list(range(len(old))), set()
    for place, (_, text) in enumerate(new):
        found = next((at for at in left if old[at][1] == text), None)
        if found is not None:
            left.remove(found)
            pairs.add((found, place))
    return pairs


def by_difflib(old, new):
    """Equal runs; between them, in order, what is similar."""
    texts = [cell[1] for cell in old], [cell[1] for cell in new]
    pairs = set()
    for tag, one, end, other, last in difflib.SequenceMatcher(None, *texts).get_opcodes():
        if tag == "equal":
            pairs |= set(zip(range(one, end), range(other, last)))
        if tag != "replace":
            continue
        for place in range(other, last):
            for at in range(one, end):
                if difflib.SequenceMatcher(None, texts[0][at], texts[1][place]).ratio() >= 0.6:
                    pairs.add((at, place))
                    one = at + 1
                    break
    return pairs


def f1(found, true):
    right = sum(len(one & other) for one, other in zip(found, true))
    return 2 * right / (sum(map(len, found)) + sum(map(len, true)))


def compare(edits):
    """Over all saves: what was true is what is recorded with ids, which was checked one by one."""
    steps = list(zip(edits.saves, edits.saves[1:]))

    def keys(versions):
        names = [[cell["cell_key"] for cell in cells] for cells in versions]
        return [pairs_of(old, new) for old, new in zip(names, names[1:])]

    true = keys(edits.keys)
    ours = f1(keys(edits.plain), true)
    others = {way.__name__: f1([way(*step) for step in steps], true) for way in (by_text, by_difflib)}
    ids = f1([by_id(*step) for step in steps], true)
    note(f"F1 without ids: ours {ours:.4f}, {others}; with ids: ours 1, by id {ids:.4f}")
    for name, value in others.items():
        ok(f"without ids not behind {name}", ours >= value, (ours, value))


def split_and_merge(edits):
    start = edits.save()
    equal("the file's ids are the keys", start, list(CELLS))
    edits.split(2, 2)
    split = edits.save()
    new = split[2]
    equal("split: the last piece keeps the id", split, ["load", "count", new, "oldest", *start[3:]])
    ok("the first one is new", new not in start)
    equal("and comes out of it", edits.lineage(), [(new, "oldest", "split")])
    edits.do(3, "notebook:merge-cell-below")
    merged = edits.save()
    equal("merge: the larger part goes on", merged, ["load", "count", new, "oldest", "drop"])
    equal("and came out of the other, too", edits.lineage(), [("oldest", "again", "merge")])
    edits.do(3, "notebook:undo-cell-action")
    equal("undo: it comes back", edits.save(), split)


def paste_and_move(edits, split):
    edits.do(0, "notebook:copy-cell")
    edits.do(2, "notebook:paste-cell-below")
    pasted = edits.save()
    copy = pasted[3]
    equal("paste: all others stay", [key for key in pasted if key != copy], split)
    ok("a new one", copy not in split)
    equal("a copy", edits.lineage(), [(copy, "load", "copy")])
    edits.do(1, "notebook:move-cell-down", "notebook:move-cell-down", "notebook:move-cell-down")
    moved = edits.save()
    equal("move", moved, [pasted[0], *pasted[2:5], pasted[1], *pasted[5:]])
    edits.do(5, "notebook:delete-cell")
    equal("delete", edits.save(), moved[:5] + moved[6:])
    edits.do(0, "notebook:undo-cell-action")
    equal("undo of it", edits.save(), moved)
    edits.page.edit(0, "SELECT 'all of it written anew' AS text;")
    equal("edit", edits.save(), moved)


def edits_of_a_notebook(place):
    cells = [code(text, name) for name, text in CELLS.items()]
    notebooks.write(os.path.join(place.work, NAME), cells)
    with browsing(place, Lab) as (_, open_page):
        edits = Edits(place, open_page(NAME))
        split_and_merge(edits)
        paste_and_move(edits, [cell["cell_key"] for cell in edits.keys[-1]])
        compare(edits)


run(edits_of_a_notebook, seconds=300)
