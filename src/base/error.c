/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: writing the one line. It is made valid UTF-8 without control characters here, once, so
 * that it may go to a terminal, a log and a JSON string as it is.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define CUT_MARK "\xe2\x80\xa6" /* … */

static bool is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) || code_point == 0x2028 ||
           code_point == 0x2029;
}

/* Copies `text` into the message: one line, valid UTF-8, cut with a mark where it does not fit. */
static void store_message(struct error *error, const char *text)
{
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]))
        size--;
    const size_t room = sizeof(error->message) - sizeof(CUT_MARK);
    char *message = error->message;
    size_t used = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code_point;
        size_t length = utf8_decode(text + i, size - i, &code_point);
        if (used + length > room) {
            memcpy(message + used, CUT_MARK, sizeof(CUT_MARK) - 1);
            used += sizeof(CUT_MARK) - 1;
            break;
        }
        if (is_control(code_point)) {
            message[used++] = ' ';
        } else if (length == 1 && code_point >= 0x80) {
            message[used++] = '?'; /* a byte that is no UTF-8 */
        } else {
            memcpy(message + used, text + i, length);
            used += length;
        }
        i += length;
    }
    message[used] = '\0';
}

bool error_set(struct error *error, enum error_code code, const char *format, ...)
{
    if (!error)
        return false;
    /* Apart from error->message, which may be one of the arguments. Longer texts are cut anyway. */
    char text[2 * sizeof(error->message)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    error->code = code;
    error->detail = 0;
    store_message(error, text);
    return false;
}

static enum error_code code_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERROR_NOT_FOUND;
    case EEXIST:
        return ERROR_EXISTS;
    case EINVAL:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
        return ERROR_INVALID;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERROR_DENIED;
    case EBUSY:
    case EAGAIN:
    case ETXTBSY:
        return ERROR_BUSY;
    case ENOSPC:
    case EDQUOT:
        return ERROR_FULL;
    case EINTR:
        return ERROR_INTERRUPTED;
    case ENOSYS:
    case EOPNOTSUPP:
        return ERROR_UNSUPPORTED;
    default:
        return ERROR_IO;
    }
}

bool error_set_errno(struct error *error, int number, const char *format, ...)
{
    if (!error)
        return false;
    char text[2 * sizeof(error->message)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    /* strerror() of a known number is a constant in glibc since 2.32 and in musl: safe from any
     * thread. */
    error_set(error, code_of_errno(number), "%s: %s", text, strerror(number));
    error->detail = number;
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    if (!error)
        return false;
    char prefix[sizeof(error->message)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof(prefix), format, arguments);
    va_end(arguments);
    char text[2 * sizeof(error->message) + 2];
    snprintf(text, sizeof(text), "%s: %s", prefix, error->message);
    store_message(error, text);
    return false;
}

bool error_copy(struct error *to, const struct error *from)
{
    if (to && from && to != from)
        *to = *from;
    return false;
}

const char *error_code_word(enum error_code code)
{
    static const char *const words[] = {
        [ERROR_NONE] = "none",
        [ERROR_NOT_FOUND] = "not-found",
        [ERROR_EXISTS] = "exists",
        [ERROR_INVALID] = "invalid",
        [ERROR_USAGE] = "usage",
        [ERROR_DENIED] = "denied",
        [ERROR_BUSY] = "busy",
        [ERROR_FULL] = "full",
        [ERROR_IO] = "io",
        [ERROR_DAMAGED] = "damaged",
        [ERROR_NEWER] = "newer",
        [ERROR_PROTOCOL] = "protocol",
        [ERROR_INTERRUPTED] = "interrupted",
        [ERROR_CLOSING] = "closing",
        [ERROR_UNSUPPORTED] = "unsupported",
    };
    return (size_t)code < ARRAY_SIZE(words) ? words[code] : "unknown";
}
