/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_lines: the lines of a script: which begin a cell, which are magics made comments, and how
 * each is written and read. The rules are jupytext's, so that both read the same.
 */
#include <string.h>

#include "base/memory.h"
#include "model/script/percent_private.h"

const struct percent_format *percent_format(enum percent_language language)
{
    static const struct percent_format python = {".py", "#", "python", true};
    static const struct percent_format sql = {".sql", "--", "sql", false};
    return language == PERCENT_PYTHON ? &python : &sql;
}

/* --- splitting ------------------------------------------------------------------------------- */

void percent_lines_add(struct percent_lines *lines, const char *text, size_t size)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity ? lines->capacity * 2 : 64;
        lines->lines = xreallocarray(lines->lines, lines->capacity, sizeof(*lines->lines));
    }
    lines->lines[lines->count++] = (struct percent_line){text, size};
}

void percent_lines_split(struct percent_lines *lines, const char *text, size_t size)
{
    const char *end = text + size;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    const char *first = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
    bool has_returns = first && first > text && first[-1] == '\r';
    while (first) {
        size_t length = (size_t)(first - text);
        percent_lines_add(lines, text,
                          length - (has_returns && length > 0 && text[length - 1] == '\r'));
        text = first + 1;
        first = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
    }
    if (text < end)
        percent_lines_add(lines, text, (size_t)(end - text));
}

/* --- looking ---------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t skip_space(struct percent_line line, size_t at)
{
    while (at < line.size && is_space(line.text[at]))
        at++;
    return at;
}

static bool has_at(struct percent_line line, size_t at, const char *text)
{
    size_t size = strlen(text);
    return line.size - at >= size && memcmp(line.text + at, text, size) == 0;
}

bool percent_line_is_blank(struct percent_line line)
{
    return skip_space(line, 0) == line.size;
}

struct percent_line percent_line_uncommented(const struct percent_format *format,
                                             struct percent_line line)
{
    if (!has_at(line, 0, format->comment))
        return line;
    size_t skip = strlen(format->comment);
    skip += has_at(line, skip, " ");
    return (struct percent_line){line.text + skip, line.size - skip};
}

/* `<codecell>`, `In[12]:`: what IPython and nbconvert write. */
static bool is_other_marker(struct percent_line line, size_t at)
{
    if (has_at(line, at, "<codecell>"))
        return skip_space(line, at + strlen("<codecell>")) == line.size;
    if (!has_at(line, at, "In["))
        return false;
    at += strlen("In[");
    while (at < line.size &&
           (line.text[at] == ' ' || (line.text[at] >= '0' && line.text[at] <= '9')))
        at++;
    if (!has_at(line, at, "]"))
        return false;
    at++;
    return skip_space(line, at + has_at(line, at, ":")) == line.size;
}

bool percent_line_is_marker(const struct percent_format *format, struct percent_line line,
                            struct percent_line *ret_options)
{
    size_t at = skip_space(line, 0);
    if (!has_at(line, at, format->comment))
        return false;
    at = skip_space(line, at + strlen(format->comment));
    if (!has_at(line, at, "%%")) {
        *ret_options = (struct percent_line){line.text + line.size, 0};
        return is_other_marker(line, at);
    }
    at += 2;
    *ret_options = (struct percent_line){line.text + at, line.size - at};
    if (at == line.size)
        return true;
    while (at < line.size && line.text[at] == '%')
        at++;
    return at < line.size && is_space(line.text[at]);
}

struct percent_quotes percent_quotes_of(const char *language)
{
    static const struct {
        const char *language, *comment;
    } comments[] = {
        {"python", "#"},     {"R", "#"},           {"julia", "#"},       {"bash", "#"},
        {"powershell", "#"}, {"sos", "#"},         {"sage", "#"},        {"tcl", "#"},
        {"gnuplot", "#"},    {"xonsh", "#"},       {"coconut", "#"},     {"robotframework", "#"},
        {"c++", "//"},       {"javascript", "//"}, {"typescript", "//"}, {"scala", "//"},
        {"rust", "//"},      {"csharp", "//"},     {"fsharp", "//"},     {"java", "//"},
        {"groovy", "//"},    {"stata", "//"},      {"go", "//"},         {"scheme", ";;"},
        {"clojure", ";;"},   {"idl", ";"},         {"q", "/"},           {"matlab", "%"},
        {"logtalk", "%"},    {"haskell", "--"},    {"lua", "--"},        {"ocaml", "(*"},
        {"maxima", "/*"},    {"sas", "/*"},        {"jenner", "/*"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(comments); i++) {
        if (strcmp(comments[i].language, language) == 0)
            return (struct percent_quotes){comments[i].comment, 0};
    }
    return (struct percent_quotes){NULL, 0};
}

/* Quotes as jupytext sees them: a cell's marker inside a string is none. */
void percent_quotes_read(struct percent_quotes *quotes, struct percent_line line)
{
    size_t allowed =
        2; /* where a triple quote may end: it may not share quotes with the last one */
    char single = 0;
    const char *comment = quotes->comment;
    if (!quotes->triple && comment && has_at(line, skip_space(line, 0), comment))
        return;
    for (size_t i = 0; i < line.size; i++) {
        char c = line.text[i];
        if (comment && c == *comment && !single && !quotes->triple && has_at(line, i, comment))
            return;
        if ((c != '"' && c != '\'') || (i > 0 && line.text[i - 1] == '\\'))
            continue;
        if (single) {
            if (single == c)
                single = 0;
            continue;
        }
        bool is_triple = i >= allowed && line.text[i - 1] == c && line.text[i - 2] == c;
        if (is_triple && (!quotes->triple || quotes->triple == c)) {
            quotes->triple = quotes->triple ? 0 : c;
            allowed = i + 3;
        } else if (!quotes->triple) {
            single = c;
        }
    }
}

/* --- magics of IPython ------------------------------------------------------------------------ */

/* Past any number of `#`, each with at most one blank after it. */
static size_t skip_comments(struct percent_line line, size_t at)
{
    while (has_at(line, at, "#")) {
        at++;
        at += has_at(line, at, " ");
    }
    return at;
}

/* Whether `#WORD`, with blanks between, stands somewhere after `at`. */
static bool says(struct percent_line line, size_t at, const char *word)
{
    for (; at < line.size; at++) {
        if (line.text[at] == '#' && has_at(line, skip_space(line, at + 1), word))
            return true;
    }
    return false;
}

/* %name, %%name or %%%name, behind any number of comments. */
static bool is_percent_magic(struct percent_line line, size_t *ret_end)
{
    size_t at = skip_comments(line, skip_space(line, 0));
    size_t percents = 0;
    while (percents < 3 && has_at(line, at + percents, "%"))
        percents++;
    *ret_end = at + percents;
    return percents > 0 && *ret_end < line.size && is_letter(line.text[*ret_end]);
}

/* ?name, !command */
static bool is_help_or_command(struct percent_line line)
{
    size_t at = skip_space(line, skip_comments(line, skip_space(line, 0)));
    if (at >= line.size || (line.text[at] != '?' && line.text[at] != '!'))
        return false;
    at = skip_space(line, at + 1);
    return at < line.size && (is_letter(line.text[at]) || strchr(".~$\\/{}", line.text[at])) &&
           line.text[at];
}

/* name = %magic, name = !command */
static bool is_assignment(struct percent_line line)
{
    size_t at = skip_space(line, skip_comments(line, 0));
    size_t start = at;
    while (at < line.size && (is_letter(line.text[at]) || line.text[at] == '_' ||
                              (at > start && ((line.text[at] >= '0' && line.text[at] <= '9') ||
                                              line.text[at] == '$'))))
        at++;
    if (at == start)
        return false;
    at = skip_space(line, at);
    if (!has_at(line, at, "="))
        return false;
    at = skip_space(line, at + 1);
    size_t signs = 0;
    if (has_at(line, at, "!"))
        signs = 1;
    else
        while (signs < 3 && has_at(line, at + signs, "%"))
            signs++;
    at += signs;
    return signs > 0 && at < line.size && is_letter(line.text[at]);
}

/* name? */
static bool is_help(struct percent_line line)
{
    size_t at = skip_space(line, 0), end = line.size;
    while (end > at && is_space(line.text[end - 1]))
        end--;
    while (has_at(line, at, "# "))
        at += 2;
    if (end <= at || line.text[end - 1] != '?')
        return false;
    for (; at < end; at++) {
        if (is_space(line.text[at]))
            return false;
    }
    return true;
}

/* A command of the shell that IPython knows without a %. */
static bool is_shell_command(struct percent_line line)
{
    static const char *const commands[] = {"cat",  "cd",   "cp",   "mv", "rm",   "rmdir", "mkdir",
                                           "copy", "ddir", "echo", "ls", "ldir", "ren"};
    size_t at = skip_comments(line, 0);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!has_at(line, at, commands[i]))
            continue;
        size_t after = at + strlen(commands[i]);
        if (after == line.size)
            return true;
        if (!is_space(line.text[after]))
            continue;
        if (after + 1 == line.size || (line.text[after + 1] != '=' && line.text[after + 1] != ','))
            return true;
    }
    return false;
}

static bool is_magic(struct percent_line line)
{
    size_t end;
    bool is_percent = is_percent_magic(line, &end);
    if (is_percent && says(line, end, "escape"))
        return true;
    if (is_percent && says(line, end, "noescape"))
        return false;
    return is_percent || is_help_or_command(line) || is_assignment(line) || is_help(line) ||
           is_shell_command(line);
}

static bool is_continued(struct percent_line line)
{
    while (line.size > 0 && is_space(line.text[line.size - 1]))
        line.size--;
    return line.size > 0 && line.text[line.size - 1] == '\\';
}

/* `# +`: begins a cell in another format of jupytext, which makes it a comment there. */
static bool is_light_start(struct percent_line line)
{
    size_t at = skip_comments(line, 0);
    return at > 0 && has_at(line, at, "+");
}

/* --- reading and writing ---------------------------------------------------------------------- */

struct percent_reader percent_reader(const struct percent_format *format,
                                     enum percent_content content, bool has_magics)
{
    struct percent_quotes quotes = percent_quotes_of(format->language);
    return (struct percent_reader){format, content, has_magics, quotes, quotes, false};
}

/* Takes one comment sign away behind the indentation. */
static void add_unescaped(struct percent_line line, struct strbuf *buffer)
{
    size_t indent = skip_space(line, 0);
    size_t skip = has_at(line, indent, "# ") ? 2 : has_at(line, indent, "#");
    strbuf_add(buffer, line.text, indent);
    strbuf_add(buffer, line.text + indent + skip, line.size - indent - skip);
}

static void read_magic(struct percent_reader *reader, struct percent_line line,
                       struct strbuf *ret_line)
{
    if (!reader->quotes.triple && (reader->is_continued || is_magic(line))) {
        add_unescaped(line, ret_line);
        reader->is_continued = is_continued(line);
    } else {
        strbuf_add(ret_line, line.text, line.size);
    }
    percent_quotes_read(&reader->quotes, line);
}

static void read_light_start(struct percent_reader *reader, struct percent_line line,
                             struct strbuf *ret_line)
{
    AUTO_STRBUF unescaped = STRBUF_INIT;
    struct percent_line result = line;
    if (!reader->unescaped_quotes.triple && is_light_start(line)) {
        add_unescaped(line, &unescaped);
        struct percent_line less = {strbuf_text(&unescaped), unescaped.size};
        if (is_light_start(less))
            result = less;
    }
    strbuf_add(ret_line, result.text, result.size);
    percent_quotes_read(&reader->unescaped_quotes, line);
}

void percent_reader_line(struct percent_reader *reader, struct percent_line line,
                         struct strbuf *ret_line)
{
    AUTO_STRBUF read = STRBUF_INIT;
    if (reader->content != PERCENT_COMMENTS && reader->format->is_python && reader->has_magics) {
        read_magic(reader, line, &read);
        line = (struct percent_line){strbuf_text(&read), read.size};
    }
    if (reader->content != PERCENT_CODE)
        line = percent_line_uncommented(reader->format, line);
    if (reader->content == PERCENT_CODE && reader->format->is_python)
        read_light_start(reader, line, ret_line);
    else
        strbuf_add(ret_line, line.text, line.size);
}

/* The line with `times` comment signs behind its indentation, or in front of it. */
static void add_escaped(const struct percent_reader *reader, struct percent_line line, size_t times,
                        bool behind_indent, struct strbuf *buffer)
{
    size_t indent = behind_indent ? skip_space(line, 0) : 0;
    strbuf_add(buffer, line.text, indent);
    for (size_t i = 0; i < times; i++) {
        strbuf_add_text(buffer, reader->format->comment);
        if (i + 1 < times || indent < line.size)
            strbuf_add_char(buffer, ' ');
    }
    strbuf_add(buffer, line.text + indent, line.size - indent);
}

void percent_reader_write(struct percent_reader *reader, struct percent_line line,
                          struct strbuf *ret_line)
{
    const size_t start = ret_line->size;
    const bool is_code = reader->content == PERCENT_CODE;
    const bool may_be_magic = is_code && reader->format->is_python && !reader->quotes.triple &&
                              (reader->is_continued || is_magic(line));
    const bool behind_indent = is_code && !reader->is_continued;
    const size_t least = is_code && !may_be_magic ? 0 : 1;
    for (size_t try = 0; try < (behind_indent ? 6 : 3); try++) {
        struct percent_reader copy = *reader;
        AUTO_STRBUF read = STRBUF_INIT;
        strbuf_truncate(ret_line, start);
        /* An indented assignment of a magic is only known behind comment signs at the line's start.
         */
        add_escaped(reader, line, least + try % 3, behind_indent && try < 3, ret_line);
        percent_reader_line(
            &copy, (struct percent_line){strbuf_text(ret_line) + start, ret_line->size - start},
            &read);
        if (read.size == line.size && memcmp(strbuf_text(&read), line.text, line.size) == 0) {
            *reader = copy;
            return;
        }
    }
    /* There is no way; whoever reads the whole will see the difference. */
    strbuf_truncate(ret_line, start);
    AUTO_STRBUF unused = STRBUF_INIT;
    add_escaped(reader, line, least, behind_indent, ret_line);
    percent_reader_line(
        reader, (struct percent_line){strbuf_text(ret_line) + start, ret_line->size - start},
        &unused);
}
