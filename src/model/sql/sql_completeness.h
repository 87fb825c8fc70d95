/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_completeness: whether the text of a cell can be run as it is, or wants another line first.
 *
 * Reads the words that make a statement want more, not the grammar. What SQLite calls "incomplete
 * input" is incomplete here; a test compares both. Pure, linear, bounded by the text.
 */
#ifndef RSCN_MODEL_SQL_COMPLETENESS_H
#define RSCN_MODEL_SQL_COMPLETENESS_H

#include <stddef.h>

#include "base/strbuf.h"

enum sql_completeness { SQL_COMPLETE, SQL_INCOMPLETE, SQL_INVALID };
/*
 * For is_complete_request (J-36): incomplete for open strings, names, comments, parentheses, CASE
 * and triggers, for a `%%…` line with nothing below, and for a last statement that can't end where
 * it ends (after a comma, an operator, FROM; a WITH without its query …) unless an empty line ends
 * the text, so that a person gets out; invalid only for what no continuation can mend (an
 * unbalanced closing parenthesis, a semicolon inside parentheses, a character that SQL doesn't
 * have, a NUL); complete otherwise, with or without a semicolon. *ret_indent: columns to indent the
 * next line by.
 */
enum sql_completeness sql_completeness_of(const char *text, size_t size, size_t *ret_indent);

/* For a statement that is incomplete: appends what is open or has to follow, `a parenthesis is
 * open`, `after FROM something is missing`; nothing when that isn't known. */
void sql_completeness_explain(const char *text, size_t size, struct strbuf *buffer);

#endif
