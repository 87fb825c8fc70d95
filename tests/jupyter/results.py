# SPDX-License-Identifier: Apache-2.0
"""results: what a client gets to see of a result, and of a statement that takes long."""

import re
import time
from html.parser import HTMLParser

from harness import ENDLESS, contains, equal, ok, run, until

COUNT = (
    "SELECT count(*) AS n FROM (WITH RECURSIVE c(i) AS ("
    "SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT {}) SELECT i FROM c)"
)
VOID = {"br", "img", "hr", "input"}


class Page(HTMLParser):
    """Tags that are balanced, and the cells of the table."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.problems = [], [], [], []
        self.rows, self.headers, self.caption = [], [], ""
        self.feed(html)
        self.close()
        if self.open:
            self.problems.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
        elif tag == "th":
            self.headers.append(["", dict(attrs)])

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if "td" in self.open:
            self.rows[-1][-1] += data
        elif "th" in self.open:
            self.headers[-1][0] += data
        elif "caption" in self.open:
            self.caption += data


def last_table(result):
    return [c for c in result.contents("display_data") if "text/html" in c["data"]][-1]["data"]


def accessible(place):
    """The HTML table, whatever stands in it."""
    client = place.kernel().client()
    hostile = '<script>alert(1)</script><b onclick="x">&amp;'
    name = hostile.replace('"', '""')
    code = (
        f"SELECT 1 AS \"{name}\", '{hostile}' AS t, NULL AS n, 'NULL' AS s, x'0102' AS b,"
        " '</td></table><style>*{color:red}</style>' AS u,"
        " 'two' || char(10) || 'lines' || char(9) AS l UNION ALL SELECT 2, 'a', 3, 'b', x'', 'c', 'd'"
    )
    data = last_table(client.execute(code))
    page = Page(data["text/html"])
    equal("every tag is closed where it should be", page.problems, [])
    equal(
        "no other tags",
        sorted(set(page.tags)),
        ["caption", "div", "span", "table", "tbody", "td", "th", "thead", "tr"],
    )
    equal(
        "nothing but scope and style, and the classes by which MathJax leaves it alone",
        sorted({(name, value if name == "class" else "") for name, value in page.attributes}),
        [("class", "tex2jax_ignore mathjax_ignore"), ("scope", ""), ("style", "")],
    )
    styles = " ".join(value for name, value in page.attributes if name == "style")
    ok("no colour: any background will do", "color" not in styles and "#" not in styles, styles)
    equal("the caption", page.caption, "2 rows")
    equal("headers say what they head", {head[1].get("scope") for head in page.headers}, {"col"})
    equal("a name with markup is text", page.headers[0][0], hostile)
    first = page.rows[1]
    equal("values with markup are text", first[1], hostile)
    equal("and stay in their cells", first[5], "</td></table><style>*{color:red}</style>")
    equal("line ends and tabs stay", first[6], "two\nlines\t")
    contains("NULL is marked", data["text/html"], 'italic">NULL</span>')
    contains("and the text NULL is not", data["text/html"], ">NULL</td>")
    contains("in plain text it is quoted", data["text/plain"], "'NULL'", "x'0102' (2 bytes)")


def none(place):
    """No rows: the header is there."""
    client = place.kernel().client()
    data = last_table(client.execute("SELECT 1 AS one, 'x' AS two WHERE false"))
    contains("plain text", data["text/plain"], "one", "two", "(0 rows)")
    page = Page(data["text/html"])
    equal("HTML", [head[0] for head in page.headers], ["one", "two"])
    equal("its caption", page.caption, "0 rows")


def settings(place):
    """%set maxwidth and %set timer."""
    client = place.kernel().client()
    long = "SELECT printf('%.*c', {}, 'é') AS t"
    for code, cut in (
        (long.format(200), None),
        (long.format(12345), "… (12345 characters)"),
        ("%set maxwidth 10\n" + long.format(11), "éééééééééé… (11 characters)"),
        ("%set maxwidth all\n" + long.format(12345), None),
    ):
        data = last_table(client.execute(code))
        for kind in ("text/plain", "text/html"):
            text = re.sub("<[^>]*>", "", data[kind])
            ok(f"{kind}: {code[:30]!r}", (cut in text) if cut else "…" not in text, text[:300])
    equal("a wrong value", client.execute("%set maxwidth 0").status, "error")
    result = client.execute("%set timer on\nSELECT 1; CREATE TABLE t(x); INSERT INTO t VALUES (1)")
    texts = [content["data"]["text/plain"] for content in result.contents("display_data")]
    for text in texts[1:]:
        ok(f"the time is said: {text!r}", re.search(r"Run time: \d+\.\d{3} s$", text))
    equal("below each statement", len(texts), 4)
    kept = place.show(place.log()[-1]["execution"])["outputs"]
    equal("and is in the record", [o["data"]["text/plain"] for o in kept], texts)
    off = client.execute("%set timer off\nSELECT 1").text()
    ok("off again", "Run time" not in off, off)


def rows_for(client, seconds):
    """How many rows of the recursion take so long here."""
    start = time.monotonic()
    client.execute(COUNT.format(2000000))
    return int(2000000 * seconds / (time.monotonic() - start))


def ids(result):
    """(type, display_id, text) of what was displayed."""
    return [
        (
            message["msg_type"],
            message["content"].get("transient", {}).get("display_id"),
            message["content"]["data"]["text/plain"],
        )
        for message in result.published
        if message["msg_type"] in ("display_data", "update_display_data")
    ]


def recorded(place, result):
    msg_id = result.reply["parent"]["msg_id"]
    until(lambda: any(row["msg_id"] == msg_id for row in place.log()))
    row = next(row for row in place.log() if row["msg_id"] == msg_id)
    return place.show(row["execution"])["outputs"]


def progress(place):
    """A long statement has one line that its result replaces, where a person is (J-45, J-58)."""
    client = place.kernel().client()
    rows = rows_for(client, 2.6)
    code = "SELECT 'first' AS a;\n" + COUNT.format(rows)
    seen = ids(client.execute(code, allow_stdin=True))
    equal("the short statement has no id", seen[0][:2], ("display_data", None))
    line = seen[1]
    equal("then a line of progress", line[0], "display_data")
    ok(
        "it says which statement and for how long",
        re.match(r"statement 2 of 2: running for 1\.\d s", line[2]),
        line,
    )
    ok("it is updated", len(seen) > 3, seen)
    equal(
        "in place", {(kind, name) for kind, name, _ in seen[2:]}, {("update_display_data", line[1])}
    )
    ok("under an id of its own", line[1], line)
    contains("the last update is the result", seen[-1][2], str(rows), "(1 row)")

    result = client.execute(code, allow_stdin=True)
    kept = recorded(place, result)
    equal(
        "the record has what stays",
        [output["output_type"] for output in kept],
        ["display_data"] * 2,
    )
    contains("the result", kept[1]["data"]["text/plain"], str(rows), "(1 row)")
    ok("in all forms", "text/html" in kept[1]["data"], kept[1])
    ok("and no id", "display_id" not in str(kept), kept)
    ok("another execution has another id", ids(result)[1][1] != line[1])

    result = client.execute(code)
    equal(
        "nobody is there: results alone",
        [one[:2] for one in ids(result)],
        [("display_data", None)] * 2,
    )


def without_result(place):
    """What shows no result keeps a last line, and what follows has a place of its own."""
    client = place.kernel().client()
    rows = rows_for(client, 1.6)
    result = client.execute(
        "CREATE TABLE t AS " + COUNT.format(rows) + ";\nSELECT 'after' AS a", allow_stdin=True
    )
    seen = ids(result)
    line = next(one for one in seen if one[1])
    own = [one for one in seen if one[1] == line[1]]
    ok("the line says that it is done", re.match(r"statement 1 of 2: done in \d", own[-1][2]), seen)
    equal("what follows is another display", (seen[-1][0], seen[-1][1]), ("display_data", None))
    kept = [output["data"]["text/plain"] for output in recorded(place, result)]
    equal("so it is recorded", kept, [own[-1][2], seen[-1][2]])


def interrupted(place):
    """The line of what was interrupted says so."""
    client = place.kernel().client()
    msg_id = client.start(ENDLESS, allow_stdin=True)
    client.wait_published(msg_id, "display_data")
    client.wait_published(msg_id, "update_display_data")
    client.interrupt()
    result = client.finish(msg_id)
    equal("the reply", result.status, "error")
    contains("the last line", ids(result)[-1][2], "stopped after")
    types = [message["msg_type"] for message in result.published]
    ok("before the error", types.index("error") > types.index("update_display_data"), types)
    kept = recorded(place, result)
    equal("recorded", [output["output_type"] for output in kept], ["display_data", "error"])
    contains("as it was seen", kept[0]["data"]["text/plain"], "stopped after")


def waiting(place):
    """The wait for the store is the same line."""
    writer = place.kernel()
    one = writer.client()
    one.execute("CREATE TABLE t(x)")
    other = place.kernel().client()
    other.execute("SELECT 'first'")

    def hold():
        msg_id = one.start("INSERT INTO t VALUES (1);\nSELECT 'held';\nINSERT INTO t " + ENDLESS)
        one.wait_published(msg_id, "display_data")
        return msg_id

    held = hold()
    msg_id = other.start("INSERT INTO t VALUES (2)", allow_stdin=True)
    line = other.wait_published(msg_id, "display_data")["content"]
    contains("who writes", line["data"]["text/plain"], "waiting for the store", str(writer.pid))
    one.interrupt()
    one.finish(held)
    result = other.finish(msg_id)
    equal(
        "the result takes its place",
        ids(result),
        [("update_display_data", line["transient"]["display_id"], "1 row changed")],
    )
    equal(
        "recorded: the result alone",
        [output["data"]["text/plain"] for output in recorded(place, result)],
        ["1 row changed"],
    )
    held = hold()
    msg_id = other.start("INSERT INTO t VALUES (3)", allow_stdin=True)
    other.wait_published(msg_id, "display_data")
    other.interrupt()
    result = other.finish(msg_id)
    contains("an interrupt ends the wait, and the line says so", ids(result)[-1][2], "waited for")
    equal(
        "before the error",
        [m["msg_type"] for m in result.published[-3:-1]],
        ["update_display_data", "error"],
    )
    one.interrupt()
    one.finish(held)
    held = hold()
    msg_id = other.start("SELECT 'seen'", allow_stdin=True)
    other.wait_published(msg_id, "display_data")
    line = other.wait_published(msg_id, "display_data")["content"]
    contains("a reader's reply waits too", line["data"]["text/plain"], "waiting for the store")
    one.interrupt()
    one.finish(held)
    result = other.finish(msg_id)
    contains("in the end it is past", ids(result)[-1][2], "waited for the store", str(writer.pid))
    kept = recorded(place, result)
    equal("recorded as it was seen last", kept[-1]["data"]["text/plain"], ids(result)[-1][2])


run(accessible, none, settings, progress, without_result, interrupted, waiting)
