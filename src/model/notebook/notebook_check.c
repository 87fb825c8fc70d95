/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_check: what nbformat's schema has against a notebook. The one idea: each object of the
 * schema is one table of its members, with what each must be and whether it must be there.
 *
 * As nbformat validates, so it is done here: after reading, so transient metadata is gone (N-24)
 * and missing and repeated ids have been mended (N-41); minors above 5 with open objects and
 * unknown types of cells and outputs; and of its two schema engines the milder one decides.
 */
#include "model/notebook/notebook_check.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "model/notebook/notebook_private.h"

#define SHOWN_COLUMNS 40

/* --- faults ----------------------------------------------------------------------------------- */

/* Where a value stands; lives on the stack of whoever looks at it. */
struct place {
    const struct place *parent;           /* NULL: the root */
    const struct notebook_member *member; /* NULL = item number `index` */
    size_t index;
};

struct check {
    const struct raw_json *json;
    int major, minor;
    bool is_open; /* of a minor that nbformat doesn't know */
    size_t faults;
    const char *first_at; /* in the text, of the first fault so far */
    char *first;
};

static void add_place(struct strbuf *line, const struct place *place)
{
    const struct place *chain[12];
    size_t count = 0;
    for (; place && place->parent && count < ARRAY_SIZE(chain); place = place->parent)
        chain[count++] = place;
    for (size_t i = count; i-- > 0;) {
        if (!chain[i]->member) {
            strbuf_addf(line, "[%zu]", chain[i]->index);
            continue;
        }
        if (line->size > 0)
            strbuf_add_char(line, '.');
        utf8_add_line(line, chain[i]->member->key, chain[i]->member->key_size, SHOWN_COLUMNS);
    }
    if (count == 0)
        strbuf_add_text(line, "notebook");
}

/* Notes one fault of the value that stands at `place`; the name, when there is one, goes into
 * `what` for its %s. */
static void fault(struct check *check, raw_ref value, const struct place *place, const char *what,
                  const char *name, size_t name_size)
{
    size_t size;
    const char *at = raw_json_bytes(check->json, value, &size);
    check->faults++;
    if (check->first && at >= check->first_at)
        return;
    AUTO_STRBUF line = STRBUF_INIT;
    add_place(&line, place);
    strbuf_addf(&line, ": %s", what);
    if (name) {
        strbuf_add_char(&line, ' ');
        utf8_add_line(&line, name, name_size, SHOWN_COLUMNS);
    }
    free(check->first);
    check->first = strbuf_take(&line);
    check->first_at = at;
}

/* The same without a name, of a value that is there. */
static void fault_of(struct check *check, raw_ref value, const struct place *place,
                     const char *what)
{
    fault(check, value, place, what, NULL, 0);
}

/* --- tables ----------------------------------------------------------------------------------- */

/* What a value must be. */
enum shape {
    ANY,
    STRING,
    BOOLEAN,
    ARRAY,
    TEXT,    /* string or list of strings */
    STRINGS, /* list of strings */
    COUNT,   /* integer from 0 on */
    COUNT_OR_NULL,
    POSITIVE, /* integer from 1 on */
    SCROLLED, /* true, false, "auto" */
    NAME,     /* string of one line that is not empty */
    TAGS,     /* unique strings without comma */
    CELL_ID,
    MODE,        /* string or object */
    TIMES,       /* object of strings */
    BUNDLE,      /* object of MIME types */
    ATTACHMENTS, /* object of bundles */
    CELLS,
    OUTPUTS,
    SHEETS,
    OBJECT,
    /* Objects with a form of their own */
    METADATA,
    KERNELSPEC,
    LANGUAGE,
    V3_METADATA,
    KERNEL_INFO,
    RAW_METADATA,
    TEXT_METADATA,
    CODE_METADATA,
    OTHER_METADATA, /* of cells of unknown type */
};

/* Whether a member must be there; or the minor from which on it is looked at. */
enum demand { NEEDED = -1, OPTIONAL = 0, SINCE_4_2 = 2, SINCE_4_3, SINCE_4_4, SINCE_4_5 };

struct rule {
    const char *key;
    enum shape shape;
    enum demand demand;
};

/* Members that no rule names. */
enum others { OTHERS_ALLOWED, OTHERS_REFUSED, OTHERS_MIME, OTHERS_MIME_AT_END };

#define MOST_RULES 15

struct form {
    enum others others;
    struct rule rules[MOST_RULES];
};

/* A kind of cell or output: the word that its type member has. The last one, without a word, is all
 * others. */
struct kind {
    const char *word;
    const struct form *form;
};

/* --- the schema of both ----------------------------------------------------------------------- */

/* A line for each member. */
/* clang-format off */

static const struct form open_form = {OTHERS_ALLOWED, {
    {NULL, ANY, OPTIONAL},
}};

static const struct form raw_metadata = {OTHERS_ALLOWED, {
    {"format", STRING, OPTIONAL},
    {"name", NAME, OPTIONAL},
    {"tags", TAGS, OPTIONAL},
    {"jupyter", OBJECT, SINCE_4_3},
}};

static const struct form text_metadata = {OTHERS_ALLOWED, {
    {"name", NAME, OPTIONAL},
    {"tags", TAGS, OPTIONAL},
    {"jupyter", OBJECT, SINCE_4_3},
}};

/* --- 4.x -------------------------------------------------------------------------------------- */

static const struct form v4_root = {OTHERS_REFUSED, {
    {"cells", CELLS, NEEDED},
    {"metadata", METADATA, NEEDED},
    {"nbformat", ANY, NEEDED},
    {"nbformat_minor", COUNT, NEEDED},
}};

static const struct form v4_metadata = {OTHERS_ALLOWED, {
    {"kernelspec", KERNELSPEC, OPTIONAL},
    {"language_info", LANGUAGE, OPTIONAL},
    {"title", STRING, SINCE_4_2},
    {"authors", ARRAY, SINCE_4_2},
}};

static const struct form v4_kernelspec = {OTHERS_ALLOWED, {
    {"name", STRING, NEEDED},
    {"display_name", STRING, NEEDED},
}};

static const struct form v4_language = {OTHERS_ALLOWED, {
    {"name", STRING, NEEDED},
    {"codemirror_mode", MODE, OPTIONAL},
    {"file_extension", STRING, OPTIONAL},
    {"mimetype", STRING, OPTIONAL},
    {"pygments_lexer", STRING, OPTIONAL},
}};

static const struct form v4_code_metadata = {OTHERS_ALLOWED, {
    {"collapsed", BOOLEAN, OPTIONAL},
    {"scrolled", SCROLLED, OPTIONAL},
    {"name", NAME, OPTIONAL},
    {"tags", TAGS, OPTIONAL},
    {"jupyter", OBJECT, SINCE_4_3},
    {"execution", TIMES, SINCE_4_4},
}};

static const struct form v4_other_metadata = {OTHERS_ALLOWED, {
    {"name", NAME, OPTIONAL},
    {"tags", TAGS, OPTIONAL},
}};

static const struct form v4_code = {OTHERS_REFUSED, {
    {"cell_type", ANY, NEEDED},
    {"execution_count", COUNT_OR_NULL, NEEDED},
    {"id", CELL_ID, SINCE_4_5},
    {"metadata", CODE_METADATA, NEEDED},
    {"outputs", OUTPUTS, NEEDED},
    {"source", TEXT, NEEDED},
}};

static const struct form v4_markdown = {OTHERS_REFUSED, {
    {"attachments", ATTACHMENTS, OPTIONAL},
    {"cell_type", ANY, NEEDED},
    {"id", CELL_ID, SINCE_4_5},
    {"metadata", TEXT_METADATA, NEEDED},
    {"source", TEXT, NEEDED},
}};

static const struct form v4_raw = {OTHERS_REFUSED, {
    {"attachments", ATTACHMENTS, OPTIONAL},
    {"cell_type", ANY, NEEDED},
    {"id", CELL_ID, SINCE_4_5},
    {"metadata", RAW_METADATA, NEEDED},
    {"source", TEXT, NEEDED},
}};

static const struct form v4_other_cell = {OTHERS_ALLOWED, {
    {"cell_type", ANY, NEEDED},
    {"metadata", OTHER_METADATA, NEEDED},
}};

static const struct form v4_stream = {OTHERS_REFUSED, {
    {"name", STRING, NEEDED},
    {"output_type", ANY, NEEDED},
    {"text", TEXT, NEEDED},
}};

static const struct form v4_result = {OTHERS_REFUSED, {
    {"data", BUNDLE, NEEDED},
    {"execution_count", COUNT_OR_NULL, NEEDED},
    {"metadata", OBJECT, NEEDED},
    {"output_type", ANY, NEEDED},
}};

static const struct form v4_display = {OTHERS_REFUSED, {
    {"data", BUNDLE, NEEDED},
    {"metadata", OBJECT, NEEDED},
    {"output_type", ANY, NEEDED},
}};

/* Also what 3.x calls pyerr. */
static const struct form error_form = {OTHERS_REFUSED, {
    {"ename", STRING, NEEDED},
    {"evalue", STRING, NEEDED},
    {"output_type", ANY, NEEDED},
    {"traceback", STRINGS, NEEDED},
}};

static const struct kind v4_cells[] = {
    {"code", &v4_code},
    {"markdown", &v4_markdown},
    {"raw", &v4_raw},
    {NULL, &v4_other_cell},
};

static const struct kind v4_outputs[] = {
    {"stream", &v4_stream},
    {"execute_result", &v4_result},
    {"display_data", &v4_display},
    {"error", &error_form},
    {NULL, &open_form},
};

/* --- 3.x -------------------------------------------------------------------------------------- */

static const struct form v3_root = {OTHERS_REFUSED, {
    {"metadata", V3_METADATA, NEEDED},
    {"nbformat", ANY, NEEDED},
    {"nbformat_minor", COUNT, NEEDED},
    {"worksheets", SHEETS, NEEDED},
    {"orig_nbformat", POSITIVE, OPTIONAL},
    {"orig_nbformat_minor", COUNT, OPTIONAL},
}};

static const struct form v3_metadata = {OTHERS_ALLOWED, {
    {"kernel_info", KERNEL_INFO, OPTIONAL},
    {"signature", STRING, OPTIONAL},
}};

static const struct form v3_kernel_info = {OTHERS_ALLOWED, {
    {"name", STRING, NEEDED},
    {"language", STRING, NEEDED},
    {"codemirror_mode", STRING, OPTIONAL},
}};

static const struct form v3_sheet = {OTHERS_REFUSED, {
    {"cells", CELLS, NEEDED},
    {"metadata", OBJECT, OPTIONAL},
}};

static const struct form v3_code = {OTHERS_REFUSED, {
    {"cell_type", ANY, NEEDED},
    {"language", STRING, NEEDED},
    {"collapsed", BOOLEAN, OPTIONAL},
    {"metadata", OBJECT, OPTIONAL},
    {"input", TEXT, NEEDED},
    {"outputs", OUTPUTS, NEEDED},
    {"prompt_number", COUNT_OR_NULL, OPTIONAL},
}};

static const struct form v3_text = {OTHERS_REFUSED, {
    {"cell_type", ANY, NEEDED},
    {"metadata", TEXT_METADATA, OPTIONAL},
    {"source", TEXT, NEEDED},
}};

static const struct form v3_raw = {OTHERS_REFUSED, {
    {"cell_type", ANY, NEEDED},
    {"metadata", RAW_METADATA, OPTIONAL},
    {"source", TEXT, NEEDED},
}};

static const struct form v3_heading = {OTHERS_REFUSED, {
    {"cell_type", ANY, NEEDED},
    {"metadata", OBJECT, OPTIONAL},
    {"source", TEXT, NEEDED},
    {"level", POSITIVE, NEEDED},
}};

#define V3_MIMES                                                                                   \
    {"text", TEXT, OPTIONAL}, {"latex", TEXT, OPTIONAL}, {"png", TEXT, OPTIONAL},                  \
    {"jpeg", TEXT, OPTIONAL}, {"svg", TEXT, OPTIONAL}, {"html", TEXT, OPTIONAL},                   \
    {"javascript", TEXT, OPTIONAL}, {"json", TEXT, OPTIONAL}, {"pdf", TEXT, OPTIONAL}

static const struct form v3_result = {OTHERS_MIME, {
    {"output_type", ANY, NEEDED},
    {"prompt_number", COUNT, NEEDED},
    V3_MIMES,
    {"metadata", OBJECT, OPTIONAL},
}};

static const struct form v3_display = {OTHERS_MIME_AT_END, {
    {"output_type", ANY, NEEDED},
    V3_MIMES,
    {"metadata", OBJECT, OPTIONAL},
}};

static const struct form v3_stream = {OTHERS_REFUSED, {
    {"output_type", ANY, NEEDED},
    {"stream", STRING, NEEDED},
    {"text", TEXT, NEEDED},
}};

static const struct kind v3_cells[] = {
    {"code", &v3_code},
    {"markdown", &v3_text},
    {"html", &v3_text},
    {"raw", &v3_raw},
    {"heading", &v3_heading},
    {NULL, &open_form},
};

static const struct kind v3_outputs[] = {
    {"pyout", &v3_result},
    {"display_data", &v3_display},
    {"stream", &v3_stream},
    {"pyerr", &error_form},
    {NULL, &open_form},
};

/* clang-format on */

/* The forms of the shapes that are objects. */
static const struct form *const shape_forms[] = {
    [OBJECT] = &open_form,
    [METADATA] = &v4_metadata,
    [KERNELSPEC] = &v4_kernelspec,
    [LANGUAGE] = &v4_language,
    [V3_METADATA] = &v3_metadata,
    [KERNEL_INFO] = &v3_kernel_info,
    [RAW_METADATA] = &raw_metadata,
    [TEXT_METADATA] = &text_metadata,
    [CODE_METADATA] = &v4_code_metadata,
    [OTHER_METADATA] = &v4_other_metadata,
};

/* --- scalars ---------------------------------------------------------------------------------- */

/* An integer, as Python reads it (1.0 is none), that is not below the least one, 0 or 1. */
static bool is_whole(const struct raw_json *json, raw_ref value, int64_t least)
{
    int64_t number;
    if (raw_json_integer(json, value, &number))
        return number >= least;
    if (raw_json_kind(json, value) != RAW_NUMBER)
        return false;
    AUTO_STRBUF text = STRBUF_INIT; /* more digits than int64_t has, or a real number */
    raw_json_write_scalar(json, value, &text);
    return strspn(text.text, "0123456789") == text.size;
}

/* ^.*$ of Python, where $ is also before a line feed at the end. */
static bool is_line(const char *text, size_t size)
{
    if (size > 0 && text[size - 1] == '\n')
        size--;
    return size == 0 || memchr(text, '\n', size) == NULL;
}

/* ^.+$ */
static bool is_name(const char *text, size_t size)
{
    return size > 0 && text[0] != '\n' && is_line(text, size);
}

static bool is_cell_id(const char *text, size_t size)
{
    if (size == 0 || size > 64)
        return false;
    if (text[size - 1] == '\n')
        size--;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return size > 0;
}

static bool is_strings(const struct raw_json *json, raw_ref value)
{
    if (raw_json_kind(json, value) != RAW_ARRAY)
        return false;
    for (raw_ref item = raw_json_first(json, value); item; item = raw_json_next(json, item))
        if (raw_json_kind(json, item) != RAW_STRING)
            return false;
    return true;
}

struct tag {
    char *text;
    size_t size;
};

static int compare_tags(const void *a, const void *b)
{
    const struct tag *left = a, *right = b;
    size_t common = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->text, right->text, common);
    return order ? order : (left->size > right->size) - (left->size < right->size);
}

/* Strings without comma, each once, none empty. */
static bool are_tags(const struct raw_json *json, raw_ref value)
{
    if (!is_strings(json, value))
        return false;
    size_t count = raw_json_count(json, value), i = 0;
    AUTO_FREE struct tag *tags = xcalloc(count + 1, sizeof *tags);
    bool are_good = true;
    for (raw_ref item = raw_json_first(json, value); item; item = raw_json_next(json, item)) {
        struct tag *tag = &tags[i++];
        tag->text = raw_json_text(json, item, &tag->size);
        are_good = are_good && tag->size > 0 && !memchr(tag->text, ',', tag->size);
    }
    qsort(tags, count, sizeof *tags, compare_tags);
    for (i = 1; i < count; i++)
        are_good = are_good && compare_tags(&tags[i - 1], &tags[i]) != 0;
    for (i = 0; i < count; i++)
        free(tags[i].text);
    return are_good;
}

static bool is_text_that(const struct raw_json *json, raw_ref value,
                         bool (*is_good)(const char *text, size_t size))
{
    if (raw_json_kind(json, value) != RAW_STRING)
        return false;
    AUTO_FREE char *owned = NULL;
    size_t size;
    const char *text = notebook_view(json, value, &size, &owned);
    return is_good(text, size);
}

/* What is wrong with a value that is no container with a table; NULL when it is good. */
static const char *scalar_fault(const struct raw_json *json, raw_ref value, enum shape shape)
{
    enum raw_kind kind = raw_json_kind(json, value);
    switch (shape) {
    case STRING:
        return kind == RAW_STRING ? NULL : "is no string";
    case BOOLEAN:
        return kind == RAW_TRUE || kind == RAW_FALSE ? NULL : "is neither true nor false";
    case ARRAY:
        return kind == RAW_ARRAY ? NULL : "is no list";
    case TEXT:
        return kind == RAW_STRING || is_strings(json, value) ? NULL
                                                             : "is no string or list of strings";
    case STRINGS:
        return is_strings(json, value) ? NULL : "is no list of strings";
    case COUNT_OR_NULL:
        if (kind == RAW_NULL)
            return NULL;
        __attribute__((fallthrough));
    case COUNT:
        return is_whole(json, value, 0) ? NULL : "is no whole number from 0 on";
    case POSITIVE:
        return is_whole(json, value, 1) ? NULL : "is no whole number from 1 on";
    case SCROLLED:
        return kind == RAW_TRUE || kind == RAW_FALSE || raw_json_is_text(json, value, "auto")
                   ? NULL
                   : "is none of true, false and \"auto\"";
    case NAME:
        return is_text_that(json, value, is_name) ? NULL : "is no name of one line";
    case TAGS:
        return are_tags(json, value) ? NULL : "is no list of different tags without comma";
    case CELL_ID:
        return is_text_that(json, value, is_cell_id)
                   ? NULL
                   : "is not 1 to 64 of the characters a-z, A-Z, 0-9, - and _";
    case MODE:
        return kind == RAW_STRING || kind == RAW_OBJECT ? NULL : "is no string or object";
    default:
        return NULL;
    }
}

/* --- containers ------------------------------------------------------------------------------- */

static void check_object(struct check *check, raw_ref value, const struct place *place,
                         const struct form *form);

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* type/subtype as 3.x has it in its two patterns; of a display only its end has to look so. */
static bool is_v3_mime(const char *key, size_t size, bool at_end)
{
    if (size > 0 && key[size - 1] == '\n')
        size--;
    size_t slash = size;
    while (slash > 0 && key[slash - 1] != '/')
        slash--;
    if (slash < 2 || slash == size || !is_alnum(key[slash - 2]))
        return false;
    for (size_t i = 0; i + 1 < slash && !at_end; i++)
        if (!is_alnum(key[i]))
            return false;
    for (size_t i = slash; i < size; i++)
        if (!is_alnum(key[i]) && !memchr("-+.", key[i], 3))
            return false;
    return true;
}

static void check_times(struct check *check, raw_ref value, const struct place *place)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(check->json, value, &members);
    if (raw_json_kind(check->json, value) != RAW_OBJECT)
        fault_of(check, value, place, "is no object");
    for (size_t i = 0; i < members.count; i++) {
        const struct notebook_member *member = &members.items[i];
        struct place at = {place, member, 0};
        if (is_line(member->key, member->key_size) &&
            raw_json_kind(check->json, member->value) != RAW_STRING)
            fault_of(check, member->value, &at, "is no string");
    }
}

static void check_bundle(struct check *check, raw_ref value, const struct place *place)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(check->json, value, &members);
    if (raw_json_kind(check->json, value) != RAW_OBJECT)
        fault_of(check, value, place, "is no object");
    for (size_t i = 0; i < members.count && !check->is_open; i++) {
        const struct notebook_member *member = &members.items[i];
        size_t size = member->key_size;
        if (size > 0 && member->key[size - 1] == '\n')
            size--;
        struct place at = {place, member, 0};
        const char *what = scalar_fault(check->json, member->value, TEXT);
        bool is_json = notebook_mime_is_json(member->key, size) && is_line(member->key, size);
        if (what && !is_json)
            fault_of(check, member->value, &at, what);
    }
}

static void check_attachments(struct check *check, raw_ref value, const struct place *place)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(check->json, value, &members);
    if (raw_json_kind(check->json, value) != RAW_OBJECT)
        fault_of(check, value, place, "is no object");
    for (size_t i = 0; i < members.count; i++) {
        struct place at = {place, &members.items[i], 0};
        check_bundle(check, members.items[i].value, &at);
    }
}

/* A cell or an output: the table is the one of its type. */
static void check_kind(struct check *check, raw_ref value, const struct place *place,
                       const char *type_key, const struct kind *kinds)
{
    const struct raw_json *json = check->json;
    if (raw_json_kind(json, value) != RAW_OBJECT) {
        fault_of(check, value, place, "is no object");
        return;
    }
    raw_ref type = raw_json_member(json, value, type_key);
    if (type == 0) {
        fault(check, value, place, "has no", type_key, strlen(type_key));
        return;
    }
    const struct kind *kind = kinds;
    while (kind->word && !raw_json_is_text(json, type, kind->word))
        kind++;
    if (!kind->word && !check->is_open) {
        AUTO_FREE char *owned = NULL;
        size_t size = 0;
        const char *word = raw_json_kind(json, type) == RAW_STRING
                               ? notebook_view(json, type, &size, &owned)
                               : raw_json_bytes(json, type, &size);
        AUTO_FREE char *what = xasprintf("has an unknown %s:", type_key);
        fault(check, value, place, what, word, size);
        return;
    }
    check_object(check, value, place, kind->form);
}

static void check_items(struct check *check, raw_ref value, const struct place *place,
                        enum shape shape)
{
    const struct raw_json *json = check->json;
    bool is_v3 = check->major == 3;
    struct place at = {place, NULL, 0};
    if (raw_json_kind(json, value) != RAW_ARRAY) {
        fault_of(check, value, place, "is no list");
        return;
    }
    for (raw_ref item = raw_json_first(json, value); item; item = raw_json_next(json, item)) {
        if (shape == CELLS)
            check_kind(check, item, &at, "cell_type", is_v3 ? v3_cells : v4_cells);
        else if (shape == OUTPUTS)
            check_kind(check, item, &at, "output_type", is_v3 ? v3_outputs : v4_outputs);
        else
            check_object(check, item, &at, &v3_sheet);
        at.index++;
    }
}

static void check_value(struct check *check, raw_ref value, const struct place *place,
                        enum shape shape)
{
    const char *what = scalar_fault(check->json, value, shape);
    if (what)
        fault_of(check, value, place, what);
    else if (shape_forms[shape])
        check_object(check, value, place, shape_forms[shape]);
    else if (shape == CELLS || shape == OUTPUTS || shape == SHEETS)
        check_items(check, value, place, shape);
    else if (shape == BUNDLE)
        check_bundle(check, value, place);
    else if (shape == ATTACHMENTS)
        check_attachments(check, value, place);
    else if (shape == TIMES)
        check_times(check, value, place);
}

static const struct rule *find_rule(const struct check *check, const struct form *form,
                                    const struct notebook_member *member)
{
    for (size_t i = 0; i < MOST_RULES && form->rules[i].key; i++) {
        const struct rule *rule = &form->rules[i];
        if (check->minor >= (int)rule->demand &&
            notebook_is(member->key, member->key_size, rule->key))
            return rule;
    }
    return NULL;
}

/* The tables name no object inside itself, so this goes a few levels down and no more. */
static void check_object(struct check *check, raw_ref value, const struct place *place,
                         const struct form *form)
{
    if (raw_json_kind(check->json, value) != RAW_OBJECT) {
        fault_of(check, value, place, "is no object");
        return;
    }
    AUTO_MEMBERS members;
    notebook_members_sorted(check->json, value, &members);
    for (size_t i = 0; i < MOST_RULES && form->rules[i].key; i++) {
        const struct rule *rule = &form->rules[i];
        if (rule->demand == NEEDED && !notebook_members_find(&members, rule->key))
            fault(check, value, place, "has no", rule->key, strlen(rule->key));
    }
    for (size_t i = 0; i < members.count; i++) {
        const struct notebook_member *member = &members.items[i];
        struct place at = {place, member, 0};
        const struct rule *rule = find_rule(check, form, member);
        if (rule) {
            check_value(check, member->value, &at, rule->shape);
        } else if (form->others >= OTHERS_MIME &&
                   is_v3_mime(member->key, member->key_size, form->others == OTHERS_MIME_AT_END)) {
            check_value(check, member->value, &at, TEXT);
        } else if (form->others != OTHERS_ALLOWED && !check->is_open) {
            fault(check, member->value, place, "may not have", member->key, member->key_size);
        }
    }
}

size_t notebook_check(const struct notebook *notebook, char **ret_first)
{
    raw_ref root = raw_json_root(notebook->json);
    struct place place = {NULL, NULL, 0};
    struct check check = {
        .json = notebook->json,
        .major = notebook->major,
        .minor = notebook->major == 4 ? notebook->minor : 0,
        .is_open = notebook->major == 4 && notebook->minor > 5,
    };
    check_object(&check, root, &place, notebook->major == 3 ? &v3_root : &v4_root);
    *ret_first = check.first;
    return check.faults;
}
