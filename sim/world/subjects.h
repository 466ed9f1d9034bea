/* What people are called where their tokens come from, and the one user id that each is (SEC-12).
 *
 * Of those with `providerPercent` a fifth each: as one provider says it, as an address, as a URL that is too long
 * for an id, with the letter that encoded forms begin with, and with letters that no id has. The id is made here by
 * other means than the server's: it is what the server is held to. Pure. */
#ifndef HUBBUB_SIM_WORLD_SUBJECTS_H
#define HUBBUB_SIM_WORLD_SUBJECTS_H

#include "server/base/text.h"
#include "server/protocol/limits.h"
#include "sim/plan/plan.h"

#define SUBJECT_BYTES_MAX 96

struct text subject_of(const struct plan *plan, uint32_t user, char store[SUBJECT_BYTES_MAX]);
struct text subject_user(struct text subject, char store[ID_BYTES_MAX + 1]);

#endif
