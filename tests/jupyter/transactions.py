# SPDX-License-Identifier: Apache-2.0
"""Transactions on another database that go over several cells: how each ended is in the record."""

from harness import contains, equal, run


def over_cells(place):
    """ROLLBACK, a conflict and COMMIT end what earlier cells began."""
    kernel = place.kernel()
    client = kernel.client()
    cells = (
        ("%use other.db --create\nCREATE TABLE t(x UNIQUE)", "EXECUTED"),
        ("BEGIN; INSERT INTO t VALUES (1)", "ROLLED_BACK"),
        ("INSERT INTO t VALUES (2)", "ROLLED_BACK"),
        ("ROLLBACK; BEGIN; INSERT INTO t VALUES (3)", "EXECUTED"),
        ("COMMIT; BEGIN; INSERT INTO t VALUES (4)", "ROLLED_BACK"),
        ("INSERT OR ROLLBACK INTO t VALUES (3)", "FAILED"),
        ("BEGIN; INSERT INTO t VALUES (5)", "EXECUTED"),
        ("COMMIT; BEGIN", "ROLLED_BACK"),
    )
    replies = [client.execute(code) for code, _ in cells]
    contains(
        "a conflict that ends the transaction says so",
        replies[5].content["evalue"],
        "what earlier cells did in the transaction was rolled back",
    )
    enders = place.sql(
        "SELECT t.reason, e.execution_id FROM rscn_transition AS t JOIN rscn_execution AS e"
        " ON t.reason LIKE e.execution_id || '%' WHERE t.to_state = 'ROLLED_BACK'"
    )
    equal("which execution ended it is said", len(enders), 3)
    equal("shutdown", kernel.shutdown(), 0)
    equal("the states", place.states(), [state for _, state in cells])
    equal("nothing is left in flight", place.objects("ps", "--json"), [])


def own_checks(place):
    """What the record does on the connection of cells leaves their tables as they were made."""
    client = place.kernel().client()
    client.execute("SELECT 1; CREATE TABLE checked (a CHECK (a > 0)); CREATE TABLE told (a)")
    refused = client.execute("INSERT INTO checked VALUES (-1)").content
    contains("a CHECK of the user holds", refused.get("evalue", ""), "CHECK")
    client.execute("CREATE TRIGGER tell AFTER INSERT ON checked BEGIN INSERT INTO told VALUES (1); END")
    client.execute("INSERT INTO checked VALUES (1)")
    equal("and a trigger fires", place.sql("SELECT count(*) FROM told"), [(1,)])


run(over_cells, own_checks)
