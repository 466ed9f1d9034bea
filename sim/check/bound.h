/* All bounds by name. The text that people read and the expression that the judge computes are one:
 * each formula below is compiled, and printed, as it stands.
 *
 * Its letters are the local variables of bound_value, in us but where said otherwise:
 *   L client latency   R Redis, a publication included   D a transaction
 *   A announcements' tick   gap a node's   client_gap a client's, before it asks
 *   Bk a client's back-off, Bk_least its first   answer it gives up on one   K lease   S sweep
 *   redis_pause, retry: a node's, before it connects again, and tries a transaction again
 *   pause a client's after a refused sync: client_gap, or retry if that is longer
 *   H, Ht a ping's interval and time-out   silence what a client waits for: H + Ht, or 2 answers if longer
 *   hello a node's wait for one
 *   beat a heartbeat of presence   G the grace of who left
 *   T the expiry of who types, by the slowest clock that the plan makes, th the throttle of what is told of them, refresh how often they say so
 *   F a client's wait before it says what arrived and was read   full_pass between two looks at all rooms
 *   probe between a node's looks at its name, by the slowest clock
 *   V a node's looks for what was revoked, by the slowest clock that the plan makes
 *   W the skew that is taken, in ms   P rows of a page   B rows of a repair's read
 *   rows, rooms, pages, stamps, answers: how many there are   reads of B rows, for what is missing
 *
 * Where a bound starts to count from is in path.c. */
#ifndef HUBBUB_SIM_CHECK_BOUND_H
#define HUBBUB_SIM_CHECK_BOUND_H

#include "server/base/base.h"
#include "sim/history/obs.h"

/* name, unit, formula, what it is */
#define BOUND_FORMULA_MAP(X)                                                                       \
    X(BOUND_AT_ONCE, "", 0, "it holds at every instant")                                           \
    X(BOUND_SKEW, "ms", W, "a stamp further ahead of a node's wall clock is not taken")            \
    X(BOUND_CARRIES, "ms", (stamps + 65535) / 65536, "each 65536 stamps carry into a millisecond") \
    X(BOUND_UNDISTURBED, "us", D + R + L,                                                          \
      "committed and answered, published, delivered; one that overtook another waits as long")     \
    X(BOUND_REPAIR, "us", 2 * A + gap + R + (1 + reads) * D + L,                                   \
      "a lost publication is named by the committer's next announcement, or by the number of "     \
      "the one after it, looked up, and read from the log")                                        \
    X(BOUND_REPAIR_DEAD, "us", 2 * A + gap + R + (1 + reads) * D + L + K + S,                      \
      "the same when the committer died: its lease ends, and another node sweeps")                 \
    X(BOUND_AWAY, "us", K + S + redis_pause + 3 * R + 2 * A + gap + R + (1 + reads) * D + L,       \
      "the same while Redis is away: within a lease a node knows that it, or a peer, is without "  \
      "Redis, compares its rooms with the log at each sweep, and finds its way back")              \
    X(BOUND_REDIS, "us", redis_pause + 3 * R,                                                      \
      "a node's way back to Redis: its pause, then connect, handshake, subscribe")                 \
    X(BOUND_FORGET, "us", 100 * K, "a node knows of another that is silent for so long")           \
    X(BOUND_DATABASE, "us", retry + 2 * D, "a refused transaction's second try")                   \
    X(BOUND_ONLINE, "us", 2 * Bk + answer + K / 2 + 5 * L + 2 * D + R + retry,                     \
      "two tries, of which the first may meet a node that does not answer; one whose Redis is "    \
      "away answers from the log alone after half a lease")                                        \
    X(BOUND_BACKOFF, "us", Bk_least, "no pause of a client is shorter")                            \
    X(BOUND_READY, "us", 4 * D + retry,                                                            \
      "a node's start: it finds its last life and registers the next; twice if it was overtaken")  \
    X(BOUND_HELLO, "us", gap + 2 * R + 5 * D,                                                      \
      "a node reads whose the hello is, subscribes to what it does not follow yet, reads the "     \
      "heads and what it lacks; once more if somebody left or joined meanwhile")                   \
    X(BOUND_START, "us", 2 * D + retry, "a node registers, and reads what its earlier lives left") \
    X(BOUND_DRAIN, "us", 2 * D * answers,                                                          \
      "what is under way on a connection: each answer is at most two transactions")                \
    X(BOUND_ANSWER, "us", 2 * L + D,                                                               \
      "there, a transaction, and back: nothing of the same connection and room waits before it")   \
    X(BOUND_ANSWER_HTTP, "us", 2 * L + 2 * D, "the same; first it is read who asks")               \
    X(BOUND_ANSWER_DIRECT, "us", 2 * L + 2 * D, "the same; first the room of the two is made")     \
    X(BOUND_ANSWER_BEHIND, "us", 2 * L + 3 * D,                                                    \
      "the same; first the connection's join or leave of that room is done")                       \
    X(BOUND_OUT, "us", L,                                                                          \
      "what may go out does at once; whoever looks on from outside sees it a way later")           \
    X(BOUND_LINGER, "us", K + S + L,                                                               \
      "a room whose last reader went is followed for a lease, until the next sweep")               \
    X(BOUND_FOLLOWED, "us", K + S + L + K + 2 * (beat + A) + 2 * R,                                \
      "the same, and then a person whom nobody here is told of: for a lease after their node's "   \
      "last look, until the next heartbeat")                                                       \
    X(BOUND_SILENT, "us", H + Ht + L,                                                              \
      "a node's connection on which nothing is heard, by the node's own clock")                    \
    X(BOUND_SILENT_HELLO, "us", hello + L, "the same before its hello")                            \
    X(BOUND_PING, "us", H - L, "between two pings of a connection, as its node hears them")        \
    X(BOUND_UNAWARE, "us", silence,                                                                \
      "a client on a half-open connection: it hears nothing, or has no answer; or L after the "    \
      "node's end of it")                                                                          \
    X(BOUND_PAGES, "pages", rows / P + rooms + 1, "what a sync of so many rows may take")          \
    X(BOUND_SYNC, "us", (2 * L + 2 * D + retry) * pages, "the time of so many pages")              \
    X(BOUND_PAUSE, "us", retry + 2 * D + L + pause,                                                \
      "a sync that the database refused is begun again, after a pause")                            \
    X(BOUND_HELD, "us",                                                                            \
      client_gap + (2 * L + 2 * D + retry) * pages + 2 * A + gap + R + (1 + reads) * D + L,        \
      "a client holds while it syncs, and asks when it has held for long")                         \
    X(BOUND_REST, "us",                                                                            \
      Bk + 3 * L + (2 * L + 2 * D + retry) * pages + 2 * A + gap + R + (1 + reads) * D + L,        \
      "a connection, the longest sync and a repair after the last fault")                          \
    X(BOUND_CHOSEN, "us", L + D, "what somebody chooses is there, and in the database")            \
    X(BOUND_SEEN, "us", 2 * L + D + 5 * R,                                                         \
      "there, a transaction for what they chose; what is under way with Redis, twice; said, "      \
      "folded, published; delivered")                                                              \
    X(BOUND_SEEN_REPAIR, "us", 2 * L + D + 5 * R + beat + A,                                       \
      "the same when a publication was lost: each node reads everyone again in a heartbeat, at "   \
      "its ticks")                                                                                 \
    X(BOUND_SEEN_LOST, "us", 2 * L + D + 5 * R + 2 * (beat + A) + redis_pause,                     \
      "who left is forgotten by Redis: whoever is there says so again by a heartbeat, or as soon " \
      "as it is back, and the next heartbeat finds that nobody did")                               \
    X(BOUND_LEFT, "us", G + 2 * L + D + 5 * R, "who left is shown so after the grace")             \
    X(BOUND_GHOST, "us", K + S + R + G + S + R + 2 * L + D + 5 * R,                                \
      "their node died: its lease ends, a sweep misses it, after the grace a second one ends "     \
      "that life and reads who was in it")                                                         \
    X(BOUND_GHOST_AWAY, "us",                                                                      \
      K + redis_pause + 2 * S + R + G + S + R + 2 * L + D + 5 * R + 2 * (beat + A),                \
      "nobody judges leases yet: a lease and a back-off after the way to Redis is well, and a "    \
      "sweep to find whose there are; or Redis lost all: two heartbeats that find nothing")        \
    X(BOUND_BEAT, "us", beat + A + R, "the last word of a connection is no older")                 \
    X(BOUND_TYPING, "us", T + R + L,                                                               \
      "who says no more that they type: their node finds that, publishes it, it is delivered")     \
    X(BOUND_TYPING_LOST, "us", T + th + R + L,                                                     \
      "the same when a word was lost, or two nodes told of them: the last start may have waited "  \
      "for the throttle, and whoever was told it forgets it by itself")                            \
    X(BOUND_TYPING_STOP, "us", R + L, "a stop is published and delivered at once")                 \
    X(BOUND_TYPING_SHOWN, "us", th + R + L,                                                        \
      "a start that a node heard waits for the throttle, is published, delivered")                 \
    X(BOUND_TYPING_OTHERS, "us", R, "a stop that another node heard is told")                      \
    X(BOUND_TYPING_KEY, "us", refresh + L, "the last word of who presses keys is no older")        \
    X(BOUND_TYPING_APART, "us", th,                                                                \
      "between two starts of one person and room, by the node's clock")                            \
    X(BOUND_TYPING_KEPT, "us", T + 2 * th + R,                                                     \
      "a start that waited, its expiry, and the throttle after it")                                \
    X(BOUND_PRESENCE_REST, "us",                                                                   \
      redis_pause + 3 * R + K + redis_pause + 2 * S + R + G + S + R + 2 * L + D + 5 * R +          \
          2 * (beat + A),                                                                          \
      "back to Redis, and the longest of these, after the last fault and change")                  \
    X(BOUND_BATCH, "us", F, "between two frames of one connection and room")                       \
    X(BOUND_RECEIPT, "us", D + R + L, "a receipt that is in the database is told, undisturbed")    \
    X(BOUND_RECEIPT_REPAIR, "us", full_pass + 2 * D + L + F + (2 * L + 2 * D + retry) * pages,     \
      "beyond the repair of an entry: a lost publication is found when the room is next compared " \
      "with the log, or what was missed is asked for, which waits for what else is to be said")    \
    X(BOUND_RECEIPT_SAID, "us",                                                                    \
      Bk + 3 * L + 2 * F + (2 * L + 2 * D + retry) * pages + L + 2 * D + retry,                    \
      "a connection, what was missed, and what was read is said")                                  \
    X(BOUND_TOKEN, "us", A, "a node to which nothing comes looks at its tick, by its own clock")   \
    X(BOUND_TAKEN, "us", probe + 3 * D + 2 * retry,                                                \
      "a node looks whether it still has its name, and asks who does; each is tried again once")   \
    X(BOUND_REVOKED, "us", V + 2 * D,                                                              \
      "a node looks for what was revoked; the look before this one may be under way")

enum bound {
#define X(name, unit, formula, what) name,
    BOUND_FORMULA_MAP(X)
#undef X
        BOUND_COUNT
};

struct bound_info {
    const char *unit; /* "": the formula is 0 */
    const char *formula;
    const char *what;
};
const struct bound_info *bound_info(enum bound bound);

/* What a history holds and no parameter says; 0 where the formula does not name it. */
struct amounts {
    uint64_t rows, rooms, pages, stamps, answers;
    uint64_t missing; /* rows that a repair brings: as many reads as they need, and one at least */
};
int64_t bound_value(enum bound bound, const struct bounds *bounds, struct amounts amounts);
/* Of one whose formula names no amount. */
static inline int64_t bound_plain(enum bound bound, const struct bounds *bounds)
{
    return bound_value(bound, bounds, (struct amounts){0});
}

#endif
