/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_reader on files that are no CSV, on every encoding, and on each way a file can be cut into
 * chunks.
 */
#include "engine/csv_reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "tap.h"

#define CHUNK 65536

static char path[] = "/tmp/rscn-csv-XXXXXX";
static struct error error;

/* "2:a|(null)|b " for each row. */
static bool take_row(void *context, char *const *fields, const size_t *sizes, size_t count,
                     size_t line, struct error *ret_error)
{
    struct strbuf *seen = context;
    strbuf_addf(seen, "%zu:", line);
    for (size_t i = 0; i < count; i++) {
        strbuf_add_text(seen, i > 0 ? "|" : "");
        strbuf_add_text(seen, fields[i] != NULL ? fields[i] : "NULL");
        if (fields[i] != NULL && sizes[i] != strlen(fields[i]))
            return error_set(ret_error, ERROR_INVALID, "a size is wrong");
    }
    strbuf_add_char(seen, ' ');
    return true;
}

/* The rows, or the error; the caller frees. */
static char *read_bytes(const char *bytes, size_t size, const char *encoding, char delimiter)
{
    struct csv_reader_options options = {encoding, delimiter, 100, NULL};
    AUTO_STRBUF seen = STRBUF_INIT;
    error = (struct error)ERROR_INIT;
    if (!file_write_atomic(path, bytes, size, 0600, &error))
        bail_out("%s", error.message);
    struct csv_reader *reader = csv_reader_open(path, "f", &options, &error);
    bool done = reader != NULL && csv_reader_read(reader, take_row, &seen, &error);
    csv_reader_close(reader);
    return done ? strbuf_take(&seen) : xstrdup(error.message);
}

static void reads(const char *text, const char *expected, const char *name)
{
    AUTO_FREE char *seen = read_bytes(text, strlen(text), NULL, ',');
    is_str(seen, expected, "%s", name);
}

static void test_rows(void)
{
    reads("a,b\n1,2\n", "1:a|b 2:1|2 ", "plain");
    reads("a,b\r\n1,2", "1:a|b 2:1|2 ", "line ends of Windows, and no last one");
    reads("a,b\r1,2\r", "1:a|b 2:1|2 ", "line ends of an old Mac");
    reads("a,,\"\"\n,,\n", "1:a|NULL| 2:NULL|NULL|NULL ", "empty is not \"\"");
    reads("\"a\"\"b\",\"c,d\"\n", "1:a\"b|c,d ", "quotes");
    reads(" a , b\n", "1: a | b ", "blanks belong to the field");
    reads("\n\n1\n\n\n\"x\r\ny\",2\n3\n", "3:1 6:x\r\ny|2 8:3 ",
          "empty lines, and a line end inside a field");
    reads("\xEF\xBB\xBF" "a\n", "1:a ", "a byte order mark");
    reads("a\n\"b\n", "f, line 2: a quote stands inside a field or is not closed; a field with "
          "quotes stands in quotes as a whole, and they are doubled inside", "an open quote");
    reads("a\nb\"c\n", "f, line 2: a quote stands inside a field or is not closed; a field with "
          "quotes stands in quotes as a whole, and they are doubled inside", "a stray quote");
    reads("", "f: the file is empty", "nothing");
}

static void test_encodings(void)
{
    AUTO_FREE char *little = read_bytes("\xFF\xFE" "a\0\xE6\0\n\0", 8, NULL, ',');
    is_str(little, "1:aæ ", "UTF-16LE");
    AUTO_FREE char *big = read_bytes("\xFE\xFF\0a\0,\0\xE6", 8, NULL, ',');
    is_str(big, "1:a|æ ", "UTF-16BE");
    AUTO_FREE char *named = read_bytes("\xFF\xFE" "a\0", 4, "utf-16", ',');
    is_str(named, "1:a ", "a mark, and the encoding named");
    AUTO_FREE char *half = read_bytes("\xFF\xFE" "a", 3, NULL, ',');
    contains(half, "it is not in UTF-16LE", "half a character");
    AUTO_FREE char *windows = read_bytes("\x80\n", 2, NULL, ',');
    is_str(windows, "1:€ ", "windows-1252");
    AUTO_FREE char *latin = read_bytes("\x81\xE6\n", 3, NULL, ',');
    is_str(latin, "1:\xC2\x81\xC3\xA6 ", "latin1, for bytes that windows-1252 lacks");
    AUTO_FREE char *invalid = read_bytes("a\n\n\xFF", 4, "UTF-8", ',');
    contains(invalid, "line 3: it is not valid UTF-8", "invalid");
    AUTO_FREE char *unknown = read_bytes("a", 1, "nix", ',');
    contains(unknown, "the encoding nix is not known", "unknown");
    AUTO_FREE char *nul = read_bytes("a\nb\0c\n", 6, NULL, ',');
    contains(nul, "line 2: it holds a NUL byte", "a NUL");
}

/* A character of three bytes at each place around the end of a chunk, in two encodings. */
static void test_chunks(void)
{
    char *text = xmalloc(CHUNK + 16);
    for (size_t before = CHUNK - 4; before < CHUNK + 2; before++) {
        memset(text, 'x', before);
        memcpy(text + before, "€,y\n", 6);
        AUTO_FREE char *seen = read_bytes(text, before + 6, NULL, ',');
        size_t size = strlen(seen);
        ok(size == before + 8 && strcmp(seen + size - 6, "€|y ") == 0, "cut at %zu", before);
    }
    for (size_t before = CHUNK - 3; before < CHUNK + 2; before++) {
        memset(text, 'x', before);
        memcpy(text + before, "\x80,y\n", 4);
        AUTO_FREE char *seen = read_bytes(text, before + 4, "windows-1252", ',');
        size_t size = strlen(seen);
        ok(size == before + 8 && strcmp(seen + size - 6, "€|y ") == 0, "converted, %zu", before);
    }
    free(text);
}

static void test_bounds(void)
{
    AUTO_STRBUF text = STRBUF_INIT;
    for (int i = 0; i < 1000000; i++)
        strbuf_add_text(&text, "x,");
    AUTO_FREE char *columns = read_bytes(strbuf_text(&text), text.size, NULL, ',');
    contains(columns, "line 1: it has more than 100 fields", "a million columns");
    strbuf_clear(&text);
    strbuf_add_text(&text, "a\n\"");
    strbuf_add_repeated(&text, 'y', 17 << 20);
    AUTO_FREE char *field = read_bytes(strbuf_text(&text), text.size, NULL, ',');
    contains(field, "line 2: a field is larger than 16 MiB", "a field without end");
    strbuf_clear(&text);
    for (int i = 0; i < 6; i++) {
        strbuf_add_repeated(&text, 'y', 13 << 20);
        strbuf_add_char(&text, ',');
    }
    AUTO_FREE char *row = read_bytes(strbuf_text(&text), text.size, NULL, ',');
    contains(row, "line 1: the row is larger than 64 MiB", "a row without end");
}

static bool change_file(void *context, char *const *fields, const size_t *sizes, size_t count,
                        size_t line, struct error *ret_error)
{
    (void)context, (void)fields, (void)sizes, (void)count, (void)line, (void)ret_error;
    return truncate(path, 1) == 0;
}

static void test_files(void)
{
    struct csv_reader_options options = {NULL, '\0', 100, NULL};
    ok(csv_reader_open("/tmp", "f", &options, &error) == NULL, "a folder");
    ok(csv_reader_open("/dev/zero", "f", &options, &error) == NULL, "a device");
    contains(error.message, "no regular file", "says why");
    ok(csv_reader_open("/no/such", "f", &options, &error) == NULL, "nothing");
    AUTO_FREE char *seen = read_bytes("a;b\n1;2\n", 8, NULL, '\0');
    is_str(seen, "1:a|b 2:1|2 ", "the delimiter is guessed");
    struct csv_reader *reader = csv_reader_open(path, "f", &options, &error);
    is_int(csv_reader_delimiter(reader), ';', "which");
    ok(!csv_reader_read(reader, change_file, NULL, &error), "a file that changes meanwhile");
    contains(error.message, "changed while it was read", "says so");
    csv_reader_close(reader);
}

int main(void)
{
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        bail_out("no file for the test");
    close(descriptor);
    test_rows();
    test_encodings();
    test_chunks();
    test_bounds();
    test_files();
    unlink(path);
    return done_testing();
}
