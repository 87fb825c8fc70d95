#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn show NOTEBOOK@V: a version of a notebook, to read and as JSON; show EXECUTION stays as it is.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init
mkdir sub
cat >sub/n.ipynb <<'JSON'
{"cells": [
 {"cell_type": "markdown", "id": "intro", "metadata": {}, "source": ["# Title\n", "text"]},
 {"cell_type": "code", "id": "load", "metadata": {"name": "loader"}, "execution_count": 3,
  "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}], "source": "x = 1\ny = 2\nz = 3\nw = 4"}],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python"}}, "nbformat": 4, "nbformat_minor": 5}
JSON
rscn import sub/n.ipynb
ends 0 "a notebook"
cat >sub/n.ipynb <<'JSON'
{"cells": [
 {"cell_type": "code", "id": "load", "metadata": {"name": "loader"}, "execution_count": 3,
  "outputs": [], "source": "x = 1\ny = 2"},
 {"cell_type": "code", "id": "more", "metadata": {}, "execution_count": null, "outputs": [], "source": "z = 3\nw = 4"},
 {"cell_type": "raw", "id": "odd", "metadata": {}, "source": "a\u0000b\ud800\u001b[31m"}],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python"}}, "nbformat": 4, "nbformat_minor": 5}
JSON
rscn import sub/n.ipynb
ends 0 "and its second version"

rscn show sub/n.ipynb@1 --json
ends 0 "show NOTEBOOK@V --json"
is "$(lines "$out")" 1 "is one object"
has_json "$out" "o[0]['notebook'] == 'sub/n.ipynb' and o[0]['version'] == 1 and
    o[0]['parent'] is None and o[0]['origin'] == 'import' and o[0]['created_at'].endswith('Z')" \
    "what a version is"
has_json "$out" "[(c['cell_key'], c['position'], c['type'], c['cell'], c['cell_version'], c['source'],
    c['lineage'], c['outputs'], c['matched_by'], c['file_id']) for c in o[0]['cells']] == [
    ('intro', 1, 'markdown', 'intro', 1, '# Title\ntext', [], 0, 'new', 'intro'),
    ('load', 2, 'code', 'loader', 1, 'x = 1\ny = 2\nz = 3\nw = 4', [], 1, 'new', 'load')]" "and its cells"
rscn show sub/n.ipynb@2 --json
has_json "$out" "o[0]['parent'] == 1 and [c['cell_key'] for c in o[0]['cells']] == ['load', 'more', 'odd']
    and o[0]['cells'][0]['cell_version'] == 2 and o[0]['cells'][0]['matched_by'] == 'id'" "the second one"
has_json "$out" "[(l['from'], l['how']) for l in o[0]['cells'][1]['lineage']] == [('load', 'split')]" \
    "with lineage"
has_json "$out" "o[0]['cells'][2]['source'].startswith('a\0b') and
    o[0]['cells'][2]['source'].endswith('\x1b[31m')" "NUL and a lone surrogate are valid JSON"
newest=$out
rscn show sub/n.ipynb --json
is "$out" "$newest" "without @V the newest"
rscn show n.ipynb@2 --json
is "$out" "$newest" "by its base name"
cd sub || exit 99
rscn show n.ipynb@2 --json
is "$out" "$newest" "by a path"
cd .. || exit 99

rscn show sub/n.ipynb@2
ends 0 "to read"
contains "$out" "sub/n.ipynb@2" "a heading"
contains "$out" "[1] loader@2 (load)" "cells' headers"
contains "$out" "    x = 1
    y = 2" "and their texts"
contains "$out" "[2] more@1, split from loader" "where a cell came from"
contains "$out" "[3] odd@1, raw" "the type of what is no code"
none "$(printf '%s' "$out" | grep "$(printf '\033')")" "no control characters"

rscn show sub/n.ipynb@9
complains 1 "9" "a version that is none"
rscn show sub/m.ipynb@1
complains 1 "sub/n.ipynb" "a misspelt notebook"
rscn show sub/n.ipynb@1 --html
complains 2 "--html" "no page of a version"
rscn show sub/n.ipynb@1 --json --html
complains 2 "not both" "--json and --html"

# Executions
echo 'SELECT 1;' >plain.sql
rscn run plain.sql
rscn show -1
contains "$out" "plain.sql" "show EXECUTION as before"
rscn show plain.sql
complains 1 "plain.sql" "a notebook that only ran has no version"
rscn show ABCDEF
complains 1 "ABCDEF" "no execution, no notebook"
cp sub/n.ipynb report
rscn import report
rscn show report
contains "$out" "report@1" "a name without a point"
cp sub/n.ipynb ./-dash.ipynb
rscn import ./-dash.ipynb
rscn show -- -dash.ipynb@1
contains "$out" "-dash.ipynb@1" "a name that begins with a minus"
rscn show repor
complains 2 "repor" "what is neither"

done_testing
