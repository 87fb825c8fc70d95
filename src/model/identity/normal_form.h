/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal_form: a cell's text without what does not matter: comments, blank lines, layout (W-41 to
 * W-46). Our own, independent of any interpreter; the scheme's number is stored beside the hash.
 */
#ifndef RSCN_MODEL_NORMAL_FORM_H
#define RSCN_MODEL_NORMAL_FORM_H

#include "base/ident.h"
#include "base/strbuf.h"
#include "model/notebook/notebook.h"

#define NORMAL_FORM_SCHEME 1

/* Appends the normal form. `language` as in the kernelspec ("python", "sql", "SQLite" …; NULL = not
 * known); cells that are no code, and languages that are not known, are trimmed at the ends of
 * their lines and of the text. */
void normal_form(enum notebook_cell_type type, const char *language, const char *text, size_t size,
                 struct strbuf *ret_form);
void normal_form_hash(enum notebook_cell_type type, const char *language, const char *text,
                      size_t size, char ret_hash[SHA256_HEX_SIZE]);

#endif
