-- SPDX-License-Identifier: Apache-2.0
-- Notebook files: every state of them byte for byte, and what each cell was in it.

CREATE TABLE main.rscn_notebook (
    -- Notebooks that came from a file, or were renamed or removed. Truth.
    notebook_name TEXT NOT NULL PRIMARY KEY, -- as in all tables: the name under which it was first recorded; never changes
    name          TEXT NOT NULL UNIQUE,      -- its present name
    path          TEXT,                      -- file that its newest version was taken from; NULL: no file
    created_at    TEXT NOT NULL,             -- when this row was made
    removed_at    TEXT,                      -- hidden since; history stays
    removed_by    TEXT                       -- by whom
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_content (
    -- Large pieces of notebook files (outputs, attachments), once each however many versions hold them. Truth, append-only.
    content_number INTEGER PRIMARY KEY,
    sha256         TEXT NOT NULL UNIQUE, -- of the bytes, as hex
    bytes          BLOB NOT NULL         -- JSON text of a value, as it stands in the file
) STRICT;

CREATE TABLE main.rscn_snapshot (
    -- The bytes of a notebook file; its large pieces stand in rscn_content. Truth, append-only.
    snapshot_number INTEGER PRIMARY KEY,
    sha256          TEXT NOT NULL UNIQUE, -- of the whole file, as hex
    size            INTEGER NOT NULL,     -- of the whole file in bytes
    text            BLOB NOT NULL         -- the file without its large pieces
) STRICT;

CREATE TABLE main.rscn_snapshot_part (
    -- Where the large pieces stand in a file. Truth, append-only.
    snapshot_number INTEGER NOT NULL REFERENCES rscn_snapshot (snapshot_number),
    offset          INTEGER NOT NULL, -- in the whole file, in bytes
    content_number  INTEGER NOT NULL REFERENCES rscn_content (content_number),
    PRIMARY KEY (snapshot_number, offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_notebook_version (
    -- The states of each notebook: 1, 2, 3 … Truth, append-only.
    notebook_name   TEXT NOT NULL REFERENCES rscn_notebook (notebook_name),
    version         INTEGER NOT NULL,
    parent          INTEGER,          -- version it was made from; NULL: the first one
    snapshot_number INTEGER NOT NULL REFERENCES rscn_snapshot (snapshot_number),
    origin          TEXT NOT NULL CHECK (origin IN ('import', 'execution', 'edit', 'restore')), -- how it came
    run_id          TEXT,             -- rscn_run that noticed it; NULL: none
    path            TEXT,             -- file it was taken from; NULL: standard input
    cells           INTEGER NOT NULL, -- how many
    code_hash       TEXT NOT NULL,    -- SHA-256 over (cell_key, normal form's hash) of its code cells in order (W-31)
    created_at      TEXT NOT NULL,    -- when it was taken in
    user_name       TEXT NOT NULL,    -- by whom
    host_name       TEXT NOT NULL,    -- on which machine
    PRIMARY KEY (notebook_name, version),
    FOREIGN KEY (notebook_name, parent) REFERENCES rscn_notebook_version (notebook_name, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX main.rscn_notebook_version_snapshot ON rscn_notebook_version (snapshot_number);

CREATE TABLE main.rscn_notebook_cell (
    -- The cells of each version of a notebook. Truth, append-only.
    notebook_name         TEXT NOT NULL,
    version               INTEGER NOT NULL,
    position              INTEGER NOT NULL, -- from 1
    cell_key              TEXT NOT NULL,    -- rscn_cell
    type                  TEXT NOT NULL CHECK (type IN ('code', 'markdown', 'raw', 'other')),
    code_notebook_cell_id TEXT NOT NULL,    -- its text: code_notebook_cell
    nbformat_id           TEXT,             -- id in the file (or Colab's); NULL: none
    metadata_uuid         TEXT,             -- metadata.uuid in the file; NULL: none
    normal_hash           TEXT NOT NULL,    -- SHA-256 of the text without comments and layout; derived
    normal_scheme         INTEGER NOT NULL, -- which rules made it
    outputs               INTEGER NOT NULL, -- how many outputs it has in the file: imported, not executions
    outputs_hash          TEXT,             -- SHA-256 of their JSON text as it stands there; NULL: none
    matched_by            TEXT NOT NULL,    -- evidence that it is this cell: new, id, text …
    score                 REAL NOT NULL,    -- of the evidence, 0 to 1
    PRIMARY KEY (notebook_name, version, position),
    UNIQUE (notebook_name, version, cell_key),
    FOREIGN KEY (notebook_name, version) REFERENCES rscn_notebook_version (notebook_name, version),
    FOREIGN KEY (notebook_name, cell_key) REFERENCES rscn_cell (notebook_name, cell_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE main.rscn_cell_lineage (
    -- Which cell came out of which other one: split, merged, copied. Truth, append-only.
    notebook_name TEXT NOT NULL,
    version       INTEGER NOT NULL, -- in which it appeared
    cell_key      TEXT NOT NULL,    -- the cell
    from_key      TEXT NOT NULL,    -- came out of this one
    how           TEXT NOT NULL CHECK (how IN ('split', 'merge', 'copy')),
    score         REAL NOT NULL,    -- 0 to 1
    PRIMARY KEY (notebook_name, version, cell_key, from_key),
    FOREIGN KEY (notebook_name, version) REFERENCES rscn_notebook_version (notebook_name, version),
    FOREIGN KEY (notebook_name, cell_key) REFERENCES rscn_cell (notebook_name, cell_key),
    FOREIGN KEY (notebook_name, from_key) REFERENCES rscn_cell (notebook_name, cell_key)
) STRICT, WITHOUT ROWID;
