/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: messages on standard error.
 */
#include "cli/report.h"

#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strbuf.h"
#include "base/utf8.h"

static void write_line(const struct strbuf *text)
{
    AUTO_STRBUF line = STRBUF_INIT;
    strbuf_add_text(&line, PROGRAM_NAME ": ");
    utf8_add_line(&line, strbuf_text(text), text->size, SIZE_MAX);
    strbuf_add_char(&line, '\n');
    /* Nobody is left to be told when this fails. */
    if (!file_write_all(STDERR_FILENO, line.text, line.size))
        return;
}

int report(int status, const char *format, ...)
{
    AUTO_STRBUF text = STRBUF_INIT;
    va_list arguments;
    va_start(arguments, format);
    strbuf_vaddf(&text, format, arguments);
    va_end(arguments);
    write_line(&text);
    return status;
}

int report_usage(const struct command *command, const char *format, ...)
{
    AUTO_STRBUF text = STRBUF_INIT;
    va_list arguments;
    strbuf_addf(&text, "%s: ", command->name);
    va_start(arguments, format);
    strbuf_vaddf(&text, format, arguments);
    va_end(arguments);
    strbuf_addf(&text, "; see \"" PROGRAM_NAME " %s --help\"", command->name);
    write_line(&text);
    return STATUS_USAGE;
}

int report_error(const struct error *error)
{
    int status = STATUS_NOT_DONE;
    switch (error->code) {
    case ERROR_NONE:
    case ERROR_NOT_FOUND:
    case ERROR_EXISTS:
    case ERROR_PROTOCOL:
        break;
    case ERROR_INVALID:
    case ERROR_USAGE:
        status = STATUS_USAGE;
        break;
    case ERROR_DENIED:
    case ERROR_BUSY:
    case ERROR_FULL:
    case ERROR_IO:
    case ERROR_DAMAGED:
    case ERROR_NEWER:
    case ERROR_UNSUPPORTED:
        status = STATUS_STORE;
        break;
    case ERROR_INTERRUPTED:
    case ERROR_CLOSING:
        status = STATUS_INTERRUPTED;
        break;
    }
    return report(status, "%s", error->message);
}

int report_store_error(const struct error *error)
{
    return report(STATUS_STORE, "%s", error->message);
}
