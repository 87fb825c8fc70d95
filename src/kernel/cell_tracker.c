/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cell_tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "kernel/notebook_watch.h"
#include "model/identity/cell_match.h"
#include "model/states.h"
#include "model/identity/version_match.h"

/* Cells that only their text tells: a console makes one for each text that was typed, for ever. */
#define MAX_ANONYMOUS 2048

/* The known cells are kept as the array that cell_match reads; the texts are owned here. */
struct cell_tracker {
    struct known_cell *known;
    char **names; /* cell_name of each known cell */
    size_t known_count;
    size_t known_limit;                /* from here on the oldest are forgotten */
    struct notebook_view *view;        /* of the file, counted; NULL = no file */
    const struct notebook *file;       /* of the view, NULL if it can't be read */
    const struct version_cells *cells; /* of the view, NULL if not known */
    bool *file_used;                   /* one per cell of the file */
    size_t *file_known;                /* the same: index + 1 of the known cell, 0 = not told */
    struct notebook_view *told;        /* the newest view whose cells are known, counted */
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
    free((char *)tracker->known[known].client_id);
    free(tracker->names[known]);
}

static void clear_known(struct cell_tracker *tracker)
{
    for (size_t i = 0; i < tracker->known_count; i++)
        free_known(tracker, i);
    free(tracker->known);
    free(tracker->names);
    tracker->known = NULL;
    tracker->names = NULL;
    tracker->known_count = 0;
    tracker->last_known = 0;
}

static void clear_file(struct cell_tracker *tracker)
{
    notebook_view_unref(tracker->view);
    notebook_view_unref(tracker->told);
    free(tracker->file_used);
    free(tracker->file_known);
    tracker->view = NULL;
    tracker->told = NULL;
    tracker->file = NULL;
    tracker->cells = NULL;
    tracker->file_used = NULL;
    tracker->file_known = NULL;
    tracker->last_file = 0;
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
    tracker->known[count - 1] = (struct known_cell){
        .cell_key = key, .nbformat_id = nbformat_id, .code = code, .code_size = code_size};
    tracker->names[count - 1] = name;
    tracker->known_count = count;
    return count - 1;
}

static bool is_anonymous(const struct cell_tracker *tracker, size_t known)
{
    const struct known_cell *cell = &tracker->known[known];

    return !cell->nbformat_id && !cell->client_id &&
           strcmp(tracker->names[known], cell->cell_key) == 0;
}

/* Half of what only its text tells is forgotten, oldest first, when there is too much of it: a text
 * that comes again after that is a new cell. What has a name or an id of its own stays, and a
 * file's cells are never too many. */
static void forget_oldest(struct cell_tracker *tracker)
{
    size_t in_file = tracker->file ? tracker->file->count : 0;
    size_t limit = MAX_ANONYMOUS + 2 * in_file, kept = 0, last = 0;
    AUTO_FREE bool *is_told = NULL;
    AUTO_FREE size_t *place = NULL;

    if (tracker->known_count < limit || tracker->known_count < tracker->known_limit)
        return;
    size_t surplus = tracker->known_count - limit / 2;
    is_told = xcalloc(tracker->known_count + 1, sizeof(*is_told));
    place = xcalloc(tracker->known_count + 1, sizeof(*place));
    for (size_t i = 0; i < in_file; i++)
        is_told[tracker->file_known[i]] = true;
    for (size_t i = 0; i < tracker->known_count; i++) {
        if (surplus > 0 && !is_told[i + 1] && is_anonymous(tracker, i)) {
            free_known(tracker, i);
            surplus--;
            continue;
        }
        tracker->known[kept] = tracker->known[i];
        tracker->names[kept++] = tracker->names[i];
        place[i + 1] = kept;
        if (tracker->last_known == i + 1)
            last = kept;
    }
    for (size_t i = 0; i < in_file; i++)
        tracker->file_known[i] = place[tracker->file_known[i]];
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
    clear_file(tracker);
    for (size_t i = 0; i < count; i++) {
        size_t known =
            add_known(tracker, xstrdup(cells[i].cell_key), xstrdup(cells[i].cell_name),
                      xstrdup_or_null(cells[i].nbformat_id),
                      xmemdup(cells[i].code, cells[i].code_size + 1), cells[i].code_size);
        tracker->known[known].last_run = cells[i].last_run;
    }
    store_cells_free(cells, count);
    return true;
}

static bool find_key(const struct cell_tracker *tracker, const char *key, size_t *ret_known)
{
    for (size_t i = 0; i < tracker->known_count; i++) {
        if (strcmp(tracker->known[i].cell_key, key) != 0)
            continue;
        *ret_known = i;
        return true;
    }
    return false;
}

static bool same_text(const char *left, size_t left_size, const char *right, size_t right_size)
{
    return left_size == right_size && memcmp(left, right, left_size) == 0;
}

static void set_id(struct known_cell *cell, const char *nbformat_id)
{
    if (!nbformat_id || (cell->nbformat_id && strcmp(cell->nbformat_id, nbformat_id) == 0))
        return;
    free((char *)cell->nbformat_id);
    cell->nbformat_id = xstrdup(nbformat_id);
}

static void set_code(struct known_cell *cell, const char *code, size_t size)
{
    char *copy;

    if (same_text(cell->code, cell->code_size, code, size))
        return;
    copy = xmalloc(size + 1);
    memcpy(copy, code, size);
    copy[size] = '\0';
    free((char *)cell->code);
    cell->code = copy;
    cell->code_size = size;
}

static void forget_client_id(struct known_cell *cell)
{
    free((char *)cell->client_id);
    cell->client_id = NULL;
}

/* Cells of the new file text that were used under the same id or text stay used. */
static void carry_used(struct cell_tracker *tracker, const struct notebook *old,
                       const bool *old_used)
{
    for (size_t i = 0; old && i < old->count; i++) {
        for (size_t j = 0; old_used[i] && j < tracker->file->count; j++) {
            const struct notebook_cell *left = &old->cells[i], *right = &tracker->file->cells[j];
            bool is_same = left->id && right->id ? strcmp(left->id, right->id) == 0
                                                 : same_text(left->source, left->source_size,
                                                             right->source, right->source_size);

            if (!is_same || tracker->file_used[j])
                continue;
            tracker->file_used[j] = true;
            break;
        }
    }
}

/* The code cell with this text, if the file has just one. */
static bool find_only_text(const struct notebook *file, const char *code, size_t size,
                           size_t *ret_cell)
{
    size_t count = 0;

    for (size_t i = 0; i < file->count; i++) {
        const struct notebook_cell *cell = &file->cells[i];

        if (cell->type != NOTEBOOK_CODE || !same_text(cell->source, cell->source_size, code, size))
            continue;
        *ret_cell = i;
        count++;
    }
    return count == 1;
}

/* A page's cellId was first seen with a text that the file did not have yet, and taken for another
 * cell than the one with which that text was saved. */
static void correct_client_ids(struct cell_tracker *tracker)
{
    AUTO_FREE const char **corrected = xcalloc(tracker->known_count + 1, sizeof(*corrected));

    for (size_t i = 0; i < tracker->known_count; i++) {
        struct known_cell *cell = &tracker->known[i];
        size_t in_file, known;

        if (cell->client_id && cell->used &&
            find_only_text(tracker->file, cell->code, cell->code_size, &in_file) &&
            find_key(tracker, tracker->cells->cells[in_file].cell_key, &known) && known != i) {
            free((char *)corrected[known]);
            corrected[known] = cell->client_id;
            cell->client_id = NULL;
        }
    }
    for (size_t i = 0; i < tracker->known_count; i++) {
        if (!corrected[i])
            continue;
        forget_client_id(&tracker->known[i]);
        tracker->known[i].client_id = corrected[i];
    }
}

/* The file is a version: what each of its code cells is stands in the store. */
static void tell_cells(struct cell_tracker *tracker)
{
    correct_client_ids(tracker);
    for (size_t i = 0; i < tracker->file->count; i++) {
        const struct version_cell *cell = &tracker->cells->cells[i];
        const char *id = tracker->file->has_ids ? cell->file_id : NULL;
        size_t known;

        if (cell->type != NOTEBOOK_CODE)
            continue;
        if (!find_key(tracker, cell->cell_key, &known))
            known = add_known(tracker, xstrdup(cell->cell_key), xstrdup(cell->cell_name),
                              xstrdup_or_null(id), xstrdup(""), 0);
        set_id(&tracker->known[known], id);
        set_code(&tracker->known[known], cell->source, cell->source_size);
        tracker->file_known[i] = known + 1;
    }
}

static void add_match_cells(const struct notebook *notebook, struct version_match_cell *cells)
{
    for (size_t i = 0; i < notebook->count; i++) {
        const struct notebook_cell *cell = &notebook->cells[i];

        cells[i] = (struct version_match_cell){.type = cell->type,
                                               .text = cell->source,
                                               .size = cell->source_size,
                                               .id = cell->id,
                                               .name = cell->name,
                                               .uuid = cell->uuid};
    }
}

/* The known cells that the file did not have when it was taken in. Gives how many; `ret_index` is
 * where they stand in `known`. */
static size_t add_earlier_cells(const struct cell_tracker *tracker, const size_t *before_known,
                                struct version_match_cell *cells, size_t *ret_index)
{
    AUTO_FREE bool *is_there = xcalloc(tracker->known_count + 1, sizeof(*is_there));
    size_t count = 0;

    for (size_t i = 0; i < tracker->told->notebook->count; i++)
        is_there[before_known[i]] = true;
    for (size_t i = tracker->known_count; i > 0; i--) { /* the last seen first */
        const struct known_cell *cell = &tracker->known[i - 1];

        if (is_there[i])
            continue;
        ret_index[count] = i;
        cells[count++] = (struct version_match_cell){.type = NOTEBOOK_CODE,
                                                     .text = cell->code,
                                                     .size = cell->code_size,
                                                     .id = cell->nbformat_id};
    }
    return count;
}

static bool file_has_text(const struct notebook *file, const char *text, size_t size)
{
    for (size_t i = 0; i < file->count; i++)
        if (same_text(file->cells[i].source, file->cells[i].source_size, text, size))
            return true;
    return false;
}

/* A cell that ran with a text that was saved since is matched by that, as the store does it. */
static void use_latest_texts(const struct cell_tracker *tracker, const size_t *before_known,
                             struct version_match_cell *before)
{
    for (size_t i = 0; i < tracker->told->notebook->count; i++) {
        const struct known_cell *known =
            before_known[i] > 0 ? &tracker->known[before_known[i] - 1] : NULL;

        if (!known || same_text(known->code, known->code_size, before[i].text, before[i].size) ||
            file_has_text(tracker->file, before[i].text, before[i].size) ||
            !file_has_text(tracker->file, known->code, known->code_size))
            continue;
        before[i].text = known->code;
        before[i].size = known->code_size;
    }
}

/* The file changed since it was taken in: what its cells will be when it is taken in again. */
static void match_cells(struct cell_tracker *tracker)
{
    const struct notebook *file = tracker->file, *told = tracker->told->notebook;
    AUTO_FREE struct version_match_cell *now = xcalloc(file->count + 1, sizeof(*now));
    AUTO_FREE struct version_match_cell *before = xcalloc(told->count + 1, sizeof(*before));
    AUTO_FREE struct version_match_cell *earlier =
        xcalloc(tracker->known_count + 1, sizeof(*earlier));
    AUTO_FREE size_t *before_known = xcalloc(told->count + 1, sizeof(*before_known));
    AUTO_FREE size_t *earlier_known = xcalloc(tracker->known_count + 1, sizeof(*earlier_known));
    struct version_match_request request = {.now = now,
                                            .now_count = file->count,
                                            .before = before,
                                            .before_count = told->count,
                                            .earlier = earlier,
                                            .language = file->language};
    struct version_match match;
    size_t known;

    add_match_cells(file, now);
    add_match_cells(told, before);
    for (size_t i = 0; i < told->count; i++)
        before_known[i] =
            find_key(tracker, tracker->told->cells->cells[i].cell_key, &known) ? known + 1 : 0;
    use_latest_texts(tracker, before_known, before);
    request.earlier_count = add_earlier_cells(tracker, before_known, earlier, earlier_known);
    version_match(&request, &match);
    for (size_t i = 0; i < file->count; i++) {
        const struct version_match_result *result = &match.cells[i];

        if (file->cells[i].type == NOTEBOOK_CODE)
            tracker->file_known[i] = result->has_before    ? before_known[result->from]
                                     : result->has_earlier ? earlier_known[result->from]
                                                           : 0;
    }
    version_match_release(&match);
}

/* Takes over what is known of the file now. */
static void see_file(struct cell_tracker *tracker, struct notebook_view *view,
                     const struct version_cells *cells)
{
    struct notebook_view *old = tracker->view;
    const struct notebook *old_file = tracker->file;
    AUTO_FREE bool *old_used = tracker->file_used;
    size_t count = view->notebook ? view->notebook->count : 0;

    tracker->view = notebook_view_ref(view);
    tracker->file = view->notebook;
    tracker->cells = cells;
    tracker->file_used = xcalloc(count + 1, sizeof(*tracker->file_used));
    free(tracker->file_known);
    tracker->file_known = xcalloc(count + 1, sizeof(*tracker->file_known));
    if (view != old)
        tracker->last_file = 0;
    if (tracker->file)
        carry_used(tracker, old_file, old_used);
    if (tracker->file && cells) {
        tell_cells(tracker);
        notebook_view_unref(tracker->told);
        tracker->told = notebook_view_ref(view);
    } else if (tracker->file && tracker->told) {
        match_cells(tracker);
    }
    notebook_view_unref(old);
}

/* The client's id tells the cell, whatever the file has by now. */
static bool is_told_by_client(const struct cell_tracker *tracker, const char *client_id)
{
    for (size_t i = 0; client_id && tracker->file && i < tracker->known_count; i++) {
        const char *id =
            tracker->file->has_ids ? tracker->known[i].nbformat_id : tracker->known[i].client_id;

        if (id && strcmp(id, client_id) == 0)
            return true;
    }
    return false;
}

static void look_at_file(struct cell_tracker *tracker, struct notebook_watch *watch,
                         const char *client_id)
{
    const struct version_cells *cells;
    struct notebook_view *view =
        notebook_watch_view(watch, !is_told_by_client(tracker, client_id), &cells);

    if (view && (view != tracker->view || cells != tracker->cells))
        see_file(tracker, view, cells);
    notebook_view_unref(view);
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

static bool file_has_id(const struct notebook *file, const char *id)
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

        if (in_file->type == NOTEBOOK_CODE && in_file->source_size == cell->code_size &&
            memcmp(in_file->source, cell->code, cell->code_size) == 0)
            return true;
    }
    return false;
}

/* What nbformat allows as an id (N-6). */
static bool is_nbformat_id(const char *id)
{
    size_t size = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    return size > 0 && size <= 64 && id[size] == '\0';
}

/* A short readable key; the file's id where it is known, because that is what the user sees. The
 * store makes the keys of cells that it sees first by the same rule. */
static char *new_key(const struct cell_tracker *tracker, const char *nbformat_id)
{
    char uuid[UUID_SIZE];
    size_t taken;

    if (nbformat_id && is_nbformat_id(nbformat_id) && !find_name(tracker, nbformat_id, &taken) &&
        !find_key(tracker, nbformat_id, &taken))
        return xstrdup(nbformat_id);
    uuid_new(uuid);
    return xstrndup(uuid, 8);
}

/* A cellId that is not the file's stands for a cell until the page is loaded anew: then all of them
 * are others (FE-45). */
static void set_client_id(struct cell_tracker *tracker, size_t known, const char *client_id)
{
    struct known_cell *cell = &tracker->known[known];
    bool is_new_page = cell->client_id && strcmp(cell->client_id, client_id) != 0;

    if (cell->client_id && !is_new_page)
        return;
    for (size_t i = 0; i < tracker->known_count; i++) {
        struct known_cell *other = &tracker->known[i];

        if (other->client_id && (is_new_page || strcmp(other->client_id, client_id) == 0))
            forget_client_id(other);
    }
    cell->client_id = xstrdup(client_id);
}

static void remember(struct cell_tracker *tracker, size_t known, const char *nbformat_id,
                     const char *client_id, const char *code, size_t size)
{
    struct known_cell *cell = &tracker->known[known];

    set_id(cell, nbformat_id);
    if (client_id)
        set_client_id(tracker, known, client_id);
    set_code(cell, code, size);
    cell->used = true;
    tracker->last_known = known + 1;
}

/* The known cell that this page's cellId stood for before, when the id is not the file's (FE-45).
 */
static bool find_client_id(const struct cell_tracker *tracker, const char *client_id,
                           size_t *ret_known)
{
    for (size_t i = 0; client_id && i < tracker->known_count; i++) {
        const char *id = tracker->known[i].client_id;

        if (!id || strcmp(id, client_id) != 0)
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

/* The name that the file gives a known cell (W-39), which most clients don't send; NULL: none. */
static const char *name_in_file(const struct cell_tracker *tracker, size_t known)
{
    const char *name = NULL;

    for (size_t i = 0; tracker->file && i < tracker->file->count && !name; i++)
        if (tracker->file_known[i] == known + 1)
            name = tracker->file->cells[i].name;
    return name && cell_name_is_usable(name) ? name : NULL;
}

void cell_tracker_identify(struct cell_tracker *tracker, struct notebook_watch *watch,
                           const char *code, size_t size, const json_t *metadata,
                           const char *explicit_name, bool may_be_edited,
                           struct tracked_cell *ret_cell)
{
    const char *client_id = json_member_text(metadata, "cellId", NULL);
    struct match_request request = {.code = code,
                                    .code_size = size,
                                    .client_cell_id = client_id,
                                    .may_be_edited = may_be_edited};
    size_t known, holder;

    *ret_cell = (struct tracked_cell){0};
    if (watch)
        look_at_file(tracker, watch, client_id);
    forget_oldest(tracker);
    request.file = tracker->file;
    request.file_used = tracker->file_used;
    request.file_known = tracker->file_known;
    request.known = tracker->known;
    request.known_count = tracker->known_count;
    request.last_known = tracker->last_known;
    request.last_file = tracker->last_file;
    known = identify(tracker, &request, explicit_name, ret_cell);
    remember(tracker, known, ret_cell->nbformat_id, client_id, code, size);
    ret_cell->cell_key = tracker->known[known].cell_key;
    ret_cell->nbformat_id = tracker->known[known].nbformat_id;
    if (!explicit_name)
        explicit_name = name_in_file(tracker, known);
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
