/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp: the texts, reading them back, and what people type.
 */
#include "base/timestamp.h"

#include <time.h>

#include "tap.h"

#define MICROSECONDS INT64_C(1000000)
#define NOON (INT64_C(1767787200) * MICROSECONDS) /* 2026-01-07 12:00 UTC */

static void test_format(void)
{
    char text[TIMESTAMP_SIZE];
    timestamp_format_store(NOON + 123456, text);
    is_str(text, "2026-01-07 12:00:00.123456", "R-12: the store's text has a blank");
    timestamp_format_rfc3339(NOON + 5, text);
    is_str(text, "2026-01-07T12:00:00.000005Z", "RFC 3339");
    timestamp_format_store(0, text);
    is_str(text, "1970-01-01 00:00:00.000000", "the epoch");
    timestamp_format_store(-1, text);
    is_str(text, "1969-12-31 23:59:59.999999", "before the epoch");
    timestamp_format_store(INT64_MAX, text);
    is_str(text, "9999-12-31 23:59:59.999999", "the last time that has a text");
    timestamp_format_store(INT64_MIN, text);
    is_str(text, "0000-01-01 00:00:00.000000", "the first one");
    timestamp_format_local(NOON, text);
    is_str(text, "2026-01-07 14:00:00", "local time");
}

/* Every day of 800 years against the C library. */
static void test_calendar(void)
{
    int wrong = 0;
    for (int64_t day = -146097; day < 146097; day++) {
        char text[TIMESTAMP_SIZE], expected[64];
        struct tm parts;
        time_t seconds = (time_t)(day * 86400 + 3661);
        timestamp_us read_back = 0;
        gmtime_r(&seconds, &parts);
        strftime(expected, sizeof(expected), "%Y-%m-%d %H:%M:%S.000000", &parts);
        timestamp_format_store(seconds * MICROSECONDS, text);
        if (strcmp(text, expected) != 0 || !timestamp_parse(text, &read_back) ||
            read_back != seconds * MICROSECONDS)
            wrong++;
    }
    is_int(wrong, 0, "800 years of days as the C library has them, and back");
}

static void test_parse(void)
{
    static const struct {
        const char *text;
        timestamp_us time;
    } good[] = {
        {"2026-01-07 12:00:00.123456", NOON + 123456},
        {"2026-01-07T12:00:00.123456Z", NOON + 123456},
        {"2026-01-07T12:00:00.123456789Z", NOON + 123456},
        {"2026-01-07T12:00:00.5", NOON + 500000},
        {"2026-01-07 12:00:00", NOON},
        {"2026-01-07 12:00", NOON},
        {"2026-01-07t12:00:00z", NOON},
        {"2026-01-07T14:00:00+02:00", NOON},
        {"2026-01-07T06:30:00-0530", NOON},
        {"2026-01-07T13:00+01", NOON},
        {"2026-01-07", NOON - 43200 * MICROSECONDS},
        {"2024-02-29", INT64_C(1709164800) * MICROSECONDS},
    };
    static const char *const bad[] = {
        "",
        "now",
        "2026",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2026-01-32",
        "2026-1-7",
        "2026-01-07 24:00:00",
        "2026-01-07 12:60:00",
        "2026-01-07 12:00:61",
        "2026-01-07 12",
        "2026-01-07 12:00:00.",
        "2026-01-07 12:00:00 ",
        "2026-01-07 12:00:00Zx",
        "2026-01-07 12:00:00+2",
        "2026-01-07_12:00:00",
        "2026-01-07 ",
    };
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        timestamp_us time = 0;
        ok(timestamp_parse(good[i].text, &time), "'%s' is a time", good[i].text);
        is_int(time, good[i].time, "which one: '%s'", good[i].text);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        timestamp_us time = 42;
        ok(!timestamp_parse(bad[i], &time) && time == 42, "'%s' is none", bad[i]);
    }
}

static void is_since(const char *text, timestamp_us expected)
{
    timestamp_us time = 0;
    struct error error = ERROR_INIT;
    ok(timestamp_parse_since(text, NOON, &time, &error), "--since %s", text);
    is_int(time, expected, "which time: --since %s", text);
}

static void test_since(void)
{
    const timestamp_us hour = 3600 * MICROSECONDS;
    is_since("90s", NOON - 90 * MICROSECONDS);
    is_since("10m", NOON - hour / 6);
    is_since("2h", NOON - 2 * hour);
    is_since("3d", NOON - 72 * hour);
    is_since("1w", NOON - 168 * hour);
    is_since("today", NOON - 14 * hour); /* local noon is 14 o'clock */
    is_since("yesterday", NOON - 38 * hour);
    is_since("2026-01-07 13:00", NOON - hour);
    is_since("2026-01-07T13:00Z", NOON + hour);
    is_since("2026-01-07", NOON - 14 * hour);
    static const char *const bad[] = {"", "h", "2x", "2hh", "-2h", "1234567s", "soon"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        timestamp_us time = 42;
        struct error error = ERROR_INIT;
        ok(!timestamp_parse_since(bad[i], NOON, &time, &error) && time == 42,
           "--since '%s' is refused", bad[i]);
        is_int(error.code, ERROR_USAGE, "as wrong usage: '%s'", bad[i]);
    }
}

int main(void)
{
    setenv("TZ", "EET-2", 1); /* two hours east, no summer time */
    tzset();
    test_format();
    test_calendar();
    test_parse();
    test_since();
    int64_t before = monotonic_us();
    ok(monotonic_us() >= before && before > 0, "the monotonic clock does not go back");
    ok(timestamp_now() > NOON - INT64_C(86400) * 365 * 2 * MICROSECONDS,
       "the clock is in microseconds");
    return done_testing();
}
