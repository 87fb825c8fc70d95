# SPDX-License-Identifier: Apache-2.0
"""objects: what each statement touched, through views, triggers, renames and attached databases,
and the question which text made or changed a table.
"""

import os
import sqlite3

from harness import contains, equal, ok, run


def touched(place, execution="-1"):
    """(statement, line, action, object, columns, through) of an execution."""
    return [
        (o["statement"], o["line"], o["action"], o["object"], o["columns"], o["through"])
        for o in place.show(execution)["objects"]
    ]


def statements(place):
    client = place.kernel().client()
    client.execute("CREATE TABLE reader (id INTEGER PRIMARY KEY, name TEXT);\nCREATE TABLE note (n)")
    equal(
        "made, with line and statement",
        touched(place),
        [(1, 1, "create", "reader", None, None), (2, 2, "create", "note", None, None)],
    )
    client.execute(
        "CREATE TRIGGER told AFTER INSERT ON reader BEGIN INSERT INTO note VALUES (new.name); END;\n"
        "CREATE VIEW names AS SELECT name FROM reader;\nCREATE INDEX by_name ON reader (name)"
    )
    ok(
        "a trigger and an index change their table",
        {(1, 1, "alter", "reader", None, "told"), (3, 3, "alter", "reader", None, "by_name")}
        <= set((s, l, a, o, c and tuple(c), t) for s, l, a, o, c, t in touched(place)),
        touched(place),
    )
    client.execute("\n\nINSERT INTO reader (name) VALUES ('Ada'), ('Bo')")
    shown = place.show("-1")["objects"]
    equal(
        "written, by the statement and by a trigger",
        [(o["object"], o["through"], o["object_changes"]) for o in shown if o["action"] == "write"],
        [("reader", None, 2), ("note", "told", None)],
    )
    equal("on its line", {o["line"] for o in shown}, {3})
    client.execute("SELECT name FROM names WHERE name > 'B'")
    ok("read through a view", (1, 1, "read", "reader", ["name"], "names") in touched(place))
    client.execute("UPDATE reader SET name = upper(name) WHERE id = 1")
    ok("columns that are written", (1, 1, "write", "reader", ["name"], None) in touched(place))
    client.execute("SELECT count(*) FROM reader; SELECT * FROM pragma_table_info('reader')")
    equal("count(*) and a table function", touched(place), [(1, 1, "read", "reader", None, None)])
    client.execute("SELECT 1; WITH c AS (SELECT 2 AS x) SELECT x FROM c")
    equal("nothing", touched(place), [])
    client.execute("INSERT INTO reader (id) VALUES (1)")
    equal("an execution that failed", place.show("-1")["state"], "FAILED")
    ok("has what it tried", any(t[2:4] == ("write", "reader") for t in touched(place)))


def which_text(place):
    client = place.kernel().client()
    client.execute("%cell make_it\nCREATE TABLE stock (a);\nINSERT INTO stock VALUES (1)")
    client.execute("ALTER TABLE stock RENAME TO goods")
    client.execute("DELETE FROM goods WHERE a = 5; SELECT * FROM goods")
    rows = place.objects("log", "--object", "GOODS", "--json")
    equal(
        "the table's whole life, under its former name too",
        [(row["action"], row["object"], row["line"], row["cell"] == "make_it") for row in rows],
        [
            ("write", "goods", 1, False),
            ("alter", "goods", 1, False),
            ("write", "stock", 3, True),
            ("create", "stock", 2, True),
        ],
    )
    equal("the text", rows[-1]["text"], "CREATE TABLE stock (a);")
    equal("by whom, with what result", {(r["state"], bool(r["user"])) for r in rows}, {("EXECUTED", True)})
    equal("one action", len(place.objects("log", "--object", "goods", "--action", "alter", "--json")), 1)
    reads = place.objects("log", "--object", "goods", "--action", "read", "--json")
    equal("who read it", [r["text"] for r in reads], ["DELETE FROM goods WHERE a = 5; SELECT * FROM goods"] * 2)
    shown = client.execute("%log goods").text()
    contains("%log TABLE", shown, "CREATE TABLE stock (a);", "RENAME TO goods", "make_it")
    ok("it was made by a recorded execution", "no recorded execution" not in shown)

    connection = sqlite3.connect(os.path.join(place.work, "other.db"))
    connection.execute("CREATE TABLE foreign_made (x)")
    connection.close()
    client.execute("%use other.db\nINSERT INTO foreign_made VALUES (1)")
    other = os.path.join(place.work, "other.db")
    result = place.rscn("log", "--object", "foreign_made", "--use", other, "--json")
    equal("another database", result.stdout.count("\n"), 1)
    contains("made by nobody here", result.stderr, "foreign_made", "no recorded execution made it")
    contains("%log says so too", client.execute("%log foreign_made").text(), "no recorded execution")
    client.execute("%use other.db\nCREATE TABLE goods (z)")
    equal(
        "the same name in another database is another table",
        len(place.objects("log", "--object", "goods", "--json")),
        4,
    )
    client.execute("%use second.db --create\nATTACH 'other.db' AS o")
    client.execute("INSERT INTO o.foreign_made VALUES (2)")
    rows = place.objects("log", "--object", "foreign_made", "--use", other, "--json")
    equal("through ATTACH", [row["database"] for row in rows], ["o", "main"])
    missing = place.rscn("log", "--object", "godos")
    equal("a name that is none", missing.returncode, 1)
    contains("has near ones", missing.stderr, "godos", "goods")
    equal("a wrong action", place.rscn("log", "--object", "goods", "--action", "x").returncode, 2)
    equal("--action without --object", place.rscn("log", "--action", "read").returncode, 2)


run(statements, which_text)
