# SPDX-License-Identifier: Apache-2.0
"""papermill's parameters as `%param` lines of the rscn kernel.

papermill has no entry points for translators, only for engines. It loads those whenever it is
imported, so this module registers its translator when its engine is loaded. The engine itself is
papermill's own.
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

__version__ = "0.1.0"

# `%param NAME VALUE` up to the end of the line; the kernel's names are SQL's parameter names.
_PARAM_LINE = re.compile(r"^[ \t]*%param[ \t]+([A-Za-z_][A-Za-z0-9_]*)(?:[ \t]+(\S.*?))?[ \t]*$")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Engine(NBClientEngine):
    """papermill's default engine under this package's name."""


class RscnTranslator(Translator):
    """A value of `%param` is a JSON scalar, never an SQL expression."""

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_str(cls, val):
        return json.dumps(val, ensure_ascii=False)

    @classmethod
    def translate_float(cls, val):
        if not math.isfinite(val):
            raise PapermillException(f"{val} has no form in SQL; pass it as text or leave it out")
        return json.dumps(val)

    @classmethod
    def translate_dict(cls, val):
        return cls.translate_str(json.dumps(val, ensure_ascii=False, allow_nan=False))

    @classmethod
    def translate_list(cls, val):
        return cls.translate_dict(val)

    @classmethod
    def translate_escaped_str(cls, str_val):
        """What papermill does not know otherwise, such as a date of a YAML file."""
        return cls.translate_str(str(str_val))

    @classmethod
    def comment(cls, cmt_str):
        return "-- " + " ".join(cmt_str.splitlines())

    @classmethod
    def assign(cls, name, str_val):
        if not _NAME.match(str(name)):
            raise PapermillException(
                f"'{name}' is no name for a parameter in SQL; take letters, digits and _"
            )
        return f"%param {name} {str_val}"

    @classmethod
    def inspect(cls, parameters_cell):
        found = []
        for line in parameters_cell["source"].splitlines():
            match = _PARAM_LINE.match(line)
            if match:
                found.append(Parameter(match.group(1), "None", match.group(2) or "", ""))
        return found


for _name in ("rscn", "sql"):  # by the kernel's name, else by its language
    if _name not in papermill_translators._translators:
        papermill_translators.register(_name, RscnTranslator)
