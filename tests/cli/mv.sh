#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn mv: the name of a notebook in the store.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

cell='{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [], "source": "SELECT '
end='"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
rscn init
mkdir sub
printf '{"cells": [%s1%s\n' "$cell" "$end" >a.ipynb
printf '{"cells": [%s2%s\n' "$cell" "$end" >b.ipynb
rscn import -q a.ipynb b.ipynb
ends 0 "two notebooks"

rscn mv a.ipynb report.ipynb
ends 0 "a new name"
contains "$out" "a.ipynb is now report.ipynb" "says so"
contains "$out" "The file is still $PWD/a.ipynb" "and that the file has its old name"
rscn cat report.ipynb
contains "$out" "SELECT 1" "the notebook is found under its new name"
rscn cat a.ipynb
contains "$out" "SELECT 1" "and under its first one, while no other has that"
mv a.ipynb report.ipynb
rscn import report.ipynb
contains "$out" "report.ipynb: unchanged" "the moved file is that notebook"
rscn mv report.ipynb b.ipynb
complains 1 "b.ipynb" "the name of another notebook"
rscn cat report.ipynb
ends 0 "nothing was changed"
rscn mv report.ipynb report.ipynb
complains 1 "already" "its own name"
rscn mv report.ipynb sub
contains "$out" "report.ipynb is now sub/report.ipynb" "into a folder"
cd sub || exit 99
rscn mv ../sub/report.ipynb c.ipynb
contains "$out" "sub/report.ipynb is now sub/c.ipynb" "from the working directory"
rscn mv c.ipynb "$work/d.ipynb"
contains "$out" "is now $work/d.ipynb" "absolute outside of the store's folder"
rscn mv d.ipynb "$(printf 'odd\033[31m\nname.ipynb')"
ends 0 "a name with control characters"
none "$(printf '%s' "$out" | LC_ALL=C tr -d '\012\040-\176\200-\377')" "is shown without them"
cd ..
rscn mv nothing.ipynb x.ipynb
complains 1 "nothing.ipynb" "no such notebook"
rscn mv b.ipynb
complains 2 "NEW" "no new name"
mkdir below
cp b.ipynb below/a.ipynb
printf ' ' >>below/a.ipynb
rscn import -q below
rscn log a.ipynb
is "$(printf '%s\n' "$out" | sed -n 2p | cut -f 3)" below/a.ipynb \
    "a base name of today goes before a name that another notebook once had"
done_testing
