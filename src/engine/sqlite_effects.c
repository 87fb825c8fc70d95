/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_effects: see the header.
 */
#include "engine/sqlite_effects.h"

#include <stdlib.h>
#include <string.h>

#define RANGES_SHOWN 10

enum mark { MARK_NONE, MARK_PENDING, MARK_DONE, MARK_UNDONE };

static void settle_pending(struct sqlite_effects *effects, enum mark mark)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->marks[i] == MARK_PENDING)
            effects->marks[i] = mark;
}

static void set_mark(struct sqlite_effects *effects, size_t number, enum mark mark)
{
    if (number > effects->capacity) {
        effects->capacity = number * 2 < 64 ? 64 : number * 2;
        effects->marks = xreallocarray(effects->marks, effects->capacity, sizeof *effects->marks);
    }
    while (effects->count < number)
        effects->marks[effects->count++] = MARK_NONE;
    effects->marks[number - 1] = (unsigned char)mark;
}

void sqlite_effects_add(struct sqlite_effects *effects, const struct sqlite_effects_step *step)
{
    if (step->was_open && step->was_rolled_back)
        settle_pending(effects, MARK_UNDONE);
    if (step->is_rollback_to && step->is_open)
        effects->is_imprecise = true;
    if (step->writes)
        set_mark(effects, step->number, step->is_open ? MARK_PENDING : MARK_DONE);
    if (effects->is_earlier && !step->is_open) {
        effects->is_earlier = false;
        effects->earlier = step->was_rolled_back ? EARLIER_ROLLED_BACK : EARLIER_COMMITTED;
    }
    if (!step->is_open) {
        if (step->was_open)
            settle_pending(effects, MARK_DONE);
        if (step->writes || (step->was_open && !step->was_rolled_back))
            effects->has_committed = true;
    }
    effects->is_open = step->is_open;
}

enum engine_effect sqlite_effects_result(const struct sqlite_effects *effects, bool has_failed)
{
    if (effects->is_open)
        return EFFECT_OPEN;
    if (!effects->has_committed)
        return EFFECT_NONE;
    return has_failed ? EFFECT_PARTIAL : EFFECT_COMMITTED;
}

/* Appends "1-3, 5"; returns how many statements have the mark. */
static size_t add_ranges(const struct sqlite_effects *effects, enum mark mark,
                         struct strbuf *buffer)
{
    size_t total = 0, ranges = 0;

    for (size_t i = 0; i < effects->count; i++) {
        if (effects->marks[i] != mark)
            continue;
        size_t first = i;
        while (i + 1 < effects->count && effects->marks[i + 1] == mark)
            i++;
        total += i - first + 1;
        ranges++;
        if (ranges > RANGES_SHOWN)
            continue;
        strbuf_addf(buffer, "%s%zu", ranges > 1 ? ", " : "", first + 1);
        if (i > first)
            strbuf_addf(buffer, "-%zu", i + 1);
    }
    if (ranges > RANGES_SHOWN)
        strbuf_add_text(buffer, ", \xe2\x80\xa6");
    return total;
}

void sqlite_effects_describe(const struct sqlite_effects *effects, size_t statements,
                             struct strbuf *buffer)
{
    AUTO_STRBUF done = STRBUF_INIT;
    AUTO_STRBUF undone = STRBUF_INIT;
    size_t count = add_ranges(effects, MARK_DONE, &done);
    size_t undone_count = add_ranges(effects, MARK_UNDONE, &undone);

    if (count)
        strbuf_addf(buffer, "%sstatement%s %s of %zu took effect",
                    effects->is_imprecise ? "of " : "", count == 1 ? "" : "s", strbuf_text(&done),
                    statements);
    else
        strbuf_add_text(buffer, "no statement took effect");
    if (count && effects->is_imprecise)
        strbuf_add_text(buffer, " what ROLLBACK TO did not take back");
    if (undone_count)
        strbuf_addf(buffer, "; statement%s %s %s rolled back", undone_count == 1 ? "" : "s",
                    strbuf_text(&undone), undone_count == 1 ? "was" : "were");
    if (effects->earlier == EARLIER_ROLLED_BACK)
        strbuf_add_text(buffer, "; what earlier cells did in the transaction was rolled back");
    if (effects->is_open)
        strbuf_add_text(buffer,
                        "; a transaction is open: COMMIT keeps what it did, ROLLBACK undoes it");
}

void sqlite_effects_release(struct sqlite_effects *effects)
{
    free(effects->marks);
    memset(effects, 0, sizeof *effects);
}
