/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_keywords: how the important keywords are used, and which are likely at a place.
 */
#ifndef RSCN_ENGINE_SQL_KEYWORDS_H
#define RSCN_ENGINE_SQL_KEYWORDS_H

#include "model/sql/sql_scope.h"

/* The syntax around the keyword in one line, NULL if there is nothing to say. Static. */
const char *sql_keyword_syntax(enum sql_word word);
/* Likely keywords at the place, the likeliest first, with blanks between them; "" if none is. */
const char *sql_keywords_likely(const struct sql_scope *scope);

#endif
