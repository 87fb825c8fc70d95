-- SPDX-License-Identifier: Apache-2.0
-- What the statements of an execution touched, so that one can ask which text made or changed a table.

CREATE TABLE main.rscn_object (
    -- The objects that each statement of an execution made, changed, wrote and read, as SQLite's authorizer told. Truth, append-only.
    execution_number INTEGER NOT NULL REFERENCES rscn_execution (execution_number) DEFERRABLE INITIALLY DEFERRED, -- rscn_execution
    position         INTEGER NOT NULL, -- from 1
    statement        INTEGER NOT NULL, -- number of the statement in the cell, from 1
    line             INTEGER NOT NULL, -- of the cell, from 1, where the statement begins
    action           TEXT NOT NULL CHECK (action IN ('create', 'alter', 'drop', 'write', 'read')), -- what was done
    database         TEXT NOT NULL,    -- main, temp, or the name of an attached database
    file             TEXT,             -- of an attached database: store, real path or :memory:; NULL: the execution's target
    name             TEXT NOT NULL COLLATE NOCASE, -- table, view, index or trigger
    columns          TEXT CHECK (columns IS NULL OR json_valid(columns)), -- array of names; NULL: the whole object
    through          TEXT,             -- view, trigger, index, or table with a foreign key or with parts, that the statement reached it by; NULL: named in the statement
    renamed_from     TEXT COLLATE NOCASE, -- ALTER TABLE … RENAME TO: the name before
    changes          INTEGER,          -- rows that the statement inserted, updated or deleted; NULL: not known
    effect           TEXT NOT NULL CHECK (effect IN ('none', 'committed', 'open')), -- what was left of it when the execution ended; none: it failed, was taken back, or only read
    PRIMARY KEY (execution_number, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX main.rscn_object_name ON rscn_object (name);
CREATE INDEX main.rscn_object_life ON rscn_object (name) WHERE action IN ('create', 'alter', 'drop');
CREATE INDEX main.rscn_object_renamed ON rscn_object (renamed_from) WHERE renamed_from IS NOT NULL;

CREATE TRIGGER main.rscn_object_no_update BEFORE UPDATE ON rscn_object
BEGIN SELECT RAISE(ABORT, 'rscn_object is append-only'); END;
CREATE TRIGGER main.rscn_object_no_delete BEFORE DELETE ON rscn_object
BEGIN SELECT RAISE(ABORT, 'rscn_object is append-only'); END;
CREATE TRIGGER main.rscn_object_no_replace BEFORE INSERT ON rscn_object
WHEN EXISTS (SELECT 1 FROM rscn_object WHERE execution_number = NEW.execution_number AND position = NEW.position)
BEGIN SELECT RAISE(FAIL, 'rscn_object is append-only'); END;
