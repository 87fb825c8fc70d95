/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_lexer: a cell cut into the tokens of SQLite's own tokenizer, as far as boundaries need them;
 * knows which quotes and comments are open, where a statement ends, and the lines that start with
 * %. What the functions of sql_scan and sql_completeness have in common.
 */
#ifndef RSCN_MODEL_SQL_LEXER_H
#define RSCN_MODEL_SQL_LEXER_H

#include <stdbool.h>
#include <stddef.h>

enum lexeme_kind {
    LEXEME_END,
    LEXEME_BLANK,
    LEXEME_LINE_COMMENT,
    LEXEME_BLOCK_COMMENT,
    LEXEME_DIRECTIVE,
    LEXEME_WORD,
    LEXEME_NUMBER,
    LEXEME_PARAMETER,
    LEXEME_QUOTED, /* an identifier in "", `` or [] */
    LEXEME_STRING, /* '…' and x'…' */
    LEXEME_SEMICOLON,
    LEXEME_OPEN,
    LEXEME_CLOSE,
    LEXEME_OTHER
};

struct lexeme {
    enum lexeme_kind kind;
    size_t start, end;
    bool is_open; /* its closing quote or mark is missing */
};

enum lexer_phase {
    PHASE_START,
    PHASE_EXPLAIN,
    PHASE_CREATE,
    PHASE_TRIGGER_HEAD, /* CREATE TRIGGER seen, not yet BEGIN */
    PHASE_TRIGGER_BODY,
    PHASE_TRIGGER_SEMICOLON, /* a semicolon in the body: END may follow */
    PHASE_TRIGGER_END,       /* `; END`: a semicolon ends the statement */
    PHASE_OTHER
};

struct lexer {
    const char *text;
    size_t size;
    size_t offset;
    enum lexer_phase phase;
    bool in_statement;
};

bool lexer_is_blank(char c);
bool lexer_is_word_character(char c);
/* A byte order mark is blank to SQLite, wherever it stands. */
bool lexer_is_byte_order_mark(const char *text, size_t size, size_t offset);
/* Offset behind the word characters that stand at `offset`. */
size_t lexer_word_end(const char *text, size_t size, size_t offset);
/* The token that begins at `offset`; LEXEME_END at the end of the text. Never a directive. */
struct lexeme lexeme_at(const char *text, size_t size, size_t offset);
/* Blanks and comments. */
bool lexeme_is_space(enum lexeme_kind kind);
/* A bare word, ASCII case ignored. */
bool lexeme_is(const char *text, const struct lexeme *token, const char *keyword);
/* Takes the next token of a statement; true when the statement ends with it: a semicolon, but in
 * the body of a trigger only the one after END, which is sqlite3_complete's rule. */
bool lexer_feed(enum lexer_phase *phase, const char *text, const struct lexeme *token);
bool lexer_in_trigger_body(enum lexer_phase phase);
/* The next token of the cell, blanks and comments included; a directive's line is one token. */
struct lexeme lexer_next(struct lexer *lexer);

#endif
