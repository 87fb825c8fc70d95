/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen_requests: what was sent is known, sessions are told apart, and the memory is bounded.
 */
#include "kernel/seen_requests.h"

#include <stdio.h>

#include "base/ident.h"
#include "tap.h"

static bool add_number(struct seen_requests *seen, int number)
{
    char id[32];

    snprintf(id, sizeof(id), "message-%d", number);
    return seen_requests_add(seen, "s", id);
}

static void test_requests(void)
{
    struct seen_requests *seen = seen_requests_new();
    int wrong = 0;

    ok(!seen_requests_add(seen, "a", "1"), "new");
    ok(seen_requests_add(seen, "a", "1"), "sent again");
    ok(!seen_requests_add(seen, "b", "1"), "another session's");
    ok(!seen_requests_add(seen, "a1", ""), "where session and id meet makes a difference");
    for (int i = 0; i < 5000; i++)
        wrong += add_number(seen, i);
    is_int(wrong, 0, "all new");
    for (int i = 0; i < 5000; i++)
        wrong += !add_number(seen, i);
    is_int(wrong, 0, "all known");
    seen_requests_free(seen);
    seen_requests_free(NULL);
}

static void test_sessions(void)
{
    struct seen_requests *seen = seen_requests_new();
    char name[16];

    is_int(seen_requests_session(seen, "a"), SESSION_UNKNOWN, "never asked");
    seen_requests_set_session(seen, "a", true);
    seen_requests_set_session(seen, "b", false);
    is_int(seen_requests_session(seen, "a"), SESSION_WHOLE, "began here");
    is_int(seen_requests_session(seen, "b"), SESSION_PARTIAL, "is older");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        seen_requests_set_session(seen, name, true);
    }
    is_int(seen_requests_session(seen, "a"), SESSION_UNKNOWN, "of many the first is forgotten");
    is_int(seen_requests_session(seen, "c99"), SESSION_WHOLE, "not the last");
    seen_requests_forget_sessions(seen);
    is_int(seen_requests_session(seen, "c99"), SESSION_UNKNOWN, "all are forgotten");
    seen_requests_free(seen);
}

static void test_bound(void)
{
    struct seen_requests *seen = seen_requests_new();
    int known = 0;

    seen_requests_set_session(seen, "s", true);
    for (int i = 0; i < SEEN_REQUESTS_MAX; i++)
        add_number(seen, i);
    is_int(seen_requests_session(seen, "s"), SESSION_WHOLE, "up to the bound nothing is lost");
    add_number(seen, SEEN_REQUESTS_MAX);
    is_int(seen_requests_session(seen, "s"), SESSION_PARTIAL, "beyond it the store is asked");
    for (int i = SEEN_REQUESTS_MAX / 2; i < SEEN_REQUESTS_MAX; i++)
        known += add_number(seen, i);
    is_int(known, SEEN_REQUESTS_MAX / 2, "the latest are known");
    seen_requests_free(seen);
}

int main(void)
{
    ident_init();
    test_requests();
    test_sessions();
    test_bound();
    return done_testing();
}
