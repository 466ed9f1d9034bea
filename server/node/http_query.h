/* What the query of a request says, part by part between two '&'. Nothing is decoded: what is asked for here needs
 * no percent-encoding. Pure. */
#ifndef HUBBUB_SERVER_NODE_HTTP_QUERY_H
#define HUBBUB_SERVER_NODE_HTTP_QUERY_H

#include "server/base/base.h"
#include "server/base/text.h"

/* The value of `name`, the first one, and how often it is there. Absent: bytes is NULL. A name alone has an empty
 * one. */
struct text query_find(struct text query, const char *name, uint32_t *ret_times);
/* The same of what may be there once. False: it is there twice. */
HB_MUST_USE bool query_get(struct text query, const char *name, struct text *ret);
/* Absent: *ret stays as it is. False: it is no integer from `least` to JSON_INT_MAX, or there twice. */
HB_MUST_USE bool query_number(struct text query, const char *name, int64_t least, int64_t *ret);
/* Absent: bytes is NULL. False: it is no id, or there twice. */
HB_MUST_USE bool query_id(struct text query, const char *name, struct text *ret);

/* Whether it is of what base64url and numbers are made of. */
bool query_plain(struct text text);
/* What stands before the next comma, as it is or as the libraries of clients write it; `at` is then behind it: NULL
 * after the last. */
struct text query_id_next(struct text *at);

#endif
