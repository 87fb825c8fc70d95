-- SPDX-License-Identifier: Apache-2.0
--
-- The record costs less to write.
-- The steps of an execution are told by its row (they are its times and its state) and are rows of their own only when they came later:
-- rscn_transition is now a view with the same columns. The index over versions holds only cells that run once, which alone ask it.
-- Checks that an execution is new look each key up by itself.
-- Runs with foreign keys off: rscn_execution is made anew under its name.

CREATE TABLE main.rscn_step (
    -- The steps of executions that their row does not tell: what came after it was written. Truth, append-only.
    -- rscn_transition shows them with the others.
    execution_number INTEGER NOT NULL REFERENCES rscn_execution (execution_number) DEFERRABLE INITIALLY DEFERRED, -- rscn_execution
    step             INTEGER NOT NULL, -- counts on from the steps that the row tells
    to_state         TEXT NOT NULL,    -- the new state
    at               TEXT,             -- when; NULL: not known
    reason           TEXT,             -- why, as a phrase
    PRIMARY KEY (execution_number, step)
) STRICT, WITHOUT ROWID;
INSERT INTO main.rscn_step (execution_number, step, to_state, at, reason)
SELECT execution_number, step, to_state, at, reason FROM main.rscn_transition ORDER BY execution_number, step;
DROP VIEW main.rscn_log;
DROP TABLE main.rscn_transition;

CREATE TABLE main.rscn_execution_next (
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
    state                 TEXT NOT NULL,        -- state it ended in; rscn_step knows what came later
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
    steps                 INTEGER NOT NULL CHECK ( -- how many of its steps this row tells, see rscn_transition; 0: rscn_step has all
        steps = 3 AND started_at IS NOT NULL AND (state = 'EXECUTED'
            OR state IN ('FAILED', 'INTERRUPTED', 'TIMED_OUT', 'ENGINE_ERROR', 'SKIPPED', 'UNKNOWN'))
        OR steps = 2 AND started_at IS NULL AND state IN ('REJECTED', 'SKIPPED', 'CANCELED', 'TIMED_OUT', 'ENGINE_ERROR')
        OR steps = 0),
    runs_once             INTEGER NOT NULL,     -- 1: its cell's name says that it runs once
    received_at           TEXT NOT NULL,        -- the request reached the kernel
    started_at            TEXT,                 -- it began to run; NULL: never
    ended_at              TEXT,                 -- it ended; NULL: not known (the kernel died)
    recovered_at          TEXT,                 -- written from the in-flight file of a dead kernel; NULL: by the kernel itself
    arguments             TEXT CHECK (arguments IS NULL OR json_valid(arguments)), -- object: parameter values it ran with
    error                 TEXT CHECK (error IS NULL OR json_valid(error)), -- object: ename, evalue, traceback
    reply                 TEXT CHECK (reply IS NULL OR json_valid(reply)), -- content of the execute_reply, sent again to a client that asks again
    UNIQUE (client_session, msg_id)
) STRICT;
INSERT INTO main.rscn_execution_next (
    execution_number, execution_id, run_id, notebook_name, cell_key, code_notebook_cell_id, code_hash, engine, engine_version, target, state, reason,
    effect, rows, changes, execution_count, is_silent, in_history, client_session, msg_id, client_user, user_name, user_claimed, host_name,
    identified_by, client_cell, outputs, outputs_complete, steps, runs_once, received_at, started_at, ended_at, recovered_at, arguments, error,
    reply)
SELECT
    execution_number, execution_id, run_id, notebook_name, cell_key, code_notebook_cell_id, code_hash, engine, engine_version, target, state, reason,
    effect, rows, changes, execution_count, is_silent, in_history, client_session, msg_id, client_user, user_name, user_claimed, host_name,
    identified_by, client_cell, outputs, outputs_complete, 0,
    EXISTS (SELECT 1 FROM code_notebook_cell AS c WHERE c.code_notebook_cell_id = e.code_notebook_cell_id AND instr(c.cell_name, '_once_') > 0),
    received_at, started_at, ended_at, recovered_at, arguments, error, reply
FROM main.rscn_execution AS e ORDER BY execution_number;
DROP TABLE main.rscn_execution;
ALTER TABLE main.rscn_execution_next RENAME TO rscn_execution;
-- Each ends in execution_number, which SQLite adds: newest first needs no sorting.
CREATE INDEX main.rscn_execution_notebook ON rscn_execution (notebook_name, is_silent);
CREATE INDEX main.rscn_execution_cell ON rscn_execution (notebook_name, cell_key, is_silent);
CREATE INDEX main.rscn_execution_run ON rscn_execution (run_id, is_silent, state);
CREATE INDEX main.rscn_execution_once ON rscn_execution (code_notebook_cell_id, state, target) WHERE runs_once = 1;

CREATE VIEW main.rscn_transition AS
-- The steps of each execution; the first one starts from INITIAL, each other from the step before. Derived.
SELECT execution_number, 1 AS step, 'PENDING' AS to_state, received_at AS at, NULL AS reason FROM rscn_execution WHERE steps > 0
UNION ALL
SELECT execution_number, 2, 'RUNNING', started_at, NULL FROM rscn_execution WHERE steps = 3
UNION ALL
SELECT execution_number, steps, state, ended_at, reason FROM rscn_execution WHERE steps > 0
UNION ALL
SELECT execution_number, step, to_state, at, reason FROM rscn_step;

-- Append-only, as before: RAISE(FAIL) where every execution writes.
CREATE TRIGGER main.rscn_execution_no_update BEFORE UPDATE ON rscn_execution
BEGIN SELECT RAISE(ABORT, 'rscn_execution is append-only'); END;
CREATE TRIGGER main.rscn_execution_no_delete BEFORE DELETE ON rscn_execution
BEGIN SELECT RAISE(ABORT, 'rscn_execution is append-only'); END;
CREATE TRIGGER main.rscn_execution_no_replace BEFORE INSERT ON rscn_execution
WHEN EXISTS (SELECT 1 FROM rscn_execution WHERE client_session = NEW.client_session AND msg_id = NEW.msg_id)
  OR EXISTS (SELECT 1 FROM rscn_execution WHERE execution_id = NEW.execution_id)
  OR EXISTS (SELECT 1 FROM rscn_execution WHERE execution_number = NEW.execution_number)
BEGIN SELECT RAISE(FAIL, 'rscn_execution is append-only: this execution is recorded already'); END;

CREATE TRIGGER main.rscn_step_no_update BEFORE UPDATE ON rscn_step
BEGIN SELECT RAISE(ABORT, 'rscn_step is append-only'); END;
CREATE TRIGGER main.rscn_step_no_delete BEFORE DELETE ON rscn_step
BEGIN SELECT RAISE(ABORT, 'rscn_step is append-only'); END;
CREATE TRIGGER main.rscn_step_no_replace BEFORE INSERT ON rscn_step
WHEN EXISTS (SELECT 1 FROM rscn_transition WHERE execution_number = NEW.execution_number AND step = NEW.step)
BEGIN SELECT RAISE(FAIL, 'rscn_step is append-only'); END;
CREATE TRIGGER main.rscn_step_legal BEFORE INSERT ON rscn_step
WHEN NOT EXISTS (SELECT 1 FROM rscn_legal_transition
                 WHERE to_state = NEW.to_state
                   AND from_state = CASE WHEN NEW.step = 1 THEN 'INITIAL'
                                    ELSE (SELECT to_state FROM rscn_transition
                                          WHERE execution_number = NEW.execution_number AND step = NEW.step - 1) END)
BEGIN SELECT RAISE(FAIL, 'rscn_step: this step is not legal'); END;

CREATE VIEW main.rscn_log AS
-- The record for people: one row per execution that was not silent, newest first. Derived.
SELECT e.execution_id, e.started_at, e.notebook_name AS notebook, n.cell_name AS cell, v.version,
       coalesce((SELECT t.to_state FROM rscn_step AS t WHERE t.execution_number = e.execution_number ORDER BY t.step DESC LIMIT 1), e.state) AS state, e.rows, e.changes, e.target,
       json_extract(e.error, '$.evalue') AS error, e.user_name AS user, r.client, r.number AS run, e.code_hash,
       n.interpretable_code AS code
FROM rscn_execution AS e
LEFT JOIN rscn_run AS r ON r.run_id = e.run_id
LEFT JOIN rscn_cell_version AS v ON v.code_notebook_cell_id = e.code_notebook_cell_id
LEFT JOIN code_notebook_cell AS n ON n.code_notebook_cell_id = e.code_notebook_cell_id
WHERE e.is_silent = 0
ORDER BY e.execution_number DESC;
