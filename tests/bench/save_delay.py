#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""save_delay: what a cell waits because its notebook was just saved. A lone `SELECT 1` right after
the file was replaced by a new version, and after it was not, in turn; prints a Markdown table.

    RSCN=build/bench/rscn python3 tests/bench/save_delay.py [ROUNDS [MIB]]

images: outputs as data science has them, half a dozen pictures and tables. strings: thousands of
short lines of output. id: the client's cellId is known. text: it sends none, or one that is new: the
file is read for it. Each round waits until the file is taken in; the first cell of a kernel, which
waits for that, is a row of its own.
"""

import base64
import json
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jupyter"))

from harness import Place, until  # noqa: E402

import notebooks  # noqa: E402
from notebooks import code  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
SIZE = int(float(sys.argv[2]) * (1 << 20)) if len(sys.argv) > 2 else (1 << 20) - 4096
PAUSE = 0.2
chance = random.Random(1)


def images():
    """Cells with a picture each, and a table."""
    cells = []
    while sum(len(json.dumps(cell)) for cell in cells) < SIZE - 120000:
        picture = base64.b64encode(chance.randbytes(60000)).decode()
        table = "".join(f"<tr><td>{n}</td><td>{n * n}</td></tr>\n" for n in range(300))
        cell = code(f"SELECT {len(cells)} AS n, * FROM book WHERE year > {len(cells)}\n" * 5)
        cell["outputs"] = [
            {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}},
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {"text/html": table.splitlines(True), "text/plain": ["<table>"]},
            },
        ]
        cells.append(cell)
    return cells


def strings():
    """Cells with thousands of lines on stdout."""
    cells = []
    while sum(len(json.dumps(cell, indent=1)) for cell in cells) < SIZE - 60000:
        cell = code(f"SELECT {len(cells)}\n" * 20)
        lines = [f"epoch {n}: loss {n / 7:.3f}\n" for n in range(1000)]
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": lines}]
        cells.append(cell)
    return cells


def replace(path, cells, turn):
    """As JupyterLab saves, in one line per string; the file stays in the page cache."""
    cells[-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"{turn}\n"]}]
    notebooks.write(path + ".new", cells)
    document = notebooks.read(path + ".new")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, ensure_ascii=False)
    os.replace(path + ".new", path)
    return os.path.getsize(path)


def lone_cell(client, cell):
    metadata = {"cellId": cell} if cell else None
    start = time.perf_counter()
    client.execute("SELECT 1", metadata=metadata)
    return (time.perf_counter() - start) * 1000


def versions(place):
    return place.sql("SELECT count(*) FROM rscn_notebook_version")[0][0]


def measure(place, kind, cells, way):
    """Times without and with a save before, in turn."""
    path = os.path.join(place.work, f"{kind}-{way}.ipynb")
    cells = [code("SELECT 1"), *cells, code("SELECT 'last'")]
    size = replace(path, cells, 0)
    kernel = place.kernel(env={"JPY_SESSION_NAME": path})
    client = kernel.client()
    first = lone_cell(client, "c1")
    for _ in range(50):
        lone_cell(client, "c1")
    without, after = [], []
    for turn in range(1, ROUNDS + 1):
        ids = {"id": "c1", "no id": None, "new id": f"new{turn}"}
        without.append(lone_cell(client, ids[way]))
        time.sleep(PAUSE / 10)
        known = versions(place)
        replace(path, cells, turn)
        time.sleep(PAUSE / 10)
        ids["new id"] += "x"
        after.append(lone_cell(client, ids[way]))
        if not until(lambda: versions(place) > known):
            raise RuntimeError("the save was not taken in")
        time.sleep(PAUSE / 4)
    kernel.shutdown()
    return size, first, without, after


def row(values):
    deciles = statistics.quantiles(values, n=10)
    return f"{statistics.median(values):.2f} | {deciles[8]:.2f} | {max(values):.2f}"


print(
    "| file | client sends | MiB | first cell | p50 without | p90 | max | p50 after a save | p90 | max | p50 more |"
)
print("|---|---|---|---|---|---|---|---|---|---|---|")
with Place() as place:
    for kind, make in (("images", images), ("strings", strings)):
        for way in ("id", "no id", "new id"):
            size, first, without, after = measure(place, kind, make(), way)
            more = statistics.median(after) - statistics.median(without)
            print(
                f"| {kind} | {way} | {size / (1 << 20):.2f} | {first:.1f} | {row(without)} |"
                f" {row(after)} | {more:+.2f} |",
                flush=True,
            )
