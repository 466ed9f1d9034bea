/* What a device did and saw, told as observations.
 *
 *   (device, instant, effect of its client) --> witness --> observations
 *
 * A simulated world and a live one drive the same clients; what either tells the judge about them is
 * said here, once. Observations are appended to a list (told.h), for the caller to tell, in their order.
 *
 * Pure; one witness a run. */
#ifndef HUBBUB_SIM_WITNESS_WITNESS_H
#define HUBBUB_SIM_WITNESS_WITNESS_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/cursor.h"
#include "sim/client/client_out.h"
#include "sim/history/obs.h"
#include "sim/witness/names.h"
#include "sim/witness/told.h"

struct witness_config {
    struct names *names; /* keeps; rooms and users that are met are added */
    uint32_t devices;    /* how many there can be */
    /* Keeps. What the servers seal cursors with; NULL: their positions are not seen. */
    const struct cursor_key *cursor_key;
    bool recording; /* observations carry the texts of their entries */
};

struct witness;
struct witness *witness_new(const struct witness_config *config) HB_MUST_USE;
void witness_free(struct witness **witness);

/* The number of a user or a room by name. */
uint32_t witness_user(struct witness *witness, struct text name, int64_t at_us,
                      struct obs_list *out);
uint32_t witness_room(struct witness *witness, struct text name, int64_t at_us,
                      struct obs_list *out);
/* Whose device it is; before anything else of the device. */
void witness_device(struct witness *witness, uint32_t device, uint32_t user, int64_t at_us,
                    struct obs_list *out);

/* What a cursor of this user says of a log of this epoch. Gives *ret: until the next call. Errors as
 * cursor_decode; HB_ECURSOR where there is no key. */
HB_MUST_USE enum hb_err witness_cursor(struct witness *witness, uint64_t epoch, uint32_t user,
                                       struct text text, const struct cursor **ret);

struct names *witness_names(struct witness *witness);

/* An observation about a device; its user is there too. */
struct obs witness_about(const struct witness *witness, enum obs_kind kind, uint32_t device,
                         int64_t at_us);

/* The device's connection of this number is open, to this node. */
void witness_connected(struct witness *witness, uint32_t device, uint32_t conn, uint16_t node,
                       int64_t at_us, struct obs_list *out);

/* What the client does or shows. All effects of a step, in their order. */
void witness_effect(struct witness *witness, uint32_t device, int64_t at_us,
                    const struct client_effect *effect, struct obs_list *out);

/* A hint: this device will probably be shown something soon. Nothing depends on it. */
void witness_ahead(const struct witness *witness, uint32_t device);

#endif
