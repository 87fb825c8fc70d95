# SPDX-License-Identifier: Apache-2.0
"""measure PROGRAMS FOLDER [KERNEL=CODE...]: runs the benchmark's programs, which are in the folder
PROGRAMS, on stores in FOLDER, and prints one table. Called by tests/bench/run, which says what is
measured.
"""

import json
import os
import shlex
import statistics
import subprocess
import sys
import time

import nbformat
from jupyter_client.kernelspec import KernelSpecManager

CELLS = 100
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def setting(name, default):
    return int(os.environ.get(name, default))


class Kernel:
    def __init__(self, name, code, argv, mode, endless="-", unfinished="-"):
        self.name, self.code, self.argv, self.mode = name, code, argv, mode
        self.endless, self.unfinished = endless, unfinished

    def client_arguments(self, folder=None):
        words = ['"$CONNECTION_FILE"' if "{connection_file}" in w else shlex.quote(w) for w in self.argv]
        command = (f"cd {shlex.quote(folder)} && " if folder else "") + "exec " + " ".join(words)
        return [self.name, self.code, self.endless, self.unfinished, self.mode, command]

    def write_spec(self, folder):
        """A kernelspec for nbconvert; gives its name."""
        name = f"bench-{self.name}"
        os.makedirs(os.path.join(folder, "kernels", name))
        spec = {
            "argv": self.argv,
            "display_name": name,
            "language": "x",
            "interrupt_mode": self.mode,
        }
        with open(os.path.join(folder, "kernels", name, "kernel.json"), "w", encoding="utf-8") as out:
            json.dump(spec, out)
        return name


def named(text):
    """A kernel that is installed on this machine: NAME=CODE."""
    name, _, code = text.partition("=")
    spec = KernelSpecManager().get_kernel_spec(name)
    return Kernel(name, code, spec.argv, spec.interrupt_mode)


def kernels(programs, folder, others):
    floor = [os.path.join(programs, "tests/bench/floor"), "{connection_file}", folder + "/floor.db"]
    rscn = [os.path.join(programs, "rscn"), "kernel", "-f", "{connection_file}"]
    ipykernel = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return [
        Kernel("floor", "SELECT 1", floor, "message"),
        Kernel("rscn", "SELECT 1", rscn, "message", ENDLESS, "SELECT * FROM rscn_e"),
        Kernel("ipykernel", "1", ipykernel, "signal", "while True: pass", "import os; os.pa"),
        *others,
    ]


def run_client(programs, folder, all_kernels):
    numbers = [
        setting("ROUNDS", 8),
        setting("TRIPS", 250),
        setting("PIPELINED", 1000),
        setting("STARTS", 7),
    ]
    arguments = [word for kernel in all_kernels for word in kernel.client_arguments()]
    full = os.path.join(folder, "full")
    if os.path.isdir(full):
        rscn = all_kernels[1]
        after = Kernel(f"+after {setting('FILL', 1000000)} executions", rscn.code, rscn.argv, "message")
        arguments += after.client_arguments(full)
    command = [os.path.join(programs, "tests/bench/client"), folder, *map(str, numbers), *arguments]
    subprocess.run(command, check=True)


def run_nbconvert(folder, all_kernels):
    """The median seconds for a notebook of 100 cells, each kernel in turn."""
    times = {kernel.name: [] for kernel in all_kernels}
    for kernel in all_kernels:
        cells = [nbformat.v4.new_code_cell(kernel.code) for _ in range(CELLS)]
        made = nbformat.v4.new_notebook(cells=cells)
        name = kernel.write_spec(os.path.join(folder, "jupyter"))
        made.metadata.kernelspec = {"name": name, "display_name": name, "language": "x"}
        nbformat.write(made, os.path.join(folder, kernel.name + ".ipynb"))
    for _ in range(setting("CONVERSIONS", 5)):
        for kernel in all_kernels:
            start = time.monotonic()
            subprocess.run(
                [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute"]
                + ["--output", kernel.name + "-done.ipynb", f"{folder}/{kernel.name}.ipynb"],
                check=True,
                stderr=subprocess.DEVNULL,
            )
            times[kernel.name].append(time.monotonic() - start)
    return [statistics.median(times[kernel.name]) for kernel in all_kernels]


def main():
    programs, folder = sys.argv[1], sys.argv[2]
    # Kernels of the machine are found where they are; nothing of a run is left in a home.
    all_kernels = kernels(programs, folder, [named(text) for text in sys.argv[3:]])
    os.environ.update(
        HOME=folder,
        IPYTHONDIR=folder + "/ipython",
        JUPYTER_RUNTIME_DIR=folder,
        JUPYTER_PATH=folder + "/jupyter",
    )
    run_client(programs, folder, all_kernels)
    columns = len(all_kernels)
    rendering = subprocess.run(
        [os.path.join(programs, "tests/bench/render_floor")],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()
    name, floor, rscn, ratio, goal = [part.strip() for part in rendering.strip("|").split("|")]
    print("|", " | ".join([name, floor, rscn] + ["-"] * (columns - 2) + [ratio, goal]), "|")
    medians = run_nbconvert(folder, all_kernels)
    values = [f"{value:.2f}" for value in medians] + [f"{medians[1] / medians[0]:.2f}"]
    print("|", " | ".join([f"nbconvert of {CELLS} cells, s", *values, "≤ any peer's"]), "|")


main()
