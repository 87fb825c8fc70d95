/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_pragmas: one sorted table.
 */
#include "engine/look/sql_pragmas.h"

#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"

static const struct sql_pragma pragmas[] = {
    {"analysis_limit", "rows that ANALYZE looks at for each index; 0 = all", "0 100 1000",
     SQL_WORD_NONE, false},
    {"application_id", "number in the file's header that says which program it belongs to", "",
     SQL_WORD_NONE, false},
    {"auto_vacuum", "whether the file shrinks by itself", "NONE FULL INCREMENTAL", SQL_WORD_NONE,
     false},
    {"automatic_index", "whether the planner may make indexes for one query", "ON OFF",
     SQL_WORD_NONE, false},
    {"busy_timeout", "milliseconds to wait for a lock", "0 1000 5000", SQL_WORD_NONE, false},
    {"cache_size", "pages kept in memory; negative: KiB", "", SQL_WORD_NONE, false},
    {"cache_spill", "whether changed pages may be written in the middle of a transaction", "ON OFF",
     SQL_WORD_NONE, false},
    {"case_sensitive_like", "whether LIKE tells a from A", "ON OFF", SQL_WORD_NONE, false},
    {"cell_size_check", "more checks when pages are read", "ON OFF", SQL_WORD_NONE, false},
    {"checkpoint_fullfsync", "full fsync at checkpoints (macOS)", "ON OFF", SQL_WORD_NONE, false},
    {"collation_list", "lists the collations", "", SQL_WORD_NONE, true},
    {"compile_options", "lists the options SQLite was built with", "", SQL_WORD_NONE, true},
    {"count_changes", "deprecated: INSERT, UPDATE and DELETE give their count", "ON OFF",
     SQL_WORD_NONE, false},
    {"data_version", "changes when another connection has changed the file", "", SQL_WORD_NONE,
     false},
    {"database_list", "lists the attached databases", "", SQL_WORD_NONE, true},
    {"default_cache_size", "deprecated: see cache_size", "", SQL_WORD_NONE, false},
    {"defer_foreign_keys", "foreign keys are checked at COMMIT of this transaction", "ON OFF",
     SQL_WORD_NONE, false},
    {"empty_result_callbacks", "deprecated", "ON OFF", SQL_WORD_NONE, false},
    {"encoding", "encoding of texts in a new database", "'UTF-8' 'UTF-16' 'UTF-16le' 'UTF-16be'",
     SQL_WORD_NONE, false},
    {"foreign_key_check", "lists the rows that break a foreign key", "", SQL_WORD_TABLE, true},
    {"foreign_key_list", "lists the foreign keys of a table", "", SQL_WORD_TABLE, true},
    {"foreign_keys", "whether foreign keys are enforced", "ON OFF", SQL_WORD_NONE, false},
    {"freelist_count", "unused pages in the file", "", SQL_WORD_NONE, false},
    {"full_column_names", "deprecated", "ON OFF", SQL_WORD_NONE, false},
    {"fullfsync", "full fsync (macOS)", "ON OFF", SQL_WORD_NONE, false},
    {"function_list", "lists the functions", "", SQL_WORD_NONE, true},
    {"hard_heap_limit", "bytes of memory that SQLite may not exceed", "", SQL_WORD_NONE, false},
    {"ignore_check_constraints", "whether CHECK is ignored", "ON OFF", SQL_WORD_NONE, false},
    {"incremental_vacuum", "gives free pages back to the file system", "", SQL_WORD_NONE, false},
    {"index_info", "lists the columns of an index", "", SQL_WORD_INDEX, true},
    {"index_list", "lists the indexes of a table", "", SQL_WORD_TABLE, true},
    {"index_xinfo", "lists all columns of an index, with order and collation", "", SQL_WORD_INDEX,
     true},
    {"integrity_check", "checks the whole database, or one table", "", SQL_WORD_TABLE, true},
    {"journal_mode", "how transactions are made safe", "DELETE TRUNCATE PERSIST MEMORY WAL OFF",
     SQL_WORD_NONE, false},
    {"journal_size_limit", "bytes that a journal keeps when it is done", "", SQL_WORD_NONE, false},
    {"legacy_alter_table", "ALTER TABLE RENAME as before 3.25", "ON OFF", SQL_WORD_NONE, false},
    {"locking_mode", "whether locks are given back after each transaction", "NORMAL EXCLUSIVE",
     SQL_WORD_NONE, false},
    {"max_page_count", "pages that the file may have", "", SQL_WORD_NONE, false},
    {"mmap_size", "bytes of the file that are mapped into memory", "", SQL_WORD_NONE, false},
    {"module_list", "lists the modules of virtual tables", "", SQL_WORD_NONE, true},
    {"optimize", "runs ANALYZE where it helps", "", SQL_WORD_NONE, false},
    {"page_count", "pages of the file", "", SQL_WORD_NONE, false},
    {"page_size", "bytes of a page", "512 1024 2048 4096 8192 16384 32768 65536", SQL_WORD_NONE,
     false},
    {"parser_trace", "for people who debug SQLite", "ON OFF", SQL_WORD_NONE, false},
    {"pragma_list", "lists the pragmas", "", SQL_WORD_NONE, true},
    {"query_only", "whether changes are refused", "ON OFF", SQL_WORD_NONE, false},
    {"quick_check", "checks the database without its indexes", "", SQL_WORD_TABLE, true},
    {"read_uncommitted", "reads what others have not committed (shared cache)", "ON OFF",
     SQL_WORD_NONE, false},
    {"recursive_triggers", "whether triggers start triggers of the same table", "ON OFF",
     SQL_WORD_NONE, false},
    {"reverse_unordered_selects", "rows without ORDER BY come in another order", "ON OFF",
     SQL_WORD_NONE, false},
    {"schema_version", "number that each change of the schema counts up", "", SQL_WORD_NONE, false},
    {"secure_delete", "whether deleted content is overwritten", "ON OFF FAST", SQL_WORD_NONE,
     false},
    {"short_column_names", "deprecated", "ON OFF", SQL_WORD_NONE, false},
    {"shrink_memory", "frees as much memory as possible", "", SQL_WORD_NONE, false},
    {"soft_heap_limit", "bytes of memory that SQLite tries not to exceed", "", SQL_WORD_NONE,
     false},
    {"stats", "for people who debug SQLite", "", SQL_WORD_NONE, false},
    {"synchronous", "how carefully the disk is waited for", "OFF NORMAL FULL EXTRA", SQL_WORD_NONE,
     false},
    {"table_info", "lists the columns of a table", "", SQL_WORD_TABLE, true},
    {"table_list", "lists tables and views", "", SQL_WORD_TABLE, true},
    {"table_xinfo", "lists the columns of a table, hidden and generated ones too", "",
     SQL_WORD_TABLE, true},
    {"temp_store", "where temporary tables are kept", "DEFAULT FILE MEMORY", SQL_WORD_NONE, false},
    {"temp_store_directory", "deprecated", "", SQL_WORD_NONE, false},
    {"threads", "helper threads that a query may use", "", SQL_WORD_NONE, false},
    {"trusted_schema", "whether functions and virtual tables in the schema are trusted", "ON OFF",
     SQL_WORD_NONE, false},
    {"user_version", "number in the file's header that is yours to use", "", SQL_WORD_NONE, false},
    {"vdbe_trace", "for people who debug SQLite", "ON OFF", SQL_WORD_NONE, false},
    {"wal_autocheckpoint", "pages after which the write-ahead log is brought into the file", "",
     SQL_WORD_NONE, false},
    {"wal_checkpoint", "brings the write-ahead log into the file", "PASSIVE FULL RESTART TRUNCATE",
     SQL_WORD_NONE, false},
    {"writable_schema", "whether sqlite_schema may be changed by hand", "ON OFF RESET",
     SQL_WORD_NONE, false},
};

static int compare(const void *name, const void *pragma)
{
    return strcasecmp(name, ((const struct sql_pragma *)pragma)->name);
}

const struct sql_pragma *sql_pragma_find(const char *name)
{
    return bsearch(name, pragmas, ARRAY_SIZE(pragmas), sizeof(pragmas[0]), compare);
}
