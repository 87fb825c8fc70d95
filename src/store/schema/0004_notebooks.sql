-- SPDX-License-Identifier: Apache-2.0
--
-- Notebook files: every state of them byte for byte, and what each cell was in it.

CREATE TABLE main.rscn_notebook (
    -- Notebooks that came from a file, or were renamed or removed. Truth.
    notebook_name TEXT NOT NULL PRIMARY KEY, -- as in all tables: the name under which it was first recorded; never changes
    name          TEXT NOT NULL UNIQUE,      -- its present name
    path          TEXT,                      -- file that it was found in last; NULL: no file
    created_at    TEXT NOT NULL,             -- when this row was made
    removed_at    TEXT,                      -- hidden since; history stays
    removed_by    TEXT                       -- by whom
) STRICT, WITHOUT ROWID;
-- By the last part of the name: a file that was moved mostly keeps it.
CREATE INDEX main.rscn_notebook_base ON rscn_notebook (substr(name, 1 + length(rtrim(name, replace(name, '/', '')))));

CREATE TABLE main.rscn_content (
    -- Large pieces of notebook files (outputs, attachments), once each however many versions hold them. Truth, append-only.
    content_number INTEGER PRIMARY KEY,  -- names it in rscn_snapshot_part
    sha256         TEXT NOT NULL UNIQUE, -- of the bytes, as hex
    bytes          BLOB NOT NULL         -- JSON text of a value, as it stands in the file
) STRICT;

CREATE TABLE main.rscn_snapshot (
    -- The bytes of a notebook file; its large pieces stand in rscn_content. Truth, append-only.
    snapshot_number INTEGER PRIMARY KEY,  -- names it in rscn_notebook_version
    sha256          TEXT NOT NULL UNIQUE, -- of the whole file, as hex
    size            INTEGER NOT NULL,     -- of the whole file in bytes
    text            BLOB NOT NULL         -- the file without its large pieces
) STRICT;

CREATE TABLE main.rscn_snapshot_part (
    -- Where the large pieces stand in a file. Truth, append-only.
    snapshot_number INTEGER NOT NULL REFERENCES rscn_snapshot (snapshot_number), -- the file
    offset          INTEGER NOT NULL, -- in the whole file, in bytes
    content_number  INTEGER NOT NULL REFERENCES rscn_content (content_number), -- the piece
    PRIMARY KEY (snapshot_number, offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_notebook_version (
    -- The states of each notebook: 1, 2, 3 … Truth, append-only.
    notebook_name   TEXT NOT NULL REFERENCES rscn_notebook (notebook_name), -- of which notebook
    version         INTEGER NOT NULL, -- from 1
    parent          INTEGER,          -- version it was made from; NULL: the first one
    snapshot_number INTEGER NOT NULL REFERENCES rscn_snapshot (snapshot_number), -- its bytes
    origin          TEXT NOT NULL CHECK (origin IN ('import', 'execution', 'edit', 'restore')), -- how it came
    run_id          TEXT,             -- rscn_run that noticed it; NULL: none
    path            TEXT,             -- file it was taken from; NULL: standard input
    cells           INTEGER NOT NULL, -- how many
    code_hash       TEXT NOT NULL,    -- SHA-256 over the key and normal_hash of its code cells in order (W-31)
    created_at      TEXT NOT NULL,    -- when it was taken in
    user_name       TEXT NOT NULL,    -- by whom
    host_name       TEXT NOT NULL,    -- on which machine
    PRIMARY KEY (notebook_name, version),
    FOREIGN KEY (notebook_name, parent) REFERENCES rscn_notebook_version (notebook_name, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX main.rscn_notebook_version_snapshot ON rscn_notebook_version (snapshot_number);

CREATE TABLE main.rscn_notebook_cell (
    -- The cells of each version of a notebook. Truth, append-only.
    notebook_name         TEXT NOT NULL,    -- of which notebook
    version               INTEGER NOT NULL, -- of the notebook
    cell_key              TEXT NOT NULL,    -- rscn_cell
    position              INTEGER NOT NULL, -- from 1
    type                  TEXT NOT NULL CHECK (type IN ('code', 'markdown', 'raw', 'other')), -- as in nbformat 4
    code_notebook_cell_id TEXT NOT NULL,    -- its text: code_notebook_cell
    nbformat_id           TEXT,             -- id in the file (or Colab's); NULL: none
    metadata_uuid         TEXT,             -- metadata.uuid in the file; NULL: none
    normal_hash           TEXT NOT NULL,    -- SHA-256 of the text without comments and layout; derived
    normal_scheme         INTEGER NOT NULL, -- which rules made it
    outputs               INTEGER NOT NULL, -- how many outputs it has in the file: imported, not executions
    outputs_hash          TEXT,             -- SHA-256 of their JSON text, in which the SHA-256 of large pieces stand for them; NULL: none
    matched_by            TEXT NOT NULL,    -- evidence that it is this cell: new, id, text …
    score                 REAL NOT NULL,    -- of the evidence, 0 to 1
    PRIMARY KEY (notebook_name, version, cell_key),
    FOREIGN KEY (notebook_name, version) REFERENCES rscn_notebook_version (notebook_name, version),
    FOREIGN KEY (notebook_name, cell_key) REFERENCES rscn_cell (notebook_name, cell_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_cell_lineage (
    -- Which cell came out of which other one: split, merged, copied. Truth, append-only.
    notebook_name TEXT NOT NULL,    -- of which notebook
    version       INTEGER NOT NULL, -- in which it appeared
    cell_key      TEXT NOT NULL,    -- the cell
    from_key      TEXT NOT NULL,    -- came out of this one
    how           TEXT NOT NULL CHECK (how IN ('split', 'merge', 'copy')), -- what was done
    score         REAL NOT NULL,    -- of the evidence, 0 to 1
    PRIMARY KEY (notebook_name, version, cell_key, from_key),
    FOREIGN KEY (notebook_name, version) REFERENCES rscn_notebook_version (notebook_name, version),
    FOREIGN KEY (notebook_name, cell_key) REFERENCES rscn_cell (notebook_name, cell_key),
    FOREIGN KEY (notebook_name, from_key) REFERENCES rscn_cell (notebook_name, cell_key)
) STRICT, WITHOUT ROWID;

-- Cells that came back are looked for among those that went last; files that were renamed, by the ids of their cells.
ALTER TABLE main.rscn_cell ADD COLUMN gone_in INTEGER; -- first version of the notebook without it; NULL: it is in the newest one, or never was in any
CREATE INDEX main.rscn_cell_nbformat_id ON rscn_cell (nbformat_id) WHERE nbformat_id IS NOT NULL;

-- Append-only, as before. Of a notebook only its present name, its file and whether it is removed can change.
CREATE TRIGGER main.rscn_notebook_no_update BEFORE UPDATE ON rscn_notebook
WHEN NEW.notebook_name IS NOT OLD.notebook_name OR NEW.created_at IS NOT OLD.created_at
  OR EXISTS (SELECT 1 FROM rscn_notebook WHERE name = NEW.name AND notebook_name <> OLD.notebook_name)
BEGIN SELECT RAISE(ABORT, 'rscn_notebook: only name, file and removal of a notebook can be set, and no name twice'); END;
CREATE TRIGGER main.rscn_notebook_no_delete BEFORE DELETE ON rscn_notebook
BEGIN SELECT RAISE(ABORT, 'rscn_notebook is append-only'); END;
CREATE TRIGGER main.rscn_notebook_no_replace BEFORE INSERT ON rscn_notebook
WHEN EXISTS (SELECT 1 FROM rscn_notebook WHERE notebook_name = NEW.notebook_name)
  OR EXISTS (SELECT 1 FROM rscn_notebook WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'rscn_notebook is append-only'); END;

CREATE TRIGGER main.rscn_content_no_update BEFORE UPDATE ON rscn_content
BEGIN SELECT RAISE(ABORT, 'rscn_content is append-only'); END;
CREATE TRIGGER main.rscn_content_no_delete BEFORE DELETE ON rscn_content
BEGIN SELECT RAISE(ABORT, 'rscn_content is append-only'); END;
CREATE TRIGGER main.rscn_content_no_replace BEFORE INSERT ON rscn_content
WHEN EXISTS (SELECT 1 FROM rscn_content WHERE content_number = NEW.content_number)
  OR EXISTS (SELECT 1 FROM rscn_content WHERE sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'rscn_content is append-only'); END;

CREATE TRIGGER main.rscn_snapshot_no_update BEFORE UPDATE ON rscn_snapshot
BEGIN SELECT RAISE(ABORT, 'rscn_snapshot is append-only'); END;
CREATE TRIGGER main.rscn_snapshot_no_delete BEFORE DELETE ON rscn_snapshot
BEGIN SELECT RAISE(ABORT, 'rscn_snapshot is append-only'); END;
CREATE TRIGGER main.rscn_snapshot_no_replace BEFORE INSERT ON rscn_snapshot
WHEN EXISTS (SELECT 1 FROM rscn_snapshot WHERE snapshot_number = NEW.snapshot_number)
  OR EXISTS (SELECT 1 FROM rscn_snapshot WHERE sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'rscn_snapshot is append-only'); END;

CREATE TRIGGER main.rscn_snapshot_part_no_update BEFORE UPDATE ON rscn_snapshot_part
BEGIN SELECT RAISE(ABORT, 'rscn_snapshot_part is append-only'); END;
CREATE TRIGGER main.rscn_snapshot_part_no_delete BEFORE DELETE ON rscn_snapshot_part
BEGIN SELECT RAISE(ABORT, 'rscn_snapshot_part is append-only'); END;
CREATE TRIGGER main.rscn_snapshot_part_no_replace BEFORE INSERT ON rscn_snapshot_part
WHEN EXISTS (SELECT 1 FROM rscn_snapshot_part WHERE snapshot_number = NEW.snapshot_number AND offset = NEW.offset)
BEGIN SELECT RAISE(ABORT, 'rscn_snapshot_part is append-only'); END;

CREATE TRIGGER main.rscn_notebook_version_no_update BEFORE UPDATE ON rscn_notebook_version
BEGIN SELECT RAISE(ABORT, 'rscn_notebook_version is append-only'); END;
CREATE TRIGGER main.rscn_notebook_version_no_delete BEFORE DELETE ON rscn_notebook_version
BEGIN SELECT RAISE(ABORT, 'rscn_notebook_version is append-only'); END;
CREATE TRIGGER main.rscn_notebook_version_no_replace BEFORE INSERT ON rscn_notebook_version
WHEN EXISTS (SELECT 1 FROM rscn_notebook_version WHERE notebook_name = NEW.notebook_name AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'rscn_notebook_version is append-only'); END;

CREATE TRIGGER main.rscn_notebook_cell_no_update BEFORE UPDATE ON rscn_notebook_cell
BEGIN SELECT RAISE(ABORT, 'rscn_notebook_cell is append-only'); END;
CREATE TRIGGER main.rscn_notebook_cell_no_delete BEFORE DELETE ON rscn_notebook_cell
BEGIN SELECT RAISE(ABORT, 'rscn_notebook_cell is append-only'); END;
CREATE TRIGGER main.rscn_notebook_cell_no_replace BEFORE INSERT ON rscn_notebook_cell
WHEN EXISTS (SELECT 1 FROM rscn_notebook_cell WHERE notebook_name = NEW.notebook_name AND version = NEW.version AND cell_key = NEW.cell_key)
BEGIN SELECT RAISE(ABORT, 'rscn_notebook_cell is append-only'); END;

CREATE TRIGGER main.rscn_cell_lineage_no_update BEFORE UPDATE ON rscn_cell_lineage
BEGIN SELECT RAISE(ABORT, 'rscn_cell_lineage is append-only'); END;
CREATE TRIGGER main.rscn_cell_lineage_no_delete BEFORE DELETE ON rscn_cell_lineage
BEGIN SELECT RAISE(ABORT, 'rscn_cell_lineage is append-only'); END;
CREATE TRIGGER main.rscn_cell_lineage_no_replace BEFORE INSERT ON rscn_cell_lineage
WHEN EXISTS (SELECT 1 FROM rscn_cell_lineage WHERE notebook_name = NEW.notebook_name AND version = NEW.version
             AND cell_key = NEW.cell_key AND from_key = NEW.from_key)
BEGIN SELECT RAISE(ABORT, 'rscn_cell_lineage is append-only'); END;

DROP VIEW main.rscn_log;
CREATE VIEW main.rscn_log AS
-- The record for people: one row per execution that was not silent, newest first. Derived.
SELECT e.execution_id, e.started_at, coalesce(b.name, e.notebook_name) AS notebook, n.cell_name AS cell, v.version,
       coalesce((SELECT t.to_state FROM rscn_step AS t WHERE t.execution_number = e.execution_number ORDER BY t.step DESC LIMIT 1), e.state) AS state, e.rows, e.changes, e.target,
       json_extract(e.error, '$.evalue') AS error, e.user_name AS user, r.client, r.number AS run, e.code_hash,
       n.interpretable_code AS code
FROM rscn_execution AS e
LEFT JOIN rscn_notebook AS b ON b.notebook_name = e.notebook_name
LEFT JOIN rscn_run AS r ON r.run_id = e.run_id
LEFT JOIN rscn_cell_version AS v ON v.code_notebook_cell_id = e.code_notebook_cell_id
LEFT JOIN code_notebook_cell AS n ON n.code_notebook_cell_id = e.code_notebook_cell_id
WHERE e.is_silent = 0
ORDER BY e.execution_number DESC;
