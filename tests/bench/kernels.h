/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels: the kernels that are measured: started, asked, ended.
 *
 * A command is a shell command that finds the connection file's path in $CONNECTION_FILE.
 */
#ifndef RSCN_BENCH_KERNELS_H
#define RSCN_BENCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct kernel {
    const char *name, *command;
    const char *endless;  /* code that does not end, NULL = it can't be interrupted */
    const char *unfinished; /* text to complete at its end, NULL = it completes nothing */
    bool by_signal;       /* is interrupted by SIGINT, not by a message */
    char *content;        /* of its execute_request */
    char path[1024];      /* of the connection file */
    pid_t pid;            /* 0 = does not run */
    void *shell, *control, *iopub;
};

/* Once, before everything else. The kernels that are given are ended with the program. */
void kernels_init(const char *folder, struct kernel *kernels, size_t count);

/* Content of an execute_request for the code. Caller frees. */
char *execute_content(const char *code);

void kernel_start(struct kernel *kernel);
/* At once; its sockets are closed. */
void kernel_kill(struct kernel *kernel);
/* Until it has answered and its iopub is there. Ends the program after 30 s. */
void kernel_wait_until_ready(struct kernel *kernel);

/* Sends one request of a new batch, or `count` of the same; gives the batch. `socket` is one of the
 * kernel's. */
unsigned long kernel_ask(struct kernel *kernel, void *socket, const char *type, const char *content,
                         size_t count);
/* Until `replies` replies of that type and `idles` idles of the batch have come. False after
 * timeout_ms without any message. A reply that is no ok ends the program unless may_fail. */
bool kernel_wait_for(struct kernel *kernel, unsigned long batch, const char *reply_type,
                     size_t replies, size_t idles, bool may_fail, int timeout_ms);
/* Until the kernel says that it is busy with the batch. */
bool kernel_wait_busy(struct kernel *kernel, unsigned long batch, int timeout_ms);
/* Seconds from the first of `count` execute_requests to the last answer. */
double kernel_run(struct kernel *kernel, size_t count);

/* CPU that the process has used; NAN when it can't be known. */
double kernel_cpu_ms(const struct kernel *kernel);
/* Resident memory in MiB. */
double kernel_memory(const struct kernel *kernel);

#endif
