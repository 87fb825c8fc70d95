/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal_form: one small reader per family of languages. Each either reads the whole text or gives
 * up, and then the text is only trimmed: two texts that mean different things must not become one.
 */
#include "model/identity/normal_form.h"

#include <string.h>
#include <strings.h>

enum family { FAMILY_NONE, FAMILY_PYTHON, FAMILY_SQL, FAMILY_R, FAMILY_JULIA, FAMILY_SHELL };

struct reader {
    const char *text;
    size_t size, at;
    struct strbuf *form;
    size_t start;      /* of the form in the buffer */
    size_t line_start; /* of the present line in the buffer */
    int depth;         /* open brackets */
    bool gap;          /* blanks were passed that count as one */
};

static enum family family_of(const char *language)
{
    static const struct {
        const char *language;
        enum family family;
    } FAMILIES[] = {
        {"python", FAMILY_PYTHON},
        {"python2", FAMILY_PYTHON},
        {"python3", FAMILY_PYTHON},
        {"ipython", FAMILY_PYTHON},
        {"ipython3", FAMILY_PYTHON},
        {"sagemath", FAMILY_PYTHON},
        {"sage", FAMILY_PYTHON},
        {"sql", FAMILY_SQL},
        {"sqlite", FAMILY_SQL},
        {"sqlite3", FAMILY_SQL},
        {"postgresql", FAMILY_SQL},
        {"duckdb", FAMILY_SQL},
        {"r", FAMILY_R},
        {"ir", FAMILY_R},
        {"julia", FAMILY_JULIA},
        {"bash", FAMILY_SHELL},
        {"sh", FAMILY_SHELL},
        {"zsh", FAMILY_SHELL},
        {"shell", FAMILY_SHELL},
    };
    for (size_t i = 0; language != NULL && i < ARRAY_SIZE(FAMILIES); i++) {
        if (strcasecmp(language, FAMILIES[i].language) == 0)
            return FAMILIES[i].family;
    }
    return FAMILY_NONE;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\r' || byte == '\v';
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || (unsigned char)byte >= 0x80;
}

static char peek(const struct reader *reader, size_t ahead)
{
    return ahead < reader->size - reader->at ? reader->text[reader->at + ahead] : '\0';
}

static bool starts(const struct reader *reader, const char *word)
{
    size_t size = strlen(word);
    return size <= reader->size - reader->at && memcmp(reader->text + reader->at, word, size) == 0;
}

static void keep(struct reader *reader, size_t count)
{
    count = count < reader->size - reader->at ? count : reader->size - reader->at;
    if (reader->gap && reader->form->size > reader->line_start)
        strbuf_add_char(reader->form, ' ');
    reader->gap = false;
    strbuf_add(reader->form, reader->text + reader->at, count);
    reader->at += count;
}

/* Bytes of the word that begins here, at least one. */
static size_t word_size(const struct reader *reader)
{
    size_t size = 1;
    while (is_word(reader->text[reader->at]) && size < reader->size - reader->at &&
           is_word(reader->text[reader->at + size])) {
        size++;
    }
    return size;
}

static void skip_to_line_end(struct reader *reader)
{
    while (reader->at < reader->size && reader->text[reader->at] != '\n')
        reader->at++;
}

/* Ends the line in the form, unless nothing but blanks is on it. */
static void end_line(struct reader *reader)
{
    struct strbuf *form = reader->form;
    size_t end = form->size;
    while (end > reader->line_start && is_blank(form->text[end - 1]))
        end--;
    strbuf_truncate(form, end);
    if (end > reader->line_start)
        strbuf_add_char(form, '\n');
    reader->line_start = form->size;
    reader->gap = false;
}

static void keep_line(struct reader *reader)
{
    const char *end = memchr(reader->text + reader->at, '\n', reader->size - reader->at);
    size_t stop = end != NULL ? (size_t)(end - reader->text) : reader->size;
    keep(reader, stop - reader->at);
}

/* The text between two quotes, a backslash takes the next character along; the reader stands on the
 * first. False when it doesn't end. */
static bool keep_quoted(struct reader *reader, const char *quote, bool lines)
{
    size_t quote_size = strlen(quote), end = reader->at + quote_size;
    while (end < reader->size) {
        char byte = reader->text[end];
        if (byte == '\\') {
            end += 2;
        } else if (byte == '\n' && !lines) {
            return false;
        } else if (quote_size <= reader->size - end &&
                   memcmp(reader->text + end, quote, quote_size) == 0) {
            keep(reader, end + quote_size - reader->at);
            return true;
        } else {
            end++;
        }
    }
    return false;
}

/* Whether the letters just kept make an f-string of what follows. */
static bool is_formatted(const struct reader *reader)
{
    const struct strbuf *form = reader->form;
    size_t at = form->size;
    bool found = false;
    while (!reader->gap && at > reader->line_start && is_word(form->text[at - 1])) {
        at--;
        found = found || form->text[at] == 'f' || form->text[at] == 'F';
    }
    return found && form->size - at <= 2;
}

/* From Python 3.12 on an f-string may hold its own quotes between braces (W-42): braces that are
 * still open at the closing quote mean that the string did not end there. */
static bool has_open_brace(const char *text, size_t size)
{
    long open = 0;
    for (size_t i = 0; i < size; i++)
        open += (text[i] == '{') - (text[i] == '}');
    return open > 0;
}

static bool keep_python_string(struct reader *reader)
{
    bool formatted = is_formatted(reader);
    size_t begin = reader->at;
    bool ended = starts(reader, "\"\"\"") ? keep_quoted(reader, "\"\"\"", true)
                 : starts(reader, "'''")  ? keep_quoted(reader, "'''", true)
                 : peek(reader, 0) == '"' ? keep_quoted(reader, "\"", false)
                                          : keep_quoted(reader, "'", false);
    return ended && !(formatted && has_open_brace(reader->text + begin, reader->at - begin));
}

static void count_bracket(struct reader *reader, char byte)
{
    if (byte == '(' || byte == '[' || byte == '{')
        reader->depth++;
    else if (byte == ')' || byte == ']' || byte == '}')
        reader->depth--;
}

/* A line's indentation is syntax, except inside brackets. Lines for the shell or a magic stay as
 * they are. */
static void begin_python_line(struct reader *reader)
{
    size_t begin = reader->at;
    while (is_blank(peek(reader, 0)) && reader->at < reader->size)
        reader->at++;
    char byte = peek(reader, 0);
    if (reader->depth > 0 || byte == '#' || byte == '\n' || reader->at == reader->size)
        return;
    strbuf_add(reader->form, reader->text + begin, reader->at - begin);
    if (byte == '%' || byte == '!')
        keep_line(reader);
}

static bool read_python(struct reader *reader)
{
    /* A cell magic: another language follows. */
    while (reader->at < reader->size && (is_blank(peek(reader, 0)) || peek(reader, 0) == '\n'))
        reader->at++;
    if (starts(reader, "%%"))
        return false;
    reader->at = 0;
    begin_python_line(reader);
    while (reader->at < reader->size) {
        char byte = peek(reader, 0);
        if (byte == '#') {
            skip_to_line_end(reader);
        } else if (byte == '\n') {
            reader->at++;
            end_line(reader);
            begin_python_line(reader);
        } else if (is_blank(byte)) {
            reader->at++;
            reader->gap = true;
        } else if (byte == '"' || byte == '\'') {
            if (!keep_python_string(reader))
                return false;
        } else {
            count_bracket(reader, byte);
            keep(reader, byte == '\\' && peek(reader, 1) != '\n' ? 2 : word_size(reader));
            if (reader->depth < 0)
                return false;
        }
    }
    end_line(reader);
    return reader->depth == 0;
}

/* Quoted, with the closing mark doubled inside. */
static bool keep_sql_quoted(struct reader *reader, char close)
{
    for (size_t end = reader->at + 1; end < reader->size; end++) {
        if (reader->text[end] == '\\' && end + 1 < reader->size && reader->text[end + 1] == close)
            return false; /* ends here or not, by dialect */
        if (reader->text[end] != close)
            continue;
        if (end + 1 < reader->size && reader->text[end + 1] == close && close != ']') {
            end++;
            continue;
        }
        keep(reader, end + 1 - reader->at);
        return true;
    }
    return false;
}

static bool is_dollar_quote(const struct reader *reader)
{
    size_t ahead = 1;
    while (is_word(peek(reader, ahead)))
        ahead++;
    return peek(reader, ahead) == '$';
}

static bool skip_sql_comment(struct reader *reader)
{
    for (size_t end = reader->at + 2; end + 1 < reader->size; end++) {
        if (reader->text[end] == '*' && reader->text[end + 1] == '/') {
            reader->at = end + 2;
            reader->gap = true;
            return true;
        }
    }
    return false;
}

static bool read_sql_token(struct reader *reader)
{
    char byte = peek(reader, 0);
    if (byte == '\'' || byte == '"' || byte == '`')
        return keep_sql_quoted(reader, byte);
    if (byte == '[')
        return keep_sql_quoted(reader, ']');
    if (byte == '$' && is_dollar_quote(reader))
        return false;
    keep(reader, word_size(reader));
    return true;
}

static bool read_sql(struct reader *reader)
{
    bool line_begins = true;
    while (reader->at < reader->size) {
        char byte = peek(reader, 0);
        if (byte == '\n') {
            reader->at++;
            reader->gap = line_begins = true;
        } else if (is_blank(byte)) {
            reader->at++;
            reader->gap = true;
        } else if (line_begins && (byte == '%' || byte == '.' || byte == '!')) {
            /* a magic or a directive ends with its line */
            end_line(reader);
            keep_line(reader);
            end_line(reader);
        } else if (starts(reader, "--")) {
            skip_to_line_end(reader);
            reader->gap = true;
        } else if (starts(reader, "/*")) {
            if (!skip_sql_comment(reader))
                return false;
        } else {
            line_begins = false;
            if (!read_sql_token(reader))
                return false;
        }
    }
    end_line(reader);
    return true;
}

/* What a simple reader can't follow in these languages: raw strings, code inside strings, documents
 * in the text, nested comments. */
static bool is_too_hard(const struct reader *reader, enum family family)
{
    char before = reader->at > 0 ? reader->text[reader->at - 1] : '\n';
    switch (family) {
    case FAMILY_R:
        return (starts(reader, "r\"") || starts(reader, "R\"") || starts(reader, "r'") ||
                starts(reader, "R'")) &&
               !is_word(before);
    case FAMILY_JULIA:
        return starts(reader, "#=") || starts(reader, "$(") || peek(reader, 0) == '`' ||
               (peek(reader, 0) == '"' && is_word(before));
    case FAMILY_SHELL:
        return starts(reader, "<<") || starts(reader, "$'") || starts(reader, "$(") ||
               starts(reader, "${") || peek(reader, 0) == '`';
    default:
        return false;
    }
}

static bool is_comment(const struct reader *reader, enum family family)
{
    char before = reader->at > 0 ? reader->text[reader->at - 1] : '\n';
    if (peek(reader, 0) != '#')
        return false;
    return family != FAMILY_SHELL || is_blank(before) || before == '\n' || before == ';';
}

static bool is_quote(const struct reader *reader, enum family family)
{
    char byte = peek(reader, 0);
    char before = reader->at > 0 ? reader->text[reader->at - 1] : '\n';
    if (byte == '\'' && family == FAMILY_JULIA) /* after a value it means: transposed */
        return !is_word(before) && before != ')' && before != ']' && before != '\'' &&
               before != '.' && before != '}';
    return byte == '"' || byte == '\'' || (byte == '`' && family == FAMILY_R);
}

static bool keep_hash_string(struct reader *reader, enum family family)
{
    char quote[2] = {peek(reader, 0), '\0'};
    size_t begin = reader->at;
    if (family == FAMILY_SHELL && quote[0] == '\'') {
        const char *end = memchr(reader->text + begin + 1, '\'', reader->size - begin - 1);
        if (end != NULL)
            keep(reader, (size_t)(end - reader->text) + 1 - begin);
        return end != NULL;
    }
    if (family == FAMILY_JULIA && starts(reader, "\"\"\"")) {
        if (!keep_quoted(reader, "\"\"\"", true))
            return false;
    } else if (!keep_quoted(reader, quote, true)) {
        return false;
    }
    struct reader inside = *reader;
    for (inside.at = begin; inside.at < reader->at; inside.at++) {
        if (family != FAMILY_R && (starts(&inside, "$(") || starts(&inside, "${")))
            return false;
    }
    return family != FAMILY_SHELL || memchr(reader->text + begin, '`', reader->at - begin) == NULL;
}

/* Languages with comments from # to the end of the line and no meaning of indentation. */
static bool read_hash(struct reader *reader, enum family family)
{
    while (reader->at < reader->size) {
        char byte = peek(reader, 0);
        if (is_too_hard(reader, family))
            return false;
        if (is_comment(reader, family)) {
            skip_to_line_end(reader);
        } else if (byte == '\n') {
            reader->at++;
            end_line(reader);
        } else if (is_blank(byte)) {
            reader->at++;
            reader->gap = true;
        } else if (is_quote(reader, family)) {
            if (!keep_hash_string(reader, family))
                return false;
        } else if (byte == '\\') {
            if (peek(reader, 1) == '\n')
                return false;
            keep(reader, 2);
        } else {
            keep(reader, 1);
        }
    }
    end_line(reader);
    return true;
}

static void trim(struct reader *reader)
{
    size_t content_end = reader->start;
    while (reader->at < reader->size) {
        keep_line(reader);
        size_t end = reader->form->size;
        while (end > reader->line_start && is_blank(reader->form->text[end - 1]))
            end--;
        strbuf_truncate(reader->form, end);
        if (end > reader->line_start)
            content_end = end;
        reader->at++;
        if (content_end > reader->start) /* empty lines before the first one go */
            strbuf_add_char(reader->form, '\n');
        reader->line_start = reader->form->size;
    }
    strbuf_truncate(reader->form, content_end);
    if (content_end > reader->start)
        strbuf_add_char(reader->form, '\n');
}

void normal_form(enum notebook_cell_type type, const char *language, const char *text, size_t size,
                 struct strbuf *ret_form)
{
    enum family family = type == NOTEBOOK_CODE ? family_of(language) : FAMILY_NONE;
    size_t start = ret_form->size;
    struct reader reader = {
        .text = text, .size = size, .form = ret_form, .start = start, .line_start = start};
    struct reader again = reader;
    bool done = family == FAMILY_PYTHON ? read_python(&reader)
                : family == FAMILY_SQL  ? read_sql(&reader)
                                        : family != FAMILY_NONE && read_hash(&reader, family);
    if (!done) {
        if (ret_form->size > start)
            strbuf_truncate(ret_form, start);
        trim(&again);
    }
}

void normal_form_hash(enum notebook_cell_type type, const char *language, const char *text,
                      size_t size, char ret_hash[SHA256_HEX_SIZE])
{
    AUTO_STRBUF form = STRBUF_INIT;
    normal_form(type, language, text, size, &form);
    sha256_hex(strbuf_text(&form), form.size, ret_hash);
}
