/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress_line: written over with blanks, because that needs nothing of a terminal but the return
 * of its cursor.
 */
#include "cli/progress_line.h"

#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "cli/output.h"

#define FIRST_US 500000
#define EVERY_US 100000

void progress_line_start(struct progress_line *progress, const char *doing, size_t total)
{
    *progress = (struct progress_line){.doing = doing,
                                       .total = total,
                                       .next_at = monotonic_us() + FIRST_US,
                                       .is_on = isatty(STDERR_FILENO) == 1};
}

/* Writes the line over the one that is there. */
static void write_over(struct progress_line *progress, const char *text)
{
    AUTO_STRBUF line = STRBUF_INIT;
    size_t most = output_width() > 1 ? output_width() - 1 : 1;
    strbuf_add_char(&line, '\r');
    utf8_add_line(&line, text, strlen(text), most);
    size_t width = utf8_width(strbuf_text(&line) + 1, line.size - 1);
    if (progress->width > width)
        strbuf_add_repeated(&line, ' ', progress->width - width);
    if (width == 0)
        strbuf_add_char(&line, '\r');
    progress->width = width;
    /* Nobody is left to be told when this fails. */
    progress->is_on = file_write_all(STDERR_FILENO, line.text, line.size);
}

void progress_line_show(struct progress_line *progress, size_t done, const char *name)
{
    const int64_t now = monotonic_us();
    if (!progress->is_on || now < progress->next_at)
        return;
    progress->next_at = now + EVERY_US;
    AUTO_FREE char *text =
        xasprintf("%s %zu of %zu (%zu %%)  %s", progress->doing, done, progress->total,
                  progress->total ? done * 100 / progress->total : 100, name);
    write_over(progress, text);
}

void progress_line_hide(struct progress_line *progress)
{
    if (progress->is_on && progress->width > 0)
        write_over(progress, "");
}
