/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn kernel: what Jupyter starts.
 */
#include "cli/commands.h"
#include "cli/report.h"
#include "kernel/server.h"

static const struct option options[] = {
    {'f', "file", "FILE", "The connection file that the client made.", true, false, false},
    OPTION_STORE,
    {0, "insecure", NULL,
     "Accept a connection file with an empty key: messages are then not signed, and whoever "
     "reaches the ports can run code.",
     false, false, false},
    OPTION_END,
};

static int run(const struct call *call)
{
    struct error error = ERROR_INIT;
    const struct server_options server = {
        .connection_file = call_option(call, "file"),
        .store = call_option(call, "store"),
        .insecure = call_option(call, "insecure") != NULL,
    };
    server_prepare();
    if (!server_run(&server, &error))
        return report(STATUS_NOT_DONE, "%s", error.message);
    return STATUS_DONE;
}

const struct command command_kernel = {
    .name = "kernel",
    .operands = "",
    .summary = "serve Jupyter clients as a kernel",
    .description =
        "Serves the connection file with the Jupyter messaging protocol until a client asks for "
        "shutdown. Jupyter starts this command itself when a notebook uses the kernel \"SQL "
        "(rscn)\"; `rscn install` makes it known.\n"
        "A store that can't be used does not end the kernel: each cell then gets an error that "
        "says what is wrong and what to do, until the cause is gone.\n"
        "An interrupt (from the client, or SIGINT) ends the statement that runs and keeps the "
        "kernel. Shutdown, SIGTERM, a closed terminal (SIGHUP) and the death of the parent process "
        "end it with status 0 within about a second (parent death: five); a cell that runs then is "
        "recorded as INTERRUPTED. What could not be committed in time stays in the kernel's file "
        "in `rssd.db-run/` with its true end and is taken into the store when that is opened "
        "next.\n"
        "A message with a wrong, missing or repeated signature is dropped and counted, never "
        "answered. Clients that read slowly lose no output; one that takes no byte for ten minutes "
        "is cut off, which frees what was waiting for it.\n",
    .options = options,
    .run = run,
};
