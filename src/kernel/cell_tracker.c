/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cell_tracker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/json_util.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "model/cell_match.h"
#include "model/notebook_cells.h"

#define MAX_NOTEBOOK_BYTES (64u * 1024 * 1024)
/* Cells that only their text tells: a console makes one for each text that was typed, for ever. */
#define MAX_ANONYMOUS 2048

/* The known cells are kept as the array that cell_match reads; the texts are owned here. */
struct cell_tracker {
    struct known_cell *known;
    char **names; /* cell_name of each known cell */
    char **
        client_ids; /* cellId that stood for it in this process (FE-45: not always the file's id) */
    size_t known_count;
    size_t known_limit; /* from here on the oldest are forgotten */
    struct notebook_cells *file;
    bool *file_used;
    struct stat file_stat; /* of the file that was read */
    size_t last_known, last_file;
};

struct cell_tracker *cell_tracker_new(void)
{
    return xcalloc(1, sizeof(struct cell_tracker));
}

static void free_known(struct cell_tracker *tracker, size_t known)
{
    free((char *)tracker->known[known].cell_key);
    free((char *)tracker->known[known].nbformat_id);
    free((char *)tracker->known[known].code);
    free(tracker->names[known]);
    free(tracker->client_ids[known]);
}

static void clear_known(struct cell_tracker *tracker)
{
    for (size_t i = 0; i < tracker->known_count; i++)
        free_known(tracker, i);
    free(tracker->known);
    free(tracker->names);
    free(tracker->client_ids);
    tracker->known = NULL;
    tracker->names = NULL;
    tracker->client_ids = NULL;
    tracker->known_count = 0;
    tracker->last_known = 0;
}

static void clear_file(struct cell_tracker *tracker)
{
    notebook_cells_free(tracker->file);
    free(tracker->file_used);
    tracker->file = NULL;
    tracker->file_used = NULL;
    tracker->last_file = 0;
    memset(&tracker->file_stat, 0, sizeof(tracker->file_stat));
}

void cell_tracker_free(struct cell_tracker *tracker)
{
    if (!tracker)
        return;
    clear_known(tracker);
    clear_file(tracker);
    free(tracker);
}

/* Takes ownership of all texts. Gives the index. */
static size_t add_known(struct cell_tracker *tracker, char *key, char *name, char *nbformat_id,
                        char *code, size_t code_size)
{
    size_t count = tracker->known_count + 1;

    tracker->known = xreallocarray(tracker->known, count, sizeof(*tracker->known));
    tracker->names = xreallocarray(tracker->names, count, sizeof(*tracker->names));
    tracker->client_ids = xreallocarray(tracker->client_ids, count, sizeof(*tracker->client_ids));
    tracker->known[count - 1] = (struct known_cell){
        .cell_key = key, .nbformat_id = nbformat_id, .code = code, .code_size = code_size};
    tracker->names[count - 1] = name;
    tracker->client_ids[count - 1] = NULL;
    tracker->known_count = count;
    return count - 1;
}

static bool is_anonymous(const struct cell_tracker *tracker, size_t known)
{
    const struct known_cell *cell = &tracker->known[known];

    return !cell->nbformat_id && !tracker->client_ids[known] &&
           strcmp(tracker->names[known], cell->cell_key) == 0;
}

/* Half of what only its text tells is forgotten, oldest first, when there is too much of it: a text
 * that comes again after that is a new cell. What has a name or an id of its own stays, and a file's
 * cells are never too many. */
static void forget_oldest(struct cell_tracker *tracker)
{
    size_t in_file = tracker->file ? tracker->file->count : 0;
    size_t limit = MAX_ANONYMOUS + 2 * in_file, kept = 0, last = 0;

    if (tracker->known_count < limit || tracker->known_count < tracker->known_limit)
        return;
    size_t surplus = tracker->known_count - limit / 2;
    for (size_t i = 0; i < tracker->known_count; i++) {
        if (surplus > 0 && is_anonymous(tracker, i)) {
            free_known(tracker, i);
            surplus--;
            continue;
        }
        tracker->known[kept] = tracker->known[i];
        tracker->names[kept] = tracker->names[i];
        tracker->client_ids[kept++] = tracker->client_ids[i];
        if (tracker->last_known == i + 1)
            last = kept;
    }
    tracker->known_count = kept;
    tracker->last_known = last;
    tracker->known_limit = 2 * kept;
}

bool cell_tracker_load(struct cell_tracker *tracker, struct store_connection *connection,
                       const char *notebook, struct error *error)
{
    struct stored_cell *cells;
    size_t count;

    if (!store_known_cells(connection, notebook, &cells, &count, error))
        return false;
    clear_known(tracker);
    for (size_t i = 0; i < count; i++) {
        size_t known = add_known(tracker, xstrdup(cells[i].cell_key), xstrdup(cells[i].cell_name),
                                 xstrdup_or_null(cells[i].nbformat_id),
                                 xmemdup(cells[i].code, cells[i].code_size + 1),
                                 cells[i].code_size);
        tracker->known[known].last_run = cells[i].last_run;
    }
    store_cells_free(cells, count);
    return true;
}

static bool is_same_file(const struct stat *left, const struct stat *right)
{
    return left->st_dev == right->st_dev && left->st_ino == right->st_ino &&
           left->st_size == right->st_size && left->st_mtim.tv_sec == right->st_mtim.tv_sec &&
           left->st_mtim.tv_nsec == right->st_mtim.tv_nsec;
}

/* Cells of the new file text that were used under the same id or text stay used. */
static void carry_used(struct cell_tracker *tracker, struct notebook_cells *old,
                       const bool *old_used)
{
    for (size_t i = 0; old && i < old->count; i++) {
        for (size_t j = 0; old_used[i] && j < tracker->file->count; j++) {
            const struct notebook_cell *left = &old->cells[i], *right = &tracker->file->cells[j];
            bool is_same = left->id && right->id
                               ? strcmp(left->id, right->id) == 0
                               : left->source_size == right->source_size &&
                                     memcmp(left->source, right->source, left->source_size) == 0;

            if (!is_same || tracker->file_used[j])
                continue;
            tracker->file_used[j] = true;
            break;
        }
    }
}

static void refresh_file(struct cell_tracker *tracker, const char *path)
{
    struct notebook_cells *old = tracker->file;
    bool *old_used = tracker->file_used;
    AUTO_STRBUF text = STRBUF_INIT;
    struct error error = ERROR_INIT;
    struct stat now;

    if (!path || stat(path, &now) < 0) {
        clear_file(tracker);
        return;
    }
    if (is_same_file(&now, &tracker->file_stat))
        return;
    tracker->file_stat = now;
    tracker->file = NULL;
    if (file_read(path, MAX_NOTEBOOK_BYTES, &text, &error))
        tracker->file = notebook_cells_parse(strbuf_text(&text), text.size, &error);
    if (!tracker->file)
        log_warning("%s", error.message);
    tracker->file_used = tracker->file ? xcalloc(tracker->file->count + 1, sizeof(bool)) : NULL;
    tracker->last_file = 0;
    if (tracker->file)
        carry_used(tracker, old, old_used);
    notebook_cells_free(old);
    free(old_used);
}

/* The known cell that this name belongs to. `is_free` asks for one that this text may be: not used
 * in this run by another text. */
static bool find_name(const struct cell_tracker *tracker, const char *name, size_t *ret_known)
{
    for (size_t i = 0; i < tracker->known_count; i++) {
        if (strcmp(tracker->names[i], name) != 0)
            continue;
        *ret_known = i;
        return true;
    }
    return false;
}

static bool file_has_id(const struct notebook_cells *file, const char *id)
{
    for (size_t i = 0; file && i < file->count; i++)
        if (file->cells[i].id && strcmp(file->cells[i].id, id) == 0)
            return true;
    return false;
}

/* Whether the name belongs to a cell that is another one for sure: its id is another that is still
 * in the file, or this run already used it with another text that is still in the file. */
static bool name_is_taken(const struct cell_tracker *tracker, size_t known,
                          const struct match_request *request, const char *nbformat_id)
{
    const struct known_cell *cell = &tracker->known[known];

    if (nbformat_id && cell->nbformat_id && strcmp(nbformat_id, cell->nbformat_id) != 0 &&
        (tracker->file ? file_has_id(tracker->file, cell->nbformat_id) : cell->used))
        return true;
    if (!cell->used || (cell->code_size == request->code_size &&
                        memcmp(cell->code, request->code, request->code_size) == 0))
        return false;
    for (size_t i = 0; tracker->file && i < tracker->file->count; i++) {
        const struct notebook_cell *in_file = &tracker->file->cells[i];

        if (in_file->is_code && in_file->source_size == cell->code_size &&
            memcmp(in_file->source, cell->code, cell->code_size) == 0)
            return true;
    }
    return false;
}

/* A short readable key; the file's id where it is known, because that is what the user sees. */
static char *new_key(const struct cell_tracker *tracker, const char *nbformat_id)
{
    char uuid[UUID_SIZE];
    size_t taken;

    if (nbformat_id && strlen(nbformat_id) <= 64 && !find_name(tracker, nbformat_id, &taken)) {
        for (taken = 0; taken < tracker->known_count; taken++)
            if (strcmp(tracker->known[taken].cell_key, nbformat_id) == 0)
                break;
        if (taken == tracker->known_count)
            return xstrdup(nbformat_id);
    }
    uuid_new(uuid);
    return xstrndup(uuid, 8);
}

static void remember(struct cell_tracker *tracker, size_t known, const char *nbformat_id,
                     const char *client_id, const char *code, size_t size)
{
    struct known_cell *cell = &tracker->known[known];

    if (nbformat_id && (!cell->nbformat_id || strcmp(cell->nbformat_id, nbformat_id) != 0)) {
        free((char *)cell->nbformat_id);
        cell->nbformat_id = xstrdup(nbformat_id);
    }
    if (client_id && !tracker->client_ids[known])
        tracker->client_ids[known] = xstrdup(client_id);
    if (cell->code_size != size || memcmp(cell->code, code, size) != 0) {
        char *copy = xmalloc(size + 1);

        memcpy(copy, code, size);
        copy[size] = '\0';
        free((char *)cell->code);
        cell->code = copy;
        cell->code_size = size;
    }
    cell->used = true;
    tracker->last_known = known + 1;
}

/* The known cell that this page's cellId stood for before, when the id is not the file's (FE-45).
 */
static bool find_client_id(const struct cell_tracker *tracker, const char *client_id,
                           size_t *ret_known)
{
    for (size_t i = 0; client_id && i < tracker->known_count; i++) {
        if (!tracker->client_ids[i] || strcmp(tracker->client_ids[i], client_id) != 0)
            continue;
        *ret_known = i;
        return true;
    }
    return false;
}

static size_t identify(struct cell_tracker *tracker, const struct match_request *request,
                       const char *explicit_name, struct tracked_cell *cell)
{
    struct match_result match;
    size_t known = 0, words = 0;
    bool has_name = explicit_name && find_name(tracker, explicit_name, &known);
    bool is_taken;
    size_t by_client;

    cell_match(request, &match);
    is_taken = has_name && name_is_taken(tracker, known, request, match.nbformat_id);
    if (match.has_file) {
        tracker->file_used[match.file] = true;
        tracker->last_file = match.file + 1;
    }
    cell->nbformat_id = match.nbformat_id;
    if (match.kind != MATCH_CLIENT_ID &&
        find_client_id(tracker, request->client_cell_id, &by_client)) {
        cell->evidence[words++] = "page-cell-id";
        return by_client;
    }
    if (match.has_known && (match.kind == MATCH_CLIENT_ID || match.kind == MATCH_FILE_ID)) {
        cell->evidence[words++] = match.evidence;
        return match.known;
    }
    if (has_name && !is_taken) {
        cell->evidence[words++] = "name";
        return known;
    }
    cell->evidence[words++] = match.evidence;
    if (is_taken)
        cell->evidence[words++] = "name-taken";
    if (match.has_known)
        return match.known;
    return add_known(tracker, new_key(tracker, match.nbformat_id), xstrdup(""),
                     xstrdup_or_null(match.nbformat_id), xstrdup(""), 0);
}

void cell_tracker_identify(struct cell_tracker *tracker, const char *path, const char *code,
                           size_t size, const json_t *metadata, const char *explicit_name,
                           struct tracked_cell *ret_cell)
{
    const char *client_id = json_member_text(metadata, "cellId", NULL);
    struct match_request request = {.code = code, .code_size = size, .client_cell_id = client_id};
    size_t known, holder;

    *ret_cell = (struct tracked_cell){0};
    refresh_file(tracker, path);
    forget_oldest(tracker);
    request.file = tracker->file;
    request.file_used = tracker->file_used;
    request.known = tracker->known;
    request.known_count = tracker->known_count;
    request.last_known = tracker->last_known;
    request.last_file = tracker->last_file;
    known = identify(tracker, &request, explicit_name, ret_cell);
    remember(tracker, known, ret_cell->nbformat_id, client_id, code, size);
    ret_cell->cell_key = tracker->known[known].cell_key;
    ret_cell->nbformat_id = tracker->known[known].nbformat_id;
    /* A name belongs to one cell; who comes second keeps the key as name (W-39). */
    if (!explicit_name || (find_name(tracker, explicit_name, &holder) && holder != known))
        explicit_name = ret_cell->cell_key;
    if (strcmp(tracker->names[known], explicit_name) != 0) {
        free(tracker->names[known]);
        tracker->names[known] = xstrdup(explicit_name);
    }
    ret_cell->cell_name = tracker->names[known];
    if (client_id)
        ret_cell->client_cell = json_pack("{s:s, s:b}", "cellId", client_id, "file_has_ids",
                                          tracker->file && tracker->file->has_ids);
}
