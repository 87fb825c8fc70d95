/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_search: the lines of a text that a pattern fits.
 */
#define _GNU_SOURCE /* memmem, memrchr */
#include "model/line_search.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"

/* What regexec gets at once: many short lines, or a part of a long one. It takes some 30 times that
 * in memory. Parts of a line overlap, so that a match of that length is found whole. */
#define WINDOW 65536
#define OVERLAP 4096

/* --- the pattern ------------------------------------------------------------------------------ */

static bool compile(regex_t *ret_expression, const char *pattern, int flags, struct error *error)
{
    char message[200];
    int result = regcomp(ret_expression, pattern, flags);
    if (result == 0)
        return true;
    regerror(result, ret_expression, message, sizeof(message));
    return error_set(error, ERROR_INVALID, "%s: %s", pattern, message);
}

/* The text as a basic expression. Caller frees. */
static char *escaped(const char *text)
{
    AUTO_STRBUF pattern = STRBUF_INIT;
    for (; *text; text++) {
        /* In brackets nothing but ^ has a meaning, and a backslash makes no other character
         * special. */
        if (*text == '^' || *text == '\\')
            strbuf_addf(&pattern, "\\%c", *text);
        else if (strchr(".[*$", *text))
            strbuf_addf(&pattern, "[%c]", *text);
        else
            strbuf_add_char(&pattern, *text);
    }
    return strbuf_take(&pattern);
}

static bool compile_both(struct line_search *search, const char *pattern, unsigned flags,
                         struct error *error)
{
    int how = REG_NEWLINE | (flags & LINE_SEARCH_EXTENDED ? REG_EXTENDED : 0) |
              (flags & LINE_SEARCH_ANY_CASE ? REG_ICASE : 0);
    if (!compile(&search->expression, pattern, how, error))
        return false;
    if (!compile(&search->whether, pattern, how | REG_NOSUB, error)) {
        regfree(&search->expression);
        return false;
    }
    search->is_compiled = true;
    return true;
}

bool line_search_open(struct line_search *search, const char *pattern, unsigned flags,
                      struct error *error)
{
    *search = (struct line_search){.words = (flags & LINE_SEARCH_WORDS) != 0};
    if (strchr(pattern, '\n'))
        return error_set(error, ERROR_INVALID, "the pattern has a line end; lines are searched");
    if (flags & LINE_SEARCH_FIXED && flags & LINE_SEARCH_EXTENDED)
        return error_set(error, ERROR_INVALID, "take -E or -F, not both");
    bool is_plain = flags & LINE_SEARCH_FIXED || !strpbrk(pattern, "\\.[]*^$+?{}()|");
    if (is_plain && !(flags & LINE_SEARCH_ANY_CASE)) {
        search->fixed = xstrdup(pattern);
        search->fixed_size = strlen(pattern);
        return true;
    }
    /* Not setlocale: that is the whole process's. */
    search->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = search->locale ? uselocale(search->locale) : (locale_t)0;
    AUTO_FREE char *plain = flags & LINE_SEARCH_FIXED ? escaped(pattern) : NULL;
    bool is_done = compile_both(search, plain ? plain : pattern, flags, error);
    if (search->locale)
        uselocale(before);
    return is_done;
}

void line_search_close(struct line_search *search)
{
    free(search->fixed);
    if (search->is_compiled) {
        regfree(&search->expression);
        regfree(&search->whether);
    }
    if (search->locale)
        freelocale(search->locale);
    *search = (struct line_search)LINE_SEARCH_INIT;
}

/* --- one match -------------------------------------------------------------------------------- */

struct span {
    size_t start, end;
};

/* The first match in text[from, to). What stands before `from` counts for ^ and for the edges of
 * words; `flags` say whether `to` is an end of line. */
static bool match_in(const struct line_search *search, const char *text, size_t from, size_t to,
                     int flags, struct span *ret_span)
{
    if (search->fixed) {
        const char *at = memmem(text + from, to - from, search->fixed, search->fixed_size);
        if (at)
            *ret_span =
                (struct span){(size_t)(at - text), (size_t)(at - text) + search->fixed_size};
        return at != NULL;
    }
    regmatch_t match = {.rm_so = (regoff_t)from, .rm_eo = (regoff_t)to};
    if (regexec(&search->expression, text, 1, &match, flags | REG_STARTEND) != 0)
        return false;
    *ret_span = (struct span){(size_t)match.rm_so, (size_t)match.rm_eo};
    return true;
}

/* Whether text[from, to) has a match at all. */
static bool has_match(const struct line_search *search, const char *text, size_t from, size_t to)
{
    regmatch_t match = {.rm_so = (regoff_t)from, .rm_eo = (regoff_t)to};
    return search->fixed || regexec(&search->whether, text, 0, &match, REG_STARTEND) == 0;
}

static bool is_word(const char *line, size_t size, size_t at)
{
    unsigned char byte = at < size ? (unsigned char)line[at] : 0;
    return byte == '_' || byte >= 0x80 || isalnum(byte);
}

/* As git and grep do: a match that ends in the middle of a word is no match, and the next is looked
 * for behind its first character. */
static bool is_whole_word(const char *line, size_t size, struct span span)
{
    return span.end > span.start && (span.start == 0 || !is_word(line, size, span.start - 1)) &&
           !is_word(line, size, span.end);
}

/* The first match in one part of a line that is short enough for regexec. */
static bool match_part(const struct line_search *search, const char *line, size_t size,
                       struct span part, struct span *ret_span)
{
    size_t from = part.start;
    for (;;) {
        int flags = part.end < size ? REG_NOTEOL : 0;
        if (!match_in(search, line, from, part.end, flags, ret_span))
            return false;
        if (!search->words || is_whole_word(line, size, *ret_span))
            return true;
        from = ret_span->start + 1;
        if (from > part.end)
            return false;
    }
}

static bool match_line(const struct line_search *search, const char *line, size_t size,
                       struct span *ret_span)
{
    for (size_t start = 0;; start += WINDOW - OVERLAP) {
        struct span part = {start, size - start > WINDOW ? start + WINDOW : size};
        if (match_part(search, line, size, part, ret_span))
            return true;
        if (part.end == size)
            return false;
    }
}

/* --- lines ------------------------------------------------------------------------------------ */

static size_t line_end(const char *text, size_t size, size_t from)
{
    const char *end = from < size ? memchr(text + from, '\n', size - from) : NULL;
    return end ? (size_t)(end - text) : size;
}

static size_t count_ends(const char *text, size_t from, size_t to)
{
    size_t count = 0;
    for (size_t at = line_end(text, to, from); at < to; at = line_end(text, to, at + 1))
        count++;
    return count;
}

/* Where the window of whole lines that begins at `from` ends: behind a line's end, or at the
 * text's; `from` when the first line alone is longer. */
static size_t window_end(const char *text, size_t size, size_t from)
{
    if (size - from <= WINDOW)
        return size;
    const char *last = memrchr(text + from, '\n', WINDOW);
    return last ? (size_t)(last - text) + 1 : from;
}

/* Where the first line begins that may fit: everything before it in the window surely does not. */
static bool find_candidate(const struct line_search *search, const char *text, size_t from,
                           size_t end, size_t *ret_start)
{
    struct span span;
    /* An end of line at the end of the window begins no line in it. */
    size_t stop = end > from && text[end - 1] == '\n' ? end - 1 : end;
    if (!has_match(search, text, from, stop) || !match_in(search, text, from, stop, 0, &span))
        return false;
    const char *before = span.start > from ? memrchr(text + from, '\n', span.start - from) : NULL;
    *ret_start = before ? (size_t)(before - text) + 1 : from;
    return true;
}

/* Goes on behind the line that ends at `end`. */
static void step_behind(struct line_found *found, size_t end)
{
    found->next = end + 1;
    found->lines++;
}

bool line_search_next(const struct line_search *search, const char *text, size_t size,
                      struct line_found *found)
{
    bool is_found = false;
    locale_t before = search->locale ? uselocale(search->locale) : (locale_t)0;
    while (!is_found && found->next < size) {
        size_t start = found->next, end = window_end(text, size, found->next);
        if (end > start && !find_candidate(search, text, start, end, &start)) {
            found->lines += count_ends(text, found->next, end);
            found->next = end;
            continue;
        }
        /* A match in the window may reach over lines; in its line it counts. */
        struct span span;
        found->lines += count_ends(text, found->next, start);
        end = line_end(text, size, start);
        is_found = match_line(search, text + start, end - start, &span);
        if (is_found) {
            found->number = found->lines + 1;
            found->line = text + start;
            found->size = end - start;
            found->match = span.start;
            found->match_size = span.end - span.start;
        }
        step_behind(found, end);
    }
    if (search->locale)
        uselocale(before);
    return is_found;
}
