/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_check: what nbformat's schema has against a notebook (N-10 to N-16).
 *
 * By hand and not by a schema engine: the rules of 3.x and 4.0 to 4.5 are few, and reading a file
 * must cost little. It says valid where nbformat's own validation does: later minors are checked as
 * 4.5 with open objects and unknown types, and ids that are missing or there twice are no fault,
 * because every reader mends them (N-41).
 */
#ifndef RSCN_MODEL_NOTEBOOK_CHECK_H
#define RSCN_MODEL_NOTEBOOK_CHECK_H

#include "model/notebook/notebook.h"

/* Number of faults. *ret_first gets the first one in the file's order, as "JSON path: what is
 * wrong" (cells[3].outputs[0]: has no output_type), bounded, without control characters; NULL when
 * there is none. Caller frees. */
size_t notebook_check(const struct notebook *notebook, char **ret_first);

#endif
