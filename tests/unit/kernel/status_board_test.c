/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status_board: what clients hear last while a cell runs (J-232, J-233, FE-52).
 */
#include "kernel/status_board.h"

#include <string.h>

#include "base/ident.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "tap.h"

static struct message_sender sender;
static struct queue *outbox;
static struct status_board *board;
static char cell_header[] = "{\"msg_id\":\"cell\"}";
static char look_header[] = "{\"msg_id\":\"look-up\"}";
static struct message cell = {.msg_type = "execute_request",
                              .header_text = cell_header,
                              .header_size = sizeof(cell_header) - 1};
static struct message look = {.msg_type = "complete_request",
                              .header_text = look_header,
                              .header_size = sizeof(look_header) - 1};

/* "busy" or the type of a message, and of which request it is: a c or an l. */
static void add_word(struct strbuf *text, const struct outgoing *outgoing)
{
    struct error error = ERROR_INIT;
    AUTO_JSON *content = json_parse(outgoing->content, outgoing->content_size, &error);
    bool is_of_cell = outgoing->parent.size == cell.header_size &&
                      memcmp(outgoing->parent.bytes, cell_header, cell.header_size) == 0;

    strbuf_addf(text, "%s%s.%c", text->size ? " " : "",
                json_member_text(content, "execution_state", outgoing->msg_type),
                is_of_cell ? 'c' : 'l');
}

static void said(const char *expected, const char *when)
{
    AUTO_STRBUF text = STRBUF_INIT;
    struct outgoing *outgoing;

    while ((outgoing = queue_try(outbox))) {
        add_word(&text, outgoing);
        outgoing_free(outgoing);
    }
    is_str(strbuf_text(&text), expected, "%s", when);
}

static struct outgoing *reply_to(const struct message *message)
{
    AUTO_JSON *content = json_object();

    return status_board_reply(board, message, content);
}

static void look_up(void)
{
    status_board_busy(board, &look);
    status_board_done(board, &look, reply_to(&look));
    status_board_settle(board);
}

static void test_board(void)
{
    struct outgoing *busy;

    look_up();
    said("busy.l complete_reply.l idle.l", "nothing runs");
    ok(!status_board_running(board), "nothing runs: nothing to say once more");
    status_board_run(board, &cell);
    look_up();
    said("busy.c busy.l complete_reply.l idle.l busy.c", "while a cell runs");
    status_board_settle(board);
    said("", "once is enough");
    busy = status_board_running(board);
    ok(busy != NULL, "for the server: the busy of the cell");
    outgoing_free(busy);
    status_board_done(board, &look, NULL);
    status_board_done(board, &look, NULL);
    status_board_settle(board);
    said("idle.l idle.l busy.c", "several idles, one busy");
    status_board_done(board, &cell, reply_to(&cell));
    look_up();
    said("execute_reply.c idle.c busy.l complete_reply.l idle.l", "after the cell");
    status_board_run(board, &cell);
    status_board_stop(board); /* it waits to be recorded */
    look_up();
    said("busy.c busy.l complete_reply.l idle.l", "between two cells");
    status_board_done(board, &cell, reply_to(&cell));
    status_board_settle(board);
    said("execute_reply.c idle.c", "recorded");
}

int main(void)
{
    ident_init();
    uuid_new(sender.session);
    outbox = queue_new();
    board = status_board_new(&sender, outbox);
    test_board();
    status_board_free(board);
    queue_free(outbox);
    return done_testing();
}
