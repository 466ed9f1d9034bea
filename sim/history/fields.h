/* The fields of an observation, as a file names them: shared by writing and reading.
 *
 * Every field may stand in every line; `required` says which a kind always has. A field that is
 * not required is written only when it is not absent. */
#ifndef HUBBUB_SIM_HISTORY_FIELDS_H
#define HUBBUB_SIM_HISTORY_FIELDS_H

#include "sim/history/obs.h"

/* name in obs and in files, form. In the order in which they are written. */
#define FIELD_MAP(X)                                                                               \
    X(uncertain_us, FORM_U32)                                                                      \
    X(flags, FORM_FLAGS)                                                                           \
    X(node, FORM_U16)                                                                              \
    X(device, FORM_U32)                                                                            \
    X(user, FORM_U32)                                                                              \
    X(room, FORM_U32)                                                                              \
    X(seq, FORM_U64)                                                                               \
    X(id, FORM_KEY)                                                                                \
    X(sender, FORM_KEY)                                                                            \
    X(client_id, FORM_KEY)                                                                         \
    X(content, FORM_KEY)                                                                           \
    X(hlc, FORM_KEY)                                                                               \
    X(value, FORM_I64)                                                                             \
    X(timestamp, FORM_I64)

enum obs_field {
#define X(name, form) FIELD_##name,
    FIELD_MAP(X)
#undef X
        FIELD_COUNT
};

enum field_form {
    FORM_U16,   /* decimal, below its absent value */
    FORM_U32,   /* the same; uncertain_us is its whole range */
    FORM_U64,   /* decimal */
    FORM_I64,   /* decimal, with a minus sign if negative */
    FORM_KEY,   /* exactly 16 lower-case hex digits */
    FORM_FLAGS, /* words joined by '+' */
};

/* What people read beside the keys: names of the texts of `entry`. */
#define TEXT_MAP(X)                                                                                \
    X("id_text", id)                                                                               \
    X("room_text", room_id)                                                                        \
    X("sender_text", sender_id)                                                                    \
    X("client_text", client_id)                                                                    \
    X("content_text", content)                                                                     \
    X("hlc_text", hlc_text)

/* flag, its word */
#define FLAG_MAP(X)                                                                                \
    X(OBS_LEFT, "left")                                                                            \
    X(OBS_TEMPORARY, "temporary")                                                                  \
    X(OBS_HELD, "held")                                                                            \
    X(OBS_MORE, "more")                                                                            \
    X(OBS_REDIS, "redis")                                                                          \
    X(OBS_DATABASE, "database")                                                                    \
    X(OBS_QUIET, "quiet")                                                                          \
    X(OBS_EVENT, "event")

#define HISTORY_MAGIC "hubbub-history"

/* Bits of enum obs_field. */
uint32_t fields_required(enum obs_kind kind);

/* A field as a number that fits all forms; absent ones have the value that OBS gives. */
uint64_t field_get(const struct obs *obs, enum obs_field field);
void field_set(struct obs *obs, enum obs_field field, uint64_t value);
bool field_absent(const struct obs *obs, enum obs_field field);
const char *field_name(enum obs_field field);
enum field_form field_form(enum obs_field field);

#endif
