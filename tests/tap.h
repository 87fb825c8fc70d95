/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit tests' harness: each check prints one line of TAP, done_testing () prints the plan.
 * A check returns whether it passed, and on failure says where it stands and what it saw.
 * Checks may be made from one thread only.
 *
 *     int main(void)
 *     {
 *         ok(strbuf_is_empty(&b), "a new buffer is empty");
 *         is_int(b.length, 3, "length after %s", "abc");
 *         is_str(b.data, "abc", "text");
 *         return done_testing();
 *     }
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ok(condition, ...) tap_check((condition), __FILE__, __LINE__, #condition, __VA_ARGS__)
#define is_int(got, expected, ...) \
    tap_is_int((long long)(got), (long long)(expected), __FILE__, __LINE__, #got, __VA_ARGS__)
/* Either string may be NULL; NULL equals only NULL. */
#define is_str(got, expected, ...) \
    tap_is_str((got), (expected), __FILE__, __LINE__, #got, __VA_ARGS__)
/* Whether the text contains the part; what a message must say, without its exact wording. */
#define contains(got, part, ...) \
    tap_contains((got), (part), __FILE__, __LINE__, #got, __VA_ARGS__)

static int tap_count;
static int tap_failures;

/* Prints the result line of the next check. */
__attribute__((format(printf, 2, 0), unused)) static bool tap_result(bool passed, const char *name,
                                                                     va_list arguments)
{
    printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
    vprintf(name, arguments);
    putchar('\n');
    if (!passed)
        tap_failures++;
    fflush(stdout);
    return passed;
}

/* Prints one line for people; TAP readers ignore it. */
__attribute__((format(printf, 1, 2), unused)) static void diag(const char *format, ...)
{
    va_list arguments;
    fputs("# ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

__attribute__((format(printf, 5, 6), unused)) static bool
tap_check(bool passed, const char *file, int line, const char *expression, const char *name, ...)
{
    va_list arguments;
    va_start(arguments, name);
    tap_result(passed, name, arguments);
    va_end(arguments);
    if (!passed)
        diag("%s:%d: %s", file, line, expression);
    return passed;
}

__attribute__((format(printf, 6, 7), unused)) static bool
tap_is_int(long long got, long long expected, const char *file, int line, const char *expression,
           const char *name, ...)
{
    va_list arguments;
    va_start(arguments, name);
    bool passed = tap_result(got == expected, name, arguments);
    va_end(arguments);
    if (!passed)
        diag("%s:%d: %s is %lld, expected %lld", file, line, expression, got, expected);
    return passed;
}

__attribute__((format(printf, 6, 7), unused)) static bool
tap_is_str(const char *got, const char *expected, const char *file, int line,
           const char *expression, const char *name, ...)
{
    va_list arguments;
    bool equal = got && expected ? strcmp(got, expected) == 0 : got == expected;
    va_start(arguments, name);
    bool passed = tap_result(equal, name, arguments);
    va_end(arguments);
    if (!passed) {
        diag("%s:%d: %s", file, line, expression);
        diag("     got: %s", got ? got : "(NULL)");
        diag("expected: %s", expected ? expected : "(NULL)");
    }
    return passed;
}

__attribute__((format(printf, 6, 7), unused)) static bool
tap_contains(const char *got, const char *part, const char *file, int line,
             const char *expression, const char *name, ...)
{
    va_list arguments;
    va_start(arguments, name);
    bool passed = tap_result(got && strstr(got, part), name, arguments);
    va_end(arguments);
    if (!passed) {
        diag("%s:%d: %s", file, line, expression);
        diag("     got: %s", got ? got : "(NULL)");
        diag("expected: … %s …", part);
    }
    return passed;
}

/* Counts a check that cannot be made here. */
__attribute__((format(printf, 1, 2), unused)) static void skip(const char *reason, ...)
{
    va_list arguments;
    printf("ok %d # SKIP ", ++tap_count);
    va_start(arguments, reason);
    vprintf(reason, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

/* Ends the whole program: what follows could only mislead. */
__attribute__((format(printf, 1, 2), noreturn, unused)) static void bail_out(const char *format,
                                                                             ...)
{
    va_list arguments;
    fputs("Bail out! ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    exit(99);
}

/* Prints the plan; the exit status for main. */
__attribute__((unused)) static int done_testing(void)
{
    printf("1..%d\n", tap_count);
    return tap_failures != 0;
}

#endif
