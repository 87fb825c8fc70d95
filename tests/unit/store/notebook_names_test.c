/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What notebooks are called: a file that was renamed is the same notebook, by hand or because it is
 * recognised; what was removed is hidden and comes back; names that were given up go to others.
 */
#include "notebook_fixture.h"

static struct error error;

static const struct cell_text cells[] = {{"code", "aaaa", "SELECT 1", NULL},
                                         {"code", "bbbb", "SELECT 2", NULL},
                                         {"code", "cccc", "SELECT 3", NULL}};

static bool rename_to(const char *key, const char *name)
{
    error = (struct error)ERROR_INIT;
    bool is_done = store_begin(connection, NULL, &error) &&
                   store_rename_notebook(connection, key, name, &error) &&
                   store_commit(connection, &error);
    store_release(connection);
    return is_done;
}

static bool remove_it(const char *key, const char *cell)
{
    error = (struct error)ERROR_INIT;
    bool is_done = store_begin(connection, NULL, &error) &&
                   store_remove(connection, key, cell, "bob", &error) &&
                   store_commit(connection, &error);
    store_release(connection);
    return is_done;
}

static const char *key_of(const char *name)
{
    static char *key;
    free(key);
    if (!store_notebook_key(connection, name, &key, &error))
        key = xstrdup("error");
    return key;
}

static const char *resolved(const char *text)
{
    static char *key;
    free(key);
    error = (struct error)ERROR_INIT;
    if (!store_resolve_notebook(connection, text, fixture_folder, &key, &error))
        key = xstrdup("error");
    return key;
}

/* Present names of the list, with a blank between them. */
static const char *listed(void)
{
    static struct strbuf names;
    AUTO_JSON *rows = json_array();
    size_t index;
    json_t *row;
    strbuf_clear(&names);
    if (!store_notebooks(connection, collect, rows, &error))
        return "error";
    json_array_foreach(rows, index, row)
        strbuf_addf(&names, "%s%s", index ? " " : "", json_member_text(row, "notebook", "?"));
    return strbuf_text(&names);
}

static const char *listed_cells(const char *key)
{
    static struct strbuf names;
    AUTO_JSON *rows = json_array();
    size_t index;
    json_t *row;
    strbuf_clear(&names);
    if (!store_cells(connection, key, collect, rows, &error))
        return "error";
    json_array_foreach(rows, index, row)
        strbuf_addf(&names, "%s%s", index ? " " : "", json_member_text(row, "cell", "?"));
    return strbuf_text(&names);
}

static void run_cell(const char *key, const char *cell, const char *code)
{
    struct fixture_execution e;
    executed(&e, cell, code);
    e.run.notebook = key;
    record(&e);
}

static void test_by_hand(void)
{
    new_store("hand.db");
    take_cells("a.ipynb", 5, cells, 3);
    run_cell("a.ipynb", "aaaa", "SELECT 1");
    ok(rename_to("a.ipynb", "b.ipynb"), "a notebook is renamed");
    is_str(key_of("b.ipynb"), "a.ipynb", "its key stays");
    is_str(listed(), "b.ipynb", "its name is the new one");
    is_str(resolved("b.ipynb"), "a.ipynb", "that finds it");
    is_str(resolved("a.ipynb"), "a.ipynb", "and so does the old one");
    is_str(resolved("b"), "a.ipynb", "and the base name");
    AUTO_FREE char *name = store_notebook_name(connection, "a.ipynb");
    is_str(name, "b.ipynb", "its present name");
    struct log_filter filter = {.notebook = "a.ipynb", .limit = -1};
    AUTO_JSON *rows = json_array();
    ok(store_log(connection, &filter, collect, rows, &error), "its log");
    is_str(at(rows, "0.notebook"), "b.ipynb", "says the present name");
    is_str(ask("SELECT notebook FROM rscn_log"), "b.ipynb", "as plain SQL sees it");
    AUTO_JSON *runs = json_array();
    ok(store_runs(connection, NULL, collect, runs, &error), "its runs");
    is_str(at(runs, "0.notebook"), "b.ipynb", "too");
    run_cell("a.ipynb", "aaaa", "SELECT 1");
    is_str(ask("SELECT count(DISTINCT notebook_name) FROM rscn_execution"), "1",
           "what runs then goes to the same notebook");
    is_str(key_of("a.ipynb"), "a.ipynb//2", "who takes the old name has a key of its own");
    is_int(take_cells("a.ipynb", 5, cells, 1), 1, "as soon as there is such a file");
    is_str(listed(), "a.ipynb b.ipynb", "both are listed by name");
    is_str(resolved("a.ipynb"), "a.ipynb//2", "a present name comes first");
    ok(!rename_to("a.ipynb", "a.ipynb") && error.code == ERROR_EXISTS,
       "no name is given to two notebooks");
    ok(!rename_to("none.ipynb", "x.ipynb") && error.code == ERROR_NOT_FOUND,
       "what is not there has no name");
    ok(rename_to("a.ipynb", "b.ipynb"), "its own name is no other one's");
    struct notebook_taken taken;
    const char *text = notebook_text(5, cells, 3);
    is_int(take_file("c.ipynb", text, &taken), 1, "its bytes at a third place");
    ok(taken.is_new, "are another notebook: nobody says that its file is gone");
    notebook_taken_release(&taken);
}

/* Nobody took the new file in: the first run under the old name says whose it is. */
static void test_run_under_old_name(void)
{
    new_store("old.db");
    run_cell("a.ipynb", "aaaa", "SELECT 1");
    ok(rename_to("a.ipynb", "b.ipynb"), "a notebook that only ran is renamed");
    run_cell(key_of("a.ipynb"), "aaaa", "SELECT 1");
    is_str(listed(), "a.ipynb b.ipynb", "another one runs under its old name");
    is_str(key_of("a.ipynb"), "a.ipynb//2", "and keeps its key");
    run_cell("b.ipynb", "x", "SELECT 1");
    ok(!rename_to("a.ipynb//2", "b.ipynb"), "two are two");
}

static void test_recognised(void)
{
    struct notebook_taken taken;
    const char *text = notebook_text(5, cells, 3);
    new_store("recognised.db");
    take_cells("a.ipynb", 5, cells, 3);
    is_int(take_file("copy.ipynb", text, &taken), 1, "a copy beside it");
    ok(taken.is_new && !taken.renamed_from, "is another notebook");
    notebook_taken_release(&taken);
    unlink(in_folder("a.ipynb"));
    is_int(take_file("moved.ipynb", text, &taken), 0, "the bytes of one whose file is gone");
    is_str(taken.renamed_from, "a.ipynb", "are that one");
    ok(!taken.is_new && taken.is_unchanged && taken.version == 1, "renamed, and no new version");
    is_str(taken.key, "a.ipynb", "with its key");
    notebook_taken_release(&taken);
    is_str(listed(), "copy.ipynb moved.ipynb", "under its new name");
    static const struct cell_text edited[] = {{"code", "aaaa", "SELECT 11", NULL},
                                              {"code", "bbbb", "SELECT 2", NULL},
                                              {"code", "eeee", "SELECT 5", NULL}};
    unlink(in_folder("moved.ipynb"));
    is_int(take_file("edited.ipynb", notebook_text(5, edited, 3), &taken), 2,
           "most cell ids of one whose file is gone");
    is_str(taken.renamed_from, "moved.ipynb", "are that one, too");
    notebook_taken_release(&taken);
    is_str(version_summary("a.ipynb", 2), "aaaa:2:id bbbb:1:id eeee:1:new", "edited");
    static const struct cell_text half[] = {{"code", "aaaa", "SELECT 1", NULL},
                                            {"code", "xxxx", "SELECT 7", NULL},
                                            {"code", "yyyy", "SELECT 8", NULL}};
    unlink(in_folder("edited.ipynb"));
    take_file("half.ipynb", notebook_text(5, half, 3), &taken);
    ok(taken.is_new, "some ids are not enough");
    notebook_taken_release(&taken);
    unlink(in_folder("copy.ipynb"));
    ok(take_text("stdin.ipynb", NULL, text, strlen(text), &taken, &error) && taken.is_new,
       "what comes from no file is no file that was renamed");
    notebook_taken_release(&taken);
    ok(remove_it("copy.ipynb", NULL) && remove_it("a.ipynb", NULL), "two are removed");
    take_file("again.ipynb", text, &taken);
    ok(taken.is_new, "and do not come back under another name");
    notebook_taken_release(&taken);
}

/* A folder of copies of a template is moved: each copy stays what it was, whatever of it is known. */
static void test_copies_moved(void)
{
    enum { COPIES = 80 }; /* more than are looked at by bytes or by an id */
    struct notebook_taken taken;
    int by_bytes = 0, by_ids = 0;
    static const struct cell_text edited[] = {{"code", "aaaa", "SELECT 11", NULL},
                                              {"code", "bbbb", "SELECT 2", NULL}};
    new_store("copies.db");
    const char *text = notebook_text(5, cells, 3);
    AUTO_FREE char *other = xstrdup(notebook_text(5, edited, 2));
    mkdir(in_folder("old"), 0700);
    mkdir(in_folder("new"), 0700);
    for (int i = 0; i < 3 * COPIES; i++) {
        AUTO_FREE char *name = xasprintf("%s/n%d.ipynb", i % 3 ? "old" : "new/kept", i);
        mkdir(in_folder("new/kept"), 0700);
        take_file(name, text, &taken);
        notebook_taken_release(&taken);
    }
    for (int i = 0; i < 3 * COPIES; i++) {
        AUTO_FREE char *old = xasprintf("old/n%d.ipynb", i);
        unlink(in_folder(old));
    }
    for (int i = 0; i < 3 * COPIES; i++) {
        AUTO_FREE char *old = xasprintf("old/n%d.ipynb", i);
        AUTO_FREE char *name = xasprintf("new/n%d.ipynb", i);
        if (i % 3 == 0)
            continue;
        take_file(name, i % 3 == 1 ? text : other, &taken);
        *(i % 3 == 1 ? &by_bytes : &by_ids) += strcmp(taken.key, old) == 0;
        notebook_taken_release(&taken);
    }
    is_int(by_bytes, COPIES, "copies with their bytes are found by the last part of their name");
    is_int(by_ids, COPIES, "and edited ones");
    take_file("new/Other.ipynb", text, &taken);
    ok(taken.is_new, "none is left for another one");
    notebook_taken_release(&taken);
}

static void test_removed(void)
{
    struct notebook_taken taken;
    new_store("removed.db");
    const char *text = notebook_text(5, cells, 3);
    take_cells("a.ipynb", 5, cells, 3);
    run_cell("only.ipynb", "x", "SELECT 1");
    ok(remove_it("a.ipynb", NULL) && remove_it("only.ipynb", NULL), "two notebooks are removed");
    is_str(listed(), "", "they are hidden");
    is_str(resolved("a.ipynb"), "a.ipynb", "who asks finds them");
    is_str(ask("SELECT count(*) FROM rscn_notebook WHERE removed_by = 'bob'"), "2",
           "it is known by whom");
    AUTO_FREE char *removed_at = xstrdup(ask("SELECT group_concat(removed_at) FROM rscn_notebook"));
    ok(remove_it("a.ipynb", NULL) && remove_it("only.ipynb", NULL), "once more");
    is_str(ask("SELECT group_concat(removed_at) FROM rscn_notebook"), removed_at,
           "it stays known since when");
    AUTO_JSON *facts = store_facts(connection, false, &error);
    is_str(at(facts, "notebooks"), "0", "none is counted");
    is_int(take_file("a.ipynb", text, &taken), 0, "the same file again");
    ok(taken.is_unchanged && !taken.is_new, "is unchanged");
    notebook_taken_release(&taken);
    is_str(listed(), "a.ipynb", "and is back");
    run_cell("only.ipynb", "x", "SELECT 1");
    is_str(listed(), "a.ipynb only.ipynb", "so is one that runs");
    ok(!remove_it("none.ipynb", NULL) && error.code == ERROR_NOT_FOUND, "what is not there");
    ok(remove_it("a.ipynb", "bbbb"), "a cell is removed");
    is_str(listed_cells("a.ipynb"), "aaaa cccc", "it is hidden");
    ok(!remove_it("a.ipynb", "bbbb") && error.code == ERROR_NOT_FOUND, "it is not there twice");
    run_cell("a.ipynb", "bbbb", "SELECT 2");
    is_str(listed_cells("a.ipynb"), "aaaa bbbb cccc", "running it brings it back");
    run_cell("a.ipynb", "bbbb", "SELECT 22");
    ok(remove_it("a.ipynb", "bbbb"), "with two texts it is removed");
    static const struct cell_text edited[] = {{"code", "aaaa", "SELECT 1", NULL},
                                              {"code", "bbbb", "SELECT 222", NULL}};
    is_int(take_cells("a.ipynb", 5, edited, 2), 2, "a file that has it");
    is_str(listed_cells("a.ipynb"), "aaaa bbbb", "brings it back");
    is_str(ask("SELECT count(*) FROM code_notebook_cell WHERE cell_name = 'bbbb'"
               " AND deleted_at IS NULL"),
           "3", "with all its texts");
}

/* What was executed before its file was taken in, and after it left the file. */
static void test_with_executions(void)
{
    static const struct cell_text reordered[] = {{"code", "cccc", "SELECT 3", NULL},
                                                 {"markdown", "tttt", "text", "\"metadata\": {}"},
                                                 {"code", "aaaa", "SELECT 1", NULL},
                                                 {"code", "never", "SELECT 9", NULL}};
    struct stored_cell *known;
    size_t count = 0;
    new_store("executions.db");
    run_cell("a.ipynb", "aaaa", "SELECT 1");
    run_cell("a.ipynb", "key2", "SELECT 2");
    run_cell("a.ipynb", "key3", "SELECT 33");
    is_int(take_cells("a.ipynb", 5, cells, 3), 1, "a notebook that ran is taken in");
    is_str(version_summary("a.ipynb", 1), "aaaa:1:earlier-text key2:1:earlier-text cccc:1:new",
           "cells that ran are known by their texts");
    is_str(listed_cells("a.ipynb"), "aaaa key2 cccc key3", "what only ran comes after the file's");
    is_int(take_cells("a.ipynb", 5, reordered, 4), 2, "another order, without one that ran");
    is_str(listed_cells("a.ipynb"), "cccc tttt aaaa never key2 key3",
           "the file's order, then what ran");
    ok(store_known_cells(connection, "a.ipynb", &known, &count, &error), "the known cells");
    is_int(count, 5, "are those of code");
    is_str(count == 5 ? known[0].cell_key : "", "cccc", "in the file's order");
    is_str(count == 5 ? known[1].cell_key : "", "aaaa", "…");
    store_cells_free(known, count);
    AUTO_JSON *rows = json_array();
    ok(store_cells(connection, "a.ipynb", collect, rows, &error), "the cells");
    is_str(at(rows, "3.executions"), "0", "one that never ran");
    is_str(at(rows, "3.last_state"), "null", "has no state");
    is_str(at(rows, "1.kernel"), "Markdown", "and one of text its kernel");
    AUTO_JSON *notebooks = json_array();
    ok(store_notebooks(connection, collect, notebooks, &error), "the notebook");
    is_str(at(notebooks, "0.file_versions"), "2", "has versions");
    is_int(take_cells("a.ipynb", 5, cells, 3), 3, "the first state again");
    is_str(version_summary("a.ipynb", 3), "aaaa:1:id key2:1:earlier-id cccc:1:id",
           "a cell that went comes back");
    is_str(ask("SELECT count(*) FROM rscn_cell WHERE gone_in = 3"), "2", "others are gone");
}

/* In a file without ids a cell was written anew, ran, and was saved after that. */
static void test_ran_before_saved(void)
{
    static const struct cell_text first[] = {{"code", NULL, "SELECT 1 AS one", NULL},
                                             {"code", NULL, "SELECT 2 AS two", NULL},
                                             {"code", NULL, "SELECT 3 AS three", NULL}};
    static const struct cell_text saved[] = {{"code", NULL, "CREATE TABLE t(x, y, z)", NULL},
                                             {"code", NULL, "SELECT 3 AS three", NULL},
                                             {"code", NULL, "DROP VIEW of_mine", NULL},
                                             {"code", NULL, "SELECT 1 AS one", NULL}};
    new_store("saved.db");
    is_int(take_cells("a.ipynb", 4, first, 3), 1, "a file without ids");
    AUTO_FREE char *key = xstrdup(ask("SELECT cell_key FROM rscn_notebook_cell WHERE position = 2"));
    run_cell("a.ipynb", key, "CREATE TABLE t(x, y, z)");
    is_int(take_cells("a.ipynb", 4, saved, 4), 2, "another order and two texts that it had not");
    is_str(ask("SELECT cell_key FROM rscn_notebook_cell WHERE version = 2 AND position = 1"), key,
           "what ran is the cell that it ran as");
    is_str(ask("SELECT matched_by FROM rscn_notebook_cell WHERE version = 2 AND position = 1"),
           "text", "by its text");
}

int main(void)
{
    fixture_start();
    test_by_hand();
    test_run_under_old_name();
    test_recognised();
    test_copies_moved();
    test_removed();
    test_with_executions();
    test_ran_before_saved();
    close_store();
    return done_testing();
}
