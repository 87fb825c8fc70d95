/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version_match: which cell of the version before each cell of a new version is (W-60 to W-66 and
 * what was measured after W-72; N-52, N-77).
 *
 * A pure function; its evidence is part of the result. No id in a file is an identity (W-16).
 * model/identity/cell_match answers another question: which cell a text is that a client wants to
 * run.
 */
#ifndef RSCN_MODEL_VERSION_MATCH_H
#define RSCN_MODEL_VERSION_MATCH_H

#include "model/notebook/notebook.h"

/* Texts are borrowed. */
struct version_match_cell {
    enum notebook_cell_type type;
    const char *text;
    size_t size;
    const char *id;   /* the file's id (Colab's too), NULL */
    const char *name; /* explicit name, NULL */
    const char *uuid; /* metadata.uuid, NULL */
    const char *key;  /* of a cell before: its cell_key, an id that it may have had once; NULL */
};

struct version_match_request {
    const struct version_match_cell *now; /* the new version, in order */
    size_t now_count;
    const struct version_match_cell *before; /* the version before, in order */
    size_t before_count;
    /* Cells of ancestors that `before` doesn't have, and cells that ran and were in no version yet;
     * the last seen first */
    const struct version_match_cell *earlier;
    size_t earlier_count;
    const char *language; /* of the code cells, as in the kernelspec; NULL = not known */
};

enum version_match_kind {
    VERSION_MATCH_NEW,         /* "new": no cell before */
    VERSION_MATCH_ID,          /* "id" */
    VERSION_MATCH_NAME,        /* "name": the explicit name */
    VERSION_MATCH_UUID,        /* "uuid": metadata.uuid */
    VERSION_MATCH_TEXT,        /* "text": the same bytes */
    VERSION_MATCH_NORMAL,      /* "normal-form": other comments or layout */
    VERSION_MATCH_SIMILAR,     /* "similar" */
    VERSION_MATCH_LINES,       /* "lines": the larger part of what was split or merged */
    VERSION_MATCH_PLACE,       /* "place": alone between two that continue */
    VERSION_MATCH_EARLIER_ID,  /* "earlier-id": came back */
    VERSION_MATCH_EARLIER_TEXT /* "earlier-text" */
};

struct version_match_result {
    enum version_match_kind kind;
    bool has_before, has_earlier; /* at most one */
    size_t from;                  /* index into before or earlier */
    double score;                 /* 0 to 1 */
};

enum version_lineage_kind { VERSION_SPLIT, VERSION_MERGE, VERSION_COPY };
/* "Cell `now` came out of that one, too": W-34. */
struct version_lineage {
    size_t now;
    size_t from; /* index into before */
    enum version_lineage_kind how;
    double score;
};

struct version_match {
    struct version_match_result *cells; /* one per cell of the new version */
    struct version_lineage *lineage;
    size_t lineage_count;
};

/* One-to-one, and the same for the same request always (WP-10). Release with version_match_release.
 * Time and memory are bounded for any number and length of cells. */
void version_match(const struct version_match_request *request, struct version_match *ret_match);
void version_match_release(struct version_match *match);

const char *version_match_word(enum version_match_kind kind);     /* as above */
const char *version_lineage_word(enum version_lineage_kind kind); /* "split", "merge", "copy" */

#endif
