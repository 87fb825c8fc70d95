/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal_form: what falls away in each language, what stays, and texts that can't be read.
 */
#include "model/identity/normal_form.h"

#include "tap.h"

static const char *form(const char *language, const char *text)
{
    static char copies[2][1024];
    static size_t turn;
    char *copy = copies[turn++ % 2];
    AUTO_STRBUF buffer = STRBUF_INIT;
    strbuf_add_text(&buffer, "kept ");
    normal_form(NOTEBOOK_CODE, language, text, strlen(text), &buffer);
    snprintf(copy, sizeof(copies[0]), "%s", strbuf_text(&buffer) + strlen("kept "));
    return copy;
}

static void test_python(void)
{
    is_str(form("python", "# c\n\nx  =  1   # one\n\n\ny = 2\n"), "x = 1\ny = 2\n",
           "comments, blank lines, runs of blanks");
    is_str(form("python", "if a:\n    # c\n    b()\n"), "if a:\n    b()\n", "indentation stays");
    is_str(form("python", "s = 'a  # b'  # c"), "s = 'a  # b'\n", "strings stay");
    is_str(form("python", "s = '''a\n\n  # b\n'''\n"), "s = '''a\n\n  # b\n'''\n",
           "long strings with their lines");
    is_str(form("python", "f(a,\n      b)"), form("python", "f(a,\n  b)"),
           "indentation inside brackets is layout");
    is_str(form("python", "s = 'it\\'s'  # c"), "s = 'it\\'s'\n", "an escaped quote");
    is_str(form("python", "!ls  # c\nx"), "!ls  # c\nx\n", "a line for the shell stays");
    is_str(form("python", "%%sql\nSELECT 1 # x"), "%%sql\nSELECT 1 # x\n", "another language");
    is_str(form("python", "x = 'open  # c\n\n"), "x = 'open  # c\n", "no end: only trimmed");
    is_str(form("python", "f\"{d[\"#\"]}\""), "f\"{d[\"#\"]}\"\n", "quotes inside an f-string");
    is_str(form("python", "x = 1\r\ny = 2\r\n"), "x = 1\ny = 2\n", "line ends of Windows");
    is_str(form("python", ""), "", "nothing");
}

static void test_sql(void)
{
    is_str(form("sql", "SELECT  1 -- one\n  FROM t /* all\nof it */ ;"), "SELECT 1 FROM t ;\n",
           "comments and layout");
    is_str(form("SQLite", "SELECT '--  x', \"a  b\", [c  d]"), "SELECT '--  x', \"a  b\", [c  d]\n",
           "quoted texts stay, whatever the language is called");
    is_str(form("sql", "SELECT 'it''s  so'"), "SELECT 'it''s  so'\n", "a doubled quote");
    is_str(form("sql", "SELECT a"), "SELECT a\n", "case stays");
    is_str(form("sql", "%%time\nSELECT 1"), "%%time\nSELECT 1\n", "a magic keeps its line");
    is_str(form("sql", "SELECT $$a  b$$"), "SELECT $$a  b$$\n", "dollar quotes: only trimmed");
    is_str(form("sql", "SELECT 1 /* open"), "SELECT 1 /* open\n", "an open comment: only trimmed");
}

static void test_others(void)
{
    is_str(form("R", "x <- c(1,  2) # c\n\n  y"), "x <- c(1, 2)\ny\n", "R");
    is_str(form("julia", "b = a'  # c"), "b = a'\n", "Julia: transposed, no quote");
    is_str(form("bash", "echo  $#  # c"), "echo $#\n", "shell: # inside a word is no comment");
    is_str(form("bash", "cat <<X\na  b\nX"), "cat <<X\na  b\nX\n", "a document in a script");
    is_str(form("cobol", "\n\na  # b  \n\nc\n\n"), "a  # b\n\nc\n", "not known: trimmed");
    is_str(form(NULL, "a "), "a\n", "none said");
    AUTO_STRBUF buffer = STRBUF_INIT;
    normal_form(NOTEBOOK_MARKDOWN, "python", "# Title  ", 9, &buffer);
    is_str(strbuf_text(&buffer), "# Title\n", "markdown is no Python");
    char one[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];
    normal_form_hash(NOTEBOOK_CODE, "python", "x = 1 # a", 9, one);
    normal_form_hash(NOTEBOOK_CODE, "python", "x  = 1", 6, other);
    is_str(one, other, "the hash is that of the form");
}

int main(void)
{
    ident_init();
    test_python();
    test_sql();
    test_others();
    return done_testing();
}
