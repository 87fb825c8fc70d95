/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cells of notebook files showed when they ran here, and every text that they have or had.
 */
#include "notebook_fixture.h"
#include "store/export.h"

static struct error error;

/* Runs a cell that has this name by then and prints a line. */
static void run_named(const char *cell, const char *name, const char *code, const char *line,
                      int count)
{
    struct fixture_execution e;
    AUTO_FREE char *content = xasprintf("{\"name\":\"stdout\",\"text\":\"%s\"}", line);
    struct execution_output outputs[] = {{"stream", content, 1}, {"stream", content, 2}};
    executed(&e, cell, code);
    e.run.notebook = "a.ipynb";
    e.record.cell_name = name;
    e.record.execution_count = count;
    e.record.outputs = outputs;
    e.record.output_count = 2;
    record(&e);
}

static void run_cell(const char *cell, const char *code, const char *line, int count)
{
    run_named(cell, cell, code, line, count);
}

static const char *last_outputs(const char *cell, const char *code, timestamp_us until,
                                int64_t *ret_count)
{
    static char *outputs;
    char hash[SHA256_HEX_SIZE];
    sha256_hex(code, strlen(code), hash);
    free(outputs);
    if (!store_last_outputs(connection, "a.ipynb", cell, hash, until, &outputs, ret_count, &error))
        return "error";
    return outputs ? outputs : "none";
}

static void test_last_outputs(void)
{
    static const struct cell_text cells[] = {{"code", "aaaa", "SELECT 1", NULL},
                                             {"code", "bbbb", "SELECT 2", NULL}};
    struct fixture_execution silent;
    int64_t count;
    new_store("last.db");
    take_cells("a.ipynb", 5, cells, 2);
    is_str(last_outputs("aaaa", "SELECT 1", 0, &count), "none", "a cell that never ran");
    run_cell("aaaa", "SELECT 1", "one", 1);
    timestamp_us then = timestamp_now();
    run_cell("aaaa", "SELECT 1", "two", 2);
    run_cell("aaaa", "SELECT 11", "three", 3);
    executed(&silent, "aaaa", "SELECT 1");
    silent.run.notebook = "a.ipynb";
    silent.record.is_silent = true;
    record(&silent);
    contains(last_outputs("aaaa", "SELECT 1", 0, &count), "\"twotwo\"",
             "what the text showed last that was not silent, as one stream");
    is_int(count, 2, "and its count");
    contains(last_outputs("aaaa", "SELECT 1", then, &count), "\"oneone\"", "until a time");
    contains(last_outputs("aaaa", "SELECT 11", 0, &count), "three", "of another text");
    is_str(last_outputs("bbbb", "SELECT 1", 0, &count), "none", "not of another cell");
    struct fixture_execution killed;
    executed(&killed, "aaaa", "SELECT 1");
    killed.run.notebook = "a.ipynb";
    killed.record.execution_count = 9;
    killed.record.outputs_complete = false;
    record(&killed);
    contains(last_outputs("aaaa", "SELECT 1", 0, &count), "\"twotwo\"",
             "what a killed kernel did not keep hides nothing");
    is_int(count, 2, "with the count that belongs to it");
}

/* Cells of the newest version count ten, others one. */
static int64_t unsaved(timestamp_us since)
{
    int64_t cells = -1, here = -1;
    return store_count_unsaved(connection, "a.ipynb", since, &cells, &here, &error)
               ? 9 * here + cells
               : -1;
}

static void test_unsaved(void)
{
    static const struct cell_text cells[] = {{"code", "aaaa", "SELECT 1", NULL},
                                             {"code", "bbbb", "SELECT 2", NULL}};
    static const struct cell_text saved[] = {{"code", "aaaa", "SELECT 11", NULL},
                                             {"code", "bbbb", "SELECT 2", NULL}};
    new_store("unsaved.db");
    timestamp_us before = timestamp_now() - 1000000;
    take_cells("a.ipynb", 5, cells, 2);
    run_cell("aaaa", "SELECT 1", "one", 1);
    is_int(unsaved(before), 0, "a text of a version ran");
    run_cell("aaaa", "SELECT 11", "two", 2);
    run_cell("cccc", "SELECT 3", "three", 3);
    is_int(unsaved(before), 11, "an edited text, and a cell that no version has");
    is_int(unsaved(timestamp_now() + 1000000), 0, "not since a later time");
    run_cell("cccc", "SELECT 2", "four", 4);
    is_int(unsaved(before), 11, "its text is that of another cell");
    run_cell("aaaa", "SELECT 1", "five", 5);
    is_int(unsaved(before), 1, "the last one counts");
    run_cell("aaaa", "SELECT 11", "six", 6);
    take_cells("a.ipynb", 5, saved, 2);
    is_int(unsaved(before), 1, "until it is saved");
}

/* One line per text: cell@version first-last text. */
static bool note(void *context, const struct found_text *text)
{
    struct strbuf *lines = context;
    strbuf_addf(lines, "%s%s %s@%lld %lld-%lld %.*s%s\n", text->is_output ? "> " : "",
                text->notebook, text->cell, (long long)text->cell_version,
                (long long)text->first_version, (long long)text->last_version, (int)text->size,
                text->text, text->last_run_at ? " ran" : "");
    return true;
}

static bool stop(void *context, const struct found_text *text)
{
    note(context, text);
    return false;
}

static void test_texts(void)
{
    static const struct cell_text first[] = {
        {"code", "aaaa", "SELECT 1",
         "\"metadata\": {}, \"execution_count\": 1, \"outputs\": [{\"output_type\":"
         " \"execute_result\", \"metadata\": {}, \"execution_count\": 1, \"data\":"
         " {\"text/plain\": [\"im\", \"ported\"]}}]"},
        {"markdown", "tttt", "words", "\"metadata\": {}"}};
    static const struct cell_text second[] = {
        {"markdown", "tttt", "words", "\"metadata\": {}"},
        {"code", "aaaa", "SELECT 2", NULL}};
    AUTO_STRBUF lines = STRBUF_INIT;
    new_store("texts.db");
    take_cells("a.ipynb", 5, first, 2);
    take_cells("a.ipynb", 5, second, 2);
    run_cell("aaaa", "SELECT 2", "shown", 1);
    run_cell("aaaa", "SELECT 2", "shown", 2);
    run_cell("aaaa", "SELECT 3", "other", 3);
    ok(store_texts(connection, "a.ipynb", false, note, &lines, &error), "the texts of a notebook");
    is_str(strbuf_text(&lines),
           "a.ipynb aaaa@1 1-1 SELECT 1\n"
           "a.ipynb tttt@1 1-2 words\n"
           "a.ipynb aaaa@2 2-2 SELECT 2 ran\n"
           "a.ipynb aaaa@3 0-0 SELECT 3 ran\n",
           "each once, with the versions that have it and whether it ran");
    strbuf_clear(&lines);
    ok(store_texts(connection, NULL, true, note, &lines, &error), "of all notebooks with outputs");
    contains(strbuf_text(&lines), "> a.ipynb aaaa@1 1-1 imported\n", "those in the file");
    const char *shown = strstr(strbuf_text(&lines), "> a.ipynb aaaa@2 2-2 shownshown ran\n");
    ok(shown && !strstr(shown + 1, "> a.ipynb aaaa@2"), "those that were recorded, the same once");
    strbuf_clear(&lines);
    ok(store_texts(connection, NULL, true, stop, &lines, &error) &&
           strcmp(strbuf_text(&lines), "a.ipynb aaaa@1 1-1 SELECT 1\n") == 0,
       "who has enough is asked no more");
    ok(store_begin(connection, NULL, &error) &&
           store_remove(connection, "a.ipynb", NULL, "bob", &error) &&
           store_commit(connection, &error),
       "the notebook is removed");
    store_release(connection);
    strbuf_clear(&lines);
    ok(store_texts(connection, NULL, true, note, &lines, &error) && lines.size == 0,
       "and is not among all any more");
}

/* A cell gets its name from its text when it runs, which may be after its file was taken in. */
static void test_named_later(void)
{
    static const struct cell_text cells[] = {{"code", "aaaa", "%cell load", NULL}};
    AUTO_STRBUF lines = STRBUF_INIT;
    new_store("named.db");
    take_cells("a.ipynb", 5, cells, 1);
    run_named("aaaa", "load", "%cell load", "shown", 1);
    is_int(unsaved(timestamp_now() - 1000000), 0, "a text of a version ran under another name");
    ok(store_texts(connection, "a.ipynb", true, note, &lines, &error), "its texts");
    is_str(strbuf_text(&lines),
           "a.ipynb load@1 1-1 %cell load ran\n"
           "> a.ipynb load@1 1-1 shownshown ran\n",
           "one, under its last name, with the version that has it, and that it ran");
}

int main(void)
{
    fixture_start();
    test_last_outputs();
    test_unsaved();
    test_texts();
    test_named_later();
    close_store();
    return done_testing();
}
