/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_describe: CREATE texts, of one thing with all that belongs to it or of everything.
 */
#include "engine/look/sqlite_describe.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/html.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/near_name.h"
#include "engine/look/sqlite_catalog.h"
#include "engine/sqlite_guard.h"

#define TEXT_MAX (1024 * 1024) /* CREATE texts shown at once */
#define NEAR_MAX 3

json_t *sqlite_describe_text(const char *text)
{
    AUTO_STRBUF html = STRBUF_INIT;
    json_t *bundle = json_object();
    json_object_set_new(bundle, "text/plain", json_text(text, strlen(text)));
    strbuf_add_text(&html, "<pre>");
    html_add_text(&html, text);
    strbuf_add_text(&html, "</pre>");
    json_object_set_new(bundle, "text/html", json_text(strbuf_text(&html), html.size));
    return bundle;
}

/* --- CREATE texts ---------------------------------------------------------------------------- */

struct listing {
    const struct sqlite_view *view;
    const char *schema;      /* of the rows that come */
    const char *name;        /* looked for, NULL = all */
    const char *only_schema; /* NULL = any */
    struct strbuf text;
    char *failure; /* why a schema could not be read, owned */
};

static bool add_create_text(void *context, const char *const *values, size_t count)
{
    struct listing *listing = context;
    (void)count;
    const char *name = values[0], *table = values[1], *sql = values[2];
    bool of_record = listing->view->is_store &&
                     (sqlite_guard_is_reserved(name) || sqlite_guard_is_reserved(table));
    if (listing->name == NULL && of_record)
        return true;
    if (listing->text.size > 0)
        strbuf_add_text(&listing->text, "\n\n");
    if (strcasecmp(listing->schema, "main") != 0)
        strbuf_addf(&listing->text, "-- in %s\n", listing->schema);
    strbuf_add_text(&listing->text, sql);
    strbuf_add_char(&listing->text, ';');
    return !listing->text.overflowed;
}

static bool list_schema(void *context, const char *const *values, size_t count)
{
    struct listing *listing = context;
    (void)count;
    listing->schema = values[0];
    if (listing->only_schema != NULL && strcasecmp(listing->only_schema, values[0]) != 0)
        return true;
    AUTO_FREE char *schema = sqlite_catalog_identifier(values[0]);
    /* An index of that name comes alone, a table with all that belongs to it. */
    AUTO_FREE char *sql =
        xasprintf("SELECT name, tbl_name, sql FROM %s.sqlite_schema WHERE sql IS NOT NULL"
                  " AND name NOT LIKE 'sqlite\\_%%' ESCAPE '\\'"
                  " AND NOT (?1 IS NULL AND tbl_name = 'sql_parameters' AND type = 'view')"
                  " AND (?1 IS NULL OR lower(name) = lower(?1) OR lower(tbl_name) = lower(?1))"
                  " ORDER BY ?1 IS NULL AND type = 'view', lower(tbl_name), type NOT IN ('table', "
                  "'view'), lower(name)",
                  schema);
    const char *parameters[] = {listing->name};
    if (!sqlite_catalog_query(listing->view, sql, parameters, 1, add_create_text, listing) &&
        listing->failure == NULL)
        listing->failure = xstrdup(sqlite3_errmsg(listing->view->connection));
    return true;
}

bool sqlite_describe_creates(const struct sqlite_view *view, const char *schema, const char *name,
                             struct strbuf *text, struct error *error)
{
    struct listing listing = {view, "main", name, schema, STRBUF_MAX(TEXT_MAX), NULL};
    (void)sqlite_catalog_query(view, "SELECT name FROM pragma_database_list", NULL, 0, list_schema,
                               &listing);
    strbuf_add(text, strbuf_text(&listing.text), listing.text.size);
    if (listing.text.overflowed)
        strbuf_add_text(text,
                        "\n-- … the rest is left out: SELECT sql FROM sqlite_schema shows all");
    strbuf_release(&listing.text);
    if (listing.failure != NULL && text->size == 0)
        error_set(error, ERROR_IO, "%s: its schema can't be read: %s; try again", view->label,
                  listing.failure);
    free(listing.failure);
    return text->size > 0;
}

/* --- near names ------------------------------------------------------------------------------ */

struct name_list {
    const char **names;
    size_t count, capacity;
};

static bool keep_name(void *context, const char *const *values, size_t count)
{
    struct name_list *list = context;
    (void)count;
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 32;
        list->names = xreallocarray(list->names, list->capacity, sizeof(*list->names));
    }
    list->names[list->count++] = xstrdup(values[0] != NULL ? values[0] : "");
    return true;
}

static void set_not_found(const struct sqlite_view *view, const char *name, struct error *error)
{
    struct name_list list = {NULL, 0, 0};
    AUTO_STRBUF near = STRBUF_INIT;
    (void)sqlite_catalog_query(view, "SELECT DISTINCT name FROM pragma_table_list WHERE name <> ?1",
                               &name, 1, keep_name, &list);
    if (near_name_list(&near, name, list.names, list.count, NEAR_MAX) > 0)
        error_set(error, ERROR_NOT_FOUND, "there is no %s in %s; did you mean %s?", name,
                  view->label, strbuf_text(&near));
    else
        error_set(error, ERROR_NOT_FOUND, "there is no %s in %s; %%tables lists what there is",
                  name, view->label);
    for (size_t i = 0; i < list.count; i++)
        free((char *)list.names[i]);
    free(list.names);
}

static json_t *plain_text(const char *text)
{
    json_t *bundle = json_object();
    json_object_set_new(bundle, "text/plain", json_text(text, strlen(text)));
    return bundle;
}

json_t *sqlite_describe(const struct sqlite_view *view, const char *name, struct error *error)
{
    AUTO_STRBUF text = STRBUF_INIT;
    if (view->connection == NULL) {
        error_set(error, ERROR_NOT_FOUND, "no database is in use; %%use FILE opens one");
        return NULL;
    }
    struct error failure = ERROR_INIT;
    const char *dot = name != NULL ? strchr(name, '.') : NULL;
    if (!sqlite_describe_creates(view, NULL, name, &text, &failure) && dot != NULL) {
        AUTO_FREE char *schema = xstrndup(name, (size_t)(dot - name));
        (void)sqlite_describe_creates(view, schema, dot + 1, &text, &failure);
    }
    if (text.size == 0 && failure.code != ERROR_NONE) {
        error_copy(error, &failure);
        return NULL;
    }
    if (text.size == 0 && name == NULL) {
        AUTO_FREE char *nothing = xasprintf("There are no tables in %s yet.", view->label);
        return plain_text(nothing);
    }
    if (text.size == 0) {
        set_not_found(view, name, error);
        return NULL;
    }
    return plain_text(strbuf_text(&text));
}
