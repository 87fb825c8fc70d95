# SPDX-License-Identifier: Apache-2.0
"""kernel_test: jupyter_kernel_test, the common test suite of Jupyter kernels (J-147 to J-165)."""

import os
import unittest

import jupyter_kernel_test

from harness import equal, note, ok, run


class SqlKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "rscn"
    language_name = "sql"
    file_extension = ".sql"
    completion_samples = [
        {"text": "%par", "matches": {"%param"}},
        {"text": "SELECT * FROM sqlite_sch"},
        {"text": "SEL"},
    ]
    complete_code_samples = [
        "SELECT 1",
        "SELECT 1;",
        "-- a remark",
        "%tables",
        "SELECT 'a;b';",
        "CREATE TRIGGER a AFTER INSERT ON b BEGIN SELECT 1; SELECT 2; END;",
    ]
    incomplete_code_samples = [
        "SELECT 1 +",
        "SELECT (1 +",
        "SELECT 'text",
        "/* a remark",
        "CREATE TRIGGER a AFTER INSERT ON b BEGIN SELECT 1;",
    ]
    invalid_code_samples = ["SELECT (1;", "SELECT 1)"]
    code_generate_error = "SELECT * FROM nowhere"
    code_display_data = [
        {"code": "SELECT 1 AS a", "mime": "text/plain"},
        {"code": "SELECT 1 AS a", "mime": "text/html"},
        {"code": "SELECT 1 AS a", "mime": "application/vnd.dataresource+json"},
    ]
    # A SQL cell shows results, none of them is "the" value; the history test wants cells all the
    # same, and these say
    # their text in a display_data.
    code_inspect_sample = "SELECT"
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "SELECT 2 + ?*"

    def test_execute_result(self):
        """Results come as display_data: several may come from one cell, none is numbered as its
        value.
        """
        raise unittest.SkipTest("results come as display_data")

    def test_history(self):
        self.code_execute_result = [
            {"code": "SELECT 1 + 1"},
            {"code": "SELECT 2 + 2"},
            {"code": "SELECT 3 + 3"},
        ]
        super().test_history()


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "rscn"
    support_iopub_welcome = True


class TapResult(unittest.TestResult):
    def say(self, test, good, error=None):
        ok(
            test.id().split(".", 1)[1],
            good,
            self._exc_info_to_string(error, test) if error else None,
        )

    def addSuccess(self, test):
        self.say(test, True)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.say(test, False, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.say(test if hasattr(test, "id") else self, False, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self.say(subtest, False, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        note(f"skipped: {test.id()}: {reason}")


def suite(place):
    suites = [
        unittest.defaultTestLoader.loadTestsFromTestCase(case)
        for case in (SqlKernelTests, WelcomeTests)
    ]
    # The tests start kernels in the current folder, and find a store from there.
    before = os.getcwd()
    os.chdir(place.work)
    try:
        result = TapResult()
        unittest.TestSuite(suites).run(result)
    finally:
        os.chdir(before)
    skipped = {test.id().rsplit(".", 1)[1] for test, _ in result.skipped}
    # No cell of ours writes to stdout and stderr for its own sake, pages, or clears outputs.
    ok(
        "only what a SQL kernel has not is skipped",
        skipped
        <= {
            "test_execute_stdout",
            "test_execute_stderr",
            "test_pager",
            "test_clear_output",
            "test_execute_result",
        },
        skipped,
    )
    states = place.states()
    ok(
        "record: everything that ran",
        states.count("EXECUTED") >= 20 and states.count("FAILED") == 1,
        states,
    )
    equal("record: nothing else", set(states), {"EXECUTED", "FAILED"})


run(suite)
