/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit_history: made-up histories of notebooks with the truth about every cell, to measure matching
 * by (W-67 to W-72).
 *
 * Every line has a number from its beginning to its end, through edits, moves, splits and merges; a
 * copied line is a new one. The truth about a cell follows from its lines: it is the cell that most
 * of its lines come from; while ids are kept the id says it where a split leaves a choice.
 */
#ifndef TESTS_EDIT_HISTORY_H
#define TESTS_EDIT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_CELLS 40
#define HISTORY_LINES 40
#define HISTORY_LINE_SIZE 80
#define HISTORY_NONE ((size_t)-1)

enum edit_kind {
    EDIT_LINE,
    EDIT_ADD_LINE,
    EDIT_FORMAT,
    EDIT_MOVE,
    EDIT_SPLIT,
    EDIT_INSERT,
    EDIT_MERGE,
    EDIT_COPY,
    EDIT_DELETE,
    EDIT_REWRITE, /* all of a cell's text */
    EDIT_UNDO,    /* back to an earlier save, ids too */
    EDIT_DROP_IDS,
    EDIT_KINDS
};
const char *edit_kind_word(enum edit_kind kind);

enum text_kind { TEXT_DISTINCT, TEXT_REPEATED, TEXT_ALIKE, TEXT_KINDS };
const char *text_kind_word(enum text_kind kind);

enum id_kind { IDS_KEPT, IDS_NONE, IDS_RANDOM /* new ones at every save (W-13) */, ID_KINDS };
const char *id_kind_word(enum id_kind kind);

struct history_line {
    uint32_t number;
    char text[HISTORY_LINE_SIZE];
};
struct history_cell {
    struct history_line lines[HISTORY_LINES];
    size_t count;
    uint32_t editor_id; /* what the editor goes by, in the file or not */
    char id[16];        /* in the file; "" = none */
    char text[HISTORY_LINES * HISTORY_LINE_SIZE];
    size_t size;
    uint32_t key;  /* the true one */
    size_t before; /* true cell of the save before, HISTORY_NONE */
    bool is_back;  /* true: none in the save before, but its key existed */
    bool is_free;  /* whether it goes on is a matter of taste: not counted */
};
struct history_save {
    struct history_cell cells[HISTORY_CELLS];
    size_t count;
};

struct history_options {
    enum text_kind text;
    enum id_kind ids;
    int weights[EDIT_KINDS];
    int edits, edits_per_save;
    bool first_piece_keeps; /* split: as the cell-id proposal has it, not as JupyterLab does */
    uint32_t seed;
};
/* The saves of a history, the first one before any edit. Caller frees. */
struct history_save *history_make(const struct history_options *options, size_t *ret_count);

#endif
