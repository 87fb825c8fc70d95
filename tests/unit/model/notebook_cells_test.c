/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_cells: the versions of the format, and documents that strict JSON readers refuse.
 */
#include "model/notebook_cells.h"

#include "tap.h"

static struct notebook_cells *parse(const char *text)
{
    struct error error = ERROR_INIT;
    struct notebook_cells *cells = notebook_cells_parse(text, strlen(text), &error);
    if (cells == NULL)
        diag("%s", error.message);
    return cells;
}

static void test_4(void)
{
    struct notebook_cells *cells =
        parse("{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{},\"cells\":["
              "{\"cell_type\":\"markdown\",\"id\":\"m1\",\"source\":\"# T\",\"metadata\":{}},"
              "{\"cell_type\":\"code\",\"id\":\"c1\",\"source\":[\"SELECT 1;\\n\",\"SELECT 2\"],"
              "\"metadata\":{\"name\":\"two\"},\"outputs\":[]},"
              "{\"cell_type\":\"code\",\"metadata\":7,\"source\":null}, 5]}");
    if (!ok(cells != NULL, "4.5 is read"))
        return;
    ok(cells->major == 4 && cells->minor == 5 && cells->has_ids, "its version");
    is_int(cells->count, 3, "what is no object is no cell");
    ok(!cells->cells[0].is_code && cells->cells[1].is_code, "types");
    is_str(cells->cells[1].id, "c1", "id");
    is_str(cells->cells[1].name, "two", "name");
    is_str(cells->cells[1].source, "SELECT 1;\nSELECT 2", "lines are joined");
    is_int(cells->cells[1].source_size, 18, "size");
    is_str(cells->cells[2].source, "", "no source");
    ok(cells->cells[2].id == NULL && cells->cells[2].name == NULL, "no id, no name");
    notebook_cells_free(cells);
}

static void test_older(void)
{
    struct notebook_cells *cells =
        parse("{\"nbformat\":4,\"nbformat_minor\":4,\"cells\":["
              "{\"cell_type\":\"code\",\"id\":\"x\",\"source\":\"1\"}]}");
    if (ok(cells != NULL, "4.4 is read")) {
        ok(!cells->has_ids && cells->cells[0].id == NULL, "no ids before 4.5 (FE-45)");
        notebook_cells_free(cells);
    }
    cells = parse("{\"nbformat\":3,\"nbformat_minor\":0,\"worksheets\":[{\"cells\":["
                  "{\"cell_type\":\"code\",\"input\":[\"a\\n\",\"b\"]},"
                  "{\"cell_type\":\"heading\",\"source\":\"H\"}]},{\"cells\":["
                  "{\"cell_type\":\"code\",\"input\":\"c\"}]}]}");
    if (ok(cells != NULL, "3.0 is read")) {
        is_int(cells->count, 3, "all worksheets");
        is_str(cells->cells[0].source, "a\nb", "input");
        is_str(cells->cells[1].source, "H", "source");
        is_str(cells->cells[2].source, "c", "second worksheet");
        notebook_cells_free(cells);
    }
    cells = parse("{\"nbformat\":4}");
    ok(cells != NULL && cells->count == 0, "no cells at all");
    notebook_cells_free(cells);
}

static void test_odd(void)
{
    struct notebook_cells *cells =
        parse("\xEF\xBB\xBF{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{\"n\":[NaN,-Infinity,"
              "Infinity,123456789012345678901234567890]},\"cells\":["
              "{\"cell_type\":\"code\",\"id\":\"c\",\"source\":\"NaN \\ud83d\\ude00 \\ud800 \\\"NaN"
              "\\\\\",\"outputs\":[{\"text\":\"\xff\"}]}]}");
    if (ok(cells != NULL, "NaN, lone surrogates, big numbers and bad bytes")) {
        is_str(cells->cells[0].source, "NaN 😀 \xEF\xBF\xBD \"NaN\\", "text in strings is kept");
        notebook_cells_free(cells);
    }
    cells = parse("{\"nbformat\":4,\"cells\":[{\"cell_type\":\"code\",\"source\":\"a\\u0000b\"}]}");
    if (ok(cells != NULL, "NUL in a source")) {
        is_int(cells->cells[0].source_size, 3, "is part of it");
        notebook_cells_free(cells);
    }
}

static void test_refused(void)
{
    static const char *const CASES[] = {
        "",
        "[]",
        "{}",
        "1",
        "null",
        "{\"nbformat\":5}",
        "{\"nbformat\":2,\"cells\":[]}",
        "{\"nbformat\":\"4\"}",
        "{\"nbformat\":4,",
        "\"\\u12",
        "\\",
        "<<<<<<< HEAD\n{}",
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct error error = ERROR_INIT;
        struct notebook_cells *cells = notebook_cells_parse(CASES[i], strlen(CASES[i]), &error);
        ok(cells == NULL && error.message[0] != '\0' && strchr(error.message, '\n') == NULL,
           "case %zu is refused with one line", i);
        notebook_cells_free(cells);
    }
    char *deep = xmalloc(1000000);
    memset(deep, '[', 1000000);
    ok(notebook_cells_parse(deep, 1000000, NULL) == NULL, "deep nesting is refused");
    free(deep);
}

int main(void)
{
    test_4();
    test_older();
    test_odd();
    test_refused();
    return done_testing();
}
