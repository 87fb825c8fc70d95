/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell_match: which cell of a notebook an executed text is, when the client says little or nothing
 * (J-7, J-86, W-39).
 *
 * A pure function of the file's cells, the cells that the record knows, what was used in this run,
 * and the request; the evidence is part of the result, nothing is guessed silently. Which cell of
 * the record a cell of the file is, the notebook's versions tell (model/identity/version_match); what they
 * can't tell is decided here.
 */
#ifndef RSCN_MODEL_CELL_MATCH_H
#define RSCN_MODEL_CELL_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/notebook/notebook.h"

/* A cell that the record knows, in the notebook's order. */
struct known_cell {
    const char *cell_key;
    const char *nbformat_id; /* NULL if never seen */
    const char *client_id;   /* cellId that stands for it on the page that is open now (FE-45: not
                                always the file's); NULL if none does */
    const char *code;        /* newest version */
    size_t code_size;
    bool used;        /* matched earlier in this run */
    int64_t last_run; /* number of the run that had it last, 0 = long ago */
};

struct match_request {
    const char *code;
    size_t code_size;
    const char *client_cell_id;  /* cellId of the request's metadata, NULL if none */
    bool may_be_edited;          /* the text may be a changed one that is not saved yet */
    const struct notebook *file; /* NULL if there is no readable file; only its cells' texts, types
                                    and ids are looked at */
    const bool *file_used;       /* per file cell: matched earlier in this run; NULL = none */
    const size_t *file_known;    /* per file cell: index + 1 of the known cell that it is in the
                                    notebook's versions, 0 = not told; NULL = none told */
    const struct known_cell *known;
    size_t known_count;
    size_t last_known; /* index + 1 of the known cell matched last in this run, 0 = none */
    size_t last_file;  /* index + 1 of the file cell matched last in this run, 0 = none */
};

enum match_kind {
    MATCH_CLIENT_ID,  /* "cell-id": the client's cellId, which is the file's nbformat id */
    MATCH_FILE_ID,    /* "file-id": the file's id of the cell with exactly this text */
    MATCH_FILE_TEXT,  /* "file-text": the file's cell with exactly this text, which has no id, is
                         a cell of the notebook's versions */
    MATCH_EXACT_TEXT, /* "exact-text": a known cell with exactly this text */
    MATCH_RERUN,      /* "exact-text-again": the same, already used in this run */
    MATCH_SIMILAR,    /* "similar-text": edited and not saved yet: no other cell's text comes near */
    MATCH_AFTER_LAST, /* "after-last": follows the cell matched last, its old text is gone from the
                         file */
    MATCH_NEW         /* "new" */
};

struct match_result {
    enum match_kind kind;
    bool has_known;
    size_t known; /* index into request->known if has_known */
    bool has_file;
    size_t file; /* index into file->cells if has_file */
    const char
        *nbformat_id;     /* id to remember for the cell, NULL if none; borrowed from the request */
    const char *evidence; /* word above; static */
};

/*
 * In this order (the words of `identified_by`):
 * 1. client_cell_id, when the file has ids or there is no file, and it is no
 * `vscode-notebook-cell:` URI: what file_known tells of the file's cell with that id (of several
 * with one id the one with exactly this text, else the first), else the known cell with that
 * nbformat id, else a new one with that id (has_file is set if the file has a cell with it).
 * 2. a code cell of the file with exactly this text, not used in this run (the first after
 * last_file, else the first; when all are used, the last_file rule again over all of them): what
 * file_known tells of it; if the file has ids, the known cell with that id, else a new one with
 * that id - but when no known cell has that id and a known cell without nbformat id has exactly
 * this text, that one.
 * 3. a known cell with exactly this text not used in this run (first after last_known, else the
 * first).
 * 4. a known cell with exactly this text that was used in this run (a re-run), unless more code
 * cells of the file have this text than known ones do: doubled cells are two cells.
 * 5. when there is a file and may_be_edited: the cell of the file, or the known cell used in this
 * run, whose text is much like this one when no other cell's comes near; not one that another cellId
 * stands for on this page.
 * 6. when there is a file: the known cells after last_known (0: from the first one) up to one whose
 * text is still in the file; used ones are passed over. Of those, the one that ran last, because
 * one that was deleted did not run in the latest run; else the first. It was edited. A text that
 * several known cells have is still in the file for as many of them as the file has cells with it.
 * 7. a new cell.
 */
void cell_match(const struct match_request *request, struct match_result *ret_result);

#endif
