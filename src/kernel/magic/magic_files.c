/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_files: %import, %export, %read: what a cell takes from files and puts into them.
 */
#include "kernel/magic/magic_call.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "engine/sqlite_engine.h"
#include "engine/sqlite_import.h"
#include "kernel/executor.h"

#define SQL_FILE_MAX (64u * 1024 * 1024)

/* --- %import --------------------------------------------------------------------------------- */

static bool take_delimiter(struct magic_call *call, char *ret_delimiter, struct error *error)
{
    AUTO_FREE char *text = NULL;
    if (!magic_arguments_take_value(&call->arguments, "--delimiter", &text, error))
        return false;
    if (text == NULL)
        return true;
    bool is_tab = strcasecmp(text, "tab") == 0 || strcmp(text, "\\t") == 0;
    *ret_delimiter = is_tab ? '\t' : text[0];
    if (is_tab || (strlen(text) == 1 && text[0] > ' ' && text[0] != '"'))
        return true;
    return error_set(error, ERROR_INVALID,
                     "--delimiter takes one ASCII character or the word tab, not '%s'", text);
}

static bool take_header(struct magic_call *call, enum import_header *ret_header,
                        struct error *error)
{
    AUTO_FREE char *text = NULL;
    if (!magic_arguments_take_value(&call->arguments, "--header", &text, error))
        return false;
    *ret_header = IMPORT_HEADER_GUESS;
    if (text == NULL)
        return true;
    *ret_header = strcasecmp(text, "yes") == 0 ? IMPORT_HEADER_YES : IMPORT_HEADER_NO;
    return *ret_header == IMPORT_HEADER_YES || strcasecmp(text, "no") == 0 ||
           error_set(error, ERROR_INVALID, "--header takes yes or no, not '%s'", text);
}

/* The file's name without folder and ending. Caller frees. */
static char *table_of_file(const char *name)
{
    char *base = path_base(name);
    char *dot = strrchr(base, '.');
    if (dot != NULL && dot > base)
        *dot = '\0';
    return base;
}

/* FILE, FILE AS t or FILE t; caller frees. */
static char *import_table(struct magic_call *call, struct error *error)
{
    const struct magic_arguments *arguments = &call->arguments;
    if (!magic_arguments_check(arguments, 1, 3, call->usage, error))
        return NULL;
    if (arguments->count == 1)
        return table_of_file(arguments->words[0].text);
    const char *last = arguments->words[arguments->count - 1].text;
    if (arguments->count == 3 && strcasecmp(arguments->words[1].text, "as") != 0) {
        error_set(error, ERROR_INVALID,
                  "'%s' is too much (put a name with blanks in quotes); it is: %s",
                  arguments->words[1].text, call->usage);
        return NULL;
    }
    if (last[0] != '\0' && (arguments->count == 3 || strcasecmp(last, "as") != 0))
        return xstrdup(last);
    error_set(error, ERROR_INVALID, "the table's name is missing; it is: %s", call->usage);
    return NULL;
}

bool magic_import(struct magic_call *call, struct error *error)
{
    struct import_options options = {.append = magic_arguments_take_flag(&call->arguments,
                                                                         "--append"),
                                     .replace = magic_arguments_take_flag(&call->arguments,
                                                                          "--replace")};
    AUTO_FREE char *encoding = NULL;
    if (!magic_arguments_take_value(&call->arguments, "--encoding", &encoding, error) ||
        !take_delimiter(call, &options.delimiter, error) ||
        !take_header(call, &options.header, error))
        return false;
    if (options.append && options.replace)
        return error_set(error, ERROR_INVALID,
                         "--append and --replace exclude each other; leave one out");
    if (encoding != NULL && (encoding[0] == '\0' || strchr(encoding, '/') != NULL))
        return error_set(error, ERROR_INVALID, "--encoding takes a name like utf-16, not '%s'",
                         encoding);
    AUTO_FREE char *table = import_table(call, error);
    if (table == NULL)
        return false;
    options.name = call->arguments.words[0].text;
    AUTO_FREE char *path = path_join(executor_directory(call->executor), options.name);
    options.path = path;
    options.table = table;
    options.encoding = encoding;
    AUTO_STRBUF said = STRBUF_INIT;
    if (!sqlite_import(executor_engine(call->executor), &options, &said, error))
        return false;
    magic_show_text(call, strbuf_text(&said));
    return true;
}

/* --- %export --------------------------------------------------------------------------------- */

static bool export_format(const char *name, const char *word, enum row_format *ret_format,
                          struct error *error)
{
    const char *dot = strrchr(name, '.');
    const char *format = word != NULL ? word : dot != NULL ? dot + 1 : "";
    *ret_format = strcasecmp(format, "json") == 0 ? ROW_FORMAT_JSON : ROW_FORMAT_CSV;
    return word == NULL || strcasecmp(word, "json") == 0 || strcasecmp(word, "csv") == 0 ||
           error_set(error, ERROR_INVALID, "'%s' is no format; take csv or json", word);
}

bool magic_export(struct magic_call *call, struct error *error)
{
    struct export_options options = {
        .overwrite = magic_arguments_take_flag(&call->arguments, "--overwrite")};
    if (!magic_arguments_check(&call->arguments, 1, 2, call->usage, error))
        return false;
    options.name = call->arguments.words[0].text;
    if (options.name[0] == '\0')
        return error_set(error, ERROR_INVALID, "the name is empty; it is: %s", call->usage);
    if (!export_format(options.name,
                       call->arguments.count > 1 ? call->arguments.words[1].text : NULL,
                       &options.format, error))
        return false;
    AUTO_FREE char *path = path_join(executor_directory(call->executor), options.name);
    options.path = path;
    AUTO_STRBUF said = STRBUF_INIT;
    if (!sqlite_engine_export(executor_engine(call->executor), &options, &said, error))
        return false;
    if (said.size > 0)
        magic_show_text(call, strbuf_text(&said));
    return true;
}

/* --- %read ----------------------------------------------------------------------------------- */

bool magic_read(struct magic_call *call, struct error *error)
{
    if (!magic_arguments_check(&call->arguments, 1, 1, call->usage, error))
        return false;
    const char *name = call->arguments.words[0].text;
    AUTO_FREE char *path = path_join(executor_directory(call->executor), name);
    AUTO_STRBUF content = STRBUF_INIT;
    if (sqlite_engine_has_open(executor_engine(call->executor), path))
        return error_set(error, ERROR_INVALID, "%s is a database in use here; %%use %s chooses it",
                         name, name);
    /* A pipe would keep the kernel until somebody writes into it. */
    if (path_exists(path) && !path_is_file(path))
        return error_set(error, ERROR_INVALID, "%s: it is no regular file; name a file of SQL", name);
    if (!file_read(path, SQL_FILE_MAX, &content, error))
        return false;
    if (!utf8_is_valid(strbuf_text(&content), content.size))
        return error_set(error, ERROR_INVALID, "%s: it is not valid UTF-8; save it as UTF-8", name);
    char hash[SHA256_HEX_SIZE];
    sha256_hex(strbuf_text(&content), content.size, hash);
    AUTO_FREE char *text = xasprintf("%s: %zu bytes, SHA-256 %s", name, content.size, hash);
    magic_show_text(call, text);
    return sqlite_engine_run_text(executor_engine(call->executor), name, strbuf_text(&content),
                                  content.size, error);
}
