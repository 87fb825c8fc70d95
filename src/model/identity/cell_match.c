/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell_match: the rules of the header, one function each, tried in order.
 */
#include "model/identity/cell_match.h"

#include <string.h>

#include "model/identity/text_similarity.h"

#define NONE ((size_t)-1)
/* The cells of a notebook are often alike; an edited one is still nearest to itself. Short texts are
 * alike by chance. */
#define SIMILAR_MIN 0.85
#define SIMILAR_LEAD 0.02
#define SIMILAR_BYTES 32
/* About half a millisecond. */
#define SIMILAR_WORK 1000000

static bool same_text(const char *left, size_t left_size, const char *right, size_t right_size)
{
    return left_size == right_size && (left_size == 0 || memcmp(left, right, left_size) == 0);
}

static bool known_has_text(const struct match_request *request, size_t index)
{
    const struct known_cell *known = &request->known[index];
    return same_text(known->code, known->code_size, request->code, request->code_size);
}

static size_t known_with_id(const struct match_request *request, const char *id)
{
    for (size_t i = 0; i < request->known_count; i++) {
        const char *known_id = request->known[i].nbformat_id;
        if (known_id != NULL && strcmp(known_id, id) == 0)
            return i;
    }
    return NONE;
}

/* Of several cells with this id (N-70) the one with exactly the request's text, else the first. */
static size_t file_cell_with_id(const struct match_request *request, const char *id)
{
    size_t first = NONE;
    for (size_t i = 0; request->file != NULL && i < request->file->count; i++) {
        const struct notebook_cell *cell = &request->file->cells[i];
        if (cell->id == NULL || strcmp(cell->id, id) != 0)
            continue;
        if (same_text(cell->source, cell->source_size, request->code, request->code_size))
            return i;
        first = first == NONE ? i : first;
    }
    return first;
}

static size_t known_of_file_cell(const struct match_request *request, size_t file)
{
    return file != NONE && request->file_known != NULL && request->file_known[file] > 0
               ? request->file_known[file] - 1
               : NONE;
}

static void set_known(const struct match_request *request, size_t known,
                      struct match_result *result)
{
    result->has_known = known != NONE;
    result->known = known != NONE ? known : 0;
    if (known != NONE && result->nbformat_id == NULL)
        result->nbformat_id = request->known[known].nbformat_id;
}

static void set_file(size_t file, struct match_result *result)
{
    result->has_file = file != NONE;
    result->file = file != NONE ? file : 0;
}

static void set_kind(enum match_kind kind, struct match_result *result)
{
    static const char *const EVIDENCE[] = {
        [MATCH_CLIENT_ID] = "cell-id",
        [MATCH_FILE_ID] = "file-id",
        [MATCH_FILE_TEXT] = "file-text",
        [MATCH_EXACT_TEXT] = "exact-text",
        [MATCH_RERUN] = "exact-text-again",
        [MATCH_SIMILAR] = "similar-text",
        [MATCH_AFTER_LAST] = "after-last",
        [MATCH_NEW] = "new",
    };
    result->kind = kind;
    result->evidence = EVIDENCE[kind];
}

/* VS Code's cellId is another one in every editing session (J-88); before nbformat 4.5 JupyterLab's
 * is too (FE-45). */
static bool client_id_counts(const struct match_request *request)
{
    static const char VSCODE[] = "vscode-notebook-cell:";
    const char *id = request->client_cell_id;
    return id != NULL && id[0] != '\0' && strncmp(id, VSCODE, sizeof(VSCODE) - 1) != 0 &&
           (request->file == NULL || request->file->has_ids);
}

static bool match_client_id(const struct match_request *request, struct match_result *result)
{
    if (!client_id_counts(request))
        return false;
    size_t file = file_cell_with_id(request, request->client_cell_id);
    size_t known = known_of_file_cell(request, file);
    if (known == NONE)
        known = known_with_id(request, request->client_cell_id);
    result->nbformat_id = request->client_cell_id;
    set_known(request, known, result);
    set_file(file, result);
    set_kind(MATCH_CLIENT_ID, result);
    return true;
}

/* The file's code cell with exactly this text: unused ones first, after the one matched last first.
 */
static size_t file_cell_with_text(const struct match_request *request)
{
    size_t first_unused = NONE, next_unused = NONE, first = NONE, next = NONE;
    for (size_t i = 0; request->file != NULL && i < request->file->count; i++) {
        const struct notebook_cell *cell = &request->file->cells[i];
        if (cell->type != NOTEBOOK_CODE ||
            !same_text(cell->source, cell->source_size, request->code, request->code_size)) {
            continue;
        }
        bool is_next = i >= request->last_file;
        first = first == NONE ? i : first;
        next = next == NONE && is_next ? i : next;
        if (request->file_used == NULL || !request->file_used[i]) {
            first_unused = first_unused == NONE ? i : first_unused;
            next_unused = next_unused == NONE && is_next ? i : next_unused;
        }
    }
    if (first_unused != NONE)
        return next_unused != NONE ? next_unused : first_unused;
    return next != NONE ? next : first;
}

/* A known cell with exactly this text, used or not, the first after the one matched last or else
 * the first. */
static size_t known_with_text(const struct match_request *request, bool used, bool without_id)
{
    size_t first = NONE;
    for (size_t i = 0; i < request->known_count; i++) {
        if (request->known[i].used != used ||
            (without_id && request->known[i].nbformat_id != NULL) || !known_has_text(request, i)) {
            continue;
        }
        if (i >= request->last_known)
            return i;
        first = first == NONE ? i : first;
    }
    return first;
}

/* Remembers the file's cell in any case, for the rules that follow too. */
static bool match_file(const struct match_request *request, struct match_result *result)
{
    size_t file = file_cell_with_text(request);
    size_t known = known_of_file_cell(request, file);
    set_file(file, result);
    bool has_id = file != NONE && request->file->has_ids && request->file->cells[file].id != NULL;
    if (has_id)
        result->nbformat_id = request->file->cells[file].id;
    else if (known == NONE)
        return false;
    if (known == NONE)
        known = known_with_id(request, result->nbformat_id);
    if (known == NONE)
        known = known_with_text(request, false, true);
    if (known == NONE) {
        /* It ran before the file was saved with it. */
        known = known_with_text(request, true, true);
    }
    set_known(request, known, result);
    set_kind(has_id ? MATCH_FILE_ID : MATCH_FILE_TEXT, result);
    return true;
}

static bool match_text(const struct match_request *request, bool used, enum match_kind kind,
                       struct match_result *result)
{
    size_t known = known_with_text(request, used, false);
    if (known == NONE)
        return false;
    set_known(request, known, result);
    set_kind(kind, result);
    return true;
}

static size_t count_in_file(const struct notebook *file, const char *code, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; file != NULL && i < file->count; i++) {
        const struct notebook_cell *cell = &file->cells[i];
        count +=
            cell->type == NOTEBOOK_CODE && same_text(cell->source, cell->source_size, code, size);
    }
    return count;
}

static size_t count_known(const struct match_request *request, const char *code, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < request->known_count; i++)
        count += same_text(request->known[i].code, request->known[i].code_size, code, size);
    return count;
}

/* More code cells of the file have this text than known ones: doubled cells are two cells. */
static bool has_more_doubles(const struct match_request *request)
{
    return count_in_file(request->file, request->code, request->code_size) >
           count_known(request, request->code, request->code_size);
}

static bool match_rerun(const struct match_request *request, struct match_result *result)
{
    return !has_more_doubles(request) && match_text(request, true, MATCH_RERUN, result);
}

struct similar {
    const struct match_request *request;
    struct text_profile profile; /* of the request's text */
    int64_t work;
    size_t best;
    double score, rival; /* of `best`, and of the best other cell */
};

static bool has_other_client_id(const struct match_request *request, size_t known)
{
    const char *id = request->known[known].client_id;
    return id != NULL && request->client_cell_id != NULL && strcmp(id, request->client_cell_id) != 0;
}

static void weigh_text(struct similar *similar, size_t known, const char *text, size_t size)
{
    const struct match_request *request = similar->request;
    struct text_profile profile;
    text_profile_init(&profile, text, size);
    double floor = SIMILAR_MIN - SIMILAR_LEAD;
    if (text_profile_bound(&similar->profile, &profile) < floor)
        return;
    double score = text_similarity(request->code, request->code_size, text, size, floor,
                                   &similar->work);
    if (known == similar->best) {
        similar->score = score > similar->score ? score : similar->score;
    } else if (score > similar->score) {
        similar->rival = similar->score;
        similar->score = score;
        similar->best = known;
    } else if (score > similar->rival) {
        similar->rival = score;
    }
}

/* Cells that another cellId stands for are no rivals either: they are told apart already. */
static bool match_similar(const struct match_request *request, struct match_result *result)
{
    struct similar similar = {.request = request, .work = SIMILAR_WORK, .best = NONE};
    if (request->file == NULL || !request->may_be_edited || request->code_size < SIMILAR_BYTES)
        return false;
    text_profile_init(&similar.profile, request->code, request->code_size);
    for (size_t i = 0; i < request->file->count; i++) {
        const struct notebook_cell *cell = &request->file->cells[i];
        size_t known = known_of_file_cell(request, i);
        if (cell->type == NOTEBOOK_CODE && known != NONE && !has_other_client_id(request, known))
            weigh_text(&similar, known, cell->source, cell->source_size);
    }
    for (size_t i = 0; i < request->known_count; i++) {
        const struct known_cell *known = &request->known[i];
        if (known->used && !has_other_client_id(request, i))
            weigh_text(&similar, i, known->code, known->code_size);
    }
    if (similar.score < SIMILAR_MIN || similar.score - similar.rival < SIMILAR_LEAD)
        return false;
    set_known(request, similar.best, result);
    set_kind(MATCH_SIMILAR, result);
    return true;
}

/* Of as many cells with the same text as the file still has, none is gone. */
static bool is_gone(const struct match_request *request, const struct known_cell *known)
{
    return count_in_file(request->file, known->code, known->code_size) <
           count_known(request, known->code, known->code_size);
}

static bool match_after_last(const struct match_request *request, struct match_result *result)
{
    size_t best = NONE;
    for (size_t i = request->last_known; request->file != NULL && i < request->known_count; i++) {
        const struct known_cell *known = &request->known[i];
        if (known->used)
            continue;
        if (!is_gone(request, known))
            break;
        if (best == NONE || known->last_run > request->known[best].last_run)
            best = i;
    }
    if (best == NONE)
        return false;
    set_known(request, best, result);
    set_kind(MATCH_AFTER_LAST, result);
    return true;
}

void cell_match(const struct match_request *request, struct match_result *ret_result)
{
    memset(ret_result, 0, sizeof(*ret_result));
    if (match_client_id(request, ret_result) || match_file(request, ret_result) ||
        match_text(request, false, MATCH_EXACT_TEXT, ret_result) ||
        match_rerun(request, ret_result) || match_similar(request, ret_result) ||
        match_after_last(request, ret_result)) {
        return;
    }
    set_kind(MATCH_NEW, ret_result);
}
