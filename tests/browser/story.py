# SPDX-License-Identifier: Apache-2.0
"""story: what a person does with a notebook, told to every front end, and what the record says.

Open, run all, complete, inspect, complete while an endless query runs, interrupt, restart, run
again, close the tab in the middle of a cell, open it again and %show.
"""

import os

from frontend import PATIENCE_PAGE, browsing, output_text

import gate
import notebooks
from harness import ENDLESS, contains, equal, ok, until
from notebooks import code, markdown

MAKE = """\
CREATE TABLE IF NOT EXISTS book(title TEXT, year INTEGER);
CREATE TABLE IF NOT EXISTS book_reader(name TEXT);
INSERT INTO book VALUES ('Solaris', 1961), ('吾輩は猫である', 1905)"""
QUERY = "SELECT title, year FROM book ORDER BY year"
# cells of the notebook, by number
QUERY_CELL, SCRATCH_CELL = 1, 2


def write_notebook(place):
    return notebooks.write(
        os.path.join(place.work, "story.ipynb"),
        [
            markdown("# A story", "intro"),
            code(MAKE, "make"),
            code(QUERY, "query"),
            code("SELECT 3 AS three", "scratch"),
        ],
    )


def saved_sources(place):
    """The texts of the cells in the file; none while it is being written."""
    try:
        document = notebooks.read(os.path.join(place.work, "story.ipynb"))
    except ValueError:
        return []
    return ["".join(cell["source"]) for cell in document["cells"]]


def save(place, page, text):
    """Saves the notebook, to which the text was added; the file tells when it is done (FE-39)."""
    page.press("Control+s")
    if not until(lambda: text in saved_sources(place), PATIENCE_PAGE):
        raise RuntimeError(f"not saved: {saved_sources(place)}")


def run(place, page, cell, text):
    """Makes this the cell's text and runs it. Does not wait for its end."""
    page.edit(cell, text)
    if not page.SENDS_CELL_ID:
        # Which cell it is the kernel finds by its text in the file (FE-46).
        save(place, page, text)
    page.press("Control+Enter")


def sees(name, page, cell, *parts):
    """Waits until the parts are shown below the cell."""
    until(lambda: all(part in page.shown(cell) for part in parts), PATIENCE_PAGE)
    contains(name, page.shown(cell), *parts)


def first_hour(place, page):
    """Run all, highlighting, completion, inspection."""
    page.run_all()
    ok("run all", until(lambda: page.prompts() == ["1", "2", "3"], PATIENCE_PAGE), page.prompts())
    page.idle()
    sees("the result", page, QUERY_CELL, "吾輩は猫である", "Solaris", "1961")
    data = page.outputs(QUERY_CELL)[0]["data"]
    contains("as a table", "".join(data.get("text/html", "")), "<table")
    colours = page.colours(QUERY_CELL)
    ok(
        "SQL is highlighted",
        {"SELECT", "FROM"} <= colours.keys() and colours["SELECT"] != colours.get("title"),
        colours,
    )

    page.edit(SCRATCH_CELL, "", "SELECT count(*) AS n FROM boo")
    offered = page.completions()
    ok("Tab offers the tables", {"book", "book_reader"} <= set(offered), offered)
    page.press("Enter")
    ok(
        "and puts the first in",
        until(lambda: page.text(SCRATCH_CELL) == "SELECT count(*) AS n FROM book"),
        page.text(SCRATCH_CELL),
    )
    contains("Shift+Tab shows the table", page.inspection(), "book", "title", "year")
    run(place, page, SCRATCH_CELL, "SELECT count(*) AS n FROM book")
    sees("the completed text runs", page, SCRATCH_CELL, "2")
    page.idle()


def while_busy(place, server, page):
    """Completion beside an endless query, its interrupt."""
    run(place, page, SCRATCH_CELL, ENDLESS)
    ok("an endless query runs", until(lambda: place.objects("ps", "--json"), PATIENCE_PAGE))
    ok("the page says busy", until(lambda: page.status() == "busy"), page.status())
    if page.COMPLETES_WHILE_BUSY:
        page.edit(QUERY_CELL, "", "SELECT title FROM boo")
        offered = page.completions()
        ok("Tab while it runs", {"book", "book_reader"} <= set(offered), offered)
        page.press("Escape")
    page.edit(QUERY_CELL, "SELECT title FROM book")
    contains("Shift+Tab while it runs", page.inspection(), "book", "title", "year")
    ok("the page still says busy", until(lambda: page.status() == "busy"), page.status())
    ok(
        "and so does the server",
        until(lambda: server.kernel_states() == ["busy"]),
        server.kernel_states(),
    )
    page.interrupt()
    sees("the interrupt is shown", page, SCRATCH_CELL, "nterrupt")
    page.idle()


def lost_tab(place, page, open_page):
    """Restart, run again, close the tab in the middle; what it lost is shown again."""
    way = gate.Gate(place)
    page.restart()
    page.edit(QUERY_CELL, QUERY)
    page.edit(SCRATCH_CELL, gate.CELL)
    save(place, page, gate.CELL)
    page.run_all()
    sees("the first lines are there", page, SCRATCH_CELL, f"line {gate.BEFORE:02}")
    equal("and no others", len(gate.lines(page.shown(SCRATCH_CELL))), gate.BEFORE)
    page.close()
    ok("the cell runs on without a tab", place.objects("ps", "--json"))
    way.open()
    ended = until(lambda: [row for row in shown_log(place) if row["outputs"] >= gate.LINES], 60)
    ok("it ends and is recorded", ended, shown_log(place))

    page = open_page("story.ipynb")
    ok(
        "the page has lost lines",
        len(gate.lines(page.shown(SCRATCH_CELL))) < gate.LINES,
        page.shown(SCRATCH_CELL),
    )
    run(place, page, QUERY_CELL, "%show")
    sees("%show: the last line is there", page, QUERY_CELL, f"line {gate.LINES}")
    page.idle()
    equal("every line is there", len(gate.lines(page.shown(QUERY_CELL))), gate.LINES)
    recorded = map(output_text, place.show(ended[-1]["execution"])["outputs"])
    equal("every line is in the record", len(gate.lines("\n".join(recorded))), gate.LINES)
    return page


def shown_log(place):
    return [row for row in place.log("story.ipynb") if not row["silent"]]


def check_record(place, client):
    rows = shown_log(place)
    equal(
        "record: cells, versions, states",
        [(row["run"], row["cell"], row["cell_version"], row["state"]) for row in rows],
        [
            (1, "make", 1, "EXECUTED"),
            (1, "query", 1, "EXECUTED"),
            (1, "scratch", 1, "EXECUTED"),
            (1, "scratch", 2, "EXECUTED"),
            (1, "scratch", 3, "INTERRUPTED"),
            (2, "make", 1, "EXECUTED"),
            (2, "query", 1, "EXECUTED"),
            (2, "scratch", 4, "EXECUTED"),
            (2, "query", 2, "EXECUTED"),
        ],
    )
    equal("record: client", {row["client"] for row in rows}, {client})
    equal("record: no other notebook", len(place.log()), len(place.log("story.ipynb")))
    interrupted = place.show(rows[4]["execution"])
    equal(
        "record: the transitions of the interrupted one",
        [step["to"] for step in interrupted["transitions"]][-1],
        "INTERRUPTED",
    )
    equal("record: its code", interrupted["code"], ENDLESS)
    table = place.show(rows[1]["execution"])["outputs"][0]["data"]["text/plain"]
    contains("record: what the query showed", "".join(table), "吾輩は猫である", "Solaris")
    equal("effect: both runs", place.sql("SELECT count(*) FROM book"), [(4,)])


def tell(place, kind):
    """The whole story in a front end of that kind."""
    write_notebook(place)
    with browsing(place, kind) as (server, open_page):
        page = open_page("story.ipynb")
        first_hour(place, page)
        while_busy(place, server, page)
        lost_tab(place, page, open_page)
    check_record(place, kind.name)
    ok("no kernel is left", until(lambda: not place.leftovers()), place.leftovers())
    runs = place.runs()
    ok("record: both runs have an end", len(runs) == 2 and all(r["ended_at"] for r in runs), runs)
