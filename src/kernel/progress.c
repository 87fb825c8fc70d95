/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/progress.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "kernel/execution.h"

bool progress_is_shown_by(const char *client)
{
    return !client || (strcmp(client, "console") != 0 && strcmp(client, "qtconsole") != 0 &&
                       strcmp(client, "jupyter_client") != 0);
}

/* Content of a display. With the id of the line it is for the client; without, for the record:
 * `transient` is never written to a file (J-58). */
static json_t *content_new(const struct execution *execution, const json_t *data,
                           const json_t *metadata, bool with_id)
{
    json_t *content = json_object();
    json_t *transient = json_object();

    if (with_id) {
        AUTO_FREE char *id =
            xasprintf("rscn-%s-%zu", execution->record.execution_id, execution->line);
        json_object_set_new(transient, "display_id", json_string(id));
    }
    json_object_set(content, "data", (json_t *)data);
    json_object_set_new(content, "metadata",
                        metadata ? json_incref((json_t *)metadata) : json_object());
    json_object_set_new(content, "transient", transient);
    return content;
}

static json_t *text_data(const char *text)
{
    json_t *data = json_object();

    json_object_set_new(data, "text/plain", json_text(text, strlen(text)));
    return data;
}

static void publish(struct execution *execution, const char *msg_type, const json_t *data,
                    const json_t *metadata)
{
    AUTO_JSON *content = content_new(execution, data, metadata, true);

    execution_publish(execution, msg_type, content);
}

static void keep(struct execution *execution, const json_t *data, const json_t *metadata)
{
    AUTO_JSON *content = content_new(execution, data, metadata, false);

    execution_keep_again(execution, execution->line - 1, content);
}

void progress_say(struct execution *execution, const char *text, const char *last)
{
    AUTO_JSON *data = text_data(text);
    AUTO_JSON *last_data = text_data(last ? last : text);
    bool is_new = execution->line == 0;

    if (is_new) {
        AUTO_JSON *content = content_new(execution, last_data, NULL, false);
        execution_keep(execution, "display_data", content);
        execution->line = execution->record.output_count;
    } else {
        keep(execution, last_data, NULL);
    }
    execution->line_last = last ? execution_own(execution, xstrdup(last)) : NULL;
    publish(execution, is_new ? "display_data" : "update_display_data", data, NULL);
}

void progress_note(struct execution *execution, const struct engine_progress *progress)
{
    static const char *const words[] = {
        [PROGRESS_RUNNING] = "running for",
        [PROGRESS_DONE] = "done in",
        [PROGRESS_STOPPED] = "stopped after",
    };
    AUTO_STRBUF text = STRBUF_INIT;

    if (progress->statements > 1)
        strbuf_addf(&text, "statement %zu of %zu: ", progress->statement, progress->statements);
    strbuf_addf(&text, "%s %.1f s", words[progress->stage], (double)progress->elapsed_us / 1e6);
    if (progress->rows)
        strbuf_addf(&text, ", %" PRIu64 " row%s%s", progress->rows, progress->rows == 1 ? "" : "s",
                    progress->stage == PROGRESS_RUNNING ? " so far" : "");
    progress_say(execution, strbuf_text(&text), NULL);
    if (progress->stage != PROGRESS_RUNNING)
        execution->line = 0;
}

void progress_display(struct execution *execution, const json_t *data, const json_t *metadata)
{
    if (!execution->line) {
        AUTO_JSON *content = content_new(execution, data, metadata, false);
        execution_output(execution, "display_data", content);
        return;
    }
    keep(execution, data, metadata);
    publish(execution, "update_display_data", data, metadata);
    execution->line = 0;
}

void progress_close(struct execution *execution)
{
    if (execution->line && execution->line_last) {
        AUTO_JSON *data = text_data(execution->line_last);
        publish(execution, "update_display_data", data, NULL);
    }
    execution->line = 0;
}
