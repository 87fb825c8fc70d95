/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_file: notebooks whose file is a script (model/script/percent_text): what the store keeps
 * of them is the notebook.
 */
#ifndef RSCN_CLI_SCRIPT_FILE_H
#define RSCN_CLI_SCRIPT_FILE_H

#include "store/notebooks.h"

/* Whether the file is a script by its name. Fails when it is one and holds no cells. Messages here
 * do not name the file. */
bool script_file_check(const char *path, const char *text, size_t size, bool *ret_is_script,
                       struct error *error) NODISCARD;
/* Appends the notebook text that the script stands for: the newest version of the notebook with
 * this present name where nothing differs from it, else that with the changes, or a new one when
 * the store has none. */
bool script_file_convert(struct store_connection *connection, const char *name, const char *path,
                         const char *script, size_t size, struct strbuf *ret_text,
                         struct error *error) NODISCARD;

#endif
