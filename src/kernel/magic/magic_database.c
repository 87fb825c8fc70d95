/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_database: %use, %databases, %tables, %schema: which database, and what is in it.
 */
#include "kernel/magic/magic_call.h"

#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "engine/look/sqlite_describe.h"
#include "engine/sqlite_engine.h"
#include "kernel/executor.h"

/* --- %use ------------------------------------------------------------------------------------ */

static void show_target(struct magic_call *call)
{
    const struct engine_target *target = sqlite_engine_target(executor_engine(call->executor));
    if (target == NULL) {
        magic_show_text(call, "In use: the store, which can't be used now");
        return;
    }
    bool says_all = target->is_store || strcmp(target->label, target->name) == 0;
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_addf(&text, says_all ? "In use: %s" : "In use: %s (%s)", target->label, target->name);
    if (sqlite_engine_is_read_only(executor_engine(call->executor)))
        strbuf_add_text(&text, ", read-only");
    magic_show_text(call, strbuf_text(&text));
}

bool magic_use(struct magic_call *call, struct error *error)
{
    struct executor *executor = call->executor;
    struct use_options options = {
        .directory = executor_directory(executor),
        .create = magic_arguments_take_flag(&call->arguments, "--create"),
        .read_only = magic_arguments_take_flag(&call->arguments, "--readonly"),
        .timeout_ms = executor_limits(executor)->timeout_ms,
        .is_interrupted = executor_interrupted(executor),
    };
    bool has_option = options.create || options.read_only;
    if (!magic_arguments_check(&call->arguments, has_option, 1, call->usage, error))
        return false;
    if (call->arguments.count == 0) {
        show_target(call);
        return true;
    }
    const char *name = call->arguments.words[0].text;
    bool is_store = strcmp(name, "store") == 0;
    if (executor_in_statements(executor))
        return error_set(
            error, ERROR_INVALID,
            "a statement of this cell ran already, and a cell runs on one database; put "
            "%%use before the first statement or into a cell of its own");
    if (options.create && options.read_only)
        return error_set(error, ERROR_INVALID,
                         "--create and --readonly exclude each other; leave "
                         "one out");
    if (is_store && has_option)
        return error_set(error, ERROR_INVALID,
                         "the store takes no option; say %%use store (a file "
                         "of that name is ./store)");
    if (name[0] == '\0')
        return error_set(error, ERROR_INVALID, "the name is empty; %s", call->usage);
    if (is_store && executor_store_connection(executor, error) == NULL)
        return false;
    if (!sqlite_engine_use(executor_engine(executor), name, &options, error))
        return false;
    executor_note_use(executor);
    show_target(call);
    return true;
}

/* --- %databases, %tables, %schema --------------------------------------------------------------------- */

/* The store may have been mended since the start: then it is opened here. */
static const struct engine_target *target_of(struct magic_call *call, struct error *error)
{
    struct sqlite_engine *engine = executor_engine(call->executor);
    if (sqlite_engine_target(engine) == NULL &&
        executor_store_connection(call->executor, error) == NULL)
        return NULL;
    return sqlite_engine_target(engine);
}

/* Part of a name, or a whole one with *, ? or %, as a GLOB pattern. */
static char *table_pattern(const char *word)
{
    if (word == NULL)
        return xstrdup("*");
    char *pattern = strpbrk(word, "*?%") != NULL ? xstrdup(word) : xasprintf("*%s*", word);
    for (char *c = pattern; *c != '\0'; c++)
        *c = *c == '%' ? '*' : *c;
    return pattern;
}

bool magic_tables(struct magic_call *call, struct error *error)
{
    static const char sql[] =
        "SELECT CASE schema WHEN 'main' THEN name ELSE schema || '.' || name END AS name,"
        " type AS kind, ncol AS columns FROM pragma_table_list"
        " WHERE type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND NOT (schema = 'temp' AND name = 'sql_parameters')"
        " AND lower(name) GLOB lower(?1)"
        " AND (?2 = 'all' OR NOT (name LIKE 'rscn\\_%' ESCAPE '\\' OR"
        " name LIKE 'code\\_notebook\\_%' ESCAPE '\\' OR name LIKE 'assurance\\_schema' ESCAPE "
        "'\\'))"
        " ORDER BY schema <> 'main', schema, type = 'view', lower(name)";
    bool all = magic_arguments_take_flag(&call->arguments, "--all");
    if (!magic_arguments_check(&call->arguments, 0, 1, call->usage, error))
        return false;
    const struct engine_target *target = target_of(call, error);
    if (target == NULL)
        return false;
    AUTO_FREE char *pattern =
        table_pattern(call->arguments.count == 1 ? call->arguments.words[0].text : NULL);
    const char *values[] = {pattern, all || !target->is_store ? "all" : "own"};
    return sqlite_engine_show_query(executor_engine(call->executor), sql, values,
                                    ARRAY_SIZE(values), executor_limits(call->executor), call->sink,
                                    error);
}

bool magic_databases(struct magic_call *call, struct error *error)
{
    static const char sql[] =
        "SELECT name, CASE WHEN coalesce(file, '') = '' THEN '(in memory)' ELSE file END AS file"
        " FROM pragma_database_list";
    if (!magic_arguments_check(&call->arguments, 0, 0, call->usage, error) ||
        target_of(call, error) == NULL)
        return false;
    return sqlite_engine_show_query(executor_engine(call->executor), sql, NULL, 0,
                                    executor_limits(call->executor), call->sink, error);
}

bool magic_schema(struct magic_call *call, struct error *error)
{
    if (!magic_arguments_check(&call->arguments, 0, 1, call->usage, error))
        return false;
    if (target_of(call, error) == NULL)
        return false;
    const char *name = call->arguments.count == 1 ? call->arguments.words[0].text : NULL;
    struct sqlite_view view = sqlite_engine_view(executor_engine(call->executor));
    AUTO_JSON *data = sqlite_describe(&view, name, error);
    if (data == NULL)
        return false;
    call->sink->display(call->sink->context, data, NULL);
    return true;
}
