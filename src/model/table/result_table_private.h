/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table_private: what the table and its three renderers share; nobody else includes it.
 *
 * Every value but NULL is kept as the bytes that are shown, measured once when it is added: most
 * values are then copied into both texts as they are.
 */
#ifndef RSCN_MODEL_RESULT_TABLE_PRIVATE_H
#define RSCN_MODEL_RESULT_TABLE_PRIVATE_H

#include "model/table/result_table.h"

#define RESULT_TABLE_JSON_ROWS 100u /* a larger table is not shown as JSON */

enum value_type { VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_BLOB, VALUE_TYPES };

enum value_flag {
    VALUE_IS_PLAIN = 1, /* plain text shows its bytes as they are */
    VALUE_IS_HTML = 2,  /* HTML shows its bytes as they are, and needs no style to keep blanks */
    VALUE_IS_CUT = 4,   /* a text that is not shown whole */
};

struct value {
    size_t offset;       /* in table->bytes */
    uint32_t size;       /* bytes kept there */
    uint32_t characters; /* of a text, those that were not kept included */
    uint32_t width;      /* columns in plain text */
    uint8_t type, flags;
};

struct column {
    char *name;
    char *declared_type; /* NULL if none */
    char *header;        /* the name in plain text; NULL = as it is */
    size_t header_width;
    size_t width; /* of the header and of all values */
    size_t seen[VALUE_TYPES];
};

struct result_table {
    struct column *columns;
    size_t column_count, column_capacity;
    struct value *values;
    size_t value_count, value_capacity;
    size_t next_column, row_count; /* where the next value belongs; whole rows */
    struct strbuf bytes;
    struct strbuf scratch;
    size_t max_characters; /* shown of one text */
    size_t max_size;       /* bytes kept of one text */
    size_t plain_size;     /* bytes of all values in plain text, without blanks between them */
    size_t html_size;      /* at most, of all rows in HTML */
    size_t frame_size;     /* at most, of all else in both */
    size_t column_widths;  /* of all columns together */
    size_t width_sum;      /* of all headers and values */
};

static inline const struct value *value_at(const struct result_table *table, size_t row,
                                           size_t column)
{
    return &table->values[row * table->column_count + column];
}

static inline const char *value_bytes(const struct result_table *table, const struct value *value)
{
    return strbuf_text(&table->bytes) + value->offset;
}

static inline bool is_number(const struct value *value)
{
    return value->type == VALUE_INTEGER || value->type == VALUE_REAL;
}

/* A column of numbers alone: its header and its NULLs stand right too. */
static inline bool is_number_column(const struct column *column)
{
    return column->seen[VALUE_INTEGER] + column->seen[VALUE_REAL] > 0 &&
           column->seen[VALUE_TEXT] + column->seen[VALUE_BLOB] == 0;
}

static inline const char *column_header(const struct column *column)
{
    return column->header != NULL ? column->header : column->name;
}

/* The bytes of a text that are shown. */
size_t result_table_shown_size(const struct result_table *table, const struct value *value);
/* One character made visible: line ends, tabs and control characters as pictures, what cannot be
 * seen as \uXXXX, a bad byte as U+FFFD. */
void result_table_add_visible(struct strbuf *buffer, uint32_t c, const char *bytes, size_t length);
/* The value as one line of plain text. */
void result_table_add_plain(const struct result_table *table, const struct value *value,
                            struct strbuf *buffer);
/* `3 rows`, or what was cut. */
void result_table_add_total(const struct result_table *table, const struct result_total *total,
                            struct strbuf *buffer);
/* Blanks in plain text that align it, and whether they are so many that columns must be made
 * narrower than their widest value. */
size_t result_table_padding(const struct result_table *table, bool *ret_too_much);

#endif
