# SPDX-License-Identifier: Apache-2.0
"""completion: completion, inspection and history search as a client sees them: code points, types,
the cursor behind the end of the code, magics, files, cells, and the record across restarts.

A | in a code marks the cursor.
"""

import os

from harness import contains, equal, ok, run

SCHEMA = """%cell make_tables
CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, "é poids" REAL);
CREATE TABLE loan (id INTEGER PRIMARY KEY, book_id INTEGER REFERENCES book (id), due TEXT);
INSERT INTO book (title) VALUES ('<b>Beowulf</b>'), ('Solaris');
%param reader Ada
"""


def complete(client, marked):
    cursor = marked.index("|")
    code = marked[:cursor] + marked[cursor + 1 :]
    return client.request("complete_request", {"code": code, "cursor_pos": cursor})


def matches(client, marked):
    return complete(client, marked)["matches"]


def inspect(client, code, cursor=None, detail_level=0):
    content = {"code": code, "detail_level": detail_level}
    content["cursor_pos"] = len(code) if cursor is None else cursor
    return client.request("inspect_request", content)


def search(client, pattern, **more):
    content = {"hist_access_type": "search", "pattern": pattern, "raw": True, **more}
    return [entry[2] for entry in client.request("history_request", content)["history"]]


def shape(place):
    client = place.kernel().client()
    client.execute(SCHEMA)
    reply = complete(client, "SELECT '🙂🙂', tit| FROM book")
    equal("matches", reply["matches"], ["title"])
    bounds = (reply["cursor_start"], reply["cursor_end"])
    equal("the range counts code points (FE-48)", bounds, (13, 16))
    types = reply["metadata"]["_jupyter_types_experimental"]
    equal("types", types, [{"text": "title", "type": "column", "start": 13, "end": 16}])
    reply = complete(client, "SELECT group_con|")
    types = reply["metadata"]["_jupyter_types_experimental"]
    equal("a function's signature", types[0].get("signature"), "(X,SEP)")
    reply = complete(client, "SELECT 'nothing in a string|'")
    equal("nothing: a reply all the same", (reply["status"], reply["matches"]), ("ok", []))
    equal("with metadata (FE-50)", reply["metadata"], {"_jupyter_types_experimental": []})
    code = "SELECT * FROM bo"
    for cursor in (-5, 10**9):
        reply = client.request("complete_request", {"code": code, "cursor_pos": cursor})
        ok(f"cursor_pos {cursor} is clamped", 0 <= reply["cursor_end"] <= len(code), reply)
    equal("a name that needs quotes", matches(client, 'SELECT "é| FROM book'), ['"é poids"'])


def places(place):
    client = place.kernel().client()
    client.execute(SCHEMA)
    equal("a table", matches(client, "SELECT * FROM lo|"), ["loan"])
    found = matches(client, "SELECT l.bo| FROM loan AS l")
    equal("an alias, whose FROM comes later", found, ["book_id"])
    equal(
        "a WITH query",
        matches(client, "WITH w(one) AS (SELECT 1) SELECT on| FROM w")[:1],
        ["one"],
    )
    found = matches(client, "select id from book whe|")
    equal("a keyword in the case that is written", found[:1], ["where"])
    equal("a pragma's values", matches(client, "PRAGMA foreign_keys = |"), ["ON", "OFF"])
    equal("a parameter", matches(client, "SELECT :re|"), [":reader"])
    equal("the record's tables", matches(client, "SELECT * FROM rscn_exec|"), ["rscn_execution"])
    equal("text that does not parse", matches(client, "SELECT ((( FROM book WHERE tit|"), ["title"])
    client.execute("CREATE TEMP TABLE scratch (mine)")
    equal("a TEMP table", matches(client, "SELECT mi| FROM scratch")[:1], ["mine"])


def magics(place):
    place.file("shop.db")
    place.file("my shop.db")
    client = place.kernel().client()
    client.execute(SCHEMA)
    equal("a magic", matches(client, "%us|"), ["%use"])
    equal("a file", matches(client, "%use sh|"), ["shop.db"])
    equal("one with a blank", matches(client, "%use my|"), ["'my shop.db'"])
    equal("an option", matches(client, "%use shop.db --cr|"), ["--create"])
    equal("a parameter's name", matches(client, "%param re|"), ["reader"])
    equal("a table's name", matches(client, "%schema lo|"), ["loan"])
    equal("a cell's name", matches(client, "%log make|"), ["make_tables"])
    ok("a modulo is none", "%use" not in matches(client, "SELECT 7\n%us|"))
    reply = inspect(client, "%use shop.db", 2)
    contains("its help", reply["data"]["text/plain"], "%use [FILE")


def inspection(place):
    client = place.kernel().client()
    client.execute(SCHEMA)
    code = "SELECT * FROM book"
    reply = inspect(client, code, len(code) + 7)
    ok("the cursor may lie behind the end (FE-49)", reply["found"], reply)
    text, html = reply["data"]["text/plain"], reply["data"]["text/html"]
    contains("a table", text, "CREATE TABLE book", "not null", "2 rows")
    ok("no rows unless asked for", "Beowulf" not in text)
    reply = inspect(client, code, detail_level=1)
    contains("rows when asked for", reply["data"]["text/plain"], "Solaris")
    html = reply["data"]["text/html"]
    ok("HTML is escaped", "<b>" not in html and "&lt;b&gt;Beowulf" in html, html)
    reply = inspect(client, "SELECT b.title FROM book AS b", 13)
    contains("a column", reply["data"]["text/plain"], "column of the table book", "TEXT")
    reply = inspect(client, "SELECT substr(", 14)
    contains("a function, from inside its call", reply["data"]["text/plain"], "substr(X,Y,Z)")
    reply = inspect(client, "SELECT 1 UNION SELECT 2", 12)
    contains("a keyword", reply["data"]["text/plain"], "keyword UNION")
    reply = inspect(client, "SELECT nobody", 10)
    equal("nothing is known", (reply["found"], reply["data"]), (False, {}))


def history(place):
    kernel = place.kernel()
    client = kernel.client()
    for code in ("SELECT 1", "SELECT 22", "SELECT 1", "-- a [b] c*"):
        client.execute(code)
    kernel.shutdown()
    client = place.kernel().client()
    client.execute("SELECT 333")
    ran = ["SELECT 1", "SELECT 22", "SELECT 1", "SELECT 333"]
    equal("across a restart", search(client, "SELECT *"), ran)
    equal("each once", search(client, "SELECT *", unique=True), ran[1:])
    equal("the newest n, oldest first", search(client, "SELECT *", n=2), ran[2:])
    equal("? is one character", search(client, "SELECT ??"), ["SELECT 22"])
    equal("[ is itself", search(client, "*[b]*"), ["-- a [b] c*"])
    equal("[*] is a *", search(client, "*c[*]"), ["-- a [b] c*"])
    other = place.kernel().client()
    equal("from another kernel", search(other, "*333*"), ["SELECT 333"])
    ok("the store is where it was", os.path.exists(place.store))


run(shape, places, magics, inspection, history)
