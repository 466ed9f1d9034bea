/* See typ.h. */
#include "sim/check/typ.h"

#include "sim/check/direct.h"
#include "sim/check/typ_said.h"
#include "sim/check/typ_shown.h"
#include "sim/check/typ_told.h"

void typ_init(struct judge *judge)
{
    if (judge->bounds.typing_us != 0) {
        typ_people_init(judge);
    }
}

void typ_deinit(struct judge *judge)
{
    typ_people_deinit(judge);
}

void typ_observe(struct judge *judge, const struct obs *obs)
{
    if (judge->typ == NULL) {
        return;
    }
    switch ((int)obs->kind) {
    case OBS_SHOWN:
        typ_shown_entry(judge, obs);
        return;
    case OBS_COMMIT:
        typ_said_commit(judge, obs);
        return;
    case OBS_SEND:
        typ_said_send(judge, obs);
        return;
    case OBS_KEY:
        typ_said_key(judge, obs);
        return;
    case OBS_TYPED:
        direct_typed(judge, obs);
        typ_said_heard(judge, obs);
        return;
    case OBS_SAID:
        typ_said_refused(judge, obs);
        return;
    case OBS_HANGUP:
    case OBS_GONE:
        typ_said_gone(judge, obs);
        return;
    case OBS_TYPING_TOLD:
        direct_told(judge, obs);
        typ_told_observe(judge, obs);
        return;
    case OBS_TYPIST:
        typ_shown_observe(judge, obs);
        return;
    case OBS_TYPISTS:
        typ_told_kept(judge, obs);
        return;
    default:
        return;
    }
}

void typ_due(struct judge *judge, struct due due)
{
    if (due.kind == DUE_KEY) {
        typ_said_due(judge, due);
    } else {
        typ_shown_due(judge, due);
    }
}
