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
    shown = place.rscn("show", "-2").stdout
    contains("rscn show has what was touched", shown, "touched", "alter   goods, formerly stock")
    contains("rscn show --html too", place.rscn("show", "-3", "--html").stdout, "write   stock, 1 row<")
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


def resolved(place):
    """What SQLite does by itself is told apart from what the statement says."""
    client = place.kernel().client()
    client.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE);"
        "CREATE TABLE u (t REFERENCES t (id) ON DELETE CASCADE);"
        "CREATE VIEW v AS SELECT a FROM t; INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (1)"
    )
    ok("keys of a new table are not read", not [t for t in touched(place) if t[2] == "read" and t[0] < 3])
    client.execute("CREATE TABLE IF NOT EXISTS t (z); CREATE VIEW IF NOT EXISTS v AS SELECT 1")
    equal("what is there already is not made", touched(place), [])
    client.execute("CREATE TEMP TABLE IF NOT EXISTS new_one (z); CREATE VIEW IF NOT EXISTS w AS SELECT 1")
    equal("what is not there is", [t[2:4] for t in touched(place)], [("create", "new_one"), ("create", "w")])
    client.execute("EXPLAIN CREATE TABLE explained (z); EXPLAIN QUERY PLAN SELECT * FROM t")
    equal("what is explained does not run", touched(place), [])
    client.execute("SELECT count(*) FROM v")
    ok("a view of which no column is needed", (1, 1, "read", "v", None, None) in touched(place), touched(place))
    client.execute("WITH c AS MATERIALIZED (SELECT a FROM t) SELECT count(*) FROM c, c AS d")
    equal("a CTE is no object", touched(place), [(1, 1, "read", "t", ["a"], None)])
    client.execute("WITH v AS MATERIALIZED (SELECT a FROM t) SELECT count(*) FROM v, v AS d")
    equal("not even with the name of a view", touched(place), [(1, 1, "read", "t", ["a"], None)])
    client.execute("%use vacuumed.db --create\nCREATE TABLE n (a); VACUUM")
    equal("a copy by VACUUM is no table", touched(place), [(1, 2, "create", "n", None, None)])
    client.execute("%use store")
    client.execute("DELETE FROM t WHERE id = 1")
    writes = [
        (o["object"], o["through"], o["object_changes"])
        for o in place.show("-1")["objects"]
        if o["action"] == "write"
    ]
    equal("a foreign key's rows are not the statement's", writes, [("t", None, 1), ("u", "t", None)])
    client.execute("INSERT INTO t VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = 3")
    ok("an upsert writes rows, not a column", (1, 1, "write", "t", None, None) in touched(place))
    client.execute("CREATE VIRTUAL TABLE ft USING fts5 (body)")
    equal("parts of a virtual table", {t[5] for t in touched(place) if t[3] != "ft"}, {"ft"})
    client.execute("CREATE TEMP TRIGGER tt AFTER INSERT ON main.t BEGIN SELECT 1; END")
    ok("a temporary trigger's table", (1, 1, "alter", "t", None, "tt") in touched(place))
    equal("is in its schema", {o["database"] for o in place.show("-1")["objects"] if o["object"] == "t"}, {"main"})
    client.execute("DROP TRIGGER tt; ALTER TABLE t ADD c; ALTER TABLE t RENAME COLUMN c TO d; ALTER TABLE t DROP d")
    equal("columns of ALTER", [t[4] for t in touched(place) if t[2:4] == ("alter", "t")][1:], [["c"], ["c", "d"], ["d"]])
    place.file("in.sql", "\n\n\nCREATE TABLE of_file (a);\n")
    client.execute("SELECT 1;\n%read in.sql")
    row = place.objects("log", "--object", "of_file", "--json")[0]
    equal("a file's statement is on the line that reads it", (row["line"], row["text"]), (2, "%read in.sql"))


def maker(place):
    """Whether a recorded execution made it: what was taken back does not count."""
    client = place.kernel().client()
    database = os.path.join(place.work, "d.db")

    def is_made(name, *options):
        result = place.rscn("log", "--object", name, *options)
        shown = client.execute(f"%log --object {name}").text()
        told = "no recorded execution made it" in result.stderr
        ok(f"{name}: %log says the same", told == ("no recorded execution made it" in shown), shown)
        return not told

    def effects(name, *options):
        return [row["effect"] for row in place.objects("log", "--object", name, "--json", *options)]

    client.execute("SAVEPOINT s; CREATE TABLE gone (a); ROLLBACK TO s; RELEASE s; CREATE TABLE stays (a)")
    equal("ROLLBACK TO", (is_made("gone"), effects("gone")), (False, ["none"]))
    equal("and what it left", (is_made("stays"), effects("stays")), (True, ["committed"]))
    client.execute("CREATE TABLE failed (a); SELECT * FROM nowhere")
    equal("an undone cell", (is_made("failed"), effects("failed")), (False, ["none"]))
    client.execute("ALTER TABLE stays RENAME TO other; CREATE TABLE stays (b); INSERT INTO other VALUES (1)")
    equal("a new table under the old name", effects("main.stays"), ["committed"] * 3)
    equal("renamed", [r["object"] for r in place.objects("log", "--object", "other", "--json")], ["other", "other", "stays"])
    client.execute("DROP TABLE other")
    ok("dropped: it was made", is_made("other"))
    connection = sqlite3.connect(place.store)
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    client.execute("INSERT INTO other VALUES (1); ALTER TABLE other RENAME TO last_name")
    ok("made again by another program", not is_made("other"))
    ok("under its new name too", not is_made("last_name"))

    client.execute("%use d.db --create\nBEGIN; CREATE TABLE a (x); ROLLBACK; CREATE TABLE b (x)")
    use = ("--use", database)
    equal("ROLLBACK", (is_made("a", *use), is_made("b", *use)), (False, True))
    client.execute("BEGIN; CREATE TABLE c (x)")
    equal("open", (is_made("c", *use), effects("c", *use)), (True, ["open"]))
    client.execute("ROLLBACK")
    equal("and rolled back later", (is_made("c", *use), effects("c", *use)), (False, ["none"]))
    client.execute("CREATE TABLE k (x UNIQUE); INSERT OR FAIL INTO k VALUES (1), (1)")
    equal("rows before the bad one stay", effects("k", *use), ["committed"] * 2)
    client.execute("CREATE TABLE bad AS SELECT abs(-9223372036854775808) AS a")
    equal("a statement that failed", (is_made("bad", *use), effects("bad", *use)), (False, ["none"]))


def dump(place):
    """A cell of many statements: what is made at its end is known, and rows are summed up."""
    client = place.kernel().client()
    rows = "".join(f"INSERT INTO big VALUES ({i});\n" for i in range(3000))
    client.execute("CREATE TABLE big (a);\n" + rows + "CREATE TABLE after_big (a)")
    found = place.show("-1")["objects"]
    ok("bounded", len(found) < 1100, len(found))
    equal("no row is lost", sum(o["object_changes"] or 0 for o in found), 3000)
    equal("nor what was made", [(o["object"], o["line"]) for o in found[-1:]], [("after_big", 3002)])


run(statements, which_text, resolved, maker, dump)
