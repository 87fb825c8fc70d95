/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/timestamp.h"
#include "exchange.h"
#include "wire/connection_file.h"

#define START_TIMEOUT_US 30000000
#define ANSWER_TIMEOUT_MS 30000
#define TEXT_SIZE 1024
#define RECONNECT_MS 1 /* so that the start of a kernel is measured, not the wait for the next try */

static struct kernel *kernels;
static size_t kernel_count;
static const char *folder;
static void *context;
static struct signer *signer;
static char key[UUID_SIZE], session[UUID_SIZE];
static unsigned long batches;

/* Asked to end, and killed after a while. */
static void end_kernels(void)
{
    const struct timespec moment = {.tv_nsec = 10000000};

    for (size_t i = 0; i < kernel_count; i++)
        if (kernels[i].pid > 0)
            kill(kernels[i].pid, SIGTERM);
    for (size_t i = 0; i < kernel_count; i++) {
        for (int tries = 0; kernels[i].pid > 0 && waitpid(kernels[i].pid, NULL, WNOHANG) == 0;
             tries++) {
            if (tries == 300)
                kill(kernels[i].pid, SIGKILL);
            nanosleep(&moment, NULL);
        }
    }
}

void kernels_init(const char *folder_path, struct kernel *all, size_t count)
{
    kernels = all;
    kernel_count = count;
    folder = folder_path;
    context = zmq_ctx_new();
    ident_init();
    uuid_new(session);
    uuid_new(key);
    signer = signer_new(key, strlen(key), HASH_SHA256);
    atexit(end_kernels);
}

char *execute_content(const char *code)
{
    json_t *content =
        json_pack("{s:s, s:b, s:b, s:{}, s:b, s:b}", "code", code, "silent", 0, "store_history", 1,
                  "user_expressions", "allow_stdin", 0, "stop_on_error", 0);
    char *text = json_dumps(content, JSON_COMPACT);

    json_decref(content);
    return text;
}

/* --- starting --------------------------------------------------------------------------------- */

/* All are bound at the same time, so that they differ. */
static void free_ports(int ports[CHANNEL_COUNT])
{
    int descriptors[CHANNEL_COUNT];

    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t size = sizeof(address);

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        descriptors[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(descriptors[i], (struct sockaddr *)&address, size) != 0 ||
            getsockname(descriptors[i], (struct sockaddr *)&address, &size) != 0)
            die("no free port");
        ports[i] = ntohs(address.sin_port);
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        close(descriptors[i]);
}

static void *connect_socket(int type, int port)
{
    const int reconnect = RECONNECT_MS;
    char endpoint[64];
    void *socket = open_socket(context, type);

    snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%d", port);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &reconnect, sizeof(reconnect));
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect(socket, endpoint) != 0)
        die("%s: %s", endpoint, zmq_strerror(zmq_errno()));
    return socket;
}

void kernel_start(struct kernel *kernel)
{
    int ports[CHANNEL_COUNT];
    json_t *file;
    char log[TEXT_SIZE];

    free_ports(ports);
    file = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i}", "transport", "tcp", "ip",
                     "127.0.0.1", "key", key, "signature_scheme", "hmac-sha256", "kernel_name",
                     kernel->name, "shell_port", ports[CHANNEL_SHELL], "iopub_port",
                     ports[CHANNEL_IOPUB], "stdin_port", ports[CHANNEL_STDIN], "control_port",
                     ports[CHANNEL_CONTROL], "hb_port", ports[CHANNEL_HB]);
    snprintf(kernel->path, sizeof(kernel->path), "%s/%zu.json", folder, (size_t)(kernel - kernels));
    snprintf(log, sizeof(log), "%s/%zu.log", folder, (size_t)(kernel - kernels));
    if (json_dump_file(file, kernel->path, 0) != 0)
        die("%s: cannot be written", kernel->path);
    json_decref(file);
    kernel->pid = fork();
    if (kernel->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        setenv("CONNECTION_FILE", kernel->path, 1);
        if (!freopen(log, "w", stderr) || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
            chdir(folder) != 0)
            _exit(127);
        execl("/bin/sh", "sh", "-c", kernel->command, (char *)NULL);
        _exit(127);
    }
    kernel->shell = connect_socket(ZMQ_DEALER, ports[CHANNEL_SHELL]);
    kernel->control = connect_socket(ZMQ_DEALER, ports[CHANNEL_CONTROL]);
    kernel->iopub = connect_socket(ZMQ_SUB, ports[CHANNEL_IOPUB]);
}

void kernel_kill(struct kernel *kernel)
{
    kill(kernel->pid, SIGKILL);
    waitpid(kernel->pid, NULL, 0);
    kernel->pid = 0;
    zmq_close(kernel->shell);
    zmq_close(kernel->control);
    zmq_close(kernel->iopub);
}

/* --- asking ----------------------------------------------------------------------------------- */

static void ask(void *socket, const char *type, unsigned long batch, size_t number,
                const char *content)
{
    char header[TEXT_SIZE];

    snprintf(header, sizeof(header),
             "{\"msg_id\":\"%lu_%zu\",\"session\":\"%s\",\"username\":\"bench\","
             "\"date\":\"2026-01-01T00:00:00.000000Z\",\"msg_type\":\"%s\",\"version\":\"5.3\"}",
             batch, number, session, type);
    send_parts(socket, (struct frame){NULL, 0}, signer, text_frame(header), text_frame("{}"),
               text_frame(content));
}

unsigned long kernel_ask(struct kernel *kernel, void *socket, const char *type, const char *content,
                         size_t count)
{
    (void)kernel;
    batches++;
    for (size_t i = 0; i < count; i++)
        ask(socket, type, batches, i, content);
    return batches;
}

static bool is_of_batch(const struct parts *message, unsigned long batch)
{
    struct frame id = member_of(part_of(message, PARENT), "msg_id");
    char prefix[32];
    int size = snprintf(prefix, sizeof(prefix), "\"%lu_", batch);

    return id.size > (size_t)size && memcmp(id.bytes, prefix, (size_t)size) == 0;
}

struct wanted {
    unsigned long batch;
    const char *reply_type;
    bool may_fail;
    size_t replies, idles, busies; /* seen */
};

static void count_replies(const struct kernel *kernel, void *socket, struct wanted *wanted)
{
    struct parts message;

    while (receive_parts(socket, &message)) {
        if (wanted->reply_type && is_of_batch(&message, wanted->batch) &&
            member_is(part_of(&message, HEADER), "msg_type", wanted->reply_type)) {
            if (!wanted->may_fail && !member_is(part_of(&message, CONTENT), "status", "ok"))
                die("%s: a cell failed: %.*s", kernel->name, (int)part_of(&message, CONTENT).size,
                    (const char *)part_of(&message, CONTENT).bytes);
            wanted->replies++;
        }
        release_parts(&message);
    }
}

/* What has come by now: replies on shell and control, status on iopub. */
static void count_answers(struct kernel *kernel, struct wanted *wanted)
{
    struct parts message;

    count_replies(kernel, kernel->shell, wanted);
    count_replies(kernel, kernel->control, wanted);
    while (receive_parts(kernel->iopub, &message)) {
        if (member_is(part_of(&message, HEADER), "msg_type", "status") &&
            is_of_batch(&message, wanted->batch)) {
            wanted->idles += member_is(part_of(&message, CONTENT), "execution_state", "idle");
            wanted->busies += member_is(part_of(&message, CONTENT), "execution_state", "busy");
        }
        release_parts(&message);
    }
}

static bool wait_for(struct kernel *kernel, struct wanted *wanted, size_t replies, size_t idles,
                     size_t busies, int timeout_ms)
{
    zmq_pollitem_t items[] = {{.socket = kernel->shell, .events = ZMQ_POLLIN},
                              {.socket = kernel->control, .events = ZMQ_POLLIN},
                              {.socket = kernel->iopub, .events = ZMQ_POLLIN}};

    while (wanted->replies < replies || wanted->idles < idles || wanted->busies < busies) {
        if (zmq_poll(items, 3, timeout_ms) <= 0)
            return false;
        count_answers(kernel, wanted);
    }
    return true;
}

bool kernel_wait_for(struct kernel *kernel, unsigned long batch, const char *reply_type,
                     size_t replies, size_t idles, bool may_fail, int timeout_ms)
{
    struct wanted wanted = {.batch = batch, .reply_type = reply_type, .may_fail = may_fail};

    return wait_for(kernel, &wanted, replies, idles, 0, timeout_ms);
}

bool kernel_wait_busy(struct kernel *kernel, unsigned long batch, int timeout_ms)
{
    struct wanted wanted = {.batch = batch};

    return wait_for(kernel, &wanted, 0, 0, 1, timeout_ms);
}

/* Asked again and again: what is published before the subscription has arrived is lost. */
void kernel_wait_until_ready(struct kernel *kernel)
{
    int64_t limit = monotonic_us() + START_TIMEOUT_US;
    unsigned long batch;

    do {
        if (waitpid(kernel->pid, NULL, WNOHANG) != 0 || monotonic_us() > limit) {
            kernel->pid = 0;
            die("%s did not start: see the .log beside %s", kernel->name, kernel->path);
        }
        batch = kernel_ask(kernel, kernel->shell, "kernel_info_request", "{}", 1);
    } while (!kernel_wait_for(kernel, batch, "kernel_info_reply", 1, 1, false, 200));
}

double kernel_run(struct kernel *kernel, size_t count)
{
    int64_t start = monotonic_us();
    unsigned long batch =
        kernel_ask(kernel, kernel->shell, "execute_request", kernel->content, count);

    if (!kernel_wait_for(kernel, batch, "execute_reply", count, count, false, ANSWER_TIMEOUT_MS))
        die("%s: no answer in %d s", kernel->name, ANSWER_TIMEOUT_MS / 1000);
    return (double)(monotonic_us() - start) / 1e6;
}

/* --- the process ------------------------------------------------------------------------------ */

double kernel_cpu_ms(const struct kernel *kernel)
{
    clockid_t clock;
    struct timespec time = {0};

    if (clock_getcpuclockid(kernel->pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return NAN;
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

double kernel_memory(const struct kernel *kernel)
{
    char path[64];
    long total = 0, resident = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)kernel->pid);
    file = fopen(path, "r");
    if (!file || fscanf(file, "%ld %ld", &total, &resident) != 2)
        die("%s: cannot be read", path);
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}
