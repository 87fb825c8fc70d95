#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""json_property: generated JSON texts, whole and damaged, and numbers, read and written by rscn and
by Python's json: the same are refused, at the same line, and canonical texts are the same bytes
(N-19 to N-21, N-31, N-33). RSCN_SEED=N repeats a run or tries another.
"""

import json
import os
import random
import re
import struct
import subprocess

from harness import note, ok, run

TOOL = os.path.join(os.environ["BUILDDIR"], "tests", "unit", "model", "notebook_tool")
TEXTS = 9_000
NUMBERS = 100_000
SURROGATE = re.compile("[\ud800-\udfff]")
DAMAGE = b'[]{}",:\\ue0-+.1 nN\n\x1f\x7f\xff\xed\xc0\x80'
KEYS = ['"a"', '"b"', '"ab"', '"\\u0061"', '""', '"a\\n"', '"\U0001d11e"', '"\uffee"']
WORDS = ["null", "true", "false", "NaN", "-Infinity", "Infinity"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def real(self):
        """A number near to what is hard: many digits, powers of two, other people's layout."""
        pick = self.random
        value = pick.uniform(-1, 1) * 10.0 ** pick.randint(-8, 18)
        bits = struct.unpack("<d", struct.pack("<Q", pick.getrandbits(64)))[0]
        return pick.choice([
            lambda: repr(value), lambda: repr(bits), lambda: f"{value:.17g}",
            lambda: f"{value:.16g}", lambda: f"{value:.{pick.randint(0, 20)}e}",
            lambda: f"{value:.{pick.randint(1, 20)}f}",
            lambda: repr(2.0 ** pick.randint(-1074, 1023)),
            lambda: repr(float(pick.randint(2**52, 10**17))),
            lambda: f"{pick.randint(0, 10**9)}.{pick.randint(0, 10**17)}",
            lambda: f"0.{pick.randint(0, 10**9)}E{pick.randint(-30, 30)}",
            lambda: str(pick.randint(-(10**25), 10**25)),
        ])()  # fmt: skip

    def number(self):
        while True:
            text = self.real()
            try:
                json.loads(text)
                return text
            except ValueError:  # inf, nan, 1e5 written as 1+05 …
                continue

    def character(self):
        pick = self.random
        return pick.choice([
            lambda: chr(pick.randint(97, 122)), lambda: chr(pick.randint(97, 122)) * 9,
            lambda: "\\" + pick.choice('nrtbf"\\/'),
            lambda: f"\\u{pick.choice([pick.randint(0, 32), pick.randint(0, 65535)]):04x}",
            lambda: f"\\u{pick.randint(0xD700, 0xE000):04X}", lambda: "\\ud83d\\ude00",
            lambda: chr(pick.choice([0x7F, 0xE9, 0x2028, 0xFFFD, 0x1D11E])),
        ])()  # fmt: skip

    def string(self):
        count = self.random.choice([0, 1, 3, 8, 20])
        return '"' + "".join(self.character() for _ in range(count)) + '"'

    def blank(self):
        return self.random.choice(["", "", "", "", " ", "\n", "\n ", "\r\n", "\t"])

    def value(self, depth=0):
        kind = self.random.random()
        if depth > 4 or kind < 0.3:
            return self.string()
        if kind < 0.5:
            return self.number()
        if kind < 0.6:
            return self.random.choice(WORDS)
        items = []
        for _ in range(self.random.randint(0, 5)):
            key = self.random.choice([*KEYS, self.string()]) + self.blank() + ":" + self.blank()
            items.append(self.blank() + (key if kind < 0.8 else "") + self.value(depth + 1))
        content = ",".join(item + self.blank() for item in items) or self.blank()
        return "{" + content + "}" if kind < 0.8 else "[" + content + "]"

    def damaged(self, content):
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randrange(len(content) + 1)
            new = bytes([self.random.choice(DAMAGE)]) if self.random.random() < 0.7 else b""
            content = content[:at] + new + content[at + self.random.randint(0, 1):]
        return content


def canonical(content):
    """The canonical text, or None and the line of the fault (0: unknown)."""
    try:
        text = json.dumps(json.loads(content.decode()), indent=1, sort_keys=True,
                          ensure_ascii=False)  # fmt: skip
    except json.JSONDecodeError as error:
        return None, error.lineno
    except UnicodeDecodeError:
        return None, 0
    return SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode(), 0


def ask_rscn(contents):
    asked = b"".join(b"%d\n%b" % (len(content), content) for content in contents)
    output = subprocess.run([TOOL, "json"], input=asked, stdout=subprocess.PIPE, check=True).stdout
    at = 0
    for _ in contents:
        end = output.index(b"\n", at)
        word, size = output[at:end].split()
        at = end + 1 + int(size)
        yield word.decode(), output[end + 1:at]


def compare(contents):
    wrong, refused = [], 0
    for content, (word, text) in zip(contents, ask_rscn(contents), strict=True):
        expected, line = canonical(content)
        refused += expected is None
        right = text == expected if expected is not None else word == "refused"
        if word == "refused" and line:
            right = right and text.startswith(b"line %d, " % line)
        if not right:
            wrong.append(f"{content!r:.2000}\n{text!r:.2000}\n{expected!r:.2000} {line}")
    note(f"{len(contents)} texts, {refused} refused")
    return wrong, refused


def generator():
    seed = int(os.environ.get("RSCN_SEED", "1"))
    note(f"RSCN_SEED={seed}")
    return Generator(seed)


def test_texts():
    make = generator()
    contents = []
    for _ in range(TEXTS // 3):
        content = (make.blank() + make.value() + make.blank()).encode()
        contents += [content, make.damaged(content)]
        written = canonical(content)[0]
        contents.append(make.damaged(written) if make.random.random() < 0.5 else written)
    wrong, refused = compare(contents)
    ok("some are refused, some not", TEXTS / 10 < refused < TEXTS / 2)
    ok(f"{TEXTS} texts: the same bytes, the same refused", not wrong,
       f"{len(wrong)} differ\n" + "\n".join(wrong[:5]))  # fmt: skip


def test_numbers():
    make = generator()
    numbers = [make.number() for _ in range(NUMBERS)]
    [(_, text)] = ask_rscn(["[{}]".format(",".join(numbers)).encode()])
    written = text.decode()[3:-2].split(",\n ")
    wrong = [f"{number}: {got}" for number, got in zip(numbers, written, strict=True)
             if got != json.dumps(json.loads(number))]  # fmt: skip
    ok(f"{NUMBERS} numbers as Python writes them", not wrong, "\n".join(wrong[:5]))


run(test_texts, test_numbers)
