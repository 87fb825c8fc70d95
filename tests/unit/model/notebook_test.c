/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook: what is read, what is refused with which words, what the schema says, what is written.
 * The byte-for-byte comparison with Python's nbformat is tests/jupyter/notebook_property.py; here
 * stands what that can't show: what nbformat refuses and we don't, changes, messages.
 */
#include "model/notebook/notebook.h"
#include "model/notebook/notebook_check.h"
#include "model/notebook/notebook_write.h"
#include "tap.h"

static const char *refusal(const char *text, size_t size)
{
    static struct error error;
    error = (struct error)ERROR_INIT;
    struct notebook *notebook = notebook_parse(text, size, &error);
    if (notebook)
        strncpy(error.message, "it was read", sizeof error.message - 1);
    notebook_free(notebook);
    return error.message;
}

static void refused(const char *text, const char *part, const char *name)
{
    contains(refusal(text, strlen(text)), part, "%s", name);
}

static void test_refusals(void)
{
    refused("", "empty", "an empty file");
    refused(" \r\n\t", "empty", "a file of blanks");
    refused("\xef\xbb\xbf", "empty", "a byte-order mark alone");
    refused("{\n<<<<<<< HEAD\n \"a\": 1\n=======\n \"a\": 2\n>>>>>>> b\n}", "merge conflict",
            "a Git merge conflict");
    refused("[\n<<<<<<<\n 1\n|||||||\n 2\n", "merge conflict", "one without labels");
    refused("{\"a\": 1}\n>>>>>>> b\n", "merge conflict", "a mark that was left behind");
    refused("[\n<<<<<<<<< a\n 1\n", "merge conflict", "a merge inside a merge");
    refused("version https://git-lfs.github.com/spec/v1\n<<<<<<< HEAD\noid", "merge conflict",
            "a conflict in a Git LFS pointer");
    refused("\nversion https://git-lfs.github.com/spec/v1\n", "git lfs pull",
            "a Git LFS pointer behind a blank line");
    refused("[1,\n>>> 2]", "no JSON: line 2", "a shell's prompt is no conflict");
    refused("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull",
            "a Git LFS pointer");
    refused("\n<!DOCTYPE html>\n<html>", "HTML", "an HTML page");
    refused("\x1f\x8b\x08", "gzip", "a gzip file");
    refused("PK\x03\x04\x14", "zip archive", "a zip archive");
    refused("\x89PNG\r\n\x1a\n", "PNG", "a picture");
    refused("%PDF-1.4\n", "PDF", "a PDF document");
    refused("[\xe2\x80\x9c"
            "a\xe2\x80\x9d]",
            "(found U+201C)", "quotes of a word processor");
    refused("[\xe2\x80", "(found byte 0xe2)", "half a character");
    refused("\xff\xfe{", "UTF-16", "UTF-16 with a mark");
    contains(refusal("{\0\"\0", 4), "UTF-16", "UTF-16 without one");
    contains(refusal("{\0\0\0\"\0\0\0", 8), "UTF-32", "UTF-32");
    contains(refusal("\0\0\0{", 4), "UTF-32", "UTF-32, the other way round");
    contains(refusal("\0\0\0\0\0\0\0", 7), "nothing but NUL", "what a crash leaves");
    refused("{\n \"cells\": [,]\n}", "no JSON: line 2, column", "broken JSON, with its place");
    refused("[1]", "no notebook", "a list");
    refused("{\"a\": 1}", "has no nbformat", "an object of another kind");
    refused("{\"cells\": []}", "nbconvert", "no nbformat but cells: version 1 (N-8)");
    refused("{\"nbformat\": 2, \"worksheets\": []}", "nbformat 2", "version 2 (N-64)");
    refused("{\"nbformat\": 5}", "nbformat 5 is not known", "version 5");
    refused("{\"nbformat\": 4.0}", "nbformat 4.0 is not known",
            "a version that is no integer (N-69)");
    refused("{\"nbformat\": true}", "nbformat true is not known", "a version that is no number");
    refused("{\"nbformat\": 4, \"cells\": {\"a\": 1}}", "no list", "cells that are no list");
    refused("{\"nbformat\": 4, \"cells\": [{}, 7]}", "cell number 2", "a cell that is no object");
    refused("{\"nbformat\": 3, \"worksheets\": [1]}", "worksheet", "a worksheet that is no object");
    refused("{\"nbformat\": \"\xc2\x9b\x7f\"}", "nbformat \"", "a version of control characters");
    ok(strchr(refusal("\033[31m\a", 6), '\033') == NULL, "no control character gets through");
    static char long_value[100000];
    memset(long_value, '9', sizeof long_value);
    memcpy(long_value, "{\"nbformat\":", 12);
    long_value[sizeof long_value - 1] = '}';
    ok(strlen(refusal(long_value, sizeof long_value)) < 300, "a long value is shown short");
}

static struct notebook *parse(const char *text)
{
    struct error error = ERROR_INIT;
    struct notebook *notebook = notebook_parse(text, strlen(text), &error);
    if (!notebook)
        bail_out("%s", error.message);
    return notebook;
}

static void test_reading(void)
{
    struct notebook *notebook = parse(
        "\xef\xbb\xbf{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {\"kernelspec\": "
        "{\"name\": \"SQL\", \"display_name\": \"SQL (store)\", \"language\": \"sql\"}}, "
        "\"cells\": [{\"cell_type\": \"code\", \"source\": [\"a\\n\", \"b\"], \"id\": \"i1\", "
        "\"metadata\": {\"name\": \"n\", \"uuid\": \"u\", \"id\": \"colab\"}, "
        "\"execution_count\": 7, \"outputs\": []}, "
        "{\"cell_type\": \"markdown\", \"cell_type\": \"raw\", \"metadata\": {\"id\": \"colab\"}}, "
        "{\"sourc\\u0065\": \"escaped\"}]}");
    struct notebook_cell *cells = notebook->cells;
    is_int(notebook->major, 4, "major");
    is_int(notebook->minor, 5, "minor");
    ok(notebook->has_ids && notebook->has_mark, "ids are due; the mark was seen (N-32)");
    is_str(notebook->kernel_name, "SQL", "kernel");
    is_str(notebook->kernel_display, "SQL (store)", "its name for people");
    is_str(notebook->language, "sql", "language of the kernelspec");
    is_int(notebook->count, 3, "cells");
    is_str(cells[0].source, "a\nb", "source is joined (N-27)");
    is_str(cells[0].id, "i1", "id");
    is_str(cells[0].name, "n", "name");
    is_str(cells[0].uuid, "u", "uuid");
    is_int(cells[0].execution_count, 7, "count");
    is_int(cells[1].type, NOTEBOOK_RAW, "of duplicate keys the last one counts (N-31)");
    is_str(cells[1].id, "colab", "Colab's id (N-77)");
    ok(cells[1].id_is_colab && !cells[0].id_is_colab, "and it is known as such");
    is_int(cells[2].type, NOTEBOOK_OTHER, "a cell without type is kept (N-16)");
    is_str(cells[2].source, "escaped", "a key may be escaped");
    notebook_free(notebook);
}

static void test_v3(void)
{
    struct notebook *notebook =
        parse("{\"nbformat\": 3, \"nbformat_minor\": 5, \"metadata\": {\"name\": \"x\"}, "
              "\"worksheets\": ["
              "{\"cells\": [{\"cell_type\": \"heading\", \"level\": 2, \"source\": [\"a\", \"b\"]},"
              "{\"cell_type\": \"code\", \"input\": [\"x\", \"y\"], \"prompt_number\": 3,"
              " \"outputs\": [{\"output_type\": \"pyout\", \"json\": \"{]\"}]}]},"
              "{\"cells\": [{\"cell_type\": \"html\", \"source\": [\"p\\n\", \"q\"]},"
              "{\"cell_type\": \"code\"},"
              "{\"cell_type\": \"heading\", \"level\": false, \"source\": \"c\"}]}]}");
    AUTO_STRBUF text = STRBUF_INIT;
    struct error error = ERROR_INIT;
    is_int(notebook->count, 5,
           "cells of all worksheets, of a minor that nbformat can't read (N-69)");
    is_str(notebook->cells[0].source, "## a b", "a heading (N-61)");
    is_str(notebook->cells[4].source, " c", "of level false, which is 0 in Python");
    is_str(notebook->cells[1].source, "x\ny",
           "lines without line ends are joined with them (N-62)");
    is_int(notebook->cells[1].execution_count, 3, "prompt number");
    is_str(notebook->cells[2].source, "p\nq", "lines with line ends without");
    ok(notebook_write(notebook, NULL, &text, &error), "written as 4.5");
    contains(text.text, "\"application/json\": \"{]\"",
             "JSON that is none stays a text, where nbformat gives up (N-76)");
    contains(text.text, "\"nbformat_minor\": 5", "version");
    ok(strstr(text.text, "\"worksheets\"") == NULL && strstr(text.text, "\"x\"") == NULL,
       "without what 3.x alone has");
    notebook_free(notebook);
}

#define CELL(members)                                                                              \
    "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n" members                                 \
    "   \"metadata\": {},\n   \"outputs\": [],\n   \"source\": [\n    \"x\"\n   ]\n  }\n ],\n"     \
    " \"metadata\": {},\n \"nbformat\": 4,\n \"nbformat_minor\": "

static void is_written(const char *text, const struct notebook_changes *changes,
                       const char *expected, const char *name)
{
    AUTO_STRBUF written = STRBUF_INIT;
    struct error error = ERROR_INIT;
    struct notebook *notebook = parse(text);
    if (!ok(notebook_write(notebook, changes, &written, &error), "%s: written", name))
        diag("%s", error.message);
    is_str(strbuf_text(&written), expected, "%s", name);
    notebook_free(notebook);
}

static void test_writing(void)
{
    const char *plain = CELL("   \"execution_count\": null,\n") "4\n}\n";
    is_written(plain, NULL, plain, "what is canonical stays");
    is_written("{\"nbformat\": 4, \"nbformat_minor\": 4, \"cells\": [{\"cell_type\": \"code\", "
               "\"execution_count\": null, \"source\": \"x\"}]}",
               NULL, plain, "metadata and outputs that are missing are made (N-18)");
    const char *ids[] = {"new1", "new2"};
    struct notebook_changes changes = {.ids = ids};
    is_written(plain, &changes, plain, "4.4 gets no ids (N-25)");
    is_written(CELL("   \"execution_count\": 1,\n") "5\n}\n", &changes,
               CELL("   \"execution_count\": 1,\n   \"id\": \"new1\",\n") "5\n}\n",
               "4.5 gets those that are missing (N-41)");
    is_written("{\"nbformat\":4,\"nbformat_minor\":5,\"cells\":[{\"id\":\"a\"},{\"id\":\"a\"}]}",
               &changes,
               "{\n \"cells\": [\n  {\n   \"id\": \"a\",\n   \"metadata\": {}\n  },\n"
               "  {\n   \"id\": \"new2\",\n   \"metadata\": {}\n  }\n ],\n \"metadata\": {},\n"
               " \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n",
               "of equal ids the second one changes (N-41)");
}

/* A file of 20 kB would become one of 100 MB, one of a megabyte one of gigabytes. */
static void test_steep(void)
{
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_STRBUF written = STRBUF_INIT;
    struct error error = ERROR_INIT;
    strbuf_add_text(
        &text, "{\"nbformat\": 4, \"nbformat_minor\": 5, \"cells\": [], \"metadata\": {\"a\":");
    strbuf_add_repeated(&text, '[', 9990);
    strbuf_add_repeated(&text, ']', 9990);
    strbuf_add_text(&text, "}}");
    struct notebook *notebook = parse(text.text);
    ok(!notebook_write(notebook, NULL, &written, &error), "what would be indentation alone");
    contains(error.message, "nested so deeply", "is not written anew");
    is_int(written.size, 0, "nothing of it");
    notebook_free(notebook);
}

static void test_changes(void)
{
    static const char *text = CELL("   \"execution_count\": 2,\n") "4\n}\n";
    struct notebook *notebook = parse(text);
    struct notebook_cell_change change = {.has_outputs = true, .execution_count = 2};
    struct notebook_changes changes = {.cells = &change};
    AUTO_STRBUF written = STRBUF_INIT;
    struct error error = ERROR_INIT;
    ok(!notebook_would_change(notebook, NULL), "nothing asked for, nothing changed");
    ok(!notebook_would_change(notebook, &changes), "the same outputs and count are no change");
    change.outputs = " [ ] ";
    change.outputs_size = 5;
    ok(!notebook_would_change(notebook, &changes), "nor are they in another layout");
    change.execution_count = 0;
    ok(notebook_would_change(notebook, &changes), "another count is one");
    change.outputs = "[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":\"a\\nb\"}]";
    change.outputs_size = strlen(change.outputs);
    ok(notebook_would_change(notebook, &changes), "other outputs are one");
    ok(notebook_write(notebook, &changes, &written, &error), "written");
    contains(written.text, "   \"execution_count\": null,\n", "count 0 is null");
    contains(written.text, "     \"text\": [\n      \"a\\n\",\n      \"b\"\n     ]\n    }\n   ],\n",
             "outputs are laid out as nbformat would");
    strbuf_clear(&written);
    change.outputs_size = 3;
    ok(!notebook_write(notebook, &changes, &written, &error), "outputs that are no JSON fail");
    is_int(written.size, 0, "and nothing is written");
    change.outputs = "{}";
    change.outputs_size = 2;
    ok(!notebook_write(notebook, &changes, &written, &error), "so do outputs that are no list");
    notebook_free(notebook);
}

/* 3.x becomes 4.5: what is compared is what it becomes. */
static void test_v3_changes(void)
{
    struct notebook *notebook =
        parse("{\"nbformat\": 3, \"metadata\": {}, \"worksheets\": [{\"cells\": [{\"cell_type\": "
              "\"code\", \"input\": \"x\", \"outputs\": [{\"output_type\": \"stream\", \"text\": "
              "[\"a\", \"b\"]}]}, {\"cell_type\": \"raw\", \"source\": \"\"}]}]}");
    const char *ids[] = {"one", NULL};
    struct notebook_cell_change cells[2] = {{.has_outputs = true}, {.has_outputs = true}};
    struct notebook_changes changes = {.cells = cells, .ids = ids};
    AUTO_STRBUF written = STRBUF_INIT;
    struct error error = ERROR_INIT;
    cells[0].outputs =
        "[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":[\"a\\n\",\"b\"]}]";
    cells[0].outputs_size = strlen(cells[0].outputs);
    ok(!notebook_would_change(notebook, &changes),
       "the outputs that the upgrade makes are the same");
    cells[0].outputs = NULL;
    ok(notebook_would_change(notebook, &changes), "none are others");
    ok(notebook_write(notebook, &changes, &written, &error), "3.x is written with changes");
    contains(written.text, "   \"id\": \"one\",\n   \"metadata\": {},\n   \"outputs\": [],\n",
             "id and outputs are those that were given");
    contains(written.text, "  {\n   \"cell_type\": \"raw\",\n   \"metadata\": {},\n",
             "a cell without one gets none, and no raw cell gets outputs");
    notebook_free(notebook);
}

static void fault_is(const char *text, const char *expected)
{
    struct notebook *notebook = parse(text);
    AUTO_FREE char *fault = NULL;
    size_t count = notebook_check(notebook, &fault);
    ok((count == 0) == (fault == NULL), "a number of faults and a first one");
    is_str(fault, expected, "fault: %s", expected ? expected : "none");
    notebook_free(notebook);
}

#define V4(minor, cells)                                                                           \
    "{\"nbformat\":4,\"nbformat_minor\":" minor ",\"metadata\":{},\"cells\":[" cells "]}"

static void test_faults(void)
{
    fault_is(V4("5", ""), NULL);
    fault_is("{\"nbformat\":4,\"metadata\":{},\"cells\":[]}", "notebook: has no nbformat_minor");
    /* A line feed inside a key: no pattern of the schema has it. */
    fault_is(V4("4", "{\"cell_type\":\"code\",\"source\":\"\",\"outputs\":[],\"execution_count\":1,"
                     "\"metadata\":{\"execution\":{\"a\\nb\":1}}}"),
             NULL);
    fault_is(V4("4", "{\"cell_type\":\"raw\",\"source\":\"\",\"metadata\":{},\"attachments\":"
                     "{\"f\":{\"application/a\\n+json\":1}}}"),
             "cells[0].attachments.f.application/a\u23ce+json: is no string or list of strings");
    fault_is(V4("4", "{\"cell_type\":\"raw\",\"metadata\":{},\"source\":\"\"},"
                     "{\"cell_type\":\"code\",\"metadata\":{},\"source\":\"\","
                     "\"execution_count\":null,\"outputs\":[{}]}"),
             "cells[1].outputs[0]: has no output_type");
    fault_is(V4("4", "{\"cell_type\":\"raw\",\"metadata\":{},\"source\":\"\",\"id\":\"a\"}"),
             "cells[0]: may not have id");
    fault_is(V4("4", "{\"cell_type\":\"x\\u001b\\u0007y\",\"metadata\":{}}"),
             "cells[0]: has an unknown cell_type: x\xe2\x90\x9b\xe2\x90\x87y");
    fault_is(V4("7", "{\"cell_type\":\"x\",\"metadata\":{},\"more\":1}"), NULL);
    fault_is(V4("4", "{\"cell_type\":\"raw\",\"source\":\"\",\"metadata\":{\"tags\":"
                     "[\"a\\u0000b\",\"a\\u0000c\",\"\\u0000\"]}}"),
             NULL);
    fault_is(
        V4("4",
           "{\"cell_type\":\"raw\",\"source\":\"\",\"metadata\":{\"tags\":[\"a\",\"b\",\"a\"]}}"),
        "cells[0].metadata.tags: is no list of different tags without comma");
    fault_is(
        V4("5", "{\"cell_type\":\"raw\",\"metadata\":{\"tags\":[\"a\",\"b\",\"a\"]},\"source\":1}"),
        "cells[0].metadata.tags: is no list of different tags without comma");
    fault_is("{\"nbformat\":4,\"nbformat_minor\":0,\"cells\":[],\"metadata\":{\"kernelspec\":{}}}",
             "metadata.kernelspec: has no name");
    fault_is("{\"nbformat\":3,\"nbformat_minor\":0,\"metadata\":{},\"worksheets\":[{\"cells\":["
             "{\"cell_type\":\"heading\",\"source\":\"\",\"level\":0}]}]}",
             "worksheets[0].cells[0].level: is no whole number from 1 on");
}

static void test_words(void)
{
    for (int i = NOTEBOOK_CODE; i <= NOTEBOOK_OTHER; i++) {
        enum notebook_cell_type type;
        const char *word = notebook_cell_type_word((enum notebook_cell_type)i);
        ok(notebook_cell_type_from_word(word, &type) && (int)type == i, "%s", word);
    }
    enum notebook_cell_type type;
    ok(!notebook_cell_type_from_word("sql", &type), "no other word is a type");
}

int main(void)
{
    test_refusals();
    test_reading();
    test_v3();
    test_writing();
    test_steep();
    test_changes();
    test_v3_changes();
    test_faults();
    test_words();
    return done_testing();
}
