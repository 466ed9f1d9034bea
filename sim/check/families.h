/* Who judges what: the entry points of the invariant families. */
#ifndef HUBBUB_SIM_CHECK_FAMILIES_H
#define HUBBUB_SIM_CHECK_FAMILIES_H

#include "sim/check/truth.h"

/* A row that got its place in a log: by a commit, or, black box, by the first who was shown it. */
struct placed {
    const struct obs *obs;
    struct room *room;
    struct row *row;
    struct send *send; /* NULL: an entry without a client id */
    bool committed;    /* false: black box */
    bool again;        /* this message had a place before */
    bool before;       /* a device was shown this place before it was committed */
};

/* shown.c: the hot path of all families, and other rows that clients got. */
void shown_observe(struct judge *judge, const struct obs *obs);
void shown_row(struct judge *judge, const struct obs *obs); /* RECV, SYNC_ROW */
void shown_reset(struct judge *judge, const struct obs *obs);
/* Links a row to what a person wrote; true: the row says just that. */
bool row_faithful(const struct judge *judge, const struct row *row, uint32_t room);

/* ord.c */
void ord_placed(struct judge *judge, const struct placed *placed);
void ord_row(struct judge *judge, const struct obs *obs, const struct row *row);
void ord_out_of_order(struct judge *judge, const struct obs *obs, struct view *view,
                      const struct row *row);
void ord_send(struct judge *judge, const struct obs *obs, struct send *send);
void ord_ack(struct judge *judge, const struct obs *obs, struct send *send);

/* hlc.c */
void hlc_observe_stamp(struct judge *judge, const struct obs *obs);
void hlc_observe_life(struct judge *judge, const struct obs *obs);
void hlc_placed(struct judge *judge, const struct placed *placed);

/* syn.c */
void syn_placed(struct judge *judge, const struct placed *placed);
void syn_row_unfaithful(struct judge *judge, const struct obs *obs);
void syn_resumed(struct judge *judge, const struct obs *obs, struct view *view);
void syn_ack_sent(struct judge *judge, const struct obs *obs);
void syn_final(struct judge *judge, const struct obs *obs);
void syn_end(struct judge *judge);

/* syn_page.c: sync sessions */
void page_observe(struct judge *judge, const struct obs *obs);
void page_abandon(struct device *device);

/* sec.c: true if it found the row to be forged */
bool sec_row(struct judge *judge, const struct obs *obs);

/* liv.c: what must happen in time (also SYN-02) */
void liv_placed(struct judge *judge, const struct placed *placed);
void liv_shown_slow(struct judge *judge, const struct device *device, const struct room *room,
                    const struct row *row, const struct obs *obs);
void liv_connection(struct judge *judge, const struct obs *obs);
void liv_held(struct judge *judge, const struct obs *obs);
void liv_held_shown(struct judge *judge, struct view *view, uint64_t seq);
void liv_held_forget(struct judge *judge, struct view *view);
/* Deadlines that ended before `now_us`. */
void liv_deadlines(struct judge *judge, int64_t now_us);

#endif
