/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell_match: each rule, its order, and whole runs: a notebook executed again, edited, with doubled
 * cells.
 */
#include "model/identity/cell_match.h"

#include "base/memory.h"
#include "tap.h"

#define CELLS_MAX 8

/* A notebook and its record as the kernel keeps them over one run. */
struct world {
    struct notebook_cell file_cells[CELLS_MAX];
    struct notebook file;
    bool has_file, may_be_edited;
    bool file_used[CELLS_MAX];
    size_t file_known[CELLS_MAX];
    struct known_cell known[CELLS_MAX];
    size_t known_count, last_known, last_file;
};

static char *unconst(const char *text)
{
    union {
        const char *in;
        char *out;
    } pointer = {.in = text};
    return pointer.out;
}

static void add_file(struct world *world, const char *id, const char *source)
{
    world->has_file = true;
    world->file.cells = world->file_cells;
    world->file.has_ids = world->file.has_ids || id != NULL;
    world->file_cells[world->file.count++] = (struct notebook_cell){.id = unconst(id),
                                                                    .source = unconst(source),
                                                                    .source_size = strlen(source),
                                                                    .type = NOTEBOOK_CODE};
}

static void add_known(struct world *world, const char *id, const char *code)
{
    world->known[world->known_count++] = (struct known_cell){
        .cell_key = "k", .nbformat_id = id, .code = code, .code_size = strlen(code)};
}

static struct match_result match(const struct world *world, const char *id, const char *code)
{
    struct match_request request = {.code = code,
                                    .code_size = strlen(code),
                                    .client_cell_id = id,
                                    .may_be_edited = world->may_be_edited,
                                    .file = world->has_file ? &world->file : NULL,
                                    .file_used = world->file_used,
                                    .file_known = world->file_known,
                                    .known = world->known,
                                    .known_count = world->known_count,
                                    .last_known = world->last_known,
                                    .last_file = world->last_file};
    struct match_result result;
    cell_match(&request, &result);
    return result;
}

/* Matches and keeps the books as the kernel does. Returns the known cell's index. */
static size_t run(struct world *world, const char *code, enum match_kind *ret_kind)
{
    struct match_result result = match(world, NULL, code);
    *ret_kind = result.kind;
    size_t known = result.known;
    if (!result.has_known) {
        known = world->known_count;
        add_known(world, NULL, code);
    }
    world->known[known].code = code;
    world->known[known].code_size = strlen(code);
    world->known[known].nbformat_id = result.nbformat_id;
    world->known[known].used = true;
    world->last_known = known + 1;
    if (result.has_file) {
        world->file_used[result.file] = true;
        world->last_file = result.file + 1;
    }
    return known;
}

static void next_run(struct world *world)
{
    world->last_known = world->last_file = 0;
    memset(world->file_used, 0, sizeof(world->file_used));
    for (size_t i = 0; i < world->known_count; i++)
        world->known[i].used = false;
}

static void test_client_id(void)
{
    struct world world = {0};
    add_known(&world, NULL, "a");
    add_known(&world, "id2", "b");
    struct match_result result = match(&world, "id2", "a");
    ok(result.kind == MATCH_CLIENT_ID && result.has_known && result.known == 1,
       "the client's id outranks the text");
    is_str(result.evidence, "cell-id", "evidence");
    result = match(&world, "id9", "a");
    ok(result.kind == MATCH_CLIENT_ID && !result.has_known, "an unknown id is a new cell");
    is_str(result.nbformat_id, "id9", "with that id");
    result = match(&world, "vscode-notebook-cell:/x.ipynb#W0sZ", "a");
    ok(result.kind == MATCH_EXACT_TEXT && result.known == 0, "VS Code's URI is no id (J-88)");
    result = match(&world, "", "b");
    is_int(result.kind, MATCH_EXACT_TEXT, "an empty id is none");

    add_file(&world, "id9", "zzz");
    result = match(&world, "id9", "edited");
    ok(result.kind == MATCH_CLIENT_ID && result.has_file && result.file == 0, "place in the file");

    struct world old = {0};
    add_file(&old, NULL, "a");
    add_known(&old, "page-uuid", "other");
    add_known(&old, NULL, "a");
    result = match(&old, "page-uuid", "a");
    ok(result.kind == MATCH_EXACT_TEXT && result.known == 1 && result.has_file,
       "before nbformat 4.5 cellId means nothing (FE-45)");
}

static void test_file_id(void)
{
    struct world world = {0};
    add_file(&world, "m", "a");
    world.file_cells[0].type = NOTEBOOK_MARKDOWN;
    add_file(&world, "x", "a");
    add_file(&world, "y", "b");
    add_known(&world, "y", "old text");
    struct match_result result = match(&world, NULL, "b");
    ok(result.kind == MATCH_FILE_ID && result.has_known && result.known == 0, "known by the id");
    ok(result.has_file && result.file == 2, "its place");
    is_str(result.evidence, "file-id", "evidence");
    result = match(&world, NULL, "a");
    ok(result.kind == MATCH_FILE_ID && !result.has_known && result.file == 1,
       "only code cells count; unknown id is new");
    is_str(result.nbformat_id, "x", "id to remember");
    add_known(&world, NULL, "a");
    result = match(&world, NULL, "a");
    ok(result.has_known && result.known == 1, "a known cell without id and this text gets the id");
    world.known[1].used = true;
    result = match(&world, NULL, "a");
    ok(result.has_known && result.known == 1, "also when it ran before the file was saved with it");
    world.known[1].nbformat_id = "other";
    result = match(&world, NULL, "a");
    ok(!result.has_known, "one with another id does not");
}

static void test_doubled(void)
{
    struct world world = {0};
    enum match_kind kind;
    add_file(&world, "x", "same");
    add_file(&world, "y", "other");
    add_file(&world, "z", "same");
    size_t first = run(&world, "same", &kind);
    size_t second = run(&world, "other", &kind);
    size_t third = run(&world, "same", &kind);
    ok(first == 0 && second == 1 && third == 2, "doubled cells are two cells");
    is_str(world.known[third].nbformat_id, "z", "each with its id");
    is_int(run(&world, "same", &kind), 0, "all used: from the start again");
    is_int(run(&world, "same", &kind), 2, "and on");
    next_run(&world);
    ok(run(&world, "same", &kind) == 0 && run(&world, "other", &kind) == 1 &&
           run(&world, "same", &kind) == 2,
       "the next run finds the same cells");
    is_int(world.known_count, 3, "no new ones");
}

static void test_no_ids(void)
{
    struct world world = {0};
    enum match_kind kind;
    add_file(&world, NULL, "a");
    add_file(&world, NULL, "b");
    add_file(&world, NULL, "b");
    run(&world, "a", &kind);
    is_int(kind, MATCH_NEW, "first run: new");
    is_int(run(&world, "b", &kind), 1, "the next");
    is_int(run(&world, "b", &kind), 2, "its double is a cell of its own");
    is_int(run(&world, "b", &kind), 1, "once more is a re-run");
    is_int(kind, MATCH_RERUN, "and is said to be one");
    next_run(&world);
    world.file.count = 0;
    add_file(&world, NULL, "a");
    add_file(&world, NULL, "b edited");
    is_int(run(&world, "a", &kind), 0, "unchanged");
    is_int(kind, MATCH_EXACT_TEXT, "by text");
    is_int(run(&world, "b edited", &kind), 1, "the edited cell stays itself");
    is_int(kind, MATCH_AFTER_LAST, "for its old text is gone from the file");
}

static void test_saved_later(void)
{
    struct world world = {0};
    enum match_kind kind;
    add_file(&world, NULL, "a");
    run(&world, "not saved yet", &kind);
    add_file(&world, NULL, "not saved yet");
    is_int(run(&world, "not saved yet", &kind), 0, "the cell that ran before it was saved");
    is_int(kind, MATCH_RERUN, "is a re-run, not a second cell");
}

static void test_after_last(void)
{
    struct world world = {0};
    add_known(&world, NULL, "a");
    add_known(&world, NULL, "b");
    struct match_result result = match(&world, NULL, "c");
    ok(result.kind == MATCH_NEW && !result.has_known, "no file, no guess");
    is_str(result.evidence, "new", "evidence");
    ok(result.nbformat_id == NULL && !result.has_file, "nothing to remember");
    add_file(&world, NULL, "c");
    add_file(&world, NULL, "b");
    result = match(&world, NULL, "c");
    ok(result.kind == MATCH_AFTER_LAST && result.known == 0 && result.has_file,
       "nothing matched yet: the first one");
    is_str(result.evidence, "after-last", "evidence");
    world.last_known = 1;
    is_int(match(&world, NULL, "c").kind, MATCH_NEW, "its old text is still in the file");
    world.last_known = 2;
    is_int(match(&world, NULL, "c").kind, MATCH_NEW, "nothing follows the last one");
    world.last_known = 0;
    world.known[0].used = true;
    is_int(match(&world, NULL, "c").kind, MATCH_NEW, "one that was used is not taken");
    world.known[0].used = false;
    world.last_known = 1;
    world.known[1].used = true;
    result = match(&world, NULL, "b");
    ok(result.kind == MATCH_RERUN && result.known == 1, "a re-run");
    is_str(result.evidence, "exact-text-again", "evidence");
}

static void test_doubled_edited(void)
{
    struct world world = {0};
    enum match_kind kind;
    add_known(&world, NULL, "a");
    add_known(&world, NULL, "a");
    add_known(&world, NULL, "b");
    add_file(&world, NULL, "a");
    add_file(&world, NULL, "a edited");
    add_file(&world, NULL, "b");
    is_int(run(&world, "a", &kind), 0, "the first of two cells with one text");
    is_int(run(&world, "a edited", &kind), 1, "the edited second one stays itself");
    is_int(run(&world, "b", &kind), 2, "and so does the next");
    next_run(&world);
    world.known[0].code = world.known[1].code = "c";
    world.known[0].code_size = world.known[1].code_size = 1;
    world.file.count = 0;
    add_file(&world, NULL, "c edited");
    add_file(&world, NULL, "c");
    add_file(&world, NULL, "b");
    is_int(run(&world, "c edited", &kind), 0, "the edited first one stays itself");
    is_int(run(&world, "c", &kind), 1, "and the second");
}

static void test_deleted(void)
{
    struct world world = {0};
    enum match_kind kind;
    add_known(&world, NULL, "deleted");
    add_known(&world, NULL, "a");
    add_known(&world, NULL, "b");
    world.known[0].last_run = 1;
    world.known[1].last_run = world.known[2].last_run = 2;
    add_file(&world, NULL, "a edited");
    add_file(&world, NULL, "b");
    is_int(run(&world, "a edited", &kind), 1, "an edited cell is none that was deleted before");
    is_int(kind, MATCH_AFTER_LAST, "for that did not run in the latest run");
}

static void test_order(void)
{
    struct world world = {0};
    add_known(&world, NULL, "s");
    add_known(&world, NULL, "t");
    add_known(&world, NULL, "s");
    world.last_known = 2;
    is_int(match(&world, NULL, "s").known, 2, "the next one after the last match");
    world.known[2].used = true;
    is_int(match(&world, NULL, "s").known, 0, "else the first unused");
    is_str(match(&world, NULL, "s").evidence, "exact-text", "evidence");
}

/* What the versions tell of the file's cells outranks ids and texts. */
static void test_told(void)
{
    struct world world = {0};
    add_known(&world, "gone", "a");
    add_known(&world, "dup", "b");
    add_known(&world, NULL, "c");
    add_file(&world, "dup", "a");
    add_file(&world, "dup", "b");
    world.file_known[0] = 1;
    world.file_known[1] = 2;
    struct match_result result = match(&world, NULL, "a");
    ok(result.kind == MATCH_FILE_ID && result.known == 0, "a cell that got a new id is itself");
    is_str(result.nbformat_id, "dup", "with its new id");
    result = match(&world, "dup", "a");
    ok(result.kind == MATCH_CLIENT_ID && result.known == 0, "of two cells with one id");
    is_int(match(&world, "dup", "b").known, 1, "the text tells which");
    is_int(match(&world, "dup", "edited").known, 0, "else it is the first");
    world.file_known[0] = 0;
    is_int(match(&world, "dup", "a").known, 1, "what is not told is looked up by its id");

    struct world old = {0};
    add_known(&old, NULL, "a");
    add_known(&old, NULL, "old text");
    add_file(&old, NULL, "a");
    add_file(&old, NULL, "new text");
    old.file_known[1] = 2;
    result = match(&old, NULL, "new text");
    ok(result.kind == MATCH_FILE_TEXT && result.has_known && result.known == 1,
       "without ids: the file's cell with this text is one of the notebook's versions");
    is_str(result.evidence, "file-text", "evidence");
    ok(result.nbformat_id == NULL, "no id to remember");
    is_int(match(&old, "page-uuid", "new text").known, 1, "whatever the page calls it (FE-45)");
}

/* Edited and run before it is saved, by a client whose ids tell nothing. */
static void test_similar(void)
{
    static const char text[] = "SELECT title, year FROM book WHERE year > 1960 ORDER BY year";
    static const char edited[] = "SELECT title, year FROM book WHERE year > 1970 ORDER BY year";
    static const char other[] = "CREATE TABLE author(name TEXT, born INTEGER)";
    struct world world = {.may_be_edited = true};
    add_known(&world, NULL, text);
    add_known(&world, NULL, other);
    add_file(&world, NULL, text);
    add_file(&world, NULL, other);
    world.file_known[0] = 1;
    world.file_known[1] = 2;
    world.last_known = 2;
    struct match_result result = match(&world, NULL, edited);
    ok(result.kind == MATCH_SIMILAR && result.known == 0, "much like one text of the file");
    is_str(result.evidence, "similar-text", "evidence");
    world.may_be_edited = false;
    ok(match(&world, NULL, edited).kind == MATCH_NEW, "a runner edits nothing");
    world.may_be_edited = true;
    world.known[0].client_id = "page-1";
    is_int(match(&world, "page-1", edited).kind, MATCH_SIMILAR, "the page's id says the same");
    is_int(match(&world, "page-2", edited).kind, MATCH_NEW,
           "a cell that another one of the page's ids stands for is not meant");
    world.known[0].client_id = NULL;
    add_known(&world, NULL, "SELECT title, year FROM book WHERE year > 1980 ORDER BY year");
    add_file(&world, NULL, world.known[2].code);
    world.file_known[2] = 3;
    is_int(match(&world, NULL, edited).kind, MATCH_NEW, "two are alike: nothing tells which");
    world.known[2].client_id = "page-3";
    is_int(match(&world, "page-2", edited).known, 0, "unless the page tells one of them");
    is_int(match(&world, NULL, "SELECT 1").kind, MATCH_NEW, "nothing is like it");
}

int main(void)
{
    test_similar();
    test_client_id();
    test_file_id();
    test_doubled();
    test_no_ids();
    test_saved_later();
    test_after_last();
    test_doubled_edited();
    test_deleted();
    test_order();
    test_told();
    return done_testing();
}
