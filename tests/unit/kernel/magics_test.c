/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magics on an executor whose store can't be used: all that needs none must work then too.
 */
#include "kernel/magic/magics.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/sqlite_guard.h"
#include "kernel/executor.h"
#include "tap.h"

static struct executor *executor;
static struct strbuf shown = STRBUF_INIT;
static struct error error;

static void on_display(void *context, const json_t *data, const json_t *metadata)
{
    (void)context;
    (void)metadata;
    strbuf_add_text(&shown, json_member_text(data, "text/plain", "(no text)"));
    strbuf_add_char(&shown, '\n');
}

static void on_stream(void *context, const char *name, const char *text)
{
    (void)context;
    (void)name;
    strbuf_add_text(&shown, text);
}

static bool run(const char *line)
{
    struct engine_sink sink = {.display = on_display, .stream = on_stream};
    strbuf_clear(&shown);
    error = (struct error)ERROR_INIT;
    return magic_run(executor, line, strlen(line), &sink, &error);
}

/* The line works and shows the text. */
static void shows(const char *line, const char *part)
{
    bool done = run(line);
    contains(done ? strbuf_text(&shown) : error.message, part, "%s", line);
    ok(done, "%s works", line);
}

static void fails(const char *line, const char *part)
{
    bool done = run(line);
    ok(!done, "%s fails", line);
    contains(error.message, part, "%s says why", line);
}

static void names(const char *code, const char *expected, bool expected_valid)
{
    bool valid;
    AUTO_FREE char *name = magic_cell_name(code, strlen(code), &valid);
    is_str(name, expected, "name of the cell %s", code);
    ok(valid == expected_valid, "%s is %s", code, expected_valid ? "right" : "wrong");
}

static void test_cell_names(void)
{
    names("%cell overdue", "overdue", true);
    names("  %cell  'two words' ", "two words", true);
    names("SELECT 1", NULL, true);
    names("", NULL, true);
    names("%cells x", NULL, true);
    names("%cell", NULL, false);
    names("%cell a b", NULL, false);
    names("%cell a@2", NULL, false);
    names("%cell -1", NULL, false);
    names("%cell ''", NULL, false);
    bool valid;
    AUTO_FREE char *name = magic_cell_name("\n%cell first\r\nSELECT 1", 22, &valid);
    is_str(name, "first", "blank lines before, a line end of Windows");
    fails("%cell a@2", "may not begin with");
    fails("%cell", "%cell NAME");
    ok(run("%cell overdue"), "a right one does nothing more");
}

static void test_help(void)
{
    shows("%help", "%use [FILE|:memory:|file:URI|store] [--create] [--readonly]");
    shows("%help use", "relative to the notebook's folder");
    shows("%help %param", "never an SQL expression");
    fails("%help tabels", "did you mean %tables?");
    fails("%tabels", "unknown magic %tabels; did you mean %tables? %help lists all");
    fails("%qwertz", "unknown magic %qwertz; %help lists all");
    fails("%%python", "choose its own kernel");
    fails("%%pyhton", "this kernel runs SQL");
    fails("%%expalin", "did you mean %%explain?");
    fails("%LOAD shop.db", "%use FILE chooses the database");
    fails("%sql sqlite:///shop.db", "a cell is SQL itself");
    shows("%help explain", "what uses an index");
}

static void test_dots(void)
{
    shows(".parameter set :limit 5", "limit = 5");
    shows(".parameter list", "limit");
    shows(".parameter unset limit", "limit removed");
    shows(".parameter clear", "0 parameters removed");
    fails(".parameter sett a 5", ".parameter set NAME VALUE");
    fails(".open /no/such/file.db", "%use: ");
    fails(".mode csv", "%export FILE csv");
    fails(".import a.csv a", "%import FILE.csv [AS t]");
    fails(".tabels", "did you mean .tables?");
    fails(".qwertz", "%help lists what is");
    fails("%", "unknown magic");
    for (const char *const *name = magic_names(); *name != NULL; name++)
        contains(magic_help(*name), *name, "help of %s", *name);
    ok(magic_help("%nothing") == NULL, "no help of what is not there");
}

static void is_parameter(const char *name, const char *expected)
{
    const json_t *value =
        json_object_get(sqlite_engine_parameters(executor_engine(executor)), name);
    AUTO_FREE char *text = value != NULL ? json_format(value) : NULL;
    is_str(text, expected, "parameter %s", name);
}

static void test_param(void)
{
    shows("%param", "No parameters are set");
    shows("%param station Oslo", "station = \"Oslo\"");
    shows("%param :limit 5", "limit = 5");
    ok(run("%param city New York; and 'more'"), "the rest of the line is one text");
    is_parameter("city", "\"New York; and 'more'\"");
    ok(run("%param quoted 'it''s'"), "quoted as in SQL");
    is_parameter("quoted", "\"it's\"");
    ok(run("%param text \"5\""), "a JSON text");
    is_parameter("text", "\"5\"");
    ok(run("%param real -1.5"), "a real number");
    is_parameter("real", "-1.5");
    ok(run("%param none null"), "null");
    is_parameter("none", "null");
    ok(run("%param yes true"), "true");
    is_parameter("yes", "true");
    ok(run("%param list [1, 2]"), "an array is no scalar");
    is_parameter("list", "\"[1, 2]\"");
    ok(run("%param expression 1+1"), "an expression is a text");
    is_parameter("expression", "\"1+1\"");
    shows("%param limit", "limit = 5");
    shows("%param", "station");
    fails("%param statoin", "did you mean station?");
    fails("%param 1x 5", "no name for a parameter");
    fails("%param a-b 5", "no name for a parameter");
    shows("%param --unset limit", "limit removed");
    shows("%param --unset limit", "was not set");
    fails("%param --unset", "something is missing");
    fails("%param --wrong", "unknown option --wrong");
    shows("%param --clear", "removed");
    shows("%param", "No parameters are set");
}

static void test_set(void)
{
    struct engine_limits *limits = executor_limits(executor);
    shows("%set", "maxrows");
    shows("%set maxrows all", "maxrows = all");
    is_int(limits->max_rows, -1, "all rows");
    shows("%set maxrows 20", "maxrows = 20");
    is_int(limits->max_rows, 20, "20 rows");
    shows("%set maxbytes 64k", "maxbytes = 64k");
    is_int(limits->max_bytes, 65536, "64k");
    shows("%set maxbytes 2M", "maxbytes = 2M");
    shows("%set timeout 0.5", "timeout = 0.5");
    is_int(limits->timeout_ms, 500, "half a second");
    shows("%set timeout", "timeout = 0.5");
    fails("%set maxrows -1", "'-1' is no value for maxrows; it takes");
    fails("%set maxrows many", "'many' is no value for maxrows; it takes");
    fails("%set maxrows 99999999999999999999", "no value");
    fails("%set maxbytes 5G", "no value");
    fails("%set maxbytes 1", "no value");
    fails("%set timeout nan", "no value");
    fails("%set maxrow 5", "did you mean maxrows?");
    is_int(limits->max_rows, 20, "nothing was changed by mistakes");
}

static void test_databases(const char *directory)
{
    fails("%use store", "rssd.db");
    fails("%tables", "rssd.db");
    fails("%log", "rssd.db");
    shows("%info", "version");
    shows("%use :memory:", "In use: :memory:");
    shows("%use", "In use: :memory:");
    const struct engine_target *target = sqlite_engine_target(executor_engine(executor));
    sqlite_guard_own(target->guard, true);
    ok(sqlite3_exec(target->connection,
                    "CREATE TABLE loan (id, reader); CREATE VIEW late AS SELECT * FROM loan;"
                    "CREATE TABLE rscn_x (a); CREATE TABLE book (id)",
                    NULL, NULL, NULL) == SQLITE_OK,
       "tables in memory");
    sqlite_guard_own(target->guard, false);
    shows("%tables", "rscn_x");
    shows("%tables lo", "loan");
    ok(strstr(strbuf_text(&shown), "book") == NULL, "a pattern is part of the name");
    shows("%tables b*", "book");
    shows("%tables %AT%", "late");
    shows("%schema loan", "CREATE TABLE loan (id, reader);");
    shows("%schema", "CREATE VIEW late");
    fails("%schema laon", "did you mean loan?");
    fails("%schema sqlite_schema", "there is no sqlite_schema");
    ok(strstr(error.message, "mean sqlite_schema") == NULL, "what was said is not near");
    fails("%use 'my shop.db'", "`%use --create \"my shop.db\"` makes it");
    fails("%use 'my shop.db' --create --readonly", "exclude each other");
    fails("%use store --create", "the store takes no option");
    fails("%use a b", "put a name with blanks in quotes");
    fails("%use --create", "something is missing");
    shows("%use 'my shop.db' --create", "my shop.db");
    shows("%use 'my shop.db'", "my shop.db");
    ok(strstr(strbuf_text(&shown), "read-only") == NULL, "it can be written");
    shows("%use 'my shop.db' --readonly", "read-only");
    AUTO_FREE char *path = path_join(directory, "my shop.db");
    shows("%use :memory:", ":memory:");
    shows("%tables", "loan");
    fails("%use 'my shob.db'", "my shop.db");
    (void)unlink(path);
}

int main(void)
{
    char directory[] = "/tmp/magics-XXXXXX";
    ident_init();
    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        bail_out("no folder for the test");
    AUTO_FREE char *store = path_join(directory, "missing/rssd.db");
    struct executor_options options = {.store = store, .notebook = "test", .client = "test"};
    executor = executor_new(&options);
    test_cell_names();
    test_help();
    test_dots();
    test_param();
    test_set();
    test_databases(directory);
    executor_free(executor);
    strbuf_release(&shown);
    if (chdir("/") == 0)
        (void)rmdir(directory);
    return done_testing();
}
