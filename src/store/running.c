/* SPDX-License-Identifier: Apache-2.0 */
/*
 * running: what runs now, read from the in-flight files of the living kernels.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_util.h"
#include "store/inflight.h"
#include "store/inflight_record.h"
#include "store/notebooks.h"

#define READ_TRIES 3

static json_t *describe(const struct inflight_record *item)
{
    const struct execution_record *record = &item->record;
    char started_at[TIMESTAMP_SIZE];
    timestamp_format_rfc3339(record->started_at, started_at);
    json_t *object = json_object();
    json_object_set_new(object, "execution", json_string(record->execution_id));
    json_object_set_new(object, "notebook", json_text_or_null(item->run.notebook));
    json_object_set_new(object, "cell", json_text_or_null(record->cell_name));
    json_object_set_new(object, "started_at",
                        record->started_at ? json_string(started_at) : json_null());
    json_object_set_new(object, "pid", json_integer(item->run.pid));
    json_object_set_new(object, "host", json_text_or_null(record->host));
    json_object_set_new(object, "user", json_text_or_null(record->user));
    json_object_set_new(object, "client", json_text_or_null(item->run.client));
    json_object_set_new(object, "target", json_text_or_null(record->target));
    json_object_set_new(object, "code", json_text(record->code, record->code_size));
    return object;
}

static void add_items(json_t *array, const struct inflight_content *content)
{
    for (size_t i = 0; i < content->count; i++) {
        AUTO_INFLIGHT_RECORD record;
        if (inflight_record_parse(json_incref(content->items[i].json), &record) &&
            content->items[i].kind == INFLIGHT_BEGIN)
            json_array_append_new(array, describe(&record));
    }
}

/* The kernel goes on writing: what is torn in this moment is whole in the next. */
static void add_file(json_t *array, const char *path)
{
    AUTO_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode) ||
        !inflight_is_locked(descriptor))
        return;
    for (int i = 0; i < READ_TRIES; i++) {
        struct inflight_content content;
        if (!inflight_read(descriptor, path, &content, NULL))
            return;
        bool is_last = !content.is_damaged || i == READ_TRIES - 1;
        if (is_last)
            add_items(array, &content);
        inflight_content_release(&content);
        if (is_last)
            return;
    }
}

/* The in-flight files know notebooks by their keys. */
static void set_names(struct store *store, json_t *array)
{
    struct error ignored = ERROR_INIT;
    struct store_connection *connection =
        json_array_size(array) ? store_connect(store, &ignored) : NULL;
    size_t index;
    json_t *object;
    if (!connection)
        return;
    json_array_foreach(array, index, object)
    {
        const char *key = json_member_text(object, "notebook", "");
        AUTO_FREE char *name = store_notebook_name(connection, key);
        json_object_set_new(object, "notebook", json_text_or_null(name));
    }
    store_disconnect(connection);
}

json_t *store_running(struct store *store, struct error *error)
{
    (void)error; /* a file that can't be read belongs to somebody else: not ours to show */
    json_t *array = json_array();
    char **paths;
    size_t count;
    inflight_list(store, &paths, &count);
    for (size_t i = 0; i < count; i++) {
        add_file(array, paths[i]);
        free(paths[i]);
    }
    free(paths);
    set_names(store, array);
    return array;
}
