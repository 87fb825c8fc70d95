# SPDX-License-Identifier: Apache-2.0
"""client_basics: what every client relies on: kernel_info, execute in all its forms, order of
messages, the aborted queue, history, the small requests. Each test ends with what the record
says.
"""

import os

from harness import ENDLESS, PATIENCE, Timeout, contains, dumps, equal, ok, run, user_name


def high_level(place):
    """jupyter_client as its users use it."""
    manager, client = place.manager()
    outputs = []
    reply = client.execute_interactive(
        "SELECT 40 + 2 AS answer", timeout=PATIENCE, output_hook=outputs.append
    )
    equal("execute_interactive: status", reply["content"]["status"], "ok")
    equal("execute_interactive: count", reply["content"]["execution_count"], 1)
    shown = [
        m["content"]["data"] for m in outputs if m["msg_type"] in ("display_data", "execute_result")
    ]
    ok(
        "one result with text, HTML and data",
        len(shown) == 1
        and {"text/plain", "text/html", "application/vnd.dataresource+json"} <= set(shown[0]),
        shown,
    )
    contains("the result as text", shown[0]["text/plain"], "answer", "42")
    equal(
        "the result as data",
        shown[0]["application/vnd.dataresource+json"]["data"],
        [{"answer": 42}],
    )
    info = client.kernel_info(reply=True, timeout=PATIENCE)["content"]
    equal("kernel_info: language", info["language_info"]["name"], "sql")
    equal("kernel_info: protocol", info["protocol_version"], "5.5")
    ok(
        "kernel_info: no debugger",
        not info.get("debugger") and "debugger" not in info.get("supported_features", []),
    )
    contains("the banner names the store", info["banner"], place.store)
    ok("heartbeat is alive", client.is_alive())
    manager.restart_kernel()
    client.wait_for_ready(timeout=PATIENCE)
    reply = client.execute("SELECT 1", reply=True, timeout=PATIENCE)
    equal("after restart the count starts again", reply["content"]["execution_count"], 1)
    process = manager.provisioner.process
    manager.shutdown_kernel()
    equal("shutdown: status", process.wait(PATIENCE), 0)
    client.stop_channels()
    equal("record: both executed", place.states(), ["EXECUTED", "EXECUTED"])
    runs = place.runs()
    equal("record: a run for each process", [run_["run"] for run_ in runs], [1, 2])
    ok("record: both runs have ended", all(run_["ended_at"] for run_ in runs), runs)
    equal(
        "record: a client without a file is console/USER",
        {row["notebook"] for row in place.log()},
        {"console/" + user_name()},
    )
    equal("no process is left", place.leftovers(), [])


def promptly(place):
    """What a cell says leaves at once, also when nothing follows: busy and input of one that shows
    nothing, and the output of a statement that another one follows."""
    client = place.kernel().client()
    client.execute("SELECT 1")
    expected = ["status", "execute_input", "display_data"]
    for code, count in ((ENDLESS, 2), ("SELECT 'begun'; " + ENDLESS, 3)):
        msg_id = client.start(code)
        seen = [
            client.wait("iopub", lambda m: m["parent"].get("msg_id") == msg_id, timeout=1)
            for _ in range(count)
        ]
        equal(
            f"{count} messages while the cell runs",
            [message["msg_type"] for message in seen],
            expected[:count],
        )
        client.interrupt()
        client.finish(msg_id)
    equal("record: as it went", sorted(place.states()), ["EXECUTED", "INTERRUPTED", "INTERRUPTED"])


def order(place):
    """Busy, execute_input, outputs, idle; parents, counts; kernel_info on both channels."""
    client = place.kernel().client()
    equal("welcome comes first", client.welcome["msg_type"], "iopub_welcome")
    equal("welcome names the subscription", client.welcome["content"], {"subscription": ""})
    for channel in ("shell", "control"):
        msg_id = client.send("kernel_info_request", channel=channel)
        reply = client.reply(msg_id, channel)
        equal(f"kernel_info on {channel}", reply["msg_type"], "kernel_info_reply")
        equal(
            f"kernel_info on {channel}: busy and idle",
            [m["content"] for m in client.published(msg_id)],
            [{"execution_state": "busy"}, {"execution_state": "idle"}],
        )
    header = client.header("execute_request")
    content = {
        "code": "SELECT 1 AS a;\nSELECT 'ü' AS b;",
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": True,
        "stop_on_error": True,
    }
    frames = [dumps(part) for part in (header, {}, {}, content)]
    client.send_frames(frames)
    msg_id = header["msg_id"]
    result = client.finish(msg_id)
    equal(
        "order of what is published",
        result.types(),
        ["busy", "execute_input", "display_data", "display_data", "idle"],
    )
    ok(
        "every parent is the request's header",
        all(m["parent"] == header for m in result.published + [result.reply]),
    )
    equal(
        "execute_input",
        result.contents("execute_input")[0],
        {"code": content["code"], "execution_count": 1},
    )
    equal(
        "reply",
        {
            key: result.content[key]
            for key in ("status", "execution_count", "user_expressions", "payload")
        },
        {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []},
    )
    ok(
        "all headers have what the specification asks for",
        all(
            {"msg_id", "session", "username", "date", "msg_type", "version"} <= set(m["header"])
            for m in result.published + [result.reply]
        ),
    )
    equal(
        "one session of the kernel",
        len({m["header"]["session"] for m in result.published + [result.reply]}),
        1,
    )
    shown = place.show("-1")
    equal("record: msg_id", (shown["msg_id"], shown["client_session"]), (msg_id, client.session))
    equal(
        "record: whole MIME bundles in order",
        [o["data"] for o in shown["outputs"]],
        [c["data"] for c in result.contents("display_data")],
    )
    equal(
        "record: transitions",
        [step["to"] for step in shown["transitions"]],
        ["PENDING", "RUNNING", "EXECUTED"],
    )


def forms(place):
    """Errors, silent, store_history, user_expressions, allow_stdin."""
    client = place.kernel().client()
    failed = client.execute("SELECT 1;\nSELECT * FROM nowhere;\nSELECT 3")
    equal(
        "error: what is published",
        failed.types(),
        ["busy", "execute_input", "display_data", "error", "idle"],
    )
    equal("error: status", failed.status, "error")
    error = failed.contents("error")[0]
    equal(
        "error: reply and message agree",
        {k: failed.content[k] for k in ("ename", "evalue", "traceback")},
        {k: error[k] for k in ("ename", "evalue", "traceback")},
    )
    contains("error: it names table and database", error["evalue"], "nowhere", "rssd.db")
    contains(
        "error: it names the statement", "\n".join(error["traceback"]), "SELECT * FROM nowhere"
    )
    ok(
        "error: traceback is a list of texts",
        error["traceback"] and all(isinstance(t, str) for t in error["traceback"]),
    )
    equal("error: count", failed.content["execution_count"], 1)
    silent = client.execute("CREATE TABLE made_silently(x)", silent=True)
    equal("silent: nothing but status", silent.types(), ["busy", "idle"])
    equal("silent: ok", silent.status, "ok")
    silent_error = client.execute("SELECT nowhere", silent=True)
    equal("silent error: nothing but status", silent_error.types(), ["busy", "idle"])
    equal("silent error: reply", silent_error.status, "error")
    unstored = client.execute("SELECT count(*) AS n FROM made_silently", store_history=False)
    equal(
        "store_history false: shown",
        unstored.types(),
        ["busy", "execute_input", "display_data", "idle"],
    )
    expressions = client.execute(
        "SELECT 1",
        user_expressions={
            "good": "6 * 7",
            "bad": "nonsense",
            "write": "(DELETE FROM made_silently)",
            "empty": "",
            "number": 5,
            "null": None,
        },
        allow_stdin=True,
    )
    equal("counts: silent and unstored do not count", expressions.content["execution_count"], 2)
    answers = expressions.content["user_expressions"]
    equal("user_expressions: value", answers["good"]["data"], {"text/plain": "42"})
    equal(
        "user_expressions: one answer each",
        {k: v["status"] for k, v in answers.items()},
        {
            "good": "ok",
            "bad": "error",
            "write": "error",
            "empty": "error",
            "number": "error",
            "null": "error",
        },
    )
    empty = client.execute("")
    equal("empty code is ok", empty.status, "ok")
    comment = client.execute("-- nothing but this")
    equal("a comment alone is ok", comment.status, "ok")
    magic = client.execute("%set nonsense 1")
    equal("a wrong magic is an error", magic.status, "error")
    record = place.log()
    equal(
        "record: silent ones are there as silent",
        [(row["state"], row["silent"]) for row in record][:4],
        [("FAILED", False), ("EXECUTED", True), ("FAILED", True), ("EXECUTED", False)],
    )
    hidden = place.objects("log", "--json")
    ok(
        "rscn log hides silent ones without --all",
        hidden and not any(row["silent"] for row in hidden),
    )
    first = place.show(record[0]["execution"])
    equal(
        "record: outputs of the failed one",
        [o["output_type"] for o in first["outputs"]],
        ["display_data", "error"],
    )
    equal("record: its error", first["outputs"][1]["evalue"], error["evalue"])


def aborted_queue(place):
    """What was queued behind an error is aborted, unless stop_on_error is false."""
    client = place.kernel().client()
    sent = [
        client.start(code)
        for code in ("SELECT 1", "SELECT nowhere", "SELECT 2", "CREATE TABLE never(x)")
    ]
    # Not an execute_request: it is answered all the same.
    other = client.send("comm_info_request", {})
    results = [client.finish(msg_id) for msg_id in sent]
    equal("statuses", [r.status for r in results], ["ok", "error", "aborted", "aborted"])
    equal(
        "aborted: busy and idle, nothing else",
        [r.types() for r in results[2:]],
        [["busy", "idle"]] * 2,
    )
    equal(
        "a request that is no execution is answered", client.reply(other)["content"]["status"], "ok"
    )
    sent = [client.start(code, stop_on_error=False) for code in ("SELECT nowhere", "SELECT 3")]
    equal("stop_on_error false", [client.finish(m).status for m in sent], ["error", "ok"])
    ok(
        "the aborted cell took no effect",
        not place.sql("SELECT 1 FROM sqlite_schema WHERE name = 'never'"),
    )
    equal(
        "record",
        place.states(),
        ["EXECUTED", "FAILED", "CANCELED", "CANCELED", "FAILED", "EXECUTED"],
    )


def aborted_otherwise(place):
    """The queue is aborted too behind a recorded error that is asked for again, and behind the
    error of a store that can't be used."""
    kernel = place.kernel()
    client = kernel.client()
    failed = client.start("SELECT nowhere")
    client.finish(failed)
    for i in range(20):
        again = client.send(
            "execute_request", {"code": "SELECT nowhere"}, msg_id=failed, date=str(i)
        )
        behind = [client.start("SELECT 1") for _ in range(2)]
        statuses = [client.finish(msg_id).status for msg_id in (again, *behind)]
        # What comes in after the error reply runs; what runs is never followed by an aborted one.
        wanted = (["aborted"] * 2, ["aborted", "ok"], ["ok"] * 2)
        if statuses[0] != "error" or statuses[1:] not in wanted:
            break
    ok("a recorded error aborts the queue from its front", i == 19, (i, statuses))
    os.rename(place.store, place.store + ".away")
    for _ in range(20):
        sent = [client.start(f"SELECT {i}") for i in range(200)]
        results = [client.finish(msg_id) for msg_id in sent]
        aborted = [result for result in results if result.status == "aborted"]
        if aborted:
            break
    ok("without a store: aborted", aborted, {result.status for result in results})
    equal("in silence", {str(r.types()) for r in aborted}, {"['busy', 'idle']"})
    os.rename(place.store + ".away", place.store)
    equal("shutdown", kernel.shutdown(), 0)


def refused_visibly(place):
    """What is no cell is refused where a person sees it: front ends show what is published."""
    client = place.kernel().client()
    for body in (b'{"code": 5}', b'{"code": "\\ud800"}', b"[]"):
        frames, msg_id = client.frames("execute_request")
        client.send_frames([*frames[:3], body])
        result = client.finish(msg_id)
        equal(f"{body!r}: status", result.status, "error")
        equal(f"{body!r}: published", result.types(), ["busy", "error", "idle"])
    equal("record: nothing", place.log(), [])


def record_of_what_waits(place):
    """Of cells that are sent together, the later ones find the earlier ones in the record."""
    client = place.kernel().client()
    client.execute("CREATE TABLE pear (a)")
    count = "SELECT count(*) FROM rscn_log; SELECT 1"
    messages = [
        client.start(code)
        for code in (["SELECT a FROM pear"] * 20 + [count, "%log -n 50", "SELECT 2", count])
    ]
    results = [client.finish(msg_id) for msg_id in messages]
    shown = [r.contents("display_data")[0]["data"]["text/plain"] for r in results]
    for name, text, expected in (("SELECT", shown[20], "21"), ("SELECT again", shown[23], "24")):
        equal(f"what waits: {name}", text.split("\n")[2].strip(), expected)
    contains("what waits: %log", shown[21], "(22 rows)")


def sent_after_error(place):
    """A request sent after the error reply was received is never aborted (J-236)."""
    client = place.kernel().client(iopub=False)
    rounds = 200
    wrong = []
    for i in range(rounds):
        failing = client.start(f"SELECT nowhere_{i}", store_history=False)
        queued = client.start("SELECT 0", store_history=False) if i % 2 else None
        client.reply(failing)
        after = client.start(f"SELECT {i}", store_history=False)
        status = client.reply(after)["content"]["status"]
        if status != "ok":
            wrong.append((i, status))
        if queued:
            client.reply(queued)
    equal(f"none of {rounds} was aborted", wrong, [])
    record = place.log()
    states = [row["state"] for row in record]
    equal("record: all failures", states.count("FAILED"), rounds)
    equal("record: everything else ran or was canceled", len(states), rounds * 2 + rounds // 2)
    by_msg = {row["msg_id"]: row["state"] for row in record}
    equal("record: one row each", len(by_msg), len(record))


def small_requests(place):
    """is_complete, complete, inspect, comms, what is not known."""
    client = place.kernel().client()
    client.execute(
        "CREATE TABLE fruit(name TEXT, weight REAL); CREATE TABLE fruit_basket(id INTEGER)"
    )
    for code, expected in (
        ("SELECT 1;", "complete"),
        ("SELECT 1", "complete"),
        ("SELECT 1 +", "incomplete"),
        ("SELECT (1;", "invalid"),
        ("SELECT (1", "incomplete"),
        ("SELECT 'open", "incomplete"),
        ("%tables", "complete"),
        ("CREATE TRIGGER t AFTER INSERT ON fruit BEGIN SELECT 1;", "incomplete"),
    ):
        equal(
            f"is_complete {code!r}",
            client.request("is_complete_request", {"code": code})["status"],
            expected,
        )
    code = "SELECT * FROM fru"
    completed = client.request("complete_request", {"code": code, "cursor_pos": len(code)})
    ok("complete: tables", {"fruit", "fruit_basket"} <= set(completed["matches"]), completed)
    equal(
        "complete: what is replaced", (completed["cursor_start"], completed["cursor_end"]), (14, 17)
    )
    code = "SELECT '🍏🍎' FROM fru"
    completed = client.request("complete_request", {"code": code, "cursor_pos": len(code)})
    equal(
        "complete: positions count code points (FE-48)",
        (completed["cursor_start"], completed["cursor_end"]),
        (len(code) - 3, len(code)),
    )
    code = "%ta"
    completed = client.request("complete_request", {"code": code, "cursor_pos": 3})
    equal(
        "complete: a magic",
        (completed["matches"], completed["cursor_start"], completed["cursor_end"]),
        (["%tables"], 0, 3),
    )
    ok("complete: metadata is an object (FE-50)", isinstance(completed["metadata"], dict))
    for position in (0, -5, 400, 10**12):
        answer = client.request("complete_request", {"code": "SELECT 1", "cursor_pos": position})
        equal(f"complete: cursor_pos {position} is clamped (FE-49)", answer["status"], "ok")
    inspected = client.request(
        "inspect_request", {"code": "SELECT * FROM fruit", "cursor_pos": 17, "detail_level": 0}
    )
    ok("inspect: found", inspected["found"])
    contains("inspect: the columns", inspected["data"].get("text/plain"), "weight")
    inspected = client.request(
        "inspect_request", {"code": "zzz", "cursor_pos": 1, "detail_level": 1}
    )
    equal(
        "inspect: not found",
        (inspected["status"], inspected["found"], inspected["data"]),
        ("ok", False, {}),
    )
    equal(
        "comm_info",
        client.request("comm_info_request", {"target_name": "jupyter.widget"}),
        {"status": "ok", "comms": {}},
    )
    comm = client.send(
        "comm_open", {"comm_id": "c1", "target_name": "jupyter.widget.control", "data": {}}
    )
    published = client.published(comm)
    equal(
        "comm_open of an unknown target: closed",
        [m["msg_type"] for m in published],
        ["status", "comm_close", "status"],
    )
    equal("comm_close names it", published[1]["content"], {"comm_id": "c1", "data": {}})
    for channel in ("shell", "control"):
        msg_id = client.send("made_up_request", {}, channel)
        reply = client.reply(msg_id, channel)
        equal(f"unknown request on {channel}: type", reply["msg_type"], "made_up_reply")
        equal(f"unknown request on {channel}: status", reply["content"]["status"], "error")
        contains(
            f"unknown request on {channel}: it is named",
            reply["content"]["evalue"],
            "made_up_request",
        )
        equal(
            f"unknown request on {channel}: busy and idle",
            [m["content"]["execution_state"] for m in client.published(msg_id)],
            ["busy", "idle"],
        )
    missing = client.finish(client.send("execute_request", {"silent": False}))
    equal("execute without code: an error reply", missing.status, "error")
    stray = client.send("made_up", {})
    try:
        client.reply(stray, timeout=0.3)
        ok("a message that is no request has no reply", False)
    except Timeout:
        ok("a message that is no request has no reply", True)
    equal("record: only the cell", place.states(), ["EXECUTED"])


def history(place):
    """tail, range, search, unique, output; over a restart; session numbers (J-244)."""
    kernel = place.kernel()
    client = kernel.client()

    def ask(**content):
        full = {"output": False, "raw": True, "hist_access_type": "tail", "n": 10}
        full.update(content)
        return client.request("history_request", full)["history"]

    for code in ("SELECT 'one'", "SELECT 'two'", "SELECT 'one'"):
        client.execute(code)
    client.execute("SELECT 'hidden'", silent=True)
    client.execute("SELECT 'unstored'", store_history=False)
    equal(
        "tail: what ran is visible at once, oldest first",
        [row[2] for row in ask()],
        ["SELECT 'one'", "SELECT 'two'", "SELECT 'one'"],
    )
    equal("tail: n", [row[1:] for row in ask(n=2)], [[2, "SELECT 'two'"], [3, "SELECT 'one'"]])
    first = ask()[0][0]
    ok("the session number is a positive number", isinstance(first, int) and first > 0, first)
    client.close()
    equal("shutdown", kernel.shutdown(), 0)
    client = kernel.restart().client()
    client.execute("SELECT 'three'")
    tail = ask()
    equal(
        "tail goes over the restart",
        [row[2] for row in tail],
        ["SELECT 'one'", "SELECT 'two'", "SELECT 'one'", "SELECT 'three'"],
    )
    second = tail[-1][0]
    ok("a new session has a higher number", second > first, (first, second))
    equal(
        "range: session 0 is the current one",
        ask(hist_access_type="range", session=0, start=1, stop=2),
        [[second, 1, "SELECT 'three'"]],
    )
    equal(
        "range: -1 is the one before",
        ask(hist_access_type="range", session=-1, start=1, stop=3),
        [[first, 1, "SELECT 'one'"], [first, 2, "SELECT 'two'"]],
    )
    equal(
        "range: by its number",
        ask(hist_access_type="range", session=first, start=3, stop=4),
        [[first, 3, "SELECT 'one'"]],
    )
    equal(
        "range: to the end",
        len(ask(hist_access_type="range", session=first, start=2, stop=None)),
        2,
    )
    equal(
        "range: no such session", ask(hist_access_type="range", session=99999, start=0, stop=9), []
    )
    equal(
        "search",
        [row[2] for row in ask(hist_access_type="search", pattern="*'o?e'")],
        ["SELECT 'one'"] * 2,
    )
    equal(
        "search: unique",
        [row[2] for row in ask(hist_access_type="search", pattern="*'o?e'", unique=True)],
        ["SELECT 'one'"],
    )
    equal(
        "search: n takes the newest",
        [row[1:] for row in ask(hist_access_type="search", pattern="SELECT*", n=1)],
        [[1, "SELECT 'three'"]],
    )
    equal("search: nothing", ask(hist_access_type="search", pattern="DROP*"), [])
    with_output = ask(output=True, n=1)
    ok(
        "output: pairs",
        with_output[0][2][0] == "SELECT 'three'" and len(with_output[0][2]) == 2,
        with_output,
    )
    contains("output: the text", with_output[0][2][1], "three")
    equal(
        "wrong access type: an error reply",
        client.request("history_request", {"hist_access_type": "nonsense"})["status"],
        "error",
    )
    equal("record", len(place.log()), 6)


def stdin_is_never_asked(place):
    client = place.kernel().client()
    client.execute("SELECT 1", allow_stdin=True)
    client.send("input_reply", {"value": "x", "status": "ok"}, channel="stdin")
    equal("an input_reply nobody asked for does no harm", client.execute("SELECT 2").status, "ok")
    equal("nothing on stdin", client.drain("stdin"), [])
    reply = client.request("kernel_info_request", channel="stdin")
    equal("a request there is answered: an error", reply["status"], "error")


run(
    high_level,
    promptly,
    order,
    forms,
    aborted_queue,
    aborted_otherwise,
    refused_visibly,
    record_of_what_waits,
    sent_after_error,
    small_requests,
    history,
    stdin_is_never_asked,
)
