# SPDX-License-Identifier: Apache-2.0
"""Errors and warnings as a client sees them: one error message and nothing beside it (J-154), the
warnings on stderr below the result."""

from harness import contains, equal, run


def errors(place):
    """What is said, and by which messages."""
    client = place.kernel().client()
    client.execute("CREATE TABLE users(id INTEGER PRIMARY KEY, name)")
    client.execute("INSERT INTO users VALUES (1, 'a')")
    answer = client.execute("SELECT * FROM usrs WHERE name = NULL")
    contains("a near name", answer.content["evalue"], "did you mean users?")
    equal(
        "one error and no other output",
        [kind for kind in answer.types() if kind in ("error", "stream", "display_data")],
        ["error"],
    )
    answer = client.execute("INSERT INTO users VALUES (1, 'b')")
    contains("the row that is there", answer.content["evalue"], "a row with (1) is there already")
    answer = client.execute("SELECT * FROM users WHERE name = NULL")
    equal("a comparison with NULL runs", answer.content["status"], "ok")
    contains("and warns", answer.contents("stream")[0]["text"], "write `IS NULL`")
    equal("on stderr", answer.contents("stream")[0]["name"], "stderr")


def completeness(place):
    """is_complete_request."""
    client = place.kernel().client()
    for code, status in (
        ("SELECT 1", "complete"),
        ("INSERT INTO t", "incomplete"),
        ("%%time", "incomplete"),
        ("SELECT (1", "incomplete"),
        ("SELECT 1)", "invalid"),
    ):
        reply = client.request("is_complete_request", {"code": code})
        equal(code, reply["status"], status)


run(errors, completeness)
