/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve: what people call executions and notebooks on the command line (rscn(1)).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/files.h"
#include "base/near_name.h"
#include "store/notebook_names.h"
#include "store/statement.h"

#define LEAST_END 6

/* --- executions ---------------------------------------------------------------------------- */

static bool copy_id(struct statement *statement, char ret_id[ULID_SIZE])
{
    const char *id = statement_column(statement, 0, NULL);
    size_t size = id ? strlen(id) : 0;
    if (size == 0 || size >= ULID_SIZE)
        return false;
    memcpy(ret_id, id, size + 1);
    return true;
}

static bool resolve_from_end(struct store_connection *connection, const char *text,
                             char ret_id[ULID_SIZE], struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    char *end;
    long long back = strtoll(text + 1, &end, 10);
    if (*end || back < 1)
        return error_set(error, ERROR_INVALID,
                         "%s: not an execution; -1 is the last one, -2 the one before", text);
    if (!statement_open(&statement, connection, SQL_EXECUTION_FROM_END, "looking for an execution",
                        error))
        return false;
    statement_integer(&statement, back - 1);
    int next = statement_next(&statement, error);
    if (next == 0)
        error_set(error, ERROR_NOT_FOUND, "%s: the record has fewer executions", text);
    return next > 0 && copy_id(&statement, ret_id);
}

/* Crockford's alphabet is upper case; people may type it otherwise. */
static char *upper(const char *text)
{
    char *copy = xstrdup(text);
    for (char *at = copy; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return copy;
}

bool store_resolve_execution(struct store_connection *connection, const char *text,
                             char ret_id[ULID_SIZE], struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_STRBUF found = STRBUF_INIT;
    AUTO_FREE char *part = upper(text);
    size_t size = strlen(part), count = 0;
    int next;
    if (part[0] == '-')
        return resolve_from_end(connection, text, ret_id, error);
    if (size < LEAST_END || size >= ULID_SIZE)
        return error_set(error, ERROR_INVALID,
                         "%s: not an execution; give its id, its last 6 or more characters, or -1 "
                         "for the last one",
                         text);
    if (!statement_open(&statement, connection, SQL_EXECUTION_BY_END, "looking for an execution",
                        error))
        return false;
    statement_text(&statement, part);
    while ((next = statement_next(&statement, error)) > 0 && copy_id(&statement, ret_id)) {
        strbuf_addf(&found, "%s%s", count ? ", " : "", ret_id);
        count++;
    }
    if (next < 0)
        return false;
    if (count == 0)
        return error_set(error, ERROR_NOT_FOUND, "%s: no such execution; rscn log lists them",
                         text);
    if (count > 1)
        return error_set(error, ERROR_INVALID, "%s: ambiguous: %s; give more of its end", text,
                         strbuf_text(&found));
    return true;
}

/* --- notebooks ----------------------------------------------------------------------------- */

struct names {
    char **names; /* present ones */
    size_t count;
    size_t there; /* the first ones; the others are of removed notebooks */
};

static void names_release(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
}
#define AUTO_NAMES __attribute__((cleanup(names_release))) struct names

static bool load_names(struct store_connection *connection, struct names *ret_names,
                       struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_NAMES, "reading the notebooks' names",
                        error))
        return false;
    while ((next = statement_next(&statement, error)) > 0) {
        ret_names->names =
            xreallocarray(ret_names->names, ret_names->count + 1, sizeof(*ret_names->names));
        ret_names->names[ret_names->count++] = statement_copy(&statement, 0, NULL);
        ret_names->there += !statement_column_integer(&statement, 1);
    }
    return next == 0;
}

/* `tour` and `tour.ipynb` are base names of `lessons/tour.ipynb`. */
static bool has_base_name(const char *name, const char *text)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    size_t size = strlen(text);
    return strncmp(base, text, size) == 0 &&
           (base[size] == '\0' || strcasecmp(base + size, ".ipynb") == 0);
}

/* A text without a folder is compared with base names: they would do. */
static bool add_near(struct strbuf *buffer, const struct names *names, const char *text)
{
    AUTO_FREE const char **candidates = xreallocarray(NULL, names->count + 1, sizeof(*candidates));
    for (size_t i = 0; i < names->count; i++) {
        const char *slash = strchr(text, '/') ? NULL : strrchr(names->names[i], '/');
        candidates[i] = slash ? slash + 1 : names->names[i];
    }
    return near_name_list(buffer, text, candidates, names->count, 3) > 0;
}

static bool resolve_base_name(const struct names *names, const char *text, char **ret_name,
                              struct error *error)
{
    AUTO_STRBUF found = STRBUF_INIT;
    const char *match = NULL;
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (i == names->there && count > 0)
            break;
        if (!has_base_name(names->names[i], text))
            continue;
        match = names->names[i];
        if (count++ < 5)
            strbuf_addf(&found, "%s%s", count > 1 ? ", " : "", match);
    }
    if (count == 1) {
        *ret_name = xstrdup(match);
        return true;
    }
    if (count > 1)
        return error_set(error, ERROR_INVALID, "%s: ambiguous: %s; give more of the path", text,
                         strbuf_text(&found));
    strbuf_clear(&found);
    if (add_near(&found, names, text))
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: no such notebook in the record; did you mean %s?", text,
                         strbuf_text(&found));
    return error_set(error, ERROR_NOT_FOUND,
                     "%s: no such notebook in the record; rscn ls lists them", text);
}

/* By the name that it was first recorded under. */
static bool find_former(struct store_connection *connection, const char *name, char **ret_key,
                        struct error *error)
{
    bool is_known = false;
    if (!notebook_is_known(connection, name, &is_known, error))
        return false;
    if (is_known)
        *ret_key = xstrdup(name);
    return true;
}

bool store_resolve_notebook(struct store_connection *connection, const char *text,
                            const char *directory, char **ret_key, struct error *error)
{
    AUTO_NAMES names = {NULL, 0, 0};
    AUTO_FREE char *joined = path_join(directory, text);
    AUTO_FREE char *resolved = path_resolve(joined);
    AUTO_FREE char *inside = path_relative_inside(resolved, connection->store->directory);
    AUTO_FREE char *name = NULL;
    struct error unknown = ERROR_INIT;
    *ret_key = NULL;
    if (!notebook_holder(connection, inside, ret_key, error) ||
        (!*ret_key && !notebook_holder(connection, text, ret_key, error)))
        return false;
    if (*ret_key)
        return true;
    if (!load_names(connection, &names, error))
        return false;
    if (resolve_base_name(&names, text, &name, &unknown))
        return notebook_holder(connection, name, ret_key, error) &&
               (*ret_key || find_former(connection, name, ret_key, error));
    /* A name of today goes before one that another notebook once had. */
    if (unknown.code == ERROR_NOT_FOUND &&
        (!find_former(connection, inside, ret_key, error) ||
         (!*ret_key && !find_former(connection, text, ret_key, error))))
        return false;
    if (!*ret_key && error)
        error_copy(error, &unknown);
    return *ret_key;
}
