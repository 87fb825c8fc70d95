/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json_number: number tokens as Python writes them (N-33).
 *
 * The idea: integers stay as they are. A real number is mostly already the shortest text that reads
 * back the same, as whoever wrote it had the same rule; that is proved with 128-bit integers,
 * without reading the number. Only the others go through strtod and printf.
 */
#include "model/raw_json_private.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 int128;

/* A double keeps every number of so many digits apart, so such a number is the shortest for its
 * double: a shorter one for the same double would be a second one of so many digits. */
#define DIGITS_ALWAYS_KEPT 15
#define DIGITS_MAX 17
#define POWER_MAX 27 /* 5^27 < 2^63 */
/* Normal doubles only, with room to both sides. */
#define EXPONENT_MOST 290

struct real {
    uint64_t digits; /* without the point and zeros at the end */
    int count;       /* how many digits; above DIGITS_MAX `digits` is not all */
    int exponent;    /* decimal exponent of the first digit */
};

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Takes the digits of a token up to its exponent. Returns where it stopped. */
static const char *read_digits(const char *at, const char *end, struct real *real)
{
    int zeros = 0, before_point = 0;
    bool after_point = false;
    for (; at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        if (real->count + zeros == 0 && *at == '0') {
            real->exponent -= after_point;
            continue;
        }
        before_point += !after_point;
        zeros++;
        if (*at == '0')
            continue;
        for (; zeros > 0; zeros--) {
            real->digits = real->digits * 10 + (zeros == 1 ? (unsigned)(*at - '0') : 0);
            if (++real->count > DIGITS_MAX)
                return NULL;
        }
    }
    real->exponent += before_point - 1;
    return at;
}

/* Whether the text of the number is laid out as Python would, not looking at which digits. */
static bool has_layout(const char *at, const char *end, const char *exponent, int value)
{
    const char *point = memchr(at, '.', (size_t)(exponent - at));
    if (exponent == end)
        return value >= -4 && value < 16 && (exponent[-1] != '0' || point + 2 == exponent);
    return (value < -4 || value >= 16) && *at != '0' && (!point || exponent[-1] != '0') &&
           (point ? point == at + 1 : exponent == at + 1) && *exponent == 'e' &&
           !is_digit(exponent[1]) && end - exponent >= 4 &&
           (exponent[2] != '0' || end - exponent == 4);
}

/* Whether the double nearest to digits / 10^power has no shorter text and none nearer of this
 * length. Everything is multiplied by 2^shift * 10^power, which makes it whole: the double becomes
 * mantissa * 5^power, what rounds to it lies half of 5^power to both sides. */
static bool is_shortest(uint64_t digits, int power)
{
    if (power < 1 || power > POWER_MAX)
        return false;
    uint64_t five = 1;
    double ten = 1;
    for (int i = 0; i < power; i++) {
        five *= 5;
        ten *= 10;
    }
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp((double)digits / ten, &exponent), DBL_MANT_DIG);
    int shift = DBL_MANT_DIG - exponent - power;
    if (shift < 1 || shift > 66)
        return false;
    int128 half = (int128)five; /* everything is doubled from here, so that halves are whole */
    int128 unit = (int128)2 << shift;
    int128 distance = (int128)digits * unit - (int128)mantissa * five * 2;
    for (int i = 0; i < 4 && (distance > half || distance < -half); i++) {
        mantissa += distance > 0 ? 1 : (uint64_t)-1;
        distance += distance > 0 ? -2 * half : 2 * half;
    }
    /* Powers of two have less room below. */
    if (mantissa <= (uint64_t)1 << 52 || mantissa >= ((uint64_t)1 << 53) - 1)
        return false;
    int last = (int)(digits % 10);
    return distance < half && distance > -half && distance - last * unit < -half &&
           distance + (10 - last) * unit > half && 2 * distance < unit && 2 * distance > -unit;
}

bool raw_number_is_canonical(const char *token, size_t size)
{
    const char *end = token + size;
    struct real real = {0};
    token += *token == '-';
    const char *stop = read_digits(token, end, &real);
    if (!stop)
        return false;
    if (real.count == 0)
        return end - token == 3 && stop == end;
    if (stop < end) {
        if (end - stop > 5)
            return false;
        int exponent = 0;
        for (const char *digit = stop + 2; digit < end; digit++)
            exponent = exponent * 10 + *digit - '0';
        real.exponent += stop[1] == '-' ? -exponent : exponent;
    }
    if (!has_layout(token, end, stop, real.exponent))
        return false;
    if (real.count <= DIGITS_ALWAYS_KEPT)
        return real.exponent < EXPONENT_MOST && real.exponent > -EXPONENT_MOST;
    return is_shortest(real.digits, real.count - 1 - real.exponent);
}

/* --- any number --------------------------------------------------------------------------------
 */

/* Adds one to the last place of "d.ddde+xx". False when that carries over. */
static bool step_up(char *text)
{
    char *last = strchr(text, 'e') - 1;
    if (*last == '9')
        return false;
    ++*last;
    return true;
}

/* The shortest "d.ddde+xx" that reads back the same, the nearest of them. */
static void format_shortest(double value, char *text, size_t size)
{
    int digits = value < DBL_MIN ? 1 : DIGITS_ALWAYS_KEPT;
    int exponent;
    bool is_power_of_two = frexp(value, &exponent) == 0.5;
    for (; digits <= DIGITS_MAX; digits++) {
        snprintf(text, size, "%.*e", digits - 1, value);
        if (strtod(text, NULL) == value)
            return;
        /* There is more room above than below: the second nearest may be the one. */
        if (is_power_of_two && step_up(text) && strtod(text, NULL) == value)
            return;
    }
}

/* Python's repr of a finite number above zero. */
static void write_positive(double value, struct strbuf *buffer)
{
    char text[40], digits[24];
    size_t count = 0;
    format_shortest(value, text, sizeof(text));
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at != '.' && count < sizeof(digits))
            digits[count++] = *at;
    int exponent = (int)strtol(at + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    if (exponent < -4 || exponent >= 16) {
        strbuf_add(buffer, digits, 1);
        if (count > 1) {
            strbuf_add_char(buffer, '.');
            strbuf_add(buffer, digits + 1, count - 1);
        }
        strbuf_addf(buffer, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    } else if (exponent < 0) {
        strbuf_add_text(buffer, "0.");
        strbuf_add_repeated(buffer, '0', (size_t)(-exponent - 1));
        strbuf_add(buffer, digits, count);
    } else {
        size_t whole = (size_t)exponent + 1;
        size_t given = count < whole ? count : whole;
        strbuf_add(buffer, digits, given);
        strbuf_add_repeated(buffer, '0', whole - given);
        strbuf_add_char(buffer, '.');
        if (count > whole)
            strbuf_add(buffer, digits + whole, count - whole);
        else
            strbuf_add_char(buffer, '0');
    }
}

static bool is_real(const char *token, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (token[i] == '.' || token[i] == 'e' || token[i] == 'E')
            return true;
    return false;
}

void raw_number_write(const char *token, size_t size, struct strbuf *buffer)
{
    const char *digits = token + (*token == '-');
    if (*digits == 'N' || *digits == 'I' || !is_real(token, size)) {
        bool is_minus_zero = size == 2 && token[0] == '-' && token[1] == '0';
        strbuf_add(buffer, is_minus_zero ? "0" : token, is_minus_zero ? 1 : size);
        return;
    }
    if (raw_number_is_canonical(token, size)) {
        strbuf_add(buffer, token, size);
        return;
    }
    AUTO_FREE char *terminated = xstrndup(token, size);
    double value = strtod(terminated, NULL);
    if (*token == '-')
        strbuf_add_char(buffer, '-');
    if (isinf(value))
        strbuf_add_text(buffer, "Infinity");
    else if (value == 0)
        strbuf_add_text(buffer, "0.0");
    else
        write_positive(fabs(value), buffer);
}
