/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_text: scripts as jupytext writes them, what comes back, what stays of the notebook
 * before, and what is refused. tests/jupyter/export_clients.py compares with jupytext itself.
 */
#include "model/script/percent_text.h"

#include "base/ident.h"
#include "tap.h"

#define PYTHON                                                                                     \
    "\"metadata\":{\"kernelspec\":{\"display_name\":\"Python 3\",\"language\":\"python\","         \
    "\"name\":\"python3\"},\"kept\":1},\"nbformat\":4,\"nbformat_minor\":5}"
#define SQL                                                                                        \
    "\"metadata\":{\"kernelspec\":{\"display_name\":\"SQL (rscn)\",\"language\":\"sql\","          \
    "\"name\":\"rscn\"}},\"nbformat\":4,\"nbformat_minor\":5}"
#define CODE(id, source, metadata)                                                                 \
    "{\"cell_type\":\"code\",\"id\":\"" id "\",\"metadata\":" metadata                             \
    ",\"outputs\":[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":\"out\"}],"            \
    "\"execution_count\":3,\"source\":\"" source "\"}"
#define TEXT(type, id, source)                                                                     \
    "{\"cell_type\":\"" type "\",\"id\":\"" id "\",\"metadata\":{},\"source\":\"" source "\"}"
#define HEADER(comment, extension, kernel)                                                         \
    comment " ---\n" comment " jupyter:\n" comment "   jupytext:\n" comment                        \
            "     text_representation:\n" comment "       extension: " extension "\n" comment      \
            "       format_name: percent\n" comment                                                \
            "       format_version: '1.3'\n" kernel comment " ---\n\n"
#define PYTHON_HEADER                                                                              \
    HEADER("#", ".py",                                                                             \
           "#   kernelspec:\n#     display_name: Python 3\n#     language: python\n"               \
           "#     name: python3\n")
#define SQL_HEADER                                                                                 \
    HEADER("--", ".sql",                                                                           \
           "--   kernelspec:\n--     display_name: SQL (rscn)\n--     language: sql\n"             \
           "--     name: rscn\n")

/* The notebook as a script; NULL with *ret_error when it is refused. Caller frees. */
static char *written(const char *text, enum percent_language language, struct error *ret_error)
{
    AUTO_STRBUF script = STRBUF_INIT;
    struct notebook *notebook = notebook_parse(text, strlen(text), ret_error);
    bool is_written = notebook && percent_text_write(notebook, language, &script, ret_error);
    notebook_free(notebook);
    return is_written ? strbuf_take(&script) : NULL;
}

/* The script as a notebook; `before` may be NULL. Caller frees. */
static char *taken(const char *script, enum percent_language language, const char *before)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF text = STRBUF_INIT;
    struct notebook *notebook = before ? notebook_parse(before, strlen(before), &error) : NULL;
    bool is_read = percent_text_read(script, strlen(script), language, notebook, before,
                                     before ? strlen(before) : 0, &text, &error);
    if (!is_read)
        diag("%s", error.message);
    notebook_free(notebook);
    return strbuf_take(&text);
}

static void test_python(void)
{
    struct error error = ERROR_INIT;
    static const char
        text
            [] =
                "{\"cells\":[" TEXT("markdown", "a", "# Why?\\n\\nplain") "," CODE(
                    "b", "x = 1\\n%time f()\\n    !ls\\n# %cd y\\ns = '''\\n%no\\n'''",
                    "{\"collapsed\":true,\"name\":\"n\\u00e9\",\"tags\":[\"t\"],\"title\":\"load\"}") "," CODE("c",
                                          "def f():\\n  "
                                          "  pass",
                                          "{}") "," CODE("d", "%%sql --x\\nSELECT 1\\n",
                                                         "{}") "," TEXT("raw", "e",
                                                                        "r") "," CODE("f", "",
                                                                                      "{}") "]"
                                                                                            "," PYTHON;
    static const char script[] =
        PYTHON_HEADER "# %% [markdown]\n# # # Why?\n#\n# plain\n\n"
                      "# %% load name=\"n\\u00e9\" tags=[\"t\"]\nx = 1\n# %time f()\n    # !ls\n"
                      "# # %cd y\ns = '''\n%no\n'''\n\n\n"
                      "# %%\ndef f():\n    pass\n\n"
                      "# %% magic_args=\"--x\" language=\"sql\"\n# SELECT 1\n#\n\n"
                      "# %% [raw]\n# r\n\n# %%\n";
    AUTO_FREE char *got = written(text, PERCENT_PYTHON, &error);
    is_str(got, script, "a notebook in Python");
    ok(percent_text_is(script, strlen(script), PERCENT_PYTHON), "is known as one");
    AUTO_FREE char *same = taken(script, PERCENT_PYTHON, text);
    is_str(same, text, "read again it is the notebook byte for byte");
    AUTO_FREE char *first = taken(script, PERCENT_PYTHON, NULL);
    AUTO_FREE char *second = taken(script, PERCENT_PYTHON, NULL);
    is_str(first, second, "alone it is the same notebook each time");
    AUTO_FREE char *again = written(first, PERCENT_PYTHON, &error);
    is_str(again, script, "which is the same script");
}

static void test_indented_assignment(void)
{
    struct error error = ERROR_INIT;
    static const char text[] =
        "{\"cells\":[" CODE("a", "for i in x:\\n    t = %time i\\n    print(t)", "{}") "]," PYTHON;
    static const char script[] =
        PYTHON_HEADER "# %%\nfor i in x:\n#     t = %time i\n    print(t)\n";
    AUTO_FREE char *got = written(text, PERCENT_PYTHON, &error);
    is_str(got, script, "an indented assignment of a magic is a comment at the line's start");
    AUTO_FREE char *same = got ? taken(got, PERCENT_PYTHON, text) : NULL;
    is_str(same, text, "and comes back");
}

static void test_sql(void)
{
    struct error error = ERROR_INIT;
    static const char text[] = "{\"cells\":[" TEXT("markdown", "a", "T\\n") "," CODE(
        "b", "%use x.db\\nSELECT '\\u00e9'\\n\\n\\n-- %x", "{}") "," CODE("c", "%%bash\\nls",
                                                                          "{}") "]," SQL;
    static const char script[] = SQL_HEADER "-- %% [markdown]\n-- T\n--\n\n"
                                            "-- %%\n%use x.db\nSELECT 'é'\n\n\n-- %x\n\n"
                                            "-- %% language=\"bash\"\n-- ls\n";
    AUTO_FREE char *got = written(text, PERCENT_SQL, &error);
    is_str(got, script, "a notebook in SQL");
    AUTO_FREE char *same = taken(script, PERCENT_SQL, text);
    is_str(same, text, "read again it is the notebook byte for byte");
    AUTO_FREE char *plain = taken("-- %%\nSELECT 1;\n-- %% [markdown]\n-- x\n", PERCENT_SQL, NULL);
    ok(strstr(plain, "\"name\": \"rscn\"") != NULL, "a script without a header is for our kernel");
    ok(strstr(plain, "\"SELECT 1;\"") && strstr(plain, "\"x\""), "its cells");
    ok(strstr(plain, "\"nbformat_minor\": 5") != NULL, "4.5");
}

static void test_edited(void)
{
    static const char text[] =
        "{\"cells\":[" CODE("b", "load(1)", "{\"scrolled\":true,\"tags\":[\"a\"]}") "," CODE(
            "c", "print('the second one of them')", "{}") "]," PYTHON;
    static const char script[] = PYTHON_HEADER "# %% tags=[\"b\"]\nload(1)\n\n# %% [markdown]\n# "
                                               "new\n\n# %%\nprint('the second one of those')\n";
    AUTO_FREE char *got = taken(script, PERCENT_PYTHON, text);
    const char *first = strstr(got, "\"id\": \"b\""), *second = strstr(got, "\"id\": \"c\"");
    ok(first && second && first < second, "cells keep their ids");
    ok(strstr(got, "\"scrolled\": true") != NULL, "and the metadata that a script doesn't have");
    ok(strstr(got, "\"b\"\n") != NULL && !strstr(got, "\"a\""), "the others are the script's");
    const char *output = strstr(got, "\"out\"");
    ok(output && !strstr(output + 1, "\"out\""), "outputs stay while the text is the same");
    ok(strstr(got, "\"kept\": 1") != NULL, "the notebook's metadata stays");
    ok(strstr(got, "\"new\"") != NULL, "a new cell");
}

/* What jupytext and others write and we don't. */
static void test_odd(void)
{
    AUTO_FREE char *got =
        taken("#!/usr/bin/env python\r\n# coding: utf-8\r\n"
              "# ---\r\n# title: T\r\n# jupyter:\r\n#   kernelspec:\r\n"
              "#     display_name: \"P \\xFC\"\r\n#     name: 'p''3'\r\n# ---\r\n\r\n"
              "# %% A title [md] {\"k\": [1]}\r\n\"\"\"\r\ntext\r\n\"\"\"\r\n\r\n"
              "# In[12]:\r\n#%%\r\nx\r\n\r\n\r\n# <codecell>\r\ny\r\n",
              PERCENT_PYTHON, NULL);
    ok(strstr(got, "\"display_name\": \"P ü\"") && strstr(got, "\"name\": \"p'3\""), "quoted YAML");
    ok(strstr(got, "\"executable\": \"/usr/bin/env python\"") &&
           strstr(got, "\"encoding\": \"# coding: utf-8\""),
       "what stands above the header is metadata");
    ok(strstr(got, "\"---\\n\",\n    \"title: T\\n\",\n    \"---\"") != NULL,
       "YAML of others is a raw cell");
    ok(strstr(got, "\"title\": \"A title\"") && strstr(got, "\"region_name\": \"md\"") &&
           strstr(got, "\"k\": ["),
       "a title and an object");
    ok(strstr(got, "\"text\"") != NULL, "Markdown in quotes");
    ok(strstr(got, "\"x\"") && strstr(got, "\"y\""), "other markers");
    ok(strchr(got, '\r') == NULL, "carriage returns at line ends are no text");
    AUTO_FREE char *none = taken("", PERCENT_PYTHON, NULL);
    ok(strstr(none, "\"cells\": []") != NULL, "nothing is a notebook without cells");
    static const char light[] = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
                                "#       format_name: light\n# ---\n\n# %%\nx\n";
    ok(!percent_text_is(light, strlen(light), PERCENT_PYTHON), "another format is none");
    ok(!percent_text_is("x = 1\n", 6, PERCENT_PYTHON), "a program is none");
    ok(percent_text_is("x = 1\n# %%\n", 11, PERCENT_PYTHON), "a marker makes it one");
    ok(!percent_text_is("-- %%\n", 6, PERCENT_PYTHON), "but not that of another language");
}

/* `#!` and the encoding are lost no more than anything else. */
static void test_preamble(void)
{
    struct error error = ERROR_INIT;
    static const char script[] = "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n" PYTHON_HEADER
                                 "# %%\nx = 1\n";
    AUTO_FREE char *notebook = taken(script, PERCENT_PYTHON, NULL);
    AUTO_FREE char *again = written(notebook, PERCENT_PYTHON, &error);
    is_str(again, script, "a script comes back with what stands above its header");
    AUTO_FREE char *same = taken(script, PERCENT_PYTHON, notebook);
    is_str(same, notebook, "and changes nothing");
    AUTO_FREE char *without = taken(strstr(script, "# ---"), PERCENT_PYTHON, notebook);
    ok(strstr(without, "usr/bin") == NULL && strstr(without, "coding") == NULL,
       "without it, the notebook is without it");
    AUTO_FREE char *headless = taken("# coding=utf-8\n\n# %%\nx\n", PERCENT_PYTHON, NULL);
    ok(strstr(headless, "\"encoding\": \"# coding=utf-8\"") &&
           strstr(headless, "\"source\": [\n    \"x\"\n   ]") &&
           !strstr(strstr(headless, "\"source\"") + 1, "\"source\""),
       "also where there is no header");
    static const char foreign[] = "{\"cells\":[],\"metadata\":{\"jupytext\":{\"encoding\":\"# "
                                  "coding: utf-8\",\"executable\":\"a\\nb\"}},\"nbformat\":4,"
                                  "\"nbformat_minor\":5}";
    AUTO_FREE char *sql = written(foreign, PERCENT_SQL, &error);
    ok(strncmp(sql, "-- ---\n", 7) == 0, "what is no such line here is not written");
    AUTO_FREE char *kept = taken(sql, PERCENT_SQL, foreign);
    is_str(kept, foreign, "and stays");
    static const char marked[] = "\xEF\xBB\xBF# %%\nx\n";
    ok(percent_text_is(marked, strlen(marked), PERCENT_PYTHON), "a byte-order mark hides no cell");
}

/* Each is looked up among the others: 100,000 took half a minute. */
static void test_many_members(void)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF script = STRBUF_INIT;
    strbuf_add_text(&script, "# %%");
    for (int i = 0; i < 100000; i++)
        strbuf_addf(&script, " a%d=%d", i, i);
    strbuf_add_text(&script, "\nx\n");
    AUTO_FREE char *got = taken(strbuf_text(&script), PERCENT_PYTHON, NULL);
    ok(strstr(got, "\"a255\": 255") && !strstr(got, "\"a256\": 256"), "so many are metadata");
    ok(strstr(got, "\"incorrectly_encoded_metadata\": \"a256=256 ") != NULL,
       "what follows is kept as it is");
    AUTO_FREE char *refused = written(got, PERCENT_PYTHON, &error);
    ok(!refused && strstr(error.message, "more than 256 members"), "more are not written");
}

static void refuse(const char *text, enum percent_language language, const char *part,
                   const char *name)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *got = written(text, language, &error);
    ok(got == NULL && strstr(error.message, part), "%s", name);
    if (!got)
        diag("%s", error.message);
}

static void test_refused(void)
{
    refuse("{\"cells\":[" CODE("b", "x", "{}") "]," PYTHON, PERCENT_SQL, "--to py",
           "Python as SQL");
    refuse("{\"cells\":[" CODE("b", "x", "{}") "]," SQL, PERCENT_PYTHON, "--to sql",
           "SQL as Python");
    refuse("{\"cells\":[" CODE("b", "x", "{}") "," CODE("c", "a\\n# %% b", "{}") "]," PYTHON,
           PERCENT_PYTHON, "cell 2", "a line that begins a cell");
    refuse("{\"cells\":[" CODE("b", "s = '''", "{}") "," CODE("c", "x", "{}") "]," PYTHON,
           PERCENT_PYTHON, "cell 1", "a string without an end, which swallows the next cell");
    refuse("{\"cells\":[" CODE("b", "\\ud800", "{}") "]," PYTHON, PERCENT_PYTHON, "cell 1",
           "half a character");
    refuse("{\"cells\":[" TEXT("strange", "b", "x") "]," PYTHON, PERCENT_PYTHON, "cell 1",
           "an unknown type");
}

int main(void)
{
    ident_init();
    test_python();
    test_indented_assignment();
    test_sql();
    test_edited();
    test_odd();
    test_preamble();
    test_many_members();
    test_refused();
    return done_testing();
}
