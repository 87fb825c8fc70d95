/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_call: what one magic is given, and how it shows what it found. Private to the magics.
 */
#ifndef RSCN_KERNEL_MAGIC_CALL_H
#define RSCN_KERNEL_MAGIC_CALL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/timestamp.h"
#include "engine/engine.h"
#include "kernel/magic/magic_arguments.h"
#include "model/table/result_table.h"

struct executor;
struct store_connection;

struct magic_call {
    struct executor *executor;
    const struct engine_sink *sink;
    struct magic_arguments arguments;
    const char *usage; /* "%use [FILE|…] [--create]", for errors */
};

/* Shows a text as a display. */
void magic_show_text(const struct magic_call *call, const char *text);
/* Shows all rows of the table as text and HTML. */
void magic_show_table(const struct magic_call *call, const struct result_table *table);
/* The end of an execution's id as `rscn log` shows it, and when it started in local time ("" if that
 * is not known): of an object of store_log. Borrowed from the object. */
const char *magic_execution_id(const json_t *object);
void magic_execution_started(const json_t *object, char ret_started[TIMESTAMP_SIZE]);
/* Adds one value to a row; NULL becomes NULL. */
void magic_add_text(struct result_table *table, const char *text);
void magic_add_json(struct result_table *table, const json_t *value);

/* What made or changed the object in the database in use. ERROR_NOT_FOUND with near names when no
 * recorded execution touched it. */
bool magic_object_log(struct magic_call *call, struct store_connection *connection,
                      const char *name, int64_t limit, struct error *error) NODISCARD;

/* The magics themselves: each takes its options out of call->arguments and checks the rest. */
bool magic_use(struct magic_call *call, struct error *error) NODISCARD;
bool magic_databases(struct magic_call *call, struct error *error) NODISCARD;
bool magic_tables(struct magic_call *call, struct error *error) NODISCARD;
bool magic_schema(struct magic_call *call, struct error *error) NODISCARD;
bool magic_param(struct magic_call *call, struct error *error) NODISCARD;
bool magic_log(struct magic_call *call, struct error *error) NODISCARD;
bool magic_set(struct magic_call *call, struct error *error) NODISCARD;
bool magic_show(struct magic_call *call, struct error *error) NODISCARD;
bool magic_explain(struct magic_call *call, struct error *error) NODISCARD;
bool magic_time(struct magic_call *call, struct error *error) NODISCARD;
bool magic_sql_cell(struct magic_call *call, struct error *error) NODISCARD;
bool magic_import(struct magic_call *call, struct error *error) NODISCARD;
bool magic_export(struct magic_call *call, struct error *error) NODISCARD;
bool magic_chart(struct magic_call *call, struct error *error) NODISCARD;
bool magic_read(struct magic_call *call, struct error *error) NODISCARD;
bool magic_info(struct magic_call *call, struct error *error) NODISCARD;

#endif
