/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_value: one value of a result, wherever it comes from.
 */
#ifndef RSCN_MODEL_RESULT_VALUE_H
#define RSCN_MODEL_RESULT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum result_type { RESULT_NULL, RESULT_INTEGER, RESULT_REAL, RESULT_TEXT, RESULT_BLOB };

struct result_value {
    enum result_type type;
    int64_t integer;
    double real;
    const char *bytes; /* of a text or BLOB; borrowed */
    size_t size;
    bool is_cut; /* the bytes are not all of it */
};

#endif
