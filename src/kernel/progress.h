/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: one line of an execution that changes in place, until its result takes its place.
 *
 * To the client it is a display_data with a display_id and update_display_data after it (J-45,
 * J-58). The record has one display_data, with what a saved notebook shows in the end. Only for
 * executions that are watched: everybody else gets results alone.
 */
#ifndef RSCN_KERNEL_PROGRESS_H
#define RSCN_KERNEL_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/engine.h"

struct execution;

/* True for a client that shows updates. The consoles drop update_display_data: a result that is one
 * would never be seen there. client: as notebook_identity names it, or NULL. */
bool progress_is_shown_by(const char *client);
/* Shows the text in the execution's line, which is opened if it isn't. last: what is left of it if
 * nothing takes its place; NULL = the text. */
void progress_say(struct execution *execution, const char *text, const char *last);
/* As engine_sink.progress. */
void progress_note(struct execution *execution, const struct engine_progress *progress);
/* A display of the execution: takes the place of the line if it is open. metadata may be NULL. */
void progress_display(struct execution *execution, const json_t *data, const json_t *metadata);
/* Closes the line if it is open: nothing takes its place any more. */
void progress_close(struct execution *execution);

#endif
