/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_functions: what SQLite's functions take and do, in one line each. Which of them there are on
 * a connection is the connection's to say.
 */
#ifndef RSCN_ENGINE_SQL_FUNCTIONS_H
#define RSCN_ENGINE_SQL_FUNCTIONS_H

struct sql_function {
    const char *name;
    const char *signature; /* "(X,Y,…)"; "" for one that is called without parentheses */
    const char *summary;
};

/* NULL for one that is not SQLite's (ASCII case ignored). */
const struct sql_function *sql_function_find(const char *name);

#endif
