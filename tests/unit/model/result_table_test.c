/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table: whole tables compared byte by byte, and what odd values must not do to them.
 */
#include "model/table/result_table.h"

#include <math.h>

#include "base/json_util.h"
#include "tap.h"

static char *text_of(const struct result_table *table, const struct result_total *total)
{
    struct strbuf buffer = STRBUF_INIT;
    result_table_text(table, total, &buffer);
    return strbuf_take(&buffer);
}

static char *html_of(const struct result_table *table, const struct result_total *total)
{
    struct strbuf buffer = STRBUF_INIT;
    result_table_html(table, total, &buffer);
    return strbuf_take(&buffer);
}

static char *json_of(const struct result_table *table)
{
    AUTO_JSON *json = result_table_data_resource(table);
    return json ? json_format(json) : NULL;
}

static void add_text(struct result_table *table, const char *text)
{
    result_table_add_text(table, text, strlen(text));
}

/* One column and one row with the text. Caller frees the texts. */
static struct result_table *one_text(const char *text, size_t size)
{
    struct result_table *table = result_table_new();
    result_table_add_column(table, "t", NULL);
    result_table_add_text(table, text, size);
    return table;
}

static void test_small(void)
{
    struct result_table *table = result_table_new();
    result_table_add_column(table, "id", "INTEGER");
    result_table_add_column(table, "name", "TEXT");
    result_table_add_column(table, "price", "REAL");
    result_table_add_integer(table, 1);
    add_text(table, "日本");
    result_table_add_real(table, 2.5);
    result_table_add_integer(table, 100);
    result_table_add_null(table);
    result_table_add_null(table);
    is_int(result_table_columns(table), 3, "columns");
    is_int(result_table_rows(table), 2, "rows");
    AUTO_FREE char *text = text_of(table, NULL);
    is_str(text,
           " id  name  price\n"
           "───  ────  ─────\n"
           "  1  日本    2.5\n"
           "100  NULL   NULL\n"
           "(2 rows)",
           "text");
    AUTO_FREE char *html = html_of(table, NULL);
    is_str(html,
           "<div class=\"tex2jax_ignore mathjax_ignore\"><table style=\"text-align:right\">"
           "<caption style=\"caption-side:bottom;text-align:left\">2 rows</caption>\n"
           "<thead><tr><th scope=\"col\" style=\"text-align:right\">id</th>"
           "<th scope=\"col\" style=\"text-align:left\">name</th>"
           "<th scope=\"col\" style=\"text-align:right\">price</th></tr></thead>\n<tbody>\n"
           "<tr><td>1</td><td style=\"text-align:left\">日本</td><td>2.5</td></tr>\n"
           "<tr><td>100</td><td style=\"text-align:left\">"
           "<span style=\"opacity:.6;font-style:italic\">NULL</span></td>"
           "<td><span style=\"opacity:.6;font-style:italic\">NULL</span></td></tr>\n"
           "</tbody></table>\n</div>",
           "HTML");
    AUTO_FREE char *json = json_of(table);
    is_str(json,
           "{\"schema\":{\"fields\":[{\"name\":\"id\",\"type\":\"integer\"},"
           "{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"price\",\"type\":\"number\"}]},"
           "\"data\":[{\"id\":1,\"name\":\"日本\",\"price\":2.5},"
           "{\"id\":100,\"name\":null,\"price\":null}]}",
           "data resource");
    result_table_free(table);
}

static void test_totals(void)
{
    static const struct {
        struct result_total total;
        const char *expected;
    } cases[] = {
        {{.rows = 1, .is_exact = true}, "(1 row)"},
        {{.rows = 250000, .is_exact = true},
         "(1 of 250000 rows shown; %set maxrows all shows them all)"},
        {{.rows = 5000000}, "(1 of more than 5000000 rows shown; %set maxrows all shows them all)"},
        {{.rows = 7, .is_exact = true, .cut_by_bytes = true},
         "(1 of 7 rows shown; the output limit is reached, %set maxbytes raises it)"},
        {{.rows = 1, .is_exact = true, .note = "unbound: :x"}, "(1 row)\nunbound: :x"},
        {{.rows = 0, .is_exact = true}, "(1 row)"},
    };
    struct result_table *table = one_text("a", 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *text = text_of(table, &cases[i].total);
        contains(text, cases[i].expected, "total %zu", i);
    }
    const struct result_total noted = {
        .rows = 9, .is_exact = true, .note = "unbound: <:x>\nRun time"};
    AUTO_FREE char *html = html_of(table, &noted);
    contains(html, ">1 of 9 rows shown; %set maxrows all shows them all</caption>",
             "total in HTML");
    contains(html, "<p>unbound: &lt;:x&gt;</p><p>Run time</p></div>", "note in HTML");
    result_table_free(table);
    struct result_table *empty = result_table_new();
    result_table_add_column(empty, "long name", "VARCHAR(3)");
    AUTO_FREE char *text = text_of(empty, NULL);
    is_str(text, "long name\n─────────\n(0 rows)", "no rows");
    AUTO_FREE char *json = json_of(empty);
    contains(json, "\"type\":\"string\"", "the declared type where there are no values");
    AUTO_FREE char *none = html_of(empty, NULL);
    contains(none, ">0 rows</caption>", "no rows in HTML");
    contains(none, "<th scope=\"col\" style=\"text-align:left\">long name</th>", "with the header");
    result_table_free(empty);
}

static void test_lookalikes(void)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"NULL", "'NULL'"},
        {"null", "null"},
        {"x'01' (1 byte)", "'x''01'' (1 byte)'"},
        {"'NULL'", "'''NULL'''"},
        {"it's", "it's"},
        {"1", "1"},
        {"a\r\nb\nc\td\x1b[31m\x7f", "a↵b↵c⇥d␛[31m␡"},
        {"\xff\xc2\x9b\xe2\x80\xae", "\xEF\xBF\xBD\\u009b\\u202e"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct result_table *table = one_text(cases[i].text, strlen(cases[i].text));
        AUTO_FREE char *text = text_of(table, NULL);
        AUTO_FREE char *line = xasprintf("\n%s\n(1 row)", cases[i].expected);
        contains(text, line, "look-alike %zu", i);
        result_table_free(table);
    }
    struct result_table *table = one_text("a\0b", 3);
    AUTO_FREE char *text = text_of(table, NULL);
    contains(text, "a␀b", "NUL is visible");
    AUTO_FREE char *html = html_of(table, NULL);
    contains(html, "a␀b", "in HTML too");
    AUTO_FREE char *json = json_of(table);
    contains(json, "\"a\\u0000b\"", "and kept in JSON");
    result_table_free(table);
}

static void test_numbers(void)
{
    static const struct {
        double value;
        const char *expected;
    } cases[] = {
        {1, "1.0"},          {0.1, "0.1"},   {0.1 + 0.2, "0.30000000000000004"},
        {1e300, "1e+300"},   {-2.5, "-2.5"}, {HUGE_VAL, "Inf"},
        {-HUGE_VAL, "-Inf"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct result_table *table = result_table_new();
        result_table_add_column(table, "n", NULL);
        result_table_add_real(table, cases[i].value);
        AUTO_FREE char *text = text_of(table, NULL);
        AUTO_FREE char *line = xasprintf("%s\n(1 row)", cases[i].expected);
        contains(text, line, "number %zu", i);
        AUTO_FREE char *json = json_of(table);
        ok(json != NULL, "as JSON too");
        result_table_free(table);
    }
    struct result_table *table = result_table_new();
    result_table_add_column(table, "mixed", NULL);
    result_table_add_integer(table, INT64_MIN);
    result_table_add_integer(table, 7);
    add_text(table, "7");
    AUTO_FREE char *text = text_of(table, NULL);
    is_str(text,
           "mixed\n────────────────────\n-9223372036854775808\n                   7\n7\n(3 rows)",
           "numbers stand right, text that looks like one left");
    AUTO_FREE char *json = json_of(table);
    contains(json, "\"type\":\"any\"", "a mixed column");
    contains(json, "-9223372036854775808", "integers stay integers");
    result_table_free(table);
}

static void test_blobs(void)
{
    unsigned char bytes[40];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    struct result_table *table = result_table_new();
    result_table_add_column(table, "b", "BLOB");
    result_table_add_blob(table, bytes + 1, 1);
    result_table_add_blob(table, bytes, sizeof(bytes));
    result_table_add_blob(table, "", 0);
    AUTO_FREE char *text = text_of(table, NULL);
    contains(text, "x'01' (1 byte)\n", "a small BLOB");
    contains(text, "x'000102", "a large one");
    contains(text, "1e1f…' (40 bytes)\n", "its size");
    contains(text, "x'' (0 bytes)\n", "an empty one");
    AUTO_FREE char *html = html_of(table, NULL);
    contains(html, "<span style=\"opacity:.6\">x'01' (1 byte)</span>", "in HTML");
    contains(html, "…' (40 bytes)</span>", "with its size");
    AUTO_FREE char *json = json_of(table);
    contains(json, "{\"b\":\"x'01' (1 byte)\"}", "in JSON");
    result_table_free(table);
}

static void test_html(void)
{
    static const char TEXT[] = "<script>alert(\"&\")</script>";
    struct result_table *table = result_table_new();
    result_table_add_column(table, "<i>", NULL);
    add_text(table, TEXT);
    add_text(table, "a  b");
    add_text(table, "a\nb");
    AUTO_FREE char *html = html_of(table, NULL);
    ok(strstr(html, "<script") == NULL && strstr(html, "<i>") == NULL, "everything is escaped");
    contains(html, "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;</td>", "text");
    contains(html, "white-space:pre-wrap\">a  b</td>", "blanks are kept");
    contains(html, "white-space:pre-wrap\">a\nb</td>", "line ends are kept");
    result_table_free(table);
}

static void test_long(void)
{
    AUTO_FREE char *big = xmalloc(300001);
    for (size_t i = 0; i < 300000; i += 3)
        memcpy(big + i, "é_", 3);
    big[300000] = '\0';
    struct result_table *table = one_text(big, 300000);
    ok(result_table_size(table) < 100000, "a huge text is not kept whole");
    AUTO_FREE char *text = text_of(table, NULL);
    contains(text, "é_… (200000 characters)\n", "cut in plain text");
    ok(strlen(text) < 2000, "its length");
    AUTO_FREE char *html = html_of(table, NULL);
    contains(html, "_<span style=\"opacity:.6\">… (200000 characters)</span></td>", "in HTML");
    ok(strlen(html) < 4000, "its length in HTML");
    AUTO_FREE char *json = json_of(table);
    contains(json, "… (200000 characters)\"", "said in JSON");
    result_table_free(table);

    memset(big, 'a', 200);
    struct result_table *just = one_text(big, 200);
    AUTO_FREE char *whole = text_of(just, NULL);
    ok(strstr(whole, "characters") == NULL, "200 columns are shown whole");
    result_table_free(just);

    for (size_t i = 0; i + 2 <= 300000; i += 2)
        memcpy(big + i, "\xcc\x81", 2);
    struct result_table *combining = one_text(big, 300000);
    AUTO_FREE char *marks = text_of(combining, NULL);
    ok(strlen(marks) < 4000, "characters without width are bounded too");
    result_table_free(combining);
}

static void test_limit(void)
{
    struct result_table *table = result_table_new();
    result_table_limit(table, 3, SIZE_MAX);
    result_table_add_column(table, "t", NULL);
    add_text(table, "abc");
    add_text(table, "abcd");
    add_text(table, "日本語版");
    add_text(table, "a&<>");
    AUTO_FREE char *text = text_of(table, NULL);
    is_str(text,
           "t\n──────────────────────\nabc\nabc… (4 characters)\n日本語… (4 characters)\n"
           "a&<… (4 characters)\n(4 rows)",
           "cut by characters in plain text");
    AUTO_FREE char *html = html_of(table, NULL);
    contains(html, ">abc</td>", "what fits is whole in HTML");
    contains(html, ">日本語<span style=\"opacity:.6\">… (4 characters)</span></td>",
             "cut there too");
    contains(html, ">a&amp;&lt;<span", "a character that is escaped counts once");
    AUTO_FREE char *json = json_of(table);
    contains(json, "\"日本語版\"", "JSON of few rows has them whole");
    result_table_free(table);

    AUTO_FREE char *big = xmalloc(100001);
    memset(big, 'a', 100001);
    struct result_table *all = result_table_new();
    result_table_limit(all, SIZE_MAX, 100000);
    result_table_add_column(all, "t", NULL);
    result_table_add_text(all, big, 100000);
    result_table_add_text(all, big, 100001);
    struct strbuf buffer = STRBUF_INIT;
    result_table_text(all, NULL, &buffer);
    ok(buffer.size > 2 * 100000, "without a limit nothing is cut");
    contains(buffer.text, "a… (100001 characters)\n(2 rows)", "but at the bytes that are kept");
    strbuf_release(&buffer);
    result_table_free(all);
}

/* What the caller's budget is compared with. */
static void test_size(void)
{
    static const char *const TEXTS[] = {"a", "<&>\"", "  b", "\x1b[31m\x80", "日本", "NULL", "x'"};
    struct result_table *table = result_table_new();
    for (int i = 0; i < 4; i++)
        result_table_add_column(table, "<col>", NULL);
    bool is_bound = true;
    for (size_t row = 0; row < 200; row++) {
        add_text(table, TEXTS[row % ARRAY_SIZE(TEXTS)]);
        result_table_add_integer(table, (int64_t)(row * row) - 7);
        result_table_add_blob(table, TEXTS, row % 50);
        result_table_add_null(table);
        struct strbuf text = STRBUF_INIT, html = STRBUF_INIT;
        result_table_text(table, NULL, &text);
        result_table_html(table, NULL, &html);
        is_bound = is_bound && text.size + html.size <= result_table_size(table);
        strbuf_release(&text);
        strbuf_release(&html);
    }
    ok(is_bound, "both texts together are never larger than what was foreseen");
    AUTO_FREE char *before = text_of(table, NULL);
    for (int i = 0; i < 4; i++)
        add_text(table, "a row that is much wider than the others");
    is_int(result_table_rows(table), 201, "one more row");
    result_table_drop_row(table);
    AUTO_FREE char *after = text_of(table, NULL);
    is_str(after, before, "a row that was taken out again leaves nothing behind");
    result_table_free(table);
}

static void test_many(void)
{
    struct result_table *table = result_table_new();
    result_table_add_column(table, "a", NULL);
    result_table_add_column(table, "b", NULL);
    for (int i = 0; i < 200000; i++) {
        add_text(table, i == 500 ? "0123456789012345678901234567890123456789012345678901234567890"
                                   "123456789012345678901234567890123456789"
                                 : "x");
        result_table_add_integer(table, i);
    }
    is_int(result_table_rows(table), 200000, "many rows");
    ok(result_table_data_resource(table) == NULL, "no data resource for many rows");
    struct strbuf buffer = STRBUF_INIT;
    result_table_text(table, NULL, &buffer);
    ok(buffer.size < 24u << 20, "one wide cell does not blow up all the others");
    strbuf_release(&buffer);
    result_table_free(table);
}

static void test_names(void)
{
    struct result_table *table = result_table_new();
    static const char *const NAMES[] = {"a", "a", "a", "a_2", "\xff"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        result_table_add_column(table, NAMES[i], NULL);
    for (int i = 0; i < 5; i++)
        result_table_add_integer(table, i);
    AUTO_FREE char *json = json_of(table);
    contains(json, "\"data\":[{\"a\":0,\"a_3\":1,\"a_4\":2,\"a_2\":3,\"\xEF\xBF\xBD\":4}]",
             "each column keeps a name of its own");
    result_table_free(table);

    struct result_table *wide = result_table_new();
    for (int i = 0; i < 2000; i++)
        result_table_add_column(wide, "same", NULL);
    AUTO_JSON *resource = result_table_data_resource(wide);
    is_int(json_array_size(json_object_get(json_object_get(resource, "schema"), "fields")), 2000,
           "two thousand columns of one name");
    result_table_free(wide);
}

int main(void)
{
    test_small();
    test_totals();
    test_lookalikes();
    test_numbers();
    test_blobs();
    test_html();
    test_long();
    test_limit();
    test_size();
    test_many();
    test_names();
    return done_testing();
}
