# SPDX-License-Identifier: Apache-2.0
"""notebook_compare: what Python's nbformat and rscn's own reader and writer make of the same bytes.

Both run once for all notebooks: nbformat here, ours as the program notebook_tool. nbformat's random
ids are made recognisable, so that texts can be compared without them.
"""

import io
import itertools
import json
import logging
import os
import re
import subprocess
import tarfile
import tempfile
import warnings
import zipfile

import nbformat
from nbformat import reader, validator
from nbformat.v4 import convert as v4_convert

TOOL = os.path.join(os.environ.get("BUILDDIR", "."), "tests", "unit", "model", "notebook_tool")
NEW_ID = re.compile(r'"id": "rscnNEW-\d+"')
SURROGATE = re.compile("[\ud800-\udfff]")

logging.getLogger("traitlets").setLevel(logging.CRITICAL)
warnings.simplefilter("ignore")
_numbers = itertools.count()
validator.generate_corpus_id = v4_convert.random_cell_id = lambda: f"rscnNEW-{next(_numbers)}"


class Outcome:
    """What became of one notebook. `refused`: why it was not read; `unwritable`: why there is no
    canonical text; `fault`: what the schema has against it, None when that is not known."""

    refused = unwritable = text = fault = None
    cells = ()


def without_ids(text):
    return NEW_ID.sub('"id": "NEW"', text)


def _validated(notebook, **version):
    try:
        validator.validate(notebook, **version)
    except nbformat.ValidationError as error:
        return str(error).splitlines()[0] or "invalid"
    return ""


def ask_nbformat(content):
    """nbformat.read and nbformat.write, but for the second and third validation, which change
    nothing any more.
    """
    outcome = Outcome()
    try:
        notebook = reader.reads(content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"))
        major = notebook.get("nbformat", 1)
        if major not in (3, 4):
            raise ValueError(f"nbformat {major}")
    except Exception as error:  # noqa: BLE001 - whatever it is, nbformat doesn't read this
        outcome.refused = f"{type(error).__name__}: {error}"
        return outcome
    try:
        if major == 3:
            outcome.fault = _validated(notebook)
            upgrade = v4_convert.upgrade
            v4_convert._warn_if_invalid = lambda nb, version: None
            notebook = upgrade(notebook)
            _validated(notebook)
        else:
            outcome.fault = _validated(notebook)
        outcome.cells = [
            [cell.get("cell_type"), cell.get("id"), cell.get("source", "")]
            for cell in notebook.cells
        ]
        outcome.text = without_ids(nbformat.v4.writes_json(notebook) + "\n")
        outcome.text = SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", outcome.text)
    except Exception as error:  # noqa: BLE001
        outcome.unwritable = f"{type(error).__name__}: {error}"
    return outcome


def _blocks(stream):
    while line := stream.readline():
        word, size = line.split()
        yield word.decode(), stream.read(int(size)).decode("utf-8")


def write_stream(contents, file):
    """What notebook_tool and the benchmark read; the file is wound back."""
    for content in contents:
        file.write(b"%d\n" % len(content))
        file.write(content)
    file.seek(0)


def ask_rscn(contents):
    """One outcome for each content, in their order."""
    outcomes = []
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        write_stream(contents, given)
        subprocess.run([TOOL], stdin=given, stdout=answer, check=True)
        answer.seek(0)
        for word, text in _blocks(answer):
            if word in ("refused", "cells"):
                outcomes.append(Outcome())
            if word == "refused":
                outcomes[-1].refused = text
            elif word == "cells":
                outcomes[-1].cells = json.loads(text)
            elif word == "fault":
                outcomes[-1].fault = text
            else:
                outcomes[-1].text = without_ids(text)
    return outcomes


def _first_difference(expected, got):
    for number, (one, other) in enumerate(
        itertools.zip_longest(expected.split("\n"), got.split("\n")), 1
    ):
        if one != other:
            return f"line {number}: nbformat {one!r:.200}, rscn {other!r:.200}"
    return ""


def _same_cells(theirs, ours):
    for (kind, cell_id, text), (our_kind, our_id, our_text, _) in zip(theirs, ours, strict=True):
        known = kind in ("code", "markdown", "raw")
        if our_kind != (kind if known else "other") or (isinstance(text, str) and text != our_text):
            return False
        if isinstance(cell_id, str) and not cell_id.startswith("rscnNEW-") and "\0" not in cell_id:
            if cell_id != our_id:
                return False
    return True


def disagreement(theirs, ours):
    """What is wrong between the two, or None. nbformat refuses more than we do."""
    if ours.refused is not None:
        if re.search(r"[\x00-\x1f\x7f]", ours.refused) or len(ours.refused.encode()) > 900:
            return f"a reason that is no bounded line: {ours.refused!r:.1000}"
        readable = theirs.refused is None and theirs.unwritable is None
        return f"refused: {ours.refused}" if readable else None
    if theirs.refused is not None:
        return None
    if theirs.fault is not None and bool(theirs.fault) != bool(ours.fault):
        return f"nbformat's schema says {theirs.fault!r:.300}, ours {ours.fault!r}"
    if theirs.text is None:
        return None
    if theirs.text != ours.text:
        return _first_difference(theirs.text, ours.text)
    return None if _same_cells(theirs.cells, ours.cells) else "cells differ"


# --- files ----------------------------------------------------------------------------------------


def _in_tar(path, content=None):
    with tarfile.open(path, fileobj=content and io.BytesIO(content)) as archive:
        for member in archive:
            if member.isfile():
                yield from _in_file(f"{path}/{member.name}", archive.extractfile(member).read)


def _in_zip(path, content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield from _in_file(f"{path}/{name}", lambda name=name: archive.read(name))


def _in_file(path, read):
    """Name and bytes of the notebooks that a file is or holds."""
    if path.endswith(".ipynb"):
        yield path, read()
    elif path.endswith((".tar.gz", ".tgz")):
        yield from _in_tar(path, read())
    elif path.endswith((".zip", ".whl")):
        try:
            yield from _in_zip(path, read())
        except zipfile.BadZipFile:  # some packages test with broken ones
            return


def corpus(where):
    """Names and bytes of all notebooks below a folder, those in archives too."""
    for folder, _, names in sorted(os.walk(where)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            yield from _in_file(path, lambda path=path: open(path, "rb").read())
