/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magics: one table says everything about them: dispatch, %help, completion and near names read it.
 */
#include "kernel/magic/magics.h"

#include <stdlib.h>
#include <string.h>

#include "base/near_name.h"
#include "base/strbuf.h"
#include "kernel/executor.h"
#include "kernel/magic/magic_arguments.h"
#include "kernel/magic/magic_call.h"
#include "kernel/magic/magic_dot.h"
#include "kernel/magic/magic_foreign.h"

#define CELL_NAME_MAX 200
#define HELP_COLUMN 28 /* where the summaries of %help begin */

struct magic {
    const char *name, *arguments, *summary;
    const char *usage; /* name and arguments */
    const char *help;  /* usage, summary and the rest */
    size_t raw_from;   /* as in magic_arguments_split */
    bool (*run)(struct magic_call *call, struct error *error);
};

static bool run_help(struct magic_call *call, struct error *error);
static bool run_cell(struct magic_call *call, struct error *error);

/* X(name, arguments, summary, the rest of its help, raw_from, function) */
#define MAGICS(X)                                                                                  \
    X("%%explain", "", "shows how SQLite would run each statement of the cell; nothing runs",      \
      "It stands before the first statement. The tree is SQLite's query plan: what uses an "       \
      "index, what\nreads all rows of a table (how many, if ANALYZE counted them), what sorts.\n"  \
      "    %%explain\n"                                                                            \
      "    SELECT * FROM loan WHERE member = 5",                                                   \
      MAGIC_NO_RAW, magic_explain)                                                                 \
    X("%%sql", "", "says that the cell is SQL, which it is anyway",                                \
      "Cells that were written for another kernel run as they are.", 0, magic_sql_cell)            \
    X("%%time", "", "runs the cell and shows what each statement took",                            \
      "It stands before the first statement. wall is the time on the clock, CPU that of the "      \
      "processor.",                                                                                \
      MAGIC_NO_RAW, magic_time)                                                                    \
    X("%cell", "NAME", "names the cell; stands on its first line",                                 \
      "The record keeps the cell under this name: `rscn show`, `rscn cat` and `rscn run` find it " \
      "by it, and its\nversions are counted under it. Without it the cell has a key of its own.\n" \
      "A cell whose name holds _once_ runs once: when this version of it was executed in this\n"   \
      "database it is skipped, and an edited version stops with an error.\n"                       \
      "    %cell load_stations\n"                                                                  \
      "    %cell create_once_schema",                                                              \
      MAGIC_NO_RAW, run_cell)                                                                      \
    X("%chart", "bar|line|scatter|hist X [Y] [COLOR] [--title T]", "draws the last result",         \
      "X, Y and COLOR are columns of it. A bar chart without Y counts the rows of each X. It draws " \
      "the\nrows that were shown (%set maxrows), at most 5000, with Vega-Lite; where a front end "   \
      "has none, as text.\n"                                                                        \
      "    SELECT year, region, sum(amount) AS total FROM sale GROUP BY 1, 2;\n"                    \
      "    %chart line year total region --title 'Sales'",                                         \
      MAGIC_NO_RAW, magic_chart)                                                                   \
    X("%databases", "", "lists the database in use and what is attached to it",                     \
      "%use says which one it is; ATTACH 'FILE' AS name adds one.", MAGIC_NO_RAW, magic_databases) \
    X("%export", "FILE [csv|json] [--overwrite]", "writes a result to a file",                      \
      "Before a statement it writes all rows of that statement, which are not shown then. At the " \
      "end of\na cell, or alone, it writes the rows of the last result that were shown, and says if " \
      "there were more.\nCSV as in RFC 4180 (NULL is empty, an empty text is \"\"), JSON as an array " \
      "of objects; a BLOB is\nhexadecimal digits. The file appears when it is complete, and stays " \
      "when a later statement of the\ncell fails. --overwrite keeps the permissions of the file that " \
      "it replaces, and a symbolic link to it.\nValues are written as they are: a spreadsheet takes a " \
      "text that begins with = for a formula.\n"                                                    \
      "    %export overdue.csv\n"                                                                  \
      "    SELECT * FROM loan WHERE due < date('now')",                                            \
      MAGIC_NO_RAW, magic_export)                                                                  \
    X("%help", "[MAGIC]", "lists the magics, or says more about one", "    %help use",             \
      MAGIC_NO_RAW, run_help)                                                                      \
    X("%import", "FILE.csv [AS t] [--append|--replace]", "makes a table of a CSV file",              \
      "The table gets the file's name, or t. The path is relative to the notebook's folder. What "  \
      "the\nfile does not say is found out and said: encoding (UTF-8, UTF-16, else "                \
      "windows-1252), delimiter\n(, ; tab |), whether the first line holds the names, and each "    \
      "column's type over all rows. A number\nwith leading zeros stays text; an empty field is "    \
      "NULL, \"\" is an empty text. All or nothing: in the\nstore it is part of the cell.\n"        \
      "--append            adds to a table that is there, by the names of the first line\n"        \
      "--replace           drops the table first\n"                                                \
      "--header yes|no     the first line holds names, or not\n"                                   \
      "--delimiter C       as in --delimiter ';' or --delimiter tab\n"                             \
      "--encoding E        as iconv knows it: utf-16, windows-1250 …\n"                         \
      "    %import stations.csv\n"                                                                 \
      "    %import 'old data.csv' AS loan --append",                                               \
      MAGIC_NO_RAW, magic_import)                                                                  \
    X("%info", "", "shows where one is: notebook, run, store, database, version",                  \
      "identified_by says how the notebook was found, strongest evidence first.", MAGIC_NO_RAW,    \
      magic_info)                                                                                  \
    X("%log", "[-n N] [CELL|TABLE|--all]", "shows the last executions of this notebook",                 \
      "-n N    at most N of them (10)\n"                                                           \
      "CELL    those of one cell, by its name\n"                                                   \
      "TABLE   which text made or changed the table in the database in use; --object TABLE when\n" \
      "        a cell has the same name\n"                                                          \
      "--all   those of all notebooks in the store\n"                                              \
      "The whole record can be asked in SQL: SELECT * FROM rscn_log. On the command line it is\n"  \
      "`rscn log`.",                                                                               \
      MAGIC_NO_RAW, magic_log)                                                                     \
    X("%param", "[NAME [VALUE] | --unset NAME | --clear]",                                         \
      "sets or shows a parameter: :NAME, $NAME or @NAME in SQL",                                   \
      "VALUE is a JSON scalar (5, -1.5, true, null, \"5\") or else plain text up to the end of "   \
      "the line,\nnever an SQL expression; 'it''s' is a text too. A parameter without value is "   \
      "NULL in SQL,\nand a line below the result says so.\n"                                       \
      "    %param station Oslo\n"                                                                  \
      "    %param limit 5\n"                                                                       \
      "    %param            lists them\n"                                                         \
      "    %param --unset station\n"                                                               \
      "    %param --clear",                                                                        \
      1, magic_param)                                                                              \
    X("%read", "FILE", "runs the SQL of a file as a part of this cell",                            \
      "The path is relative to the notebook's folder. The record keeps this line and the file's "  \
      "SHA-256.\n    %read schema.sql",                                                            \
      MAGIC_NO_RAW, magic_read)                                                                    \
    X("%schema", "[NAME]", "shows the CREATE text of a table, view, index or trigger, or of all",  \
      "With a table come its indexes and triggers.\n"                                              \
      "    %schema rscn_execution",                                                                \
      MAGIC_NO_RAW, magic_schema)                                                                  \
    X("%set", "[NAME [VALUE]]", "shows or changes a setting of this session",                      \
      "maxrows N|all       rows shown of each result (1000)\n"                                     \
      "maxwidth N|all      characters shown of each text (200)\n"                                  \
      "maxbytes N[k|M]     shown output of a cell (16M)\n"                                         \
      "timeout SECONDS     waiting for a database that another program has locked (5)\n"           \
      "timer on|off        the time of each statement below its result (off)\n"                    \
      "Said before the first statement it holds for this cell too, else from the next one on.",    \
      MAGIC_NO_RAW, magic_set)                                                                     \
    X("%show", "[EXECUTION|CELL]", "shows recorded outputs again; nothing runs",                   \
      "Without an argument those of the last cell of this notebook that had any: what a closed\n"  \
      "tab lost is back. EXECUTION is an id or the end of one, as %log shows it, or -1 for the\n" \
      "last one in the store.\n"                                                                   \
      "    %show\n"                                                                                \
      "    %show load_stations\n"                                                                  \
      "    %show 7Q2M4ZKD",                                                                        \
      MAGIC_NO_RAW, magic_show)                                                                    \
    X("%tables", "[PATTERN] [--all]", "lists the tables and views of the database",                \
      "PATTERN is a part of the name, or a whole name with * and ?. In the store the tables of\n"  \
      "the record (rscn_…, code_notebook_…) are shown with --all only.\n"                      \
      "    %tables loan*",                                                                         \
      MAGIC_NO_RAW, magic_tables)                                                                  \
    X("%use", "[FILE|:memory:|file:URI|store] [--create] [--readonly]",                            \
      "says which database is in use, or changes it",                                              \
      "The path of a FILE is relative to the notebook's folder. A database stays open until the\n" \
      "kernel ends: %use :memory: twice finds the same data. %use store goes back to the store.\n" \
      "--create     makes the file if it is missing\n"                                             \
      "--readonly   opens it for reading alone\n"                                                  \
      "    %use shop.db --create\n"                                                                \
      "    %use 'my shop.db'",                                                                     \
      MAGIC_NO_RAW, magic_use)

#define AS_MAGIC(name, arguments, summary, rest, raw_from, run)                                    \
    {                                                                                              \
        name,                                                                                      \
        arguments,                                                                                 \
        summary,                                                                                   \
        name " " arguments,                                                                        \
        name " " arguments "\n" summary "\n\n" rest,                                               \
        raw_from,                                                                                  \
        run},
#define AS_NAME(name, arguments, summary, rest, raw_from, run) name,

static const struct magic magics[] = {MAGICS(AS_MAGIC)};
static const char *const names[] = {MAGICS(AS_NAME) NULL};

static const struct magic *magic_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
        if (strcmp(magics[i].name, name) == 0)
            return &magics[i];
    }
    return NULL;
}

const char *const *magic_names(void)
{
    return names;
}

const char *magic_help(const char *name)
{
    const struct magic *magic = magic_find(name);
    return magic != NULL ? magic->help : NULL;
}

static bool set_unknown(const char *name, struct error *error)
{
    AUTO_STRBUF near = STRBUF_INIT;
    const char *advice = magic_foreign_advice(name);
    if (advice != NULL)
        return error_set(error, ERROR_NOT_FOUND, "%s is not known here; %s", name, advice);
    if (near_name_list(&near, name, names, ARRAY_SIZE(magics), 3) > 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "unknown magic %s; did you mean %s? %%help lists all", name,
                         strbuf_text(&near));
    if (strncmp(name, "%%", 2) == 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "unknown magic %s; this kernel runs SQL, another language needs its own "
                         "kernel: %%help lists all",
                         name);
    return error_set(error, ERROR_NOT_FOUND, "unknown magic %s; %%help lists all", name);
}

bool magic_run(struct executor *executor, const char *line, size_t size,
               const struct engine_sink *sink, struct error *error)
{
    AUTO_FREE char *name = magic_arguments_name(line, size);
    if (name[0] == '.') {
        AUTO_FREE char *own = magic_dot_translate(line, size, error);
        return own != NULL && magic_run(executor, own, strlen(own), sink, error);
    }
    const struct magic *magic = magic_find(name);
    if (magic == NULL)
        return set_unknown(name, error);
    struct magic_call call = {executor, sink, {NULL, NULL, 0}, magic->usage};
    bool done = magic_arguments_split(line, size, magic->raw_from, &call.arguments, error) &&
                magic->run(&call, error);
    magic_arguments_release(&call.arguments);
    return done || error_prefix(error, "%s", magic->name);
}

static const struct need {
    const char *name;
    enum engine_need need;
} needs[] = {
    {"%export", ENGINE_NEED_TARGET},
    {"%import", ENGINE_NEED_WRITE},
    {"%read", ENGINE_NEED_WRITE},
    {".read", ENGINE_NEED_WRITE},
};

enum engine_need magic_need(const char *line, size_t size)
{
    AUTO_FREE char *name = magic_arguments_name(line, size);
    for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
        if (strcmp(needs[i].name, name) == 0)
            return needs[i].need;
    }
    return ENGINE_NEED_NOTHING;
}

/* --- %help ----------------------------------------------------------------------------------- */

static bool run_help(struct magic_call *call, struct error *error)
{
    if (!magic_arguments_check(&call->arguments, 0, 1, call->usage, error))
        return false;
    if (call->arguments.count == 1) {
        const char *word = call->arguments.words[0].text;
        AUTO_FREE char *name = xasprintf("%s%s", word[0] == '%' ? "" : "%", word);
        AUTO_FREE char *of_cell = xasprintf("%%%s", name);
        const char *help = magic_help(name);
        if (help == NULL)
            help = magic_help(of_cell);
        if (help != NULL) {
            magic_show_text(call, help);
            return true;
        }
        return set_unknown(name, error);
    }
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_add_text(&text, "A cell is SQL. Between statements, a line that starts with % is a "
                           "magic:\n\n");
    /* A longer usage has a line of its own: a notebook's page shows about 90 columns. */
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
        bool is_long = strlen(magics[i].usage) > HELP_COLUMN - 2;
        strbuf_addf(&text, "%-*s", HELP_COLUMN, magics[i].usage);
        if (is_long)
            strbuf_addf(&text, "\n%*s", HELP_COLUMN, "");
        strbuf_addf(&text, "%s\n", magics[i].summary);
    }
    strbuf_add_text(&text, "\n%help MAGIC says more about one of them. Of the sqlite3 shell's "
                           "commands, .tables .schema\n.databases .open .read .parameter work "
                           "as well.");
    magic_show_text(call, strbuf_text(&text));
    return true;
}

/* --- %cell ----------------------------------------------------------------------------------- */

/* On the command line CELL@V picks a version, and - begins an option. */
static bool cell_name_check(const char *name, struct error *error)
{
    size_t size = strlen(name);
    if (size == 0 || size > CELL_NAME_MAX)
        return error_set(error, ERROR_INVALID, "the name has %zu bytes; take 1 to %d", size,
                         CELL_NAME_MAX);
    if (name[0] == '-' || name[0] == '%' || strchr(name, '@') != NULL)
        return error_set(error, ERROR_INVALID,
                         "'%s' is no name for a cell: it may not begin with - or %% nor hold @",
                         name);
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return error_set(error, ERROR_INVALID, "the name holds a control character");
    }
    return true;
}

/* The executor has named the cell already; here it is only checked that it could. */
static bool run_cell(struct magic_call *call, struct error *error)
{
    if (!magic_arguments_check(&call->arguments, 1, 1, call->usage, error))
        return false;
    if (executor_past_first_line(call->executor))
        return error_set(error, ERROR_INVALID,
                         "it names the whole cell; put it on the cell's first line");
    return cell_name_check(call->arguments.words[0].text, error);
}

char *magic_cell_name(const char *code, size_t size, bool *ret_valid)
{
    size_t start = 0;
    *ret_valid = true;
    while (start < size && strchr(" \t\r\n", code[start]) != NULL && code[start] != '\0')
        start++;
    const char *end = start < size ? memchr(code + start, '\n', size - start) : NULL;
    size_t length = (end != NULL ? (size_t)(end - code) : size) - start;
    AUTO_FREE char *first = magic_arguments_name(code + start, length);
    if (strcmp(first, "%cell") != 0)
        return NULL;
    struct magic_arguments arguments;
    char *name = NULL;
    *ret_valid = magic_arguments_split(code + start, length, MAGIC_NO_RAW, &arguments, NULL) &&
                 magic_arguments_check(&arguments, 1, 1, "", NULL) &&
                 cell_name_check(arguments.words[0].text, NULL);
    if (*ret_valid)
        name = xstrdup(arguments.words[0].text);
    magic_arguments_release(&arguments);
    return name;
}
