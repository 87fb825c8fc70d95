/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_options: what stands behind the %% of a cell's marker: a title, [markdown] or [raw], and
 * metadata as key=JSON.
 */
#define _GNU_SOURCE /* memmem */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/script/percent_private.h"

/* Levels of Spyder's sub cells: %%%, %%%% … */
#define MOST_DEPTH 9

/* --- JSON as Python writes it ----------------------------------------------------------------- */

static void add_unit(struct strbuf *buffer, unsigned unit)
{
    strbuf_addf(buffer, "\\u%04x", unit);
}

/* The string's canonical text with everything beyond ASCII escaped, as pairs of surrogates where
 * needed; what is in it already as an escape stays. */
static void add_ascii(const struct strbuf *canonical, struct strbuf *buffer)
{
    const unsigned char *at = (const unsigned char *)strbuf_text(canonical);
    const unsigned char *end = at + canonical->size;
    while (at < end) {
        unsigned length = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
        uint32_t point = length == 1 ? *at : *at & (0xffU >> (length + 1));
        if (length > (size_t)(end - at))
            return;
        for (unsigned i = 1; i < length; i++)
            point = point << 6 | (at[i] & 0x3fU);
        at += length;
        if (point >= 0x10000) {
            add_unit(buffer, 0xd800 + (unsigned)((point - 0x10000) >> 10));
            add_unit(buffer, 0xdc00 + (unsigned)((point - 0x10000) & 0x3ff));
        } else if (point >= 0x7f) {
            add_unit(buffer, point);
        } else {
            strbuf_add_char(buffer, (char)point);
        }
    }
}

static void add_scalar(const struct raw_json *json, raw_ref value, bool ascii,
                       struct strbuf *buffer)
{
    AUTO_STRBUF canonical = STRBUF_INIT;
    raw_json_write_scalar(json, value, &canonical);
    if (ascii)
        add_ascii(&canonical, buffer);
    else
        strbuf_add(buffer, strbuf_text(&canonical), canonical.size);
}

struct open_values {
    raw_ref *refs;
    size_t count, capacity;
};

static void open_value(struct open_values *open, raw_ref value)
{
    if (open->count == open->capacity) {
        open->capacity = open->capacity ? open->capacity * 2 : 16;
        open->refs = xreallocarray(open->refs, open->capacity, sizeof(*open->refs));
    }
    open->refs[open->count++] = value;
}

/* Writes the value, or only the bracket that opens it when there is something in it; true then. */
static bool begin_value(const struct raw_json *json, raw_ref value, bool ascii,
                        struct strbuf *buffer)
{
    enum raw_kind kind = raw_json_kind(json, value);
    raw_ref key = raw_json_key(json, value);
    if (key) {
        add_scalar(json, key, ascii, buffer);
        strbuf_add_text(buffer, ": ");
    }
    if (kind != RAW_ARRAY && kind != RAW_OBJECT) {
        add_scalar(json, value, ascii, buffer);
        return false;
    }
    bool has_any = raw_json_first(json, value) != 0;
    if (has_any)
        strbuf_add_char(buffer, kind == RAW_ARRAY ? '[' : '{');
    else
        strbuf_add_text(buffer, kind == RAW_ARRAY ? "[]" : "{}");
    return has_any;
}

void percent_json_write(const struct raw_json *json, raw_ref value, bool ascii,
                        struct strbuf *buffer)
{
    struct open_values open = {NULL, 0, 0};
    raw_ref next = value;
    enum raw_kind kind = raw_json_kind(json, value);
    if (kind != RAW_ARRAY && kind != RAW_OBJECT) {
        add_scalar(json, value, ascii, buffer);
        return;
    }
    if (raw_json_first(json, value)) {
        strbuf_add_char(buffer, kind == RAW_ARRAY ? '[' : '{');
        open_value(&open, value);
        next = raw_json_first(json, value);
    } else {
        strbuf_add_text(buffer, kind == RAW_ARRAY ? "[]" : "{}");
    }
    while (open.count > 0) {
        if (begin_value(json, next, ascii, buffer)) {
            open_value(&open, next);
            next = raw_json_first(json, next);
            continue;
        }
        raw_ref after = raw_json_next(json, next);
        while (!after && open.count > 0) {
            raw_ref closed = open.refs[--open.count];
            strbuf_add_char(buffer, raw_json_kind(json, closed) == RAW_ARRAY ? ']' : '}');
            after = open.count > 0 ? raw_json_next(json, closed) : 0;
        }
        if (after)
            strbuf_add_text(buffer, ", ");
        next = after;
    }
    free(open.refs);
}

bool percent_json_is_same(const struct raw_json *json, raw_ref value, const struct raw_json *other,
                          raw_ref other_value)
{
    AUTO_STRBUF first = STRBUF_INIT;
    AUTO_STRBUF second = STRBUF_INIT;
    raw_json_write(json, value, 0, &first);
    raw_json_write(other, other_value, 0, &second);
    return first.size == second.size &&
           memcmp(strbuf_text(&first), strbuf_text(&second), first.size) == 0;
}

/* --- which metadata a script has -------------------------------------------------------------- */

/* What belongs to a notebook file alone, and jupytext's own notes about blank lines; `language`
 * and `cell_type` would be taken for something else. */
static const char *const hidden_keys[] = {
    "autoscroll",
    "collapsed",
    "scrolled",
    "trusted",
    "execution",
    "ExecuteTime",
    "skipline",
    "noskipline",
    "cell_marker",
    "lines_to_next_cell",
    "lines_to_end_of_cell_marker",
    "language",
    "cell_type",
    "magic_args",
};

static bool key_is_valid(const char *key, size_t size)
{
    static const char *const characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@/-";
    return size > 0 && strspn(key, characters) == size;
}

bool percent_options_has(const struct raw_json *json, raw_ref member)
{
    size_t size;
    AUTO_FREE char *key = raw_json_text(json, raw_json_key(json, member), &size);
    if (!key || !key_is_valid(key, size))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(hidden_keys); i++) {
        if (strcmp(key, hidden_keys[i]) == 0)
            return false;
    }
    bool is_empty_tags = strcmp(key, "tags") == 0 && raw_json_kind(json, member) == RAW_ARRAY &&
                         !raw_json_first(json, member);
    return !is_empty_tags;
}

bool percent_options_fit(const struct raw_json *json, raw_ref object)
{
    size_t count = 0;
    for (raw_ref member = raw_json_first(json, object); member && count <= PERCENT_MOST_MEMBERS;
         member = raw_json_next(json, member))
        count++;
    return count <= PERCENT_MOST_MEMBERS;
}

/* Whether `name` is one of the parts of the text that the separators divide. */
static bool has_part(const char *text, const char *separators, const char *name)
{
    for (;;) {
        size_t size = strcspn(text, separators);
        if (size == strlen(name) && memcmp(text, name, size) == 0)
            return true;
        if (!text[size])
            return false;
        text += size + 1;
    }
}

bool percent_options_active(const struct raw_json *json, raw_ref metadata, const char *extension,
                            bool otherwise)
{
    raw_ref control = raw_json_member(json, metadata, "run_control");
    raw_ref tags = raw_json_member(json, metadata, "tags");
    if (raw_json_kind(json, control) == RAW_OBJECT &&
        raw_json_kind(json, raw_json_member(json, control, "frozen")) == RAW_TRUE)
        return strcmp(extension, "ipynb") == 0;
    if (raw_json_kind(json, tags) == RAW_ARRAY) {
        for (raw_ref tag = raw_json_first(json, tags); tag; tag = raw_json_next(json, tag)) {
            AUTO_FREE char *text = raw_json_text(json, tag, NULL);
            if (text && strncmp(text, "active-", strlen("active-")) == 0)
                return has_part(text, "-", extension);
        }
    }
    AUTO_FREE char *active = raw_json_text(json, raw_json_member(json, metadata, "active"), NULL);
    return active ? has_part(active, ".,", extension) : otherwise;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool is_plain_end(char c)
{
    return c > ' ' && c < 0x7f;
}

/* Whether a title can stand there bare and is read as the same. */
static bool title_is_plain(const char *title, size_t size)
{
    if (size == 0 || title[0] == '%' || !is_plain_end(title[0]) || !is_plain_end(title[size - 1]))
        return false;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)title[i] < ' ' || title[i] == 0x7f || strchr("={[", title[i]))
            return false;
        if (title[i] == '.' && (i == 0 || title[i - 1] == ' '))
            return false; /* an attribute */
    }
    return true;
}

static void add_word(struct strbuf *buffer, const char *text, size_t size)
{
    strbuf_add_char(buffer, ' ');
    strbuf_add(buffer, text, size);
}

void percent_options_write(const struct raw_json *json, raw_ref metadata,
                           enum notebook_cell_type type, struct strbuf *ret_options)
{
    int64_t depth = 0;
    size_t title_size = 0;
    raw_ref depth_member = raw_json_member(json, metadata, "cell_depth");
    raw_ref title_member = raw_json_member(json, metadata, "title");
    AUTO_FREE char *title = raw_json_text(json, title_member, &title_size);
    bool has_depth =
        raw_json_integer(json, depth_member, &depth) && depth > 0 && depth <= MOST_DEPTH;
    bool has_title = title && title_is_plain(title, title_size);
    if (has_depth)
        strbuf_add_repeated(ret_options, '%', (size_t)depth);
    if (has_title)
        add_word(ret_options, title, title_size);
    if (type == NOTEBOOK_MARKDOWN)
        strbuf_add_text(ret_options, " [markdown]");
    else if (type == NOTEBOOK_RAW)
        strbuf_add_text(ret_options, " [raw]");
    /* Percents alone are no marker; a blank behind them makes them one. */
    size_t before = ret_options->size;
    for (raw_ref member = raw_json_first(json, metadata); member;
         member = raw_json_next(json, member)) {
        AUTO_FREE char *key = raw_json_text(json, raw_json_key(json, member), NULL);
        if ((has_depth && member == depth_member) || (has_title && member == title_member) ||
            raw_json_member(json, metadata, key) != member)
            continue;
        strbuf_addf(ret_options, " %s=", key);
        percent_json_write(json, member, true, ret_options);
    }
    if (has_depth && !has_title && type == NOTEBOOK_CODE && ret_options->size == before)
        strbuf_add_char(ret_options, ' ');
}

/* --- parsing ---------------------------------------------------------------------------------- */

struct scanner {
    struct raw_json *json;
    raw_ref metadata;
    const char *text;
    size_t at, size;
};

static bool is_blank_at(const struct scanner *scanner, size_t at)
{
    return strchr(" \t\r\f\v", scanner->text[at]) && scanner->text[at];
}

/* The end of the value that begins at `at`: at the first blank outside of strings and brackets. */
static size_t value_end(const struct scanner *scanner, size_t at)
{
    size_t depth = 0;
    char quote = 0;
    for (; at < scanner->size; at++) {
        char c = scanner->text[at];
        if (quote) {
            if (c == '\\' && at + 1 < scanner->size)
                at++;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '[' || c == '{' || c == '(') {
            depth++;
        } else if ((c == ']' || c == '}' || c == ')') && depth > 0) {
            depth--;
        } else if (depth == 0 && is_blank_at(scanner, at)) {
            return at;
        }
    }
    return at;
}

/* A value as JSON, or what Python writes for it. 0 when it is neither. */
static raw_ref parse_value(struct scanner *scanner, const char *text, size_t size)
{
    static const struct {
        const char *python, *json;
    } words[] = {{"True", "true"}, {"False", "false"}, {"None", "null"}};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (size == strlen(words[i].python) && memcmp(text, words[i].python, size) == 0) {
            text = words[i].json;
            size = strlen(text);
        }
    }
    struct raw_json *parsed = raw_json_parse(text, size, NULL);
    bool is_good = parsed && !raw_json_is_steep(parsed);
    raw_ref value = is_good ? raw_json_copy(scanner->json, parsed, raw_json_root(parsed)) : 0;
    raw_json_free(parsed);
    if (value)
        return value;
    bool is_quoted = size >= 2 && text[0] == '\'' && text[size - 1] == '\'' &&
                     !memchr(text, '\\', size) && !memchr(text + 1, '\'', size - 2);
    return is_quoted ? raw_json_new_string(scanner->json, text + 1, size - 2) : 0;
}

static void add_unreadable(struct scanner *scanner, size_t from)
{
    raw_json_set(scanner->json, scanner->metadata, "incorrectly_encoded_metadata",
                 raw_json_new_string(scanner->json, scanner->text + from, scanner->size - from));
}

/* One `key=value`, or a key alone, which is null. False at something else. */
static bool parse_member(struct scanner *scanner)
{
    size_t start = scanner->at;
    while (scanner->at < scanner->size && !is_blank_at(scanner, scanner->at) &&
           scanner->text[scanner->at] != '=')
        scanner->at++;
    AUTO_FREE char *key = xstrndup(scanner->text + start, scanner->at - start);
    if (!key_is_valid(key, scanner->at - start))
        return false;
    if (scanner->at == scanner->size || scanner->text[scanner->at] != '=') {
        raw_json_set(scanner->json, scanner->metadata, key, raw_json_new_null(scanner->json));
        return true;
    }
    size_t from = scanner->at + 1;
    size_t end = value_end(scanner, from);
    raw_ref value = parse_value(scanner, scanner->text + from, end - from);
    if (!value)
        return false;
    raw_json_set(scanner->json, scanner->metadata, key, value);
    scanner->at = end;
    return true;
}

static void parse_members(struct scanner *scanner)
{
    for (size_t count = 0;; count++) {
        while (scanner->at < scanner->size && is_blank_at(scanner, scanner->at))
            scanner->at++;
        size_t start = scanner->at;
        if (start == scanner->size)
            return;
        if (count == PERCENT_MOST_MEMBERS || !parse_member(scanner)) {
            add_unreadable(scanner, start);
            return;
        }
    }
}

/* Where the title ends: before the word of the first =, and before words that begin with a dot. */
static size_t title_end(const struct scanner *scanner)
{
    const char *equals = memchr(scanner->text, '=', scanner->size);
    size_t end = equals ? (size_t)(equals - scanner->text) : scanner->size;
    if (equals) {
        while (end > 0 && is_blank_at(scanner, end - 1))
            end--;
        while (end > 0 && !is_blank_at(scanner, end - 1))
            end--;
    }
    for (;;) {
        while (end > 0 && is_blank_at(scanner, end - 1))
            end--;
        size_t word = end;
        while (word > 0 && !is_blank_at(scanner, word - 1))
            word--;
        if (word == end || scanner->text[word] != '.')
            return end;
        end = word;
    }
}

/* Takes `[type]` out of the title. */
static bool take_type(struct strbuf *title, const char *mark)
{
    const char *found = title->size ? memmem(title->text, title->size, mark, strlen(mark)) : NULL;
    if (!found)
        return false;
    size_t at = (size_t)(found - title->text), end = at + strlen(mark);
    memmove(title->text + at, title->text + end, title->size - end);
    strbuf_truncate(title, title->size - strlen(mark));
    return true;
}

static void parse_title(struct scanner *scanner, size_t end, enum notebook_cell_type *ret_type)
{
    AUTO_STRBUF title = STRBUF_INIT;
    strbuf_add(&title, scanner->text, end);
    bool is_short = false;
    if (take_type(&title, "[markdown]"))
        *ret_type = NOTEBOOK_MARKDOWN;
    else if (take_type(&title, "[raw]"))
        *ret_type = NOTEBOOK_RAW;
    else if ((is_short = take_type(&title, "[md]")))
        *ret_type = NOTEBOOK_MARKDOWN;
    if (is_short)
        raw_json_set(scanner->json, scanner->metadata, "region_name",
                     raw_json_new_string(scanner->json, "md", 2));
    const char *start = strbuf_text(&title);
    size_t depth = strspn(start, "%");
    if (depth > 0)
        raw_json_set(scanner->json, scanner->metadata, "cell_depth",
                     raw_json_new_integer(scanner->json, (int64_t)depth));
    size_t from = depth, to = title.size;
    while (from < to && strchr(" \t\r\f\v", start[from]))
        from++;
    while (to > from && strchr(" \t\r\f\v", start[to - 1]))
        to--;
    if (to > from)
        raw_json_set(scanner->json, scanner->metadata, "title",
                     raw_json_new_string(scanner->json, start + from, to - from));
}

/* `{"key": value}` instead of key=value. */
static bool parse_object(struct scanner *scanner)
{
    size_t from = scanner->at;
    raw_ref value = parse_value(scanner, scanner->text + from, scanner->size - from);
    if (!value || raw_json_kind(scanner->json, value) != RAW_OBJECT ||
        !percent_options_fit(scanner->json, value)) {
        add_unreadable(scanner, from);
        return false;
    }
    scanner->metadata = value;
    return true;
}

/* `cell_type="markdown"`, as an older version of the format has it. */
static void take_type_member(struct scanner *scanner, enum notebook_cell_type *ret_type)
{
    raw_ref member = raw_json_member(scanner->json, scanner->metadata, "cell_type");
    AUTO_FREE char *word = member ? raw_json_text(scanner->json, member, NULL) : NULL;
    if (word && notebook_cell_type_from_word(word, ret_type) && *ret_type == NOTEBOOK_OTHER)
        *ret_type = NOTEBOOK_CODE;
    if (member)
        raw_json_remove(scanner->json, scanner->metadata, "cell_type");
}

raw_ref percent_options_parse(struct raw_json *json, struct percent_line options,
                              enum notebook_cell_type *ret_type)
{
    struct scanner scanner = {json, raw_json_new_object(json), options.text, 0, options.size};
    *ret_type = NOTEBOOK_CODE;
    while (scanner.size > 0 && is_blank_at(&scanner, scanner.size - 1))
        scanner.size--;
    while (scanner.size > 0 && is_blank_at(&scanner, 0)) {
        scanner.text++;
        scanner.size--;
    }
    const char *brace = scanner.size ? memchr(scanner.text, '{', scanner.size) : NULL;
    const char *equals = scanner.size ? memchr(scanner.text, '=', scanner.size) : NULL;
    bool is_object = brace && (!equals || brace < equals);
    size_t end = is_object          ? (size_t)(brace - scanner.text)
                 : scanner.size > 0 ? title_end(&scanner)
                                    : 0;
    scanner.at = end;
    if (is_object)
        (void)parse_object(&scanner);
    else
        parse_members(&scanner);
    take_type_member(&scanner, ret_type);
    parse_title(&scanner, end, ret_type);
    return scanner.metadata;
}
