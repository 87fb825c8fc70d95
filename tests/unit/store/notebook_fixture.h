/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of notebook files in the store share: making a file's text and taking it in.
 */
#ifndef TESTS_UNIT_STORE_NOTEBOOK_FIXTURE_H
#define TESTS_UNIT_STORE_NOTEBOOK_FIXTURE_H

#include "record_fixture.h"
#include "store/notebooks.h"

/* A cell of a file to be made; id NULL: none. */
struct cell_text {
    const char *type, *id, *source;
    const char *more; /* further members as JSON, NULL: outputs [] of code */
};

/* The text of a notebook of version 4.`minor`. Valid until the next few calls. */
__attribute__((unused)) static const char *notebook_text(int minor, const struct cell_text *cells,
                                                         size_t count)
{
    static struct strbuf texts[8];
    static unsigned next;
    struct strbuf *text = &texts[next++ % 8];
    strbuf_clear(text);
    strbuf_add_text(text, "{\"cells\": [");
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(text, "%s{\"cell_type\": \"%s\"", i ? ",\n" : "\n", cells[i].type);
        if (cells[i].id)
            strbuf_addf(text, ", \"id\": \"%s\"", cells[i].id);
        strbuf_addf(text, ", \"source\": \"%s\"", cells[i].source);
        if (cells[i].more)
            strbuf_addf(text, ", %s", cells[i].more);
        else
            strbuf_add_text(text, ", \"metadata\": {}, \"outputs\": [], \"execution_count\": null");
        strbuf_add_char(text, '}');
    }
    strbuf_addf(text,
                "], \"metadata\": {\"kernelspec\": {\"name\": \"rscn\", \"display_name\": \"SQL "
                "(rscn)\", \"language\": \"sql\"}}, \"nbformat\": 4, \"nbformat_minor\": %d}\n",
                minor);
    return strbuf_text(text);
}

/* Takes a text in, as it is asked for; path NULL: none. False with the error. */
__attribute__((unused)) static bool take_text(const char *name, const char *path, const char *text,
                                              size_t size, struct notebook_taken *taken,
                                              struct error *problem)
{
    struct notebook *notebook = notebook_parse(text, size, problem);
    struct notebook_taking taking = {
        .name = name,
        .path = path,
        .text = text,
        .size = size,
        .notebook = notebook,
        .origin = ORIGIN_IMPORT,
        .user = "alice",
        .host = "here",
        .at = timestamp_now(),
    };
    *taken = (struct notebook_taken){0};
    if (!notebook)
        bail_out("%s", problem->message);
    bool is_done = store_begin(connection, NULL, problem) &&
                   store_take_notebook(connection, &taking, taken, problem) &&
                   store_commit(connection, problem);
    store_release(connection);
    notebook_free(notebook);
    return is_done;
}

/* The same, with a file of that name in the folder, as rscn import does it. Gives the version's
 * number, 0 when it failed or nothing was written. */
__attribute__((unused)) static int64_t take_file(const char *name, const char *text,
                                                 struct notebook_taken *taken)
{
    struct error problem = ERROR_INIT;
    const char *path = in_folder(name);
    write_text(path, text);
    if (!take_text(name, path, text, strlen(text), taken, &problem)) {
        diag("%s", problem.message);
        return 0;
    }
    return taken->is_unchanged ? 0 : taken->version;
}

__attribute__((unused)) static int64_t take_cells(const char *name, int minor,
                                                  const struct cell_text *cells, size_t count)
{
    struct notebook_taken taken;
    int64_t version = take_file(name, notebook_text(minor, cells, count), &taken);
    notebook_taken_release(&taken);
    return version;
}

/* "key:version:matched key…" of the cells of a version in order; version 0: the newest. */
__attribute__((unused)) static const char *version_summary(const char *key, int64_t version)
{
    static struct strbuf summaries[4];
    static unsigned next;
    struct strbuf *summary = &summaries[next++ % 4];
    struct version_cells cells;
    struct error problem = ERROR_INIT;
    strbuf_clear(summary);
    if (!store_version_cells(connection, key, version, &cells, &problem)) {
        strbuf_addf(summary, "error: %s", problem.message);
        return strbuf_text(summary);
    }
    for (size_t i = 0; i < cells.count; i++)
        strbuf_addf(summary, "%s%s:%lld:%s", i ? " " : "", cells.cells[i].cell_key,
                    (long long)cells.cells[i].cell_version,
                    version_match_word(cells.cells[i].matched_by));
    version_cells_release(&cells);
    return strbuf_text(summary);
}

#endif
