/* Who is typing, as a client shows it and a node hears and says it, as observations (OBS_TYPING_MAP).
 *
 * Pure. */
#ifndef HUBBUB_SIM_WITNESS_TYPISTS_H
#define HUBBUB_SIM_WITNESS_TYPISTS_H

#include "sim/client/client_out.h"
#include "sim/witness/told.h"

/* Of KEY and TYPIST. `obs` says of which device, and when. */
void typists_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                    struct obs_list *out);
/* Of a typing_start or typing_stop that a node heard, or says. `obs` says of which connection, and when. */
void typists_heard(struct names *names, struct obs obs, const struct frame *frame,
                   struct obs_list *out);
void typists_said(struct names *names, struct obs obs, const struct frame *frame,
                  struct obs_list *out);

#endif
