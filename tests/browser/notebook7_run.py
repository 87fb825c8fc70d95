# SPDX-License-Identifier: Apache-2.0
"""notebook7_run: the story of a notebook in Notebook 7."""

from frontend import Notebook7

from harness import run
from story import tell


def story(place):
    tell(place, Notebook7)


run(story, seconds=300)
