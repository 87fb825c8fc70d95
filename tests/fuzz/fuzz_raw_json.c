/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_raw_json: any bytes as a JSON text. What must hold: the tree can be walked and its parts lie
 * in each other, canonical text is read again and stays as it is, a copy writes what the original
 * does.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "model/notebook/raw_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void look_at(const struct raw_json *json, raw_ref value)
{
    size_t size, text_size;
    int64_t number;
    const char *bytes = raw_json_bytes(json, value, &size);
    expect(bytes && size > 0);
    AUTO_FREE char *text = raw_json_text(json, value, &text_size);
    expect((text != NULL) == (raw_json_kind(json, value) == RAW_STRING));
    if (raw_json_integer(json, value, &number))
        expect(raw_json_kind(json, value) == RAW_NUMBER);
    raw_ref key = raw_json_key(json, value);
    AUTO_FREE char *name = key ? raw_json_text(json, key, NULL) : NULL;
    expect(!key || name);
}

/* The items of one container: inside it, in order, as many as it says. */
static void look_inside(const struct raw_json *json, raw_ref container)
{
    size_t size, count = 0;
    const char *at = raw_json_bytes(json, container, &size), *end = at + size;
    for (raw_ref item = raw_json_first(json, container); item; item = raw_json_next(json, item)) {
        const char *bytes = raw_json_bytes(json, item, &size);
        expect(bytes > at && bytes + size < end);
        at = bytes + size - 1;
        look_at(json, item);
        count++;
    }
    expect(count == raw_json_count(json, container));
}

static void write_again(const struct strbuf *text)
{
    AUTO_STRBUF again = STRBUF_INIT;
    struct raw_json *json = raw_json_parse(text->text, text->size, NULL);
    expect(json != NULL);
    raw_json_write(json, raw_json_root(json), 0, &again);
    expect(again.size == text->size && memcmp(again.text, text->text, again.size) == 0);
    raw_json_free(json);
}

static void copy_and_change(const struct raw_json *json, const struct strbuf *canonical)
{
    AUTO_STRBUF text = STRBUF_INIT;
    struct raw_json *copy = raw_json_new();
    raw_ref root = raw_json_copy(copy, json, raw_json_root(json));
    raw_json_write(copy, root, 0, &text);
    expect(text.size == canonical->size && memcmp(text.text, canonical->text, text.size) == 0);
    if (raw_json_kind(copy, root) == RAW_OBJECT) {
        raw_json_set(copy, root, "a", raw_json_new_integer(copy, 1));
        expect(raw_json_member(copy, root, "a") != 0);
        raw_json_remove(copy, root, "a");
        expect(raw_json_member(copy, root, "a") == 0);
    }
    raw_json_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, without a NUL: reading past it is an error that ASan sees. */
    AUTO_FREE char *text = xmalloc(size > 0 ? size : 1);
    struct error error = ERROR_INIT;
    if (size > 0)
        memcpy(text, data, size);
    struct raw_json *json = raw_json_parse(text, size, &error);
    if (!json) {
        expect(strncmp(error.message, "line ", 5) == 0);
        expect(utf8_is_valid(error.message, strlen(error.message)));
        return 0;
    }
    raw_ref root = raw_json_root(json);
    AUTO_STRBUF canonical = STRBUF_INIT, compact = STRBUF_INIT, from_compact = STRBUF_INIT;
    look_at(json, root);
    look_inside(json, root);
    for (raw_ref item = raw_json_first(json, root); item; item = raw_json_next(json, item))
        look_inside(json, item);
    raw_json_write(json, root, 0, &canonical);
    write_again(&canonical);
    copy_and_change(json, &canonical);
    raw_json_write_compact(json, root, &compact);
    struct raw_json *again = raw_json_parse(compact.text, compact.size, NULL);
    expect(again != NULL);
    raw_json_write(again, raw_json_root(again), 0, &from_compact);
    expect(strcmp(from_compact.text, canonical.text) == 0);
    raw_json_free(again);
    raw_json_free(json);
    return 0;
}
