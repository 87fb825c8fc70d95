/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standalone: runs a fuzz target once on each file given, without libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>

#include "base/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        AUTO_STRBUF content = STRBUF_INIT;
        struct error error = ERROR_INIT;
        if (!file_read(argv[i], 16u << 20, &content, &error)) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)strbuf_text(&content), content.size);
    }
    return 0;
}
