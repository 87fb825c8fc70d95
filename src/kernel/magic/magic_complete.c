/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_complete: a magic's own help says what its options are, and what kind of argument it takes
 * (FILE, CELL, MAGIC, TABLE …), so that a new magic is completed without a word here.
 */
#include "kernel/magic/magic_complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/look/sqlite_complete.h"
#include "kernel/magic/magic_arguments.h"
#include "kernel/magic/magic_dot.h"
#include "kernel/magic/magics.h"
#include "model/sql/sql_scope.h"

#define MATCHES_MAX 1000
#define ENTRIES_MAX 20000 /* of a folder that are looked at */

struct magic_completion {
    const struct magic_surroundings *surroundings;
    const char *prefix; /* the word before the cursor, without an opening quote */
    char quote;         /* that began it, '\0' = none */
    json_t *matches;
    json_t *seen;
};

static void add(struct magic_completion *completion, const char *text, const char *type)
{
    if (strncmp(text, completion->prefix, strlen(completion->prefix)) != 0 ||
        json_array_size(completion->matches) >= MATCHES_MAX ||
        json_object_get(completion->seen, text) != NULL)
        return;
    json_object_set_new(completion->seen, text, json_true());
    json_t *match = json_object();
    json_object_set_new(match, "text", json_text(text, strlen(text)));
    json_object_set_new(match, "type", json_string(type));
    json_array_append_new(completion->matches, match);
}

/* --- files ----------------------------------------------------------------------------------- */

/* The name as an argument: in quotes when it holds what would end the word. */
static void add_argument(struct magic_completion *completion, const char *path, const char *type,
                         bool goes_on)
{
    bool needs_quotes = strpbrk(path, " \t\"'") != NULL;
    if (strncmp(path, completion->prefix, strlen(completion->prefix)) != 0 ||
        strchr(path, '\n') != NULL || json_array_size(completion->matches) >= MATCHES_MAX)
        return;
    char quote = completion->quote != '\0'    ? completion->quote
                 : strchr(path, '\'') != NULL ? '"'
                                              : '\'';
    if ((completion->quote == '\0' && !needs_quotes) || strchr(path, quote) != NULL) {
        if (!needs_quotes)
            add(completion, path, type);
        return;
    }
    AUTO_FREE char *text =
        goes_on ? xasprintf("%c%s", quote, path) : xasprintf("%c%s%c", quote, path, quote);
    json_array_append_new(
        completion->matches,
        json_pack("{s:o, s:s}", "text", json_text(text, strlen(text)), "type", type));
}

static void add_file(struct magic_completion *completion, const char *name, bool is_folder)
{
    AUTO_FREE char *path = xasprintf("%s%s", name, is_folder ? "/" : "");
    /* A folder's quote stays open: the name goes on. */
    add_argument(completion, path, is_folder ? "folder" : "file", is_folder);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Files and folders that begin with the typed path, by name. */
static void add_files(struct magic_completion *completion)
{
    const char *slash = strrchr(completion->prefix, '/');
    size_t folder_size = slash != NULL ? (size_t)(slash + 1 - completion->prefix) : 0;
    AUTO_FREE char *typed = xstrndup(completion->prefix, folder_size);
    AUTO_FREE char *folder =
        path_join(completion->surroundings->directory, folder_size > 0 ? typed : ".");
    const char *begin = completion->prefix + folder_size;
    DIR *directory = opendir(folder);
    char **names = NULL;
    size_t count = 0, capacity = 0;
    const struct dirent *entry;
    for (size_t i = 0; directory != NULL && i < ENTRIES_MAX && (entry = readdir(directory)); i++) {
        if (strncmp(entry->d_name, begin, strlen(begin)) != 0 ||
            (entry->d_name[0] == '.' && begin[0] != '.') || strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0)
            continue;
        if (count == capacity) {
            capacity = capacity * 2 + 64;
            names = xreallocarray(names, capacity, sizeof(*names));
        }
        names[count++] = xstrdup(entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    if (count > 0)
        qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *path = path_join(folder, names[i]);
        AUTO_FREE char *shown = xasprintf("%s%s", typed, names[i]);
        add_file(completion, shown, path_is_directory(path));
        free(names[i]);
    }
    free(names);
}

/* --- what the help says ---------------------------------------------------------------------- */

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Whether the usage, the first line of the help, has the word. */
static bool takes(const char *help, const char *word)
{
    size_t size = strlen(word), line = strcspn(help, "\n");
    for (const char *at = help; (at = strstr(at, word)) != NULL && at < help + line; at += size) {
        bool begins = at > help && strchr(" [|", at[-1]) != NULL;
        if (begins && !(at[size] >= 'A' && at[size] <= 'Z'))
            return true;
    }
    return false;
}

/* Adds the fixed words of `on|off`, `N|all`, `[FILE|:memory:|store]` up to a blank. */
static void add_alternatives(struct magic_completion *completion, const char *text)
{
    while (*text != '\0' && *text != ' ' && *text != '\n') {
        size_t size = strcspn(text, "|[] \n");
        AUTO_FREE char *word = xstrndup(text, size);
        bool is_fixed = is_lower(word[0]) || word[0] == ':';
        for (const char *c = word; *c != '\0'; c++)
            is_fixed = is_fixed && (is_lower(*c) || *c == ':');
        if (is_fixed)
            add(completion, word, "value");
        text += size;
        text += *text == '|' || *text == '[' || *text == ']';
    }
}

/* Options: words that begin with - and a letter, wherever the help has them. */
static void add_options(struct magic_completion *completion, const char *help)
{
    for (const char *at = help; (at = strchr(at, '-')) != NULL;) {
        size_t dashes = strspn(at, "-"), size = dashes;
        while (is_lower(at[size]) || (size > dashes && at[size] == '-'))
            size++;
        bool begins = at > help && strchr(" [|\n", at[-1]) != NULL;
        if (begins && dashes <= 2 && size > dashes) {
            AUTO_FREE char *option = xstrndup(at, size);
            add(completion, option, "option");
        }
        at += size;
    }
}

/* The names that the help explains line by line (`maxrows N|all   rows shown …`), or, when `name`
 * is one of them, the values it takes. */
static void add_explained(struct magic_completion *completion, const char *help, const char *name)
{
    for (const char *line = strchr(help, '\n'); line != NULL; line = strchr(line, '\n')) {
        line++;
        size_t size = strcspn(line, " \n");
        const char *gap = strstr(line, "   ");
        if (!is_lower(line[0]) || line[size] != ' ' || gap == NULL ||
            (size_t)(gap - line) > strcspn(line, "\n"))
            continue;
        AUTO_FREE char *word = xstrndup(line, size);
        if (name == NULL)
            add(completion, word, "setting");
        else if (strcmp(name, word) == 0)
            add_alternatives(completion, line + size + 1);
    }
}

/* The values of `--header yes|no`. */
static void add_option_values(struct magic_completion *completion, const char *help,
                              const char *option)
{
    AUTO_FREE char *with_blank = xasprintf("\n%s ", option);
    const char *at = strstr(help, with_blank);
    if (at != NULL && at[strlen(with_blank)] != ' ')
        add_alternatives(completion, at + strlen(with_blank));
}

/* --- arguments ------------------------------------------------------------------------------- */

static void add_magics(struct magic_completion *completion)
{
    for (const char *const *name = magic_names(); *name != NULL; name++)
        add(completion, *name, "magic");
}

static void add_parameters(struct magic_completion *completion)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)completion->surroundings->view->parameters, name, value)
        add(completion, name, "parameter");
}

static void add_cells(struct magic_completion *completion)
{
    size_t index;
    json_t *name;
    AUTO_JSON *cells = completion->surroundings->cells != NULL
                           ? completion->surroundings->cells(completion->surroundings->context)
                           : json_array();
    json_array_foreach(cells, index, name)
    {
        const char *text = json_string_value(name);
        if (text != NULL)
            add_argument(completion, text, "cell", false);
    }
}

/* What comes behind the first argument: `[csv|json]` of the usage, `[AS t]`. */
static void add_second(struct magic_completion *completion, const char *help, const char *last,
                       size_t count)
{
    size_t line = strcspn(help, "\n"), at = 0;
    for (size_t i = 0; i <= count && at < line; i++)
        at += strcspn(help + at, " \n") + 1;
    if (!takes(help, "AS"))
        add_alternatives(completion, at < line && help[at] == '[' ? help + at + 1 : "");
    else if (strcasecmp(last, "AS") == 0)
        sqlite_complete_table(completion->surroundings->view, completion->prefix,
                              completion->matches);
    else if (count == 1)
        add(completion, is_lower(completion->prefix[0]) ? "as" : "AS", "keyword");
}

static void add_arguments(struct magic_completion *completion, const char *magic, const char *help,
                          const struct magic_arguments *before)
{
    const char *last = before->count > 0 ? before->words[before->count - 1].text : "";
    bool is_first = before->count == 0 || before->words[before->count - 1].is_option;
    bool takes_name = takes(help, "NAME");
    if (completion->prefix[0] == '-') {
        add_options(completion, help);
        return;
    }
    if (before->count > 0 && before->words[before->count - 1].is_option)
        add_option_values(completion, help, last);
    if (strcmp(magic, "%set") == 0)
        add_explained(completion, help, before->count > 0 ? last : NULL);
    else if (is_first && takes_name && strcmp(magic, "%param") == 0)
        add_parameters(completion);
    if (!is_first) {
        if (strcmp(magic, "%set") != 0)
            add_second(completion, help, last, before->count);
        return;
    }
    add_alternatives(completion, help + strlen(magic) + strspn(help + strlen(magic), " "));
    if ((takes_name && strcmp(magic, "%schema") == 0) || takes(help, "PATTERN") ||
        takes(help, "TABLE"))
        sqlite_complete_table(completion->surroundings->view, completion->prefix,
                              completion->matches);
    if (takes(help, "CELL"))
        add_cells(completion);
    if (takes(help, "MAGIC"))
        add_magics(completion);
    if (takes(help, "FILE") || takes(help, "FILE.csv"))
        add_files(completion);
}

/* --- lines ----------------------------------------------------------------------------------- */

/* Where the word at the end of the line begins: behind the last blank outside of quotes. */
static size_t word_start(const char *line, size_t size, char *ret_quote)
{
    size_t start = 0;
    char quote = '\0';
    for (size_t i = 0; i < size; i++) {
        if (quote != '\0')
            quote = line[i] == quote ? '\0' : quote;
        else if (line[i] == '"' || line[i] == '\'')
            quote = line[i];
        else if (line[i] == ' ' || line[i] == '\t')
            start = i + 1;
    }
    bool is_open = quote != '\0' && start < size && line[start] == quote;
    *ret_quote = is_open ? quote : '\0';
    return start;
}

/* The name of the magic that the line runs, a dot command's too. Caller frees. */
static char *magic_of(const char *line, size_t size)
{
    AUTO_FREE char *name = magic_arguments_name(line, size);
    if (name[0] != '.')
        return xstrdup(name);
    AUTO_FREE char *translated = magic_dot_translate(name, strlen(name), NULL);
    return translated != NULL ? magic_arguments_name(translated, strlen(translated))
                              : xstrdup(name);
}

static void complete_line(struct magic_completion *completion, const char *line, size_t start)
{
    if (start == 0) {
        add_magics(completion);
        for (const char *const *name = magic_dot_names(); *name != NULL; name++)
            add(completion, *name, "magic");
        return;
    }
    AUTO_FREE char *magic = magic_of(line, start);
    const char *help = magic_help(magic);
    struct magic_arguments before;
    if (magic_arguments_split(line, start, MAGIC_NO_RAW, &before, NULL) && help != NULL)
        add_arguments(completion, magic, help, &before);
    magic_arguments_release(&before);
}

bool magic_complete(const struct magic_surroundings *surroundings, const char *code, size_t size,
                    size_t cursor, json_t *matches, size_t *ret_start, size_t *ret_end)
{
    size_t line, line_end;
    cursor = cursor < size ? cursor : size;
    if (!sql_scope_directive(code, size, cursor, &line, &line_end) || cursor <= line ||
        memchr(code + line, '\0', cursor - line) != NULL)
        return false;
    struct magic_completion completion = {surroundings, NULL, '\0', matches, json_object()};
    size_t start = word_start(code + line, cursor - line, &completion.quote);
    AUTO_FREE char *word = xstrndup(code + line + start, cursor - line - start);
    completion.prefix = word + (completion.quote != '\0');
    complete_line(&completion, code + line, start);
    json_decref(completion.seen);
    *ret_start = line + start;
    *ret_end = cursor;
    /* The closing quote that an editor put in by itself goes with the match. */
    if (completion.quote != '\0' && cursor < size && code[cursor] == completion.quote)
        *ret_end = cursor + 1;
    return true;
}

json_t *magic_inspect(const char *code, size_t size, size_t cursor)
{
    size_t line, line_end;
    cursor = cursor < size ? cursor : size;
    if (!sql_scope_directive(code, size, cursor, &line, &line_end))
        return NULL;
    AUTO_FREE char *magic = magic_of(code + line, line_end - line);
    const char *help = magic_help(magic);
    return help != NULL ? json_pack("{s:s}", "text/plain", help) : NULL;
}
