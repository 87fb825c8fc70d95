# SPDX-License-Identifier: Apache-2.0
"""frontend: Jupyter servers and their pages in a headless Chromium, driven by Playwright.

One class per kind of page with the same methods, so that one story can be told to all of them.
Everything waits for a condition with a deadline. The page's own model is asked where its DOM may
be late or empty (FE-26, FE-32, FE-33). A test module must import this one first: it skips the whole
test when RSCN_BROWSER names no Chromium.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jupyter"))

CHROMIUM = os.environ.get("RSCN_BROWSER")
if not CHROMIUM:
    print("1..0 # SKIP RSCN_BROWSER names no Chromium (tools/check does)")
    sys.exit(0)

from playwright.sync_api import Error, sync_playwright  # noqa: E402

from harness import PATIENCE, free_ports, note, until  # noqa: E402

# A page under load, beside a kernel with sanitizers, on a slow machine.
PATIENCE_PAGE = 2 * PATIENCE
TOKEN = "t"
# Without a sandbox because root has none (FE-2); /dev/shm is small in containers.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The settings of JupyterLab that keep its toast about news out of the way (FE-12).
NOTIFICATION = ("@jupyterlab", "apputils-extension", "notification.jupyterlab-settings")


class Server:
    """A Jupyter server whose root is the place's work folder."""

    def __init__(self, place, command):
        (port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{port}"
        self.log = os.path.join(place.path, "server.log")
        settings = os.path.join(
            os.environ["JUPYTER_CONFIG_DIR"], "lab", "user-settings", *NOTIFICATION
        )
        os.makedirs(os.path.dirname(settings), exist_ok=True)
        with open(settings, "w", encoding="utf-8") as file:
            json.dump({"fetchNews": "false", "checkForUpdates": False}, file)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [part.format(port=port, token=TOKEN, root=place.work) for part in command],
                cwd=place.work,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not until(self.is_up, PATIENCE_PAGE):
            self.stop()
            raise RuntimeError("the server does not answer:\n" + self.tail())

    def is_up(self):
        if self.process.poll() is not None:
            raise RuntimeError("the server ended:\n" + self.tail())
        with contextlib.suppress(OSError):
            return bool(self.get("/api/status"))
        return False

    def get(self, path):
        request = urllib.request.Request(
            self.address + path, headers={"Authorization": "token " + TOKEN}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def kernel_states(self):
        """What the server takes its kernels for."""
        return [kernel["execution_state"] for kernel in self.get("/api/kernels")]

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]

    def stop(self):
        """SIGTERM: it shuts its kernels down (FE-10)."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Page:
    """A notebook in a tab. Cells are counted from 0, code cells only."""

    path = None  # of the address, before the notebook's name

    def __init__(self, server, context, notebook):
        self.server = server
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_PAGE * 1000)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(f"{server.address}{self.path}{notebook}?token={TOKEN}")
        self.until(self.READY)

    def close(self):
        self.page.close()

    def ask(self, expression, *arguments):
        """The value of a JavaScript function."""
        return self.page.evaluate(expression, list(arguments))

    def until(self, expression, *arguments):
        self.page.wait_for_function(expression, arg=list(arguments))

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    # texts and outputs

    def text(self, cell):
        return self.ask(self.CODE_CELLS + self.SOURCE, cell)

    def outputs(self, cell):
        """The outputs as nbformat has them, from the page's model."""
        return self.ask(self.CODE_CELLS + self.OUTPUTS, cell)

    def shown(self, cell):
        """All that a person would see as text below a cell."""
        return "\n".join(output_text(output) for output in self.outputs(cell))

    def prompts(self):
        return [
            text.strip().removeprefix("In").strip(" [](:)\xa0")
            for text in self.page.locator(self.CELLS + " " + self.PROMPT).all_text_contents()
        ]

    def cell(self, cell):
        """Its element."""
        return self.page.locator(self.CELLS).nth(cell)

    def edit(self, cell, text, typed=""):
        """Makes the cell's text `text`, as one paste, then types `typed` key by key (FE-28)."""
        self.cell(cell).locator(self.EDITOR).click()
        self.press("Control+a", "Delete")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.type(typed)
        if not until(lambda: self.text(cell) == text + typed):
            raise RuntimeError(f"cell {cell} has {self.text(cell)!r}, not {text + typed!r}")

    def idle(self):
        self.until(self.READY)

    def completions(self):
        """Tab: what is offered. An answer may come too late for the page (FE-35): then again."""
        items = self.page.locator(self.COMPLETIONS)
        for _ in range(3):
            self.press("Tab")
            if until(items.count, PATIENCE_PAGE / 6):
                return items.all_text_contents()
        return []

    def inspection(self):
        """Shift+Tab: the text of the tooltip, which is closed again."""
        self.press("Shift+Tab")
        found = until(lambda: self.ask(self.TOOLTIP), PATIENCE_PAGE)
        self.press("Escape")
        return found

    def colours(self, cell):
        """The pieces of a cell's text that are marked by the highlighter, with their colour."""
        return {
            text: colour
            for text, colour in self.cell(cell)
            .locator(self.EDITOR + " span")
            .evaluate_all("""spans => spans.map(
                    span => [span.textContent.trim(), getComputedStyle(span).color])""")
        }


class LabPage(Page):
    """JupyterLab 4 and Notebook 7: the same selectors and the same model."""

    SENDS_CELL_ID = True
    COMPLETES_WHILE_BUSY = True
    READY = """() => {
        const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
        return Boolean(context && context.isReady && context.kernelDisplayStatus === "idle" &&
            context.session?.kernel?.connectionStatus === "connected" &&
            document.querySelector('.jp-Notebook-ExecutionIndicator[data-status="idle"]'));
    }"""
    CODE_CELLS = (
        "([cell]) => window.jupyterapp.shell.currentWidget.content.widgets"
        ".filter(widget => widget.model.type === 'code')[cell]"
    )
    SOURCE = ".model.sharedModel.source"
    OUTPUTS = ".model.outputs.toJSON()"
    CELLS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell"
    PROMPT = ".jp-InputPrompt"
    EDITOR = ".cm-content"
    COMPLETIONS = ".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item .jp-Completer-match"
    TOOLTIP = """() => {
        const tip = document.querySelector(".jp-Tooltip");
        return tip && tip.checkVisibility() ? tip.textContent : "";
    }"""

    def menu(self, name, command):
        self.page.locator(f'.lm-MenuBar-itemLabel:text-is("{name}")').click()
        self.page.locator(f'.lm-Menu-item[data-command="{command}"]').click()

    def run_all(self):
        self.menu("Run", "runmenu:run-all")

    def interrupt(self):
        self.menu("Kernel", "kernelmenu:interrupt")

    def restart(self):
        """Restart, and clear so that old numbers are not taken for new ones (FE-30)."""
        self.menu("Kernel", "kernelmenu:restart-and-clear")
        self.page.locator(".jp-Dialog button.jp-mod-accept").click()
        if not until(lambda: not any(self.prompts()), PATIENCE_PAGE):
            raise RuntimeError(f"not cleared: {self.prompts()}")
        self.idle()

    def status(self):
        return self.ask(
            "() => document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status"
        )


class Lab(LabPage):
    name = "JupyterLab"
    path = "/lab/tree/"
    command = (
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--IdentityProvider.token={token}", "--ServerApp.root_dir={root}"),
        "--LabApp.expose_app_in_browser=True",
    )


class Notebook7(LabPage):
    name = "Notebook"
    path = "/notebooks/"
    command = (
        *(sys.executable, "-m", "notebook", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--IdentityProvider.token={token}", "--ServerApp.root_dir={root}"),
        "--JupyterNotebookApp.expose_app_in_browser=True",
    )


class Classic(Page):
    """The classic Notebook 6.4, as Debian has it."""

    name = "Notebook"
    path = "/notebooks/"
    command = (
        *("/usr/bin/python3", "-m", "notebook", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", "--port={port}", "--port-retries=0"),
        *("--NotebookApp.token={token}", "--NotebookApp.notebook_dir={root}"),
    )
    SENDS_CELL_ID = False
    COMPLETES_WHILE_BUSY = False  # its completer asks no kernel that is busy
    READY = """() => {
        const kernel = window.Jupyter?.notebook?.kernel;
        return Boolean(kernel && kernel.is_connected() && kernel.info_reply.status === "ok" &&
            document.querySelector("#kernel_indicator_icon.kernel_idle_icon"));
    }"""
    CODE_CELLS = (
        "([cell]) => Jupyter.notebook.get_cells().filter(one => one.cell_type === 'code')[cell]"
    )
    SOURCE = ".get_text()"
    OUTPUTS = ".output_area.toJSON()"
    CELLS = "#notebook-container .code_cell"
    PROMPT = ".input_prompt"
    EDITOR = ".CodeMirror-lines"
    COMPLETIONS = "#complete option"
    TOOLTIP = """() => {
        const tip = document.querySelector("#tooltip");
        return tip && tip.checkVisibility() ? tip.textContent : "";
    }"""

    def menu(self, name, entry):
        self.page.locator(name).click()
        self.page.locator(entry + " a").click()

    def run_all(self):
        self.menu("#celllink", "#run_all_cells")

    def interrupt(self):
        self.menu("#kernellink", "#int_kernel")

    def restart(self):
        self.menu("#kernellink", "#restart_clear_output")
        self.page.locator(".modal.in button.btn-danger").click()
        if not until(lambda: not any(self.prompts()), PATIENCE_PAGE):
            raise RuntimeError(f"not cleared: {self.prompts()}")
        self.idle()

    def status(self):
        return self.ask(
            "() => /kernel_(\\w+)_icon/.exec("
            "document.querySelector('#kernel_indicator_icon').className)[1]"
        )


def output_text(output):
    """The text of an nbformat output; the plain form of what has several."""
    if output["output_type"] == "stream":
        text = output["text"]
    elif output["output_type"] == "error":
        text = f"{output['ename']}: {output['evalue']}"
    else:
        text = output["data"].get("text/plain", "")
    return "".join(text)


@contextlib.contextmanager
def browsing(place, kind, **viewport):
    """A server of that kind, and a function that opens a notebook in a new tab."""
    server = Server(place, kind.command)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            context = browser.new_context(viewport=viewport or {"width": 1200, "height": 800})
            try:
                yield server, lambda notebook: kind(server, context, notebook)
            except (Error, RuntimeError):
                for page in context.pages:
                    note(f"{page.url}:\n{page.inner_text('body')[:3000]}")
                note(server.tail())
                raise
            finally:
                browser.close()
    finally:
        server.stop()
