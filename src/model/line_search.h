/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_search: the lines of a text that a pattern fits; for `rscn grep`.
 *
 * A pattern never reaches over a line's end. Time is bounded for texts of any shape: a line of any
 * length is searched in windows, each of which regexec walks through once; patterns are the user's
 * own, and one with back-references may take as long as grep takes.
 */
#ifndef RSCN_MODEL_LINE_SEARCH_H
#define RSCN_MODEL_LINE_SEARCH_H

#include <locale.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum line_search_flag {
    LINE_SEARCH_EXTENDED = 1 << 0, /* POSIX extended expression; basic without */
    LINE_SEARCH_FIXED = 1 << 1,    /* no expression */
    LINE_SEARCH_ANY_CASE = 1 << 2,
    LINE_SEARCH_WORDS = 1 << 3 /* neither side of the match is a letter, digit or _ */
};

struct line_search {
    char *fixed; /* the text, when no expression is needed; else NULL */
    size_t fixed_size;
    bool words, is_compiled;
    regex_t expression; /* tells where */
    regex_t whether;    /* tells only whether, which is much cheaper */
    locale_t locale;    /* in which expressions are compiled and run: UTF-8 */
};
#define LINE_SEARCH_INIT                                                                           \
    {                                                                                              \
        .fixed = NULL                                                                              \
    }
#define AUTO_LINE_SEARCH __attribute__((cleanup(line_search_close))) struct line_search

/* The pattern is copied. ERROR_INVALID with regcomp's words. */
bool line_search_open(struct line_search *search, const char *pattern, unsigned flags,
                      struct error *error) NODISCARD;
void line_search_close(struct line_search *search);

/* A line that fits. All zero before the first one. */
struct line_found {
    size_t number;    /* of the line, from 1 */
    const char *line; /* borrowed from the text, without its end */
    size_t size;
    size_t match, match_size; /* in the line */
    size_t next;              /* where to go on */
    size_t lines;             /* ends of lines before `next` */
};
/* The next line of the text (at most 1 GiB of it are searched) that fits; each line once, with its
 * first match. False: no more. */
bool line_search_next(const struct line_search *search, const char *text, size_t size,
                      struct line_found *found);

#endif
