/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client FOLDER ROUNDS TRIPS PIPELINED (NAME CODE COMMAND)...: starts the kernels, measures all of
 * them in turn, ROUNDS times, so that whatever else the machine does hits all alike, and prints one
 * Markdown table. The first one is the yardstick.
 *
 * COMMAND is a shell command that finds the connection file's path in $CONNECTION_FILE. A round
 * trip lasts from sending the execute_request until both execute_reply and idle are there.
 */
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

#define MAX_KERNELS 8
#define WARM_UP 200
#define START_TIMEOUT_US 30000000
#define ANSWER_TIMEOUT_MS 30000
#define TEXT_SIZE 1024

struct kernel {
    const char *name, *command;
    char *content;        /* of its execute_request */
    char path[TEXT_SIZE]; /* of the connection file */
    pid_t pid;
    void *shell, *iopub;
    double *trips; /* ms */
    size_t trip_count;
    double *rates; /* requests per second */
    size_t rate_count;
    double cpu_ms; /* of all measured executions */
    size_t executions;
};

static struct kernel kernels[MAX_KERNELS];
static size_t kernel_count;
static struct signer *signer;
static char session[UUID_SIZE];
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

static void *connect_socket(void *context, int type, int port)
{
    char endpoint[64];
    void *socket = open_socket(context, type);

    snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%d", port);
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect(socket, endpoint) != 0)
        die("%s: %s", endpoint, zmq_strerror(zmq_errno()));
    return socket;
}

static void start_kernel(struct kernel *kernel, void *context, const char *folder, const char *key)
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
    kernel->shell = connect_socket(context, ZMQ_DEALER, ports[CHANNEL_SHELL]);
    kernel->iopub = connect_socket(context, ZMQ_SUB, ports[CHANNEL_IOPUB]);
}

/* --- asking ----------------------------------------------------------------------------------- */

static void ask(struct kernel *kernel, const char *type, unsigned long batch, size_t number,
                const char *content)
{
    char header[TEXT_SIZE];

    snprintf(header, sizeof(header),
             "{\"msg_id\":\"%lu_%zu\",\"session\":\"%s\",\"username\":\"bench\","
             "\"date\":\"2026-01-01T00:00:00.000000Z\",\"msg_type\":\"%s\",\"version\":\"5.3\"}",
             batch, number, session, type);
    send_parts(kernel->shell, (struct frame){NULL, 0}, signer, text_frame(header), text_frame("{}"),
               text_frame(content));
}

static bool is_of_batch(const struct parts *message, unsigned long batch)
{
    struct frame id = member_of(part_of(message, PARENT), "msg_id");
    char prefix[32];
    int size = snprintf(prefix, sizeof(prefix), "\"%lu_", batch);

    return id.size > (size_t)size && memcmp(id.bytes, prefix, (size_t)size) == 0;
}

/* What has come by now: replies on shell, idles on iopub. */
static void count_answers(struct kernel *kernel, unsigned long batch, const char *reply_type,
                          size_t *replies, size_t *idles)
{
    struct parts message;

    while (receive_parts(kernel->shell, &message)) {
        if (is_of_batch(&message, batch) &&
            member_is(part_of(&message, HEADER), "msg_type", reply_type)) {
            if (!member_is(part_of(&message, CONTENT), "status", "ok"))
                die("%s: a cell failed: %.*s", kernel->name, (int)part_of(&message, CONTENT).size,
                    (const char *)part_of(&message, CONTENT).bytes);
            ++*replies;
        }
        release_parts(&message);
    }
    while (receive_parts(kernel->iopub, &message)) {
        if (member_is(part_of(&message, HEADER), "msg_type", "status") &&
            is_of_batch(&message, batch) &&
            member_is(part_of(&message, CONTENT), "execution_state", "idle"))
            ++*idles;
        release_parts(&message);
    }
}

static bool wait_for(struct kernel *kernel, unsigned long batch, const char *reply_type,
                     size_t count, int timeout_ms)
{
    zmq_pollitem_t items[] = {{.socket = kernel->shell, .events = ZMQ_POLLIN},
                              {.socket = kernel->iopub, .events = ZMQ_POLLIN}};
    size_t replies = 0, idles = 0;

    while (replies < count || idles < count) {
        if (zmq_poll(items, 2, timeout_ms) <= 0)
            return false;
        count_answers(kernel, batch, reply_type, &replies, &idles);
    }
    return true;
}

/* Asked again and again: what is published before the subscription has arrived is lost. */
static void wait_until_ready(struct kernel *kernel)
{
    int64_t limit = monotonic_us() + START_TIMEOUT_US;

    do {
        if (waitpid(kernel->pid, NULL, WNOHANG) != 0 || monotonic_us() > limit) {
            kernel->pid = 0;
            die("%s did not start: see the .log beside %s", kernel->name, kernel->path);
        }
        ask(kernel, "kernel_info_request", ++batches, 0, "{}");
    } while (!wait_for(kernel, batches, "kernel_info_reply", 1, 200));
}

/* Seconds from the first request to the last answer. */
static double run_batch(struct kernel *kernel, size_t count)
{
    int64_t start = monotonic_us();

    batches++;
    for (size_t i = 0; i < count; i++)
        ask(kernel, "execute_request", batches, i, kernel->content);
    if (!wait_for(kernel, batches, "execute_reply", count, ANSWER_TIMEOUT_MS))
        die("%s: no answer in %d s", kernel->name, ANSWER_TIMEOUT_MS / 1000);
    return (double)(monotonic_us() - start) / 1e6;
}

/* --- measuring -------------------------------------------------------------------------------- */

static double cpu_ms(pid_t pid)
{
    clockid_t clock;
    struct timespec time = {0};

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return NAN;
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void measure(struct kernel *kernel, size_t trips, size_t pipelined)
{
    double cpu = cpu_ms(kernel->pid);

    for (size_t i = 0; i < trips; i++)
        kernel->trips[kernel->trip_count++] = run_batch(kernel, 1) * 1e3;
    kernel->cpu_ms += cpu_ms(kernel->pid) - cpu;
    kernel->executions += trips;
    kernel->rates[kernel->rate_count++] = (double)pipelined / run_batch(kernel, pipelined);
}

static int compare(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double quantile(double *values, size_t count, double part)
{
    qsort(values, count, sizeof(*values), compare);
    return values[(size_t)(part * (double)(count - 1) + 0.5)];
}

static void print_table(size_t pipelined)
{
    double floor_p50 = quantile(kernels[0].trips, kernels[0].trip_count, 0.5);
    double floor_p99 = quantile(kernels[0].trips, kernels[0].trip_count, 0.99);
    double floor_rate = quantile(kernels[0].rates, kernels[0].rate_count, 0.5);

    printf(
        "| kernel | round trip p50, ms | p99, ms | p50 : floor | p99 : floor | CPU per execution, "
        "ms | %zu pipelined, requests/s (min to max) | floor : rate |\n",
        pipelined);
    printf("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < kernel_count; i++) {
        struct kernel *kernel = &kernels[i];
        double p50 = quantile(kernel->trips, kernel->trip_count, 0.5);
        double p99 = quantile(kernel->trips, kernel->trip_count, 0.99);
        double rate = quantile(kernel->rates, kernel->rate_count, 0.5);

        printf("| %s | %.3f | %.3f | %.2f | %.2f | %.3f | %.0f (%.0f to %.0f) | %.2f |\n",
               kernel->name, p50, p99, p50 / floor_p50, p99 / floor_p99,
               kernel->cpu_ms / (double)kernel->executions, rate, kernel->rates[0],
               kernel->rates[kernel->rate_count - 1], floor_rate / rate);
    }
}

static char *request_content(const char *code)
{
    json_t *content =
        json_pack("{s:s, s:b, s:b, s:{}, s:b, s:b}", "code", code, "silent", 0, "store_history", 1,
                  "user_expressions", "allow_stdin", 0, "stop_on_error", 1);
    char *text = json_dumps(content, JSON_COMPACT);

    json_decref(content);
    return text;
}

static size_t number(const char *text)
{
    unsigned long value = strtoul(text, NULL, 10);

    if (value == 0 || value > 1000000)
        die("%s: a number from 1 to 1000000 was expected", text);
    return value;
}

int main(int argc, char **argv)
{
    void *context = zmq_ctx_new();
    char key[UUID_SIZE];
    size_t rounds, trips, pipelined;

    if (argc < 8 || (argc - 5) % 3 != 0 || (argc - 5) / 3 > MAX_KERNELS)
        die("usage: client FOLDER ROUNDS TRIPS PIPELINED (NAME CODE COMMAND)...");
    rounds = number(argv[2]);
    trips = number(argv[3]);
    pipelined = number(argv[4]);
    ident_init();
    uuid_new(session);
    uuid_new(key);
    signer = signer_new(key, strlen(key), HASH_SHA256);
    atexit(end_kernels);
    for (int i = 5; i < argc; i += 3) {
        struct kernel *kernel = &kernels[kernel_count++];

        kernel->name = argv[i];
        kernel->content = request_content(argv[i + 1]);
        kernel->command = argv[i + 2];
        kernel->trips = xcalloc(rounds * trips, sizeof(double));
        kernel->rates = xcalloc(rounds, sizeof(double));
        start_kernel(kernel, context, argv[1], key);
        wait_until_ready(kernel);
        for (size_t j = 0; j < WARM_UP; j++)
            run_batch(kernel, 1);
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < kernel_count; i++)
            measure(&kernels[(round + i) % kernel_count], trips, pipelined);
    print_table(pipelined);
    return 0;
}
