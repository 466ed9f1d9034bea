/* What the judge has come to: check.h. */
#include "sim/check/check.h"
#include "sim/check/log.h"
#include "sim/check/ord.h"
#include "sim/check/sec.h"
#include "sim/check/syn.h"
#include "sim/check/truth.h"

static bool all_seen(const struct judge *judge, const struct evidence *evidence)
{
    for (uint32_t i = 0; i < evidence->len; i++) {
        if (!judge->seen[evidence->kinds[i]]) {
            return false;
        }
    }
    return true;
}

struct invariant_result judge_result(const struct judge *judge, enum invariant invariant)
{
    const struct invariant_info *info = invariant_info(invariant);
    struct invariant_result result = {.violations = judge->violated[invariant],
                                      .used_us = judge->margins[invariant].used_us,
                                      .bound_us = judge->margins[invariant].bound_us};
    const bool black_box = judge->form != FORM_LOG && info->black_box.len != 0;

    result.judged = judge->judged[invariant] + ord_shown(judge, invariant) +
                    syn_shown(judge, invariant) + sec_shown(judge, invariant) +
                    log_shown(judge, invariant);
    if (result.violations > 0) {
        result.state = JUDGED_VIOLATED;
    } else if (!all_seen(judge, black_box ? &info->black_box : &info->evidence)) {
        result.state = JUDGED_NO_EVIDENCE;
    } else if (result.judged == 0) {
        result.state = JUDGED_NOT_EXERCISED;
    } else {
        result.state = JUDGED_HELD;
    }
    return result;
}

struct pairs judge_pairs(const struct judge *judge)
{
    return judge->pairs;
}

size_t judge_violations(const struct judge *judge, const struct violation **ret)
{
    *ret = judge->violations;
    return judge->violations_len;
}

const char *judge_unrest(const struct judge *judge)
{
    return judge->unrest;
}
