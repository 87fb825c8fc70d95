/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_files: %read: what a cell takes from files.
 */
#include "kernel/magic_call.h"

#include <string.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "engine/sqlite_engine.h"
#include "kernel/executor.h"

#define SQL_FILE_MAX (64u * 1024 * 1024)

bool magic_read(struct magic_call *call, struct error *error)
{
    if (!magic_arguments_check(&call->arguments, 1, 1, call->usage, error))
        return false;
    const char *name = call->arguments.words[0].text;
    AUTO_FREE char *path = path_join(executor_directory(call->executor), name);
    AUTO_STRBUF content = STRBUF_INIT;
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
