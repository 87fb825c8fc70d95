/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_kernels: rows for the kernels that notebook files name; see notebook_kernels.h.
 */
#include "store/notebook_kernels.h"

#include <string.h>
#include <strings.h>

#include "base/ident.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "store/statement.h"

#define KERNEL_NAME_MAX 200 /* bytes; a file may name anything */
#define HASH_SHOWN 16

struct kernel {
    char *id, *name; /* name for people */
    const char *description, *elaboration;
    char *mime_type, *extension; /* NULL: not known */
};

static const struct {
    enum notebook_cell_type type;
    const char *id, *description, *mime_type, *extension;
} stored_only[] = {
    {NOTEBOOK_MARKDOWN, "Markdown", "Text between the code of a notebook", "text/markdown", ".md"},
    {NOTEBOOK_RAW, "Raw", "Cells that a notebook keeps as they are", "text/plain", ".txt"},
    {NOTEBOOK_OTHER, "Other", "Cells of a type that notebooks did not have", NULL, NULL},
};
/* Rows whose code is not what a kernelspec of this name would run */
static const char *const reserved[] = {"SQL", "AI LLM Prompt", "Documentation", "Markdown",
                                       "Raw", "Other",         "Not named"};

static void kernel_release(struct kernel *kernel)
{
    free(kernel->id);
    free(kernel->name);
    free(kernel->mime_type);
    free(kernel->extension);
}
#define AUTO_KERNEL __attribute__((cleanup(kernel_release))) struct kernel

static void plain_kernel(enum notebook_cell_type type, struct kernel *ret_kernel)
{
    for (size_t i = 0; i < ARRAY_SIZE(stored_only); i++)
        if (stored_only[i].type == type)
            *ret_kernel = (struct kernel){
                .id = xstrdup(stored_only[i].id),
                .name = xstrdup(stored_only[i].id),
                .description = stored_only[i].description,
                .elaboration = "{\"executable\":false}",
                .mime_type = xstrdup_or_null(stored_only[i].mime_type),
                .extension = xstrdup_or_null(stored_only[i].extension),
            };
}

/* The kernelspec that `rscn install` makes, under its own name or another one. */
static bool is_ours(const struct notebook *notebook)
{
    const char *name = notebook->kernel_name, *display = notebook->kernel_display;
    if (strcasecmp(name, "rscn") == 0)
        return true;
    if (!display || !notebook->language || strcasecmp(notebook->language, "sql") != 0)
        return false;
    AUTO_FREE char *expected = xasprintf("SQL (%s)", name);
    return strcmp(display, expected) == 0;
}

/* A text of a file as a name: valid, bounded, and what is cut off still tells two apart. */
static char *bounded(const char *text)
{
    size_t size = strlen(text);
    char hash[SHA256_HEX_SIZE];
    if (size <= KERNEL_NAME_MAX && utf8_is_valid(text, size))
        return xstrdup(text);
    AUTO_STRBUF valid = STRBUF_INIT;
    sha256_hex(text, size, hash);
    utf8_add_valid(&valid, text, size > KERNEL_NAME_MAX / 2 ? KERNEL_NAME_MAX / 2 : size);
    strbuf_addf(&valid, "~%.*s", HASH_SHOWN, hash);
    return strbuf_take(&valid);
}

/* A short member of metadata.language_info; NULL: none. */
static char *language_fact(const struct notebook *notebook, const char *name)
{
    const struct raw_json *json = notebook->json;
    raw_ref metadata = raw_json_member(json, raw_json_root(json), "metadata");
    raw_ref info = raw_json_member(json, metadata, "language_info");
    AUTO_FREE char *text = raw_json_text(json, raw_json_member(json, info, name), NULL);
    return text && *text ? bounded(text) : NULL;
}

static void code_kernel(const struct notebook *notebook, struct kernel *ret_kernel)
{
    bool is_named = notebook->kernel_name && *notebook->kernel_name;
    *ret_kernel = (struct kernel){.description = "Named by a notebook file"};
    if (!is_named) {
        ret_kernel->id = xstrdup("Not named");
        ret_kernel->name = xstrdup("Not named in the notebook file");
        ret_kernel->description = "Code of notebook files that name no kernel";
        return;
    }
    if (is_ours(notebook)) {
        ret_kernel->id = xstrdup("SQL");
        ret_kernel->name = xstrdup("SQL");
        return;
    }
    ret_kernel->id = bounded(notebook->kernel_name);
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
        if (strcmp(ret_kernel->id, reserved[i]) != 0)
            continue;
        free(ret_kernel->id);
        ret_kernel->id = xasprintf("%s (kernelspec)", reserved[i]);
    }
    bool has_display = notebook->kernel_display && *notebook->kernel_display;
    ret_kernel->name = has_display ? bounded(notebook->kernel_display) : xstrdup(ret_kernel->id);
    ret_kernel->mime_type = language_fact(notebook, "mimetype");
    ret_kernel->extension = language_fact(notebook, "file_extension");
}

static bool add_kernel(struct store_connection *connection, const struct kernel *kernel,
                       struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    /* Display names repeat, names of rows do not. */
    AUTO_FREE char *other_name = xasprintf("%s (%s)", kernel->name, kernel->id);
    if (!statement_open(&statement, connection, SQL_KERNEL_INSERT, "adding a kernel", error))
        return false;
    statement_text(&statement, kernel->id);
    statement_text(&statement, kernel->name);
    statement_text(&statement, other_name);
    statement_text(&statement, kernel->description);
    statement_text(&statement, kernel->mime_type);
    statement_text(&statement, kernel->extension);
    statement_text(&statement, kernel->elaboration);
    statement_time(&statement, timestamp_now());
    return statement_run(&statement, error);
}

bool notebook_kernel(struct store_connection *connection, const struct notebook *notebook,
                     enum notebook_cell_type type, char **ret_id, struct error *error)
{
    AUTO_KERNEL kernel = {0};
    AUTO_STATEMENT find = STATEMENT_INIT;
    if (type == NOTEBOOK_CODE)
        code_kernel(notebook, &kernel);
    else
        plain_kernel(type, &kernel);
    if (!statement_open(&find, connection, SQL_OPEN_KERNEL, "looking for a kernel", error))
        return false;
    statement_text(&find, kernel.id);
    int next = statement_next(&find, error);
    if (next < 0 || (next == 0 && !add_kernel(connection, &kernel, error)))
        return false;
    *ret_id = kernel.id;
    kernel.id = NULL;
    return true;
}
