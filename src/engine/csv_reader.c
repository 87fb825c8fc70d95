/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_reader: file → iconv → libcsv, a piece of a line at a time, because libcsv does not say where
 * it is: with one line at a time we know.
 */
#include "engine/csv_reader.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "model/table/csv_guess.h"

#define CHUNK 65536u
#define FIELD_MAX (16u * 1024 * 1024)
#define ROW_MAX (64u * 1024 * 1024)
#define FIELD_BLOCK 4096u   /* by which libcsv's buffer grows */
#define CHARACTER_MAX 16u   /* bytes of one character in any encoding that iconv knows, and more */
#define GROWTH 4u           /* bytes of UTF-8 for one byte of another encoding */

struct csv_reader {
    char *name;
    int descriptor;
    struct stat status;
    size_t mark; /* bytes of the byte order mark */
    char *encoding;
    bool is_utf8;
    char delimiter;
    size_t max_fields;
    const atomic_bool *is_interrupted;
};

/* One reading of the file. */
struct pass {
    struct csv_reader *reader;
    struct csv_parser parser;
    iconv_t converter; /* unless the file is UTF-8 */
    struct strbuf row; /* the fields one after the other, each with a NUL */
    size_t *starts, *sizes;
    char **fields;
    size_t count, allocated;
    size_t line, row_line;
    bool after_return; /* the piece before ended with a CR: an LF now belongs to it */
    csv_reader_row *take;
    void *context;
    struct error *error;
    bool is_stopped;
};

/* --- Opening --------------------------------------------------------------------------------- */

static bool check_file(struct csv_reader *reader, struct error *error)
{
    if (fstat(reader->descriptor, &reader->status) < 0)
        return error_set_errno(error, errno, "%s", reader->name);
    if (!S_ISREG(reader->status.st_mode))
        return error_set(error, ERROR_INVALID, "%s: it is no regular file; name a CSV file",
                         reader->name);
    if (reader->status.st_size == 0)
        return error_set(error, ERROR_INVALID, "%s: the file is empty", reader->name);
    return true;
}

/* The descriptor's bytes at `offset`; -1 with an error. */
static ssize_t read_at(const struct csv_reader *reader, void *buffer, size_t size, off_t offset,
                       struct error *error)
{
    ssize_t count;

    do
        count = pread(reader->descriptor, buffer, size, offset);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        error_set_errno(error, errno, "%s", reader->name);
    return count;
}

static bool is_stop(const struct csv_reader *reader, struct error *error)
{
    if (reader->is_interrupted == NULL || !atomic_load(reader->is_interrupted))
        return false;
    error_set(error, ERROR_INTERRUPTED, "interrupted");
    return true;
}

/* Bytes at the end of text that may be the beginning of a character. */
static size_t cut_character(const char *text, size_t size)
{
    size_t back = 0;
    while (back < 3 && back < size && ((unsigned char)text[size - 1 - back] & 0xC0) == 0x80)
        back++;
    return back < size && (unsigned char)text[size - 1 - back] >= 0xC0 ? back + 1 : 0;
}

/* Looks at the whole file: is it UTF-8, and if not, does it have bytes that windows-1252 lacks. */
static bool look_through(const struct csv_reader *reader, bool *ret_utf8, bool *ret_1252,
                         struct error *error)
{
    static const char undefined[] = "\x81\x8D\x8F\x90\x9D";
    AUTO_FREE char *buffer = xmalloc(CHUNK);
    off_t offset = 0;
    ssize_t count;

    *ret_utf8 = *ret_1252 = true;
    while ((count = read_at(reader, buffer, CHUNK, offset, error)) > 0) {
        size_t size = (size_t)count;
        bool is_last = offset + count >= reader->status.st_size;
        size_t whole = is_last ? size : size - cut_character(buffer, size);
        if (is_stop(reader, error))
            return false;
        *ret_utf8 = *ret_utf8 && utf8_is_valid(buffer, whole);
        for (size_t i = 0; i < size && !*ret_utf8 && *ret_1252; i++)
            *ret_1252 = buffer[i] >= 0 || memchr(undefined, buffer[i], 5) == NULL;
        offset += (off_t)(whole > 0 ? whole : size);
    }
    return count == 0;
}

static bool find_encoding(struct csv_reader *reader, const char *given, struct error *error)
{
    static const struct {
        const char *mark;
        size_t size;
        const char *encoding;
    } marks[] = {{"\xEF\xBB\xBF", 3, "UTF-8"}, {"\xFF\xFE", 2, "UTF-16LE"}, {"\xFE\xFF", 2, "UTF-16BE"}};
    char start[4] = "";
    const char *found = given;
    ssize_t count = read_at(reader, start, sizeof start, 0, error);

    if (count < 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        if ((size_t)count < marks[i].size || memcmp(start, marks[i].mark, marks[i].size) != 0)
            continue;
        /* What the file says of itself is more than what was guessed for it, and the mark of the
         * encoding that was named is no text either. */
        if (given == NULL || strncasecmp(given, marks[i].encoding, strlen(given)) == 0) {
            found = marks[i].encoding;
            reader->mark = marks[i].size;
        }
    }
    if (found == NULL) {
        bool is_utf8, is_1252;
        if (!look_through(reader, &is_utf8, &is_1252, error))
            return false;
        found = is_utf8 ? "UTF-8" : is_1252 ? "windows-1252" : "ISO-8859-1";
    }
    reader->encoding = xstrdup(found);
    reader->is_utf8 = strcasecmp(found, "UTF-8") == 0 || strcasecmp(found, "UTF8") == 0;
    return true;
}

/* --- One pass -------------------------------------------------------------------------------- */

static bool stop(struct pass *pass)
{
    pass->is_stopped = true;
    return false;
}

static bool stop_at_line(struct pass *pass, size_t line, const char *what)
{
    error_set(pass->error, ERROR_INVALID, "%s, line %zu: %s", pass->reader->name, line, what);
    return stop(pass);
}

/* libcsv's buffer for one field: bounded, and doubled where libcsv would add a little again and
 * again. */
static void *bounded_realloc(void *memory, size_t size)
{
    size_t room = FIELD_BLOCK;

    if (size > FIELD_MAX)
        return NULL;
    if (memory != NULL && malloc_usable_size(memory) >= size)
        return memory;
    while (room < size)
        room *= 2;
    return realloc(memory, room);
}

static int is_no_space(unsigned char c)
{
    (void)c;
    return 0; /* blanks belong to the field */
}

static void on_field(void *text, size_t size, void *context)
{
    struct pass *pass = context;

    if (pass->is_stopped)
        return;
    if (pass->count >= pass->reader->max_fields) {
        AUTO_FREE char *what =
            xasprintf("it has more than %zu fields; is the delimiter right? --delimiter C says it",
                      pass->reader->max_fields);
        stop_at_line(pass, pass->row_line, what);
        return;
    }
    if (pass->row.size + size + 1 > ROW_MAX) {
        stop_at_line(pass, pass->row_line, "the row is larger than 64 MiB; is a quote not closed?");
        return;
    }
    if (pass->count == pass->allocated) {
        pass->allocated = pass->allocated == 0 ? 32 : pass->allocated * 2;
        pass->starts = xreallocarray(pass->starts, pass->allocated, sizeof(*pass->starts));
        pass->sizes = xreallocarray(pass->sizes, pass->allocated, sizeof(*pass->sizes));
        pass->fields = xreallocarray(pass->fields, pass->allocated, sizeof(*pass->fields));
    }
    pass->starts[pass->count] = text != NULL ? pass->row.size : SIZE_MAX;
    pass->sizes[pass->count++] = size;
    if (text != NULL) {
        strbuf_add(&pass->row, text, size);
        strbuf_add_char(&pass->row, '\0');
    }
}

static void on_row(int end, void *context)
{
    struct pass *pass = context;

    (void)end;
    if (pass->is_stopped)
        return;
    for (size_t i = 0; i < pass->count; i++)
        pass->fields[i] = pass->starts[i] != SIZE_MAX ? pass->row.text + pass->starts[i] : NULL;
    if (!pass->take(pass->context, pass->fields, pass->sizes, pass->count, pass->row_line,
                    pass->error))
        stop(pass);
    pass->count = 0;
    pass->row_line = 0;
    strbuf_clear(&pass->row);
}

static bool check_parser(struct pass *pass)
{
    int code = csv_error(&pass->parser);

    if (pass->is_stopped)
        return false;
    if (code == CSV_SUCCESS)
        return true;
    size_t line = pass->row_line > 0 ? pass->row_line : pass->line;
    if (code == CSV_EPARSE)
        return stop_at_line(pass, line,
                            "a quote stands inside a field or is not closed; a field with quotes "
                            "stands in quotes as a whole, and they are doubled inside");
    return stop_at_line(pass, line, "a field is larger than 16 MiB; is a quote not closed?");
}

/* A piece of one line, its end included. */
static bool feed_piece(struct pass *pass, const char *text, size_t size)
{
    char last = text[size - 1];
    bool is_rest = size == 1 && last == '\n' && pass->after_return;
    bool is_blank = size == 1 && (last == '\n' || last == '\r') && pass->row_line == 0;

    if (pass->row_line == 0 && !is_blank)
        pass->row_line = pass->line;
    if (memchr(text, '\0', size) != NULL)
        return stop_at_line(pass, pass->line,
                            "it holds a NUL byte; is it a text? --encoding UTF-16LE reads UTF-16");
    size_t taken = csv_parse(&pass->parser, text, size, on_field, on_row, pass);
    if (pass->is_stopped || taken != size)
        return check_parser(pass);
    if (last == '\r' || (last == '\n' && !is_rest))
        pass->line++;
    pass->after_return = last == '\r';
    return true;
}

static bool feed(struct pass *pass, const char *text, size_t size)
{
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n' && text[i] != '\r')
            continue;
        if (!feed_piece(pass, text + start, i + 1 - start))
            return false;
        start = i + 1;
    }
    return start == size || feed_piece(pass, text + start, size - start);
}

static bool stop_at_bad_byte(struct pass *pass, const char *bytes, size_t size)
{
    size_t line = pass->line, length = 1;
    uint32_t c = 0;

    for (size_t i = 0; i < size; i += length) {
        length = utf8_decode(bytes + i, size - i, &c);
        if (c == 0xFFFD && length == 1)
            break;
        line += c == '\n';
    }
    return stop_at_line(pass, line,
                        "it is not valid UTF-8; --encoding E says what it is, as in windows-1252");
}

/* Converts what it can of the bytes and feeds it; *ret_rest bytes at the end wait for more. */
static bool convert(struct pass *pass, char *bytes, size_t size, bool is_last, char *output,
                    size_t *ret_rest)
{
    char *from = bytes, *to = output;
    size_t room = (size_t)CHUNK * GROWTH, left = size;

    *ret_rest = 0;
    if (pass->reader->is_utf8) {
        size_t whole = is_last ? size : size - cut_character(bytes, size);
        *ret_rest = size - whole;
        if (!utf8_is_valid(bytes, whole))
            return stop_at_bad_byte(pass, bytes, whole);
        return whole == 0 || feed(pass, bytes, whole);
    }
    size_t result = iconv(pass->converter, &from, &left, &to, &room);
    int number = errno;
    if (!feed(pass, output, (size_t)(to - output)))
        return false;
    if (result == (size_t)-1 && (number == EILSEQ || (number == EINVAL && is_last))) {
        AUTO_FREE char *what = xasprintf("it is not in %s; --encoding E says what it is",
                                         pass->reader->encoding);
        return stop_at_line(pass, pass->line, what);
    }
    *ret_rest = left;
    return true;
}

static bool run_pass(struct pass *pass)
{
    struct csv_reader *reader = pass->reader;
    AUTO_FREE char *buffer = xmalloc(CHUNK);
    AUTO_FREE char *output = xmalloc((size_t)CHUNK * GROWTH + CHARACTER_MAX);
    off_t offset = (off_t)reader->mark;
    ssize_t count;

    while ((count = read_at(reader, buffer, CHUNK, offset, pass->error)) > 0) {
        bool is_last = offset + count >= reader->status.st_size;
        size_t rest;
        if (is_stop(reader, pass->error) ||
            !convert(pass, buffer, (size_t)count, is_last, output, &rest))
            return false;
        if (rest >= (size_t)count)
            return stop_at_line(pass, pass->line, "a character is cut off");
        offset += count - (ssize_t)rest;
    }
    if (count < 0)
        return false;
    if (csv_fini(&pass->parser, on_field, on_row, pass) != 0)
        return check_parser(pass);
    return !pass->is_stopped;
}

static bool check_unchanged(struct csv_reader *reader, struct error *error)
{
    struct stat now;

    if (fstat(reader->descriptor, &now) == 0 && now.st_size == reader->status.st_size &&
        now.st_mtim.tv_sec == reader->status.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == reader->status.st_mtim.tv_nsec)
        return true;
    return error_set(error, ERROR_INVALID, "%s: it was changed while it was read; try again",
                     reader->name);
}

bool csv_reader_read(struct csv_reader *reader, csv_reader_row *row, void *context,
                     struct error *error)
{
    struct pass pass = {.reader = reader, .line = 1, .take = row, .context = context, .error = error};
    const unsigned char options = CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_EMPTY_IS_NULL;

    if (!reader->is_utf8) {
        pass.converter = iconv_open("UTF-8", reader->encoding);
        if (pass.converter == (iconv_t)-1)
            return error_set(error, ERROR_INVALID,
                             "the encoding %s is not known; UTF-8, UTF-16, ISO-8859-1 and "
                             "windows-1252 are, and what `iconv -l` lists",
                             reader->encoding);
    }
    if (csv_init(&pass.parser, options) != 0)
        abort();
    csv_set_delim(&pass.parser, (unsigned char)reader->delimiter);
    csv_set_space_func(&pass.parser, is_no_space);
    csv_set_realloc_func(&pass.parser, bounded_realloc);
    csv_set_blk_size(&pass.parser, FIELD_BLOCK);
    bool done = run_pass(&pass) && check_unchanged(reader, error);
    csv_free(&pass.parser);
    if (!reader->is_utf8)
        iconv_close(pass.converter);
    strbuf_release(&pass.row);
    free(pass.starts);
    free(pass.sizes);
    free(pass.fields);
    return done;
}

/* --- The delimiter, and the rest -------------------------------------------------------------- */

/* From the file's first bytes: in UTF-16 every second byte says nothing about it. */
static bool find_delimiter(struct csv_reader *reader, struct error *error)
{
    AUTO_FREE char *buffer = xmalloc(CHUNK);
    ssize_t count = read_at(reader, buffer, CHUNK, (off_t)reader->mark, error);
    size_t size = 0;

    if (count < 0)
        return false;
    for (ssize_t i = 0; i < count; i++) {
        if (buffer[i] != '\0')
            buffer[size++] = buffer[i];
    }
    reader->delimiter = csv_guess_delimiter(buffer, size);
    return true;
}

struct csv_reader *csv_reader_open(const char *path, const char *name,
                                   const struct csv_reader_options *options, struct error *error)
{
    struct csv_reader *reader = xcalloc(1, sizeof(*reader));

    reader->name = xstrdup(name);
    reader->max_fields = options->max_fields;
    reader->delimiter = options->delimiter;
    reader->is_interrupted = options->is_interrupted;
    reader->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool done = reader->descriptor >= 0 || error_set_errno(error, errno, "%s", name);
    if (done && check_file(reader, error) && find_encoding(reader, options->encoding, error) &&
        (reader->delimiter != '\0' || find_delimiter(reader, error)))
        return reader;
    csv_reader_close(reader);
    return NULL;
}

void csv_reader_close(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->descriptor >= 0)
        close(reader->descriptor);
    free(reader->encoding);
    free(reader->name);
    free(reader);
}

const char *csv_reader_encoding(const struct csv_reader *reader)
{
    return reader->encoding;
}

char csv_reader_delimiter(const struct csv_reader *reader)
{
    return reader->delimiter;
}
