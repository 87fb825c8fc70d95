/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/magic/magic_foreign.h"

#include <stddef.h>
#include <strings.h>

#include "base/memory.h"

static const char use_file[] = "%use FILE chooses the database";
static const char make_file[] = "%use FILE --create makes a database";
static const char shown[] = "results are shown as tables; %export FILE csv (or json) writes them to a "
                            "file, %set changes what is shown";
static const char to_file[] = "%export FILE csv (or json) before a statement writes its rows to a file";
static const char ends[] = "the kernel ends from the notebook's menu: Kernel, Shut Down";
static const char other_kernel[] = "this kernel runs SQL; for another language choose its own kernel";
static const char backup[] = "VACUUM INTO 'FILE' copies a database in use by %use, and the sqlite3 "
                             "shell dumps one";

static const struct foreign {
    const char *name, *advice;
} foreign[] = {
    {"%sql", "a cell is SQL itself, without a prefix; %use FILE chooses the database"},
    {"%load", use_file},
    {"%open", use_file},
    {"%connect", use_file},
    {"%db", use_file},
    {"%create", make_file},
    {"%load_ext", "nothing has to be loaded: a cell is SQL itself; %use FILE chooses the database"},
    {"%reload_ext", "nothing has to be loaded: a cell is SQL itself"},
    {"%config", "%set lists the settings"},
    {"%sqlcmd", "%tables lists the tables, %schema NAME shows one"},
    {"%sqlplot", "%chart draws the last result"},
    {"%plot", "%chart draws the last result"},
    {"%table_exists", "%tables NAME looks for a table"},
    {"%table_schema", "%schema NAME shows a table"},
    {"%timeit", "%%time on the cell's first line shows what each statement takes"},
    {"%time", "%%time on the cell's first line shows what each statement takes"},
    {"%explain", "%%explain on the cell's first line shows the query plans"},
    {"%run", "%read FILE runs the SQL of a file"},
    {"%pip", other_kernel},
    {"%conda", other_kernel},
    {"%matplotlib", "%chart draws the last result"},
    {"%%python", other_kernel},
    {"%%python3", other_kernel},
    {"%%bash", other_kernel},
    {"%%sh", other_kernel},
    {"%%r", other_kernel},
    {"%%julia", other_kernel},
    {"%%javascript", other_kernel},
    {"%%js", other_kernel},
    {"%%html", other_kernel},
    {"%%markdown", "text stands in Markdown cells"},
    {"%%timeit", "%%time shows what each statement takes"},
    {".import", "%import FILE.csv [AS t]"},
    {".mode", shown},
    {".headers", "headers are always shown"},
    {".header", "headers are always shown"},
    {".width", shown},
    {".separator", shown},
    {".nullvalue", "NULL is always shown as NULL"},
    {".output", to_file},
    {".once", to_file},
    {".excel", to_file},
    {".quit", ends},
    {".exit", ends},
    {".help", "%help lists the magics"},
    {".dump", backup},
    {".backup", backup},
    {".clone", backup},
    {".save", backup},
    {".restore", use_file},
    {".timer", "%set timer on shows what each statement takes, %%time does it for one cell"},
    {".eqp", "%%explain on the cell's first line shows the query plans"},
    {".timeout", "%set timeout SECONDS"},
    {".indexes", "%schema TABLE shows a table with its indexes"},
    {".indices", "%schema TABLE shows a table with its indexes"},
    {".fullschema", "%schema shows all of them"},
    {".show", "%set lists the settings, %info says where one is"},
    {".print", "SELECT 'text' shows a text"},
    {".cd", "paths are relative to the notebook's folder"},
    {".shell", "commands of the system don't run here"},
    {".system", "commands of the system don't run here"},
    {".load", "extensions can't be loaded here"},
};

const char *magic_foreign_advice(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
        if (strcasecmp(foreign[i].name, name) == 0)
            return foreign[i].advice;
    }
    return NULL;
}
