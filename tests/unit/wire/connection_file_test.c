/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection_file: what clients write, and one line that names the field for everything else (J-72,
 * J-238).
 */
#include "wire/connection_file.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "tap.h"

#define PORTS                                                                                      \
    "\"shell_port\":5001,\"iopub_port\":5002,\"stdin_port\":5003,\"control_port\":5004,"           \
    "\"hb_port\":5005"
#define KEY "\"key\":\"s3cr3t\""

static char path[64] = "rscn-connection-XXXXXX";

static bool read_text(const char *text, bool insecure, struct connection_file *ret_file,
                      struct error *error)
{
    *error = (struct error)ERROR_INIT;
    if (!file_write_atomic(path, text, strlen(text), 0600, error))
        bail_out("%s", error->message);
    return connection_file_read(path, insecure, ret_file, error);
}

/* Refused as invalid, in one line with the file's name and the part. */
static void refused(const char *text, const char *part)
{
    struct connection_file file;
    struct error error;

    if (!ok(!read_text(text, false, &file, &error), "refused: %.60s", text)) {
        connection_file_release(&file);
        return;
    }
    is_int(error.code, ERROR_INVALID, "as invalid");
    contains(error.message, part, "the message says %s", part);
    ok(strstr(error.message, path) != NULL && strchr(error.message, '\n') == NULL,
       "one line with the file's name");
    ok(strstr(error.message, "s3cr3t") == NULL, "the key is not in it");
}

static void test_usual(void)
{
    struct connection_file file;
    struct error error;

    ok(read_text("{" PORTS "," KEY ",\"ip\":\"127.0.0.1\",\"transport\":\"tcp\","
                 "\"signature_scheme\":\"hmac-sha256\",\"kernel_name\":\"rscn\","
                 "\"jupyter_session\":\"/a/b.ipynb\",\"something\":[1]}",
                 false, &file, &error),
       "an ordinary file");
    is_int(file.port[CHANNEL_SHELL], 5001, "shell");
    is_int(file.port[CHANNEL_IOPUB], 5002, "iopub");
    is_int(file.port[CHANNEL_STDIN], 5003, "stdin");
    is_int(file.port[CHANNEL_CONTROL], 5004, "control");
    is_int(file.port[CHANNEL_HB], 5005, "hb");
    is_str(file.transport, "tcp", "transport");
    is_str(file.key, "s3cr3t", "key");
    is_int(file.key_size, 6, "its size");
    is_int(file.scheme, HASH_SHA256, "scheme");
    is_str(file.kernel_name, "rscn", "kernel_name");
    is_str(file.jupyter_session, "/a/b.ipynb", "jupyter_session");
    AUTO_FREE char *endpoint = connection_file_endpoint(&file, CHANNEL_IOPUB);
    is_str(endpoint, "tcp://127.0.0.1:5002", "endpoint");
    connection_file_release(&file);
    connection_file_release(&file);
    ok(file.key == NULL, "released twice");
}

static void test_variants(void)
{
    struct connection_file file;
    struct error error;

    ok(read_text("{\"shell_port\":\"5001\",\"iopub_port\":\"5002\",\"stdin_port\":\"05003\","
                 "\"control_port\":5004,\"hb_port\":65535,\"key\":\"\xc3\xa4\\u0000b\","
                 "\"signature_scheme\":\"hmac-sha512\",\"ip\":\"localhost\",\"kernel_name\":7}",
                 false, &file, &error),
       "ports as text (J-238), SHA-512, no transport: %s", error.message);
    is_int(file.port[CHANNEL_STDIN], 5003, "a port in a string");
    is_int(file.scheme, HASH_SHA512, "SHA-512");
    is_str(file.ip, "127.0.0.1", "localhost is an address, libzmq binds to no names");
    is_int(file.key_size, 4, "the key is bytes, NUL and all");
    ok(memcmp(file.key, "\xc3\xa4\0b", 4) == 0, "as they are");
    ok(file.kernel_name == NULL && file.jupyter_session == NULL, "what is not there is NULL");
    connection_file_release(&file);

    ok(read_text("{" PORTS "," KEY ",\"ip\":\"/tmp/k\",\"transport\":\"ipc\"}", false, &file,
                 &error),
       "ipc");
    AUTO_FREE char *ipc = connection_file_endpoint(&file, CHANNEL_HB);
    is_str(ipc, "ipc:///tmp/k-5005", "ipc endpoint");
    connection_file_release(&file);

    ok(read_text("{" PORTS "," KEY ",\"ip\":\"::1\"}", false, &file, &error), "IPv6");
    AUTO_FREE char *ipv6 = connection_file_endpoint(&file, CHANNEL_HB);
    is_str(ipv6, "tcp://[::1]:5005", "IPv6 endpoint");
    connection_file_release(&file);

    ok(read_text("{" PORTS "}", true, &file, &error), "no key when insecure was asked for");
    is_int(file.key_size, 0, "an empty key");
    connection_file_release(&file);
    is_str(channel_name(CHANNEL_CONTROL), "control", "a channel's name");
}

static void test_curve(void)
{
    struct connection_file file;
    struct error error;
    char public_key[41], secret_key[41];

    ok(zmq_curve_keypair(public_key, secret_key) == 0, "a pair of keys");
    AUTO_FREE char *pair = xasprintf("{" PORTS "," KEY ",\"curve_publickey\":\"%s\","
                                     "\"curve_secretkey\":\"%s\"}",
                                     public_key, secret_key);
    ok(read_text(pair, false, &file, &error), "is taken: %s", error.message);
    is_str(file.curve_public, public_key, "the public one");
    is_str(file.curve_secret, secret_key, "the secret one");
    connection_file_release(&file);
    ok(file.curve_secret == NULL, "both are gone after");

    AUTO_FREE char *swapped = xasprintf("{" PORTS "," KEY ",\"curve_publickey\":\"%s\","
                                        "\"curve_secretkey\":\"%s\"}",
                                        secret_key, public_key);
    refused(swapped, "not a pair");
    AUTO_FREE char *half = xasprintf("{" PORTS "," KEY ",\"curve_publickey\":\"%s\"}", public_key);
    refused(half, "curve_secretkey is missing");

    ok(read_text("{" PORTS "," KEY ",\"curve_publickey\":\"\",\"curve_secretkey\":null}", false,
                 &file, &error),
       "empty keys are none");
    ok(file.curve_secret == NULL, "so nothing is encrypted");
    connection_file_release(&file);
}

static void test_refused(void)
{
    refused("", "JSON");
    refused("{" PORTS ",\"key\":\"s3cr3t\" oops}", "JSON");
    refused("[1]", "JSON object");
    refused("{" KEY "}", "shell_port is missing");
    refused("{\"shell_port\":1,\"iopub_port\":2,\"stdin_port\":3,\"control_port\":4," KEY "}",
            "hb_port is missing");
    refused("{\"shell_port\":0," KEY "}", "shell_port");
    refused("{\"shell_port\":65536," KEY "}", "shell_port");
    refused("{\"shell_port\":-1," KEY "}", "shell_port");
    refused("{\"shell_port\":\"\"," KEY "}", "shell_port");
    refused("{\"shell_port\":\"5001x\"," KEY "}", "shell_port");
    refused("{\"shell_port\":\"99999999999999999999\"," KEY "}", "shell_port");
    refused("{\"shell_port\":5001.5," KEY "}", "shell_port");
    refused("{\"shell_port\":null," KEY "}", "shell_port");
    refused("{\"shell_port\":5001,\"iopub_port\":5001," KEY "}", "iopub_port");
    refused("{" PORTS "}", "key");
    refused("{" PORTS ",\"key\":\"\"}", "key");
    refused("{" PORTS ",\"key\":5}", "key");
    refused("{" PORTS "," KEY ",\"signature_scheme\":\"hmac-md5\"}", "hmac-md5");
    refused("{" PORTS "," KEY ",\"signature_scheme\":7}", "signature_scheme");
    refused("{" PORTS "," KEY ",\"transport\":\"pgm\"}", "pgm");
    refused("{" PORTS "," KEY ",\"transport\":\"ipc\"}", "ip ");
    refused("{" PORTS "," KEY ",\"ip\":\"a b\"}", "ip");
    refused("{" PORTS "," KEY ",\"ip\":\"127.0.0.1\\u0000x\"}", "ip");
    refused("{" KEY ",\"registration_ip\":\"127.0.0.1\",\"registration_port\":5}", "handshake");
    refused("{" PORTS "," KEY ",\"curve_publickey\":\"x\",\"curve_secretkey\":\"y\"}",
            "curve_secretkey");
    refused("{" PORTS "," KEY ",\"curve_secretkey\":7}", "curve_secretkey");
}

static void test_no_file(void)
{
    struct connection_file file;
    struct error error = ERROR_INIT;

    unlink(path);
    ok(!connection_file_read(path, false, &file, &error), "a missing file");
    is_int(error.code, ERROR_INVALID, "is invalid");
    contains(error.message, path, "and named");
    ok(!connection_file_read("/", false, &file, &error), "a folder");
    ok(!connection_file_read("/", false, &file, NULL), "without a place for the error");

    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_add_repeated(&text, ' ', 64 * 1024 + 1);
    ok(!read_text(strbuf_text(&text), false, &file, &error), "more than 64 KiB");
    is_int(error.code, ERROR_INVALID, "is invalid");
}

int main(void)
{
    int descriptor = mkstemp(path);

    if (descriptor < 0)
        bail_out("no temporary file");
    close(descriptor);
    ident_init();
    test_usual();
    test_variants();
    test_curve();
    test_refused();
    test_no_file();
    unlink(path);
    return done_testing();
}
