/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_pragmas: what SQLite's pragmas do and take, in one line each. Which of them there are is the
 * connection's to say.
 */
#ifndef RSCN_ENGINE_SQL_PRAGMAS_H
#define RSCN_ENGINE_SQL_PRAGMAS_H

#include <stdbool.h>

#include "model/sql/sql_words.h"

struct sql_pragma {
    const char *name;
    const char *summary;
    const char *values;     /* with blanks between them, the usual ones; "" if none are known */
    enum sql_word argument; /* SQL_WORD_TABLE or SQL_WORD_INDEX: it takes the name of one */
    bool is_table;          /* pragma_NAME can stand in a FROM clause */
};

/* NULL for one that is not SQLite's (ASCII case ignored). */
const struct sql_pragma *sql_pragma_find(const char *name);

#endif
