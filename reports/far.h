/* How far a row came on its way from who wrote it to the device that a violation is about. */
#ifndef HUBBUB_REPORTS_FAR_H
#define HUBBUB_REPORTS_FAR_H

#include "reports/cast.h"
#include "server/base/mem.h"

enum far_stage {
    FAR_WRITTEN,
    FAR_CAME,
    FAR_COMMITTED,
    FAR_PUBLISHED,
    FAR_IN_REDIS,
    FAR_HEARD,
    FAR_SENT,
    FAR_SHOWN,
    FAR_STAGES
};

struct far {
    int64_t at_us[FAR_STAGES]; /* INT64_MAX: never */
    bool
        no_bus; /* its receiver's node committed it, or nobody was told what became of publications */
};

/* Of the first place that the violation is about. False: it is about none, or nobody is to see it. */
bool far_of(const struct keep *keep, const struct cast *cast, struct far *ret);
/* The last stage that it reached until it broke. */
enum far_stage far_last(const struct far *far, int64_t broke_us);
const char *far_word(enum far_stage stage);
/* A line of it; nothing where there is none. */
void far_print(const struct keep *keep, const struct cast *cast, struct buf *out);

#endif
