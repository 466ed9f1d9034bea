/* A node's life as text: what it was given and what it wanted, so that the same events can be given
 * to the same node elsewhere and its effects compared byte by byte.
 *
 *   hubbub-node-record 2
 *   config <values>                           what the node was made with
 *   event <kind> <mono us> <wall ms> ...      what its driver gave
 *   draw <bits>                               what it pulled of entropy during that step
 *   > send 12 <hex> / > close 12 1000 ...     what it wanted, in order; its next timer
 *
 * Bytes are hex, "-" for none of them, "." for absent. Written by the simulator
 * (`hubbub run --record-node`), read by the runtime's test. Pure. */
#ifndef HUBBUB_SERVER_NODE_RECORD_H
#define HUBBUB_SERVER_NODE_RECORD_H

#include "server/base/mem.h"
#include "server/node/node.h"

/* Each appends whole lines. */
void record_config(struct buf *out, const struct node_config *config);
void record_event(struct buf *out, const struct node_event *event);
void record_draw(struct buf *out, uint64_t bits);
void record_effects(struct buf *out, const struct effects *effects);

struct record {
    const char *at, *end; /* borrows the text */
    struct arena arena;   /* of the last event */
    struct wire *frame;   /* of the last event */
};

/* Reads the head and the configuration, without entropy. HB_EFRAME: no record of this format. */
HB_MUST_USE enum hb_err record_open(struct record *record, const char *text, size_t text_len,
                                    struct node_config *ret);
bool record_at_end(const struct record *record);
/* The next event; what it points to lives until the next call. HB_EFRAME: the line is none. */
HB_MUST_USE enum hb_err record_next(struct record *record, struct node_event *ret);
/* The next draw of this step. HB_EFRAME: another one was not made. */
HB_MUST_USE enum hb_err record_next_draw(struct record *record, uint64_t *ret);
/* The lines of this step's effects. */
struct text record_next_effects(struct record *record);
void record_close(struct record *record);

#endif
