/* The JSON of a schema as it is written, and the ranges that it refers to: each is defined once. */
#ifndef HUBBUB_SIM_EXPLORE_SCHEMA_OUT_H
#define HUBBUB_SIM_EXPLORE_SCHEMA_OUT_H

#include "server/base/mem.h"

#define SCHEMA_RANGES_MAX 128 /* different ranges of values in one schema */

struct schema_range { /* of which there is a definition */
    enum {
        SCHEMA_DURATION,  /* one */
        SCHEMA_DURATIONS, /* one, or two that are drawn between */
        SCHEMA_INTS       /* the same */
    } kind;
    int64_t least, most;
};

struct schema_out {
    struct buf *out;
    uint32_t depth;
    bool comma; /* before the next item of this object or array */
    struct schema_range ranges[SCHEMA_RANGES_MAX];
    size_t ranges_len;
};

/* An item of an object; in an array `key` is NULL. */
void schema_open(struct schema_out *w, const char *key, char bracket);
void schema_close(struct schema_out *w, char bracket);
void schema_put_text(struct schema_out *w, const char *key, const char *text);
void schema_put_int(struct schema_out *w, const char *key, int64_t value);
/* Of an object: nothing but its properties, and comments, whose names begin with //. */
void schema_put_only(struct schema_out *w);
void schema_put_duration(struct schema_out *w, const char *key, int64_t us);

/* `type`, `minimum`, `maximum`. */
void schema_put_int_range(struct schema_out *w, int64_t least, int64_t most);
/* `$ref` to the definition of a range. */
void schema_put_range_ref(struct schema_out *w, struct schema_range range);
/* The definitions of all ranges that were referred to. */
void schema_put_ranges(struct schema_out *w);

#endif
