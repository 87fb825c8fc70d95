/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook: a notebook file's text as a notebook: format, kernel, cells (nbformat 3.x and 4.x).
 *
 * It reads whatever nbformat reads, valid or not (N-11, N-69 to N-76), and changes nothing: the
 * tree of the text stays in `json`, unknown keys and types included. model/notebook/notebook_write
 * writes it, model/notebook/notebook_check says what the schema has against it.
 */
#ifndef RSCN_MODEL_NOTEBOOK_H
#define RSCN_MODEL_NOTEBOOK_H

#include "model/notebook/raw_json.h"

enum notebook_cell_type {
    NOTEBOOK_CODE,
    NOTEBOOK_MARKDOWN, /* v3: heading and html too (N-61) */
    NOTEBOOK_RAW,
    NOTEBOOK_OTHER /* unknown, kept (N-16) */
};

/* Texts are owned by the notebook. */
struct notebook_cell {
    raw_ref value; /* the cell's object */
    enum notebook_cell_type type;
    char *source; /* joined (N-27, N-62), as v4 would have it (N-61) */
    size_t source_size;
    char *id; /* id, or Colab's metadata.id (N-77) when there is none; NULL */
    bool id_is_colab;
    char *name;              /* metadata.name, NULL */
    char *uuid;              /* metadata.uuid, NULL (W-8) */
    raw_ref metadata;        /* 0 = none */
    raw_ref attachments;     /* 0 = none */
    raw_ref outputs;         /* 0 = none */
    int64_t execution_count; /* 0 = null or none */
};

struct notebook {
    struct raw_json *json;
    int major, minor;
    bool has_ids;                /* 4.5 or later: cells must have ids (N-6, FE-45) */
    bool has_mark;               /* the file began with a byte-order mark (N-32) */
    char *kernel_name;           /* metadata.kernelspec.name, NULL */
    char *kernel_display;        /* metadata.kernelspec.display_name, NULL */
    char *language;              /* metadata.language_info.name, else kernelspec.language; NULL */
    struct notebook_cell *cells; /* of all worksheets in v3 */
    size_t count;
};

/* Borrows `text` until notebook_free. NULL with one line that says what the file is instead, and
 * what to do, without the file's name, bounded, without control characters: no JSON (with line and
 * column), Git merge conflict, Git LFS pointer, empty, HTML page, archive, picture or PDF, UTF-16
 * or UTF-32, JSON that is no notebook, nbformat 1, 2 or unknown (N-64). Memory: less than three
 * times the text for what people write; at most 40 bytes per byte of it, when it is nothing but
 * empty cells. */
struct notebook *notebook_parse(const char *text, size_t size, struct error *error) NODISCARD;
void notebook_free(struct notebook *notebook);

/* "code", "markdown", "raw", "other" */
const char *notebook_cell_type_word(enum notebook_cell_type type);
bool notebook_cell_type_from_word(const char *word, enum notebook_cell_type *ret_type);

#endif
