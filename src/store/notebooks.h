/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebooks: notebook files in the store: their versions, byte for byte, and the cells of each
 * version. With store.h all that the rest of the program sees of the store.
 *
 * A notebook's `key` is its notebook_name in all tables: the name under which it was first
 * recorded, which never changes. Its present `name` is what people see; store_rename_notebook
 * changes it. All functions here and in store.h take and give the key unless they say name; the
 * objects for people have the name.
 */
#ifndef RSCN_STORE_NOTEBOOKS_H
#define RSCN_STORE_NOTEBOOKS_H

#include "base/strbuf.h"
#include "model/notebook/notebook.h"
#include "model/identity/version_match.h"
#include "store/store.h"

/* --- taking in -------------------------------------------------------------------------------- */

enum version_origin {
    ORIGIN_IMPORT,    /* "import": by rscn import */
    ORIGIN_EXECUTION, /* "execution": saved after cells ran: the cells' texts are those of the
                         parent */
    ORIGIN_EDIT,      /* "edit": noticed by a kernel, cells differ from the parent */
    ORIGIN_RESTORE    /* "restore": written back by rscn restore */
};

/* As in the comments above. */
const char *version_origin_word(enum version_origin origin);

/* Notebooks will be taken in by the hundred on this connection: more pages may wait for their
 * commit in memory, so that none is written twice. Before the first one. */
bool store_expect_notebooks(struct store_connection *connection, struct error *error) NODISCARD;

/* A notebook file as it is now. All is borrowed for the call. */
struct notebook_taking {
    const char *name; /* present name: path from the store's folder, absolute outside of it, or
                         as given */
    const char *path; /* absolute path of the file; NULL: standard input, or a name was given */
    const char *text; /* the whole file */
    size_t size;
    const char *sha256;              /* of the text, as hex, when it is known already; NULL */
    const struct notebook *notebook; /* parsed from it */
    bool by_kernel;                  /* true: origin is execution or edit, whichever it is */
    enum version_origin origin;      /* when not by_kernel */
    const char *run_id;              /* the run that noticed it; NULL */
    const char *user, *host;
    timestamp_us at;
};
struct notebook_taken {
    char *key;          /* of the notebook */
    bool is_new;        /* the notebook was not known */
    bool is_back;       /* it was removed and is listed again */
    bool is_unchanged;  /* the newest version has these bytes: nothing was written */
    char *renamed_from; /* former name, when it was recognised as a notebook whose file is gone */
    int64_t version;    /* number of the newest version now */
    size_t cells;
    int64_t bytes_added; /* of snapshot and contents that the store did not have */
};
/* Takes a notebook in as its newest version, with its cells and where they came from
 * (model/identity/version_match). Inside store_begin … store_commit; what it writes is whole with
 * the commit or not there. Release with notebook_taken_release. */
bool store_take_notebook(struct store_connection *connection, const struct notebook_taking *taking,
                         struct notebook_taken *ret_taken, struct error *error) NODISCARD;
void notebook_taken_release(struct notebook_taken *taken);
/* Whether the newest version of the notebook with this present name has these bytes (SHA-256 as
 * hex). Needs no transaction: lets an import pass by what it has. */
bool store_has_newest(struct store_connection *connection, const char *name, const char *sha256,
                      bool *ret_has, struct error *error) NODISCARD;

/* --- names ------------------------------------------------------------------------------------ */

/* The key that belongs to a present name: of the notebook that has it now; a name that the store
 * does not know is its own key, or, when another notebook had it as key, a free one. Caller frees.
 */
bool store_notebook_key(struct store_connection *connection, const char *name, char **ret_key,
                        struct error *error) NODISCARD;
/* The present name of a key. Caller frees. */
char *store_notebook_name(struct store_connection *connection, const char *key);
/* ERROR_EXISTS when `new_name` belongs to another notebook. Inside a transaction. */
bool store_rename_notebook(struct store_connection *connection, const char *key,
                           const char *new_name, struct error *error) NODISCARD;
/* Soft delete: hidden from lists, history stays; taking it in again or running it brings it
 * back. `cell` (name or key) NULL: the whole notebook. Inside a transaction. */
bool store_remove(struct store_connection *connection, const char *key, const char *cell,
                  const char *user, struct error *error) NODISCARD;

/* --- versions --------------------------------------------------------------------------------- */

struct notebook_version {
    char *key, *name;
    int64_t version, parent; /* parent 0 = none */
    enum version_origin origin;
    timestamp_us created_at;
    char *user, *host;
    char *path;   /* of the file it was taken from, NULL */
    char *run_id; /* NULL */
    char sha256[SHA256_HEX_SIZE];
    int64_t size, cells;
    bool is_removed; /* the notebook is hidden */
};
/* `version` 0 = the newest. ERROR_NOT_FOUND says which there are. Release with
 * notebook_version_release. */
bool store_version(struct store_connection *connection, const char *key, int64_t version,
                   struct notebook_version *ret_version, struct error *error) NODISCARD;
/* The version that was the newest at a time. */
bool store_version_at(struct store_connection *connection, const char *key, timestamp_us at,
                      int64_t *ret_version, struct error *error) NODISCARD;
void notebook_version_release(struct notebook_version *version);
/* The newest version of each notebook that has any, removed ones too, by name; borrowed for the
 * call. The callback says false when it wants no more. */
typedef bool (*store_version_row)(void *context, const struct notebook_version *version);
bool store_newest_versions(struct store_connection *connection, store_version_row row,
                           void *context, struct error *error) NODISCARD;
/* All versions, newest first: objects with notebook, version, parent, created_at, origin, user,
 * host, run, size, sha256, cells. */
bool store_versions(struct store_connection *connection, const char *key, store_row row,
                    void *context, struct error *error) NODISCARD;
/* The bytes as they came, checked against their SHA-256 (ERROR_DAMAGED). Appended. */
bool store_version_text(struct store_connection *connection, const char *key, int64_t version,
                        struct strbuf *ret_text, struct error *error) NODISCARD;

/* Reads the bytes of notebook files and compares them with their SHA-256: each large piece once,
 * each file without such pieces, and the newest version of each notebook as a whole. Time and bytes
 * read are those of the store, however many versions share a piece. */
bool store_check_bytes(struct store_connection *connection, int64_t *ret_checked,
                       int64_t *ret_damaged, struct error *error) NODISCARD;

/* A cell in one version. */
struct version_cell {
    char *cell_key, *cell_name;
    int64_t cell_version;
    enum notebook_cell_type type;
    char *kernel;  /* code_notebook_kernel_id */
    char *file_id; /* as in the file, NULL */
    char *source;
    size_t source_size;
    char code_hash[SHA256_HEX_SIZE], normal_hash[SHA256_HEX_SIZE];
    char outputs_hash[SHA256_HEX_SIZE]; /* of the outputs in the file, "" = none */
    int64_t outputs;                    /* how many */
    enum version_match_kind matched_by;
    double score;
    json_t *lineage; /* array of {from, how, score} */
};
struct version_cells {
    struct version_cell *cells; /* in the version's order */
    size_t count;
};
bool store_version_cells(struct store_connection *connection, const char *key, int64_t version,
                         struct version_cells *ret_cells, struct error *error) NODISCARD;
void version_cells_release(struct version_cells *cells);
/* The name that the cell with this key has among them; NULL: none has. Borrowed. */
const char *version_cells_name(const struct version_cells *cells, const char *cell_key);
/* Where cells came from in the versions after one up to another: an object of cell_key to an array
 * of {from, how, score}, the newest first. Caller decrefs. */
bool store_lineage(struct store_connection *connection, const char *key, int64_t after,
                   int64_t until, json_t **ret_lineage, struct error *error) NODISCARD;

/* The last execution of exactly this text of a cell that was not silent and whose outputs were
 * kept, with what it showed: nbformat outputs as JSON array (clear_output and update_display_data
 * worked in), and its execution_count (0 = none). *ret_outputs NULL: it never ran here. `until` 0 =
 * now. Caller frees. */
bool store_last_outputs(struct store_connection *connection, const char *key, const char *cell_key,
                        const char *code_hash, timestamp_us until, char **ret_outputs,
                        int64_t *ret_execution_count, struct error *error) NODISCARD;

/* For `rscn grep`: each different text of a cell with the versions of the notebook that have it;
 * objects of its own because there may be very many: texts borrowed for the call. */
struct found_text {
    const char *notebook; /* present name */
    const char *cell, *cell_key;
    int64_t cell_version;                /* 0 = not numbered: only plain SQL put it in */
    int64_t first_version, last_version; /* of the notebook that have it; 0 = only executed */
    const char *text;
    size_t size;
    bool is_output;          /* something that the text showed, not the text itself */
    const char *last_run_at; /* RFC 3339, NULL = never; of a recorded output when it was shown */
};
typedef bool (*store_text_row)(void *context, const struct found_text *text);
/* key NULL = all notebooks that are not removed. With outputs: what each text showed, recorded and
 * imported, as the text people see; the same once per text. */
bool store_texts(struct store_connection *connection, const char *key, bool outputs,
                 store_text_row row, void *context, struct error *error) NODISCARD;

#endif
