#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""notebook_text.py CORPUS: what reading, checking and writing all notebooks below a folder takes in
memory: rscn (the program tests/bench/notebook_text in $BUILDDIR), nbformat, and Python's C json
alone. One process each, import not counted (N-78). One row of a table, MiB/s of the files' bytes.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILDDIR", ".")
sys.path.insert(0, os.path.join(HERE, "..", "jupyter"))

import nbformat  # noqa: E402
from notebook_compare import corpus, write_stream  # noqa: E402

ROUNDS = 3
C_ROUNDS = 20


def with_nbformat(text):
    nbformat.writes(nbformat.reads(text, as_version=4))


def with_json(text):
    json.dumps(json.loads(text), ensure_ascii=False)


def seconds(task, texts):
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for text in texts:
            task(text)
        best = min(best, time.perf_counter() - start)
    return best


def readable(contents):
    """Those that nbformat can read and write, as it does not need the same time for the others."""
    for content in contents:
        try:
            with_nbformat(content.decode())
        except Exception:  # noqa: BLE001, S112
            continue
        yield content


def main():
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    contents = list(readable(content for _, content in corpus(sys.argv[1])))
    texts = [content.decode() for content in contents]
    size = sum(map(len, contents)) / 2**20
    with tempfile.TemporaryFile() as stream:
        write_stream(contents, stream)
        answer = subprocess.run(
            [os.path.join(BUILD, "tests", "bench", "notebook_text"), str(C_ROUNDS)],
            stdin=stream,
            stdout=subprocess.PIPE,
            check=True,
        )
    read, check, write = map(float, answer.stdout.split())
    ours, theirs, plain = (
        read + check + write,
        seconds(with_nbformat, texts),
        seconds(with_json, texts),
    )
    print("| files | MiB | rscn MiB/s (read, check, write) | nbformat | json | rscn / nbformat |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(
        f"| {len(contents)} | {size:.1f} | {size / ours:.0f} "
        f"({size / read:.0f}, {size / check:.0f}, {size / write:.0f}) | {size / theirs:.1f} | "
        f"{size / plain:.0f} | {theirs / ours:.0f} x |"
    )


main()
