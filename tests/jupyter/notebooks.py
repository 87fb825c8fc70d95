# SPDX-License-Identifier: Apache-2.0
"""notebooks: writes notebook files and runs the programs that execute them."""

import json
import os
import subprocess
import sys


def code(source, id=None, **metadata):
    cell = {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
    }
    if id:
        cell["id"] = id
    return cell


def markdown(source, id=None):
    cell = {"cell_type": "markdown", "source": source, "metadata": {}}
    if id:
        cell["id"] = id
    return cell


def write(path, cells, minor=5, **metadata):
    """A notebook file; cells of a 4.5 one get ids c1, c2 … unless they have one."""
    for i, cell in enumerate(cells):
        if minor >= 5:
            cell.setdefault("id", f"c{i + 1}")
        else:
            cell.pop("id", None)
    document = {
        "nbformat": 4,
        "nbformat_minor": minor,
        "cells": cells,
        "metadata": {
            "kernelspec": {"name": "rscn", "display_name": "SQL (rscn)", "language": "sql"},
            **metadata,
        },
    }
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    return path


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def module(name, *arguments, cwd, timeout=120):
    """python -m NAME ARGUMENTS"""
    return subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=cwd,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
    )


def script(name, *arguments, cwd, timeout=120):
    """The script of that name beside this Python."""
    path = os.path.join(os.path.dirname(sys.executable), name)
    return subprocess.run(
        [path, *arguments],
        cwd=cwd,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
    )


def versions(place, notebook):
    """Of the executions of a notebook, oldest first: cell, version, state, run."""
    return [
        (row["cell"], row["cell_version"], row["state"], row["run"]) for row in place.log(notebook)
    ]
