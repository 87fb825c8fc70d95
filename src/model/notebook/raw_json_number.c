/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json_number: number tokens as Python writes them (N-33).
 *
 * The idea: integers stay as they are. A real number is mostly already the shortest text that reads
 * back the same, as whoever wrote it had the same rule; that is proved with 128-bit integers,
 * without reading the number. Only the others go through strtod and printf.
 */
#include "model/notebook/raw_json_private.h"

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
/* Normal doubles only, with room to both sides. */
#define EXPONENT_MOST 290
#define MANTISSA_END ((uint64_t)1 << DBL_MANT_DIG)
#define DOUBLE_BIAS 1075 /* mantissa as a whole number */

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Whether the number is laid out as Python would, not looking at which digits. `exponent` is the
 * one of its first digit. */
static bool has_layout(const struct raw_real *real, int64_t exponent)
{
    bool ends_in_zero = real->point < real->exponent && real->exponent[-1] == '0';
    if (real->exponent == real->end)
        return exponent >= -4 && exponent < 16 &&
               (!ends_in_zero || real->point + 2 == real->exponent);
    return (exponent < -4 || exponent >= 16) && *real->whole != '0' && !ends_in_zero &&
           real->point == real->whole + 1 && *real->exponent == 'e' &&
           !is_digit(real->exponent[1]) && real->end - real->exponent >= 4 &&
           (real->exponent[2] != '0' || real->end - real->exponent == 4);
}

static uint64_t add_digits(uint64_t number, const char *at, const char *end)
{
    for (; at < end; at++)
        number = number * 10 + (unsigned)(*at - '0');
    return number;
}

/* Whether the double nearest to digits / 10^power has no shorter text and none nearer of this
 * length. Everything is multiplied by 2^shift * 10^power, which makes it whole: the double becomes
 * mantissa * 5^power, what rounds to it lies half of 5^power to both sides. */
static bool is_shortest(uint64_t digits, int64_t power)
{
    static const uint64_t powers_of_five[] = {
        1u,
        5u,
        25u,
        125u,
        625u,
        3125u,
        15625u,
        78125u,
        390625u,
        1953125u,
        9765625u,
        48828125u,
        244140625u,
        1220703125u,
        6103515625u,
        30517578125u,
        152587890625u,
        762939453125u,
        3814697265625u,
        19073486328125u,
        95367431640625u,
        476837158203125u,
        2384185791015625u,
        11920928955078125u,
        59604644775390625u,
        298023223876953125u,
        1490116119384765625u,
        7450580596923828125u,
    };
    static const double powers_of_ten[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
        1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27,
    };
    if (power < 1 || power >= (int64_t)ARRAY_SIZE(powers_of_five))
        return false;
    double about = (double)digits / powers_of_ten[power]; /* 1e-11 to 1e17: a normal number */
    uint64_t bits;
    memcpy(&bits, &about, sizeof(bits));
    uint64_t mantissa = (bits & (MANTISSA_END / 2 - 1)) | MANTISSA_END / 2;
    int shift = (int)(DOUBLE_BIAS - (int64_t)(bits >> (DBL_MANT_DIG - 1)) - power);
    if (shift < 1 || shift > 66)
        return false;
    /* All doubled, so that halves are whole. */
    int128 half = (int128)powers_of_five[power];
    int128 unit = (int128)2 << shift;
    int128 distance = (int128)digits * unit - (int128)mantissa * half * 2;
    for (int i = 0; i < 4 && (distance > half || distance < -half); i++) {
        mantissa += distance > 0 ? 1 : (uint64_t)-1;
        distance += distance > 0 ? -2 * half : 2 * half;
    }
    /* Powers of two have less room below. */
    if (mantissa <= MANTISSA_END / 2 || mantissa >= MANTISSA_END - 1)
        return false;
    int last = (int)(digits % 10);
    return distance < half && distance > -half && distance - last * unit < -half &&
           distance + (10 - last) * unit > half && 2 * distance < unit && 2 * distance > -unit;
}

bool raw_number_is_canonical(const struct raw_real *real)
{
    bool has_point = real->point < real->exponent;
    const char *fraction = has_point ? real->point + 1 : real->exponent, *start = fraction;
    int64_t exponent = real->point - real->whole - 1;
    int64_t count = exponent + 1;
    bool is_whole = real->exponent - fraction <= 1 && (!has_point || *fraction == '0');
    if (*real->whole == '0') {
        while (start < real->exponent && *start == '0')
            start++;
        if (start == real->exponent)
            return is_whole && has_point && real->exponent == real->end;
        exponent = fraction - start - 1;
        count = 0;
    }
    count += is_whole ? 0 : real->exponent - start;
    if (count > DIGITS_MAX || real->end - real->exponent > 5)
        return false;
    if (real->exponent < real->end) {
        int64_t given = (int64_t)add_digits(0, real->exponent + 2, real->end);
        exponent += real->exponent[1] == '-' ? -given : given;
    }
    if (!has_layout(real, exponent))
        return false;
    if (count > DIGITS_ALWAYS_KEPT) {
        uint64_t digits = add_digits(0, real->whole, real->point);
        digits = add_digits(digits, start, is_whole ? start : real->exponent);
        for (; digits % 10 == 0; count--)
            digits /= 10;
        if (count > DIGITS_ALWAYS_KEPT)
            return is_shortest(digits, count - 1 - exponent);
    }
    return exponent < EXPONENT_MOST && exponent > -EXPONENT_MOST;
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
