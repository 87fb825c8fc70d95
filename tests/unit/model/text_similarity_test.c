/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_similarity: the figures that Python's difflib gives (autojunk off), bounds, and the budget.
 */
#include "model/identity/text_similarity.h"

#include "base/memory.h"
#include "tap.h"

static double ratio(const char *left, const char *right, double floor)
{
    int64_t work = 1000 * 1000;
    return text_similarity(left, strlen(left), right, strlen(right), floor, &work);
}

static bool is_near(double value, double expected)
{
    return value > expected - 0.0001 && value < expected + 0.0001;
}

static void test_bounds(void)
{
    static const char *const TEXTS[] = {"",
                                        "df.head()",
                                        "df.tail()",
                                        "SELECT a FROM t",
                                        "xxxxxxxxxxxxxxxx",
                                        "plt.plot(x, y)\nplt.show()"};
    size_t below = 0;
    for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(TEXTS); j++) {
            struct text_profile one, other;
            text_profile_init(&one, TEXTS[i], strlen(TEXTS[i]));
            text_profile_init(&other, TEXTS[j], strlen(TEXTS[j]));
            below += text_profile_bound(&one, &other) < ratio(TEXTS[i], TEXTS[j], 0) - 1e-9;
        }
    }
    is_int(below, 0, "no similarity is greater than its bound");
}

static void test_long(void)
{
    size_t size = 100000;
    AUTO_FREE char *one = xmalloc(size);
    AUTO_FREE char *other = xmalloc(size);
    for (size_t i = 0; i < size; i++)
        one[i] = other[i] = i % 50 == 49 ? '\n' : (char)('a' + (i / 50 + i) % 26);
    other[10] = other[size - 10] = '#';
    int64_t work = 1000 * 1000;
    double score = text_similarity(one, size, other, size, 0.6, &work);
    ok(score > 0.99 && score < 1, "long texts go by their lines");
    ok(work > 0, "at a bounded cost");
    work = 10;
    ok(text_similarity(one, size, other, size, 0, &work) < 0.5,
       "no work left: too low, not too high");
}

int main(void)
{
    ok(is_near(ratio("abcd", "bcde", 0), 0.75), "difflib's own example");
    ok(is_near(ratio("df.head()", "df.tail()", 0), 0.6667), "head and tail");
    ok(is_near(ratio("private Thread currentThread;", "private volatile Thread currentThread;", 0),
               0.8657),
       "an inserted word");
    ok(is_near(ratio("", "", 0), 1), "two empty texts are equal");
    ok(is_near(ratio("abcd", "bcde", 0.8), 0), "below the floor it is 0");
    test_bounds();
    test_long();
    return done_testing();
}
