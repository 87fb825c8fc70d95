/* SPDX-License-Identifier: Apache-2.0 */
/*
 * near_name: distances and lists.
 */
#include "base/near_name.h"

#include "tap.h"

static const char *const magics[] = {"help", "use", "param", "tables", "schema",
                                     "log",  "set", "info",  "cell"};

static void is_list(const char *name, size_t max, const char *expected)
{
    AUTO_STRBUF buffer = STRBUF_INIT;
    near_name_list(&buffer, name, magics, ARRAY_SIZE(magics), max);
    is_str(strbuf_text(&buffer), expected, "near '%s'", name);
}

int main(void)
{
    is_int(near_name_distance("", ""), 0, "nothing and nothing");
    is_int(near_name_distance("", "abc"), 3, "nothing and three");
    is_int(near_name_distance("kitten", "sitting"), 3, "kitten, sitting");
    is_int(near_name_distance("tbales", "tables"), 1, "neighbours exchanged");
    is_int(near_name_distance("TABLES", "tables"), 0, "case is ignored");
    char long_left[300], long_right[300];
    memset(long_left, 'a', sizeof(long_left) - 1);
    memset(long_right, 'b', sizeof(long_right) - 1);
    long_left[299] = long_right[299] = '\0';
    is_int(near_name_distance(long_left, long_right), 64, "long texts are bounded");

    is_list("tabels", 3, "tables");
    is_list("tab", 3, "tables");
    is_list("shcema", 3, "schema");
    is_list("se", 3, "use or set");
    is_list("s", 3, "set or schema");
    is_list("quux", 3, "");
    is_list("", 3, "");
    is_list("tabels", 0, "");
    static const char *const many[] = {"cust_1", "cust_2", "custom", "cust_3", "cust"};
    AUTO_STRBUF buffer = STRBUF_INIT;
    is_int(near_name_list(&buffer, "cust", many, ARRAY_SIZE(many), 3), 3, "how many");
    is_str(buffer.text, "cust, cust_1 or cust_2", "the best first, then in order");
    static const char *const same[] = {"tour.ipynb", "tour.ipynb", "tours.ipynb"};
    strbuf_clear(&buffer);
    near_name_list(&buffer, "tuor.ipynb", same, ARRAY_SIZE(same), 3);
    is_str(buffer.text, "tour.ipynb or tours.ipynb", "the same name once");
    return done_testing();
}
