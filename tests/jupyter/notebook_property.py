#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""notebook_property: 10,000 generated notebooks, read, checked and written by rscn and by Python's
nbformat (N-60). Where nbformat can write one, the bytes are the same; both say valid or both
invalid; what nbformat reads is read. RSCN_SEED=N repeats a run or tries another.
"""

import json
import os
import random

from harness import note, ok, run
from notebook_compare import SURROGATE, ask_nbformat, ask_rscn, disagreement

COUNT = 10_000
BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
SNIPPETS = [
    "SELECT 1;", "a", "", " ", "x = 'y'", '"', "\\", "/", "\t", "\b", "\x00", "\x01", "\x1b[31m",
    "\x1f", "\x7f", "é", "\xa0", "Ω", "𝄞", "日本", "\u200b", "\ufeff", "%%sql", "# comment", "}",
]  # fmt: skip
NUMBERS = [
    "1E5", "1e15", "1.10", "1e16", "1e-4", "2.5e-7", "0.00001", "100000000000000000000.0", "-0",
    "-0.0", "1e400", "1e-400", "9007199254740993", "5e-324", "0.1", "-1", "0", "1", "1.0", "3",
    "12345678901234567890123", "NaN", "Infinity", "-Infinity", "1e22", "1.7976931348623157e308",
    "123456789.125", "4.35", "2.2250738585072014e-308", "1E+2", "-1.5e-10",
]  # fmt: skip
MIMES = [
    "text/plain", "text/html", "text/latex", "Text/plain", "text/", "image/png", "image/svg+xml",
    "application/javascript", "application/json", "application/vnd.x+json", "x/y+json",
    "application/+json", "application/pdf", "application/xml", "image/jpeg", "json",
]  # fmt: skip
V3_KEYS = ["text", "html", "svg", "png", "jpeg", "latex", "json", "javascript", "pdf",
           "text/plain", "x-y/z.a", "data", "foo"]  # fmt: skip


class Number(str):
    """A number as it is to be written."""


class Pairs(list):
    """Members of an object in their order, duplicates too."""

    def __init__(self, items=(), **members):
        super().__init__(items)
        self.extend(members.items())

    def __add__(self, other):
        return Pairs([*self, *other])


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def text(self, most=6):
        pick = self.random
        parts = []
        for _ in range(pick.randint(0, most)):
            parts.append(pick.choice(SNIPPETS))
            if self.chance(0.6):
                parts.append("\n" if self.chance(0.7) else pick.choice(BREAKS))
            if self.chance(0.004):
                parts.append(chr(pick.randint(0xD800, 0xDFFF)))
        return "".join(parts)

    def text_or_lines(self):
        text = self.text()
        kind = self.random.random()
        if kind < 0.5:
            return text.splitlines(True)
        if kind < 0.6:
            return [line for line in text.split("\n")]
        if kind < 0.7:
            return [self.text(2) for _ in range(self.random.randint(0, 4))]
        return text

    def value(self, depth=0):
        pick = self.random.random()
        if depth < 3 and pick < 0.12:
            return Pairs(
                (self.text(1), self.value(depth + 1)) for _ in range(self.random.randint(0, 4))
            )
        if depth < 3 and pick < 0.24:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 4))]
        if pick < 0.5:
            return Number(self.random.choice(NUMBERS))
        if pick < 0.75:
            return self.text(3)
        return self.random.choice([None, True, False, [], Pairs(), ""])

    def bundle(self):
        data = Pairs()
        for mime in self.random.sample(MIMES, self.random.randint(0, 4)):
            is_json = mime.startswith("application/") and mime.endswith("json")
            anything = self.chance(0.6 if is_json else 0.03)
            data.append((mime, self.value() if anything else self.text_or_lines()))
        return data

    def count(self):
        return self.random.choice([None, 1, 2, 77])

    def metadata(self):
        pick = self.random
        metadata = Pairs()
        for key, value in (
            ("trusted", lambda: pick.choice([True, False])),
            ("tags", lambda: pick.choice([[], ["a"], ["a", "b"], ["a", "a"], ["a,b"], [""], "a"])),
            ("name", lambda: pick.choice(["n", "", "a\nb", "a\n", "\n", 5])),
            ("collapsed", lambda: pick.choice([True, False, None, 1])),
            ("scrolled", lambda: pick.choice([True, False, "auto", "x", 0, Number("1.0"), 2])),
            ("jupyter", lambda: pick.choice([Pairs(), Pairs(source_hidden=True), 1, []])),
            ("format", lambda: pick.choice(["text/html", 1])),
            (
                "execution",
                lambda: pick.choice(
                    [Pairs([("iopub.status.busy", "t")]), Pairs([("x", 1)]), [], Pairs()]
                ),
            ),
            ("other", self.value),
        ):
            if self.chance(0.03):
                metadata.append((key, value()))
        return metadata

    # --- version 4 --------------------------------------------------------------------------------

    def output(self):
        kind = self.random.random()
        if kind < 0.35:
            return Pairs(output_type="stream", name="stdout", text=self.text_or_lines())
        if kind < 0.5:
            return Pairs(
                output_type="error",
                ename="E",
                evalue=self.text(1),
                traceback=[self.text(3) for _ in range(3)],
            )
        if kind < 0.7:
            return Pairs(
                output_type="execute_result",
                execution_count=self.count(),
                data=self.bundle(),
                metadata=Pairs(),
            )
        if kind < 0.93:
            return Pairs(
                output_type="display_data", data=self.bundle(), metadata=Pairs(image=self.value())
            )
        return Pairs(
            output_type=self.random.choice(["new", "", "Stream", "error", 1, None]),
            text=self.text_or_lines(),
            data=self.bundle(),
        )

    def cell(self, minor, number):
        pick = self.random
        kind = pick.choices(["code", "markdown", "raw", "new"], [6, 3, 1, 0.1])[0]
        cell = Pairs(cell_type=kind, metadata=self.metadata(), source=self.text_or_lines())
        if kind == "code":
            cell += Pairs(
                execution_count=self.count(),
                outputs=[self.output() for _ in range(pick.randint(0, 3))],
            )
        elif self.chance(0.2):
            cell += Pairs(attachments=Pairs((f"{i}.png", self.bundle()) for i in range(2)))
        if minor >= 5 and not self.chance(0.05):
            good = f"cell-{number}" if not self.chance(0.05) else "cell-0"
            cell += Pairs(
                id=(
                    good
                    if not self.chance(0.03)
                    else pick.choice(["", "é", "a b", "x" * 64, "x" * 65, None, 5, "abc\n"])
                )
            )
        elif self.chance(0.02):
            cell += Pairs(id="early")
        if self.chance(0.02):
            cell.append((pick.choice(["unknown", "source", "text", "rendered"]), self.value()))
        return self.shuffled(cell)

    def notebook(self):
        pick = self.random
        if self.chance(0.2):
            return self.v3_notebook()
        minor = pick.choice([0, 1, 2, 3, 4, 4, 4, 5, 5, 5, 7, 40])
        metadata = self.metadata()
        if self.chance(0.5):
            metadata += Pairs(kernelspec=Pairs(name="SQL", display_name="SQL", language="sql"))
        if self.chance(0.5):
            metadata += Pairs(
                language_info=Pairs(
                    name="sql", codemirror_mode=pick.choice(["x"] * 5 + [Pairs(name="y"), 1, []])
                )
            )
        for key in ("orig_nbformat", "orig_nbformat_minor", "signature", "title", "authors"):
            if self.chance(0.05):
                metadata.append((key, pick.choice([1, "x", []])))
        notebook = Pairs(
            metadata=metadata,
            nbformat=4,
            nbformat_minor=minor,
            cells=[self.cell(minor, i) for i in range(pick.randint(0, 5))],
        )
        if self.chance(0.03):
            notebook.append((pick.choice(["orig_nbformat", "extra", "signature"]), self.value()))
        return self.shuffled(notebook)

    # --- version 3 --------------------------------------------------------------------------------

    def v3_output(self):
        kind = self.random.choice(
            ["pyout", "display_data", "stream", "pyerr", "execute_result", "new"]
        )
        output = Pairs(output_type=kind)
        if kind == "stream":
            output += Pairs(text=self.text_or_lines())
            if self.chance(0.8):
                output += Pairs(stream="stderr")
        elif kind == "pyerr":
            output += Pairs(ename="E", evalue="v", traceback=[self.text(2)])
        else:
            keys = self.random.sample(V3_KEYS, self.random.randint(0, 4))
            output += Pairs((key, self.text_or_lines()) for key in keys if key != "json")
            if "json" in keys:
                json_text = dumps(self.value(), self) if self.chance(0.9) else self.text()
                output += Pairs(json=SURROGATE.sub("", json_text))
            if self.chance(0.5):
                output += Pairs(metadata=Pairs((key, self.value()) for key in keys[:2]))
        if kind == "pyout" or self.chance(0.05):
            output += Pairs(prompt_number=self.random.choice([1, 5, None]))
        if self.chance(0.05):
            output += Pairs(execution_count=3, name="n")
        return self.shuffled(output)

    def v3_cell(self):
        pick = self.random
        kind = pick.choices(
            ["code", "markdown", "raw", "heading", "html", "new"], [8, 4, 1, 2, 1, 0.2]
        )[0]
        cell = Pairs(cell_type=kind)
        if self.chance(0.8):
            cell += Pairs(metadata=self.metadata())
        if kind == "code":
            cell += Pairs(outputs=[self.v3_output() for _ in range(pick.randint(0, 3))])
            for key, value in (
                ("input", self.text_or_lines()),
                ("language", "python"),
                ("collapsed", pick.choice([True, False])),
                ("prompt_number", self.count()),
            ):
                if self.chance(0.9):
                    cell.append((key, value))
        else:
            cell += Pairs(source=self.text_or_lines())
        if kind == "heading" and self.chance(0.9):
            cell += Pairs(level=pick.choice([1, 2, 6, 0, -1, 9]))
        for key in ("rendered", "trusted", "id", "unknown", "attachments", "execution_count"):
            if self.chance(0.02):
                cell.append((key, Pairs() if key == "attachments" else self.text_or_lines()))
        return self.shuffled(cell)

    def v3_notebook(self):
        sheets = [
            Pairs(cells=[self.v3_cell() for _ in range(self.random.randint(0, 4))])
            for _ in range(self.random.choices([0, 1, 2], [1, 10, 2])[0])
        ]
        if sheets and self.chance(0.5):
            sheets[0] += Pairs(metadata=Pairs())
        metadata = self.metadata() + Pairs(name="nb", signature="sha256:0")
        notebook = Pairs(metadata=metadata, nbformat=3, worksheets=sheets)
        notebook += Pairs(nbformat_minor=0 if self.chance(0.95) else 5)
        for key in ("orig_nbformat", "orig_nbformat_minor", "extra"):
            if self.chance(0.05):
                notebook.append((key, self.random.choice([2, 0, "x"])))
        return self.shuffled(notebook)

    # --- damage -----------------------------------------------------------------------------------

    def shuffled(self, pairs):
        if self.chance(0.3):
            self.random.shuffle(pairs)
        return pairs

    def containers(self, value):
        found, left = [], [value]
        while left:
            value = left.pop()
            if isinstance(value, list) and value:
                found.append(value)
                left += [item[1] for item in value] if isinstance(value, Pairs) else value
        return found

    def damage(self, notebook):
        """Drops, replaces, renames or doubles something somewhere."""
        container = self.random.choice(self.containers(notebook))
        index = self.random.randrange(len(container))
        kind = self.random.random()
        if kind < 0.3:
            del container[index]
        elif not isinstance(container, Pairs):
            container[index] = self.value()
        elif kind < 0.7:
            container[index] = (container[index][0], self.value())
        elif kind < 0.85:
            container.append(
                (self.random.choice(["x", "id", "name", "text", "metadata"]), self.value())
            )
        else:
            container.append((container[index][0], container[index][1]))


class Style:
    """How a file is laid out."""

    def __init__(self, generator):
        pick = generator.random
        self.indent = pick.choice([None, None, 1, 1, 1, 2, 4])
        self.ascii = generator.chance(0.2)
        self.end = pick.choice(["\n", "\n", "", "\n\n", " "])
        self.line = "\r\n" if generator.chance(0.05) else "\n"
        self.sort = generator.chance(0.5)


def dumps(value, generator, style=None, level=0):
    """JSON with numbers as they are and members in their order."""
    style = style or Style(generator)
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=style.ascii)
    if not isinstance(value, list):
        return json.dumps(value)
    is_object = isinstance(value, Pairs)
    items = sorted(value, key=lambda item: item[0]) if is_object and style.sort else value
    parts = [
        (
            dumps(item[0], generator, style) + ": " + dumps(item[1], generator, style, level + 1)
            if is_object
            else dumps(item, generator, style, level + 1)
        )
        for item in items
    ]
    begin, end = "{}" if is_object else "[]"
    if not parts:
        return begin + end
    if style.indent is None:
        return begin + ", ".join(parts) + end
    separator = style.line + " " * style.indent * (level + 1)
    return (
        begin
        + separator
        + ("," + separator).join(parts)
        + style.line
        + " " * style.indent * level
        + end
    )


def encoded(text):
    """UTF-8; a lone surrogate as the escape that it would be in a file."""
    return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text).encode()


def generate(seed):
    generator = Generator(seed)
    for _ in range(COUNT):
        notebook = generator.notebook()
        while generator.chance(0.25):
            generator.damage(notebook)
        style = Style(generator)
        yield encoded(dumps(notebook, generator, style) + style.end)


def test_property():
    seed = int(os.environ.get("RSCN_SEED", "1"))
    note(f"RSCN_SEED={seed}")
    contents = list(generate(seed))
    theirs = [ask_nbformat(content) for content in contents]
    ours = ask_rscn(contents)
    wrong = []
    for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
        reason = disagreement(one, other)
        if reason:
            wrong.append(f"notebook {number}: {reason}\n{contents[number]!r:.3000}")
    note(
        f"{sum(one.text is not None for one in theirs)} written by nbformat, "
        f"{sum(one.refused is not None for one in theirs)} refused by it, "
        f"{sum(other.refused is not None for other in ours)} refused by rscn, "
        f"{sum(bool(other.fault) for other in ours)} with a fault"
    )
    ok("enough of them can be written", sum(one.text is not None for one in theirs) > COUNT / 2)
    ok(
        f"{COUNT} notebooks: the same bytes, cells and verdicts as nbformat",
        not wrong,
        f"{len(wrong)} differ\n" + "\n".join(wrong[:5]),
    )


run(test_property)
