/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person: who this process belongs to and where it runs, as the record has it.
 */
#ifndef RSCN_BASE_PERSON_H
#define RSCN_BASE_PERSON_H

/* The login of the real uid (J-94), "uid1000" when it has no name. Caller frees. */
char *person_login(void);
/* This machine's name, "localhost" when it has none. Caller frees. */
char *person_host(void);

#endif
