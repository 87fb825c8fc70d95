-- SPDX-License-Identifier: Apache-2.0
--
-- The record: what ran, when, in which version, with what result.
-- The RSCN tables themselves are in rscn_tables.c, because a file made by another tool already has them and keeps its own.
-- Times are text, UTC, `YYYY-MM-DD HH:MM:SS.ffffff` (R-12). Truth: the row can be rebuilt from nothing else; derived: it can.

CREATE TABLE main.rscn_store (
    -- One row per fact about this store. Truth.
    key   TEXT NOT NULL PRIMARY KEY, -- store_uuid, created_at, created_by_version, tables_by
    value TEXT NOT NULL              -- its value as text; tables_by: rscn, or other when the code_notebook tables were there before us
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_cell (
    -- The cells of each notebook. Truth: the key is what a cell stays through all its edits and names (W-39).
    notebook_name TEXT NOT NULL,     -- as in code_notebook_cell
    cell_key      TEXT NOT NULL,     -- never changes and is never given to another cell of the notebook
    cell_name     TEXT NOT NULL,     -- present name: given by %cell or the client's metadata, else the key
    nbformat_id   TEXT,              -- id of the cell in the notebook file, if it was ever seen
    position      INTEGER NOT NULL,  -- order of first appearance in the notebook, from 1
    created_at    TEXT NOT NULL,     -- when it was first run
    PRIMARY KEY (notebook_name, cell_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX main.rscn_cell_position ON rscn_cell (notebook_name, position);
CREATE INDEX main.rscn_cell_name ON rscn_cell (notebook_name, cell_name);

CREATE TABLE main.rscn_cell_version (
    -- Which cell and which version of it each code_notebook_cell row of ours is. Truth.
    code_notebook_cell_id TEXT NOT NULL PRIMARY KEY, -- the row in code_notebook_cell
    notebook_name         TEXT NOT NULL,             -- of the cell
    cell_key              TEXT NOT NULL,             -- of the cell
    version               INTEGER NOT NULL,          -- 1, 2, 3 … per cell_name of the notebook; rows with the same code share it
    FOREIGN KEY (notebook_name, cell_key) REFERENCES rscn_cell (notebook_name, cell_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_run (
    -- A run: everything one kernel process executes for one notebook. Truth.
    session_number INTEGER PRIMARY KEY,  -- Jupyter's history session: counts all runs of the store
    run_id         TEXT NOT NULL UNIQUE, -- ULID
    notebook_name  TEXT NOT NULL,        -- which notebook
    number         INTEGER NOT NULL,     -- 1, 2, 3 … per notebook
    client         TEXT,                 -- JupyterLab, nbconvert, papermill, console, rscn run …; NULL: not known
    parameters     TEXT CHECK (parameters IS NULL OR json_valid(parameters)), -- object of name to value set in the run (%param)
    kernel_pid     INTEGER NOT NULL,     -- process that ran it
    host_name      TEXT NOT NULL,        -- its machine
    user_name      TEXT NOT NULL,        -- login of the real uid
    started_at     TEXT NOT NULL,        -- first execution
    ended_at       TEXT,                 -- orderly end of the kernel; NULL: still running, or it was killed
    UNIQUE (notebook_name, number)
) STRICT;

CREATE TABLE main.rscn_run_target (
    -- What a database looked like at its first use in a run. Truth.
    run_id        TEXT NOT NULL REFERENCES rscn_run (run_id), -- which run
    target        TEXT NOT NULL,    -- store, real path of the file, :memory: or URI
    size_bytes    INTEGER NOT NULL, -- of the file
    modified_at   TEXT,             -- of the file; NULL in memory
    schema_hash   TEXT NOT NULL,    -- SHA-256 over the sorted CREATE texts
    first_used_at TEXT NOT NULL,    -- when
    PRIMARY KEY (run_id, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_execution (
    -- One row per execute request, written once, when it has ended. Truth, append-only.
    -- Texts that may be long stand last, so that reading the others need not walk through them.
    execution_number      INTEGER PRIMARY KEY,  -- order of recording
    execution_id          TEXT NOT NULL UNIQUE, -- ULID
    run_id                TEXT NOT NULL REFERENCES rscn_run (run_id) DEFERRABLE INITIALLY DEFERRED, -- rscn_run
    notebook_name         TEXT NOT NULL,        -- of the cell
    cell_key              TEXT NOT NULL,        -- rscn_cell
    code_notebook_cell_id TEXT NOT NULL,        -- the version that ran: code_notebook_cell
    code_hash             TEXT NOT NULL,        -- SHA-256 of the bytes that ran (R-8)
    engine                TEXT NOT NULL,        -- SQLite
    engine_version        TEXT NOT NULL,        -- 3.40.1
    target                TEXT NOT NULL,        -- database: store, real path, :memory: or URI
    state                 TEXT NOT NULL,        -- state it ended in; rscn_transition knows what came later
    reason                TEXT,                 -- why, as a phrase
    effect                TEXT CHECK (effect IN ('none', 'committed', 'partial', 'open')), -- on the target; NULL: not known
    rows                  INTEGER,              -- rows of all its results; NULL: not known
    changes               INTEGER,              -- rows inserted, updated, deleted
    execution_count       INTEGER,              -- Jupyter's In [n]
    is_silent             INTEGER NOT NULL,     -- 1: the client asked for silence
    in_history            INTEGER NOT NULL,     -- 1: the client's store_history
    client_session        TEXT NOT NULL,        -- header.session of the request
    msg_id                TEXT NOT NULL,        -- header.msg_id of the request
    client_user           TEXT,                 -- header.username of the request, as claimed
    user_name             TEXT NOT NULL,        -- login of the real uid
    user_claimed          TEXT CHECK (user_claimed IS NULL OR json_valid(user_claimed)), -- object: JUPYTERHUB_USER, SUDO_USER
    host_name             TEXT NOT NULL,        -- machine that ran it
    identified_by         TEXT NOT NULL CHECK (json_valid(identified_by)), -- array of words, strongest first: how notebook and cell were found
    client_cell           TEXT CHECK (client_cell IS NULL OR json_valid(client_cell)), -- object: cellId and whether the file has ids (FE-45)
    outputs               INTEGER NOT NULL,     -- rows in rscn_output
    outputs_complete      INTEGER NOT NULL,     -- 0: the kernel died or output could not be kept
    received_at           TEXT NOT NULL,        -- the request reached the kernel
    started_at            TEXT,                 -- it began to run; NULL: never
    ended_at              TEXT,                 -- it ended; NULL: not known (the kernel died)
    recovered_at          TEXT,                 -- written from the in-flight file of a dead kernel; NULL: by the kernel itself
    arguments             TEXT CHECK (arguments IS NULL OR json_valid(arguments)), -- object: parameter values it ran with
    error                 TEXT CHECK (error IS NULL OR json_valid(error)), -- object: ename, evalue, traceback
    reply                 TEXT CHECK (reply IS NULL OR json_valid(reply)), -- content of the execute_reply, sent again to a client that asks again
    UNIQUE (client_session, msg_id)
) STRICT;
-- Each ends in execution_number, which SQLite adds: newest first needs no sorting.
CREATE INDEX main.rscn_execution_notebook ON rscn_execution (notebook_name, is_silent);
CREATE INDEX main.rscn_execution_cell ON rscn_execution (notebook_name, cell_key, is_silent);
CREATE INDEX main.rscn_execution_version ON rscn_execution (code_notebook_cell_id, state, target);
CREATE INDEX main.rscn_execution_run ON rscn_execution (run_id, is_silent, state);

CREATE TABLE main.rscn_transition (
    -- The steps of each execution; the first one starts from INITIAL, each other from the step before. Truth, append-only.
    execution_number INTEGER NOT NULL REFERENCES rscn_execution (execution_number) DEFERRABLE INITIALLY DEFERRED, -- rscn_execution
    step             INTEGER NOT NULL, -- from 1
    to_state         TEXT NOT NULL,    -- the new state
    at               TEXT,             -- when; NULL: not known
    reason           TEXT,             -- why, as a phrase
    PRIMARY KEY (execution_number, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_legal_transition (
    -- The steps that are legal (the same table as in model/states.c). Truth.
    from_state TEXT NOT NULL, -- state before
    to_state   TEXT NOT NULL, -- state after
    PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO main.rscn_legal_transition (from_state, to_state) VALUES
    ('INITIAL', 'PENDING'),
    ('PENDING', 'RUNNING'), ('PENDING', 'REJECTED'), ('PENDING', 'SKIPPED'), ('PENDING', 'CANCELED'),
    ('PENDING', 'TIMED_OUT'), ('PENDING', 'ENGINE_ERROR'),
    ('RUNNING', 'EXECUTED'), ('RUNNING', 'FAILED'), ('RUNNING', 'INTERRUPTED'), ('RUNNING', 'TIMED_OUT'),
    ('RUNNING', 'ENGINE_ERROR'), ('RUNNING', 'SKIPPED'), ('RUNNING', 'UNKNOWN'), ('RUNNING', 'PENDING'),
    ('UNKNOWN', 'EXECUTED'), ('UNKNOWN', 'PENDING'),
    ('EXECUTED', 'ROLLED_BACK');

CREATE TABLE main.rscn_output (
    -- Every output message of an execution, in order. Truth, append-only.
    execution_number INTEGER NOT NULL REFERENCES rscn_execution (execution_number) DEFERRABLE INITIALLY DEFERRED, -- rscn_execution
    position         INTEGER NOT NULL, -- from 1
    msg_type         TEXT NOT NULL,    -- stream, display_data, execute_result, error …
    content          TEXT NOT NULL CHECK (json_valid(content)), -- the message's content with its whole MIME bundle
    at               TEXT NOT NULL,    -- when it was sent
    PRIMARY KEY (execution_number, position)
) STRICT;

-- History is append-only: no UPDATE, no DELETE, and no INSERT of a key that exists, because REPLACE fires no DELETE trigger (K-20).
-- In the three tables that every execution writes, the last one raises FAIL and foreign keys are deferred: with ABORT, SQLite would copy each
-- page before it is written, to be able to undo the statement.
CREATE TRIGGER main.rscn_execution_no_update BEFORE UPDATE ON rscn_execution
BEGIN SELECT RAISE(ABORT, 'rscn_execution is append-only'); END;
CREATE TRIGGER main.rscn_execution_no_delete BEFORE DELETE ON rscn_execution
BEGIN SELECT RAISE(ABORT, 'rscn_execution is append-only'); END;
CREATE TRIGGER main.rscn_execution_no_replace BEFORE INSERT ON rscn_execution
WHEN EXISTS (SELECT 1 FROM rscn_execution WHERE execution_number = NEW.execution_number OR execution_id = NEW.execution_id
             OR (client_session = NEW.client_session AND msg_id = NEW.msg_id))
BEGIN SELECT RAISE(FAIL, 'rscn_execution is append-only: this execution is recorded already'); END;

CREATE TRIGGER main.rscn_transition_no_update BEFORE UPDATE ON rscn_transition
BEGIN SELECT RAISE(ABORT, 'rscn_transition is append-only'); END;
CREATE TRIGGER main.rscn_transition_no_delete BEFORE DELETE ON rscn_transition
BEGIN SELECT RAISE(ABORT, 'rscn_transition is append-only'); END;
CREATE TRIGGER main.rscn_transition_no_replace BEFORE INSERT ON rscn_transition
WHEN EXISTS (SELECT 1 FROM rscn_transition WHERE execution_number = NEW.execution_number AND step = NEW.step)
BEGIN SELECT RAISE(FAIL, 'rscn_transition is append-only'); END;
CREATE TRIGGER main.rscn_transition_legal BEFORE INSERT ON rscn_transition
WHEN NOT EXISTS (SELECT 1 FROM rscn_legal_transition
                 WHERE to_state = NEW.to_state
                   AND from_state = CASE WHEN NEW.step = 1 THEN 'INITIAL'
                                    ELSE (SELECT to_state FROM rscn_transition
                                          WHERE execution_number = NEW.execution_number AND step = NEW.step - 1) END)
BEGIN SELECT RAISE(FAIL, 'rscn_transition: this step is not legal'); END;

CREATE TRIGGER main.rscn_output_no_update BEFORE UPDATE ON rscn_output
BEGIN SELECT RAISE(ABORT, 'rscn_output is append-only'); END;
CREATE TRIGGER main.rscn_output_no_delete BEFORE DELETE ON rscn_output
BEGIN SELECT RAISE(ABORT, 'rscn_output is append-only'); END;
CREATE TRIGGER main.rscn_output_no_replace BEFORE INSERT ON rscn_output
WHEN EXISTS (SELECT 1 FROM rscn_output WHERE execution_number = NEW.execution_number AND position = NEW.position)
BEGIN SELECT RAISE(FAIL, 'rscn_output is append-only'); END;

CREATE TRIGGER main.rscn_cell_version_no_update BEFORE UPDATE ON rscn_cell_version
BEGIN SELECT RAISE(ABORT, 'rscn_cell_version is append-only'); END;
CREATE TRIGGER main.rscn_cell_version_no_delete BEFORE DELETE ON rscn_cell_version
BEGIN SELECT RAISE(ABORT, 'rscn_cell_version is append-only'); END;
CREATE TRIGGER main.rscn_cell_version_no_replace BEFORE INSERT ON rscn_cell_version
WHEN EXISTS (SELECT 1 FROM rscn_cell_version WHERE code_notebook_cell_id = NEW.code_notebook_cell_id)
BEGIN SELECT RAISE(ABORT, 'rscn_cell_version is append-only'); END;

CREATE TRIGGER main.rscn_run_no_delete BEFORE DELETE ON rscn_run
BEGIN SELECT RAISE(ABORT, 'rscn_run is append-only'); END;
CREATE TRIGGER main.rscn_run_no_replace BEFORE INSERT ON rscn_run
WHEN EXISTS (SELECT 1 FROM rscn_run WHERE session_number = NEW.session_number OR run_id = NEW.run_id
             OR (notebook_name = NEW.notebook_name AND number = NEW.number))
BEGIN SELECT RAISE(ABORT, 'rscn_run is append-only'); END;
CREATE TRIGGER main.rscn_run_no_update
BEFORE UPDATE OF session_number, run_id, notebook_name, number, client, kernel_pid, host_name, user_name, started_at ON rscn_run
BEGIN SELECT RAISE(ABORT, 'rscn_run: only the end and the parameters of a run can be set'); END;

CREATE TRIGGER main.rscn_run_target_no_update BEFORE UPDATE ON rscn_run_target
BEGIN SELECT RAISE(ABORT, 'rscn_run_target is append-only'); END;
CREATE TRIGGER main.rscn_run_target_no_delete BEFORE DELETE ON rscn_run_target
BEGIN SELECT RAISE(ABORT, 'rscn_run_target is append-only'); END;
CREATE TRIGGER main.rscn_run_target_no_replace BEFORE INSERT ON rscn_run_target
WHEN EXISTS (SELECT 1 FROM rscn_run_target WHERE run_id = NEW.run_id AND target = NEW.target)
BEGIN SELECT RAISE(ABORT, 'rscn_run_target is append-only'); END;

CREATE VIEW main.rscn_log AS
-- The record for people: one row per execution that was not silent, newest first. Derived.
SELECT e.execution_id, e.started_at, e.notebook_name AS notebook, n.cell_name AS cell, v.version,
       (SELECT t.to_state FROM rscn_transition AS t WHERE t.execution_number = e.execution_number ORDER BY t.step DESC LIMIT 1) AS state, e.rows, e.changes, e.target,
       json_extract(e.error, '$.evalue') AS error, e.user_name AS user, r.client, r.number AS run, e.code_hash,
       n.interpretable_code AS code
FROM rscn_execution AS e
LEFT JOIN rscn_run AS r ON r.run_id = e.run_id
LEFT JOIN rscn_cell_version AS v ON v.code_notebook_cell_id = e.code_notebook_cell_id
LEFT JOIN code_notebook_cell AS n ON n.code_notebook_cell_id = e.code_notebook_cell_id
WHERE e.is_silent = 0
ORDER BY e.execution_number DESC;
