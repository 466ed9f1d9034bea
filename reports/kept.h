/* What is kept of a recorded run for the story of one violation: what concerns its room, places, messages,
 * devices and people; faults, nodes and clocks; what became of publications and frames on their way.
 *
 * The violation is known before: the run is the second one. What came after it is kept for a while too. */
#ifndef HUBBUB_REPORTS_KEPT_H
#define HUBBUB_REPORTS_KEPT_H

#include "server/base/map.h"
#include "sim/check/check.h"
#include "sim/history/aside.h"

#define KEPT_AROUND 3 /* places of the log before and after those that matter */

struct kept {       /* one observation, or what was told beside them */
    struct obs obs; /* of an aside: at_us and whom it names; kind OBS_KIND_COUNT */
    enum aside_kind aside;
    enum aside_of of;
    bool up, routine;
    int64_t amount;
    char *text; /* owned; NULL: none */
};
static inline bool kept_is_aside(const struct kept *kept)
{
    return kept->obs.kind == OBS_KIND_COUNT;
}
static inline bool kept_told(const struct kept *kept, enum aside_kind aside)
{
    return kept_is_aside(kept) && kept->aside == aside;
}

struct keep {
    const struct violation *violation;
    bool told_asides; /* something was told beside the observations: what was not, did not happen */
    bool died;        /* it is no rule that was broken: an assertion failed, and ended the run */
    struct kept *items; /* in order */
    size_t len, cap;
    uint64_t left_out; /* older ones, beyond what is kept */
    uint32_t *user_of; /* by device */
    size_t users_cap;  /* of that */
    uint32_t
        shown_else; /* devices that were shown the first place that matters, beside those involved */
    int64_t shown_first_us, shown_last_us;
    struct u64map sends; /* messages of the room, and the violation's own, by whom and client id */
    struct u64map members; /* of the room */
};

/* `violation` is borrowed. */
void keep_init(struct keep *keep, const struct violation *violation);
void keep_deinit(struct keep *keep);
void keep_observe(struct keep *keep, const struct obs *obs);
void keep_aside(struct keep *keep, const struct aside *aside);
/* What observes for it alone. */
struct obs_sink keep_sink(struct keep *keep);

/* Whose message an observation is about: client ids are a person's own. OBS_NONE: it does not say. */
uint32_t keep_author(const struct keep *keep, const struct obs *obs);
/* The person of a device; OBS_NONE: not known. */
uint32_t keep_user(const struct keep *keep, uint32_t device);
/* Whether the violation is about this device, or about a device of this person. */
bool keep_involves(const struct keep *keep, uint32_t device);
/* Whether it is about a node, and about nobody else. */
bool keep_of_node(const struct keep *keep);
bool keep_is_near(const struct keep *keep, uint32_t room, uint64_t seq);
/* The first three letters of its rule. */
bool keep_family(const struct keep *keep, const char *family);

#endif
