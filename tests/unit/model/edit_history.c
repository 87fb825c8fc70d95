/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit_history: an editor that does what JupyterLab does (W-9 to W-12), with dice.
 */
#include "edit_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_CELLS 15
#define TRIES 20

struct editor {
    const struct history_options *options;
    uint64_t dice;
    uint32_t next_line, next_id, next_key;
    struct history_save now;
    bool ids_dropped;
    struct history_save *saves;
    size_t save_count;
};

const char *edit_kind_word(enum edit_kind kind)
{
    static const char *const WORDS[] = {"line",   "add-line", "format", "move",
                                        "split",  "insert",   "merge",  "copy",
                                        "delete", "rewrite",  "undo",   "drop-ids"};
    return WORDS[kind];
}

const char *text_kind_word(enum text_kind kind)
{
    static const char *const WORDS[] = {"distinct", "repeated", "alike"};
    return WORDS[kind];
}

const char *id_kind_word(enum id_kind kind)
{
    static const char *const WORDS[] = {"kept", "none", "random"};
    return WORDS[kind];
}

static size_t roll(struct editor *editor, size_t sides)
{
    editor->dice ^= editor->dice << 13;
    editor->dice ^= editor->dice >> 7;
    editor->dice ^= editor->dice << 17;
    return sides == 0 ? 0 : (size_t)(editor->dice >> 11) % sides;
}

static const char *pick(struct editor *editor, const char *const *words, size_t count)
{
    return words[roll(editor, count)];
}

static void distinct_text(struct editor *editor, char *text)
{
    static const char *const WORDS[] = {"alpha", "river", "stone", "cloud", "ember", "frost",
                                        "grain", "hazel", "ivory", "jolly", "knoll", "lunar"};
    snprintf(text, HISTORY_LINE_SIZE, "%s_%zu = %s_%zu(%s_%zu, %zu)",
             pick(editor, WORDS, ARRAY_SIZE(WORDS)), roll(editor, 1000),
             pick(editor, WORDS, ARRAY_SIZE(WORDS)), roll(editor, 1000),
             pick(editor, WORDS, ARRAY_SIZE(WORDS)), roll(editor, 1000), roll(editor, 100000));
}

/* As real notebooks have it: the same few short lines again and again. */
static void repeated_text(struct editor *editor, char *text)
{
    static const char *const LINES[] = {
        "df.head()",        "df.describe()", "plt.show()",         "df.info()",
        "df.shape",         "df.columns",    "import numpy as np", "import pandas as pd",
        "print(df)",        "df.tail()",     "model.summary()",    "x = 1",
        "df = df.dropna()", "SELECT 1",      "SELECT * FROM t",    "plt.figure(figsize=(8, 6))"};
    snprintf(text, HISTORY_LINE_SIZE, "%s", pick(editor, LINES, ARRAY_SIZE(LINES)));
}

static void alike_text(struct editor *editor, char *text)
{
    static const char *const COLUMNS[] = {"age", "name", "city", "price", "year", "rate"};
    static const char *const TABLES[] = {"people", "orders", "items"};
    const char *one = pick(editor, COLUMNS, ARRAY_SIZE(COLUMNS));
    const char *other = pick(editor, COLUMNS, ARRAY_SIZE(COLUMNS));
    const char *table = pick(editor, TABLES, ARRAY_SIZE(TABLES));
    switch (roll(editor, 4)) {
    case 0:
        snprintf(text, HISTORY_LINE_SIZE, "SELECT %s, %s FROM %s WHERE %s > %zu", one, other, table,
                 one, roll(editor, 50));
        break;
    case 1:
        snprintf(text, HISTORY_LINE_SIZE, "df['%s'] = df['%s'].fillna(%zu)", one, other,
                 roll(editor, 10));
        break;
    case 2:
        snprintf(text, HISTORY_LINE_SIZE, "%s.groupby('%s')['%s'].mean()", table, one, other);
        break;
    default:
        snprintf(text, HISTORY_LINE_SIZE, "plt.plot(%s['%s'], %s['%s'])", table, one, table, other);
        break;
    }
}

static void fill_text(struct editor *editor, char *text)
{
    enum text_kind kind = editor->options->text;
    if (kind == TEXT_DISTINCT)
        distinct_text(editor, text);
    else if (kind == TEXT_ALIKE || roll(editor, 3) == 0)
        alike_text(editor, text);
    else
        repeated_text(editor, text);
}

static void add_line(struct editor *editor, struct history_cell *cell, size_t at)
{
    if (cell->count >= HISTORY_LINES)
        return;
    memmove(&cell->lines[at + 1], &cell->lines[at], (cell->count - at) * sizeof(cell->lines[0]));
    cell->count++;
    cell->lines[at].number = ++editor->next_line;
    fill_text(editor, cell->lines[at].text);
}

static void fill_cell(struct editor *editor, struct history_cell *cell)
{
    bool is_short = editor->options->text == TEXT_REPEATED && roll(editor, 3) > 0;
    size_t lines = is_short ? 1 : 1 + roll(editor, 8);
    cell->count = 0;
    while (cell->count < lines)
        add_line(editor, cell, cell->count);
    if (editor->options->text == TEXT_REPEATED && roll(editor, 12) == 0) {
        cell->count = 1;
        cell->lines[0].text[0] = '\0';
    }
}

static struct history_cell *make_room(struct editor *editor, size_t at)
{
    struct history_save *now = &editor->now;
    memmove(&now->cells[at + 1], &now->cells[at], (now->count - at) * sizeof(now->cells[0]));
    now->count++;
    memset(&now->cells[at], 0, sizeof(now->cells[at]));
    now->cells[at].editor_id = ++editor->next_id;
    return &now->cells[at];
}

static void take_out(struct editor *editor, size_t at)
{
    struct history_save *now = &editor->now;
    now->count--;
    memmove(&now->cells[at], &now->cells[at + 1], (now->count - at) * sizeof(now->cells[0]));
}

static bool edit_line(struct editor *editor, struct history_cell *cell)
{
    struct history_line *line = &cell->lines[roll(editor, cell->count)];
    size_t size = strlen(line->text);
    if (size == 0 || editor->options->text != TEXT_DISTINCT) {
        fill_text(editor, line->text);
        return true;
    }
    for (size_t i = 0; i < 3; i++)
        line->text[roll(editor, size)] = (char)('a' + roll(editor, 26));
    return true;
}

static bool edit_format(struct editor *editor, struct history_cell *cell)
{
    struct history_line *line = &cell->lines[roll(editor, cell->count)];
    size_t size = strlen(line->text);
    if (size == 0 || size + 20 > HISTORY_LINE_SIZE)
        return false;
    snprintf(line->text + size, HISTORY_LINE_SIZE - size, "  # note %zu", roll(editor, 100));
    return true;
}

static bool edit_move(struct editor *editor, size_t at)
{
    struct history_save *now = &editor->now;
    size_t to = roll(editor, now->count);
    if (to == at)
        return false;
    AUTO_FREE struct history_cell *cell = xmemdup(&now->cells[at], sizeof(*cell));
    take_out(editor, at);
    make_room(editor, to);
    now->cells[to] = *cell;
    return true;
}

/* The part above the cursor and the part below; one of them keeps the id (W-9). */
static bool edit_split(struct editor *editor, size_t at)
{
    struct history_save *now = &editor->now;
    if (now->cells[at].count < 2 || now->count >= HISTORY_CELLS)
        return false;
    size_t lines = 1 + roll(editor, now->cells[at].count - 1);
    struct history_cell *above = make_room(editor, at), *below = &now->cells[at + 1];
    memcpy(above->lines, below->lines, lines * sizeof(above->lines[0]));
    above->count = lines;
    below->count -= lines;
    memmove(below->lines, below->lines + lines, below->count * sizeof(below->lines[0]));
    if (editor->options->first_piece_keeps) {
        uint32_t id = above->editor_id;
        above->editor_id = below->editor_id;
        below->editor_id = id;
    }
    return true;
}

/* With the one below, under an id that is new (W-10). */
static bool edit_merge(struct editor *editor, size_t at)
{
    struct history_save *now = &editor->now;
    if (at + 1 >= now->count || now->cells[at].count + now->cells[at + 1].count > HISTORY_LINES) {
        return false;
    }
    struct history_cell *above = &now->cells[at], *below = &now->cells[at + 1];
    memcpy(above->lines + above->count, below->lines, below->count * sizeof(below->lines[0]));
    above->count += below->count;
    above->editor_id = ++editor->next_id;
    take_out(editor, at + 1);
    return true;
}

static bool edit_copy(struct editor *editor, size_t at)
{
    struct history_save *now = &editor->now;
    if (now->count >= HISTORY_CELLS)
        return false;
    size_t to = roll(editor, now->count + 1), from = at >= to ? at + 1 : at;
    struct history_cell *copy = make_room(editor, to);
    copy->count = now->cells[from].count;
    for (size_t i = 0; i < copy->count; i++) {
        copy->lines[i] = now->cells[from].lines[i];
        copy->lines[i].number = ++editor->next_line;
    }
    return true;
}

static bool edit_insert(struct editor *editor)
{
    if (editor->now.count >= HISTORY_CELLS)
        return false;
    fill_cell(editor, make_room(editor, roll(editor, editor->now.count + 1)));
    return true;
}

static bool edit_undo(struct editor *editor)
{
    if (editor->save_count < 2)
        return false;
    size_t back = 1 + roll(editor, editor->save_count < 4 ? editor->save_count - 1 : 3);
    editor->now = editor->saves[editor->save_count - 1 - back];
    return true;
}

static bool edit_once(struct editor *editor, enum edit_kind kind)
{
    size_t at = roll(editor, editor->now.count);
    struct history_cell *cell = &editor->now.cells[at];
    switch (kind) {
    case EDIT_LINE:
        return edit_line(editor, cell);
    case EDIT_ADD_LINE:
        add_line(editor, cell, roll(editor, cell->count + 1));
        return true;
    case EDIT_FORMAT:
        return edit_format(editor, cell);
    case EDIT_MOVE:
        return edit_move(editor, at);
    case EDIT_SPLIT:
        return edit_split(editor, at);
    case EDIT_INSERT:
        return edit_insert(editor);
    case EDIT_MERGE:
        return edit_merge(editor, at);
    case EDIT_COPY:
        return edit_copy(editor, at);
    case EDIT_DELETE:
        if (editor->now.count > 2)
            take_out(editor, at);
        return true;
    case EDIT_REWRITE:
        fill_cell(editor, cell);
        return true;
    case EDIT_UNDO:
        return edit_undo(editor);
    default:
        editor->ids_dropped = true;
        return true;
    }
}

static enum edit_kind draw_kind(struct editor *editor)
{
    size_t sum = 0;
    for (size_t i = 0; i < EDIT_KINDS; i++)
        sum += (size_t)editor->options->weights[i];
    size_t at = roll(editor, sum);
    for (size_t i = 0; i < EDIT_KINDS; i++) {
        if (at < (size_t)editor->options->weights[i])
            return (enum edit_kind)i;
        at -= (size_t)editor->options->weights[i];
    }
    return EDIT_LINE;
}

/* --- the truth -------------------------------------------------------------------------------- */

static size_t shared_lines(const struct history_cell *one, const struct history_cell *other)
{
    size_t shared = 0;
    for (size_t i = 0; i < one->count; i++) {
        for (size_t j = 0; j < other->count; j++)
            shared += one->lines[i].number == other->lines[j].number;
    }
    return shared;
}

static void take_truth(struct history_save *now, const struct history_save *before, bool *taken,
                       size_t i, size_t j)
{
    now->cells[i].before = j;
    now->cells[i].key = before->cells[j].key;
    taken[j] = true;
}

/* Where a split or merge leaves two as good as each other, neither choice is counted. */
static void mark_ties(struct history_save *now, const struct history_save *before, size_t i,
                      size_t j, size_t shared)
{
    for (size_t k = 0; k < now->count; k++) {
        if (k != i && shared_lines(&now->cells[k], &before->cells[j]) == shared)
            now->cells[k].is_free = now->cells[i].is_free = true;
    }
    for (size_t k = 0; k < before->count; k++) {
        if (k != j && shared_lines(&now->cells[i], &before->cells[k]) == shared)
            now->cells[i].is_free = true;
    }
}

static void pair_by_lines(struct history_save *now, const struct history_save *before, bool *taken)
{
    for (size_t most = HISTORY_LINES; most > 0; most--) {
        for (size_t i = 0; i < now->count; i++) {
            for (size_t j = 0; j < before->count && now->cells[i].before == HISTORY_NONE; j++) {
                if (taken[j] || shared_lines(&now->cells[i], &before->cells[j]) != most)
                    continue;
                mark_ties(now, before, i, j, most);
                take_truth(now, before, taken, i, j);
            }
        }
    }
}

static void pair_by_id(struct history_save *now, const struct history_save *before, bool *taken)
{
    for (size_t i = 0; i < now->count; i++) {
        for (size_t j = 0; j < before->count; j++) {
            if (!taken[j] && now->cells[i].before == HISTORY_NONE &&
                now->cells[i].editor_id == before->cells[j].editor_id) {
                take_truth(now, before, taken, i, j);
            }
        }
    }
}

/* The key of a cell that was there some time ago; 0 = none. */
static uint32_t key_of_old(const struct editor *editor, const struct history_save *now,
                           uint32_t editor_id)
{
    for (size_t s = editor->save_count; s-- > 0;) {
        const struct history_save *save = &editor->saves[s];
        for (size_t i = 0; i < save->count; i++) {
            if (save->cells[i].editor_id != editor_id)
                continue;
            for (size_t k = 0; k < now->count; k++) {
                if (now->cells[k].key == save->cells[i].key)
                    return 0;
            }
            return save->cells[i].key;
        }
    }
    return 0;
}

static bool has_same_lines(const struct history_cell *one, const struct history_cell *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++) {
        if (one->lines[i].number != other->lines[i].number)
            return false;
    }
    return true;
}

/* Whether it holds just the lines of a cell that was merged away: then it may count as that one,
 * come back, or as a new piece. */
static bool is_parted_again(const struct editor *editor, const struct history_cell *cell)
{
    for (size_t s = 0; s < editor->save_count; s++) {
        for (size_t i = 0; i < editor->saves[s].count; i++) {
            if (has_same_lines(cell, &editor->saves[s].cells[i]))
                return true;
        }
    }
    return false;
}

static void find_truth(struct editor *editor, struct history_save *now, bool ids_decide)
{
    bool taken[HISTORY_CELLS] = {false};
    const struct history_save *before =
        editor->save_count > 0 ? &editor->saves[editor->save_count - 1] : NULL;
    for (size_t i = 0; i < now->count; i++) {
        now->cells[i].before = HISTORY_NONE;
        now->cells[i].key = 0;
        now->cells[i].is_back = now->cells[i].is_free = false;
    }
    if (before != NULL) {
        if (ids_decide)
            pair_by_id(now, before, taken);
        pair_by_lines(now, before, taken);
        pair_by_id(now, before, taken);
    }
    for (size_t i = 0; i < now->count; i++) {
        if (now->cells[i].before != HISTORY_NONE)
            continue;
        now->cells[i].key = key_of_old(editor, now, now->cells[i].editor_id);
        now->cells[i].is_back = now->cells[i].key != 0;
        if (now->cells[i].key == 0)
            now->cells[i].key = ++editor->next_key;
        if (!now->cells[i].is_back && is_parted_again(editor, &now->cells[i]))
            now->cells[i].is_free = true;
    }
}

static void write_cell(struct editor *editor, struct history_cell *cell)
{
    cell->size = 0;
    for (size_t i = 0; i < cell->count; i++) {
        cell->size += (size_t)snprintf(cell->text + cell->size, sizeof(cell->text) - cell->size,
                                       "%s%s", i > 0 ? "\n" : "", cell->lines[i].text);
    }
    if (editor->options->ids == IDS_NONE)
        cell->id[0] = '\0';
    else if (editor->options->ids == IDS_RANDOM)
        snprintf(cell->id, sizeof(cell->id), "r%zx", roll(editor, 0xffffffff));
    else
        snprintf(cell->id, sizeof(cell->id), "i%x", (unsigned)cell->editor_id);
}

static void save(struct editor *editor)
{
    struct history_save *now = &editor->saves[editor->save_count];
    *now = editor->now;
    /* A tool that drops the ids leaves an editor that makes new ones; the truth doesn't know. */
    bool ids_decide = editor->options->ids == IDS_KEPT && !editor->ids_dropped;
    find_truth(editor, now, ids_decide);
    if (editor->ids_dropped) {
        for (size_t i = 0; i < now->count; i++)
            now->cells[i].editor_id = ++editor->next_id;
        editor->ids_dropped = false;
    }
    for (size_t i = 0; i < now->count; i++)
        write_cell(editor, &now->cells[i]);
    editor->now = *now;
    editor->save_count++;
}

struct history_save *history_make(const struct history_options *options, size_t *ret_count)
{
    size_t most = (size_t)(options->edits / options->edits_per_save) + 2;
    AUTO_FREE struct editor *editor = xcalloc(1, sizeof(*editor));
    editor->options = options;
    editor->dice = 0x9E3779B97F4A7C15u * (options->seed + 1);
    editor->saves = xcalloc(most, sizeof(*editor->saves));
    for (size_t i = 0; i < FIRST_CELLS; i++)
        fill_cell(editor, make_room(editor, i));
    save(editor);
    for (int i = 0; i < options->edits; i++) {
        for (int tries = 0; tries < TRIES; tries++) {
            if (edit_once(editor, draw_kind(editor)))
                break;
        }
        if ((i + 1) % options->edits_per_save == 0)
            save(editor);
    }
    *ret_count = editor->save_count;
    return editor->saves;
}
