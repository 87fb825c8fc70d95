/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell_tracker: its memory is bounded, and forgets what only its text tells.
 */
#include "kernel/cell_tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/memory.h"
#include "tap.h"

#define TEXTS 10000

/* The key that the text is identified as. Valid until the next few calls. */
static const char *key_of(struct cell_tracker *tracker, const char *code, const char *name)
{
    static char keys[4][80];
    static int next;
    struct tracked_cell cell;
    char *key = keys[next++ % 4];

    cell_tracker_identify(tracker, NULL, code, strlen(code), NULL, name, true, &cell);
    snprintf(key, sizeof(keys[0]), "%s", cell.cell_key);
    json_decref(cell.client_cell);
    return key;
}

static void test_bounded(void)
{
    struct cell_tracker *tracker = cell_tracker_new();
    AUTO_FREE char *named = xstrdup(key_of(tracker, "SELECT 'named'", "load"));
    AUTO_FREE char *first = xstrdup(key_of(tracker, "SELECT 'first'", NULL));
    AUTO_FREE char *late = NULL;

    is_str(key_of(tracker, "SELECT 'first'", NULL), first, "a text that comes again is the cell");
    for (int i = 0; i < TEXTS; i++) {
        AUTO_FREE char *code = xasprintf("SELECT %d", i);
        const char *key = key_of(tracker, code, NULL);
        if (i == TEXTS - 100)
            late = xstrdup(key);
    }
    AUTO_FREE char *code = xasprintf("SELECT %d", TEXTS - 100);
    is_str(key_of(tracker, code, NULL), late, "also after others");
    ok(strcmp(key_of(tracker, "SELECT 'first'", NULL), first) != 0,
       "after thousands of others it is forgotten");
    is_str(key_of(tracker, "SELECT 'named', 2", "load"), named, "but what has a name is not");
    cell_tracker_free(tracker);
}

int main(void)
{
    ident_init();
    test_bounded();
    return done_testing();
}
