# SPDX-License-Identifier: Apache-2.0
"""classic_run: the story of a notebook in the classic Notebook 6.4."""

from frontend import Classic

from harness import run
from story import tell


def story(place):
    tell(place, Classic)


run(story, seconds=300)
