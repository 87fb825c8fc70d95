/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_script: a script as a list of cells, read as jupytext reads it.
 */
#include "model/script/percent_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Languages that a magic of IPython names and jupytext takes for the language of the cell. */
static const char *const magic_languages[] = {
    "R",          "bash",   "sh",     "python",  "python2",    "python3",  "coconut",
    "javascript", "js",     "perl",   "html",    "latex",      "markdown", "pypy",
    "ruby",       "script", "svg",    "matlab",  "octave",     "idl",      "robotframework",
    "sas",        "spark",  "sql",    "cython",  "haskell",    "tcl",      "gnuplot",
    "julia",      "c++",    "scheme", "clojure", "powershell", "q",        "typescript",
    "scala",      "rust",   "csharp", "fsharp",  "sos",        "java",     "groovy",
    "sage",       "ocaml",  "maxima", "stata",   "jenner",     "xonsh",    "logtalk",
    "lua",        "go",     "c#",     "f#",      "cs",         "fs",
};

bool percent_is_magic_language(const char *name, size_t size)
{
    for (size_t i = 0; i < ARRAY_SIZE(magic_languages); i++) {
        if (strlen(magic_languages[i]) == size && memcmp(magic_languages[i], name, size) == 0)
            return true;
    }
    return false;
}

/* --- where cells end -------------------------------------------------------------------------- */

/* Fences of Markdown: of how many signs one must be that closes what is opened before a line. */
struct fence_ends {
    size_t *backticks, *tildes; /* by line: the longest closing fence from there to the end */
};

/* The fence a line begins with; 0 = none. *ret_rest is what follows. */
static size_t fence_of(struct percent_line line, char *ret_sign, struct percent_line *ret_rest)
{
    size_t at = 0, count = 0;
    while (at < line.size && at < 3 && line.text[at] == ' ')
        at++;
    if (at == line.size || (line.text[at] != '`' && line.text[at] != '~'))
        return 0;
    *ret_sign = line.text[at];
    while (at + count < line.size && line.text[at + count] == *ret_sign)
        count++;
    *ret_rest = (struct percent_line){line.text + at + count, line.size - at - count};
    return count >= 3 ? count : 0;
}

static void find_fence_ends(const struct percent_format *format, const struct percent_lines *lines,
                            struct fence_ends *ret_ends)
{
    ret_ends->backticks = xcalloc(lines->count + 1, sizeof(size_t));
    ret_ends->tildes = xcalloc(lines->count + 1, sizeof(size_t));
    for (size_t i = lines->count; i-- > 0;) {
        char sign = 0;
        struct percent_line rest = {NULL, 0};
        size_t size = fence_of(percent_line_uncommented(format, lines->lines[i]), &sign, &rest);
        bool is_end = size > 0 && percent_line_is_blank(rest);
        ret_ends->backticks[i] = ret_ends->backticks[i + 1];
        ret_ends->tildes[i] = ret_ends->tildes[i + 1];
        size_t *longest = sign == '`' ? &ret_ends->backticks[i] : &ret_ends->tildes[i];
        if (is_end && size > *longest)
            *longest = size;
    }
}

struct fence {
    char sign;
    size_t size; /* 0 = none is open */
};

/* Whether the line is inside of a fenced block, or one of its fences: no cell begins there. */
static bool read_fence(struct fence *fence, struct percent_line text, size_t next_index,
                       const struct fence_ends *ends)
{
    char sign = 0;
    struct percent_line rest = {NULL, 0};
    size_t size = fence_of(text, &sign, &rest);
    if (fence->size > 0) {
        if (size >= fence->size && sign == fence->sign && percent_line_is_blank(rest))
            fence->size = 0;
        return true;
    }
    if (size == 0 || (sign == '`' && rest.size > 0 && memchr(rest.text, '`', rest.size)))
        return false;
    size_t longest = sign == '`' ? ends->backticks[next_index] : ends->tildes[next_index];
    if (longest < size)
        return false; /* never closed: no fence */
    *fence = (struct fence){sign, size};
    return true;
}

/* The line on which the next cell begins. */
static size_t next_cell(const struct percent_format *format, const struct percent_lines *lines,
                        size_t first, const char *language, bool is_code,
                        const struct fence_ends *ends)
{
    struct percent_quotes quotes = percent_quotes_of(language);
    struct fence fence = {0, 0};
    for (size_t i = first; i < lines->count; i++) {
        struct percent_line line = lines->lines[i], options;
        bool is_quoted = quotes.triple != 0;
        if (format->is_python)
            percent_quotes_read(&quotes, line);
        if (is_quoted ||
            (!is_code && read_fence(&fence, percent_line_uncommented(format, line), i + 1, ends)))
            continue;
        if (i > first && percent_line_is_marker(format, line, &options))
            return i;
    }
    return lines->count;
}

size_t percent_content_end(const struct percent_line *lines, size_t count)
{
    if (count >= 3 && !percent_line_is_blank(lines[count - 3]) &&
        percent_line_is_blank(lines[count - 2]) && percent_line_is_blank(lines[count - 1]))
        return count - 2;
    return count > 0 && lines[count - 1].size == 0 ? count - 1 : count;
}

/* --- cells ------------------------------------------------------------------------------------ */

struct parser {
    const struct percent_format *format;
    struct percent_lines lines;
    struct fence_ends ends;
    struct percent_script *script;
    size_t capacity;
    bool has_magics;
    char *language; /* of the notebook, in lower case */
};

static struct percent_cell *add_cell(struct parser *parser)
{
    struct percent_script *script = parser->script;
    if (script->count == parser->capacity) {
        parser->capacity = parser->capacity ? parser->capacity * 2 : 16;
        script->cells = xreallocarray(script->cells, parser->capacity, sizeof(*script->cells));
    }
    struct percent_cell *cell = &script->cells[script->count++];
    *cell = (struct percent_cell){NOTEBOOK_CODE, NULL, 0, 0};
    return cell;
}

/* Markdown that jupytext was told to write as a string of three quotes. */
static bool add_quoted(const struct percent_line *lines, size_t count, struct strbuf *source)
{
    AUTO_STRBUF joined = STRBUF_INIT;
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&joined, "%s%.*s", i ? "\n" : "", (int)lines[i].size, lines[i].text);
    const char *start = strbuf_text(&joined), *end = start + joined.size;
    while (start < end && strchr(" \t\r\n\f\v", *start))
        start++;
    while (end > start && strchr(" \t\r\n\f\v", end[-1]))
        end--;
    start += end > start && (*start == 'r' || *start == 'R');
    if (end - start < 6 || (strncmp(start, "\"\"\"", 3) != 0 && strncmp(start, "'''", 3) != 0) ||
        strncmp(start, end - 3, 3) != 0)
        return false;
    start += 3;
    end -= 3;
    start += start < end && *start == '\n';
    end -= end > start && end[-1] == '\n';
    strbuf_add(source, start, (size_t)(end - start));
    return true;
}

/* A cell in another language begins with the magic that names it. */
static void add_language(struct parser *parser, const char *language, raw_ref metadata,
                         struct strbuf *source)
{
    struct raw_json *json = parser->script->json;
    if (!percent_is_magic_language(language, strlen(language)))
        return;
    AUTO_FREE char *arguments =
        raw_json_text(json, raw_json_member(json, metadata, "magic_args"), NULL);
    strbuf_addf(source, "%%%%%s%s%s\n", language, arguments ? " " : "", arguments ? arguments : "");
    raw_json_remove(json, metadata, "magic_args");
    raw_json_remove(json, metadata, "language");
}

static void read_content(struct parser *parser, struct percent_cell *cell,
                         const struct percent_line *lines, size_t count)
{
    struct raw_json *json = parser->script->json;
    const char *extension = parser->format->extension + 1;
    const bool is_code = cell->type == NOTEBOOK_CODE;
    AUTO_STRBUF source = STRBUF_INIT;
    AUTO_FREE char *language =
        is_code ? raw_json_text(json, raw_json_member(json, cell->metadata, "language"), NULL)
                : NULL;
    bool is_other = language && strcmp(language, parser->language) != 0;
    if (language && !is_other)
        raw_json_remove(json, cell->metadata, "language");
    bool is_active = percent_options_active(json, cell->metadata, extension, true) &&
                     !(is_other && !raw_json_member(json, cell->metadata, "active"));
    if (is_other)
        add_language(parser, language, cell->metadata, &source);
    bool may_be_quoted = parser->format->is_python &&
                         !percent_options_active(json, cell->metadata, extension, is_code);
    if (!may_be_quoted || !add_quoted(lines, count, &source)) {
        enum percent_content content = !is_active ? PERCENT_COMMENTS
                                       : is_code  ? PERCENT_CODE
                                                  : PERCENT_TEXT;
        struct percent_reader reader = percent_reader(parser->format, content, parser->has_magics);
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                strbuf_add_char(&source, '\n');
            percent_reader_line(&reader, lines[i], &source);
        }
    }
    cell->size = source.size;
    cell->source = strbuf_take(&source);
}

/* Reads the cell that begins on a line; gives the line of the next one. */
static size_t read_cell(struct parser *parser, size_t first)
{
    struct raw_json *json = parser->script->json;
    const struct percent_line *lines = parser->lines.lines + first;
    struct percent_line options = {"", 0};
    struct percent_cell *cell = add_cell(parser);
    bool has_marker = percent_line_is_marker(parser->format, lines[0], &options);
    if (!has_marker)
        options.size = 0;
    cell->metadata = percent_options_parse(json, options, &cell->type);
    AUTO_FREE char *language =
        raw_json_text(json, raw_json_member(json, cell->metadata, "language"), NULL);
    size_t next =
        next_cell(parser->format, &parser->lines, first, language ? language : parser->language,
                  cell->type == NOTEBOOK_CODE, &parser->ends);
    size_t end = percent_content_end(lines, next - first);
    /* A code cell that is not for notebooks is a raw one there. */
    if (cell->type == NOTEBOOK_CODE && !percent_options_active(json, cell->metadata, "ipynb", true))
        cell->type = NOTEBOOK_RAW;
    read_content(parser, cell, lines + has_marker, end > has_marker ? end - has_marker : 0);
    return next;
}

/* --- scripts ---------------------------------------------------------------------------------- */

char *percent_language_in(const struct percent_format *format, const struct raw_json *json,
                          raw_ref kernelspec)
{
    char *language = kernelspec
                         ? raw_json_text(json, raw_json_member(json, kernelspec, "language"), NULL)
                         : NULL;
    if (!language)
        return xstrdup(format->language);
    for (char *at = language; *at; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    }
    return language;
}

void percent_script_parse(const char *text, size_t size, const struct percent_format *format,
                          struct percent_script *ret_script)
{
    struct parser parser = {.format = format, .script = ret_script};
    struct percent_header header;
    *ret_script = (struct percent_script)PERCENT_SCRIPT_INIT;
    ret_script->json = raw_json_new();
    percent_lines_split(&parser.lines, text, size);
    find_fence_ends(format, &parser.lines, &parser.ends);
    percent_header_parse(format, &parser.lines, ret_script->json, &header);
    ret_script->kernelspec = header.kernelspec;
    ret_script->preamble = header.preamble;
    header.preamble = (struct percent_preamble){NULL, NULL};
    parser.language = percent_language_in(format, ret_script->json, header.kernelspec);
    parser.has_magics = !header.format_name || strcmp(header.format_name, "hydrogen") != 0;
    if (header.front_matter) {
        struct percent_cell *cell = add_cell(&parser);
        cell->type = NOTEBOOK_RAW;
        cell->metadata = raw_json_new_object(ret_script->json);
        cell->source = xstrdup(header.front_matter);
        cell->size = strlen(cell->source);
    }
    size_t line = header.lines;
    while (line < parser.lines.count && percent_line_is_blank(parser.lines.lines[line]))
        line++;
    while (line < parser.lines.count)
        line = read_cell(&parser, line);
    percent_header_release(&header);
    free(parser.language);
    free(parser.ends.backticks);
    free(parser.ends.tildes);
    free(parser.lines.lines);
}

void percent_script_release(struct percent_script *script)
{
    for (size_t i = 0; i < script->count; i++)
        free(script->cells[i].source);
    free(script->cells);
    percent_preamble_release(&script->preamble);
    raw_json_free(script->json);
    *script = (struct percent_script)PERCENT_SCRIPT_INIT;
}

/* --- from a notebook -------------------------------------------------------------------------- */

/* The source without a line end that can't be told from the blank lines before the next cell. */
static size_t lasting_size(const char *source, size_t size)
{
    if (size < 2 || source[size - 1] != '\n')
        return size;
    size_t start = size - 1;
    while (start > 0 && source[start - 1] != '\n')
        start--;
    /* The last line but one must hold something; a blank one makes it one of several. */
    struct percent_line last = {source + start, size - 1 - start};
    return percent_line_is_blank(last) ? size : size - 1;
}

/* `%%sql arguments` on the first line: the body begins behind it. 0 when there is none, or one that
 * would not come back. */
static size_t split_magic(const struct notebook_cell *cell, const char *language,
                          struct percent_line *ret_name, struct percent_line *ret_arguments)
{
    const char *end = cell->source_size > 2 ? memchr(cell->source, '\n', cell->source_size) : NULL;
    if (!end || cell->type != NOTEBOOK_CODE || strncmp(cell->source, "%%", 2) != 0)
        return 0;
    const char *name = cell->source + 2;
    size_t size = (size_t)(end - name);
    const char *blank = memchr(name, ' ', size);
    *ret_name = (struct percent_line){name, blank ? (size_t)(blank - name) : size};
    *ret_arguments =
        (struct percent_line){blank ? blank + 1 : end, blank ? (size_t)(end - blank) - 1 : 0};
    bool is_same =
        strlen(language) == ret_name->size && memcmp(language, name, ret_name->size) == 0;
    if (is_same || (blank && ret_arguments->size == 0) ||
        !percent_is_magic_language(name, ret_name->size))
        return 0;
    return (size_t)(end + 1 - cell->source);
}

static void copy_metadata(const struct notebook *notebook, raw_ref metadata, struct raw_json *json,
                          raw_ref to)
{
    if (!metadata || raw_json_kind(notebook->json, metadata) != RAW_OBJECT ||
        !percent_options_fit(notebook->json, metadata))
        return;
    for (raw_ref member = raw_json_first(notebook->json, metadata); member;
         member = raw_json_next(notebook->json, member)) {
        AUTO_FREE char *key =
            raw_json_text(notebook->json, raw_json_key(notebook->json, member), NULL);
        if (percent_options_has(notebook->json, member))
            raw_json_set(json, to, key, raw_json_copy(json, notebook->json, member));
    }
}

static char *copy_bytes(const char *bytes, size_t size)
{
    AUTO_STRBUF copy = STRBUF_INIT;
    strbuf_add(&copy, bytes, size);
    return strbuf_take(&copy);
}

void percent_cell_form(const struct percent_format *format, const struct notebook *notebook,
                       size_t index, const char *language, struct raw_json *json,
                       struct percent_cell_form *ret_form)
{
    const struct notebook_cell *cell = &notebook->cells[index];
    struct percent_line name, arguments;
    raw_ref metadata = raw_json_new_object(json);
    copy_metadata(notebook, cell->metadata, json, metadata);
    size_t body = split_magic(cell, language, &name, &arguments);
    bool is_active = percent_options_active(json, metadata, format->extension + 1, true) &&
                     !(body > 0 && !raw_json_member(json, metadata, "active"));
    if (body > 0 && arguments.size > 0)
        raw_json_set(json, metadata, "magic_args",
                     raw_json_new_string(json, arguments.text, arguments.size));
    if (body > 0)
        raw_json_set(json, metadata, "language", raw_json_new_string(json, name.text, name.size));
    bool is_code = cell->type == NOTEBOOK_CODE && is_active;
    size_t size = is_code ? lasting_size(cell->source, cell->source_size) : cell->source_size;
    *ret_form = (struct percent_cell_form){
        .cell = {cell->type, copy_bytes(cell->source, size), size, metadata},
        .content = is_code     ? PERCENT_CODE
                   : is_active ? PERCENT_TEXT
                               : PERCENT_COMMENTS,
        .body = body};
}
