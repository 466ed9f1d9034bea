/* The fields of a frame, taken out of its tokens: each one's type and range.
 *
 * The first that is wrong ends the decoding, though the others are still read: its error and its name
 * stay in `err` and `field`. */
#ifndef HUBBUB_SERVER_PROTOCOL_TAKE_H
#define HUBBUB_SERVER_PROTOCOL_TAKE_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/frame_type.h"
#include "server/protocol/hlc.h"
#include "server/protocol/json.h"
#include "server/protocol/limits.h"
#include "server/protocol/position.h"

/* One decoding: arrays, and texts that had escapes, go into the one allocation behind the frame. */
struct take {
    const struct json *json;
    const struct json_token *object; /* whose fields are read */
    uint32_t next;                   /* where the next field is looked for first */
    char *texts;
    char *arrays;
    enum hb_err err;
    const char *field;
};

enum take_need { TAKE_REQUIRED, TAKE_OPTIONAL };

void take_fail(struct take *d, enum hb_err err, const char *field);
/* Reads the fields of another object from here on. */
void take_enter(struct take *d, const struct json_token *object);
const struct json_token *take_find(struct take *d, const char *name);
const struct json_token *take_after(const struct take *d, const struct json_token *token);
struct text take_text_of(struct take *d, const struct json_token *token); /* of a string */

/* Absent: bytes is NULL. */
struct text take_string(struct take *d, const char *name, enum take_need need);
struct text take_text(struct take *d, const char *name, enum take_need need,
                      uint32_t bytes_max); /* not empty */
struct text take_id(struct take *d, const char *name, enum take_need need);
struct text take_stamp(struct take *d, const char *name, enum take_need need,
                       struct hlc_stamp *ret);
/* Absent: -1. */
int64_t take_integer(struct take *d, const char *name, enum take_need need, int64_t low,
                     int64_t high);
bool take_bool(struct take *d, const char *name, enum take_need need); /* absent: false */
/* The first of at most `max` children of an array or object. *ret_len is 0 when it is absent or
 * wrong. */
const struct json_token *take_children(struct take *d, const char *name, enum take_need need,
                                       enum json_kind kind, uint32_t max, uint32_t *ret_len);
/* Room for what an array holds, as much as its row of FRAME_MAP says. */
void *take_array(struct take *d, uint32_t len, size_t bytes);
/* An array of at most `max` ids, of which *ret_len is how many. */
struct text *take_ids(struct take *d, const char *name, enum take_need need, uint32_t max,
                      uint32_t *ret_len);
struct position *take_positions(struct take *d, const char *name, enum take_need need,
                                uint32_t *ret_len);
/* The field `code`. HB_EFRAME: a newer peer's word; its `temporary` still counts. */
enum hb_err take_err(struct take *d, struct text *ret_word);
/* The field `type` of an object, without reading anything else. */
bool take_type(const struct json *json, const struct json_token *object, enum frame_type *ret);

#endif
