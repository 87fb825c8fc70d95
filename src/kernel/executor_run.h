/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executor_run: one execute request from its arrival to the recorder (ARCHITECTURE.md).
 */
#ifndef RSCN_KERNEL_EXECUTOR_RUN_H
#define RSCN_KERNEL_EXECUTOR_RUN_H

#include "kernel/execution.h"
#include "kernel/executor.h"

/*
 * Runs the request, or answers it from the record if it was sent before. The listener's `done` is
 * called when the record is committed: before this returns for a cell that wrote to the store,
 * later on the recorder's thread for others. Gives the state the cell ended in, FAILED for an error
 * of any other kind.
 */
enum cell_state executor_execute(struct executor *executor, const struct execute_request *request,
                                 const struct execution_listener *listener);
/* To be called before a client is told that its cell runs: from here on an interrupt is for that
 * cell, until executor_execute or executor_rest. */
void executor_expect(struct executor *executor);
/* Nothing comes of what was expected. */
void executor_rest(struct executor *executor);
/* Waits until everything is recorded (before history is asked for). */
void executor_flush(struct executor *executor);
/* Any thread: ends the statement and every wait of the cell that runs; does nothing to the next
 * one. */
void executor_interrupt(struct executor *executor);
/* Any thread, when the process must end and the executor's thread does not come back from SQLite:
 * keeps the running execution as INTERRUPTED in the in-flight file. */
void executor_abandon(struct executor *executor);
json_int_t executor_count(const struct executor *executor);

#endif
