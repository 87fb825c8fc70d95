# SPDX-License-Identifier: Apache-2.0
"""export_clients: what rscn export writes, read by nbformat, nbclient, nbconvert and jupytext."""

import json
import os
import random
import warnings

import jupytext
import nbformat
from nbclient import NotebookClient

import notebooks
from harness import ENDLESS, contains, equal, note, ok, run, until
from notebooks import code, markdown

SEED = int(os.environ.get("SEED", "1"))
NOTEBOOKS = int(os.environ.get("NOTEBOOKS", "90"))


def outputs(path):
    """Of each code cell its outputs and its count; nbclient splits a text into several streams as it comes."""
    found = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            found.append((cell.execution_count, json.loads(json.dumps(cell.outputs))))
    return found


def after_a_run(place):
    """nbclient runs a notebook and saves it: the record has the same outputs."""
    path = notebooks.write(
        os.path.join(place.work, "run.ipynb"),
        [
            markdown("text"),
            code("SELECT 1.50 AS a, 12345678901234567890 AS b, 'é' AS c"),
            code("CREATE TABLE t(x); INSERT INTO t VALUES (1), (2);\nSELECT * FROM t; SELECT 0.1 + 0.2"),
            code("SELECT nowhere"),
            code("%tables"),
        ],
    )
    place.rscn("import", "--quiet", path, check=True)
    document = nbformat.read(path, as_version=4)
    os.environ["RSCN_NOTEBOOK"] = "run.ipynb"
    client = NotebookClient(
        document,
        kernel_name="rscn",
        resources={"metadata": {"path": place.work}},
        allow_errors=True,
        iopub_timeout=20,
    )
    client.execute()
    del os.environ["RSCN_NOTEBOOK"]
    saved = os.path.join(place.path, "saved.ipynb")
    nbformat.write(document, saved)
    recorded = os.path.join(place.path, "recorded.ipynb")
    # Of the version that was imported: it has no outputs of its own.
    place.rscn("export", "run.ipynb@1", "--outputs", "recorded", "-o", recorded, check=True)
    equal("recorded outputs are those that nbclient saved", outputs(recorded), outputs(saved))
    nbformat.validate(nbformat.read(recorded, as_version=4))
    with open(recorded, encoding="utf-8") as file:
        text = file.read()
    document = nbformat.reads(text, as_version=4)
    equal("the file is as nbformat writes it", nbformat.writes(document, indent=1).rstrip("\n") + "\n", text)
    result = notebooks.script("jupyter-nbconvert", "--to", "html", recorded, cwd=place.work)
    ok("nbconvert opens it", result.returncode == 0, result.stderr)
    result = notebooks.script("jupyter-execute", "--allow-errors", recorded, cwd=place.work)
    ok("nbclient runs it", result.returncode == 0, result.stderr)
    place.rscn("export", "run.ipynb@1", "-o", os.path.join(place.path, "first.ipynb"), check=True)
    equal("by default nothing is added", outputs(os.path.join(place.path, "first.ipynb"))[0][1], [])


def client_died(place):
    """What ran before and after the client was gone is there."""
    path = notebooks.write(
        os.path.join(place.work, "gone.ipynb"), [code(f"SELECT {i}") for i in range(5)]
    )
    place.rscn("import", "--quiet", path, check=True)
    kernel = place.kernel(env={"RSCN_NOTEBOOK": "gone.ipynb"})
    client = kernel.client()
    for i in range(5):
        client.start(f"SELECT {i}", metadata={"cellId": f"c{i + 1}"})
    client.close()
    until(lambda: len(place.log("gone.ipynb")) == 5)
    kernel.kill()
    result = place.rscn("export", "gone.ipynb@1", "--outputs", "recorded", check=True)
    shown = [str(cell["outputs"]) for cell in json.loads(result.stdout)["cells"]]
    ok("all five results", all(f"{i}" in text and text != "[]" for i, text in enumerate(shown)), shown)


def kernel_died(place):
    """A run that died with its kernel does not hide what the one before it showed."""
    path = notebooks.write(os.path.join(place.work, "died.ipynb"), [code("SELECT 1;\n" + ENDLESS)])
    place.rscn("import", "--quiet", path, check=True)
    kernel = place.kernel(env={"RSCN_NOTEBOOK": "died.ipynb"})
    client = kernel.client()

    def start():
        asked = client.start("SELECT 1;\n" + ENDLESS)
        client.wait_published(asked, "display_data")
        return asked

    asked = start()
    client.interrupt()
    client.finish(asked)
    before = place.rscn("export", "died.ipynb", "--outputs", "recorded", check=True).stdout
    ok("an interrupted cell's result is there", '"1' in before, before)
    start()
    kernel.kill()
    place.kernel().shutdown()
    equal("two ran", len(place.log("died.ipynb")), 2)
    after = place.rscn("export", "died.ipynb", "--outputs", "recorded", check=True).stdout
    equal("and still is after the kernel died", after, before)


def never_saved(place):
    """What ran with a text that the file never had is put in, and that is said; not when a version is
    named, and not once something else was saved."""
    path = notebooks.write(os.path.join(place.work, "stale.ipynb"), [code("SELECT 1"), code("SELECT 2")])
    kernel = place.kernel(env={"JPY_SESSION_NAME": path})
    client = kernel.client()
    client.execute("SELECT 1", metadata={"cellId": "c1"})
    result = place.rscn("export", "stale.ipynb", "--outputs", "recorded", check=True)
    equal("all is saved: nothing to say", result.stderr, "")
    client.execute("SELECT 'never'", metadata={"cellId": "c2"})
    result = place.rscn("export", "stale.ipynb", "--outputs", "recorded", check=True)
    contains("a text that was never saved", result.stderr, "in 1 cell a text ran last that no version has")
    cell = json.loads(result.stdout)["cells"][1]
    equal("is put in", cell["source"], ["SELECT 'never'"])
    ok("with its outputs", "never" in json.dumps(cell["outputs"]), cell)
    result = place.rscn("export", "stale.ipynb@1", "--outputs", "recorded", check=True)
    ok("a version is as it was", (result.stderr, "never" in result.stdout) == ("", False), result)
    client.execute("SELECT 'nowhere'", metadata={"cellId": "c3"})
    result = place.rscn("export", "stale.ipynb", "--outputs", "recorded", check=True)
    contains("a cell that was never saved", result.stderr, "1 cell ran that was in no version")
    ok("has no place", "nowhere" not in result.stdout, result.stdout)
    found = place.rscn("grep", "never", "stale.ipynb").stdout
    contains("but is in the record", found, "SELECT 'never'")
    shown = place.rscn("show", place.log("stale.ipynb")[-2]["execution"], check=True).stdout
    contains("with what it showed", shown, "never")
    equal("only said of recorded outputs", place.rscn("export", "stale.ipynb", check=True).stderr, "")
    notebooks.write(path, [code("SELECT 1"), code("SELECT 'saved'")])
    kernel.shutdown()
    result = place.rscn("export", "stale.ipynb", "--outputs", "recorded", check=True)
    ok("what was saved later counts", "never" not in result.stdout and "saved" in result.stdout, result)


# --- scripts --------------------------------------------------------------------------------------

KERNELS = {
    "py": {"display_name": "Python 3: x", "language": "python", "name": "python3"},
    "sql": {"display_name": "SQL (rscn)", "language": "sql", "name": "rscn"},
}
TEXT_LINES = ["# T", "", "text", "# Why?", "%time x", "# %matplotlib y", "```", "```python", "- a", "  in",
              "## %timeit", "é ü", "!ls", "ls -l", "a\\", "# + x"]
LINES = {
    "py": ["x = 1", "", "", "def f():", "    pass", "%time y", "!ls", "ls", "foo?", "# %time", "#%time", "# # + x",
           "# +", "s = '''", "'''", '"""', "y = !ls", "    %cd x", "%%time", "a = 'it'", "class A:", "# comment",
           "@deco", "\tt", "x = 'a\\'b'", "%ls \\", "more \\", "cat = 3", "cat x", "%x # noescape", "%x # escape",
           "?x", "async def g(): pass", "s = 1  # %% x", "    t = %time x"],
    "sql": ["SELECT 1", "", "-- c", "%use x.db", "%%explain", "SELECT 'a", "b'", "%param a 1", "é"],
}
METADATA = [("tags", ["a", "b"]), ("name", "n"), ("collapsed", True), ("title", "hello"), ("title", "a=b"),
            ("x", {"a": [1, None, "é"]}), ("nothing", None), ("b", True), ("jupyter", {"outputs_hidden": True}),
            ("f", 1.5), ("big", 12345678901234567890), ("tags", []), ("s", "a \"q\" 'z' \\ = {"), ("cell_depth", 2),
            ("execution", {"a": "b"}), ("id", "colab"), ("active", "ipynb"), ("l", []), ("o", {})]
HIDDEN = {"collapsed", "execution", "lines_to_next_cell"}


def generate(chance, kind):
    cells = []
    for _ in range(chance.randint(0, 6)):
        cell_type = chance.choice(["code", "code", "markdown", "raw"])
        lines = LINES[kind] if cell_type == "code" else TEXT_LINES
        text = "\n".join(chance.choice(lines) for _ in range(chance.randint(0, 5)))
        if cell_type == "code" and chance.random() < 0.15:
            magic = "%%" + chance.choice(["sql", "bash", "python", "sql --x y", "R", "other", "sql "])
            text = magic + ("\n" + text if chance.random() < 0.8 else "")
        metadata = dict(chance.choice(METADATA) for _ in range(chance.choice([0, 0, 1, 2])))
        if cell_type != "code":
            metadata.pop("active", None)
        make = getattr(nbformat.v4, f"new_{cell_type}_cell")
        cells.append(make(text, metadata=metadata))
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELS[kind]})


def content(cells):
    """Types, texts without the one line end that a script loses, metadata that a script shows."""
    found = []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.endswith("\n"):
            source = source[:-1]
        metadata = {key: value for key, value in cell["metadata"].items()
                    if key not in HIDDEN and (key, value) != ("tags", [])}
        found.append((cell["cell_type"], source, metadata))
    return found


def as_stored(place, name):
    return json.loads(place.rscn("export", name, check=True).stdout)["cells"]


def scripts(place):
    """Generated notebooks: jupytext and rscn read what rscn writes, rscn reads what jupytext writes."""
    chance = random.Random(SEED)
    warnings.simplefilter("ignore")
    names = []
    for i in range(NOTEBOOKS):
        kind = "sql" if i % 3 == 2 else "py"
        document = generate(chance, kind)
        name = f"{kind}{i}.ipynb"
        names.append((name, kind, document))
        nbformat.write(document, os.path.join(place.work, name))
    place.rscn("import", "--quiet", ".", check=True)
    wrong, refused = {"jupytext": [], "again": [], "alone": [], "theirs": []}, 0
    scripts_written, theirs = [], []
    for name, kind, document in names:
        script = os.path.join(place.work, f"{name[:-6]}.{kind}")
        result = place.rscn("export", name, "--to", kind, "-o", script)
        if result.returncode:
            refused += 1
            ok("a refusal is one line", "export it as ipynb" in result.stderr, result.stderr)
            continue
        with open(script, encoding="utf-8") as file:
            text = file.read()
        scripts_written.append((name, script, document))
        # jupytext has no .sql; a script of Lua has the same comments.
        read = jupytext.reads(text, fmt="py:percent" if kind == "py" else "lua:percent")
        if content(read.cells) != content(document.cells):
            wrong["jupytext"].append((content(document.cells), content(read.cells), text))
        if '"import"' in text or kind != "py":
            continue
        their = os.path.join(place.work, f"their-{name[:-6]}.py")
        with open(their, "w", encoding="utf-8") as file:
            file.write(jupytext.writes(document, fmt="py:percent"))
        theirs.append(their)
    place.rscn("import", "--quiet", *[script for _, script, _ in scripts_written], *theirs, check=True)
    for name, script, document in scripts_written:
        got = content(as_stored(place, os.path.basename(script)))
        if got != content(document.cells):
            wrong["alone"].append((content(document.cells), got))
    for their in theirs:
        with open(their, encoding="utf-8") as file:
            wanted = content(jupytext.reads(file.read(), fmt="py:percent").cells)
        got = content(as_stored(place, os.path.basename(their)))
        if got != wanted and "incorrectly_encoded_metadata" not in str(wanted):
            wrong["theirs"].append((wanted, got))
    for name, script, _ in scripts_written[:40]:
        said = place.rscn("import", "--json", "--name", name, script, check=True).stdout
        if json.loads(said.splitlines()[0])["result"] != "unchanged":
            wrong["again"].append(said)
    note(f"{len(scripts_written)} scripts, {refused} refused, {len(theirs)} of jupytext")
    ok("most can be scripts", len(scripts_written) > NOTEBOOKS / 2, refused)
    equal("jupytext reads the same cells", wrong["jupytext"][:1], [])
    equal("rscn reads the same cells", wrong["alone"][:1], [])
    equal("as the notebook they came from they change nothing", wrong["again"][:1], [])
    equal("rscn reads what jupytext writes", wrong["theirs"][:1], [])


def same_text(place):
    """What jupytext writes of a usual notebook, but for its version."""
    document = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Title\n\ntext"),
            nbformat.v4.new_code_cell("import os\n%matplotlib inline\n!ls", metadata={"tags": ["a"]}),
            nbformat.v4.new_code_cell("def f():\n    return 1"),
            nbformat.v4.new_code_cell("%%sql --x\nSELECT 1"),
            nbformat.v4.new_code_cell("f()"),
            nbformat.v4.new_raw_cell("raw"),
        ],
        metadata={"kernelspec": KERNELS["py"], "language_info": {"name": "python"}},
    )
    nbformat.write(document, os.path.join(place.work, "usual.ipynb"))
    place.rscn("import", "--quiet", "usual.ipynb", check=True)
    ours = place.rscn("export", "usual.ipynb", "--to", "py", check=True).stdout
    lines = jupytext.writes(document, fmt="py:percent").splitlines(keepends=True)
    equal("a usual notebook", ours, "".join(one for one in lines if "jupytext_version" not in one))


if __name__ == "__main__":
    run(after_a_run, client_died, kernel_died, never_saved, scripts, same_text, seconds=240)
