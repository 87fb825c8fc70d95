/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* renameat2 */

#include "engine/row_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/unique_names.h"
#include "base/utf8.h"

struct row_file {
    char *path, *name, *temporary;
    enum row_format format;
    bool overwrite, is_committed, has_blobs;
    mode_t mode; /* of the file that is replaced; 0: there is none */
    FILE *stream;
    struct strbuf line; /* the row that is being written */
    char **columns;     /* in JSON: a key and its colon */
    struct unique_names *names;
    size_t column_count, next;
    uint64_t rows, bytes;
};

/* The place may be free, or a file that may be replaced: never a device or a pipe. */
static bool check_place(const char *path, const char *name, bool overwrite, mode_t *ret_mode,
                        struct error *error)
{
    struct stat status;

    *ret_mode = 0;
    if (stat(path, &status) != 0)
        return true;
    if (S_ISDIR(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is a folder; name a file in it", name);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is no regular file; name another one", name);
    if (!overwrite)
        return error_set(error, ERROR_EXISTS, "%s exists; --overwrite replaces it", name);
    *ret_mode = status.st_mode & 0777;
    return true;
}

struct row_file *row_file_open(const char *path, const char *name, enum row_format format,
                               bool overwrite, struct error *error)
{
    AUTO_FREE char *real = path_resolve(path);
    AUTO_FREE char *directory = path_directory(real);
    AUTO_FREE char *base = path_base(real);
    char id[ULID_SIZE];
    mode_t mode;

    if (!check_place(real, name, overwrite, &mode, error))
        return NULL;
    ulid_new(id);
    AUTO_FREE char *temporary = xasprintf("%s/.%s.%s", directory, base, id + ULID_SIZE - 9);
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *stream = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (stream == NULL) {
        error_set_errno(error, errno, "%s", name);
        return NULL;
    }
    struct row_file *file = xcalloc(1, sizeof(*file));
    file->path = xstrdup(real);
    file->mode = mode;
    file->name = xstrdup(name);
    file->temporary = xstrdup(temporary);
    file->format = format;
    file->overwrite = overwrite;
    file->stream = stream;
    file->names = unique_names_new(false);
    return file;
}

static void write_line(struct row_file *file)
{
    file->bytes += file->line.size;
    fwrite(strbuf_text(&file->line), 1, file->line.size, file->stream);
    strbuf_clear(&file->line);
}

/* --- CSV ------------------------------------------------------------------------------------- */

/* Inside quotes, with each quote doubled. */
static void add_quoted(struct strbuf *line, const char *text, size_t size)
{
    const char *end = text + size, *quote;

    strbuf_add_char(line, '"');
    while ((quote = memchr(text, '"', (size_t)(end - text))) != NULL) {
        strbuf_add(line, text, (size_t)(quote - text) + 1);
        strbuf_add_char(line, '"');
        text = quote + 1;
    }
    strbuf_add(line, text, (size_t)(end - text));
    strbuf_add_char(line, '"');
}

static bool needs_quotes(const char *text, size_t size)
{
    if (size == 0 || text[0] == ' ' || text[size - 1] == ' ')
        return true;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r')
            return true;
    }
    return false;
}

static void add_csv_text(struct strbuf *line, const char *text, size_t size)
{
    AUTO_STRBUF valid = STRBUF_INIT;

    if (!utf8_is_valid(text, size)) {
        utf8_add_valid(&valid, text, size);
        text = strbuf_text(&valid);
        size = valid.size;
    }
    if (needs_quotes(text, size))
        add_quoted(line, text, size);
    else
        strbuf_add(line, text, size);
}

static void add_hex(struct strbuf *line, const char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        strbuf_add_char(line, digits[(unsigned char)bytes[i] >> 4]);
        strbuf_add_char(line, digits[bytes[i] & 0x0F]);
    }
}

static void add_number(struct strbuf *line, const struct result_value *value)
{
    if (value->type == RESULT_INTEGER) {
        strbuf_addf(line, "%" PRId64, value->integer);
        return;
    }
    AUTO_JSON *number = json_real(isfinite(value->real) ? value->real : 0);
    json_add(line, number);
}

static void add_csv(struct strbuf *line, const struct result_value *value)
{
    if (value->type == RESULT_TEXT)
        add_csv_text(line, value->bytes, value->size);
    else if (value->type == RESULT_BLOB)
        add_hex(line, value->bytes, value->size);
    else if (value->type == RESULT_REAL && !isfinite(value->real))
        strbuf_add_text(line, value->real > 0 ? "Inf" : "-Inf");
    else if (value->type != RESULT_NULL)
        add_number(line, value);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void add_json(struct strbuf *line, const struct result_value *value)
{
    if (value->type == RESULT_TEXT) {
        AUTO_JSON *text = json_text(value->bytes, value->size);
        json_add(line, text);
    } else if (value->type == RESULT_BLOB) {
        strbuf_add_char(line, '"');
        add_hex(line, value->bytes, value->size);
        strbuf_add_char(line, '"');
    } else if (value->type == RESULT_NULL ||
               (value->type == RESULT_REAL && !isfinite(value->real))) {
        strbuf_add_text(line, "null");
    } else {
        add_number(line, value);
    }
}

/* The name as a key and a colon; one that is there already gets a number. Caller frees. */
static char *new_key(struct row_file *file, const char *name)
{
    AUTO_FREE char *unique = unique_names_add(file->names, name, strlen(name));
    AUTO_JSON *json = json_text(unique, strlen(unique));
    struct strbuf key = STRBUF_INIT;

    json_add(&key, json);
    strbuf_add_text(&key, ": ");
    return strbuf_take(&key);
}

/* --- Rows ------------------------------------------------------------------------------------ */

void row_file_column(struct row_file *file, const char *name)
{
    file->columns =
        xreallocarray(file->columns, file->column_count + 1, sizeof(*file->columns));
    file->columns[file->column_count] =
        file->format == ROW_FORMAT_JSON ? new_key(file, name) : xstrdup(name);
    file->column_count++;
}

static void begin_file(struct row_file *file)
{
    if (file->format == ROW_FORMAT_JSON) {
        strbuf_add_char(&file->line, '[');
    } else {
        for (size_t i = 0; i < file->column_count; i++) {
            strbuf_add_text(&file->line, i > 0 ? "," : "");
            add_csv_text(&file->line, file->columns[i], strlen(file->columns[i]));
        }
        strbuf_add_text(&file->line, "\r\n");
    }
    write_line(file);
}

void row_file_value(struct row_file *file, const struct result_value *value)
{
    bool is_json = file->format == ROW_FORMAT_JSON;
    bool is_first = file->next == 0;

    if (is_first && file->rows == 0)
        begin_file(file);
    file->has_blobs = file->has_blobs || value->type == RESULT_BLOB;
    if (is_json) {
        strbuf_add_text(&file->line, !is_first ? ", " : file->rows > 0 ? ",\n{" : "\n{");
        strbuf_add_text(&file->line, file->columns[file->next]);
        add_json(&file->line, value);
    } else {
        strbuf_add_text(&file->line, is_first ? "" : ",");
        add_csv(&file->line, value);
    }
    if (++file->next < file->column_count)
        return;
    strbuf_add_text(&file->line, is_json ? "}" : "\r\n");
    write_line(file);
    file->next = 0;
    file->rows++;
}

uint64_t row_file_rows(const struct row_file *file)
{
    return file->rows;
}

uint64_t row_file_bytes(const struct row_file *file)
{
    return file->bytes;
}

size_t row_file_columns(const struct row_file *file)
{
    return file->column_count;
}

bool row_file_has_blobs(const struct row_file *file)
{
    return file->has_blobs;
}

const char *row_file_name(const struct row_file *file)
{
    return file->name;
}

bool row_file_has_failed(const struct row_file *file)
{
    return ferror(file->stream) != 0;
}

/* --- The end --------------------------------------------------------------------------------- */

/* Under its name; a file that came meanwhile stays. */
static int take_place(const struct row_file *file)
{
    if (file->overwrite)
        return rename(file->temporary, file->path);
    if (renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (link(file->temporary, file->path) != 0)
        return -1;
    return unlink(file->temporary);
}

bool row_file_commit(struct row_file *file, struct error *error)
{
    if (file->rows == 0)
        begin_file(file);
    if (file->format == ROW_FORMAT_JSON) {
        strbuf_add_text(&file->line, "\n]\n");
        write_line(file);
    }
    errno = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream) ||
        (file->mode != 0 && fchmod(fileno(file->stream), file->mode) != 0) ||
        fsync(fileno(file->stream)) != 0)
        return error_set_errno(error, errno ? errno : ENOSPC, "%s", file->name);
    if (take_place(file) != 0) {
        if (errno == EEXIST)
            return error_set(error, ERROR_EXISTS, "%s exists; --overwrite replaces it", file->name);
        return error_set_errno(error, errno, "%s", file->name);
    }
    file->is_committed = true;
    return true;
}

void row_file_close(struct row_file *file)
{
    if (file == NULL)
        return;
    fclose(file->stream);
    if (!file->is_committed)
        unlink(file->temporary);
    for (size_t i = 0; i < file->column_count; i++)
        free(file->columns[i]);
    free(file->columns);
    unique_names_free(file->names);
    strbuf_release(&file->line);
    free(file->path);
    free(file->name);
    free(file->temporary);
    free(file);
}
