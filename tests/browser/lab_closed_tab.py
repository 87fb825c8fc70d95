# SPDX-License-Identifier: Apache-2.0
"""lab_closed_tab: edit, run, close JupyterLab's tab while a cell of thirty statements runs; what
`rscn export --outputs recorded` writes after that has the results of all thirty, and JupyterLab shows
them (0 of 30 are in the file that it left, FE-60).
"""

import os

from frontend import PATIENCE_PAGE, Lab, browsing, output_text

import gate
import notebooks
from harness import contains, equal, ok, run, until
from notebooks import code, markdown

NAME = "tab.ipynb"
FIRST, LONG = 0, 1
ALL = list(range(1, gate.LINES + 1))


def path_of(place, name=NAME):
    return os.path.join(place.work, name)


def sources(place, name=NAME):
    """The texts of the cells in the file; none while it is being written."""
    try:
        return ["".join(cell["source"]) for cell in notebooks.read(path_of(place, name))["cells"]]
    except ValueError:
        return []


def file_lines(place, name):
    """Which of the thirty lines the outputs in a file have."""
    cells = notebooks.read(path_of(place, name))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return gate.lines("\n".join(map(output_text, outputs)))


def sees(name, page, cell, part):
    ok(name, until(lambda: part in page.shown(cell), PATIENCE_PAGE), page.shown(cell))


def run_and_close(place, page, saves):
    """Edits and runs both cells, saves if asked to, closes the tab while the long one runs."""
    way = gate.Gate(place)
    page.edit(FIRST, "SELECT 'edited' AS first")
    page.press("Control+Enter")
    sees("a first result", page, FIRST, "edited")
    page.idle()
    page.edit(LONG, gate.CELL)
    if saves:
        page.press("Control+s")
        ok("saved", until(lambda: gate.CELL in sources(place), PATIENCE_PAGE), sources(place))
    page.press("Control+Enter")
    sees("the long cell runs", page, LONG, f"line {gate.BEFORE:02}")
    page.close()
    ok("it runs on without a tab", place.objects("ps", "--json"))
    way.open()
    ok("it ends", until(lambda: not place.objects("ps", "--json"), PATIENCE_PAGE))
    ended = until(lambda: [row for row in place.log(NAME) if row["outputs"] >= gate.LINES])
    ok("and is recorded", ended, place.log(NAME))
    return ended[-1]["execution"]


def write(place):
    notebooks.write(
        path_of(place),
        [code("SELECT 1", "first"), markdown("# Between", "text"), code("SELECT 2", "long")],
    )


def saved(place):
    """The user saved, as JupyterLab does by itself every two minutes."""
    write(place)
    with browsing(place, Lab) as (_, open_page):
        run_and_close(place, open_page(NAME), saves=True)
        equal("the file has none of the results", file_lines(place, NAME), [])
        result = place.rscn("export", NAME, "--outputs", "recorded", "-o", "whole.ipynb")
        equal("export", (result.returncode, result.stderr), (0, ""))
        equal("all thirty results are in the file", file_lines(place, "whole.ipynb"), ALL)
        equal("only outputs differ", sources(place, "whole.ipynb"), sources(place))
        # The kernel took in what was saved: nothing is lost by writing over it.
        result = place.rscn("export", NAME, "--outputs", "recorded", "-o", NAME)
        equal("export over the notebook", (result.returncode, result.stderr), (0, ""))
        page = open_page(NAME)
        sees("opened again: the last line is there", page, LONG, f"line {gate.LINES}")
        equal("and all of the others", gate.lines(page.shown(LONG)), ALL)
        sees("and the first cell's result", page, FIRST, "edited")
        equal("with its text", page.text(LONG), gate.CELL)
        equal("and its number", page.prompts(), ["1", "2"])
        page.close()


def not_saved(place):
    """The edit itself was lost with the tab: the file has the old text, the record what ran. The
    export has both the text and its results, and says so."""
    write(place)
    with browsing(place, Lab) as (_, open_page):
        execution = run_and_close(place, open_page(NAME), saves=False)
    shown = place.show(execution)
    equal("the record has the text that was never saved", shown["code"], gate.CELL)
    lines = gate.lines("\n".join(map(output_text, shown["outputs"])))
    equal("and all thirty results", lines, ALL)
    equal("as a version of the cell in the file", shown["cell"], "long")
    result = place.rscn("export", NAME, "--outputs", "recorded", "-o", "whole.ipynb")
    equal("export", result.returncode, 0)
    contains("that is said", result.stderr, "a text ran last that no version has")
    equal("all thirty results are in the file", file_lines(place, "whole.ipynb"), ALL)
    equal("with the text", sources(place, "whole.ipynb")[2], gate.CELL)


run(saved, not_saved, seconds=300)
