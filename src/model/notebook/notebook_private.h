/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_private: what the parts of notebook share: the members of an object in the order they
 * are written, texts that are cut into lines, and the writer that 3.x and 4.x have in common.
 */
#ifndef RSCN_MODEL_NOTEBOOK_PRIVATE_H
#define RSCN_MODEL_NOTEBOOK_PRIVATE_H

#include <string.h>

#include "model/notebook/notebook.h"
#include "model/notebook/notebook_write.h"

/* --- members ---------------------------------------------------------------------------------- */

/* How a list of strings becomes one string when a file is read. */
enum notebook_join {
    NOTEBOOK_JOIN_NONE, /* it stays a list */
    NOTEBOOK_JOIN_V4,   /* without separator (N-27) */
    NOTEBOOK_JOIN_V3    /* N-62 */
};

struct notebook_member {
    const char *key; /* what it stands for, in UTF-8 or WTF-8 */
    size_t key_size;
    raw_ref value;       /* 0 when `literal` stands for it */
    const char *literal; /* canonical JSON to be written instead of a value, or NULL */
    char *owned;         /* memory of a key that had escapes, or NULL */
    enum notebook_join join;
};

#define NOTEBOOK_NEAR_MEMBERS 16

struct notebook_members {
    struct notebook_member *items; /* `near`, or memory of its own */
    size_t count, capacity;
    struct notebook_member near[NOTEBOOK_NEAR_MEMBERS];
};

#define AUTO_MEMBERS __attribute__((cleanup(notebook_members_release))) struct notebook_members

/* The members of an object, of duplicates the last one (N-31), sorted by their keys (N-20). No
 * members when it is no object. The keys point into the text, which must outlive them. */
void notebook_members_sorted(const struct raw_json *json, raw_ref object,
                             struct notebook_members *ret_members);
void notebook_members_release(struct notebook_members *members);
struct notebook_member *notebook_members_find(struct notebook_members *members, const char *key);
/* The member of this name, made at its place when there is none; value and literal are for the
 * caller to set. Borrows `key`. Valid until the next call that makes or removes one. */
struct notebook_member *notebook_members_put(struct notebook_members *members, const char *key);
/* Removes the member and returns its value, 0 when there is none. */
raw_ref notebook_members_remove(struct notebook_members *members, const char *key);

/* The text of a string without a copy, when it was written without escapes: *ret_owned NULL; else
 * new memory, which the caller frees. */
const char *notebook_view(const struct raw_json *json, raw_ref string, size_t *ret_size,
                          char **ret_owned);

/* Whether the bytes are this word, which is not empty. */
static inline bool notebook_is(const char *bytes, size_t size, const char *word)
{
    return size > 0 && bytes[0] == word[0] && size == strlen(word) &&
           memcmp(bytes, word, size) == 0;
}

/* A string or an object without content, over which Python iterates as over an empty list. */
bool notebook_is_hollow(const struct raw_json *json, raw_ref value);

/* --- texts ------------------------------------------------------------------------------------ */

/* Appends what a string or a list of strings stands for; false (nothing appended) for any other
 * value, and for a list when `join` is NONE. */
bool notebook_add_joined(const struct raw_json *json, raw_ref value, enum notebook_join join,
                         struct strbuf *buffer);
/* Where the line that begins at `offset` ends: its content, and where the next one begins (N-22).
 */
size_t notebook_line_end(const char *text, size_t size, size_t offset, size_t *ret_content_end);
/* Writes a text as the list of its lines (N-22); `level` is how deep the list stands. */
void notebook_write_lines(const char *text, size_t size, unsigned level, struct strbuf *buffer);
/* Copies a list of strings that is cut and escaped already as it has to be; else writes nothing and
 * returns false. */
bool notebook_copy_lines(const struct raw_json *json, raw_ref list, unsigned level,
                         struct strbuf *buffer);
void notebook_new_line(struct strbuf *buffer, unsigned level);

/* Whether texts of this MIME type are cut into lines (N-23), and whether it is JSON, which is left
 * alone (N-28). */
bool notebook_mime_is_split(const char *mime, size_t size);
bool notebook_mime_is_json(const char *mime, size_t size);

/* --- the writer ------------------------------------------------------------------------------- */

struct notebook_writer {
    const struct raw_json *json;
    struct strbuf *buffer;
    struct error *error;   /* of outputs that are no JSON */
    struct strbuf scratch; /* for texts that must be joined or cut */
    bool is_v3;            /* what `json` has is of 3.x; lists are joined by each member's rule */
    bool failed;
    /* The cell that is being written */
    const struct notebook_cell *cell;
    const struct notebook_cell_change *change; /* NULL = as it is */
    const char *id;                            /* NULL = as it is */
    raw_ref collapsed;                         /* 3.x: for its metadata; 0 = none */
    bool is_code;
};

/* Writes the value of one member; its key says how. */
typedef void notebook_write_member(struct notebook_writer *writer,
                                   const struct notebook_member *member, unsigned level);

/* Writes an object whose own level is `level`. */
void notebook_write_object(struct notebook_writer *writer, const struct notebook_members *members,
                           unsigned level, notebook_write_member *write_member);
/* As it is: its literal, or the canonical text of its value. */
void notebook_write_value(struct notebook_writer *writer, const struct notebook_member *member,
                          unsigned level);
/* A text, when it is one: joined by the rule, then cut into lines or as one string. */
void notebook_write_text(struct notebook_writer *writer, const struct notebook_member *member,
                         enum notebook_join join, bool split, unsigned level);
/* A value of `data` or of an attachment (N-23, N-28). */
void notebook_write_mime_value(struct notebook_writer *writer, const struct notebook_member *member,
                               unsigned level);
/* `data` or one attachment: an object of MIME types; any other value as it is. */
void notebook_write_bundle(struct notebook_writer *writer, const struct notebook_member *member,
                           unsigned level);

/* --- 3.x -------------------------------------------------------------------------------------- */

/* Puts the `#` of a heading cell before its text, on one line (N-61). */
void notebook_v3_heading(int64_t level, struct strbuf *text);
/* Makes the members of the whole notebook those that 4.5 has, and those of one cell. */
void notebook_v3_upgrade_root(struct notebook_members *root);
void notebook_v3_upgrade_cell(struct notebook_writer *writer, struct notebook_members *cell);
/* An output as the upgrade makes it. */
void notebook_v3_write_output(struct notebook_writer *writer, raw_ref output, unsigned level);

#endif
