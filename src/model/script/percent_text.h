/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_text: notebooks as scripts with cells between `# %%` lines (Python) or `-- %%` lines
 * (SQL): jupytext's percent format, version 1.3, which VS Code, PyCharm and Spyder know too.
 *
 * A script has the cells' types, texts and metadata and the kernel, and no outputs. What jupytext
 * reads of a script of ours is what we read; where it would read something else than the notebook
 * has, another way of writing the line is taken, and when there is none, writing is refused. One
 * thing is lost, as with jupytext: a single line end at the end of a code cell.
 */
#ifndef RSCN_MODEL_PERCENT_TEXT_H
#define RSCN_MODEL_PERCENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/notebook/notebook.h"

enum percent_language {
    PERCENT_PYTHON, /* .py */
    PERCENT_SQL     /* .sql: as .py, with -- for # and without the rules for IPython's magics */
};

/* By the end of a file's name: .py or .sql. */
bool percent_language_of(const char *name, enum percent_language *ret_language);
/* ".py" or ".sql" */
const char *percent_extension(enum percent_language language);
/* Whether the text has the form: a jupytext header that says percent or hydrogen, or none and a
 * line that begins a cell. */
bool percent_text_is(const char *text, size_t size, enum percent_language language);

/* Appends the notebook as a script. Fails, with one line that names the cell and says what to do
 * (without the notebook's name), when its language is another one, or when a cell's text would come
 * back as another one. */
bool percent_text_write(const struct notebook *notebook, enum percent_language language,
                        struct strbuf *ret_text, struct error *error) NODISCARD;

/* Appends the script as canonical notebook text: 4.5 with ids that depend on the texts alone, so
 * that the same script gives the same notebook.
 *
 * `before` (may be NULL) is the notebook that it was written from, `before_text` its text: it is
 * changed where the script differs. Its cells are found again by model/identity/version_match and
 * keep their ids, attachments and the metadata that a script does not have; their outputs, as long
 * as their text is the same. When nothing differs, what is appended is before_text. Fails when the
 * text is no UTF-8. */
bool percent_text_read(const char *text, size_t size, enum percent_language language,
                       const struct notebook *before, const char *before_text, size_t before_size,
                       struct strbuf *ret_notebook, struct error *error) NODISCARD;

#endif
