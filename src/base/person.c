/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person: who this process belongs to: the system is asked, never the environment.
 */
#include "base/person.h"

#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/memory.h"

char *person_login(void)
{
    char strings[16384];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(getuid(), &entry, strings, sizeof(strings), &found) == 0 && found &&
        found->pw_name)
        return xstrdup(found->pw_name);
    return xasprintf("uid%lu", (unsigned long)getuid());
}

char *person_host(void)
{
    char name[256] = "";
    if (gethostname(name, sizeof(name) - 1) < 0 || name[0] == '\0')
        return xstrdup("localhost");
    return xstrdup(name);
}
