/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unique_names: jansson's objects are hash tables; the value of a name is the last number that was
 * tried for it.
 */
#include "base/unique_names.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/memory.h"

struct unique_names {
    json_t *last;
    bool fold_case;
};

struct unique_names *unique_names_new(bool fold_case)
{
    struct unique_names *names = xcalloc(1, sizeof(*names));

    names->last = json_object();
    names->fold_case = fold_case;
    return names;
}

void unique_names_free(struct unique_names *names)
{
    if (names == NULL)
        return;
    json_decref(names->last);
    free(names);
}

static char *key_of(const struct unique_names *names, const char *name)
{
    char *key = xstrdup(name);

    for (char *c = key; names->fold_case && *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c | 0x20);
    }
    return key;
}

char *unique_names_add(struct unique_names *names, const char *name, size_t size)
{
    char *made = xstrndup(name, size);
    AUTO_FREE char *first = key_of(names, made);
    AUTO_FREE char *key = xstrdup(first);
    json_int_t number = json_integer_value(json_object_get(names->last, first));

    while (json_object_get(names->last, key) != NULL) {
        free(made);
        free(key);
        made = xasprintf("%.*s_%" JSON_INTEGER_FORMAT, (int)size, name, ++number);
        key = key_of(names, made);
    }
    json_object_set_new_nocheck(names->last, first, json_integer(number > 0 ? number : 1));
    if (number > 0)
        json_object_set_new_nocheck(names->last, key, json_integer(1));
    return made;
}
