/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_file: notebooks whose file is a script.
 */
#include "cli/script_file.h"

#include <string.h>

#include "base/memory.h"
#include "model/script/percent_text.h"

bool script_file_check(const char *path, const char *text, size_t size, bool *ret_is_script,
                       struct error *error)
{
    enum percent_language language;
    *ret_is_script = percent_language_of(path, &language);
    return !*ret_is_script || percent_text_is(text, size, language) ||
           error_set(error, ERROR_INVALID,
                     "is a program, no notebook: no line in it begins a cell (%s)",
                     language == PERCENT_SQL ? "-- %%" : "# %%");
}

/* The newest version's text, or nothing when there is none. */
static bool read_newest(struct store_connection *connection, const char *name,
                        struct strbuf *ret_text, struct error *error)
{
    struct error cause = ERROR_INIT;
    AUTO_FREE char *key = NULL;
    if (!store_notebook_key(connection, name, &key, error))
        return false;
    return store_version_text(connection, key, 0, ret_text, &cause) ||
           cause.code == ERROR_NOT_FOUND || error_copy(error, &cause);
}

bool script_file_convert(struct store_connection *connection, const char *name, const char *path,
                         const char *script, size_t size, struct strbuf *ret_text,
                         struct error *error)
{
    enum percent_language language;
    AUTO_STRBUF newest = STRBUF_INIT;
    struct notebook *before = NULL;
    if (!percent_language_of(path, &language))
        return error_set(error, ERROR_INVALID, "is no script; name a .py or .sql file");
    if (!read_newest(connection, name, &newest, error))
        return false;
    if (newest.size > 0)
        before = notebook_parse(strbuf_text(&newest), newest.size, error);
    if (newest.size > 0 && !before)
        return error_prefix(error, "its newest version");
    bool is_read = percent_text_read(script, size, language, before, strbuf_text(&newest),
                                     newest.size, ret_text, error);
    notebook_free(before);
    return is_read;
}
