/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery: turns the in-flight files of dead kernels into rows; see recovery.h.
 *
 * An entry with an end is recorded as it ended. One without: when the effect shares the transaction
 * of the record, no record proves no effect, so it FAILED with effect none; else nobody knows, and
 * it is UNKNOWN. Two processes may do this at once: the lock on the file decides who takes it.
 */
#include "store/recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_util.h"
#include "base/log.h"
#include "store/inflight.h"
#include "store/inflight_record.h"
#include "store/record.h"

static const char reason_unknown[] =
    "the kernel ended while it ran; whether it took effect is not known";
static const char reason_no_effect[] = "the kernel ended while it ran; nothing of it took effect";
static const char reason_not_run[] = "the kernel ended before it ran";

/* A dead kernel's file: opened, and locked by us. -1 when it is a living kernel's, or gone. */
static int open_dead(const char *path)
{
    int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        if (errno != ENOENT)
            log_warning("%s: can't be taken into the record: %s", path, strerror(errno));
        return -1;
    }
    struct stat status;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && inflight_lock(descriptor) &&
        fstat(descriptor, &status) == 0 && status.st_nlink > 0)
        return descriptor;
    close(descriptor);
    return -1;
}

static bool is_dead(const char *path)
{
    AUTO_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    return descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
           !inflight_is_locked(descriptor);
}

static void free_paths(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

bool recovery_is_needed(const struct store *store)
{
    char **paths;
    size_t count;
    bool is_needed = false;
    inflight_list(store, &paths, &count);
    for (size_t i = 0; i < count && !is_needed; i++)
        is_needed = is_dead(paths[i]);
    free_paths(paths, count);
    return is_needed;
}

/* --- one execution --------------------------------------------------------------------------- */

static void add_step(struct inflight_record *record, enum cell_state to, timestamp_us at,
                     const char *reason)
{
    record->steps[record->record.step_count++] =
        (struct execution_step){.to = to, .at = at, .reason = reason};
}

/* What became of an execution that has begun and has no end. */
static void end_unfinished(struct inflight_record *item)
{
    struct execution_record *record = &item->record;
    if (record->step_count == 0)
        add_step(item, STATE_PENDING, record->received_at, NULL);
    bool has_run = record->steps[record->step_count - 1].to == STATE_RUNNING;
    if (!has_run) {
        record->state = STATE_CANCELED;
        record->reason = reason_not_run;
        record->effect = "none";
    } else if (record->effect_is_recorded) {
        record->state = STATE_FAILED;
        record->reason = reason_no_effect;
        record->effect = "none";
    } else {
        record->state = STATE_UNKNOWN;
        record->reason = reason_unknown;
        record->effect = NULL;
    }
    add_step(item, record->state, 0, record->reason);
    record->ended_at = 0;
    record->outputs_complete = false;
}

enum outcome { OUTCOME_RECORDED, OUTCOME_KNOWN, OUTCOME_REFUSED, OUTCOME_LATER };

/* An error of the record itself, not of the disk or the moment: trying again is no use. */
static bool is_final(const struct error *error)
{
    return error->code == ERROR_INVALID || error->code == ERROR_UNSUPPORTED;
}

static enum outcome record_one(struct store_connection *connection,
                               const struct execution_record *record)
{
    struct error error = ERROR_INIT;
    if (store_has_execution(connection, record->execution_id))
        return OUTCOME_KNOWN;
    if (!store_begin_again(connection, &error)) {
        log_warning("%s", error.message);
        return OUTCOME_LATER;
    }
    if (record_recovered(connection, record, timestamp_now(), &error) &&
        store_commit(connection, &error))
        return OUTCOME_RECORDED;
    store_rollback(connection);
    if (error.code == ERROR_EXISTS)
        return OUTCOME_KNOWN;
    log_warning("execution %s could not be taken into the record: %s", record->execution_id,
                error.message);
    return is_final(&error) ? OUTCOME_REFUSED : OUTCOME_LATER;
}

/* A transaction that the user had open on another database died with the kernel. False: later. */
static bool roll_back_open(struct store_connection *connection,
                           const struct execution_record *record)
{
    struct error error = ERROR_INIT;
    if (record->state != STATE_EXECUTED || !record->effect || strcmp(record->effect, "open") != 0)
        return true;
    AUTO_FREE char *reason =
        xasprintf("the kernel died with the transaction on %s open", record->target);
    if (store_begin_again(connection, &error) &&
        store_roll_back(connection, record->execution_id, timestamp_now(), reason, &error) &&
        store_commit(connection, &error))
        return true;
    store_rollback(connection);
    log_warning("%s", error.message);
    return is_final(&error); /* it is there already */
}

static enum outcome recover_item(struct store_connection *connection,
                                 const struct inflight_item *item)
{
    AUTO_INFLIGHT_RECORD record;
    if (!inflight_record_parse(json_incref(item->json), &record))
        return OUTCOME_REFUSED;
    if (item->kind == INFLIGHT_BEGIN)
        end_unfinished(&record);
    enum outcome outcome = record_one(connection, &record.record);
    if (item->kind == INFLIGHT_END && outcome != OUTCOME_LATER && outcome != OUTCOME_REFUSED &&
        !roll_back_open(connection, &record.record))
        return OUTCOME_LATER;
    return outcome;
}

/* --- one file -------------------------------------------------------------------------------- */

static void keep_aside(const char *path)
{
    AUTO_FREE char *aside = xasprintf("%s%s", path, INFLIGHT_DAMAGED);
    if (rename(path, aside) < 0)
        log_error("%s: can't be renamed: %s", path, strerror(errno));
    else
        log_warning("%s: an entry of a kernel that died can't be read; the file is kept as %s",
                    path, aside);
}

/* The file is locked by us. Returns how many executions were recorded. */
static size_t recover_content(struct store_connection *connection, const char *path,
                              const struct inflight_content *content)
{
    size_t recorded = 0;
    bool is_damaged = content->is_damaged;
    for (size_t i = 0; i < content->count; i++) {
        enum outcome outcome = recover_item(connection, &content->items[i]);
        if (outcome == OUTCOME_LATER)
            return recorded;
        recorded += outcome == OUTCOME_RECORDED;
        is_damaged |= outcome == OUTCOME_REFUSED;
    }
    if (is_damaged)
        keep_aside(path);
    else
        unlink(path);
    return recorded;
}

static size_t recover_file(struct store_connection *connection, const char *path)
{
    AUTO_CLOSE int descriptor = open_dead(path);
    if (descriptor < 0)
        return 0;
    struct error error = ERROR_INIT;
    struct inflight_content content;
    size_t recorded = 0;
    if (inflight_read(descriptor, path, &content, &error)) {
        recorded = recover_content(connection, path, &content);
        inflight_content_release(&content);
    } else {
        log_warning("%s", error.message);
        if (error.code == ERROR_INVALID)
            keep_aside(path);
    }
    return recorded;
}

size_t recovery_run(struct store_connection *connection, int64_t timeout_us)
{
    const struct store *store = connection->store;
    struct error error = ERROR_INIT;
    if (!database_lock(connection, timeout_us, &error)) {
        log_warning("what a dead kernel left is not yet in the record: %s", error.message);
        return 0;
    }
    char **paths;
    size_t count, recorded = 0;
    inflight_list(store, &paths, &count);
    for (size_t i = 0; i < count; i++)
        recorded += recover_file(connection, paths[i]);
    free_paths(paths, count);
    store_release(connection);
    AUTO_FREE char *directory = inflight_directory(store);
    rmdir(directory); /* fails while there is something in it */
    return recorded;
}
