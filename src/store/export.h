/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export: a version of a notebook as it leaves the store: as it came, or with other outputs, or as
 * a script.
 */
#ifndef RSCN_STORE_EXPORT_H
#define RSCN_STORE_EXPORT_H

#include "model/script/percent_text.h"
#include "store/notebooks.h"

enum export_outputs {
    EXPORT_ORIGINAL, /* those of the file */
    EXPORT_RECORDED, /* of each code cell that ran here with exactly its text the last ones */
    EXPORT_NONE
};
struct export_request {
    const char *key;
    int64_t version; /* 0 = the newest */
    enum export_outputs outputs;
    timestamp_us until; /* recorded outputs up to this time; 0 = all */
    bool with_unsaved;  /* recorded: what ran after the version with a text that was never saved,
                           with that text */
    bool canonical;     /* also where nothing was changed */
    bool is_script;     /* as a script in `language` */
    enum percent_language language;
};
/* Appends the text: the bytes as they came where nothing is changed and nothing else was asked for,
 * else canonical. Cells that must have an id and have none get their key, so that every export of
 * a version has the same ids (N-63). */
bool store_export(struct store_connection *connection, const struct export_request *request,
                  struct strbuf *ret_text, struct error *error) NODISCARD;

/* Whether the text is that of a version of the notebook, as it came, or as a script if the request
 * is for one. */
bool store_is_export(struct store_connection *connection, const struct export_request *request,
                     const char *text, size_t size, bool *ret_is, struct error *error) NODISCARD;

/* In how many cells something ran and showed something since then, as the last thing there, with a
 * text that no version has; *ret_here: of those that are cells of the newest version, which an
 * export can show. */
bool store_count_unsaved(struct store_connection *connection, const char *key, timestamp_us since,
                         int64_t *ret_cells, int64_t *ret_here, struct error *error) NODISCARD;

typedef bool (*store_notebook_row)(void *context, const char *key, const char *name);
/* The notebooks that have a version and are not removed, by their present names. The callback
 * returns false to stop. */
bool store_exportable(struct store_connection *connection, store_notebook_row row, void *context,
                      struct error *error) NODISCARD;

#endif
