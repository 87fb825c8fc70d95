/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: one valid line whatever goes in.
 */
#include "base/error.h"

#include <errno.h>

#include "base/utf8.h"
#include "tap.h"

static void test_set(void)
{
    struct error error = ERROR_INIT;
    is_int(error.code, ERROR_NONE, "a new error is none");
    ok(!error_set(&error, ERROR_NOT_FOUND, "%s: no such cell", "x"), "error_set returns false");
    is_int(error.code, ERROR_NOT_FOUND, "code");
    is_str(error.message, "x: no such cell", "message");
    ok(!error_set(NULL, ERROR_IO, "%d", 1), "NULL is fine for error_set");
    ok(!error_prefix(NULL, "x"), "NULL is fine for error_prefix");
    ok(!error_set_errno(NULL, EIO, "x"), "NULL is fine for error_set_errno");
    error_prefix(&error, "cell %d", 3);
    is_str(error.message, "cell 3: x: no such cell", "prefixed");
    is_int(error.code, ERROR_NOT_FOUND, "the prefix keeps the code");
    error_set(&error, ERROR_BUSY, "again: %s", error.message);
    is_str(error.message, "again: cell 3: x: no such cell", "the message may be an argument");
    struct error copy = ERROR_INIT;
    ok(!error_copy(&copy, &error), "error_copy returns false");
    is_str(copy.message, error.message, "copied");
    is_int(copy.code, ERROR_BUSY, "copied code");
}

static void test_errno(void)
{
    struct error error = ERROR_INIT;
    error_set_errno(&error, ENOSPC, "%s: cannot be written", "file");
    is_str(error.message, "file: cannot be written: No space left on device", "errno's text");
    is_int(error.code, ERROR_FULL, "ENOSPC is full");
    is_int(error.detail, ENOSPC, "detail");
    error_set_errno(&error, EACCES, "x");
    is_int(error.code, ERROR_DENIED, "EACCES is denied");
    error_set_errno(&error, ENOENT, "x");
    is_int(error.code, ERROR_NOT_FOUND, "ENOENT is not found");
    error_set_errno(&error, EIO, "x");
    is_int(error.code, ERROR_IO, "EIO is io");
    error_set(&error, ERROR_IO, "x");
    is_int(error.detail, 0, "error_set clears the detail");
}

static void test_one_line(void)
{
    struct error error = ERROR_INIT;
    error_set(&error, ERROR_IO,
              "a\nb\tc\x1b[31m\xc2\x9b"
              "d\n\n");
    is_str(error.message, "a b c [31m d", "controls become blanks and the end is trimmed");
    error_set(&error, ERROR_IO, "caf\xc3\xa9 \xff\xc3");
    is_str(error.message, "caf\xc3\xa9 ??", "bytes that are no UTF-8 become question marks");
    char text[3000];
    for (size_t start = 0; start < 3; start++) {
        memset(text, 'x', start);
        for (size_t i = start; i + 4 < sizeof(text); i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        error_set(&error, ERROR_IO, "%s", text);
        size_t size = strlen(error.message);
        ok(size < sizeof(error.message) && utf8_is_valid(error.message, size),
           "a long message is cut between characters (%zu)", start);
        is_str(error.message + size - 3, "\xe2\x80\xa6", "and the cut is marked (%zu)", start);
    }
    error_prefix(&error, "%s", text);
    ok(strlen(error.message) < sizeof(error.message), "a long prefix fits too");
}

int main(void)
{
    test_set();
    test_errno();
    test_one_line();
    is_str(error_code_word(ERROR_NOT_FOUND), "not-found", "word");
    is_str(error_code_word(ERROR_UNSUPPORTED), "unsupported", "last word");
    is_str(error_code_word((enum error_code)99), "unknown", "word of no code");
    return done_testing();
}
