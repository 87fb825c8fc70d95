/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection_file: what a Jupyter client says about the sockets to bind (J-72 to J-76).
 *
 * Each field is read by one function that writes the whole message on failure; unknown fields are
 * not looked at.
 */
#include "wire/connection_file.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"

#define MAX_FILE_BYTES ((size_t)64 * 1024)
#define CURVE_KEY_CHARACTERS 40 /* Z85 of 32 bytes */

static const char *const channel_names[CHANNEL_COUNT] = {
    [CHANNEL_SHELL] = "shell",     [CHANNEL_IOPUB] = "iopub", [CHANNEL_STDIN] = "stdin",
    [CHANNEL_CONTROL] = "control", [CHANNEL_HB] = "hb",
};

const char *channel_name(enum channel channel)
{
    return channel_names[channel];
}

/* A member as text: NULL and true when missing, null or empty; an error when it is no string or
 * holds a NUL. */
static bool read_text(const char *path, const json_t *object, const char *key,
                      const char **ret_text, struct error *error)
{
    const json_t *member = json_object_get(object, key);

    *ret_text = NULL;
    if (member == NULL || json_is_null(member))
        return true;
    if (!json_is_string(member))
        return error_set(error, ERROR_INVALID,
                         "%s: %s is not a string; the connection file is damaged", path, key);
    if (strlen(json_string_value(member)) != json_string_length(member))
        return error_set(error, ERROR_INVALID,
                         "%s: %s holds a NUL character; the connection file is damaged", path, key);
    if (json_string_length(member) > 0)
        *ret_text = json_string_value(member);
    return true;
}

/* 1 to 65535, as a number or as digits in a string (J-72); 0 for anything else. */
static int port_number(const json_t *member)
{
    json_int_t number = 0;

    if (json_is_integer(member)) {
        number = json_integer_value(member);
    } else if (json_is_string(member)) {
        const char *text = json_string_value(member);
        size_t size = json_string_length(member);
        if (size > 5)
            return 0;
        for (size_t i = 0; i < size; i++) {
            if (text[i] < '0' || text[i] > '9')
                return 0;
            number = number * 10 + (text[i] - '0');
        }
    }
    return number >= 1 && number <= 65535 ? (int)number : 0;
}

static bool read_ports(const char *path, const json_t *object, struct connection_file *file,
                       struct error *error)
{
    for (int channel = 0; channel < CHANNEL_COUNT; channel++) {
        AUTO_FREE char *key = xasprintf("%s_port", channel_names[channel]);
        const json_t *member = json_object_get(object, key);
        if (member == NULL)
            return error_set(error, ERROR_INVALID,
                             "%s: %s is missing; a kernel needs shell_port, iopub_port, "
                             "stdin_port, control_port and hb_port",
                             path, key);
        file->port[channel] = port_number(member);
        if (file->port[channel] == 0)
            return error_set(error, ERROR_INVALID,
                             "%s: %s is not a port number; give a number from 1 to 65535", path,
                             key);
        for (int other = 0; other < channel; other++) {
            if (file->port[other] == file->port[channel])
                return error_set(error, ERROR_INVALID,
                                 "%s: %s is %d like %s_port; each channel needs a port of its own",
                                 path, key, file->port[channel], channel_names[other]);
        }
    }
    return true;
}

/* What cannot be bound by its form alone is named here, where the field's name is known. */
static bool read_address(const char *path, const json_t *object, struct connection_file *file,
                         struct error *error)
{
    static const char tcp_characters[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:*_-%[]";
    const char *transport, *ip;

    if (!read_text(path, object, "transport", &transport, error) ||
        !read_text(path, object, "ip", &ip, error))
        return false;
    if (transport == NULL)
        transport = "tcp";
    if (strcmp(transport, "tcp") != 0 && strcmp(transport, "ipc") != 0)
        return error_set(error, ERROR_INVALID, "%s: transport %s is not supported; use tcp or ipc",
                         path, transport);
    if (strcmp(transport, "ipc") == 0) {
        if (ip == NULL)
            return error_set(error, ERROR_INVALID,
                             "%s: ip is missing; with transport ipc it is the path prefix", path);
    } else {
        /* libzmq binds to addresses and interfaces, never to names. */
        if (ip == NULL || strcmp(ip, "localhost") == 0)
            ip = "127.0.0.1";
        if (ip[strspn(ip, tcp_characters)] != '\0')
            return error_set(error, ERROR_INVALID,
                             "%s: ip is not an address; give one like 127.0.0.1", path);
    }
    file->transport = xstrdup(transport);
    file->ip = xstrdup(ip);
    return true;
}

static bool read_key(const char *path, const json_t *object, bool insecure,
                     struct connection_file *file, struct error *error)
{
    const json_t *key = json_object_get(object, "key");
    const char *scheme;

    if (!read_text(path, object, "signature_scheme", &scheme, error))
        return false;
    if (scheme == NULL || strcmp(scheme, "hmac-sha256") == 0)
        file->scheme = HASH_SHA256;
    else if (strcmp(scheme, "hmac-sha512") == 0)
        file->scheme = HASH_SHA512;
    else
        return error_set(error, ERROR_INVALID,
                         "%s: signature_scheme %s is not supported; use hmac-sha256", path, scheme);

    if (key != NULL && !json_is_null(key) && !json_is_string(key))
        return error_set(error, ERROR_INVALID,
                         "%s: key is not a string; the connection file is damaged", path);
    if (json_string_length(key) > 0) {
        file->key_size = json_string_length(key);
        file->key = xmalloc(file->key_size + 1);
        memcpy(file->key, json_string_value(key), file->key_size + 1);
    } else if (!insecure) {
        return error_set(error, ERROR_INVALID,
                         "%s: key is empty, so that anybody could send code; let the client "
                         "make a key, or say --insecure",
                         path);
    }
    return true;
}

static bool refuse_other_kinds(const char *path, const json_t *object, struct error *error)
{
    if (json_object_get(object, "registration_port") != NULL &&
        json_object_get(object, "shell_port") == NULL)
        return error_set(error, ERROR_INVALID,
                         "%s: registration_port without shell_port: this is a file of the start-up "
                         "handshake, which is not supported; start with an ordinary connection "
                         "file",
                         path);
    return true;
}

/* A pair that does not fit would leave the client without an answer and without a reason. */
static bool check_curve_pair(const char *path, const char *public_key, const char *secret_key,
                             struct error *error)
{
    char expected[CURVE_KEY_CHARACTERS + 1] = "";
    uint8_t bytes[CURVE_KEY_CHARACTERS];
    bool is_pair;

    if (public_key == NULL || secret_key == NULL)
        return error_set(error, ERROR_INVALID,
                         "%s: %s is missing; CurveZMQ encryption needs both keys of the pair", path,
                         public_key == NULL ? "curve_publickey" : "curve_secretkey");
    if (zmq_has("curve") != 1)
        return error_set(error, ERROR_INVALID,
                         "%s: curve_secretkey asks for CurveZMQ encryption, which this libzmq was "
                         "built without; set KernelManager.transport_encryption to disabled",
                         path);
    is_pair = strlen(secret_key) == CURVE_KEY_CHARACTERS &&
              zmq_z85_decode(bytes, secret_key) != NULL &&
              zmq_curve_public(expected, secret_key) == 0 && strcmp(expected, public_key) == 0;
    sodium_memzero(bytes, sizeof(bytes));
    if (!is_pair)
        return error_set(error, ERROR_INVALID,
                         "%s: curve_publickey and curve_secretkey are not a pair of keys of 40 "
                         "characters; the connection file is damaged",
                         path);
    return true;
}

/* Asked for by KernelManager.transport_encryption (J-70). */
static bool read_curve(const char *path, const json_t *object, struct connection_file *file,
                       struct error *error)
{
    const char *public_key, *secret_key;

    if (!read_text(path, object, "curve_publickey", &public_key, error) ||
        !read_text(path, object, "curve_secretkey", &secret_key, error))
        return false;
    if (public_key == NULL && secret_key == NULL)
        return true;
    if (!check_curve_pair(path, public_key, secret_key, error))
        return false;
    file->curve_public = xstrdup(public_key);
    file->curve_secret = xstrdup(secret_key);
    return true;
}

/* Only for the record, so a strange value is as good as none. */
static char *optional_text(const json_t *object, const char *key)
{
    const char *text;

    if (!read_text("", object, key, &text, NULL))
        return NULL;
    return xstrdup_or_null(text);
}

static bool read_object(const char *path, const json_t *object, bool insecure,
                        struct connection_file *file, struct error *error)
{
    if (!json_is_object(object))
        return error_set(error, ERROR_INVALID,
                         "%s: not a connection file; it must hold a JSON object", path);
    if (!refuse_other_kinds(path, object, error) || !read_ports(path, object, file, error) ||
        !read_address(path, object, file, error) ||
        !read_key(path, object, insecure, file, error) || !read_curve(path, object, file, error))
        return false;
    file->kernel_name = optional_text(object, "kernel_name");
    file->jupyter_session = optional_text(object, "jupyter_session");
    return true;
}

bool connection_file_read(const char *path, bool insecure, struct connection_file *ret_file,
                          struct error *error)
{
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_JSON *json = NULL;

    *ret_file = (struct connection_file){.transport = NULL};
    if (!file_read(path, MAX_FILE_BYTES, &text, error)) {
        if (error != NULL)
            error->code = ERROR_INVALID;
        return false;
    }
    json = json_parse(strbuf_text(&text), text.size, NULL);
    if (text.size > 0)
        sodium_memzero(text.text, text.size); /* it holds the key */
    /* The parser's own message is left out: it quotes the text, which may be the key. */
    if (json == NULL)
        return error_set(error, ERROR_INVALID,
                         "%s: not a connection file; it must hold a JSON object", path);
    if (!read_object(path, json, insecure, ret_file, error)) {
        connection_file_release(ret_file);
        return false;
    }
    return true;
}

void connection_file_release(struct connection_file *file)
{
    if (file->key != NULL)
        sodium_memzero(file->key, file->key_size);
    if (file->curve_secret != NULL)
        sodium_memzero(file->curve_secret, strlen(file->curve_secret));
    free(file->curve_secret);
    free(file->curve_public);
    free(file->key);
    free(file->transport);
    free(file->ip);
    free(file->kernel_name);
    free(file->jupyter_session);
    *file = (struct connection_file){.transport = NULL};
}

char *connection_file_endpoint(const struct connection_file *file, enum channel channel)
{
    bool is_ipc = strcmp(file->transport, "ipc") == 0;
    bool needs_brackets = !is_ipc && strchr(file->ip, ':') != NULL && file->ip[0] != '[';

    return xasprintf("%s://%s%s%s%c%d", file->transport, needs_brackets ? "[" : "", file->ip,
                     needs_brackets ? "]" : "", is_ipc ? '-' : ':', file->port[channel]);
}
