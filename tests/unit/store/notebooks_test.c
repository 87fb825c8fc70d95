/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notebook files in the store: each state of them is a version with exactly its bytes, each cell keeps
 * its key through all of them, and a notebook stays itself under whatever name.
 */
#include "notebook_fixture.h"

static const struct cell_text two_cells[] = {
    {"code", "aaaa", "SELECT 1", NULL},
    {"markdown", "bbbb", "# Title", "\"metadata\": {}"},
};

/* The bytes of a version are those of the text; 0 = the newest. */
static bool has_text(const char *key, int64_t version, const char *text)
{
    AUTO_STRBUF found = STRBUF_INIT;
    struct error problem = ERROR_INIT;
    if (store_version_text(connection, key, version, &found, &problem))
        return found.size == strlen(text) && memcmp(found.text, text, found.size) == 0;
    diag("%s", problem.message);
    return false;
}

static void test_versions(void)
{
    struct notebook_taken taken;
    struct error problem = ERROR_INIT;
    static const struct cell_text edited[] = {
        {"code", "aaaa", "SELECT 2", NULL},
        {"markdown", "bbbb", "# Title", "\"metadata\": {}"},
        {"code", "cccc", "SELECT 3", NULL},
    };
    const char *first = notebook_text(5, two_cells, 2), *second = notebook_text(5, edited, 3);
    new_store("versions.db");
    is_int(take_file("a.ipynb", first, &taken), 1, "a notebook's first version");
    ok(taken.is_new && !taken.renamed_from && taken.cells == 2, "a new one of two cells");
    is_int(taken.bytes_added, (int64_t)strlen(first), "its bytes are new");
    is_str(taken.key, "a.ipynb", "its key is its name");
    notebook_taken_release(&taken);
    is_str(version_summary("a.ipynb", 1), "aaaa:1:new bbbb:1:new", "the ids of the file are keys");
    is_int(take_file("a.ipynb", first, &taken), 0, "the same bytes");
    ok(taken.is_unchanged && taken.version == 1 && taken.cells == 2 && taken.bytes_added == 0,
       "are no version");
    notebook_taken_release(&taken);
    is_str(ask("SELECT count(*) FROM rscn_notebook_version"), "1", "nothing was written");
    is_int(take_file("a.ipynb", second, &taken), 2, "other bytes are one");
    notebook_taken_release(&taken);
    is_str(version_summary("a.ipynb", 0), "aaaa:2:id bbbb:1:id cccc:1:new", "with the same cells");
    is_int(take_file("a.ipynb", first, &taken), 3, "going back is an event");
    is_int(taken.bytes_added, 0, "that adds no bytes");
    notebook_taken_release(&taken);
    is_str(ask("SELECT count(*) FROM rscn_snapshot"), "2", "versions share snapshots");
    is_str(version_summary("a.ipynb", 3), "aaaa:1:id bbbb:1:id", "the text is its old version");
    is_str(ask("SELECT group_concat(coalesce(parent, 0)) FROM rscn_notebook_version"), "0,1,2",
           "each has its parent");
    ok(has_text("a.ipynb", 1, first) && has_text("a.ipynb", 2, second) &&
           has_text("a.ipynb", 0, first),
       "all bytes come back");
    bool has = false;
    ok(store_has_newest(connection, "a.ipynb",
                        ask("SELECT sha256 FROM rscn_snapshot WHERE snapshot_number = 1"), &has,
                        &problem) &&
           has,
       "what is the newest is known by its hash");
    ok(store_has_newest(connection, "a.ipynb",
                        ask("SELECT sha256 FROM rscn_snapshot WHERE snapshot_number = 2"), &has,
                        &problem) &&
           !has,
       "and what is not");
    struct notebook_version version;
    ok(!store_version(connection, "a.ipynb", 9, &version, &problem) &&
           problem.code == ERROR_NOT_FOUND,
       "there is no version 9");
    contains(problem.message, "1 to 3", "and it is said which there are");
    ok(!store_version(connection, "b.ipynb", 0, &version, &problem), "nor one of no notebook");
    ok(store_version(connection, "a.ipynb", 2, &version, &problem) && version.parent == 1 &&
           version.cells == 3 && version.origin == ORIGIN_IMPORT,
       "what a version is");
    int64_t number = 0;
    ok(store_version_at(connection, "a.ipynb", version.created_at, &number, &problem) &&
           number == 2,
       "the version at a time");
    ok(!store_version_at(connection, "a.ipynb", 1000000, &number, &problem), "none is so old");
    notebook_version_release(&version);
    AUTO_JSON *rows = json_array();
    ok(store_versions(connection, "a.ipynb", collect, rows, &problem), "the list");
    is_str(at(rows, "0.version"), "3", "newest first");
    is_str(at(rows, "2.origin"), "import", "with how it came");
}

static void test_large_outputs(void)
{
    struct notebook_taken taken;
    struct error problem = ERROR_INIT;
    AUTO_STRBUF more = STRBUF_INIT;
    AUTO_STRBUF large = STRBUF_INIT;
    strbuf_add_repeated(&large, 'x', 3000);
    strbuf_addf(&more,
                "\"metadata\": {}, \"execution_count\": 1, \"outputs\": [{\"output_type\": "
                "\"stream\", \"name\": \"stdout\", \"text\": [\"%s\"]}, {\"output_type\": "
                "\"display_data\", \"metadata\": {}, \"data\": {\"image/png\": \"%s\", "
                "\"text/plain\": \"short\"}}], \"attachments\": {\"a.png\": {\"image/png\": "
                "\"%s\"}}",
                strbuf_text(&large), strbuf_text(&large), strbuf_text(&large));
    const struct cell_text cells[] = {{"code", "aaaa", "SELECT 1", strbuf_text(&more)},
                                      {"code", "bbbb", "SELECT 2", NULL}};
    const struct cell_text changed[] = {{"code", "aaaa", "SELECT 1", strbuf_text(&more)},
                                        {"code", "bbbb", "SELECT 3", NULL}};
    const char *first = notebook_text(5, cells, 2), *second = notebook_text(5, changed, 2);
    new_store("large.db");
    take_file("a.ipynb", first, &taken);
    notebook_taken_release(&taken);
    is_str(ask("SELECT count(*) || ' ' || (SELECT count(*) FROM rscn_snapshot_part)"
               " FROM rscn_content"),
           "2 3", "large values stand once: a text, and an output's that is an attachment's too");
    ok(strtol(ask("SELECT length(text) FROM rscn_snapshot"), NULL, 10) < 1200,
       "the snapshot is without them");
    take_file("a.ipynb", second, &taken);
    ok(taken.bytes_added < 1200, "another version adds what is new");
    notebook_taken_release(&taken);
    ok(has_text("a.ipynb", 1, first) && has_text("a.ipynb", 2, second), "all bytes come back");
    is_str(ask("SELECT count(DISTINCT outputs_hash) FROM rscn_notebook_cell"), "1",
           "outputs that stayed have the same hash");
    is_str(ask("SELECT group_concat(outputs) FROM rscn_notebook_cell WHERE version = 1"), "2,0",
           "imported outputs are counted");
    is_str(ask("SELECT count(*) FROM rscn_execution"), "0", "and are no executions");
    plain_sql(store_file, "DROP TRIGGER rscn_content_no_update;"
                          "UPDATE rscn_content SET bytes = CAST(replace(CAST(bytes AS TEXT), 'x',"
                          " 'y') AS BLOB) WHERE content_number = 1");
    AUTO_STRBUF text = STRBUF_INIT;
    ok(!store_version_text(connection, "a.ipynb", 1, &text, &problem) &&
           problem.code == ERROR_DAMAGED,
       "other bytes than those that came are not given back");
    plain_sql(store_file, "PRAGMA foreign_keys = 0; DROP TRIGGER rscn_content_no_delete;"
                          "DELETE FROM rscn_content WHERE content_number = 2");
    ok(!store_version_text(connection, "a.ipynb", 2, &text, &problem) &&
           problem.code == ERROR_DAMAGED,
       "nor less of them");
    plain_sql(store_file, "PRAGMA foreign_keys = 0; DROP TRIGGER rscn_snapshot_no_delete;"
                          "DELETE FROM rscn_snapshot WHERE snapshot_number = 1");
    struct notebook_version version;
    ok(!store_version(connection, "a.ipynb", 1, &version, &problem) &&
           problem.code == ERROR_DAMAGED,
       "a version without its bytes is not called unknown");
    ok(!store_version(connection, "a.ipynb", 3, &version, &problem) &&
           problem.code == ERROR_NOT_FOUND,
       "one that never was is");
    plain_sql(store_file, "DROP TABLE rscn_cell_lineage");
    struct version_cells lost;
    ok(!store_version_cells(connection, "a.ipynb", 2, &lost, &problem) &&
           problem.code == ERROR_DAMAGED,
       "a table that is not there is damage");
}

/* A 4.4 file has no ids: two imports make no new keys (WP-9). */
static void test_without_ids(void)
{
    static const struct cell_text cells[] = {{"code", NULL, "SELECT 1", NULL},
                                             {"code", NULL, "SELECT 1", NULL},
                                             {"code", NULL, "SELECT 2", NULL}};
    static const struct cell_text more[] = {{"code", NULL, "SELECT 1", NULL},
                                            {"code", NULL, "SELECT 1", NULL},
                                            {"code", NULL, "SELECT 2", NULL},
                                            {"code", NULL, "SELECT 3 AS another", NULL}};
    new_store("without.db");
    is_int(take_cells("a.ipynb", 4, cells, 3), 1, "a file without ids");
    AUTO_FREE char *keys = xstrdup(ask("SELECT group_concat(cell_key) FROM (SELECT cell_key FROM"
                                       " rscn_notebook_cell WHERE version = 1 ORDER BY position)"));
    is_int(strlen(keys), 26, "gets three keys of eight digits: %s", keys);
    is_int(take_cells("a.ipynb", 4, cells, 3), 0, "taken in again");
    is_int(take_cells("a.ipynb", 4, more, 4), 2, "and with one more");
    is_str(ask("SELECT group_concat(cell_key) FROM (SELECT cell_key FROM rscn_notebook_cell"
               " WHERE version = 2 AND position < 4 ORDER BY position)"),
           keys, "cells of the same text keep their keys");
    is_str(ask("SELECT count(*) FROM rscn_cell"), "4", "one is new");
}

static void test_bad_ids(void)
{
    static const struct cell_text cells[] = {
        {"code", "aaaa", "SELECT 1", NULL},
        {"code", "aaaa", "SELECT 2", NULL},
        {"code", "no good", "SELECT 3", NULL},
        {"code", "", "SELECT 4", NULL},
        {"code", "dddd", "SELECT 5",
         "\"metadata\": {\"name\": \"load\"}, \"outputs\": [], \"execution_count\": null"},
        {"code", "eeee", "SELECT 6",
         "\"metadata\": {\"name\": \"load\"}, \"outputs\": [], \"execution_count\": null"},
        {"code", "load", "SELECT 7", NULL},
        {"code", "ffff", "a\\u0000b", NULL},
    };
    new_store("bad.db");
    is_int(take_cells("a.ipynb", 5, cells, 8), 1, "ids that are doubled, invalid or empty");
    is_str(ask("SELECT count(DISTINCT cell_key) || ' ' || count(DISTINCT cell_name) FROM rscn_cell"),
           "8 8", "no key and no name is given twice");
    is_str(ask("SELECT cell_key FROM rscn_cell WHERE cell_name = 'load'"), "dddd",
           "a name belongs to who has it first (W-39)");
    is_str(ask("SELECT count(*) FROM rscn_cell WHERE length(cell_key) = 8"), "4",
           "who may not have its id gets a key of ours");
    struct version_cells found;
    struct error problem = ERROR_INIT;
    ok(store_version_cells(connection, "a.ipynb", 1, &found, &problem) && found.count == 8 &&
           found.cells[7].source_size == 3 && memcmp(found.cells[7].source, "a\0b", 3) == 0,
       "a text with NUL is whole");
    version_cells_release(&found);
    is_int(take_cells("a.ipynb", 5, cells + 1, 7), 2, "the first one goes");
    static const struct cell_text reused[] = {{"code", "aaaa", "SELECT 2", NULL},
                                              {"markdown", "dddd", "something else", NULL}};
    is_int(take_cells("a.ipynb", 5, reused, 2), 3, "an id comes with another cell");
    is_str(ask("SELECT count(*) = count(DISTINCT cell_key) FROM rscn_cell"), "1",
           "no key is used again");
}

static void test_kernels(void)
{
    static const char other[] =
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"x = 1\", \"metadata\": {},"
        " \"outputs\": [], \"execution_count\": null}, {\"cell_type\": \"raw\", \"source\": \"r\","
        " \"metadata\": {}}], \"metadata\": {\"kernelspec\": {\"name\": \"%s\","
        " \"display_name\": \"Python 3\"}, \"language_info\": {\"name\": \"python\","
        " \"mimetype\": \"text/x-python\", \"file_extension\": \".py\"}}, \"nbformat\": 4,"
        " \"nbformat_minor\": 4}";
    static const char unnamed[] =
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"x = 2\", \"metadata\": {},"
        " \"outputs\": [], \"execution_count\": null}], \"metadata\": {}, \"nbformat\": 4,"
        " \"nbformat_minor\": 4}";
    AUTO_FREE char *python = xasprintf(other, "python3");
    AUTO_FREE char *conda = xasprintf(other, "conda-env");
    AUTO_FREE char *markdown = xasprintf(other, "Markdown");
    struct notebook_taken taken;
    new_store("kernels.db");
    is_int(take_cells("sql.ipynb", 5, two_cells, 2), 1, "a notebook of ours");
    is_str(ask("SELECT group_concat(notebook_kernel_id) FROM code_notebook_cell"), "SQL,Markdown",
           "its code is SQL, its text is for no kernel");
    take_file("p.ipynb", python, &taken);
    notebook_taken_release(&taken);
    take_file("c.ipynb", conda, &taken);
    notebook_taken_release(&taken);
    take_file("m.ipynb", markdown, &taken);
    notebook_taken_release(&taken);
    take_file("u.ipynb", unnamed, &taken);
    notebook_taken_release(&taken);
    is_str(ask("SELECT kernel_name || mime_type || file_extn FROM code_notebook_kernel"
               " WHERE code_notebook_kernel_id = 'python3'"),
           "Python 3text/x-python.py", "a kernelspec is a kernel (R-26)");
    is_str(ask("SELECT kernel_name FROM code_notebook_kernel WHERE code_notebook_kernel_id ="
               " 'conda-env'"),
           "Python 3 (conda-env)", "one with the same display name is another row (R-27)");
    is_str(ask("SELECT group_concat(DISTINCT json_extract(elaboration, '$.executable')) FROM"
               " code_notebook_kernel WHERE code_notebook_kernel_id IN ('Markdown', 'Raw')"),
           "0", "stored only (R-28)");
    is_str(ask("SELECT notebook_kernel_id FROM code_notebook_cell WHERE notebook_name = 'm.ipynb'"
               " AND interpretable_code = 'x = 1'"),
           "Markdown (kernelspec)", "a kernelspec can't be one of those");
    is_str(ask("SELECT notebook_kernel_id FROM code_notebook_cell WHERE notebook_name = 'u.ipynb'"),
           "Not named", "a file without kernelspec");
}

/* What a kernel notices: whether cells were edited or only ran. Two who take the same file in write one
 * version. */
static void test_by_kernel(void)
{
    static const struct cell_text ran[] = {
        {"code", "aaaa", "SELECT 1",
         "\"metadata\": {}, \"outputs\": [], \"execution_count\": 4"},
        {"markdown", "bbbb", "# Title", "\"metadata\": {}"},
    };
    static const struct cell_text swapped[] = {
        {"markdown", "bbbb", "# Title", "\"metadata\": {}"},
        {"code", "aaaa", "SELECT 1", NULL},
    };
    const char *texts[] = {notebook_text(5, two_cells, 2), notebook_text(5, ran, 2),
                           notebook_text(5, swapped, 2)};
    struct error problem = ERROR_INIT;
    new_store("kernel.db");
    struct store *other_store = store_open(store_file, STORE_WRITE, &problem);
    struct store_connection *other = other_store ? store_connect(other_store, &problem) : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct notebook *notebook = notebook_parse(texts[i], strlen(texts[i]), &problem);
        struct notebook_taking taking = {
            .name = "a.ipynb",
            .path = in_folder("a.ipynb"),
            .text = texts[i],
            .size = strlen(texts[i]),
            .notebook = notebook,
            .by_kernel = true,
            .run_id = "run",
            .user = "alice",
            .host = "here",
            .at = timestamp_now(),
        };
        struct notebook_taken first, second;
        ok(store_begin(connection, NULL, &problem) &&
               store_take_notebook(connection, &taking, &first, &problem) &&
               store_commit(connection, &problem) && !first.is_unchanged,
           "taken in: %s", problem.message);
        store_release(connection);
        ok(store_begin(other, NULL, &problem) &&
               store_take_notebook(other, &taking, &second, &problem) &&
               store_commit(other, &problem) && second.is_unchanged &&
               second.version == first.version,
           "by the second one unchanged");
        store_release(other);
        notebook_taken_release(&first);
        notebook_taken_release(&second);
        notebook_free(notebook);
    }
    store_disconnect(other);
    store_close(other_store);
    is_str(ask("SELECT group_concat(origin) FROM rscn_notebook_version"), "edit,execution,edit",
           "cells that only ran are no edit");
}

/* Half of a version is never there. */
static void test_rolled_back(void)
{
    struct error problem = ERROR_INIT;
    struct notebook_taken taken;
    const char *text = notebook_text(5, two_cells, 2);
    struct notebook *notebook = notebook_parse(text, strlen(text), &problem);
    const struct notebook_taking taking = {.name = "a.ipynb",
                                           .text = text,
                                           .size = strlen(text),
                                           .notebook = notebook,
                                           .user = "alice",
                                           .host = "here",
                                           .at = timestamp_now()};
    new_store("rolled.db");
    ok(store_begin(connection, NULL, &problem) &&
           store_take_notebook(connection, &taking, &taken, &problem),
       "taken in, and not committed");
    store_release(connection);
    notebook_taken_release(&taken);
    is_str(ask("SELECT (SELECT count(*) FROM rscn_notebook) + (SELECT count(*) FROM rscn_snapshot)"
               " + (SELECT count(*) FROM rscn_cell) + (SELECT count(*) FROM code_notebook_cell)"),
           "0", "nothing is there");
    ok(store_begin(connection, NULL, &problem) &&
           store_take_notebook(connection, &taking, &taken, &problem) &&
           store_commit(connection, &problem) && taken.version == 1,
       "a second try does it");
    store_release(connection);
    notebook_taken_release(&taken);
    notebook_free(notebook);
}

static void test_append_only(void)
{
    static const char *const tables[] = {"rscn_content",          "rscn_snapshot",
                                         "rscn_snapshot_part",    "rscn_notebook_version",
                                         "rscn_notebook_cell",    "rscn_cell_lineage"};
    AUTO_STRBUF more = STRBUF_INIT;
    strbuf_add_text(&more, "\"metadata\": {}, \"execution_count\": 1, \"outputs\": [{\"output_type\":"
                           " \"stream\", \"name\": \"stdout\", \"text\": \"");
    strbuf_add_repeated(&more, 'x', 3000);
    strbuf_add_text(&more, "\"}]");
    const struct cell_text cells[] = {{"code", "aaaa", "SELECT 1", strbuf_text(&more)},
                                      {"code", "bbbb", "SELECT 2", NULL}};
    new_store("append.db");
    take_cells("a.ipynb", 5, cells, 2);
    plain_sql(store_file, "INSERT INTO rscn_cell_lineage VALUES ('a.ipynb', 1, 'aaaa', 'bbbb',"
                          " 'copy', 1)");
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        AUTO_FREE char *delete = xasprintf("DELETE FROM %s", tables[i]);
        AUTO_FREE char *replace = xasprintf("REPLACE INTO %s SELECT * FROM %s", tables[i], tables[i]);
        is_int(plain_sql(store_file, delete), SQLITE_CONSTRAINT, "%s", delete);
        is_int(plain_sql(store_file, replace), SQLITE_CONSTRAINT, "%s", replace);
    }
    is_int(plain_sql(store_file, "UPDATE rscn_notebook_cell SET position = 9"), SQLITE_CONSTRAINT,
           "no cell of a version is changed");
    is_int(plain_sql(store_file, "UPDATE rscn_snapshot SET size = 9"), SQLITE_CONSTRAINT,
           "nor a snapshot");
    is_int(plain_sql(store_file, "UPDATE rscn_notebook_version SET path = ''"), SQLITE_CONSTRAINT,
           "nor a version");
    is_int(plain_sql(store_file, "DELETE FROM rscn_notebook"), SQLITE_CONSTRAINT,
           "no notebook goes away");
    is_int(plain_sql(store_file, "UPDATE rscn_notebook SET notebook_name = 'x'"),
           SQLITE_CONSTRAINT, "nor gets another key");
    plain_sql(store_file, "INSERT INTO rscn_notebook VALUES ('b', 'b', NULL, '', NULL, NULL)");
    is_int(plain_sql(store_file, "UPDATE OR REPLACE rscn_notebook SET name = 'b' WHERE"
                                 " notebook_name = 'a.ipynb'"),
           SQLITE_CONSTRAINT, "nor another one's name");
    is_str(ask("SELECT count(*) FROM pragma_foreign_key_check"), "0", "keys are good");
}

int main(void)
{
    fixture_start();
    test_versions();
    test_large_outputs();
    test_without_ids();
    test_bad_ids();
    test_kernels();
    test_by_kernel();
    test_rolled_back();
    test_append_only();
    close_store();
    return done_testing();
}
