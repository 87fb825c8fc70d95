# SPDX-License-Identifier: Apache-2.0
"""slow_subscriber: who reads slowly loses nothing and holds nobody up (J-1); everybody is welcome
(J-235).
"""

import time

import zmq

from harness import contains, equal, note, ok, run

OUTPUTS = 20000


def slow(place):
    kernel = place.kernel()
    client = kernel.client()
    # A subscriber that takes next to nothing: small buffers, and it does not read.
    lazy = kernel.client(iopub=False)
    lazy.sockets["iopub"] = lazy.connect("iopub", zmq.SUB, rcvhwm=10, rcvbuf=4096)
    lazy.sockets["iopub"].setsockopt(zmq.SUBSCRIBE, b"")
    equal("the lazy one is welcome", lazy.receive("iopub")["msg_type"], "iopub_welcome")
    others = [kernel.client() for _ in range(5)]
    equal(
        "every subscriber is welcome",
        [o.welcome["msg_type"] for o in others],
        ["iopub_welcome"] * 5,
    )
    topic = kernel.client(topic=b"kernel.")
    equal("by its topic too", topic.welcome["content"]["subscription"], "kernel.")
    start = time.monotonic()
    cells = 10
    each = OUTPUTS // cells
    sent = [
        client.start("".join(f"SELECT {i * each + j} AS n;\n" for j in range(each)))
        for i in range(cells)
    ]
    # While the queue for the lazy one grows, nobody else waits for it.
    asked = time.monotonic()
    looked = client.request("complete_request", {"code": "SEL", "cursor_pos": 3})
    ok("completion answers meanwhile", "SELECT" in looked["matches"], looked)
    answered = client.request("kernel_info_request", channel="control")
    equal("control answers meanwhile", answered["status"], "ok")
    note(f"both in {(time.monotonic() - asked) * 1000:.0f} ms")
    for msg_id in sent:
        equal(
            f"cell {sent.index(msg_id) + 1} of {cells}",
            client.reply(msg_id, timeout=90)["content"]["status"],
            "ok",
        )
    note(f"{OUTPUTS} outputs in {time.monotonic() - start:.1f} s")

    def numbers(reader, timeout=60):
        """All results in the order they came, up to the idle of the last cell."""
        found = []
        for message in (
            message for msg_id in sent for message in reader.published(msg_id, timeout)
        ):
            if message["msg_type"] == "display_data":
                found.append(
                    message["content"]["data"]["application/vnd.dataresource+json"]["data"][0]["n"]
                )
        return found

    every = list(range(OUTPUTS))
    equal("the client has every output in order", numbers(client) == every, True)
    equal("so has another", numbers(others[0]) == every, True)
    equal("and one that came by topic", numbers(topic) == every, True)
    equal(
        "control answers", client.request("kernel_info_request", channel="control")["status"], "ok"
    )
    equal("shell answers", client.request("kernel_info_request")["status"], "ok")
    late = kernel.client()
    equal("who comes later is welcome", late.welcome["msg_type"], "iopub_welcome")
    equal("the lazy one has lost nothing when it reads at last", numbers(lazy) == every, True)
    # It stops reading again: the kernel must end in time all the same.
    for _ in range(2):
        client.execute("".join(f"SELECT {j};\n" for j in range(2000)))
    client.send("shutdown_request", {"restart": False}, channel="control")
    status, took = kernel.wait()
    equal("shutdown with a lazy subscriber: status", status, 0)
    ok(f"shutdown with a lazy subscriber: {took:.2f} s", took < 2.5, took)
    rows = place.log()
    equal("record", [row["state"] for row in rows], ["EXECUTED"] * (cells + 2))
    equal("record: every output", [row["outputs"] for row in rows], [each] * cells + [2000] * 2)
    outputs = place.show(rows[0]["execution"])["outputs"]
    contains("record: in order", outputs[each - 1]["data"]["text/plain"], str(each - 1))


run(slow, seconds=200)
