/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_check: what nbformat's schema has against a notebook. The one idea: each object of the
 * schema is one table of its members, with what each must be and whether it must be there.
 *
 * As nbformat validates, so it is done here: after reading, so transient metadata is gone (N-24)
 * and missing and repeated ids have been mended (N-41); minors above 5 with open objects and
 * unknown types of cells and outputs; and of its two schema engines the milder one decides.
 */
#include "model/notebook_check.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "model/notebook_private.h"

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
    OBJECT, /* from here on: an object with a table of its own */
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

struct rule {
    const char *key;
    enum shape shape;
    bool is_needed;
    int from_minor;
};

/* Members that no rule names. */
enum others { OTHERS_ALLOWED, OTHERS_REFUSED, OTHERS_MIME, OTHERS_MIME_AT_END };

#define MOST_RULES 15

struct form {
    enum others others;
    struct rule rules[MOST_RULES];
};

#define V3_MIMES                                                                                   \
    {"text", TEXT, false, 0}, {"latex", TEXT, false, 0}, {"png", TEXT, false, 0},                  \
        {"jpeg", TEXT, false, 0}, {"svg", TEXT, false, 0}, {"html", TEXT, false, 0},               \
        {"javascript", TEXT, false, 0}, {"json", TEXT, false, 0},                                  \
    {                                                                                              \
        "pdf", TEXT, false, 0                                                                      \
    }

static const struct form v4_root = {OTHERS_REFUSED,
                                    {{"cells", CELLS, true, 0},
                                     {"metadata", METADATA, true, 0},
                                     {"nbformat", ANY, true, 0},
                                     {"nbformat_minor", COUNT, true, 0}}};
static const struct form v3_root = {OTHERS_REFUSED,
                                    {{"metadata", V3_METADATA, true, 0},
                                     {"nbformat", ANY, true, 0},
                                     {"nbformat_minor", COUNT, true, 0},
                                     {"worksheets", SHEETS, true, 0},
                                     {"orig_nbformat", POSITIVE, false, 0},
                                     {"orig_nbformat_minor", COUNT, false, 0}}};
static const struct form sheet_form = {OTHERS_REFUSED,
                                       {{"cells", CELLS, true, 0}, {"metadata", OBJECT, false, 0}}};

/* The objects that a shape stands for. */
static const struct form shape_forms[] = {
    [OBJECT - OBJECT] = {OTHERS_ALLOWED, {{NULL, ANY, false, 0}}},
    [METADATA - OBJECT] = {OTHERS_ALLOWED,
                           {{"kernelspec", KERNELSPEC, false, 0},
                            {"language_info", LANGUAGE, false, 0},
                            {"title", STRING, false, 2},
                            {"authors", ARRAY, false, 2}}},
    [KERNELSPEC -
        OBJECT] = {OTHERS_ALLOWED, {{"name", STRING, true, 0}, {"display_name", STRING, true, 0}}},
    [LANGUAGE - OBJECT] = {OTHERS_ALLOWED,
                           {{"name", STRING, true, 0},
                            {"codemirror_mode", MODE, false, 0},
                            {"file_extension", STRING, false, 0},
                            {"mimetype", STRING, false, 0},
                            {"pygments_lexer", STRING, false, 0}}},
    [V3_METADATA -
        OBJECT] = {OTHERS_ALLOWED,
                   {{"kernel_info", KERNEL_INFO, false, 0}, {"signature", STRING, false, 0}}},
    [KERNEL_INFO - OBJECT] = {OTHERS_ALLOWED,
                              {{"name", STRING, true, 0},
                               {"language", STRING, true, 0},
                               {"codemirror_mode", STRING, false, 0}}},
    [RAW_METADATA - OBJECT] = {OTHERS_ALLOWED,
                               {{"format", STRING, false, 0},
                                {"name", NAME, false, 0},
                                {"tags", TAGS, false, 0},
                                {"jupyter", OBJECT, false, 3}}},
    [TEXT_METADATA - OBJECT] = {OTHERS_ALLOWED,
                                {{"name", NAME, false, 0},
                                 {"tags", TAGS, false, 0},
                                 {"jupyter", OBJECT, false, 3}}},
    [CODE_METADATA - OBJECT] = {OTHERS_ALLOWED,
                                {{"collapsed", BOOLEAN, false, 0},
                                 {"scrolled", SCROLLED, false, 0},
                                 {"name", NAME, false, 0},
                                 {"tags", TAGS, false, 0},
                                 {"jupyter", OBJECT, false, 3},
                                 {"execution", TIMES, false, 4}}},
    [OTHER_METADATA -
        OBJECT] = {OTHERS_ALLOWED, {{"name", NAME, false, 0}, {"tags", TAGS, false, 0}}},
};

/* A kind of cell or output: the word that its type member has, and its table. */
struct kind {
    const char *word;
    struct form form;
};

static const struct kind v4_cells[] = {
    {"code",
     {OTHERS_REFUSED,
      {{"cell_type", ANY, true, 0},
       {"execution_count", COUNT_OR_NULL, true, 0},
       {"id", CELL_ID, false, 5},
       {"metadata", CODE_METADATA, true, 0},
       {"outputs", OUTPUTS, true, 0},
       {"source", TEXT, true, 0}}}},
    {"markdown",
     {OTHERS_REFUSED,
      {{"attachments", ATTACHMENTS, false, 0},
       {"cell_type", ANY, true, 0},
       {"id", CELL_ID, false, 5},
       {"metadata", TEXT_METADATA, true, 0},
       {"source", TEXT, true, 0}}}},
    {"raw",
     {OTHERS_REFUSED,
      {{"attachments", ATTACHMENTS, false, 0},
       {"cell_type", ANY, true, 0},
       {"id", CELL_ID, false, 5},
       {"metadata", RAW_METADATA, true, 0},
       {"source", TEXT, true, 0}}}},
    {NULL, {OTHERS_ALLOWED, {{"cell_type", ANY, true, 0}, {"metadata", OTHER_METADATA, true, 0}}}},
};

static const struct kind v3_cells[] = {
    {"code",
     {OTHERS_REFUSED,
      {{"cell_type", ANY, true, 0},
       {"language", STRING, true, 0},
       {"collapsed", BOOLEAN, false, 0},
       {"metadata", OBJECT, false, 0},
       {"input", TEXT, true, 0},
       {"outputs", OUTPUTS, true, 0},
       {"prompt_number", COUNT_OR_NULL, false, 0}}}},
    {"markdown",
     {OTHERS_REFUSED,
      {{"cell_type", ANY, true, 0},
       {"metadata", TEXT_METADATA, false, 0},
       {"source", TEXT, true, 0}}}},
    {"html",
     {OTHERS_REFUSED,
      {{"cell_type", ANY, true, 0},
       {"metadata", TEXT_METADATA, false, 0},
       {"source", TEXT, true, 0}}}},
    {"raw",
     {OTHERS_REFUSED,
      {{"cell_type", ANY, true, 0},
       {"metadata", RAW_METADATA, false, 0},
       {"source", TEXT, true, 0}}}},
    {"heading",
     {OTHERS_REFUSED,
      {{"cell_type", ANY, true, 0},
       {"metadata", OBJECT, false, 0},
       {"source", TEXT, true, 0},
       {"level", POSITIVE, true, 0}}}},
    {NULL, {OTHERS_ALLOWED, {{NULL, ANY, false, 0}}}},
};

static const struct kind v4_outputs[] = {
    {"stream",
     {OTHERS_REFUSED,
      {{"name", STRING, true, 0}, {"output_type", ANY, true, 0}, {"text", TEXT, true, 0}}}},
    {"execute_result",
     {OTHERS_REFUSED,
      {{"data", BUNDLE, true, 0},
       {"execution_count", COUNT_OR_NULL, true, 0},
       {"metadata", OBJECT, true, 0},
       {"output_type", ANY, true, 0}}}},
    {"display_data",
     {OTHERS_REFUSED,
      {{"data", BUNDLE, true, 0}, {"metadata", OBJECT, true, 0}, {"output_type", ANY, true, 0}}}},
    {"error",
     {OTHERS_REFUSED,
      {{"ename", STRING, true, 0},
       {"evalue", STRING, true, 0},
       {"output_type", ANY, true, 0},
       {"traceback", STRINGS, true, 0}}}},
    {NULL, {OTHERS_ALLOWED, {{NULL, ANY, false, 0}}}},
};

static const struct kind v3_outputs[] = {
    {"pyout",
     {OTHERS_MIME,
      {{"output_type", ANY, true, 0},
       {"prompt_number", COUNT, true, 0},
       V3_MIMES,
       {"metadata", OBJECT, false, 0}}}},
    {"display_data",
     {OTHERS_MIME_AT_END,
      {{"output_type", ANY, true, 0}, V3_MIMES, {"metadata", OBJECT, false, 0}}}},
    {"stream",
     {OTHERS_REFUSED,
      {{"output_type", ANY, true, 0}, {"stream", STRING, true, 0}, {"text", TEXT, true, 0}}}},
    {"pyerr",
     {OTHERS_REFUSED,
      {{"output_type", ANY, true, 0},
       {"ename", STRING, true, 0},
       {"evalue", STRING, true, 0},
       {"traceback", STRINGS, true, 0}}}},
    {NULL, {OTHERS_ALLOWED, {{NULL, ANY, false, 0}}}},
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

/* ^.+$ of Python, where $ is also before a line feed at the end. */
static bool is_name(const char *text, size_t size)
{
    if (size > 0 && text[size - 1] == '\n')
        size--;
    return size > 0 && memchr(text, '\n', size) == NULL;
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

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Strings without comma, each once, none empty. */
static bool are_tags(const struct raw_json *json, raw_ref value)
{
    if (!is_strings(json, value))
        return false;
    size_t count = raw_json_count(json, value), i = 0;
    AUTO_FREE char **tags = xcalloc(count + 1, sizeof *tags);
    bool are_good = true;
    for (raw_ref item = raw_json_first(json, value); item; item = raw_json_next(json, item)) {
        tags[i] = raw_json_text(json, item, NULL);
        are_good = are_good && tags[i][0] && !strchr(tags[i], ',');
        i++;
    }
    qsort(tags, count, sizeof *tags, compare_texts);
    for (i = 0; i < count; i++) {
        are_good = are_good && (i == 0 || !tags[i - 1] || strcmp(tags[i - 1], tags[i]) != 0);
        if (i > 0)
            free(tags[i - 1]);
    }
    if (count > 0)
        free(tags[count - 1]);
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
        struct place at = {place, &members.items[i], 0};
        if (raw_json_kind(check->json, members.items[i].value) != RAW_STRING)
            fault_of(check, members.items[i].value, &at, "is no string");
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
        if (what && !notebook_mime_is_json(member->key, size))
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
    check_object(check, value, place, &kind->form);
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
            check_object(check, item, &at, &sheet_form);
        at.index++;
    }
}

static void check_value(struct check *check, raw_ref value, const struct place *place,
                        enum shape shape)
{
    const char *what = scalar_fault(check->json, value, shape);
    if (what)
        fault_of(check, value, place, what);
    else if (shape >= OBJECT)
        check_object(check, value, place, &shape_forms[shape - OBJECT]);
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
        if (check->minor >= rule->from_minor &&
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
        if (rule->is_needed && !notebook_members_find(&members, rule->key))
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
