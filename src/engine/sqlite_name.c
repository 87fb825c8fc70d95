/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_name: see the header.
 */
#include "engine/sqlite_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/strbuf.h"

static int hex_value(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

/* %HH decoded up to `size`; %00 ends the text, as in SQLite. */
static char *decode(const char *text, size_t size)
{
    AUTO_STRBUF decoded = STRBUF_INIT;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' && i + 2 < size && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            int value = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
            if (value == 0)
                break;
            strbuf_add_char(&decoded, (char)value);
            i += 2;
        } else {
            strbuf_add_char(&decoded, text[i]);
        }
    }
    return strbuf_take(&decoded);
}

/* The decoded value of the last parameter `key` (SQLite lets a later one win), or NULL. Caller
 * frees. */
static char *query_value(const char *query, const char *key)
{
    char *found = NULL;

    while (*query) {
        size_t size = strcspn(query, "&");
        const char *equals = memchr(query, '=', size);
        size_t name_size = equals ? (size_t)(equals - query) : size;
        AUTO_FREE char *name = decode(query, name_size);
        if (strcmp(name, key) == 0) {
            free(found);
            found = equals ? decode(equals + 1, size - name_size - 1) : xstrdup("");
        }
        query += size;
        if (*query)
            query++;
    }
    return found;
}

static void parse_uri(const char *text, struct sqlite_name *name)
{
    const char *path = text + strlen("file:");
    if (path[0] == '/' && path[1] == '/') {
        path += 2;
        path += strcspn(path, "/?#");
    }
    size_t path_size = strcspn(path, "?#");
    if (path[path_size] == '?') {
        const char *query = path + path_size + 1;
        free(name->query);
        name->query = xstrndup(query, strcspn(query, "#"));
    }

    AUTO_FREE char *mode = query_value(name->query, "mode");
    AUTO_FREE char *vfs = query_value(name->query, "vfs");
    AUTO_FREE char *immutable = query_value(name->query, "immutable");
    AUTO_FREE char *nolock = query_value(name->query, "nolock");
    AUTO_FREE char *decoded = decode(path, path_size);
    name->is_unusual = vfs || immutable || nolock;
    name->wants_create = mode && strcmp(mode, "rwc") == 0;
    name->wants_read_only = mode && strcmp(mode, "ro") == 0;
    bool is_memory = strcmp(decoded, ":memory:") == 0 || (mode && strcmp(mode, "memory") == 0) ||
                     (vfs && strcmp(vfs, "memdb") == 0);
    if (!is_memory && *decoded)
        name->path = xstrdup(decoded);
}

void sqlite_name_parse(const char *text, struct sqlite_name *ret_name)
{
    memset(ret_name, 0, sizeof *ret_name);
    ret_name->query = xstrdup("");
    if (strncmp(text, "file:", 5) == 0) {
        ret_name->is_uri = true;
        parse_uri(text, ret_name);
    } else if (*text && strcmp(text, ":memory:") != 0) {
        ret_name->path = xstrdup(text);
    }
}

void sqlite_name_release(struct sqlite_name *name)
{
    free(name->path);
    free(name->query);
    memset(name, 0, sizeof *name);
}

char *sqlite_name_uri(const char *path, const char *query)
{
    AUTO_STRBUF uri = STRBUF_INIT;

    strbuf_add_text(&uri, "file:");
    for (const char *c = path; *c; c++) {
        if (isalnum((unsigned char)*c) || strchr("/-._~", *c))
            strbuf_add_char(&uri, *c);
        else
            strbuf_addf(&uri, "%%%02X", (unsigned)(unsigned char)*c);
    }
    if (*query)
        strbuf_addf(&uri, "?%s", query);
    return strbuf_take(&uri);
}

char *sqlite_name_word(const char *name)
{
    AUTO_STRBUF word = STRBUF_INIT;

    if (*name && *name != '-' && !strpbrk(name, " \t\v\f\r\n;'\""))
        return xstrdup(name);
    strbuf_add_char(&word, '"');
    for (const char *c = name; *c; c++) {
        if (*c == '"' || *c == '\\')
            strbuf_add_char(&word, '\\');
        strbuf_add_char(&word, *c);
    }
    strbuf_add_char(&word, '"');
    return strbuf_take(&word);
}

static bool is_same_file(const char *path, const struct stat *status)
{
    struct stat other;
    return stat(path, &other) == 0 && other.st_dev == status->st_dev &&
           other.st_ino == status->st_ino;
}

enum sqlite_name_part sqlite_name_part(const char *store_path, const char *path)
{
    static const char *const sides[] = {"-wal", "-shm", "-journal", "-lock"};
    struct stat status;

    if (!store_path || !path)
        return NAME_OTHER;
    bool exists = stat(path, &status) == 0;
    AUTO_FREE char *resolved = path_resolve(path);
    if (resolved && strcmp(resolved, store_path) == 0)
        return NAME_STORE;
    if (exists && is_same_file(store_path, &status))
        return NAME_STORE_LINK;
    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        AUTO_FREE char *side = xasprintf("%s%s", store_path, sides[i]);
        if ((resolved && strcmp(resolved, side) == 0) || (exists && is_same_file(side, &status)))
            return NAME_STORE_SIDE;
    }
    AUTO_FREE char *run = xasprintf("%s-run/", store_path);
    if (resolved && strncmp(resolved, run, strlen(run)) == 0)
        return NAME_STORE_SIDE;
    return NAME_OTHER;
}
