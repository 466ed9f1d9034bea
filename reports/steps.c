/* See steps.h. */
#include "reports/steps.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ONES 14 /* of those that are shown */
#define BEFORE_US  (4 * SECOND)
#define AROUND_US  (2 * SECOND)
#define RARE       6 /* a note of a node that it noted no more often */

void steps_deinit(struct steps *steps)
{
    free(steps->items);
    *steps = (struct steps){.items = NULL};
}

/* --- Which belong to it ----------------------------------------------------------------------------- */

/* Where what leaves is told once, as it arrives; 0: nowhere. */
static const uint8_t arrivals[OBS_KIND_COUNT] = {
    [OBS_PUT] = OBS_CAME,           [OBS_ACK_SENT] = OBS_ACK, [OBS_SENT] = OBS_SHOWN,
    [OBS_TYPING_TOLD] = OBS_TYPIST, [OBS_STAMP] = OBS_COMMIT, [OBS_ARRIVED] = OBS_WELCOME,
};
_Static_assert(OBS_USER == 0, "nothing arrives as that");

static bool same_subject(const struct obs *one, const struct obs *other)
{
    return one->device == other->device && one->room == other->room && one->seq == other->seq;
}

static bool arrives_observed(const struct keep *keep, size_t index)
{
    const struct obs *obs = &keep->items[index].obs;
    const uint8_t arrival = kept_is_aside(&keep->items[index]) ? 0 : arrivals[obs->kind];

    if (obs->kind == OBS_STAMP && keep_family(keep, "HLC")) {
        return false;
    }
    for (size_t i = index + 1; arrival != 0 && i < keep->len; i++) {
        const struct kept *later = &keep->items[i];
        const bool message =
            obs->client_id != 0 && later->obs.client_id == obs->client_id &&
            (obs->kind == OBS_STAMP || keep_author(keep, &later->obs) == keep_author(keep, obs));
        if (kept_is_aside(later)
                ? later->aside == ASIDE_LOST &&
                      (message || (obs->kind == OBS_SENT && same_subject(&later->obs, obs)))
                : later->obs.kind == arrival && (message || same_subject(&later->obs, obs))) {
            return true;
        }
    }
    return false;
}

static bool arrives_published(const struct keep *keep, size_t index)
{
    const struct kept *kept = &keep->items[index];

    for (size_t i = index + 1; kept_told(kept, ASIDE_PUBLISHED) && i < keep->len; i++) {
        const struct kept *later = &keep->items[i];
        if ((kept_told(later, ASIDE_REDIS_HAS) || (kept_told(later, ASIDE_LOST) && later->up)) &&
            later->of == kept->of && later->obs.node == kept->obs.node &&
            later->obs.seq == kept->obs.seq && later->obs.user == kept->obs.user) {
            return true;
        }
    }
    return false;
}

/* A row at a device or a node, or in Redis. */
static bool row_belongs(const struct keep *keep, const struct cast *cast, const struct kept *kept)
{
    const struct obs *obs = &kept->obs;

    if (!cast_has_row(cast, keep, obs->room, obs->seq)) {
        return false;
    }
    if (obs->device != OBS_NONE) {
        return cast_device(cast, obs->device) != NULL;
    }
    const struct cast_member *node = cast_node(cast, obs->node);
    return node != NULL && !(kept_told(kept, ASIDE_HEARD) && (node->roles & CAST_SERVES) == 0);
}

static bool aside_belongs(const struct keep *keep, const struct cast *cast, const struct kept *kept)
{
    const struct obs *obs = &kept->obs;

    if (kept->aside == ASIDE_FAULT || phrase_of(kept).text == NULL) {
        return false;
    }
    if (kept->aside == ASIDE_CLOCK || kept->aside == ASIDE_NOTE) {
        return cast_node(cast, obs->node) != NULL &&
               (obs->room == OBS_NONE || obs->seq == 0 || kept->aside == ASIDE_CLOCK ||
                strcmp(kept->text, "gap in a room") == 0 || cast->rows_len == 0 ||
                cast_has_row(cast, keep, obs->room, obs->seq));
    }
    if (kept->of == ASIDE_OF_ROW) {
        return row_belongs(keep, cast, kept);
    }
    if (kept->aside == ASIDE_LOST && obs->device != OBS_NONE) {
        return cast_message(cast, keep, obs) != NULL;
    }
    return obs->node == OBS_NODE_NONE || cast_node(cast, obs->node) != NULL;
}

/* Whether its rule is about what passes on a connection. */
static bool of_sessions(const struct keep *keep)
{
    return keep->died || keep_family(keep, "SYN") || keep_family(keep, "ORD") ||
           keep_family(keep, "LIV") || keep_family(keep, "SEC");
}

static bool belongs(const struct keep *keep, const struct cast *cast, const struct kept *kept)
{
    const struct obs *obs = &kept->obs;

    if (kept_is_aside(kept)) {
        return aside_belongs(keep, cast, kept);
    }
    if (keep->died && keep_of_node(keep) && obs->node == keep->violation->node && obs->at_us > 0) {
        return true;
    }
    switch ((int)obs->kind) {
    case OBS_SHOWN:
    case OBS_RECV:
    case OBS_SENT:
    case OBS_SYNC_ROW:
        return row_belongs(keep, cast, kept);
    case OBS_COMMIT:
        return cast_has_row(cast, keep, obs->room, obs->seq) ||
               cast_message(cast, keep, obs) != NULL;
    case OBS_HEARD:
    case OBS_SAID: /* a message's is told otherwise */
    case OBS_SAID_HEAD:
    case OBS_SYNC_BEGIN:
    case OBS_SYNC_HEAD:
    case OBS_SYNC_CURSOR:
    case OBS_SYNC_PAGE:
        return of_sessions(keep) && obs->client_id == 0 && cast_device(cast, obs->device) != NULL;
    case OBS_CAME:
        return cast_message(cast, keep, obs) != NULL;
    case OBS_STAMP:
        return cast_message(cast, keep, obs) != NULL ||
               (keep_family(keep, "HLC") && cast->messages_len == 0);
    case OBS_FAULT_BEGIN:
    case OBS_FAULT_END:
        return cast_hit(cast, obs);
    case OBS_NODE_UP:
    case OBS_NODE_DOWN:
    case OBS_DRAIN:
    case OBS_READY:
        return cast_node(cast, obs->node) != NULL && obs->at_us > 0;
    case OBS_FOCUS:
    case OBS_WANT:
    case OBS_ARRIVED:
    case OBS_TOKEN:
        return of_sessions(keep) && cast->rows_len == 0 && cast_device(cast, obs->device) != NULL;
    default:
        break;
    }
    if (obs->client_id != 0) {
        return cast_message(cast, keep, obs) != NULL;
    }
    return obs->device == OBS_NONE || cast_device(cast, obs->device) != NULL;
}

int64_t steps_begin_us(const struct keep *keep, const struct cast *cast)
{
    for (size_t i = 0; i < keep->len; i++) {
        const struct obs *obs = &keep->items[i].obs;
        const bool message = cast_message(cast, keep, obs) != NULL;
        const bool row = obs->kind == OBS_COMMIT && obs->at_us > 0 &&
                         cast_has_row(cast, keep, obs->room, obs->seq);
        if ((message && obs->kind == OBS_SEND) || row) {
            return obs->at_us;
        }
    }
    return keep->violation->at_us - BEFORE_US;
}

bool steps_still(const struct keep *keep, size_t index, int64_t begin_us)
{
    const struct obs *obs = &keep->items[index].obs;
    const bool clock = kept_told(&keep->items[index], ASIDE_CLOCK);

    if (obs->kind != OBS_FAULT_BEGIN && obs->kind != OBS_NODE_DOWN && !clock) {
        return false;
    }
    for (size_t i = index + 1; i < keep->len && keep->items[i].obs.at_us < begin_us; i++) {
        const struct obs *later = &keep->items[i].obs;
        const bool ends = clock ? kept_told(&keep->items[i], ASIDE_CLOCK)
                          : obs->kind == OBS_NODE_DOWN
                              ? later->kind == OBS_NODE_UP
                              : later->kind == OBS_FAULT_END && later->value == obs->value &&
                                    later->seq == obs->seq;
        if (ends && later->node == obs->node && later->device == obs->device) {
            return false;
        }
    }
    return true;
}

/* What happens to places, not to rows: of that, a while before tells too. */
static bool surrounds(const struct kept *kept)
{
    return kept_told(kept, ASIDE_NOTE) || phrase_of(kept).mark == MARK_FAULT;
}

/* What a node notes all the time explains nothing. */
static bool is_rare(const struct keep *keep, const struct kept *note)
{
    uint32_t times = 0;

    for (size_t i = 0; i < keep->len && times <= RARE; i++) {
        const struct kept *other = &keep->items[i];
        times += kept_told(other, ASIDE_NOTE) && other->obs.node == note->obs.node &&
                 strcmp(other->text, note->text) == 0;
    }
    return times <= RARE;
}

/* --- Making them --------------------------------------------------------------------------------------- */

const char *steps_fault(const struct keep *keep, const struct obs *obs,
                        const char *(*fault_word)(uint64_t kind))
{
    for (size_t i = 0; obs->device == OBS_NONE && i < keep->len; i++) {
        const struct kept *kept = &keep->items[i];
        if (kept_told(kept, ASIDE_FAULT) && kept->amount == obs->value) {
            return kept->text;
        }
    }
    return fault_word != NULL ? fault_word(obs->seq) : "fault";
}

/* To which node a device was connected last, up to here. */
static uint32_t node_of(const struct keep *keep, size_t index, uint32_t device)
{
    for (size_t i = index + 1; i > 0; i--) {
        const struct obs *obs = &keep->items[i - 1].obs;
        if (obs->device == device && obs->node != OBS_NODE_NONE &&
            !kept_is_aside(&keep->items[i - 1])) {
            return obs->node;
        }
    }
    return OBS_NODE_NONE;
}

static struct spot_at spot_of(const struct keep *keep, size_t index, enum spot spot)
{
    const struct obs *obs = &keep->items[index].obs;

    if (spot == SPOT_DEVICE) {
        return (struct spot_at){spot, obs->device};
    }
    if (spot == SPOT_NODE) {
        const uint32_t node =
            obs->node != OBS_NODE_NONE ? obs->node : node_of(keep, index, obs->device);
        return (struct spot_at){node != OBS_NODE_NONE ? SPOT_NODE : SPOT_NONE,
                                node != OBS_NODE_NONE ? node : 0};
    }
    return (struct spot_at){spot, 0};
}

static bool same_step(const struct step *one, const struct step *other)
{
    const struct obs *a = &one->kept->obs;
    const struct obs *b = &other->kept->obs;

    return a->kind == b->kind && a->device == b->device && a->node == b->node &&
           a->room == b->room && a->user == b->user && a->client_id == b->client_id &&
           one->kept->aside == other->kept->aside && one->kept->of == other->kept->of &&
           (a->kind == OBS_HEARD || a->kind == OBS_SAID ? a->content == b->content
            : a->kind == OBS_KIND_COUNT ? one->kept->text != NULL && other->kept->text != NULL &&
                                              strcmp(one->kept->text, other->kept->text) == 0
                                        : a->kind == OBS_KEY);
}

static void push(struct steps *steps, struct step step)
{
    if (steps->len > 0 && step.kept != NULL && steps->items[steps->len - 1].kept != NULL &&
        same_step(&steps->items[steps->len - 1], &step)) {
        steps->items[steps->len - 1].times++;
        return;
    }
    HB_GROW(steps->items, steps->len, steps->cap);
    steps->items[steps->len++] = step;
}

static void push_kept(const struct keep *keep, size_t index, struct steps *steps)
{
    const struct kept *kept = &keep->items[index];
    const struct phrase phrase = phrase_of(kept);
    struct step step = {.at_us = kept->obs.at_us, .mark = phrase.mark, .kept = kept, .times = 1};

    step.from = spot_of(keep, index, phrase.from);
    step.to = spot_of(keep, index, phrase.to);
    if (step.from.kind == SPOT_NONE) {
        step.from = step.to;
        step.to = (struct spot_at){SPOT_NONE, 0};
    }
    push(steps, step);
}

/* The first ones and the last stay. */
static void shorten(struct steps *steps)
{
    if (steps->len <= STEPS_MAX) {
        return;
    }
    const size_t gone = steps->len - STEPS_MAX;
    memmove(steps->items + FIRST_ONES, steps->items + FIRST_ONES + gone,
            (steps->len - FIRST_ONES - gone) * sizeof *steps->items);
    steps->len -= gone;
    steps->items[FIRST_ONES].left_out = (uint32_t)gone;
}

void steps_make(const struct keep *keep, const struct cast *cast, struct steps *ret)
{
    const int64_t begin_us = steps_begin_us(keep, cast);
    const int64_t broke_us = keep->violation->at_us;
    bool broke = false;

    *ret = (struct steps){.items = NULL};
    for (size_t i = 0; i < keep->len; i++) {
        const struct kept *kept = &keep->items[i];
        const struct obs *obs = &kept->obs;
        const bool before = obs->at_us < begin_us - (surrounds(kept) ? AROUND_US : 0);
        const bool after = obs->at_us > broke_us;
        if (after && !broke) {
            broke = true;
            push(ret, (struct step){.at_us = broke_us, .mark = MARK_BREAKS, .times = 1});
        }
        if (belongs(keep, cast, kept) && (!before || steps_still(keep, i, begin_us)) &&
            (!after || cast_has_row(cast, keep, obs->room, obs->seq) ||
             cast_message(cast, keep, obs) != NULL) &&
            phrase_of(kept).text != NULL &&
            !(kept_told(kept, ASIDE_NOTE) &&
              (kept->routine || (obs->seq == 0 && !is_rare(keep, kept)))) &&
            !arrives_observed(keep, i) && !arrives_published(keep, i)) {
            push_kept(keep, i, ret);
        }
    }
    if (!broke) {
        push(ret, (struct step){.at_us = broke_us, .mark = MARK_BREAKS, .times = 1});
    }
    shorten(ret);
}
