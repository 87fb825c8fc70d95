/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn run: SQL texts and stored cells through the kernel's engine and recorder, without Jupyter.
 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/json_util.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/present.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "kernel/headless.h"

#define MOST_TEXT_BYTES ((size_t)64 * 1024 * 1024)
#define MOST_PARAMETER_NAME 200

static const struct option options[] = {
    {0, "use", "FILE", "The database to run on, as `%use FILE` in a cell; the store if not given.",
     false, false, false},
    {'p', "param", "NAME=VALUE",
     "Value of the parameter `:NAME`: a JSON scalar (`5`, `-1.5`, `true`, `null`, `\"5\"`) or else "
     "plain text. May be given several times.",
     false, true, false},
    OPTION_STORE,
    OPTION_END,
};

/* --- what is asked for ------------------------------------------------------------------------ */

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size > end_size && strcmp(text + size - end_size, end) == 0;
}

/* Two operands are NOTEBOOK CELL unless they can only be files. */
static bool is_stored_cell(const struct call *call)
{
    const char *first = call_operand(call, 0), *second = call_operand(call, 1);
    if (call->operand_count != 2 || strcmp(first, "-") == 0 || strcmp(second, "-") == 0)
        return false;
    return !ends_with(second, ".sql") && !is_file(second);
}

static bool name_is_valid(const char *name)
{
    const char *rest = name;
    if (!*name || (*name >= '0' && *name <= '9'))
        return false;
    rest += strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return !*rest && strlen(name) <= MOST_PARAMETER_NAME;
}

static json_t *parameter_value(const char *text)
{
    json_t *value = json_parse(text, strlen(text), NULL);
    if (value && !json_is_object(value) && !json_is_array(value))
        return value;
    json_decref(value);
    return json_text(text, strlen(text));
}

static int parse_parameters(const struct call *call, json_t *parameters)
{
    for (size_t i = 0; i < call->given_count; i++) {
        if (call->given[i].option->letter != 'p')
            continue;
        const char *text = call->given[i].value;
        const char *equals = strchr(text, '=');
        if (!equals)
            return report_usage(call->command, "-p %s has no value: -p NAME=VALUE", text);
        const char *start = text + (strchr(":$@", text[0]) != NULL && text[0]);
        AUTO_FREE char *name =
            start < equals ? xstrndup(start, (size_t)(equals - start)) : xstrdup("");
        if (!name_is_valid(name))
            return report_usage(call->command,
                                "-p %s: the name is a letter or _, then letters, digits and _",
                                text);
        json_object_set_new(parameters, name, parameter_value(equals + 1));
    }
    return STATUS_DONE;
}

/* The notebook of what comes through standard input. Caller frees. */
static char *console_notebook(void)
{
    char buffer[16384];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(getuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found)
        return xasprintf("console/%s", entry.pw_name);
    return xasprintf("console/%lu", (unsigned long)getuid());
}

/* --- running --------------------------------------------------------------------------------- */

struct running {
    const struct call *call;
    const json_t *parameters;
    struct interrupt interrupt; /* ends the statement that runs */
    const char *subject;   /* what the user named */
    const char *directory; /* where the store is looked for */
    struct strbuf held;    /* text for standard error that is the error which ended the cell */
};

/* Each line of the text as a message. */
static void report_lines(const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        if (size > 0)
            report(STATUS_NOT_DONE, "%.*s", (int)size, text);
        text += size + (text[size] == '\n');
    }
}

/* The text of an error begins with the error's name: OperationalError: … It is said in the one line
 * at the end. */
static bool is_error_text(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return text[0] >= 'A' && text[0] <= 'Z' && size > 0 && text[size] == ':';
}

static void show_text(void *context, const char *stream, const char *text)
{
    struct running *running = context;
    size_t size = strlen(text);
    if (strcmp(stream, "stderr") != 0 || !is_error_text(text))
        report_lines(strbuf_text(&running->held));
    strbuf_clear(&running->held); /* of two errors the later one ended the cell */
    if (strcmp(stream, "stderr") != 0) {
        output_stored(text, size);
        output_flush();
    } else if (is_error_text(text)) {
        strbuf_add(&running->held, text, size);
    } else {
        report_lines(text);
    }
}

/* The recorded error of an execution as one line, else the first line that was shown. Caller
 * frees. */
static char *error_line(const struct running *running, const char *id)
{
    struct error error = ERROR_INIT;
    AUTO_READING reading = READING_INIT;
    const char *shown = strbuf_text(&running->held);
    AUTO_FREE char *path = NULL;
    bool is_users;
    bool is_open = store_locate(call_option(running->call, "store"), running->directory, &path,
                                &is_users, &error) &&
                   reading_open_path(&reading, path, &error);
    AUTO_JSON *execution = is_open ? store_execution(reading.connection, id, &error) : NULL;
    const char *evalue = json_member_text(json_object_get(execution, "error"), "evalue", NULL);
    return evalue ? xstrdup(evalue) : xstrndup(shown, strcspn(shown, "\n"));
}

/* What one run of a cell came to. The store is closed again. */
static int end_status(struct running *running, enum cell_state state, const char *id)
{
    if (state == STATE_EXECUTED || state == STATE_SKIPPED) {
        report_lines(strbuf_text(&running->held));
        strbuf_clear(&running->held);
        return STATUS_DONE;
    }
    output_flush();
    AUTO_FREE char *line = error_line(running, id);
    strbuf_clear(&running->held);
    bool is_interrupted = state == STATE_INTERRUPTED;
    return report(is_interrupted ? STATUS_INTERRUPTED : STATUS_NOT_DONE,
                  "%s: %s%s%s; see \"" PROGRAM_NAME " show %s\"", running->subject,
                  is_interrupted || !line[0] ? state_name(state) : line,
                  is_interrupted && line[0] ? ": " : "", is_interrupted ? line : "",
                  present_short_id(id));
}

static int read_text(const char *path, struct strbuf *ret_text)
{
    struct error error = ERROR_INIT;
    bool is_read = strcmp(path, "-") == 0 ? file_read_descriptor(STDIN_FILENO, "standard input",
                                                                 MOST_TEXT_BYTES, ret_text, &error)
                                          : file_read(path, MOST_TEXT_BYTES, ret_text, &error);
    return is_read ? STATUS_DONE : report(STATUS_NOT_DONE, "%s", error.message);
}

/* The cell's name of a file: its base name without .sql. Caller frees. */
static char *file_cell(const char *path)
{
    char *base = path_base(path);
    if (ends_with(base, ".sql"))
        base[strlen(base) - strlen(".sql")] = '\0';
    return base;
}

/* Runs the text that `path` holds, or the stored cell when it is NULL. */
static bool run_in(struct headless *headless, const struct running *running, const char *path,
                   const struct strbuf *text, enum cell_state *ret_state, char *ret_id,
                   struct error *error)
{
    if (!path)
        return headless_run_cell(headless, call_operand(running->call, 0),
                                 call_operand(running->call, 1), ret_state, ret_id, error);
    const bool is_input = strcmp(path, "-") == 0;
    AUTO_FREE char *notebook =
        is_input ? console_notebook() : headless_notebook_name(headless, path);
    AUTO_FREE char *cell = is_input ? NULL : file_cell(path);
    return headless_run(headless, notebook, cell, strbuf_text(text), text->size, ret_state, ret_id,
                        error);
}

/* What kept a cell from being run or recorded at all: the store, whose path its messages name, or
 * something else, like the database of --use. */
static int run_error(const struct running *running, const struct error *error)
{
    AUTO_FREE char *path = NULL;
    bool is_users;
    bool is_located = store_locate(call_option(running->call, "store"), running->directory, &path,
                                   &is_users, NULL);
    if (!is_located || strstr(error->message, path))
        return report_store_error(error);
    return report(error->code == ERROR_INTERRUPTED ? STATUS_INTERRUPTED : STATUS_NOT_DONE, "%s",
                  error->message);
}

static void end_statement(void *headless)
{
    headless_interrupt(headless);
}

/* One file, standard input, or the stored cell when path is NULL; from opening the store to closing
 * it. */
static int run_one(struct running *running, const char *path)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF text = STRBUF_INIT;
    enum cell_state state = STATE_UNKNOWN;
    char id[ULID_SIZE] = "";
    int status = path ? read_text(path, &text) : STATUS_DONE;
    if (status != STATUS_DONE)
        return status;
    /* As for a notebook, the store is looked for from the file's folder. */
    AUTO_FREE char *real = path && strcmp(path, "-") != 0 ? path_resolve(path) : NULL;
    AUTO_FREE char *directory = real ? path_directory(real) : working_directory();
    running->directory = directory;
    const struct headless_options headless_options = {.store = call_option(running->call, "store"),
                                                      .directory = directory,
                                                      .use = call_option(running->call, "use"),
                                                      .parameters = running->parameters,
                                                      .context = running,
                                                      .text = show_text};
    struct headless *headless = headless_new(&headless_options, &error);
    if (!headless)
        return run_error(running, &error);
    interrupt_set(&running->interrupt, end_statement, headless);
    bool is_run = run_in(headless, running, path, &text, &state, id, &error);
    interrupt_set(&running->interrupt, NULL, NULL);
    headless_free(headless);
    return is_run ? end_status(running, state, id) : run_error(running, &error);
}

static int run_all(struct running *running)
{
    const struct call *call = running->call;
    running->subject = call_operand(call, 1);
    if (is_stored_cell(call))
        return run_one(running, NULL);
    for (size_t i = 0; i < call->operand_count; i++) {
        const char *path = call_operand(call, i);
        if (atomic_load(&running->interrupt.is_received))
            return report(STATUS_INTERRUPTED, "%s: interrupted before it ran", path);
        running->subject = strcmp(path, "-") == 0 ? "standard input" : path;
        int status = run_one(running, path);
        if (status != STATUS_DONE)
            return status;
    }
    return STATUS_DONE;
}

/* What can be seen to be wrong before anything runs. */
static int check_files(const struct call *call)
{
    if (is_stored_cell(call))
        return STATUS_DONE;
    for (size_t i = 0; i < call->operand_count; i++) {
        const char *path = call_operand(call, i);
        if (ends_with(path, ".ipynb"))
            return report_usage(call->command, "%s is a notebook: name one of its cells too", path);
        if (strcmp(path, "-") != 0 && !path_exists(path))
            return report(STATUS_NOT_DONE, "%s: no such file; nothing was run", path);
    }
    return STATUS_DONE;
}

static int run(const struct call *call)
{
    AUTO_JSON *parameters = json_object();
    int status = parse_parameters(call, parameters);
    if (status == STATUS_DONE)
        status = check_files(call);
    if (status != STATUS_DONE)
        return status;
    struct running running = {.call = call, .parameters = parameters, .held = STRBUF_INIT};
    if (!interrupt_start(&running.interrupt))
        return STATUS_NOT_DONE;
    output_start(false);
    status = run_all(&running);
    interrupt_end(&running.interrupt);
    strbuf_release(&running.held);
    return output_finish(status);
}

const struct command command_run = {
    .name = "run",
    .operands = "FILE.sql...|-|NOTEBOOK CELL",
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .summary = "run SQL files or a stored cell without Jupyter, and record it",
    .description =
        "Runs each FILE as one cell, in the order given, or what comes through standard input "
        "(`-`), or one CELL (`CELL@V`: its version V) that the store has of a NOTEBOOK, with the "
        "arguments that are stored with it. Everything goes through the same engine and into the "
        "same record as a cell of a notebook, line magics such as `%use FILE` included. Outputs go "
        "to standard output as text.\n"
        "A file is recorded as the cell with its base name (without `.sql`) of the notebook with "
        "its path, so that running it again after an edit gives a new version of that cell; "
        "standard input as a cell of `console/USER`. Two arguments are NOTEBOOK and CELL unless "
        "the second is a file or ends in `.sql`.\n"
        "The first error stops, with exit status 1. An interrupt (SIGINT) ends the statement that "
        "runs; it is recorded as INTERRUPTED. In the store a cell is one transaction: after an "
        "error or an interrupt nothing of it remains. A cell that is SKIPPED, because it runs once "
        "and has run, is no error.\n",
    .examples = "  rscn run schema.sql load.sql\n"
                "  rscn run report.sql --use shop.db -p year=2025 -p 'city=New York'\n"
                "  echo 'SELECT count(*) FROM customer;' | rscn run -\n"
                "  rscn run tour.ipynb load@2\n",
    .statuses = "`130`\tInterrupted.\n",
    .options = options,
    .run = run,
};
