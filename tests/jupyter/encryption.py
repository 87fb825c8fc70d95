# SPDX-License-Identifier: Apache-2.0
"""encryption: CurveZMQ as jupyter_client asks for it (J-69, J-70, J-237): on all five channels,
over an interrupt and a restart, with the keys of the connection file. Who lacks them gets nothing.
"""

import json

import zmq

from harness import PATIENCE, contains, equal, ok, run

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
SILENCE_MS = 500


def keys_of(manager):
    with open(manager.connection_file, encoding="utf-8") as file:
        return json.load(file)


def ping(info, mechanism):
    """True when the heartbeat answers a fresh client that connects with `mechanism`."""
    context = zmq.Context()
    socket = context.socket(zmq.REQ)
    socket.linger = 0
    if mechanism != "plain text":
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        socket.curve_serverkey = info["curve_publickey"].encode()
    if mechanism == "another server's key":
        socket.curve_serverkey = zmq.curve_keypair()[0]
    socket.connect("tcp://%s:%d" % (info["ip"], info["hb_port"]))
    socket.send(b"ping")
    answered = bool(socket.poll(PATIENCE * 1000 if mechanism == "the keys" else SILENCE_MS))
    context.destroy(linger=0)
    return answered


def jupyter_client_asks(place):
    manager, client = place.manager(transport_encryption="required")
    info = keys_of(manager)
    sizes = [len(info[name]) for name in ("curve_publickey", "curve_secretkey")]
    equal("the file has the keys", sizes, [40, 40])
    code = "CREATE TABLE t (a); INSERT INTO t VALUES (1)"
    reply = client.execute(code, reply=True, timeout=PATIENCE)
    equal("a cell runs", reply["content"]["status"], "ok")
    ok("the heartbeat answers", client.is_alive())
    reply = client.complete("SELECT * FROM t", reply=True, timeout=PATIENCE)
    contains("so does completion", reply["content"]["matches"], "t")

    msg_id = client.execute(ENDLESS)
    while client.get_iopub_msg(timeout=PATIENCE)["parent_header"].get("msg_id") != msg_id:
        pass
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=PATIENCE)
    equal("an interrupt arrives on control", reply["content"].get("ename"), "Interrupted")

    ok("a fresh client with the server's key", ping(info, "the keys"))
    ok("plain text gets no answer", not ping(info, "plain text"))
    ok("nor does a wrong key", not ping(info, "another server's key"))

    manager.restart_kernel()
    client.wait_for_ready(timeout=PATIENCE)
    equal("the keys survive a restart", keys_of(manager)["curve_publickey"], info["curve_publickey"])
    reply = client.execute("SELECT a FROM t", reply=True, timeout=PATIENCE)
    equal("and the kernel runs on", reply["content"]["status"], "ok")
    process = manager.provisioner.process
    manager.shutdown_kernel()
    equal("shutdown: status", process.wait(PATIENCE), 0)
    client.stop_channels()
    equal("record", place.states(), ["EXECUTED", "INTERRUPTED", "EXECUTED"])


run(jupyter_client_asks)
