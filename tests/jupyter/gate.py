# SPDX-License-Identifier: Apache-2.0
"""gate: a cell of thirty lines that stops after the seventh until the test lets it go on.

The rest reads from a database that the test has locked. So what happens in the middle of the cell
happens there, however fast or slow the machine is.
"""

import os
import sqlite3

LINES = 30
BEFORE = 7
# Leading lines of the cell, or cells before it; the store itself takes no ATTACH in the middle.
SETTINGS = ["%use other.db --create", "%set timeout 120"]
STATEMENTS = (
    [f"SELECT 'line {n:02}' AS line;" for n in range(1, BEFORE + 1)]
    + ["ATTACH 'gate.db' AS gate;"]
    + [f"SELECT 'line {n:02}' AS line FROM gate.way;" for n in range(BEFORE + 1, LINES + 1)]
)
CELL = "\n".join(SETTINGS + STATEMENTS)


class Gate:
    """A closed one, in the place's work folder."""

    def __init__(self, place):
        path = os.path.join(place.work, "gate.db")
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("CREATE TABLE way AS SELECT 1 AS x")
        self.connection.execute("BEGIN EXCLUSIVE")

    def open(self):
        self.connection.execute("COMMIT")
        self.connection.close()


def lines(text):
    """Those of the thirty that stand in the text as results; not those in the cell's own code."""
    return [n for n in range(1, LINES + 1) if f"line {n:02}" in text.replace(f"'line {n:02}'", "")]
