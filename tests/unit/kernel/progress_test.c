/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: what the client is sent while a line is open, and what the record has of it.
 */
#include "kernel/progress.h"

#include "base/ident.h"
#include "base/json_util.h"
#include "kernel/execution.h"
#include "tap.h"

static struct strbuf sent; /* type, id and text of each message */
static char *first_id;

static void on_output(void *context, const char *msg_type, const json_t *content, const char *text)
{
    (void)context;
    const char *id = json_member_text(json_object_get(content, "transient"), "display_id", "no id");
    if (!first_id)
        first_id = xstrdup(id);
    strbuf_addf(&sent, "%s %s %s\n", msg_type, strcmp(id, first_id) == 0 ? "same" : id,
                json_member_text(json_object_get(content, "data"), "text/plain", "-"));
    AUTO_FREE char *own = json_format(content);
    ok(strcmp(own, text) == 0, "%s: the text is the content", msg_type);
}

static struct execution *start(void)
{
    struct execute_request request = {
        .code = "SELECT 1", .size = 8, .client_session = "s", .msg_id = "m"};
    struct execution_listener listener = {.output = on_output};
    strbuf_clear(&sent);
    free(first_id);
    first_id = NULL;
    return execution_new(&request, &listener);
}

static void show(struct execution *execution, const char *text)
{
    AUTO_JSON *data = json_pack("{s:s}", "text/plain", text);
    progress_display(execution, data, NULL);
}

/* The texts of the record's outputs, each with a line end. Caller frees. */
static char *recorded(const struct execution *execution)
{
    struct strbuf texts = STRBUF_INIT;
    for (size_t i = 0; i < execution->record.output_count; i++) {
        const struct execution_output *output = &execution->record.outputs[i];
        struct error ignored = ERROR_INIT;
        AUTO_JSON *content = json_parse(output->content, strlen(output->content), &ignored);
        strbuf_addf(&texts, "%s %s%s\n", output->msg_type,
                    json_member_text(json_object_get(content, "data"), "text/plain", "-"),
                    json_object_size(json_object_get(content, "transient")) > 0 ? " transient"
                                                                                : "");
    }
    return strbuf_take(&texts);
}

static void test_replaced(void)
{
    struct execution *execution = start();
    struct engine_progress progress = {
        .stage = PROGRESS_RUNNING, .elapsed_us = 1040000, .statement = 1, .statements = 1};
    progress_note(execution, &progress);
    progress.rows = 1;
    progress.elapsed_us = 1540000;
    progress_note(execution, &progress);
    show(execution, "result");
    is_str(strbuf_text(&sent),
           "display_data same running for 1.0 s\n"
           "update_display_data same running for 1.5 s, 1 row so far\n"
           "update_display_data same result\n",
           "the result takes the place of the line");
    AUTO_FREE char *kept = recorded(execution);
    is_str(kept, "display_data result\n", "the record has the result alone");
    show(execution, "next");
    contains(strbuf_text(&sent), "\ndisplay_data no id next\n", "what follows is a display again");
    execution_free(execution);
}

static void test_ended(void)
{
    struct execution *execution = start();
    struct engine_progress progress = {
        .stage = PROGRESS_RUNNING, .elapsed_us = 2000000, .statement = 2, .statements = 3};
    progress_note(execution, &progress);
    progress.stage = PROGRESS_STOPPED;
    progress.rows = 12;
    progress_note(execution, &progress);
    progress.statement = 3;
    progress.stage = PROGRESS_RUNNING;
    progress_note(execution, &progress);
    AUTO_FREE char *kept = recorded(execution);
    is_str(kept,
           "display_data statement 2 of 3: stopped after 2.0 s, 12 rows\n"
           "display_data statement 3 of 3: running for 2.0 s, 12 rows so far\n",
           "a line that ended stays, the next statement has another");
    ok(strstr(strbuf_text(&sent), "display_data rscn-") != NULL, "under another id");
    execution_free(execution);
}

static void test_waiting(void)
{
    struct execution *execution = start();
    show(execution, "first");
    progress_say(execution, "waiting", "waited");
    AUTO_FREE char *kept = recorded(execution);
    is_str(kept, "display_data first\ndisplay_data waited\n",
           "the record has from the start what is left in the end: it may be written before that");
    progress_close(execution);
    progress_close(execution);
    const char *end = strstr(strbuf_text(&sent), "update_display_data");
    ok(end != NULL && strstr(end, " waited\n") != NULL && strstr(end + 1, "update") == NULL,
       "closed once");
    execution_free(execution);
}

int main(void)
{
    ident_init();
    test_replaced();
    test_ended();
    test_waiting();
    ok(progress_is_shown_by("JupyterLab") && progress_is_shown_by(NULL), "pages show updates");
    ok(!progress_is_shown_by("console") && !progress_is_shown_by("qtconsole"),
       "consoles don't: they are given results");
    strbuf_release(&sent);
    free(first_id);
    return done_testing();
}
