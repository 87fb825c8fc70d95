/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_private: what the files of percent_text share: lines, their escapes, the options of a
 * cell, and a script as a list of cells.
 */
#ifndef RSCN_MODEL_PERCENT_PRIVATE_H
#define RSCN_MODEL_PERCENT_PRIVATE_H

#include "model/script/percent_text.h"

struct percent_format {
    const char *extension; /* with its dot */
    const char *comment;
    const char *language;
    bool is_python;
};
const struct percent_format *percent_format(enum percent_language language);

/* --- lines (percent_lines.c) ------------------------------------------------------------------ */

struct percent_line {
    const char *text; /* without its end */
    size_t size;
};
struct percent_lines {
    struct percent_line *lines;
    size_t count, capacity;
};
void percent_lines_add(struct percent_lines *lines, const char *text, size_t size);
/* Adds each line of the text, without a byte-order mark. What follows the last line end is a line
 * of its own if there is any. Carriage returns are part of the line ends when the first line has
 * one. */
void percent_lines_split(struct percent_lines *lines, const char *text, size_t size);

bool percent_line_is_blank(struct percent_line line);
/* The line without its comment prefix and one blank, if it has one. */
struct percent_line percent_line_uncommented(const struct percent_format *format,
                                             struct percent_line line);
/* Whether the line begins a cell; *ret_options is what follows its first %%. */
bool percent_line_is_marker(const struct percent_format *format, struct percent_line line,
                            struct percent_line *ret_options);

/* Whether the next line begins inside a string of three quotes, as far as one sees from the lines
 * before. */
struct percent_quotes {
    const char *comment; /* what jupytext takes for a comment in this language; NULL = nothing */
    char triple;         /* 0 = no */
};
/* For the lines of a cell in this language. */
struct percent_quotes percent_quotes_of(const char *language);
void percent_quotes_read(struct percent_quotes *quotes, struct percent_line line);

/* How the lines of a cell are written. */
enum percent_content {
    PERCENT_CODE,     /* as they are, magics as comments */
    PERCENT_COMMENTS, /* as comments */
    PERCENT_TEXT      /* markdown and raw: as comments, in which jupytext sees magics */
};
struct percent_reader {
    const struct percent_format *format;
    enum percent_content content;
    bool has_magics; /* false in the hydrogen format: nothing was made a comment */
    struct percent_quotes quotes, unescaped_quotes;
    bool is_continued; /* the line before was a magic and ends with a backslash */
};
struct percent_reader percent_reader(const struct percent_format *format,
                                     enum percent_content content, bool has_magics);
/* Appends what the script's line stands for. */
void percent_reader_line(struct percent_reader *reader, struct percent_line line,
                         struct strbuf *ret_line);
/* Appends a line of a script that percent_reader_line gives `line` for; the plainest of those that
 * jupytext might write. */
void percent_reader_write(struct percent_reader *reader, struct percent_line line,
                          struct strbuf *ret_line);

/* --- options (percent_options.c) -------------------------------------------------------------- */

/* So many members of a cell's metadata can stand behind its marker, and of a kernelspec in a
 * header: each is looked up among the others. */
#define PERCENT_MOST_MEMBERS 256
/* Parses what follows %% into metadata (an object of json). */
raw_ref percent_options_parse(struct raw_json *json, struct percent_line options,
                              enum notebook_cell_type *ret_type);
/* Appends the line's end from the type and the metadata: "", or a blank and the options. */
void percent_options_write(const struct raw_json *json, raw_ref metadata,
                           enum notebook_cell_type type, struct strbuf *ret_options);
/* Whether the object has no more than PERCENT_MOST_MEMBERS. */
bool percent_options_fit(const struct raw_json *json, raw_ref object);
/* Whether a script shows this member of a cell's metadata. */
bool percent_options_has(const struct raw_json *json, raw_ref member);
/* Whether the cell is active in a file with this extension (without its dot): jupytext's metadata
 * `active`, tags `active-…` and run_control.frozen. */
bool percent_options_active(const struct raw_json *json, raw_ref metadata, const char *extension,
                            bool otherwise);
/* A JSON value on one line as Python's json.dumps writes it, all ASCII if asked. */
void percent_json_write(const struct raw_json *json, raw_ref value, bool ascii,
                        struct strbuf *buffer);
/* Whether both are the same in canonical form. */
bool percent_json_is_same(const struct raw_json *json, raw_ref value, const struct raw_json *other,
                          raw_ref other_value);

/* --- the header (percent_header.c) ------------------------------------------------------------ */

/* What may stand above the header: `#!interpreter` and a line that names the encoding. A notebook
 * has them in its metadata where jupytext keeps them. */
struct percent_preamble {
    char *executable; /* without its #!; NULL = none */
    char *encoding;   /* the line; NULL = none */
};
/* What a script of the notebook has. */
void percent_preamble_of(const struct percent_format *format, const struct notebook *notebook,
                         struct percent_preamble *ret_preamble);
void percent_preamble_release(struct percent_preamble *preamble);

struct percent_header {
    size_t lines; /* of the script, with the preamble and the blank one after it; 0 = none */
    struct percent_preamble preamble;
    raw_ref kernelspec; /* an object of json; 0 = none */
    char *format_name;  /* NULL = none */
    char *front_matter; /* YAML that is not Jupyter's, with its --- lines; NULL = none */
};
void percent_header_parse(const struct percent_format *format, const struct percent_lines *lines,
                          struct raw_json *json, struct percent_header *ret_header);
void percent_header_release(struct percent_header *header);
/* Appends the header of a notebook, with the preamble and the blank line after it. */
void percent_header_write(const struct percent_format *format, const struct notebook *notebook,
                          struct strbuf *buffer);

/* --- scripts (percent_script.c) --------------------------------------------------------------- */

struct percent_cell {
    enum notebook_cell_type type;
    char *source;
    size_t size;
    raw_ref metadata; /* an object of the script's json */
};
struct percent_script {
    struct raw_json *json;
    raw_ref kernelspec; /* 0 = none */
    struct percent_preamble preamble;
    struct percent_cell *cells;
    size_t count;
};
#define PERCENT_SCRIPT_INIT                                                                        \
    {                                                                                              \
        NULL, 0, {NULL, NULL}, NULL, 0                                                             \
    }
#define AUTO_PERCENT_SCRIPT __attribute__((cleanup(percent_script_release))) struct percent_script
void percent_script_parse(const char *text, size_t size, const struct percent_format *format,
                          struct percent_script *ret_script);
void percent_script_release(struct percent_script *script);
/* How many of the lines of a cell, from its marker, are its content (with the marker); the others
 * are blank lines before the next cell. */
size_t percent_content_end(const struct percent_line *lines, size_t count);
/* Whether jupytext knows it as a language that a magic of IPython names (%%sql). */
bool percent_is_magic_language(const char *name, size_t size);
/* The language of a kernelspec (an object or 0) in lower case, else that of the form. Caller frees.
 */
char *percent_language_in(const struct percent_format *format, const struct raw_json *json,
                          raw_ref kernelspec);

/* A cell of a notebook as a script has it. */
struct percent_cell_form {
    struct percent_cell cell; /* with the metadata that a script shows (in the json given), and
                                 without a line end that it loses */
    enum percent_content content;
    size_t body; /* where in the source what follows the magic of another language begins */
};
void percent_cell_form(const struct percent_format *format, const struct notebook *notebook,
                       size_t index, const char *language, struct raw_json *json,
                       struct percent_cell_form *ret_form);

#endif
