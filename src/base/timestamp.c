/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp: calendar arithmetic without the C library's time zone, but for what people read and
 * type.
 */
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)
#define DAY_SECONDS INT64_C(86400)
/* 0000-01-01 and 9999-12-31T23:59:59.999999: what the two texts can say. */
#define FIRST_TIME (INT64_C(-62167219200) * SECOND_US)
#define LAST_TIME (INT64_C(253402300800) * SECOND_US - 1)

struct calendar {
    int year, month, day, hour, minute, second, microsecond;
    bool has_zone;
    int zone_seconds;
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

timestamp_us timestamp_now(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years start in March here, eras are
 * 400 years. */
static int64_t days_of_date(int year, int month, int day)
{
    int64_t shifted = (int64_t)year - (month <= 2);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of_days(int64_t days, struct calendar *ret_calendar)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    ret_calendar->day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    ret_calendar->month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    ret_calendar->year = (int)(year_of_era + era * 400 + (ret_calendar->month <= 2));
}

static struct calendar calendar_of_time(timestamp_us time)
{
    struct calendar calendar;
    memset(&calendar, 0, sizeof(calendar));
    if (time < FIRST_TIME)
        time = FIRST_TIME;
    if (time > LAST_TIME)
        time = LAST_TIME;
    int64_t since_first = time - FIRST_TIME;
    int64_t seconds = since_first / SECOND_US;
    calendar.microsecond = (int)(since_first % SECOND_US);
    date_of_days(seconds / DAY_SECONDS + days_of_date(0, 1, 1), &calendar);
    calendar.hour = (int)(seconds % DAY_SECONDS / 3600);
    calendar.minute = (int)(seconds % 3600 / 60);
    calendar.second = (int)(seconds % 60);
    return calendar;
}

/* Writes `digits` digits and what follows them. By hand: this is on the path of every message and
 * of every row, and printf takes ten times as long. */
static char *write_number(char *text, int number, int digits, char after)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        text[i] = (char)('0' + number % 10);
    text[digits] = after;
    return text + digits + 1;
}

static void format_parts(timestamp_us time, char separator, char zone,
                         char ret_text[TIMESTAMP_SIZE])
{
    struct calendar calendar = calendar_of_time(time);
    char *text = ret_text;
    text = write_number(text, calendar.year, 4, '-');
    text = write_number(text, calendar.month, 2, '-');
    text = write_number(text, calendar.day, 2, separator);
    text = write_number(text, calendar.hour, 2, ':');
    text = write_number(text, calendar.minute, 2, ':');
    text = write_number(text, calendar.second, 2, '.');
    text = write_number(text, calendar.microsecond, 6, zone);
    *text = '\0';
}

void timestamp_format_store(timestamp_us time, char ret_text[TIMESTAMP_SIZE])
{
    format_parts(time, ' ', '\0', ret_text);
}

void timestamp_format_rfc3339(timestamp_us time, char ret_text[TIMESTAMP_SIZE])
{
    format_parts(time, 'T', 'Z', ret_text);
}

void timestamp_format_local(timestamp_us time, char ret_text[TIMESTAMP_SIZE])
{
    struct tm local;
    time_t seconds =
        (time_t)(time >= 0 ? time / SECOND_US : -((-time + SECOND_US - 1) / SECOND_US));
    if (time < FIRST_TIME || time > LAST_TIME || !localtime_r(&seconds, &local) ||
        strftime(ret_text, TIMESTAMP_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
        timestamp_format_store(time, ret_text);
}

/* Reads exactly `digits` digits and moves on. */
static bool read_number(const char **text, int digits, int lowest, int highest, int *ret_number)
{
    int number = 0;
    for (int i = 0; i < digits; i++) {
        char character = (*text)[i];
        if (character < '0' || character > '9')
            return false;
        number = number * 10 + (character - '0');
    }
    if (number < lowest || number > highest)
        return false;
    *text += digits;
    *ret_number = number;
    return true;
}

static bool read_character(const char **text, char character)
{
    if (**text != character)
        return false;
    (*text)++;
    return true;
}

static bool is_day_of_month(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && is_leap);
}

static bool read_zone(const char **text, struct calendar *calendar)
{
    if (read_character(text, 'Z') || read_character(text, 'z')) {
        calendar->has_zone = true;
        return true;
    }
    int sign = **text == '+' ? 1 : **text == '-' ? -1 : 0;
    if (sign == 0)
        return true;
    (*text)++;
    int hours, minutes = 0;
    if (!read_number(text, 2, 0, 23, &hours))
        return false;
    if ((read_character(text, ':') || **text) && !read_number(text, 2, 0, 59, &minutes))
        return false;
    calendar->has_zone = true;
    calendar->zone_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool read_clock(const char **text, struct calendar *calendar)
{
    if (!read_number(text, 2, 0, 23, &calendar->hour) || !read_character(text, ':') ||
        !read_number(text, 2, 0, 59, &calendar->minute))
        return false;
    if (!read_character(text, ':'))
        return read_zone(text, calendar);
    if (!read_number(text, 2, 0, 60, &calendar->second))
        return false;
    if (read_character(text, '.')) {
        int weight = 100000;
        if (**text < '0' || **text > '9')
            return false;
        for (; **text >= '0' && **text <= '9'; (*text)++, weight /= 10)
            calendar->microsecond += (**text - '0') * weight;
    }
    return read_zone(text, calendar);
}

static bool read_calendar(const char *text, struct calendar *ret_calendar)
{
    memset(ret_calendar, 0, sizeof(*ret_calendar));
    if (!read_number(&text, 4, 0, 9999, &ret_calendar->year) || !read_character(&text, '-') ||
        !read_number(&text, 2, 1, 12, &ret_calendar->month) || !read_character(&text, '-') ||
        !read_number(&text, 2, 1, 31, &ret_calendar->day) ||
        !is_day_of_month(ret_calendar->year, ret_calendar->month, ret_calendar->day))
        return false;
    if (*text == '\0')
        return true;
    if (!read_character(&text, ' ') && !read_character(&text, 'T') && !read_character(&text, 't'))
        return false;
    return read_clock(&text, ret_calendar) && *text == '\0';
}

static timestamp_us time_of_calendar(const struct calendar *calendar)
{
    int64_t seconds = days_of_date(calendar->year, calendar->month, calendar->day) * DAY_SECONDS +
                      calendar->hour * 3600 + calendar->minute * 60 + calendar->second -
                      calendar->zone_seconds;
    return seconds * SECOND_US + calendar->microsecond;
}

bool timestamp_parse(const char *text, timestamp_us *ret_time)
{
    struct calendar calendar;
    if (!read_calendar(text, &calendar))
        return false;
    *ret_time = time_of_calendar(&calendar);
    return true;
}

static timestamp_us time_of_local(const struct calendar *calendar)
{
    struct tm local;
    memset(&local, 0, sizeof(local));
    local.tm_year = calendar->year - 1900;
    local.tm_mon = calendar->month - 1;
    local.tm_mday = calendar->day;
    local.tm_hour = calendar->hour;
    local.tm_min = calendar->minute;
    local.tm_sec = calendar->second;
    local.tm_isdst = -1;
    return (timestamp_us)mktime(&local) * SECOND_US + calendar->microsecond;
}

/* Local midnight of the day of `now`, or of `days_before` days earlier. */
static timestamp_us local_midnight(timestamp_us now, int days_before)
{
    struct tm local;
    time_t seconds = (time_t)(now / SECOND_US);
    if (!localtime_r(&seconds, &local))
        return now;
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_mday -= days_before;
    local.tm_isdst = -1;
    return (timestamp_us)mktime(&local) * SECOND_US;
}

/* `10m`: a number of at most 6 digits and a unit. */
static bool read_ago(const char *text, int64_t *ret_seconds)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY_SECONDS}, {'w', 7 * DAY_SECONDS}};
    int64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 6 || text[digits] == '\0' || text[digits + 1] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (units[i].letter == text[digits]) {
            *ret_seconds = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

bool timestamp_parse_since(const char *text, timestamp_us now, timestamp_us *ret_time,
                           struct error *error)
{
    struct calendar calendar;
    int64_t seconds;
    if (strcmp(text, "today") == 0) {
        *ret_time = local_midnight(now, 0);
    } else if (strcmp(text, "yesterday") == 0) {
        *ret_time = local_midnight(now, 1);
    } else if (read_ago(text, &seconds)) {
        *ret_time = now - seconds * SECOND_US;
    } else if (read_calendar(text, &calendar)) {
        *ret_time = calendar.has_zone ? time_of_calendar(&calendar) : time_of_local(&calendar);
    } else {
        return error_set(error, ERROR_USAGE,
                         "%s: not a time; use 10m, 2h, 3d, 1w, today, yesterday, 2026-01-31 or "
                         "'2026-01-31 18:00'",
                         text);
    }
    return true;
}
