/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_complete and magic_inspect in a folder with a few files. A | in a text marks the cursor.
 */
#include "kernel/magic/magic_complete.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "kernel/magic/magic_dot.h"
#include "kernel/magic/magics.h"
#include "tap.h"

static struct sqlite_view view = {.label = "a test", .has_rows = true};
static char directory[] = "/tmp/rscn-magic-XXXXXX";
static size_t cells_asked;

static json_t *cells(void *context)
{
    (void)context;
    cells_asked++;
    return json_pack("[s, s, s]", "load_books", "load_loans", "with a blank");
}

/* `start-end text:type …`, or "no magic". Caller frees. */
static char *completed(const char *marked)
{
    const char *mark = strchr(marked, '|');
    size_t cursor = (size_t)(mark - marked), start, end;
    AUTO_FREE char *code = xasprintf("%.*s%s", (int)cursor, marked, mark + 1);
    struct magic_surroundings surroundings = {&view, directory, cells, NULL};
    AUTO_JSON *matches = json_array();
    AUTO_STRBUF text = STRBUF_INIT;
    if (!magic_complete(&surroundings, code, strlen(code), cursor, matches, &start, &end))
        return xstrdup("no magic");
    strbuf_addf(&text, "%zu-%zu", start, end);
    for (size_t i = 0; i < json_array_size(matches); i++) {
        const json_t *match = json_array_get(matches, i);
        strbuf_addf(&text, " %s:%.2s", json_member_text(match, "text", "?"),
                    json_member_text(match, "type", "?"));
    }
    return strbuf_take(&text);
}

static void completes(const char *marked, const char *expected)
{
    AUTO_FREE char *text = completed(marked);
    is_str(text, expected, "completion of %s", marked);
}

static void test_names(void)
{
    completes("%us|", "0-3 %use:ma");
    completes("SELECT 1;\n  %us|", "12-15 %use:ma");
    completes("%%ti|", "0-4 %%time:ma");
    completes(".ta|", "0-3 .tables:ma");
    completes("%nothing|", "0-8");
    completes("SELECT 7\n%us|", "no magic");
    completes("SELECT '\n%us|'", "no magic");
    completes("|%use x", "no magic");
    completes("%use x\n|", "no magic");
}

static void test_arguments(void)
{
    completes("%use --c|", "5-8 --create:op");
    completes("%use x.db --r|", "10-13 --readonly:op");
    completes("%use st|", "5-7 store:va");
    completes("%use :m|", "5-7 :memory::va");
    completes("%help us|", "6-8");
    completes("%help %us|", "6-9 %use:ma");
    completes("%param re|", "7-9 reader:pa");
    completes("%param --u|", "7-10 --unset:op");
    completes("%param reader re|", "14-16");
    completes("%schema bo|", "8-10 book:ta");
    completes("%tables bo|", "8-10 book:ta");
    completes(".schema bo|", "8-10 book:ta");
    completes("%set max|", "5-8 maxrows:se maxwidth:se maxbytes:se");
    completes("%set timer o|", "11-12 on:va off:va");
    completes("%import --header y|", "17-18 yes:va");
    completes("%import x.csv |", "14-14 AS:ke");
    completes("%import x.csv a|", "14-15 as:ke");
    completes("%import x.csv AS bo|", "17-19 book:ta");
    completes("%export x.csv |", "14-14 csv:va json:va");
    completes("%export x.csv j|", "14-15 json:va");
    completes("%export x.csv json |", "19-19");
    completes("%log load_|", "5-10 load_books:ce load_loans:ce");
    completes("%show load_b|", "6-12 load_books:ce");
    completes("%show with|", "6-10 'with a blank':ce");
    completes("%show 'with a|'", "6-14 'with a blank':ce");
    is_int(cells_asked, 4, "cells are asked for where one may be meant, and nowhere else");
}

static void test_files(void)
{
    completes("%use sh|", "5-7 shop.db:fi");
    completes(".open sh|", "6-8 shop.db:fi");
    completes("%use data/|", "5-10 data/old.db:fi");
    completes("%use da|", "5-7 data/:fo");
    completes("%use my|", "5-7 'my shop.db':fi");
    completes("%use 'my|'", "5-9 'my shop.db':fi");
    completes("%use \"my s|", "5-10 \"my shop.db\":fi");
    completes("%use .h|", "5-7 .hidden:fi");
    completes("%use nowhere/|", "5-13");
    completes("%read sh|", "6-8 shop.db:fi");
}

static void inspects(const char *marked, const char *expected)
{
    const char *mark = strchr(marked, '|');
    size_t cursor = (size_t)(mark - marked);
    AUTO_FREE char *code = xasprintf("%.*s%s", (int)cursor, marked, mark + 1);
    AUTO_JSON *bundle = magic_inspect(code, strlen(code), cursor);
    if (expected == NULL)
        ok(bundle == NULL, "nothing is known at %s", marked);
    else
        contains(json_member_text(bundle, "text/plain", ""), expected, "inspection of %s", marked);
}

static void test_inspect(void)
{
    inspects("%us|e", "%use [FILE");
    inspects("%use shop|.db --create", "makes the file if it is missing");
    inspects(".op|en x", "%use [FILE");
    inspects("%%exp|lain\nSELECT 1", "query plan");
    inspects("%no|thing", NULL);
    inspects("SELECT 1 |% 2", NULL);
}

/* Every command of the list is one, and every magic has a help that completion can read. */
static void test_tables(void)
{
    for (const char *const *name = magic_dot_names(); *name != NULL; name++) {
        bool is_parameter = strcmp(*name, ".parameter") == 0;
        AUTO_FREE char *line = xasprintf("%s%s", *name, is_parameter ? " list" : "");
        AUTO_FREE char *magic = magic_dot_translate(line, strlen(line), NULL);
        ok(magic != NULL, "%s is known", *name);
    }
    for (const char *const *name = magic_names(); *name != NULL; name++)
        ok(strncmp(magic_help(*name), *name, strlen(*name)) == 0, "%s: its usage comes first",
           *name);
}

static void test_robust(void)
{
    static const char text[] = "%use 'a b' \"c -- -- |\0 %%x\n.open [\n%set \xff\xc3 '\n%";
    struct magic_surroundings surroundings = {&view, directory, NULL, NULL};
    for (size_t size = 0; size <= sizeof(text); size++) {
        for (size_t cursor = 0; cursor <= size + 2; cursor++) {
            AUTO_FREE char *copy = xmemdup(text, size > 0 ? size : 1);
            AUTO_JSON *matches = json_array();
            size_t start = 0, end = 0;
            if (magic_complete(&surroundings, copy, size, cursor, matches, &start, &end) &&
                (start > end || end > size))
                ok(false, "range %zu-%zu of %zu", start, end, size);
            json_decref(magic_inspect(copy, size, cursor));
        }
    }
    ok(true, "any text");
}

static void touch(const char *name)
{
    AUTO_FREE char *path = xasprintf("%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fclose(file) != 0)
        bail_out("%s can't be made", path);
}

static void forget(const char *name)
{
    AUTO_FREE char *path = xasprintf("%s/%s", directory, name);
    if (remove(path) != 0)
        diag("%s is still there", path);
}

int main(void)
{
    static const char *const files[] = {"shop.db", "my shop.db", ".hidden", "data/old.db"};
    if (mkdtemp(directory) == NULL)
        bail_out("no folder for the test");
    AUTO_FREE char *data = xasprintf("%s/data", directory);
    if (mkdir(data, 0700) != 0)
        bail_out("no folder in the folder");
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        touch(files[i]);
    sqlite3_open(":memory:", &view.connection);
    sqlite3_exec(view.connection, "CREATE TABLE book (id)", NULL, NULL, NULL);
    AUTO_JSON *parameters = json_pack("{s:s, s:i}", "reader", "Ada", "days", 14);
    view.parameters = parameters;
    test_names();
    test_arguments();
    test_files();
    test_inspect();
    test_tables();
    test_robust();
    sqlite3_close(view.connection);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        forget(files[i]);
    forget("data");
    forget("");
    return done_testing();
}
