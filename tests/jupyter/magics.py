# SPDX-License-Identifier: Apache-2.0
"""Magics that work on files, plans and the last result, with a real kernel, each ending with a look
at what is in the store.
"""

import csv
import json
import os

from harness import contains, equal, ok, run, until

HANG = (
    "CREATE TABLE slow(a INTEGER);"
    "CREATE TRIGGER hang AFTER INSERT ON slow WHEN new.a = 2 BEGIN"
    " INSERT INTO slow WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT max(i) FROM n; END"
)


def import_csv(place):
    """Types, NULL and empty texts, encodings, and what is said about them."""
    client = place.kernel().client()
    place.file(
        "stations.csv",
        'id,name,zip,height,note\r\n1,Oslo,0150,12.5,\r\n2,"Ber""gen, X",5003,3,""\r\n3,"two\nlines",,-1e3,z\r\n',
    )
    result = client.execute("%import stations.csv\nSELECT count(*) FROM stations")
    contains(
        "it says what it found",
        result.text(),
        "stations: 3 rows, 5 columns: id INTEGER, name TEXT, zip TEXT, height REAL, note TEXT",
        "UTF-8, delimiter ','",
    )
    equal(
        "the rows",
        place.sql("SELECT * FROM stations"),
        [
            (1, "Oslo", "0150", 12.5, None),
            (2, 'Ber"gen, X', "5003", 3.0, ""),
            (3, "two\nlines", None, -1000.0, "z"),
        ],
    )
    for name, data, said in (
        ("semi", "år;sum\n2020;1,5\n".encode("cp1252"), "windows-1252, delimiter ';'"),
        ("wide", "a\tb\n1\tæ\n".encode("utf-16"), "UTF-16LE, delimiter tab"),
        ("bom", b"\xef\xbb\xbfa|b\n1|2\n", "a INTEGER, b INTEGER; UTF-8, delimiter '|'"),
        ("bare", b"1,2\n\n3,x\n", "c1 INTEGER, c2 TEXT"),
        ("twice", b"a,A,b\n1,2,3\n", "a INTEGER, A_2 INTEGER, b INTEGER"),
        ("texts", b"x,x\ny,z\n", "2 rows, 2 columns: c1 TEXT, c2 TEXT"),
        ("odd", b"a\x1b[31m,b\n1,2\n", ": 1 row, 2 columns: a\u241b[31m INTEGER"),
        ("wide2000", b",".join([b"n"] * 2000) + b"\n" + b",".join([b"1"] * 2000), "n_20 INTEGER"),
    ):
        with open(os.path.join(place.work, name + ".csv"), "wb") as file:
            file.write(data)
        contains(f"{name}.csv", client.execute(f"%import {name}.csv").text(), said)
    equal("names in UTF-8", place.sql('SELECT "år" FROM semi'), [(2020,)])
    contains(
        "an existing table",
        client.execute("%import stations.csv").content["evalue"],
        "--append adds the rows",
    )
    contains(
        "rows that a trigger leaves out",
        client.execute(
            "CREATE TABLE some AS SELECT * FROM stations WHERE 0;"
            "CREATE TRIGGER t BEFORE INSERT ON some WHEN new.id > 1"
            " BEGIN SELECT raise(IGNORE); END;\n%import stations.csv AS some --append"
        ).text(),
        "some: 1 of 3 rows",
    )
    client.execute("%import stations.csv --append")
    equal("appended", place.sql("SELECT count(*) FROM stations"), [(6,)])
    client.execute("%import stations.csv AS stations --replace --header no")
    equal("replaced", place.sql("SELECT count(*), max(c1) FROM stations"), [(4, "id")])
    contains(
        "the log says how many",
        client.execute("%log -n 1").text() + place.rscn("log", "-n", "2").stdout,
        "4 rows changed",
    )


def refused_csv(place):
    """What is no CSV, or too much of one: one line, with the line's number, and nothing stays."""
    client = place.kernel().client()
    cases = (
        ("ragged", b'a,b\n1,2\n"x\ny",4\n3\n', "line 5: it has 1 field and the first line has 2"),
        ("open", b'a,b\n1,2\n3,"open\n4,5\n', "line 3: a quote"),
        ("stray", b'a,b\n1,5" pipe\n', "line 2: a quote"),
        ("nul", b"a,b\n1,\0\n", "line 2: it holds a NUL byte"),
        ("columns", b",".join(b"x%d" % i for i in range(1000000)), "more than 2000 fields"),
        ("huge", b'a,b\n1,"' + b"y" * (17 << 20) + b'"\n', "line 2: a field is larger"),
        ("empty", b"", "the file is empty"),
    )
    for name, data, says in cases:
        with open(os.path.join(place.work, name + ".csv"), "wb") as file:
            file.write(data)
        result = client.execute(f"%import {name}.csv")
        contains(f"{name}.csv", result.content.get("evalue", ""), says)
    with open(os.path.join(place.work, "bad.csv"), "wb") as file:
        file.write(b"a\n1\n\xff\n")
    contains(
        "not the encoding that was named",
        client.execute("%import bad.csv --encoding utf-8").content["evalue"],
        "line 3: it is not valid UTF-8",
    )
    for code, says in (
        ("%import nothing.csv", "No such file"),
        ("%import .", "no regular file"),
        ("%import rssd.db", "a database in use"),
        ("%import bad.csv AS rscn_execution --replace", "belong to the record"),
        ("%import bad.csv AS rscn_mine", "belong to the record"),
        ("%import bad.csv AS", "the table's name is missing"),
        ("%import bad.csv --encoding nix", "the encoding nix is not known"),
        ("%import bad.csv --delimiter xx", "one ASCII character"),
    ):
        contains(repr(code), client.execute(code).content.get("evalue", ""), says)
    equal(
        "nothing is left",
        place.sql(
            "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'rscn%'"
            " AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'code_%'"
            " AND name NOT LIKE 'assurance%' AND type = 'table'"
        ),
        [],
    )


def import_progress(place):
    """What is said of an import takes the place of its line of progress."""
    client = place.kernel().client()
    place.file("long.csv", "a\n" + "1\n" * 100)
    client.execute(
        "CREATE TABLE long(a INTEGER); CREATE TRIGGER slow AFTER INSERT ON long WHEN new.rowid = 50"
        " BEGIN INSERT INTO long WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 20000000) SELECT max(i) FROM n; END"
    )
    result = client.execute("%import long.csv --append", allow_stdin=True)
    shown = result.contents("display_data") + result.contents("update_display_data")
    contains("a line, with the rows so far", shown[0]["data"]["text/plain"], "49 rows so far")
    contains("then what it did", shown[-1]["data"]["text/plain"], "long: 100 rows")
    equal("in the same place", len(result.contents("display_data")), 1)
    outputs = place.show(place.log()[-1]["execution"])["outputs"]
    equal("one output in the record", len(outputs), 1)


def one_mode(place):
    """%%explain runs nothing, whatever stands below it."""
    client = place.kernel().client()
    client.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    for code in ("%%explain\n%%time\nDELETE FROM t", "%%time\n%%explain\nDELETE FROM t"):
        contains(repr(code), client.execute(code).content.get("evalue", ""), "take one of them out")
    equal("the row is there", place.sql("SELECT a FROM t"), [(1,)])


def undone_import(place):
    """In the store an import is part of the cell; elsewhere it is one statement."""
    client = place.kernel().client()
    place.file("t.csv", "a,b\n1,x\n2,y\n")
    failed = client.execute("%import t.csv\nINSERT INTO t VALUES (3, 'z');\nSELECT * FROM nix")
    equal("the cell failed", failed.status, "error")
    equal("nothing of it stays", place.sql("SELECT * FROM sqlite_schema WHERE name = 't'"), [])
    equal("the record says so", place.log()[-1]["state"], "FAILED")
    client.execute("SELECT 1;\n%import t.csv\nINSERT INTO t VALUES (3, 'z')")
    equal("after a statement that reads", place.sql("SELECT sum(a) FROM t"), [(6,)])
    equal("and in one record", place.log()[-1]["state"], "EXECUTED")
    contains(
        "it is in the record of what touched the table",
        place.rscn("log", "--object", "t", "--store", place.store).stdout,
        place.log()[-1]["execution"][-8:],
    )

    client.execute("%use other.db --create\nCREATE TABLE t(a UNIQUE, b)")
    place.file("twice.csv", "a,b\n1,x\n1,y\n")
    failed = client.execute("INSERT INTO t VALUES (5, 'kept');\n%import twice.csv AS t --append")
    contains(
        "a constraint", failed.content["evalue"], "twice.csv, line 3: UNIQUE constraint failed"
    )
    contains(
        "what was before it stays",
        client.execute("SELECT group_concat(a) AS rows FROM t").text(),
        "\n5\n",
    )
    client.execute("BEGIN;\n%import t.csv AS u\nROLLBACK")
    contains(
        "in a transaction", client.execute("SELECT * FROM u").content["evalue"], "no such table"
    )


def interrupted_import(place):
    """An interrupt ends an import, and nothing of it is left."""
    client = place.kernel().client()
    place.file("slow.csv", "a\n1\n2\n3\n")
    for before in ("", "%use other.db --create\n"):
        client.execute(before + HANG)
        msg_id = client.start("%import slow.csv --append")
        client.wait_published(msg_id, "status")
        ok("it runs", until(lambda: place.objects("ps", "--json")))
        client.interrupt()
        result = client.finish(msg_id)
        equal("interrupted", result.content.get("ename"), "Interrupted")
        contains("no row", client.execute("SELECT count(*) AS rows FROM slow").text(), "\n   0\n")
    equal("the states", place.log()[1]["state"], "INTERRUPTED")


def export(place):
    """The next statement's rows, all of them, or those that were shown."""
    client = place.kernel().client()
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) "
    result = client.execute(
        "%export all.csv\n"
        + numbers
        + "SELECT i, 'a,\"b' AS t, NULL AS n, '' AS e, 1.5 AS r FROM n"
    )
    contains("what was written", result.text(), "all.csv: 5000 rows, 5 columns")
    with open(os.path.join(place.work, "all.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    equal("all rows", len(rows), 5001)
    equal("a row", rows[5000], ["5000", 'a,"b', "", "", "1.5"])
    client.execute("%import all.csv AS back")
    equal("back again", place.sql("SELECT * FROM back WHERE i = 7"), [(7, 'a,"b', None, "", 1.5)])
    client.execute(
        "%export one.json\nSELECT 1 AS a, 'é' AS a, x'0aff' AS b, 9e999 AS big, NULL AS n"
    )
    with open(os.path.join(place.work, "one.json"), encoding="utf-8") as file:
        equal("JSON", json.load(file), [{"a": 1, "a_2": "é", "b": "0aff", "big": None, "n": None}])
    result = client.execute(numbers + "SELECT i FROM n;\n%export shown.csv")
    contains("the rows shown, and that there were more", result.text(), "1000 rows", "of 5000")
    for code, says in (
        ("%export all.csv\nSELECT 1", "--overwrite replaces it"),
        ("%export rssd.db --overwrite\nSELECT 1", "a database in use"),
        ("%export x.csv\nCREATE TABLE made(x)", "this one has none"),
        ("%export x.csv\nSELECT * FROM nix", "no such table"),
        ("%export nix/x.csv\nSELECT 1", "No such file"),
        ("%export x.csv\n%export y.csv\nSELECT 1", "one file"),
        ("SELECT x'00' AS b;\n%export x.csv", "put %export before the statement"),
    ):
        contains(repr(code), client.execute(code).content.get("evalue", ""), says)
    os.mkfifo(os.path.join(place.work, "pipe.csv"))
    for code, says in (
        ("%export rssd.db-lock --overwrite\nSELECT 1", "a database in use"),
        ("%export pipe.csv --overwrite\nSELECT 1", "no regular file"),
        ("%read pipe.csv", "no regular file"),
    ):
        contains(repr(code), client.execute(code).content.get("evalue", ""), says)
    os.symlink("all.csv", os.path.join(place.work, "link.csv"))
    os.chmod(os.path.join(place.work, "all.csv"), 0o640)
    client.execute("%export link.csv --overwrite\nSELECT 2 AS a")
    equal(
        "a link stays, and the file keeps its permissions",
        (
            os.path.islink(os.path.join(place.work, "link.csv")),
            os.stat(os.path.join(place.work, "all.csv")).st_mode & 0o777,
        ),
        (True, 0o640),
    )
    client.execute("%export all.csv --overwrite\nSELECT 1 AS a")
    with open(os.path.join(place.work, "all.csv"), "rb") as file:
        equal("overwritten", file.read(), b"a\r\n1\r\n")
    equal(
        "no half file is left",
        sorted(name for name in os.listdir(place.work) if not name.startswith("rssd")),
        ["all.csv", "link.csv", "one.json", "pipe.csv", "shown.csv"],
    )


def chart(place):
    """Vega-Lite and text, from the rows that were shown."""
    client = place.kernel().client()
    contains(
        "no result yet", client.execute("%chart bar a").content["evalue"], "run a SELECT first"
    )
    client.execute(
        "SELECT 2020 + value AS year, value * value AS \"v.2\" FROM json_each('[1,2,3]')"
    )
    shown = client.execute("%chart bar year v.2 --title 'Two words'").contents("display_data")[0]
    spec = shown["data"]["application/vnd.vegalite.v5+json"]
    equal("schema", spec["$schema"], "https://vega.github.io/schema/vega-lite/v5.json")
    equal("data", spec["data"]["values"][2], {"x": 2023, "y": 9})
    equal("titles", (spec["title"], spec["encoding"]["y"]["title"]), ("Two words", "v.2"))
    contains("text", shown["data"]["text/plain"], "Two words", "2023", "█ 9")
    shown = client.execute(
        "SELECT '2024-01-0' || value AS day, value FROM json_each('[1,2]');"
        "\n%chart line day value"
    ).contents("display_data")[1]
    spec = shown["data"]["application/vnd.vegalite.v5+json"]
    equal("dates", spec["encoding"]["x"]["type"], "temporal")
    for code, says in (
        ("%chart bar dya value", "did you mean day?"),
        ("%chart pie day", "take bar, line, scatter or hist"),
        ("%chart line day", "needs two columns"),
        ("%chart bar value day", "no numbers alone"),
    ):
        contains(repr(code), client.execute(code).content.get("evalue", ""), says)


def explain_and_time(place):
    """The plan as a tree, nothing runs; what each statement took."""
    client = place.kernel().client()
    client.execute(
        "CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE INDEX tb ON t(b);"
        "INSERT INTO t SELECT value, value FROM json_each('[1,2,3]'); ANALYZE"
    )
    result = client.execute(
        "-- first\n%%explain\nSELECT * FROM t WHERE b = 1 ORDER BY a + 1;\nDELETE FROM t WHERE a + 1 = 2;"
        "\nCREATE TABLE made(x)"
    )
    contains(
        "plans",
        result.text(),
        "SEARCH t USING COVERING INDEX tb (b=?)",
        "uses an index",
        "└─ USE TEMP B-TREE FOR ORDER BY",
        "SCAN t   ← scans all rows of t (3 rows)",
        "no plan",
    )
    equal("nothing ran", place.sql("SELECT count(*) FROM t"), [(3,)])
    equal("nothing was made", place.sql("SELECT 1 FROM sqlite_schema WHERE name = 'made'"), [])
    equal("it is in the record", place.log()[-1]["state"], "EXECUTED")
    contains(
        "a cell that runs once",
        client.execute("%cell a_once_b\n%%explain\nSELECT 1").content.get("evalue", ""),
        "explain its text in another cell",
    )
    contains(
        "import under it",
        client.execute("%%explain\n%import x.csv").content.get("evalue", ""),
        "under %%explain nothing runs",
    )
    contains(
        "not after a statement",
        client.execute("SELECT 1;\n%%explain\nSELECT 2").content.get("evalue", ""),
        "on the first line",
    )
    text = client.execute("%%time\nSELECT 1;\nSELECT count(*) FROM t").text()
    contains("times", text, "SELECT count(*) FROM t", "total of 2 statements", " ms")
    place.file("timed.csv", "a\n1\n")
    text = client.execute("%%time\n%import timed.csv").text()
    contains("an import has a time too", text, "%import timed.csv", "total of 1 statement")
    equal("the next cell is as always", "total of" in client.execute("SELECT 1").text(), False)
    equal("%%sql", client.execute("%%sql\nSELECT 1").status, "ok")
    contains("%%python", client.execute("%%python\n1").content["evalue"], "choose its own kernel")


def from_the_shell(place):
    """The sqlite3 shell's commands, between statements only."""
    client = place.kernel().client()
    place.file(
        "schema.sql", "CREATE TABLE a(x);\n.parameter set :p 7\nINSERT INTO a VALUES (:p);\n"
    )
    result = client.execute(".read schema.sql\n.tables\n.schema a\n.databases\nSELECT x FROM a")
    contains("all of them", result.text(), "SHA-256", "CREATE TABLE a(x)", "main", "\n7\n")
    equal("a number is SQL", client.execute("SELECT\n.5 AS half").status, "ok")
    contains(
        "the parameters' other name",
        client.execute("SELECT * FROM temp.sql_parameters").text(),
        ":p",
    )
    place.file("bad.sql", "INSERT INTO a VALUES (8);\n\nSELECT * FROM nix;")
    result = client.execute("INSERT INTO a VALUES (9);\n%read bad.sql")
    contains("an error in a file", result.content["evalue"], "bad.sql, line 3: no such table: nix")
    equal("its kind", result.content["ename"], "OperationalError")
    equal("all of the cell is undone", place.sql("SELECT x FROM a"), [(7,)])
    place.file("self.sql", "SELECT 1;\n.read self.sql\n")
    contains("itself", client.execute(".read self.sql").content["evalue"], "does one read itself?")
    os.mkfifo(os.path.join(place.work, "pipe"))
    place.file("use.sql", "%use other.db --create\n")
    contains(
        "%use in it", client.execute("%read use.sql").content["evalue"], "cell runs on one database"
    )
    for code, says in (
        (".mode csv", "%export FILE csv"),
        (".quit", "Shut Down"),
        (".read nix.sql", "nix.sql"),
        (".read rssd.db", "a database in use"),
        (".read pipe", "no regular file"),
        ("%import pipe", "no regular file"),
        ("%LOAD shop.db", "%use FILE"),
        ("%sql sqlite:///shop.db", "%use FILE"),
        ("%%sql sqlite:///shop.db\nSELECT 1", "%use FILE"),
        ("%load_ext sql", "nothing has to be loaded"),
    ):
        contains(repr(code), client.execute(code).content.get("evalue", ""), says)


run(
    import_csv,
    refused_csv,
    import_progress,
    one_mode,
    undone_import,
    interrupted_import,
    export,
    chart,
    explain_and_time,
    from_the_shell,
)
