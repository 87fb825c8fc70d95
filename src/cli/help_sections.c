/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help_sections: what the manual says about the whole program. Only text.
 */
#include "cli/help.h"

const char help_statuses[] =
    "`0`\tDone.\n"
    "`1`\tNot done, or done in part; standard error says what, one line each. For `diff` and "
    "`status`: something differs. For `grep`: no line fits.\n"
    "`2`\tThe call was wrong: an unknown command or option, a missing or impossible argument.\n"
    "`3`\tThe store can't be used: missing, damaged, made by a newer version, not permitted, full, "
    "or locked by another program.\n";

const char help_store_environment[] = "`RSCN_STORE`\tThe store to use when --store is not given.\n";

const char help_pager_environment[] =
    "`PAGER`\tProgram that shows long output on a terminal; `less -FRX` if it is not set, none if "
    "it is empty or `cat`.\n"
    "`NO_COLOR`\tIf set and not empty, no colour on a terminal.\n";

static const char description[] =
    "`rscn` is a notebook kernel that keeps the record. To Jupyter front ends (JupyterLab, "
    "Notebook, console, VS Code, nbconvert, papermill) it is a kernel for SQL; every cell that "
    "runs through it leaves what exactly ran, when, in which version and with which result in one "
    "SQLite file, the store. Nothing that ran is overwritten.\n"
    "`rscn install` makes the kernel known to Jupyter, under the name \"SQL (rscn)\". The commands "
    "`log`, `show`, `diff`, `grep`, `cat`, `runs` and `ls` look at the record; the store can also "
    "be read with sqlite3(1).\n";

static const char store[] =
    "The store is the file given with --store, else $RSCN_STORE, else the nearest `rssd.db` in the "
    "working directory or above it (for a kernel: from the notebook's folder, when that is known), "
    "else the user's own `$XDG_DATA_HOME/rscn/rssd.db` (`~/.local/share/rscn/rssd.db`), which is "
    "made on first use. `rscn init` makes one for a folder.\n"
    "SQL cells run in the store itself unless `%use FILE` says otherwise: there a cell is one "
    "transaction, all of it or nothing. User tables live beside the record. Names that begin with "
    "`code_notebook_` or `rscn_`, and `assurance_schema`, are reserved for the record: user SQL "
    "may read them but not write, create, alter or drop them.\n"
    "All kernels of one store take turns through a lock, so that writers of `rscn` never overlap. "
    "Other programs that write the same file at the same moment are outside that protection: "
    "SQLite before 3.51.3 has a rare error there that can damage a database in WAL mode. Reading "
    "with other programs is always safe; write with them only while no kernel runs. `rscn doctor` "
    "says which SQLite is in use. A store on a network file system is refused.\n";

static const char names[] =
    "NOTEBOOK\tThe path of the notebook from the working directory, the name under which the store "
    "knows it (its path relative to the store's folder, absolute outside of it; `console/USER` for "
    "clients without a file), or a unique base name. `NOTEBOOK@3` is the third state of its file "
    "that was taken in.\n"
    "CELL\tThe name of a cell: given with `%cell NAME` or by the client, else the key that the "
    "record gave it. `CELL@2` is its second version: each different text of a cell is a version, "
    "counted from 1.\n"
    "EXECUTION\tAn execution's id of 26 characters, any unique end of it of at least 6 (`rscn log` "
    "shows 8), or `-1` for the last one, `-2` for the one before it.\n"
    "STATE\tINITIAL, PENDING, REJECTED, RUNNING, EXECUTED, FAILED, INTERRUPTED, TIMED_OUT, "
    "CANCELED, ENGINE_ERROR, SKIPPED, UNKNOWN or ROLLED_BACK, without regard to case; Jupyter's "
    "`ok`, `error` and `aborted` mean EXECUTED, FAILED and CANCELED.\n"
    "A cell whose name contains `_once_` runs once: when it is EXECUTED in its version it is "
    "SKIPPED from then on, and when its text has changed it stops with an error.\n";

static const char output[] =
    "On a terminal lists are aligned tables in local time, in colour if wanted, and long output "
    "goes through the pager. Control characters in stored text are shown as pictures. Into a pipe "
    "lists are lines of fields with a tab between them, after a header line; times are UTC in RFC "
    "3339; tabs, line ends, other control characters and bytes that are no UTF-8 stand in a field as "
    "\\t, \\n, \\r and \\xHH, a backslash as \\\\. With --json lists are one JSON object per line, where what is not "
    "known is null.\n"
    "Messages on standard error are one line each: `rscn: NAME: what is wrong; what to do`.\n";

static const char environment[] =
    "`RSCN_STORE`\tThe store to use when --store is not given.\n"
    "`RSCN_NOTEBOOK`\tThe name of the notebook that a kernel runs, or the path of its file; outranks "
    "all other evidence.\n"
    "`RSCN_LOG`\tHow much is said on standard error to the operator: `error`, `warning` (the "
    "default), `info` or `debug`.\n"
    "`NO_COLOR`\tIf set and not empty, no colour on a terminal.\n"
    "`PAGER`\tProgram that shows long output on a terminal; `less -FRX` if it is not set, none if "
    "it is empty or `cat`.\n"
    "`XDG_DATA_HOME`\tFolder of the user's own store.\n"
    "`JUPYTER_DATA_DIR`\tWhere `rscn install --user` puts the kernel.\n";

static const char files[] =
    "`rssd.db`\tThe store: an SQLite database with the tables of Resource Surveillance Code "
    "Notebooks, those of `rscn`, and the user's own. After an orderly end it is whole in this one "
    "file.\n"
    "`rssd.db-wal`, `rssd.db-shm`\tSQLite's write-ahead log and its index, while the store is in "
    "use and after a crash. They belong to the store: copy them with it, never remove them.\n"
    "`rssd.db-lock`\tThe lock through which kernels take turns; empty or the name of who holds "
    "it.\n"
    "`rssd.db-run/`\tOne file per running kernel with what is running now. What a killed kernel "
    "leaves there becomes part of the record when the store is opened next.\n";

const struct help_section help_sections[] = {
    {"DESCRIPTION", description}, {"STORE", store}, {"NAMES", names}, {"OUTPUT", output},
    {"ENVIRONMENT", environment}, {"FILES", files}, {NULL, NULL},
};
