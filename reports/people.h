/* What each person saw of a violation, from a recorded run. */
#ifndef HUBBUB_REPORTS_PEOPLE_H
#define HUBBUB_REPORTS_PEOPLE_H

#include "reports/style.h"
#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/check.h"

struct people_row { /* one observation that matters, kept with its text */
    struct obs obs;
    char *text; /* owned; NULL: none */
};

struct people { /* collects what concerns one violation, from a recorded run */
    const struct violation *violation;
    const char *(*fault_word)(
        uint64_t kind); /* what a fault's kind is called; NULL: by its number */
    struct people_row *rows;
    size_t rows_len, rows_cap;
    uint64_t left_out; /* observations beyond what is kept */
};

/* For obs_sink: keeps what concerns the violation's room, devices and places, and faults. */
void people_observe(void *user, const struct obs *obs);
/* The involved devices side by side, then the events that matter and the faults before it. */
void people_print(const struct people *people, const struct style *style, struct buf *out);
void people_deinit(struct people *people);

#endif
