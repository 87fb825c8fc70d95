# SPDX-License-Identifier: Apache-2.0
"""import: `rscn import` of a folder beside SQLite's own insert rate of the same bytes; prints rows of a Markdown table.

    import.py PROGRAMS WORK

PROGRAMS is the folder of the build; everything is made in WORK, on the disk that is measured. Both sides read the files,
commit durably as they go, and end with a checkpoint; times are of whole processes, the median of ROUNDS in turn.
"""
import json
import os
import random
import statistics
import subprocess
import sys
import time

SMALL = int(os.environ.get("NOTEBOOKS", "10000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
LARGE_BYTES = 80 << 20


def source(numbers, lines):
    return [f"SELECT a{numbers.randrange(10 ** 6)}, b FROM t{numbers.randrange(100)}\n" for _ in range(lines)]


def notebook(number, cells, output_bytes):
    """A notebook of the median size of real ones: 14 kB (N-77) with 12 cells and outputs of 900 bytes."""
    numbers = random.Random(number)
    made = []
    for i in range(cells):
        text = "".join(f"{numbers.random()}\n" for _ in range(output_bytes // 19))
        made.append({"cell_type": "code", "execution_count": i + 1, "id": f"{number:x}-{i}", "metadata": {},
                     "outputs": [{"name": "stdout", "output_type": "stream", "text": text.splitlines(True)}],
                     "source": source(numbers, 2)})
    return {"cells": made, "metadata": {"kernelspec": {"display_name": "SQL (rscn)", "name": "rscn"}},
            "nbformat": 4, "nbformat_minor": 5}


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True)
        file.write("\n")


def make_folders(work):
    """One folder of each kind."""
    for name, count, cells, output in (("small", SMALL, 2, 0), ("median", SMALL // 5, 12, 900)):
        os.mkdir(os.path.join(work, name))
        for number in range(count):
            write(os.path.join(work, name, f"{number:05}.ipynb"), notebook(number, cells, output))
    os.mkdir(os.path.join(work, "large"))
    large = notebook(1, 2000, 9500)
    large["cells"][0]["outputs"] = [{"output_type": "display_data", "metadata": {},
                                     "data": {"image/png": "iVBORw0KGgo" * (LARGE_BYTES // 11)}}]
    write(os.path.join(work, "large", "large.ipynb"), large)


def timed(command, text=b""):
    """Seconds, and the most memory that it had in MiB."""
    start = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        process.stdin.write(text)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def once(programs, work, name, files, number):
    store = os.path.join(work, f"store-{name}-{number}")
    subprocess.run([f"{programs}/rscn", "init", store], check=True, stdout=subprocess.DEVNULL)
    names = ("\n".join(files) + "\n").encode()
    floor, _ = timed([f"{programs}/tests/bench/insert_floor", f"{store}/floor.db"], names)
    first, memory = timed([f"{programs}/rscn", "import", "--quiet", "--store", f"{store}/rssd.db", os.path.join(work, name)])
    again, _ = timed([f"{programs}/rscn", "import", "--quiet", "--store", f"{store}/rssd.db", os.path.join(work, name)])
    subprocess.run(["rm", "-rf", store], check=True)
    return floor, first, again, memory


def main():
    programs, work = sys.argv[1], sys.argv[2]
    if programs == "make":
        make_folders(work)
        return
    # Not here: a child's peak of memory begins with what its parent had.
    subprocess.run([sys.executable, __file__, "make", work], check=True)
    print("| import of a folder, durable | SQLite's INSERT | rscn import | ratio | again, unchanged | memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in ("small", "median", "large"):
        files = sorted(entry.path for entry in os.scandir(os.path.join(work, name)))
        mib = sum(os.path.getsize(path) for path in files) / (1 << 20)
        rounds = [once(programs, work, name, files, number) for number in range(ROUNDS)]
        floor, first, again, memory = (statistics.median(values) for values in zip(*rounds))
        count = len(files)
        print(f"| {count} {name}, {mib:.0f} MiB | {count / floor:.0f}/s, {mib / floor:.0f} MiB/s | "
              f"{count / first:.0f}/s, {mib / first:.0f} MiB/s | {first / floor:.2f} | {count / again:.0f}/s | "
              f"{memory:.0f} MiB, {memory / mib:.2f} times |", flush=True)


main()
