/* SPDX-License-Identifier: Apache-2.0 */
#include "model/table/csv_guess.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define LINES_LOOKED_AT 30
#define DIGITS_OF_INT64 19  /* no integer of fewer digits is too large */
#define DIGITS_OF_DOUBLE 15 /* a double holds each integer of so many */

/* --- The delimiter --------------------------------------------------------------------------- */

struct tally {
    size_t first;  /* in the first line */
    size_t agree;  /* lines with as many */
    size_t in_line;
};

static void end_line(struct tally *tallies, size_t count, size_t line)
{
    for (size_t i = 0; i < count; i++) {
        if (line == 0)
            tallies[i].first = tallies[i].in_line;
        if (tallies[i].first > 0 && tallies[i].in_line == tallies[i].first)
            tallies[i].agree++;
        tallies[i].in_line = 0;
    }
}

char csv_guess_delimiter(const char *text, size_t size)
{
    static const char candidates[] = ",;\t|";
    struct tally tallies[sizeof candidates - 1] = {{0, 0, 0}};
    size_t count = ARRAY_SIZE(tallies), line = 0, best = 0;
    bool is_quoted = false;

    for (size_t i = 0; i < size && line < LINES_LOOKED_AT; i++) {
        const char *found = text[i] != '\0' ? strchr(candidates, text[i]) : NULL;
        if (text[i] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted)
            continue;
        else if (found != NULL)
            tallies[found - candidates].in_line++;
        else if (text[i] == '\n')
            end_line(tallies, count, line++);
    }
    if (line == 0)
        end_line(tallies, count, 0);
    for (size_t i = 1; i < count; i++) {
        if (tallies[i].agree > tallies[best].agree ||
            (tallies[i].agree == tallies[best].agree && tallies[i].first > tallies[best].first))
            best = i;
    }
    return candidates[best];
}

/* --- Types ----------------------------------------------------------------------------------- */

static size_t digits(const char *text, size_t size)
{
    size_t count = 0;
    while (count < size && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

/* 0, 7, -15, but not 007, -0 or +7: as text these say more. */
static bool is_integer(const char *text, size_t size)
{
    size_t sign = size > 0 && text[0] == '-';
    const char *number = text + sign;
    size_t count = digits(number, size - sign);
    if (count == 0 || count != size - sign || (number[0] == '0' && (count > 1 || sign > 0)))
        return false;
    if (count < DIGITS_OF_INT64)
        return true;
    const char *largest = sign > 0 ? "9223372036854775808" : "9223372036854775807";
    return count == DIGITS_OF_INT64 && strncmp(number, largest, DIGITS_OF_INT64) <= 0;
}

/* 1e999 would become infinite. What is too long for the buffer is no number that anybody wrote. */
static bool is_in_range(const char *text, size_t size)
{
    char number[64];
    bool has_exponent = memchr(text, 'e', size) != NULL || memchr(text, 'E', size) != NULL;

    if (size >= sizeof(number) || !has_exponent)
        return size < sizeof(number);
    memcpy(number, text, size);
    number[size] = '\0';
    return isfinite(strtod(number, NULL));
}

/* 1.5, -0.25, .5, 2e10: an optional fraction and exponent, and one of them there. */
static bool is_real(const char *text, size_t size)
{
    size_t at = size > 0 && text[0] == '-';
    size_t whole = digits(text + at, size - at), fraction = 0;
    if (whole > 1 && text[at] == '0')
        return false;
    at += whole;
    bool has_point = at < size && text[at] == '.';
    if (has_point) {
        fraction = digits(text + at + 1, size - at - 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0 || (has_point && fraction == 0))
        return false;
    bool has_exponent = at < size && (text[at] == 'e' || text[at] == 'E');
    if (has_exponent) {
        at++;
        at += at < size && (text[at] == '-' || text[at] == '+');
        size_t exponent = digits(text + at, size - at);
        if (exponent == 0 || exponent > 3)
            return false;
        at += exponent;
    }
    return at == size && (has_point || has_exponent) && is_in_range(text, size);
}

void csv_column_add(struct csv_column *column, const char *text, size_t size)
{
    column->has_value = true;
    if (column->not_real)
        return;
    if (is_integer(text, size)) {
        column->has_large = column->has_large || size > DIGITS_OF_DOUBLE + (text[0] == '-');
        return;
    }
    column->not_integer = true;
    column->not_real = !is_real(text, size);
}

const char *csv_column_type(const struct csv_column *column)
{
    if (!column->has_value || column->not_real || (column->not_integer && column->has_large))
        return "TEXT";
    return column->not_integer ? "REAL" : "INTEGER";
}

/* --- The header ------------------------------------------------------------------------------ */

static int compare(const void *left, const void *right)
{
    return strcasecmp(*(const char *const *)left, *(const char *const *)right);
}

enum csv_header csv_guess_header(const char *const *fields, size_t count)
{
    const char **sorted = xcalloc(count + 1, sizeof(*sorted));
    bool can_name = true, is_twice = false;
    size_t named = 0;

    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(fields[i]);
        can_name = can_name && !is_integer(fields[i], size) && !is_real(fields[i], size);
        if (size > 0)
            sorted[named++] = fields[i];
    }
    qsort(sorted, named, sizeof(*sorted), compare);
    for (size_t i = 1; i < named && !is_twice; i++)
        is_twice = strcasecmp(sorted[i - 1], sorted[i]) == 0;
    free(sorted);
    if (!can_name || named == 0)
        return CSV_HEADER_NONE;
    return is_twice ? CSV_HEADER_DOUBTFUL : CSV_HEADER_GOOD;
}
