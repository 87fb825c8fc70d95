/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_percent_text: any bytes as a script. What must hold: it is a notebook, the same one each time;
 * as a script again, where that is not refused, it comes back as itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/memory.h"
#include "model/script/percent_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void take(const char *text, size_t size, enum percent_language language)
{
    AUTO_STRBUF first = STRBUF_INIT;
    AUTO_STRBUF second = STRBUF_INIT;
    AUTO_STRBUF script = STRBUF_INIT;
    if (!percent_text_read(text, size, language, NULL, NULL, 0, &first, NULL))
        return;
    struct notebook *notebook = notebook_parse(strbuf_text(&first), first.size, NULL);
    expect(notebook != NULL);
    (void)percent_text_is(text, size, language);
    if (percent_text_write(notebook, language, &script, NULL)) {
        expect(percent_text_read(strbuf_text(&script), script.size, language, notebook,
                                 strbuf_text(&first), first.size, &second, NULL));
        expect(second.size == first.size && memcmp(second.text, first.text, first.size) == 0);
    }
    notebook_free(notebook);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, without a NUL: reading past it is an error that ASan sees. */
    AUTO_FREE char *text = xmalloc(size > 0 ? size : 1);
    if (size > 0)
        memcpy(text, data, size);
    ident_init();
    take(text, size, PERCENT_PYTHON);
    take(text, size, PERCENT_SQL);
    return 0;
}
