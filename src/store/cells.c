/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cells: the cells of a notebook as people see them; see cells.h.
 */
#include "store/cells.h"

#include <string.h>

bool cells_open(struct statement *statement, struct store_connection *connection,
                const char *notebook, struct error *error)
{
    if (!statement_open(statement, connection, SQL_CELLS, "reading the cells of a notebook", error))
        return false;
    statement_text(statement, notebook);
    return true;
}

int cells_next(struct statement *statement, struct cell_row *ret_row, struct error *error)
{
    int next;
    do
        next = statement_next(statement, error);
    while (next > 0 && statement_is_null(statement, 3)); /* all its versions are deleted */
    if (next <= 0)
        return next;
    ret_row->cell_key = statement_column(statement, 0, NULL);
    ret_row->cell_name = statement_column(statement, 1, NULL);
    ret_row->nbformat_id = statement_column(statement, 2, NULL);
    ret_row->code = statement_column(statement, 3, &ret_row->code_size);
    ret_row->place = statement_column_integer(statement, 4);
    ret_row->is_code = strcmp(statement_column(statement, 5, NULL), "code") == 0;
    return 1;
}
