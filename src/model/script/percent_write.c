/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_write: a notebook as a script. What was written is read again before it is given out, so
 * that no cell comes back as something else.
 */
#define _GNU_SOURCE /* strcasestr */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "model/notebook/notebook_write.h"
#include "model/script/percent_private.h"

/* The lines of a cell in the script, without the blank ones after it. */
struct written {
    char *text;
    size_t size;
    struct percent_lines lines;
    size_t blanks;    /* after it */
    size_t least_end; /* how many lines must be read as its content, with its marker */
};

/* --- blank lines between cells ---------------------------------------------------------------- */

static bool begins_with(struct percent_line line, const char *text)
{
    size_t size = strlen(text);
    return line.size >= size && memcmp(line.text, text, size) == 0;
}

static bool is_definition(struct percent_line line)
{
    return begins_with(line, "def ") || begins_with(line, "async ") || begins_with(line, "class ");
}

static struct percent_line trimmed(struct percent_line line)
{
    while (line.size > 0 && (*line.text == ' ' || (*line.text >= '\t' && *line.text <= '\r'))) {
        line.text++;
        line.size--;
    }
    return line;
}

/* Whether the last thing in the lines is a function or a class. */
static bool ends_with_definition(const struct percent_lines *lines)
{
    bool is_last = false, was_blank = false;
    AUTO_FREE bool *is_quoted = xcalloc(lines->count + 1, sizeof(*is_quoted));
    struct percent_quotes quotes = percent_quotes_of("python");
    for (size_t i = 0; i < lines->count; i++) {
        is_quoted[i] = quotes.triple != 0;
        percent_quotes_read(&quotes, lines->lines[i]);
    }
    for (size_t i = lines->count; i-- > 0 && !is_last;) {
        struct percent_line line = lines->lines[i];
        if (is_quoted[i])
            continue;
        bool is_blank = percent_line_is_blank(line);
        if (is_blank && was_blank)
            return false;
        was_blank = is_blank;
        if (is_blank || begins_with(line, "#") || begins_with(line, " ") || begins_with(line, ")"))
            continue;
        if (is_definition(line))
            return true;
        is_last = true;
    }
    return false;
}

static bool ends_with_code(const struct percent_lines *lines)
{
    struct percent_line last = lines->lines[lines->count - 1];
    return !percent_line_is_blank(last) && !begins_with(last, "#");
}

/* What all that follows begins with; for the cells from the last one to the first. */
struct following {
    bool has_any, has_code, is_definition;
};

static struct following following_of(const struct written *cell, struct following after)
{
    struct following found = {true, after.has_code, after.is_definition};
    bool code_is_known = false, definition_is_known = false, was_blank = false;
    struct percent_quotes quotes = percent_quotes_of("python");
    for (size_t i = 0; i < cell->lines.count + cell->blanks; i++) {
        struct percent_line line =
            i < cell->lines.count ? cell->lines.lines[i] : (struct percent_line){"", 0};
        bool is_quoted = quotes.triple != 0, is_blank = percent_line_is_blank(line);
        percent_quotes_read(&quotes, line);
        bool ends = is_blank && was_blank;
        was_blank = is_blank;
        if (!code_is_known && (ends || (!is_blank && !begins_with(trimmed(line), "#")))) {
            code_is_known = true;
            found.has_code = !ends;
        }
        bool passes = is_quoted || (is_blank && !ends) || begins_with(line, "#") ||
                      begins_with(line, "@") || begins_with(line, " ") || begins_with(line, ")");
        if (!definition_is_known && !passes) {
            definition_is_known = true;
            found.is_definition = !ends && is_definition(line);
        }
        if (code_is_known && definition_is_known)
            break;
    }
    return found;
}

/* As many as PEP 8 wants, which is how jupytext tells the blank lines of a cell from others. */
static size_t wanted_blanks(const struct percent_format *format, const struct written *cell,
                            struct following after)
{
    if (!after.has_any)
        return 0;
    if (!format->is_python)
        return 1;
    if (ends_with_definition(&cell->lines))
        return after.has_code ? 2 : 1;
    return ends_with_code(&cell->lines) && after.is_definition ? 2 : 1;
}

/* Takes as many blank lines as are wanted, or the next number with which the content ends where it
 * does. */
static void choose_blanks(struct written *cell, size_t wanted, bool is_last)
{
    static const size_t others[] = {1, 0, 2, 3};
    struct percent_lines copy = {NULL, 0, 0};
    for (size_t i = cell->lines.count > 3 ? cell->lines.count - 3 : 0; i < cell->lines.count; i++)
        percent_lines_add(&copy, cell->lines.lines[i].text, cell->lines.lines[i].size);
    size_t content = copy.count - (cell->lines.count - cell->least_end);
    cell->blanks = wanted;
    for (size_t i = 0; i <= ARRAY_SIZE(others); i++) {
        size_t blanks = i == 0 ? wanted : others[i - 1];
        size_t before = copy.count;
        for (size_t k = 0; k < blanks; k++)
            percent_lines_add(&copy, "", 0);
        bool fits = percent_content_end(copy.lines, copy.count) == content;
        copy.count = before;
        if (fits && (blanks > 0 || wanted == 0 || is_last || i > 0)) {
            cell->blanks = blanks;
            break;
        }
    }
    free(copy.lines);
}

/* --- cells ------------------------------------------------------------------------------------ */

static void add_marker(const struct percent_format *format, const struct raw_json *json,
                       const struct percent_cell_form *form, struct strbuf *text)
{
    const struct percent_cell *cell = &form->cell;
    if (form->content == PERCENT_CODE) {
        /* As deep as the first line, for editors that see a block in it. */
        size_t indent = 0;
        while (indent < cell->size && strchr(" \t", cell->source[indent]) && cell->source[indent])
            indent++;
        bool is_blank = indent == cell->size || strchr("\n\r\f\v", cell->source[indent]);
        strbuf_add(text, cell->source, is_blank ? 0 : indent);
    }
    strbuf_addf(text, "%s %%%%", format->comment);
    percent_options_write(json, cell->metadata, cell->type, text);
    strbuf_add_char(text, '\n');
}

static void write_cell(const struct percent_format *format, const struct raw_json *json,
                       const struct percent_cell_form *form, struct written *ret_written)
{
    AUTO_STRBUF text = STRBUF_INIT;
    struct percent_lines lines = {NULL, 0, 0};
    struct percent_reader reader = percent_reader(format, form->content, true);
    const char *body = form->cell.source + form->body;
    size_t size = form->cell.size - form->body;
    add_marker(format, json, form, &text);
    const char *end = body + size;
    /* Each line is what stands between line ends, a carriage return included: what is in a cell is
     * not a line end of the script. */
    while (form->content != PERCENT_CODE || size > 0) {
        const char *next = memchr(body, '\n', (size_t)(end - body));
        struct percent_line line = {body, (size_t)((next ? next : end) - body)};
        percent_reader_write(&reader, line, &text);
        strbuf_add_char(&text, '\n');
        if (!next)
            break;
        body = next + 1;
    }
    size_t written_size = text.size;
    ret_written->text = strbuf_take(&text);
    ret_written->size = written_size;
    percent_lines_split(&lines, ret_written->text, written_size);
    ret_written->lines = lines;
    ret_written->least_end = lines.count;
}

/* --- checks ----------------------------------------------------------------------------------- */

static bool is_named(const char *name, const char *part)
{
    return name && strcasestr(name, part);
}

static bool check_language(const struct notebook *notebook, enum percent_language language,
                           struct error *error)
{
    const char *name = notebook->language ? notebook->language : notebook->kernel_name;
    bool is_sql = is_named(name, "sql") || is_named(name, "rscn");
    bool is_python = is_named(name, "python");
    if (!name || !*name || (language == PERCENT_PYTHON ? is_python : is_sql))
        return true;
    return error_set(error, ERROR_UNSUPPORTED,
                     "its cells are in %.60s, which a %s file is not for; %s", name,
                     percent_extension(language),
                     is_sql      ? "use --to sql"
                     : is_python ? "use --to py"
                                 : "export it as ipynb");
}

static bool check_cells(const struct notebook *notebook, struct error *error)
{
    for (size_t i = 0; i < notebook->count; i++) {
        const struct notebook_cell *cell = &notebook->cells[i];
        if (cell->type == NOTEBOOK_OTHER)
            return error_set(
                error, ERROR_UNSUPPORTED,
                "cell %zu is of a type that a script does not have; export it as ipynb", i + 1);
        if (cell->metadata && raw_json_kind(notebook->json, cell->metadata) == RAW_OBJECT &&
            !percent_options_fit(notebook->json, cell->metadata))
            return error_set(error, ERROR_UNSUPPORTED,
                             "cell %zu has more than %d members of metadata, which a script can't "
                             "hold; export it as ipynb",
                             i + 1, PERCENT_MOST_MEMBERS);
        if (!utf8_is_valid(cell->source, cell->source_size))
            return error_set(error, ERROR_UNSUPPORTED,
                             "cell %zu has half a character, which a script can't hold; export it "
                             "as ipynb",
                             i + 1);
    }
    return true;
}

/* Reads the text again: each cell must come back. */
static bool check_text(const struct percent_format *format, const struct strbuf *text, size_t start,
                       const struct raw_json *json, const struct percent_cell_form *forms,
                       size_t count, struct error *error)
{
    AUTO_PERCENT_SCRIPT script = PERCENT_SCRIPT_INIT;
    percent_script_parse(strbuf_text(text) + start, text->size - start, format, &script);
    for (size_t i = 0; i < count; i++) {
        const struct percent_cell *wanted = &forms[i].cell;
        const struct percent_cell *got = i < script.count ? &script.cells[i] : NULL;
        if (got && got->type == wanted->type && got->size == wanted->size &&
            memcmp(got->source, wanted->source, got->size) == 0 &&
            (forms[i].body > 0 ||
             percent_json_is_same(json, wanted->metadata, script.json, got->metadata)))
            continue;
        return error_set(
            error, ERROR_UNSUPPORTED,
            "cell %zu would come back from a script as another one (a line in it looks "
            "like the start of a cell, say); export it as ipynb",
            i + 1);
    }
    return script.count == count ||
           error_set(error, ERROR_UNSUPPORTED,
                     "cell %zu would come back from a script as two; export it as ipynb", count);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void write_cells(const struct percent_format *format, const struct raw_json *json,
                        const struct percent_cell_form *forms, size_t count,
                        struct strbuf *ret_text)
{
    AUTO_FREE struct written *written = xcalloc(count + 1, sizeof(*written));
    struct following after = {false, false, false};
    for (size_t i = count; i-- > 0;) {
        write_cell(format, json, &forms[i], &written[i]);
        choose_blanks(&written[i], wanted_blanks(format, &written[i], after), i + 1 == count);
        after = following_of(&written[i], after);
    }
    for (size_t i = 0; i < count; i++) {
        strbuf_add(ret_text, written[i].text, written[i].size);
        strbuf_add_repeated(ret_text, '\n', written[i].blanks);
        free(written[i].text);
        free(written[i].lines.lines);
    }
}

bool percent_text_write(const struct notebook *notebook, enum percent_language language,
                        struct strbuf *ret_text, struct error *error)
{
    const struct percent_format *format = percent_format(language);
    if (!check_language(notebook, language, error) || !check_cells(notebook, error) ||
        !notebook_can_be_written(notebook, error))
        return false;
    const size_t start = ret_text->size;
    raw_ref metadata = raw_json_member(notebook->json, raw_json_root(notebook->json), "metadata");
    AUTO_FREE char *name = percent_language_in(
        format, notebook->json, raw_json_member(notebook->json, metadata, "kernelspec"));
    AUTO_FREE struct percent_cell_form *forms = xcalloc(notebook->count + 1, sizeof(*forms));
    struct raw_json *json = raw_json_new();
    for (size_t i = 0; i < notebook->count; i++)
        percent_cell_form(format, notebook, i, name, json, &forms[i]);
    percent_header_write(format, notebook, ret_text);
    write_cells(format, json, forms, notebook->count, ret_text);
    bool is_right = check_text(format, ret_text, start, json, forms, notebook->count, error);
    for (size_t i = 0; i < notebook->count; i++)
        free(forms[i].cell.source);
    raw_json_free(json);
    if (!is_right)
        strbuf_truncate(ret_text, start);
    return is_right;
}
