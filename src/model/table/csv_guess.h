/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_guess: what a CSV file does not say: its delimiter, whether its first line names the columns,
 * and which type a column's values have. Nothing is guessed that would change a value: numbers with
 * leading zeros or a plus sign, and numbers that neither 64 bits nor a double hold, stay text.
 */
#ifndef RSCN_MODEL_CSV_GUESS_H
#define RSCN_MODEL_CSV_GUESS_H

#include <stdbool.h>
#include <stddef.h>

/* One of , ; tab and |: the one that divides the first lines most evenly, a comma when none does.
 * `text` is the file's beginning. */
char csv_guess_delimiter(const char *text, size_t size);

/* What the values of a column have been so far; zeroed at first. */
struct csv_column {
    bool has_value, not_integer, not_real;
    bool has_large; /* an integer that a double does not hold */
};
/* Takes a value that is not empty. */
void csv_column_add(struct csv_column *column, const char *text, size_t size);
/* "INTEGER", "REAL" or "TEXT"; TEXT for a column without values. Static. */
const char *csv_column_type(const struct csv_column *column);

enum csv_header { CSV_HEADER_NONE, CSV_HEADER_DOUBTFUL, CSV_HEADER_GOOD };
/* Whether fields can be the columns' names: one at least is not empty and none is a number.
 * Doubtful when one comes twice. */
enum csv_header csv_guess_header(const char *const *fields, size_t count);

#endif
