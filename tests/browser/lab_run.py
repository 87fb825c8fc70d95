# SPDX-License-Identifier: Apache-2.0
"""lab_run: the story of a notebook in JupyterLab, and the tour. RSCN_PICTURE=FILE keeps a picture
of the tour's record with a completion, for the README.
"""

import os
import shutil

from frontend import PATIENCE_PAGE, Lab, browsing

import notebooks
from harness import equal, ok, run, until
from story import tell

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TOUR = os.path.join(TREE, "notebooks", "tour.ipynb")
PICTURE = os.environ.get("RSCN_PICTURE")
ASK = """\
SELECT substr(started_at, 12, 8) AS at, cell, version, state, rows, error
FROM rscn_log
WHERE notebook = 'tour.ipynb'
ORDER BY started_at DESC
LIMIT 5;"""
BEGINNING = "SELECT b.title, l."
TYPED = f"{BEGINNING}\nFROM tour_book AS b\nJOIN tour_loan AS l ON l.book_id = b.id;"


def story(place):
    tell(place, Lab)


def tour(place):
    """Every cell of it, and what its record says to somebody who goes on from there."""
    path = shutil.copy(TOUR, os.path.join(place.work, "tour.ipynb"))
    count = sum(cell["cell_type"] == "code" for cell in notebooks.read(path)["cells"])
    with browsing(place, Lab) as (_, open_page):
        page = open_page("tour.ipynb")
        page.run_all()
        ok(
            "the tour runs to its end",
            until(lambda: page.prompts()[-1] == str(count), PATIENCE_PAGE),
            page.prompts(),
        )
        page.idle()
        last, before = count - 1, count - 2
        page.edit(before, ASK)
        page.press("Control+Enter")
        ok("the record is asked", until(lambda: "belongs to" in page.shown(before), PATIENCE_PAGE))
        page.edit(last, TYPED)
        page.menu("Edit", "editmenu:clear-current")
        page.ask("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        page.cell(before).evaluate("cell => cell.scrollIntoView(true)")
        page.cell(last).locator(page.EDITOR).click()
        page.press("Control+Home", *["ArrowRight"] * len(BEGINNING))
        offered = page.completions()
        ok("columns behind an alias", {"book_id", "taken_on"} <= set(offered), offered)
        if PICTURE:
            page.page.screenshot(path=PICTURE)
    states = [row["state"] for row in place.log("tour.ipynb")]
    equal("record: every cell once and one more", len(states), count + 1)


run(story, tour, seconds=300)
