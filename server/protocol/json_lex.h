/* Pieces of JSON that are seldom met: escapes and numbers; and the rule that bytes broke. */
#ifndef HUBBUB_SERVER_PROTOCOL_JSON_LEX_H
#define HUBBUB_SERVER_PROTOCOL_JSON_LEX_H

#include "server/protocol/json_tokens.h"

struct json_lex {
    const unsigned char *at, *end;
    enum json_rule rule; /* broken at `at` */
};

/* Notes the rule that is broken at `at`; false, for who returns it. */
static inline bool json_lex_wrong(struct json_lex *lex, const unsigned char *at,
                                  enum json_rule rule)
{
    lex->at = at;
    lex->rule = rule;
    return false;
}

/* Behind a backslash. A high surrogate must be followed by its low one; NUL is refused. */
bool json_lex_escape(struct json_lex *lex);
/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?, of a size that a double holds. */
bool json_lex_number(struct json_lex *lex);

#endif
