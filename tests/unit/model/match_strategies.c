/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_strategies: each gives keys of its own to the cells of one save after the other; counted is
 * which cell of the save before a cell continues, or that it came back.
 */
#include "match_strategies.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/identity/text_similarity.h"
#include "model/identity/version_match.h"

#define EARLIER_MAX 400
#define RATIO_MIN 0.6

/* What a strategy says about one cell. */
struct guess {
    size_t before;    /* HISTORY_NONE */
    uint32_t earlier; /* true key of the cell that it says came back, 0 = none */
};

const char *strategy_word(enum strategy strategy)
{
    static const char *const WORDS[] = {"ours", "id", "text", "difflib", "zip"};
    return WORDS[strategy];
}

double rate_precision(const struct rate *rate)
{
    size_t all = rate->right + rate->wrong;
    return all == 0 ? 1 : (double)rate->right / (double)all;
}

double rate_recall(const struct rate *rate)
{
    size_t all = rate->right + rate->missed;
    return all == 0 ? 1 : (double)rate->right / (double)all;
}

double rate_f1(const struct rate *rate)
{
    size_t all = 2 * rate->right + rate->wrong + rate->missed;
    return all == 0 ? 1 : 2 * (double)rate->right / (double)all;
}

void rate_add(struct rate *sum, const struct rate *rate)
{
    sum->right += rate->right;
    sum->wrong += rate->wrong;
    sum->missed += rate->missed;
}

static void set_cell(const struct history_cell *from, struct version_match_cell *cell)
{
    *cell = (struct version_match_cell){.type = NOTEBOOK_CODE,
                                        .text = from->text,
                                        .size = from->size,
                                        .id = from->id[0] != '\0' ? from->id : NULL};
}

static bool has_key(const struct history_save *save, uint32_t key)
{
    for (size_t i = 0; i < save->count; i++) {
        if (save->cells[i].key == key)
            return true;
    }
    return false;
}

/* The cells of all saves before that the last one doesn't have, the last seen first. */
static size_t find_earlier(const struct history_save *saves, size_t count,
                           struct version_match_cell *cells, uint32_t *keys)
{
    size_t found = 0;
    for (size_t s = count - 1; s-- > 0;) {
        for (size_t i = 0; i < saves[s].count && found < EARLIER_MAX; i++) {
            const struct history_cell *cell = &saves[s].cells[i];
            bool is_known = has_key(&saves[count - 1], cell->key);
            for (size_t k = 0; k < found && !is_known; k++)
                is_known = keys[k] == cell->key;
            if (is_known)
                continue;
            set_cell(cell, &cells[found]);
            keys[found++] = cell->key;
        }
    }
    return found;
}

static void guess_ours(const struct history_save *saves, size_t count, struct guess *guesses)
{
    struct version_match_cell now[HISTORY_CELLS], before[HISTORY_CELLS], earlier[EARLIER_MAX];
    uint32_t keys[EARLIER_MAX];
    const struct history_save *one = &saves[count], *other = &saves[count - 1];
    for (size_t i = 0; i < one->count; i++)
        set_cell(&one->cells[i], &now[i]);
    for (size_t i = 0; i < other->count; i++)
        set_cell(&other->cells[i], &before[i]);
    struct version_match_request request = {.now = now,
                                            .now_count = one->count,
                                            .before = before,
                                            .before_count = other->count,
                                            .earlier = earlier,
                                            .language = "python"};
    request.earlier_count = find_earlier(saves, count, earlier, keys);
    struct version_match match;
    version_match(&request, &match);
    for (size_t i = 0; i < one->count; i++) {
        if (match.cells[i].has_before)
            guesses[i].before = match.cells[i].from;
        if (match.cells[i].has_earlier)
            guesses[i].earlier = keys[match.cells[i].from];
    }
    version_match_release(&match);
}

static void guess_by_id(const struct history_save *saves, size_t count, struct guess *guesses)
{
    const struct history_save *one = &saves[count];
    for (size_t i = 0; i < one->count; i++) {
        for (size_t s = count; s-- > 0;) {
            for (size_t j = 0; j < saves[s].count && one->cells[i].id[0] != '\0'; j++) {
                const struct history_cell *cell = &saves[s].cells[j];
                if (guesses[i].before != HISTORY_NONE || guesses[i].earlier != 0 ||
                    strcmp(cell->id, one->cells[i].id) != 0) {
                    continue;
                }
                if (s == count - 1)
                    guesses[i].before = j;
                else if (!has_key(&saves[count - 1], cell->key))
                    guesses[i].earlier = cell->key;
            }
        }
    }
}

static bool is_same_text(const struct history_cell *one, const struct history_cell *other)
{
    return one->size == other->size && memcmp(one->text, other->text, one->size) == 0;
}

static void guess_by_text(const struct history_save *saves, size_t count, struct guess *guesses)
{
    const struct history_save *one = &saves[count], *other = &saves[count - 1];
    bool taken[HISTORY_CELLS] = {false};
    for (size_t i = 0; i < one->count; i++) {
        for (size_t j = 0; j < other->count; j++) {
            if (taken[j] || !is_same_text(&one->cells[i], &other->cells[j]))
                continue;
            guesses[i].before = j;
            taken[j] = true;
            break;
        }
    }
}

struct block {
    size_t now, now_end, before, before_end;
};

static size_t longest_run(const struct history_save *one, const struct history_save *other,
                          const struct block *block, size_t *ret_now, size_t *ret_before)
{
    size_t best = 0;
    for (size_t i = block->now; i < block->now_end; i++) {
        for (size_t j = block->before; j < block->before_end; j++) {
            size_t run = 0;
            while (i + run < block->now_end && j + run < block->before_end &&
                   is_same_text(&one->cells[i + run], &other->cells[j + run])) {
                run++;
            }
            if (run > best) {
                best = run;
                *ret_now = i;
                *ret_before = j;
            }
        }
    }
    return best;
}

static void zip_block(const struct block *block, struct guess *guesses)
{
    for (size_t i = block->now, j = block->before; i < block->now_end && j < block->before_end;)
        guesses[i++].before = j++;
}

/* The pairs in order whose ratios add up to most. */
static void ratio_block(const struct history_save *one, const struct history_save *other,
                        const struct block *block, struct guess *guesses)
{
    static double ratios[HISTORY_CELLS + 1][HISTORY_CELLS + 1];
    static double sums[HISTORY_CELLS + 2][HISTORY_CELLS + 2];
    memset(sums, 0, sizeof(sums));
    for (size_t i = block->now_end; i-- > block->now;) {
        for (size_t j = block->before_end; j-- > block->before;) {
            const struct history_cell *left = &one->cells[i], *right = &other->cells[j];
            int64_t work = INT64_MAX;
            ratios[i][j] =
                text_similarity(left->text, left->size, right->text, right->size, RATIO_MIN, &work);
            double with = ratios[i][j] > 0 ? ratios[i][j] + sums[i + 1][j + 1] : 0;
            sums[i][j] = sums[i + 1][j] > sums[i][j + 1] ? sums[i + 1][j] : sums[i][j + 1];
            sums[i][j] = with > sums[i][j] ? with : sums[i][j];
        }
    }
    for (size_t i = block->now, j = block->before; i < block->now_end && j < block->before_end;) {
        if (ratios[i][j] > 0 && ratios[i][j] + sums[i + 1][j + 1] >= sums[i][j])
            guesses[i++].before = j++;
        else if (sums[i][j + 1] >= sums[i][j])
            j++;
        else
            i++;
    }
}

static void guess_by_difflib(const struct history_save *saves, size_t count, bool zip,
                             struct guess *guesses)
{
    const struct history_save *one = &saves[count], *other = &saves[count - 1];
    struct block todo[2 * HISTORY_CELLS + 2];
    size_t todo_count = 1;
    todo[0] = (struct block){0, one->count, 0, other->count};
    while (todo_count > 0) {
        struct block block = todo[--todo_count];
        size_t now = 0, before = 0;
        size_t run = longest_run(one, other, &block, &now, &before);
        if (run > 0) {
            for (size_t i = 0; i < run; i++)
                guesses[now + i].before = before + i;
            todo[todo_count++] = (struct block){block.now, now, block.before, before};
            todo[todo_count++] =
                (struct block){now + run, block.now_end, before + run, block.before_end};
        } else if (zip) {
            zip_block(&block, guesses);
        } else {
            ratio_block(one, other, &block, guesses);
        }
    }
}

static void count_guesses(const struct history_save *saves, size_t count,
                          const struct guess *guesses, struct rate *rate)
{
    const struct history_save *now = &saves[count], *before = &saves[count - 1];
    for (size_t i = 0; i < now->count; i++) {
        const struct history_cell *cell = &now->cells[i];
        size_t guessed = guesses[i].before;
        if (cell->is_free && guessed == HISTORY_NONE)
            continue;
        if (cell->is_free && guessed != HISTORY_NONE) {
            bool shares = guessed == cell->before;
            for (size_t k = 0; k < cell->count && !shares; k++) {
                for (size_t m = 0; m < before->cells[guessed].count && !shares; m++)
                    shares = before->cells[guessed].lines[m].number == cell->lines[k].number;
            }
            rate->right += shares;
            rate->wrong += !shares;
            continue;
        }
        bool has_guess = guessed != HISTORY_NONE || guesses[i].earlier != 0;
        bool has_truth = cell->before != HISTORY_NONE || cell->is_back;
        bool is_right =
            has_guess && has_truth &&
            (guessed != HISTORY_NONE ? guessed == cell->before : guesses[i].earlier == cell->key);
        rate->right += is_right;
        rate->wrong += has_guess && !is_right;
        rate->missed += has_truth && !is_right;
    }
}

void strategy_measure(enum strategy strategy, const struct history_save *saves, size_t count,
                      struct rate *ret_rate)
{
    *ret_rate = (struct rate){0, 0, 0};
    for (size_t s = 1; s < count; s++) {
        struct guess guesses[HISTORY_CELLS];
        for (size_t i = 0; i < HISTORY_CELLS; i++)
            guesses[i] = (struct guess){HISTORY_NONE, 0};
        if (strategy == STRATEGY_OURS)
            guess_ours(saves, s, guesses);
        else if (strategy == STRATEGY_ID)
            guess_by_id(saves, s, guesses);
        else if (strategy == STRATEGY_TEXT)
            guess_by_text(saves, s, guesses);
        else
            guess_by_difflib(saves, s, strategy == STRATEGY_ZIP, guesses);
        count_guesses(saves, s, guesses, ret_rate);
    }
}
