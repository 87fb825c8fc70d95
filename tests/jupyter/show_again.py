# SPDX-License-Identifier: Apache-2.0
"""show_again: %show gives recorded outputs once more and runs nothing; `rscn show --html` is a page
in which nothing runs.
"""

from html.parser import HTMLParser

from harness import contains, equal, ok, run

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def in_the_notebook(place):
    client = place.kernel().client()
    nothing = client.execute("%show")
    equal("nothing ran yet", nothing.status, "error")
    contains("and that is said", nothing.text(), "has outputs")
    statements = ";".join(f"SELECT 'line {n}' AS x" for n in range(30))
    client.execute("%cell thirty\nCREATE TABLE ran AS SELECT 1 AS n;" + statements)
    client.execute("CREATE TABLE silent_one (a)")
    failed = client.execute("SELECT 1 AS before; SELECT nowhere")

    shown = client.execute("%show")
    equal("the last cell with outputs", shown.status, "ok")
    contains("its result", shown.text(), "before")
    contains("its error, as text", shown.text(), "\n".join(failed.content["traceback"]))
    equal("which is no error of this cell", shown.contents("error"), [])

    again = client.execute("%show")
    contains("what %show shows is not shown in its place", again.text(), "before")

    shown = client.execute("%show thirty")
    tables = [content["data"]["text/plain"] for content in shown.contents("display_data")]
    equal("a cell: every output", len(tables), 30)
    ok("in order", all(f"line {n}" in text for n, text in enumerate(tables)), tables)
    contains("the heading says which", shown.text(), "thirty@1", "EXECUTED")
    equal("nothing ran again", client.execute("SELECT count(*) AS n FROM ran").status, "ok")
    equal("nothing was written", place.sql("SELECT count(*) FROM ran"), [(1,)])

    execution = [row for row in place.log() if row["cell"] == "thirty"][0]["execution"]
    for word in (execution, execution[-8:].lower()):
        shown = client.execute(f"%show {word}")
        equal(f"an execution as {len(word)} characters", len(shown.contents("display_data")), 30)
    contains("-1 is the last one", client.execute("%show -1").text(), "line 29")
    for word in ("nobody", "ZZZZZZZZ"):
        result = client.execute(f"%show {word}")
        equal(f"{word}: an error", result.content.get("evalue", "").count(word), 1)

    other = place.kernel().client()
    contains("another kernel finds them", other.execute(f"%show {execution[-8:]}").text(), "line 29")
    last = place.show("-1")
    equal("record: the outputs shown again are outputs of %show", len(last["outputs"]), 31)


class Page(HTMLParser):
    """Elements, and the frames' own pages."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.frames = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "iframe":
            self.frames.append(dict(attrs))


def as_a_page(place):
    client = place.kernel().client()
    quoted = EVIL.replace("'", "''")
    client.execute(f"SELECT '{quoted}' AS \"{EVIL.replace(chr(34), chr(34) * 2)}\"")
    client.execute(f"SELECT 1 AS a; SELECT \"{EVIL}")
    for execution in ("-1", "-2"):
        text = place.rscn("show", execution, "--html", check=True).stdout
        page = Page(text)
        ok("no script, no picture", not {"script", "img", "object"} & set(page.elements), text)
        ok("no handler", not [name for name in page.attributes if name.startswith("on")])
        ok("nothing may be fetched", "default-src 'none'" in text)
        contains("the code is there", text, "&lt;script&gt;")
    frame = page.frames[0]
    ok("HTML stands in a sandbox that may do nothing", frame.get("sandbox", 1) in ("", None), frame)
    ok("the output in it is escaped too", "script" not in Page(frame["srcdoc"]).elements)
    equal("--json and --html", place.rscn("show", "-1", "--json", "--html").returncode, 2)


run(in_the_notebook, as_a_page)
