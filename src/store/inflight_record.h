/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflight_record: an execution record as JSON and back, for the in-flight file.
 */
#ifndef RSCN_STORE_INFLIGHT_RECORD_H
#define RSCN_STORE_INFLIGHT_RECORD_H

#include "base/strbuf.h"
#include "store/store.h"

/* A record that owns what it points to. */
struct inflight_record {
    struct execution_record record;
    struct run_facts run;
    json_t *json; /* most texts are in it */
    char *code;
    struct execution_step *steps; /* with room for two more */
    struct execution_output *outputs;
    struct touched_objects touched;
};
#define AUTO_INFLIGHT_RECORD                                                                       \
    __attribute__((cleanup(inflight_record_release))) struct inflight_record

/* Appends compact JSON text. Without outputs the record says that they are not complete. */
void inflight_record_add(struct strbuf *buffer, const struct execution_record *record,
                         bool with_outputs);
/* Takes the reference to `json` in any case. False when it is no such record: nothing in it is
 * trusted but its shape (JSON columns are checked by the store). */
bool inflight_record_parse(json_t *json, struct inflight_record *ret_record) NODISCARD;
void inflight_record_release(struct inflight_record *record);

#endif
