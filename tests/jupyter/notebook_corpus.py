#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""notebook_corpus: every .ipynb of the source packages in $RSCN_CORPUS, valid or not: what nbformat
can write is written with the same bytes, both say valid or both invalid, and nothing is refused
that nbformat reads. Then all of them through `rscn import` and `rscn export`: the same bytes.
RSCN_CORPUS may name any folder: loose .ipynb files in it are taken too.
"""

import os
import subprocess
import tempfile

from harness import RSCN, note, ok, run
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
    note(
        f"{len(names)} notebooks, {sum(map(len, contents)) >> 20} MiB; "
        f"nbformat refuses {sum(one.refused is not None for one in theirs)} and can't write "
        f"{sum(one.unwritable is not None for one in theirs)}, rscn refuses "
        f"{sum(other.refused is not None for other in ours)}; "
        f"{sum(bool(other.fault) for other in ours)} have a fault"
    )
    ok("there are many", len(names) > 100)
    ok("the same bytes, cells and verdicts as nbformat", not wrong, "\n".join(wrong[:20]))


def rscn(folder, *arguments):
    """Exit status 1 says that a file was refused."""
    done = subprocess.run(
        [RSCN, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode > 1:
        raise RuntimeError(f"rscn {arguments}: {done.returncode}: {done.stderr[-2000:]}")


def exported(folder, out, *arguments):
    """What `rscn export` writes of all notebooks: bytes by file name."""
    rscn(folder, "export", "-o", out + "/", *arguments, "given")
    found = {}
    for where, _, names in os.walk(os.path.join(folder, out)):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                found[name] = file.read()
    return found


def test_round_trip():
    """All of them through one store: in by one import, out by one export."""
    given = {f"{i:05}.ipynb": content for i, (_, content) in enumerate(corpus(CORPUS))}
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "given"))
        for name, content in given.items():
            with open(os.path.join(folder, "given", name), "wb") as file:
                file.write(content)
        rscn(folder, "init")
        rscn(folder, "import", "-q", "given")
        original = exported(folder, "original")
        canonical = exported(folder, "canonical", "--canonical")
    theirs = {name: ask_nbformat(content) for name, content in given.items()}
    missing = [
        name
        for name in given
        if name not in original and theirs[name].refused is None and theirs[name].unwritable is None
    ]
    ok("what nbformat reads is in the store", not missing, missing[:20])
    note(f"{len(original)} of {len(given)} exported")
    other = [name for name, content in original.items() if content != given[name]]
    ok("an export has the bytes of the import", original and not other, other[:20])
    # Ids that were minted are others here than in nbformat, which has new ones each time.
    other = [
        name
        for name, content in canonical.items()
        if theirs[name].text is not None
        and '"NEW"' not in theirs[name].text
        and content.decode() != theirs[name].text
    ]
    ok("a canonical one has nbformat's bytes", canonical and not other, other[:20])


if CORPUS:
    run(test_corpus, test_round_trip)
else:
    print("1..0 # SKIP RSCN_CORPUS names no folder with notebooks (tools/check makes one)")
