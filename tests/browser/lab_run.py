# SPDX-License-Identifier: Apache-2.0
"""lab_run: the story of a notebook in JupyterLab."""

from frontend import Lab

from harness import run
from story import tell


def story(place):
    tell(place, Lab)


run(story, seconds=300)
