/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unique_names: numbers for what is there already.
 */
#include "base/unique_names.h"

#include <stdlib.h>

#include "base/memory.h"
#include "tap.h"

static void becomes(struct unique_names *names, const char *name, const char *expected)
{
    AUTO_FREE char *made = unique_names_add(names, name, strlen(name));
    is_str(made, expected, "%s", name);
}

int main(void)
{
    struct unique_names *names = unique_names_new(true);
    becomes(names, "a", "a");
    becomes(names, "a_2", "a_2");
    becomes(names, "A", "A_3");
    becomes(names, "a", "a_4");
    becomes(names, "A_2", "A_2_2");
    becomes(names, "", "");
    becomes(names, "", "_2");
    unique_names_free(names);

    names = unique_names_new(false);
    becomes(names, "a", "a");
    becomes(names, "A", "A");
    for (int i = 2; i <= 20000; i++) {
        AUTO_FREE char *made = unique_names_add(names, "a", 1);
        AUTO_FREE char *expected = xasprintf("a_%d", i);
        if (strcmp(made, expected) != 0)
            is_str(made, expected, "one of very many");
    }
    becomes(names, "a", "a_20001");
    unique_names_free(names);
    return done_testing();
}
