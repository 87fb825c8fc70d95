/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version_match: each kind of evidence, what outranks what, lineage, and what must hold for any
 * request. How often it is right is measured in version_match_rate_test.c.
 */
#include "model/identity/version_match.h"

#include "base/memory.h"
#include "tap.h"

#define CELLS_MAX 64

struct world {
    struct version_match_cell now[CELLS_MAX], before[CELLS_MAX], earlier[CELLS_MAX];
    struct version_match_request request;
    struct version_match match;
};

static struct version_match_cell cell(const char *id, const char *text)
{
    return (struct version_match_cell){
        .type = NOTEBOOK_CODE, .text = text, .size = strlen(text), .id = id};
}

static void add_now(struct world *world, const char *id, const char *text)
{
    world->now[world->request.now_count++] = cell(id, text);
}

static void add_before(struct world *world, const char *id, const char *text)
{
    world->before[world->request.before_count++] = cell(id, text);
}

static void add_earlier(struct world *world, const char *id, const char *text)
{
    world->earlier[world->request.earlier_count++] = cell(id, text);
}

/* Whether no cell is continued twice. */
static bool is_one_to_one(const struct world *world)
{
    const struct version_match_result *cells = world->match.cells;
    for (size_t i = 0; i < world->request.now_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if ((cells[i].has_before && cells[j].has_before && cells[i].from == cells[j].from) ||
                (cells[i].has_earlier && cells[j].has_earlier && cells[i].from == cells[j].from)) {
                return false;
            }
        }
        if (cells[i].has_before && cells[i].has_earlier)
            return false;
    }
    return true;
}

/* What became of each cell: "KIND INDEX" for each of now, e:INDEX for earlier ones, then lineage.
 */
static const char *run(struct world *world)
{
    static char text[8192];
    world->request.now = world->now;
    world->request.before = world->before;
    world->request.earlier = world->earlier;
    world->request.language = "python";
    version_match(&world->request, &world->match);
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < world->request.now_count; i++) {
        const struct version_match_result *result = &world->match.cells[i];
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i > 0 ? ", " : "",
                               version_match_word(result->kind));
        if (result->has_before || result->has_earlier) {
            at += (size_t)snprintf(text + at, sizeof(text) - at, " %s%zu",
                                   result->has_earlier ? "e" : "", result->from);
        }
    }
    for (size_t i = 0; i < world->match.lineage_count; i++) {
        const struct version_lineage *lineage = &world->match.lineage[i];
        at += (size_t)snprintf(text + at, sizeof(text) - at, "; %zu %s %zu", lineage->now,
                               version_lineage_word(lineage->how), lineage->from);
    }
    if (!is_one_to_one(world))
        snprintf(text, sizeof(text), "not one to one");
    version_match_release(&world->match);
    return text;
}

static void test_ids(void)
{
    struct world world = {0};
    add_before(&world, "a", "x = 1\n");
    add_before(&world, "b", "y = 2\n");
    add_now(&world, "a", "y = 2\n");
    add_now(&world, "b", "x = 1\n");
    is_str(run(&world), "id 0, id 1", "texts that are swapped under their ids: the id wins");

    world = (struct world){0};
    add_before(&world, "a", "x = 1");
    add_before(&world, "b", "y = 2");
    add_now(&world, "c", "x = 1");
    add_now(&world, "d", "y = 2");
    is_str(run(&world), "text 0, text 1", "ids that are all made anew say nothing");

    world = (struct world){0};
    add_before(&world, "a", "x = 1");
    add_now(&world, "a", "x = 1");
    add_now(&world, "a", "x = 1");
    is_str(run(&world), "text 0, new; 1 copy 0", "an id that two cells have says nothing");

    world = (struct world){0};
    add_before(&world, "a", "# Title");
    add_now(&world, "a", "# Title");
    world.now[0].type = NOTEBOOK_MARKDOWN;
    is_str(run(&world), "id 0", "a cell that changes its type is the same cell");
}

static void test_former_id(void)
{
    struct world world = {0};
    add_before(&world, "n", "alpha = 1\nbeta = 2");
    add_before(&world, "m", "gamma = 3\ndelta = 4\nlast = 5");
    world.before[1].key = "k";
    add_before(&world, "x", "other()");
    add_now(&world, "k", "alpha = 1\nbeta = 2\ngamma = 3\ndelta = 4");
    add_now(&world, "x", "other()");
    is_str(run(&world), "id 1, id 2; 0 merge 0", "an id that the cell had before a merge");
}

static void test_earlier(void)
{
    struct world world = {0};
    add_before(&world, NULL, "x = 1");
    add_earlier(&world, NULL, "SELECT 1");
    add_earlier(&world, "k", "z = 3");
    add_now(&world, "k", "other = text");
    add_now(&world, NULL, "x = 1");
    add_now(&world, NULL, "SELECT 1");
    is_str(run(&world), "earlier-id e1, text 0, earlier-text e0", "cells that come back");

    world = (struct world){0};
    add_earlier(&world, NULL, "SELECT 1");
    add_earlier(&world, NULL, "SELECT 1");
    add_now(&world, NULL, "SELECT 1");
    add_now(&world, NULL, "SELECT 1");
    is_str(run(&world), "earlier-text e1, earlier-text e0",
           "what ran from top to bottom and is then saved keeps its order");

    world = (struct world){0};
    add_before(&world, "a", "x");
    add_earlier(&world, "b", "");
    add_now(&world, "a", "x");
    add_now(&world, "c", "");
    is_str(run(&world), "id 0, new", "an empty cell doesn't come back by its text");
}

/* A copy was deleted, and now there is another one. */
static void test_copies(void)
{
    struct world world = {0};
    add_before(&world, "a", "plot(frame, 'x', 'y', color='red')");
    add_earlier(&world, "b", "plot(frame, 'x', 'y', color='red')");
    add_now(&world, "a", "plot(frame, 'x', 'y', color='red')");
    add_now(&world, "c", "plot(frame, 'x', 'y', color='red')");
    is_str(run(&world), "id 0, new; 1 copy 0", "where ids go on, a new id is a new copy");
    world.before[0].id = world.earlier[0].id = world.now[0].id = world.now[1].id = NULL;
    is_str(run(&world), "text 0, earlier-text e0", "without ids it is the one that was there");
}

static void test_lineage(void)
{
    struct world world = {0};
    add_before(&world, "k", "alpha = 1\nbeta = 2\ngamma = 3\ndelta = 4\n");
    add_now(&world, "n", "alpha = 1\nbeta = 2");
    add_now(&world, "k", "gamma = 3\ndelta = 4\n");
    is_str(run(&world), "new, id 0; 0 split 0", "split: JupyterLab's last piece keeps the id");
    world.now[0].id = "k";
    world.now[1].id = "n";
    is_str(run(&world), "id 0, new; 1 split 0", "split: the cell-id proposal's first piece does");
    world.now[0].id = world.now[1].id = NULL;
    world.now[1] = cell(NULL, "beta = 2\ngamma = 3\ndelta = 4\n");
    world.now[0] = cell(NULL, "alpha = 1");
    is_str(run(&world), "new, similar 0; 0 split 0", "split without ids: the larger piece");

    world = (struct world){0};
    add_before(&world, "a", "alpha = 1");
    add_before(&world, "b", "beta = function(2)\ngamma = function(3)");
    add_before(&world, "c", "delta = 4");
    add_now(&world, "n", "alpha = 1\nbeta = function(2)\ngamma = function(3)\ndelta = 4");
    is_str(run(&world), "similar 1; 0 merge 0; 0 merge 2", "a merge of three: the largest goes on");

    world = (struct world){0};
    add_before(&world, "a", "plot(frame, 'x', 'y')");
    add_now(&world, "a", "plot(frame, 'x', 'y')");
    add_now(&world, "b", "plot(frame, 'x', 'y')");
    is_str(run(&world), "id 0, new; 1 copy 0", "a copy is no continuation");
}

static void test_order_and_place(void)
{
    struct world world = {0};
    add_before(&world, NULL, "load()");
    add_before(&world, NULL, "df.head()");
    add_before(&world, NULL, "clean(frame)");
    add_before(&world, NULL, "df.head()");
    add_now(&world, NULL, "title = 'a new first cell'");
    add_now(&world, NULL, "load()");
    add_now(&world, NULL, "df.head()");
    add_now(&world, NULL, "clean(frame)");
    add_now(&world, NULL, "df.head()");
    is_str(run(&world), "new, text 0, text 1, text 2, text 3",
           "equal texts go by common order: a cell inserted above shifts nothing");

    world = (struct world){0};
    add_before(&world, NULL, "first()");
    add_before(&world, NULL, "old = 1");
    add_before(&world, NULL, "last()");
    add_now(&world, NULL, "first()");
    add_now(&world, NULL, "SELECT everything FROM somewhere_else");
    add_now(&world, NULL, "last()");
    is_str(run(&world), "text 0, place 1, text 2", "alone between two that go on");
    for (size_t i = 0; i < 3; i += 2)
        world.before[i].id = world.now[i].id = i == 0 ? "a" : "c";
    world.before[1].id = "b";
    world.now[1].id = "n";
    is_str(run(&world), "id 0, new, id 2", "not so where ids go on and this one is new");
}

/* In which two stories are possible and one is likelier. */
static void test_simpler_stories(void)
{
    struct world world = {0};
    const char *const before[] = {"df.tail()", "df.tail()", "df.info()", "df.info()"};
    const char *const now[] = {"df.tail()", "df.info()", "df.tail()", "df.info()"};
    for (size_t i = 0; i < ARRAY_SIZE(now); i++) {
        add_before(&world, NULL, before[i]);
        add_now(&world, NULL, now[i]);
    }
    is_str(run(&world), "text 0, text 2, text 1, text 3",
           "two short neighbours changed places: neither was edited into the other");

    world = (struct world){0};
    add_before(&world, NULL, "load(1)");
    add_before(&world, NULL, "x = 1");
    add_before(&world, NULL, "");
    add_before(&world, NULL, "last(1)");
    add_now(&world, NULL, "load(1)");
    add_now(&world, NULL, "");
    add_now(&world, NULL, "");
    add_now(&world, NULL, "last(1)");
    is_str(run(&world), "text 0, place 1, text 2, text 3",
           "a cell was emptied above an empty one: each stays where it is");

    world = (struct world){0};
    add_before(&world, NULL, "df.describe()\nSELECT 1");
    add_before(&world, NULL, "load(1)");
    add_before(&world, NULL, "fit(1)");
    add_before(&world, NULL, "last(1)");
    add_now(&world, NULL, "load(1)");
    add_now(&world, NULL, "fit(1)");
    add_now(&world, NULL, "last(1)");
    add_now(&world, NULL, "df.describe()");
    is_str(run(&world), "text 1, text 2, text 3, new",
           "a short text elsewhere that is no more than alike is new");

    world = (struct world){0};
    add_before(&world, NULL,
               "Draws polygons, of which there may be millions, to a grid of any size in memory.\n"
               "First install it\npip install it\nthen import it");
    add_before(&world, NULL, "load(1)");
    add_now(&world, NULL,
            "Draws polygons, of which there may be millions, to a grid of any size in a file.");
    add_now(&world, NULL, "load(1)");
    add_now(&world, NULL,
            "# Installing\nFirst install it\npip install it\nthen import it\nor build it");
    is_str(run(&world), "similar 0, text 1, new; 2 split 0",
           "most lines went to a new cell elsewhere, what the text is about stayed");

    world = (struct world){0};
    add_before(&world, "a", "load(1)");
    add_before(&world, "b", "last(1)");
    add_before(&world, "c", "one = first(1)\ntwo = second(2)\nthree = third(3)\nfour = fourth(4)");
    add_now(&world, "a", "load(1)");
    add_now(&world, "n", "two = second(2)");
    add_now(&world, "b", "last(1)");
    is_str(run(&world), "id 0, new, id 1; 1 merge 2",
           "where ids go on, a line of a deleted cell doesn't make another one that cell");
}

static void test_forms_and_names(void)
{
    struct world world = {0};
    add_before(&world, NULL, "x = 1  # one\n\ny = 2");
    add_before(&world, NULL, "z = 3");
    add_now(&world, NULL, "z = 3");
    add_now(&world, NULL, "# All of this is explained in a long comment above\nx  =  1\ny = 2");
    is_str(run(&world), "text 1, normal-form 0", "other comments and layout, and moved");
    world.now[0].name = world.before[0].name = "load";
    is_str(run(&world), "name 0, new; 0 merge 1; 1 split 0", "an explicit name outranks texts");
    world.now[0].name = world.before[0].name = NULL;
    world.now[0].uuid = world.before[0].uuid = "b2f5";
    is_str(run(&world), "uuid 0, new; 0 merge 1; 1 split 0", "and so does metadata.uuid");
}

static void test_many_alike(void)
{
    struct world world = {0};
    for (size_t i = 0; i < 40; i++) {
        add_before(&world, NULL, i % 2 == 0 ? "" : "plt.show()");
        add_now(&world, NULL, i % 3 == 0 ? "" : "plt.show()");
    }
    ok(strcmp(run(&world), "not one to one") != 0, "equal and empty cells: one to one");
    char first[8192];
    snprintf(first, sizeof(first), "%s", run(&world));
    is_str(run(&world), first, "and the same again");

    world = (struct world){0};
    is_str(run(&world), "", "no cells at all");
    add_now(&world, NULL, "");
    is_str(run(&world), "new", "a first version");
}

/* So many that not every pair can be compared. */
static void test_all_edited(void)
{
    enum { CELLS = 3000, TEXT = 64 };
    static char texts[2][CELLS + 1][TEXT];
    static struct version_match_cell now[CELLS + 1], before[CELLS];
    for (size_t i = 0; i < CELLS; i++) {
        snprintf(texts[0][i], TEXT, "frame_%zu = load('file_%zu.csv')", i, i * 7919 % 5000);
        snprintf(texts[1][i + 1], TEXT, "table_%zu = load('file_%zu.csv')", i, i * 7919 % 5000);
        before[i] = cell(NULL, texts[0][i]);
        now[i + 1] = cell(NULL, texts[1][i + 1]);
    }
    snprintf(texts[1][0], TEXT, "import everything");
    now[0] = cell(NULL, texts[1][0]);
    const struct version_match_request request = {
        .now = now, .now_count = CELLS + 1, .before = before, .before_count = CELLS};
    struct version_match match;
    version_match(&request, &match);
    size_t right = 0;
    for (size_t i = 0; i < CELLS; i++)
        right += match.cells[i + 1].has_before && match.cells[i + 1].from == i;
    ok(right == CELLS && !match.cells[0].has_before,
       "%zu of %d cells go on when a name in all of them was changed", right, CELLS);
    version_match_release(&match);
}

int main(void)
{
    test_all_edited();
    test_order_and_place();
    test_simpler_stories();
    test_forms_and_names();
    test_many_alike();
    test_ids();
    test_former_id();
    test_earlier();
    test_copies();
    test_lineage();
    return done_testing();
}
