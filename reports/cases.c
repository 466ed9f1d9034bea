/* Cases: one of a report, their number and names. See cases.h. */
#include "reports/cases.h"

#include <inttypes.h>
#include <string.h>

/* A line for each violation; else the faults that did not come about, which a run that ends early for a
 * violation may well lack. */
static void put_details(const struct report *report, struct buf *out)
{
    const struct judgement *judgement = report->judgement;
    const struct tally *tally = report->tally;

    buf_reserve(out, 1);
    for (size_t i = 0; i < judgement->violations_len; i++) {
        const struct violation *violation = &judgement->violations[i];
        buf_printf(out,
                   "%s at %" PRId64 ".%06" PRId64 " s: ", invariant_info(violation->invariant)->id,
                   violation->at_us / 1000000, violation->at_us % 1000000);
        buf_add_text(out, violation->summary);
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; judgement->violations_len == 0 && i < tally->faults_len; i++) {
        const struct tally_fault *fault = &tally->faults[i];
        if (!fault->by_clients && fault->fired < fault->planned) {
            buf_printf(out, "%s: %" PRIu64 " of %" PRIu64 " planned fired\n", fault->name,
                       fault->fired, fault->planned);
        }
    }
}

struct report_case report_case_of(const struct report *report, const char *file,
                                  struct buf *details)
{
    const struct judgement *judgement = report->judgement;
    struct report_case ret = {.end = CASE_GOOD,
                              .group = report->scenario,
                              .seed = report->seed,
                              .word = verdict_word(judgement->verdict),
                              .invariant = "",
                              .message = judgement->inconclusive_why,
                              .file = file,
                              .command = report->command,
                              .hash = report->hash,
                              .wall_us = report->wall_us};
    put_details(report, details);
    ret.details = details->bytes;
    if (judgement->violations_len > 0) {
        ret.end = CASE_BAD;
        ret.invariant = invariant_info(judgement->violations[0].invariant)->id;
        ret.message = judgement->violations[0].summary;
    } else if (judgement->inconclusive_why[0] != 0) {
        ret.end = CASE_UNCLEAR;
    }
    return ret;
}

size_t report_cases_count(const struct report_cases *cases, enum case_end end)
{
    size_t count = 0;
    for (size_t i = 0; i < cases->len; i++) {
        count += cases->cases[i].end == end;
    }
    return count;
}

void report_case_name(const struct report_case *of, struct buf *out)
{
    if (of->name != NULL) {
        buf_add_text(out, of->name);
    } else {
        buf_printf(out, "seed %" PRIu64, of->seed);
    }
}
