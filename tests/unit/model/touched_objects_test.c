/* SPDX-License-Identifier: Apache-2.0 */
/*
 * touched_objects: gathering, dropping, settling, limits.
 */
#include "model/sql/touched_objects.h"

#include <stdio.h>

#include "tap.h"

static void test_gather(void)
{
    struct touched_objects objects = {0};

    touched_objects_add(&objects, OBJECT_READ, "main", "t", "b", NULL);
    touched_objects_add(&objects, OBJECT_READ, "main", "T", "A", NULL);
    touched_objects_add(&objects, OBJECT_READ, "main", "t", "a", NULL);
    touched_objects_add(&objects, OBJECT_READ, "main", "t", "", NULL);
    is_int(objects.count, 1, "one object of one statement is one item");
    is_int(objects.items[0].column_count, 2, "each column once");
    is_str(objects.items[0].columns[0], "A", "sorted");
    touched_objects_add(&objects, OBJECT_WRITE, "main", "t", NULL, NULL);
    touched_objects_add(&objects, OBJECT_WRITE, "main", "u", NULL, "trigger");
    touched_objects_add(&objects, OBJECT_READ, "aux", "t", NULL, NULL);
    is_int(objects.count, 4, "action, schema and way make others");
    touched_objects_settle(&objects, 1, 7, 3);
    is_int(objects.items[1].changes, 3, "rows of the statement's own write");
    is_int(objects.items[2].changes, -1, "not of a trigger's");
    is_int(objects.items[0].line, 7, "line");
    touched_objects_add(&objects, OBJECT_READ, "main", "t", "a", NULL);
    is_int(objects.count, 5, "another statement, another item");
    touched_objects_drop(&objects);
    is_int(objects.count, 4, "what did not run is dropped");
    touched_objects_drop(&objects);
    is_int(objects.count, 4, "what ran is kept");
    touched_objects_release(&objects);
    is_int(objects.count, 0, "released");
}

static void test_limits(void)
{
    struct touched_objects objects = {0};
    char name[32];

    for (int i = 0; i < TOUCHED_COLUMNS_MAX + 5; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        touched_objects_add(&objects, OBJECT_READ, "main", "t", name, NULL);
    }
    is_int(objects.items[0].column_count, TOUCHED_COLUMNS_MAX, "columns are bounded");
    ok(objects.is_cut, "and that is noted");
    for (int i = 0; i < TOUCHED_OBJECTS_MAX + 5; i++) {
        snprintf(name, sizeof(name), "t%d", i);
        touched_objects_add(&objects, OBJECT_READ, "main", name, NULL, NULL);
        touched_objects_settle(&objects, (size_t)i, 1, -1);
    }
    is_int(objects.count, TOUCHED_OBJECTS_MAX + 6, "what is new is kept");
    size_t count = objects.count;
    touched_objects_add(&objects, OBJECT_READ, "main", "t1", "c", NULL);
    touched_objects_add(&objects, OBJECT_DROP, "main", "t1", NULL, NULL);
    touched_objects_settle(&objects, 1, 1, -1);
    touched_objects_compact(&objects, count, false);
    is_int(objects.count, (long long)count + 1, "what is read again is added to what is there");
    is_int(objects.items[2].column_count, 1, "with its columns");
    for (int i = 0; i < TOUCHED_OBJECTS_HARD; i++) {
        touched_objects_add(&objects, OBJECT_CREATE, "main", "t", NULL, NULL);
        touched_objects_settle(&objects, (size_t)i, 1, -1);
    }
    is_int(objects.count, TOUCHED_OBJECTS_HARD, "objects are bounded");
    touched_objects_release(&objects);
}

static void write_to(struct touched_objects *objects, const char *name)
{
    touched_objects_add(objects, OBJECT_WRITE, "main", name, NULL, NULL);
    touched_objects_settle(objects, 1, 1, 1);
}

static void savepoint(struct touched_objects *objects, enum touched_savepoint what,
                      const char *name)
{
    touched_objects_savepoint(objects, what, name);
    touched_objects_apply(objects);
}

static void test_undo(void)
{
    struct touched_objects objects = {0};

    write_to(&objects, "a");
    savepoint(&objects, TOUCHED_SAVEPOINT, "one");
    write_to(&objects, "b");
    savepoint(&objects, TOUCHED_SAVEPOINT, "two");
    write_to(&objects, "c");
    savepoint(&objects, TOUCHED_RELEASE, "TWO");
    savepoint(&objects, TOUCHED_ROLLBACK_TO, "ONE");
    write_to(&objects, "d");
    is_int(objects.items[0].effect, OBJECT_KEPT, "before the savepoint");
    is_int(objects.items[1].effect, OBJECT_NO_EFFECT, "after it");
    is_int(objects.items[2].effect, OBJECT_NO_EFFECT, "in one that was released within it");
    is_int(objects.items[3].effect, OBJECT_KEPT, "after ROLLBACK TO");
    savepoint(&objects, TOUCHED_RELEASE, "one");
    is_int(objects.savepoint_count, 0, "none is left");
    touched_objects_begin(&objects);
    write_to(&objects, "e");
    touched_objects_leave_open(&objects);
    is_int(objects.items[4].effect, OBJECT_OPEN, "open at the end");
    savepoint(&objects, TOUCHED_ROLLBACK_TO, "of an earlier cell");
    is_int(objects.items[4].effect, OBJECT_NO_EFFECT, "all of the transaction came after it");
    is_int(objects.items[3].effect, OBJECT_KEPT, "and nothing before");
    touched_objects_release(&objects);
}

static void test_actions(void)
{
    enum object_action action;

    for (int i = OBJECT_CREATE; i <= OBJECT_READ; i++) {
        const char *name = object_action_name((enum object_action)i);
        ok(object_action_parse(name, &action) && (int)action == i, "%s", name);
    }
    ok(object_action_parse("WRITE", &action) && action == OBJECT_WRITE, "case");
    ok(!object_action_parse("delete", &action), "none");
}

int main(void)
{
    test_gather();
    test_limits();
    test_undo();
    test_actions();
    return done_testing();
}
