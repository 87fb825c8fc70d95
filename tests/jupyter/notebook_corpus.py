#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""notebook_corpus: every .ipynb of the source packages in $RSCN_CORPUS, valid or not: what nbformat
can write is written with the same bytes, both say valid or both invalid, and nothing is refused that
nbformat reads. RSCN_CORPUS may name any folder: loose .ipynb files in it are taken too.
"""

import os

from harness import note, ok, run
from notebook_compare import ask_nbformat, ask_rscn, corpus, disagreement

CORPUS = os.environ.get("RSCN_CORPUS")


def test_corpus():
    names, contents = zip(*corpus(CORPUS))
    theirs = [ask_nbformat(content) for content in contents]
    ours = ask_rscn(contents)
    wrong = []
    for name, one, other in zip(names, theirs, ours, strict=True):
        reason = disagreement(one, other)
        if reason:
            wrong.append(f"{name}: {reason}")
        if other.refused is not None:
            note(f"refused: {name}: {other.refused}")
    note(f"{len(names)} notebooks, {sum(map(len, contents)) >> 20} MiB; "
         f"nbformat refuses {sum(one.refused is not None for one in theirs)} and can't write "
         f"{sum(one.unwritable is not None for one in theirs)}, rscn refuses "
         f"{sum(other.refused is not None for other in ours)}; "
         f"{sum(bool(other.fault) for other in ours)} have a fault")
    ok("there are many", len(names) > 100)
    ok("the same bytes, cells and verdicts as nbformat", not wrong, "\n".join(wrong[:20]))


if CORPUS:
    run(test_corpus)
else:
    print("1..0 # SKIP RSCN_CORPUS names no folder with notebooks (tools/check makes one)")
