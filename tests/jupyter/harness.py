# SPDX-License-Identifier: Apache-2.0
"""harness: what the tests with real clients share: TAP, a place of their own on the disk, kernels
and raw clients.

A raw client speaks the protocol by hand (ZeroMQ, HMAC, JSON), so that a test can send what no
library would, and sees every message. Nothing here sleeps for a fixed time: one waits for a
message or for a condition, with a deadline.
"""

import atexit
import faulthandler
import hashlib
import hmac
import json
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid
from datetime import datetime, timezone

import zmq

RSCN = os.path.abspath(os.environ["RSCN"])
# Everything is slower under sanitizers and on a loaded machine; waiting longer costs nothing when
# all is well.
PATIENCE = 30
DELIMITER = b"<IDS|MSG>"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

# --- TAP ------------------------------------------------------------------------------------------

_count = 0
_failures = 0


def note(text):
    """A line for people."""
    for line in str(text).splitlines() or [""]:
        print("# " + line, flush=True)


def ok(name, condition, detail=None):
    """One check; `detail` is shown when it fails. Gives the condition."""
    global _count, _failures
    _count += 1
    print(f"{'ok' if condition else 'not ok'} {_count} - {name}", flush=True)
    if not condition:
        _failures += 1
        if detail is not None:
            note(detail if isinstance(detail, str) else repr(detail))
    return bool(condition)


def equal(name, got, expected):
    return ok(name, got == expected, f"     got: {got!r}\nexpected: {expected!r}")


def contains(name, text, *parts):
    missing = [part for part in parts if part not in (text or "")]
    return ok(name, not missing, f"missing: {missing!r}\n     in: {text!r}")


def run(*tests, seconds=150):
    """Runs the tests one after the other, each with a place of its own if it takes one argument;
    ends the program.
    """
    faulthandler.dump_traceback_later(seconds, exit=True)
    for test in tests:
        try:
            if test.__code__.co_argcount:
                with Place() as place:
                    test(place)
            else:
                test()
        except Exception:  # a test that breaks must not hide the others
            ok(f"{test.__name__} runs to its end", False, traceback.format_exc())
    print(f"1..{_count}", flush=True)
    sys.exit(1 if _failures else 0)


def until(condition, timeout=PATIENCE):
    """Waits until the condition is true and gives its value; the last value when time is up."""
    limit = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < limit:
        threading.Event().wait(0.01)
    return value


# --- places ---------------------------------------------------------------------------------------


class Place:
    """A home, a folder `work` with a store in it, Jupyter folders with our kernelspec: temporary.

    The environment of this process is changed while the place is in use, because Jupyter's
    libraries look there.
    """

    def __init__(self, store=True, kernelspec=True):
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="rscn-"))
        self.work = self.make("work")
        self.store = os.path.join(self.work, "rssd.db")
        self.kernels = []
        self.clients = []
        self.saved = dict(os.environ)
        changes = {
            "HOME": self.make("home"),
            "XDG_DATA_HOME": self.make("home/data"),
            "XDG_CONFIG_HOME": self.make("home/config"),
            "XDG_RUNTIME_DIR": self.make("run"),
            "JUPYTER_RUNTIME_DIR": self.make("run/jupyter"),
            "JUPYTER_CONFIG_DIR": self.make("home/jupyter-config"),
            "JUPYTER_DATA_DIR": self.make("home/jupyter-data"),
            "JUPYTER_PATH": os.path.join(self.path, "prefix", "share", "jupyter"),
            "IPYTHONDIR": self.make("home/ipython"),
            "TMPDIR": self.make("tmp"),
            "PYTHONWARNINGS": "ignore",
            "JUPYTER_PLATFORM_DIRS": "1",
        }
        os.environ.update(changes)
        for name in (
            "RSCN_STORE",
            "RSCN_NOTEBOOK",
            "RSCN_LOG",
            "JPY_SESSION_NAME",
            "JPY_PARENT_PID",
        ):
            os.environ.pop(name, None)
        tempfile.tempdir = None
        if store:
            self.rscn("init", self.work, check=True)
        if kernelspec:
            self.rscn("install", "--prefix", os.path.join(self.path, "prefix"), check=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for client in self.clients:
            client.close()
        for kernel in self.kernels:
            kernel.kill()
        os.environ.clear()
        os.environ.update(self.saved)
        tempfile.tempdir = None
        shutil.rmtree(self.path, ignore_errors=True)

    def make(self, folder):
        path = os.path.join(self.path, folder)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path

    def file(self, name, text=""):
        """Writes work/NAME, gives its path."""
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    # the program

    def rscn(self, *arguments, check=False, timeout=60, **options):
        result = subprocess.run(
            [RSCN, *arguments],
            cwd=self.work,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        if check and result.returncode != 0:
            raise RuntimeError(
                f"rscn {' '.join(arguments)}: status {result.returncode}\n{result.stderr}"
            )
        return result

    def objects(self, *arguments):
        return [json.loads(line) for line in self.rscn(*arguments, check=True).stdout.splitlines()]

    def log(self, *arguments):
        """What ran, silent executions too, oldest first."""
        return self.objects("log", "--all", "--json", "--store", self.store, *arguments)[::-1]

    def show(self, execution):
        return self.objects("show", execution, "--json", "--store", self.store)[0]

    def runs(self, *arguments):
        return self.objects("runs", "--json", "--store", self.store, *arguments)[::-1]

    def states(self):
        return [row["state"] for row in self.log()]

    def by_code(self):
        """The executions with their code, oldest first: pairs of code and what `rscn show` says."""
        return [(one["code"], one) for one in (self.show(row["execution"]) for row in self.log())]

    def sql(self, query, *values):
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=PATIENCE)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def leftovers(self):
        """Processes that run the kernel with a file of this place."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read()
            except OSError:
                continue
            if (
                os.fsencode(self.path) in line
                and b"kernel" in line.split(b"\0")
                and int(pid) != os.getpid()
            ):
                found.append((int(pid), line))
        return found

    # kernels and clients

    def kernel(self, **options):
        kernel = Kernel(self, **options)
        self.kernels.append(kernel)
        return kernel

    def manager(self, **options):
        """A started KernelManager of jupyter_client and its client, ready."""
        from jupyter_client.manager import KernelManager

        manager = KernelManager(kernel_name="rscn", **options)
        for name, port in zip(CHANNELS, free_ports()):
            setattr(manager, name + "_port", port)
        manager.start_kernel(cwd=self.work, stderr=open(os.path.join(self.path, "stderr"), "ab"))
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        atexit.register(manager.shutdown_kernel, now=True)
        return manager, client


CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


# Below the range that the system gives to outgoing connections, so that none takes a port between
# its
# choice and its use; a part of it for each process, as tests run side by side.
_next_port = 10000 + os.getpid() % 220 * 100


def free_ports(count=5):
    global _next_port
    ports = []
    while len(ports) < count:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", _next_port))
                ports.append(_next_port)
            except OSError:
                pass  # taken
        _next_port = _next_port + 1 if _next_port < 32000 else 10000
    return ports


def connection(transport="tcp", key=None, ip=None, **more):
    """The content of a connection file."""
    made = {name + "_port": port for name, port in zip(CHANNELS, free_ports())}
    made.update(
        ip=ip or "127.0.0.1",
        transport=transport,
        signature_scheme="hmac-sha256",
        kernel_name="rscn",
        key=uuid.uuid4().hex if key is None else key,
    )
    made.update(more)
    return made


class Kernel:
    """A kernel process started by hand, with a connection file of its own."""

    def __init__(
        self,
        place,
        connection_info=None,
        args=(),
        env=None,
        wait=True,
        file=None,
        command=None,
        cwd=None,
        **options,
    ):
        self.place = place
        self.info = connection_info or connection()
        self.file = file or os.path.join(place.path, "run", f"kernel-{uuid.uuid4().hex}.json")
        if connection_info is not None or not file:
            with open(self.file, "w", encoding="utf-8") as out:
                json.dump(self.info, out)
        self.errors = self.file + ".stderr"
        self.command = (command or [RSCN]) + ["kernel", "-f", self.file, *args]
        self.env = {**os.environ, "JPY_PARENT_PID": str(os.getpid()), **(env or {})}
        self.env = {name: value for name, value in self.env.items() if value is not None}
        self.options = dict(
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=cwd or place.work, **options
        )
        self.start()
        if wait:
            self.ready()

    def start(self):
        options = dict(self.options)
        options.setdefault("stderr", open(self.errors, "ab"))
        self.process = subprocess.Popen(
            self.command, env=self.env, start_new_session=True, **options
        )
        if hasattr(options["stderr"], "close"):
            options["stderr"].close()
        self.pid = self.process.pid

    def ready(self):
        """Waits for an answer."""
        client = Client(self, iopub=False)
        try:
            client.request("kernel_info_request", channel="control")
        finally:
            client.close()
        return self

    def restart(self):
        """A new process with the same connection file; its clients have joined it again."""
        clients = [
            client
            for client in self.place.clients
            if client.kernel is self and "iopub" in client.sockets
        ]
        for client in clients:
            client.drain("iopub")
            client.backlog["iopub"] = []
        self.start()
        self.ready()
        for client in clients:
            client.wait("iopub", lambda message: message["msg_type"] == "iopub_welcome")
        return self

    def client(self, **options):
        client = Client(self, **options)
        self.place.clients.append(client)
        return client

    def stderr(self):
        with open(self.errors, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, timeout=PATIENCE):
        """Status and the seconds it took."""
        start = time.monotonic()
        status = self.process.wait(timeout)
        return status, time.monotonic() - start

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait()

    def shutdown(self):
        """An orderly end; gives the status."""
        if self.alive():
            client = Client(self, iopub=False)
            client.send("shutdown_request", {"restart": False}, channel="control")
            status, _ = self.wait()
            client.close()
            return status
        return self.process.returncode

    def rss(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- a client by hand -----------------------------------------------------------------------------


def dumps(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=True).encode("utf-8")


def sign(key, frames):
    if not key:
        return b""
    mac = hmac.new(key.encode(), digestmod=hashlib.sha256)
    for frame in frames:
        mac.update(frame)
    return mac.hexdigest().encode()


class Timeout(Exception):
    pass


class Result:
    """A reply and what was published for the request, from busy to idle."""

    def __init__(self, reply, published):
        self.reply = reply
        self.content = reply["content"]
        self.published = published
        self.status = self.content.get("status")

    def types(self):
        return [
            (
                message["msg_type"]
                if message["msg_type"] != "status"
                else message["content"]["execution_state"]
            )
            for message in self.published
        ]

    def contents(self, msg_type):
        return [message["content"] for message in self.published if message["msg_type"] == msg_type]

    def text(self):
        """All that a person would see as text."""
        parts = []
        for message in self.published:
            content = message["content"]
            if message["msg_type"] == "stream":
                parts.append(content["text"])
            elif message["msg_type"] in ("display_data", "execute_result"):
                parts.append(content["data"].get("text/plain", ""))
            elif message["msg_type"] == "error":
                parts.append(f"{content['ename']}: {content['evalue']}")
        return "\n".join(parts)


class Client:
    def __init__(self, kernel, iopub=True, session=None, topic=b""):
        self.info = kernel.info if isinstance(kernel, Kernel) else kernel
        self.kernel = kernel if isinstance(kernel, Kernel) else None
        self.key = self.info["key"]
        self.session = session or uuid.uuid4().hex
        self.context = zmq.Context.instance()
        self.sockets = {}
        self.backlog = {name: [] for name in CHANNELS}
        for name in ("shell", "control", "stdin"):
            self.sockets[name] = self.connect(name, zmq.DEALER)
        if iopub:
            self.sockets["iopub"] = self.connect("iopub", zmq.SUB)
            self.sockets["iopub"].setsockopt(zmq.SUBSCRIBE, topic)
            self.welcome = self.receive("iopub")

    def connect(self, channel, kind, **options):
        made = self.context.socket(kind)
        made.linger = 0
        made.rcvhwm = made.sndhwm = 0
        for name, value in options.items():
            setattr(made, name, value)
        port = self.info[channel + "_port"]
        if self.info["transport"] == "ipc":
            made.connect(f"ipc://{self.info['ip']}-{port}")
        else:
            made.connect(f"tcp://{self.info['ip']}:{port}")
        return made

    def close(self):
        for made in self.sockets.values():
            made.close(0)
        self.sockets = {}

    # sending

    def header(self, msg_type, **changes):
        made = {
            "msg_id": uuid.uuid4().hex,
            "session": self.session,
            "username": "tester",
            "version": "5.4",
            "date": datetime.now(timezone.utc).isoformat(),
            "msg_type": msg_type,
        }
        made.update(changes)
        return made

    def frames(self, msg_type, content=None, metadata=None, parent=None, **header):
        """The four JSON frames and the msg_id."""
        head = self.header(msg_type, **header)
        return [
            dumps(head),
            dumps(parent or {}),
            dumps(metadata or {}),
            dumps({} if content is None else content),
        ], head["msg_id"]

    def send_frames(self, frames, channel="shell", signature=None, extra=()):
        signature = sign(self.key, frames) if signature is None else signature
        self.sockets[channel].send_multipart([DELIMITER, signature, *frames, *extra])

    def send(self, msg_type, content=None, channel="shell", metadata=None, parent=None, **header):
        frames, msg_id = self.frames(msg_type, content, metadata, parent, **header)
        self.send_frames(frames, channel)
        return msg_id

    # receiving

    def receive(self, channel, timeout=PATIENCE):
        """The next message of a channel, checked; raises Timeout."""
        if not self.sockets[channel].poll(max(0, int(timeout * 1000))):
            if self.kernel and not self.kernel.alive():
                raise Timeout(
                    f"{channel}: the kernel ended with {self.kernel.process.returncode}:\n"
                    + self.kernel.stderr()[-4000:]
                )
            raise Timeout(f"nothing on {channel} for {timeout} s")
        frames = self.sockets[channel].recv_multipart()
        at = frames.index(DELIMITER)
        if sign(self.key, frames[at + 2 : at + 6]).decode() != frames[at + 1].decode():
            raise AssertionError(f"{channel}: a wrong signature of the kernel")
        header, parent, metadata, content = (json.loads(frame) for frame in frames[at + 2 : at + 6])
        return {
            "header": header,
            "msg_type": header["msg_type"],
            "parent": parent,
            "metadata": metadata,
            "content": content,
            "identities": frames[:at],
            "at": time.monotonic(),
        }

    def wait(self, channel, wanted, timeout=PATIENCE):
        """The first message that `wanted` takes; others are kept for later."""
        for i, message in enumerate(self.backlog[channel]):
            if wanted(message):
                return self.backlog[channel].pop(i)
        limit = time.monotonic() + timeout
        while True:
            message = self.receive(channel, limit - time.monotonic())
            if wanted(message):
                return message
            self.backlog[channel].append(message)

    def reply(self, msg_id, channel="shell", timeout=PATIENCE):
        return self.wait(
            channel, lambda message: message["parent"].get("msg_id") == msg_id, timeout
        )

    def published(self, msg_id, timeout=PATIENCE):
        """Everything on iopub for a request, up to its idle."""
        found = []
        while True:
            message = self.wait(
                "iopub", lambda message: message["parent"].get("msg_id") == msg_id, timeout
            )
            found.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return found

    def wait_published(self, msg_id, msg_type, timeout=PATIENCE):
        return self.wait(
            "iopub",
            lambda message: message["parent"].get("msg_id") == msg_id
            and message["msg_type"] == msg_type,
            timeout,
        )

    def drain(self, channel):
        """All that lies there now."""
        found = self.backlog[channel]
        self.backlog[channel] = []
        while self.sockets[channel].poll(0):
            found.append(self.receive(channel))
        return found

    # requests

    def request(self, msg_type, content=None, channel="shell", timeout=PATIENCE, **more):
        msg_id = self.send(msg_type, content, channel, **more)
        return self.reply(msg_id, channel, timeout)["content"]

    def start(self, code, metadata=None, **content):
        """Sends an execute_request; gives its msg_id."""
        full = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        full.update(content)
        return self.send("execute_request", full, metadata=metadata)

    def finish(self, msg_id, timeout=PATIENCE):
        reply = self.reply(msg_id, timeout=timeout)
        return Result(reply, self.published(msg_id, timeout) if "iopub" in self.sockets else [])

    def execute(self, code, timeout=PATIENCE, **more):
        return self.finish(self.start(code, **more), timeout)

    def interrupt(self):
        return self.request("interrupt_request", channel="control")


def user_name():
    """The login of the real uid, as the record names it."""
    return pwd.getpwuid(os.getuid()).pw_name


# A test that is killed must not leave kernels behind.
signal.signal(signal.SIGTERM, lambda *unused: sys.exit(1))
