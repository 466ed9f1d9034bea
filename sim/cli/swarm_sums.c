/* What judges said of each invariant, over all seeds; in DIR/seeds.txt, so that a swarm which was gone on
 * with says the same as one in one piece. See swarm.h.
 *
 *   STATES   a letter an invariant, in their order: what its judge said
 *   MARGINS  INVARIANT=PERMILLE,...: of those that have one, by number; "-": none has
 *   PAIRS    the counts of struct pairs, in their order
 *
 * All are "-" for a seed that nobody judged. */
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char letters[JUDGED_COUNT + 1] = "hv-n"; /* by enum judged */

_Static_assert(SUMS_STATES_CAP > INVARIANT_COUNT && SUMS_MARGINS_CAP > INVARIANT_COUNT * 14,
               "a line's words fit, with margins of ten digits");

void sums_begin(struct swarm *swarm)
{
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        swarm->invariants[i] = (struct swarm_invariant){.margin_permille = -1};
    }
}

void sums_add(struct swarm *swarm, const struct told *told, bool ret_violated[INVARIANT_COUNT])
{
    swarm->pairs.bare += told->pairs.bare;
    swarm->pairs.extended += told->pairs.extended;
    swarm->pairs.excused += told->pairs.excused;
    swarm->pairs.online += told->pairs.online;
    swarm->pairs.excused_online += told->pairs.excused_online;
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        struct swarm_invariant *sum = &swarm->invariants[i];
        const int64_t permille = told->margins_permille[i];
        HB_ASSERT(told->states[i] < JUDGED_COUNT);
        sum->states[told->states[i]]++;
        sum->margin_permille = permille > sum->margin_permille ? permille : sum->margin_permille;
        if (told->states[i] == JUDGED_VIOLATED) {
            ret_violated[i] = true;
        }
    }
}

void sums_write(const struct told *told, struct buf *out)
{
    bool comma = false;

    for (int i = 0; told != NULL && i < INVARIANT_COUNT; i++) {
        buf_add_char(out, letters[told->states[i]]);
    }
    buf_add_text(out, told == NULL ? "- " : " ");
    for (int i = 0; told != NULL && i < INVARIANT_COUNT; i++) {
        if (told->margins_permille[i] >= 0) {
            buf_printf(out, "%s%d=%d", comma ? "," : "", i, (int)told->margins_permille[i]);
            comma = true;
        }
    }
    if (!comma) {
        buf_add_char(out, '-');
    }
    if (told == NULL) {
        buf_add_text(out, " -");
        return;
    }
    const struct pairs *pairs = &told->pairs;
    buf_printf(out, " %" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, pairs->bare,
               pairs->extended, pairs->excused, pairs->online, pairs->excused_online);
}

static bool read_pairs(const char *text, struct pairs *ret)
{
    int at = 0;
    /* NOLINTNEXTLINE(cert-err34-c): a number out of range is a count of no weight */
    return sscanf(text, "%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 "%n", &ret->bare,
                  &ret->extended, &ret->excused, &ret->online, &ret->excused_online, &at) == 5 &&
           text[at] == 0;
}

static bool read_margins(const char *at, struct told *ret)
{
    while (*at != 0) {
        char *end = NULL;
        const long invariant = strtol(at, &end, 10);
        if (end == at || *end != '=' || invariant < 0 || invariant >= INVARIANT_COUNT) {
            return false;
        }
        at = end + 1;
        const long permille = strtol(at, &end, 10);
        if (end == at || (*end != ',' && *end != 0) || permille < 0 || permille > INT32_MAX) {
            return false;
        }
        ret->margins_permille[invariant] = (int32_t)permille;
        at = *end == ',' ? end + 1 : end;
    }
    return true;
}

bool sums_read(const char *states, const char *margins, const char *pairs, struct told *ret,
               bool *ret_judged)
{
    *ret_judged = strcmp(states, "-") != 0;
    if (!*ret_judged) {
        return true;
    }
    if (strlen(states) != INVARIANT_COUNT || strspn(states, letters) != INVARIANT_COUNT) {
        return false; /* of another program */
    }
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        ret->states[i] = (uint8_t)(strchr(letters, states[i]) - letters);
        ret->margins_permille[i] = -1;
    }
    return (strcmp(margins, "-") == 0 || read_margins(margins, ret)) &&
           read_pairs(pairs, &ret->pairs);
}
