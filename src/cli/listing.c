/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing: an aligned table or tab-separated lines.
 */
#include "cli/listing.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define MEASURED_ROWS 1000
#define LEAST_COLUMN 6
#define GAP "  "
#define GAP_WIDTH 2
/* What one column may take at most. */
#define MOST_COLUMN 200

struct field {
    char *text; /* one line, fit for the terminal */
    enum output_style style;
};

struct listing {
    const struct listing_column *columns;
    size_t count;
    size_t next; /* column of the next field */
    struct field *row;
    struct field **held; /* rows whose widths are being measured */
    size_t held_count;
    size_t *widths;
    bool is_measured;
    struct strbuf line; /* of the pipe */
};

/* --- the pipe --------------------------------------------------------------------------------- */

static void add_bytes(struct strbuf *line, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        strbuf_addf(line, "\\x%02x", (unsigned char)bytes[i]);
}

void listing_escape(struct strbuf *line, const char *text)
{
    const char *end = text + strlen(text);
    size_t length = 1;
    for (; text < end; text += length) {
        unsigned char byte = (unsigned char)*text;
        uint32_t code_point = byte;
        length = byte < 0x80 ? 1 : utf8_decode(text, (size_t)(end - text), &code_point);
        if (byte == '\t')
            strbuf_add_text(line, "\\t");
        else if (byte == '\n')
            strbuf_add_text(line, "\\n");
        else if (byte == '\r')
            strbuf_add_text(line, "\\r");
        else if (byte == '\\')
            strbuf_add_text(line, "\\\\");
        else if (utf8_is_control(code_point) || (byte >= 0x80 && length == 1))
            add_bytes(line, text, length);
        else
            strbuf_add(line, text, length);
    }
}

static void end_pipe_line(struct listing *listing)
{
    strbuf_add_char(&listing->line, '\n');
    output_bytes(listing->line.text, listing->line.size);
    strbuf_clear(&listing->line);
}

static void add_pipe_field(struct listing *listing, const char *text)
{
    if (!listing->columns[listing->next].key)
        return;
    bool is_first = true;
    for (size_t i = 0; i < listing->next; i++)
        is_first = is_first && !listing->columns[i].key;
    if (!is_first)
        strbuf_add_char(&listing->line, '\t');
    listing_escape(&listing->line, text);
}

/* --- the terminal ----------------------------------------------------------------------------- */

static void measure(struct listing *listing, const struct field *row)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (!listing->columns[i].title)
            continue;
        size_t width = utf8_width(row[i].text, strlen(row[i].text));
        width = width < MOST_COLUMN ? width : MOST_COLUMN;
        if (width > listing->widths[i])
            listing->widths[i] = width;
    }
}

/* Takes what does not fit from the widest flexible columns, one column of the screen at a time. */
static void fit(struct listing *listing)
{
    size_t total = 0;
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->columns[i].title)
            total += listing->widths[i] + (total > 0 ? GAP_WIDTH : 0);
    }
    while (total > output_width()) {
        size_t widest = SIZE_MAX;
        for (size_t i = 0; i < listing->count; i++) {
            if (listing->columns[i].is_flexible && listing->widths[i] > LEAST_COLUMN &&
                (widest == SIZE_MAX || listing->widths[i] > listing->widths[widest]))
                widest = i;
        }
        if (widest == SIZE_MAX)
            return;
        listing->widths[widest]--;
        total--;
    }
}

static size_t last_shown(const struct listing *listing)
{
    size_t last = 0;
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->columns[i].title)
            last = i;
    }
    return last;
}

static void print_field(const struct listing *listing, size_t index, const char *text,
                        enum output_style style)
{
    AUTO_STRBUF shown = STRBUF_INIT;
    utf8_add_line(&shown, text, strlen(text), listing->widths[index]);
    size_t width = utf8_width(strbuf_text(&shown), shown.size);
    AUTO_STRBUF blanks = STRBUF_INIT;
    if (width < listing->widths[index])
        strbuf_add_repeated(&blanks, ' ', listing->widths[index] - width);
    const bool is_right = listing->columns[index].is_right;
    if (is_right)
        output_text(strbuf_text(&blanks));
    if (style != STYLE_PLAIN)
        output_style(style);
    output_text(strbuf_text(&shown));
    output_style(STYLE_PLAIN);
    if (!is_right && index != last_shown(listing))
        output_text(strbuf_text(&blanks));
}

static void print_row(const struct listing *listing, const struct field *row)
{
    bool is_first = true;
    for (size_t i = 0; i < listing->count; i++) {
        if (!listing->columns[i].title)
            continue;
        if (!is_first)
            output_text(GAP);
        is_first = false;
        if (row)
            print_field(listing, i, row[i].text, row[i].style);
        else
            print_field(listing, i, listing->columns[i].title, STYLE_TITLE);
    }
    output_text("\n");
}

static void free_row(const struct listing *listing, struct field *row)
{
    for (size_t i = 0; i < listing->count; i++)
        free(row[i].text);
    free(row);
}

/* Header and held rows; from now on rows are printed as they come. */
static void print_held(struct listing *listing)
{
    fit(listing);
    listing->is_measured = true;
    print_row(listing, NULL);
    for (size_t i = 0; i < listing->held_count; i++) {
        print_row(listing, listing->held[i]);
        free_row(listing, listing->held[i]);
    }
    listing->held_count = 0;
}

/* --- both ------------------------------------------------------------------------------------- */

struct listing *listing_new(const struct listing_column *columns, size_t count)
{
    struct listing *listing = xcalloc(1, sizeof(*listing));
    listing->columns = columns;
    listing->count = count;
    listing->row = xcalloc(count, sizeof(*listing->row));
    listing->widths = xcalloc(count, sizeof(*listing->widths));
    if (output_is_terminal()) {
        listing->held = xcalloc(MEASURED_ROWS, sizeof(struct field *));
        for (size_t i = 0; i < count; i++)
            listing->widths[i] = columns[i].title ? strlen(columns[i].title) : 0;
        return listing;
    }
    for (size_t i = 0; i < count; i++) {
        listing->next = i;
        if (columns[i].key)
            add_pipe_field(listing, columns[i].key);
    }
    listing->next = 0;
    end_pipe_line(listing);
    return listing;
}

void listing_add_both(struct listing *listing, const char *pipe_text, const char *terminal_text,
                      enum output_style style)
{
    assert(listing->next < listing->count);
    if (output_is_terminal()) {
        AUTO_STRBUF line = STRBUF_INIT;
        if (terminal_text)
            utf8_add_line(&line, terminal_text, strlen(terminal_text), MOST_COLUMN);
        listing->row[listing->next].text = strbuf_take(&line);
        listing->row[listing->next].style = style;
    } else {
        add_pipe_field(listing, pipe_text ? pipe_text : "");
    }
    listing->next++;
}

void listing_add(struct listing *listing, const char *text, enum output_style style)
{
    listing_add_both(listing, text, text, style);
}

bool listing_end_row(struct listing *listing)
{
    assert(listing->next == listing->count);
    listing->next = 0;
    if (!output_is_terminal()) {
        end_pipe_line(listing);
        return !output_is_lost();
    }
    struct field *row = listing->row;
    listing->row = xcalloc(listing->count, sizeof(*listing->row));
    if (listing->is_measured) {
        print_row(listing, row);
        free_row(listing, row);
    } else {
        measure(listing, row);
        listing->held[listing->held_count++] = row;
        if (listing->held_count == MEASURED_ROWS)
            print_held(listing);
    }
    return !output_is_lost();
}

void listing_finish(struct listing *listing, const char *if_empty)
{
    if (output_is_terminal() && !listing->is_measured) {
        if (listing->held_count > 0)
            print_held(listing);
        else
            output_format("%s\n", if_empty);
    }
    free_row(listing, listing->row);
    free(listing->held);
    free(listing->widths);
    strbuf_release(&listing->line);
    free(listing);
}
