/* Assertions, errors and instants: the few words that everything else is written in.
 *
 * Thread: any. One `_Thread_local` context is the only mutable global of the project: it gives a
 * failed assertion its seed and its virtual instant (in a simulation an assertion is a finding too). */
#ifndef HUBBUB_SERVER_BASE_BASE_H
#define HUBBUB_SERVER_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HB_MUST_USE          __attribute__((warn_unused_result))
#define HB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* --- Assertions -----------------------------------------------------------------------------
 * HB_ASSERT states what the code has proved; a false one is our bug and ends the process. It is
 * on in every build. HB_ASSERT_SLOW is for checks that are not O(1); the `release` preset drops it.
 * Never assert what a peer, a disk or an operator can cause: that is an `enum hb_err`. */
_Noreturn void hb_panic(const char *file, int line, const char *func, const char *what);

#define HB_ASSERT(cond)     ((cond) ? (void)0 : hb_panic(__FILE__, __LINE__, __func__, #cond))
#define HB_UNREACHABLE(why) hb_panic(__FILE__, __LINE__, __func__, "unreachable: " why)
#if defined(HUBBUB_SLOW_ASSERTS)
#define HB_ASSERT_SLOW(cond) HB_ASSERT(cond)
#else
#define HB_ASSERT_SLOW(cond) ((void)sizeof(cond))
#endif

/* What a failing assertion prints besides its place, and how the process ends. All zero: prints
 * the place only and aborts. */
struct hb_context {
    const char *what;        /* e.g. "seed 7 of city"; borrowed; NULL: not in a simulation */
    int64_t now_us;          /* virtual time */
    int exit_code;           /* 0: abort(); else _Exit(exit_code) after the message */
    int no_memory_exit_code; /* the same where memory ran out; 0: as any other */
    uint32_t part;           /* which node is at work, from 1; 0: none */
    /* Called once, after a failed assertion was told and before the process ends: the heap is as it was.
     * One that fails in there ends it at once. NULL: nobody wants to know. */
    void (*dies)(void *user, const char *file, int line, const char *what);
    void *dies_user;
};
struct hb_context *hb_context(void);

#define HB_EXIT_NO_MEMORY 12 /* for whoever wants to tell it from a failed assertion; ENOMEM */

/* The heap, or a limit of it, is exhausted: says so and ends the process. `bytes` 0: a library's own. */
_Noreturn void hb_no_memory(size_t bytes);

/* --- Errors ---------------------------------------------------------------------------------
 * What a caller can meet and must handle. The wire word is what a peer sees in a `nack` or `error`.
 * `temporary` tells a client that the same request may succeed later. */
#define HB_ERR_MAP(X)                                                                              \
    X(HB_ENOMEM, "no_memory", true, "memory is exhausted")                                         \
    X(HB_EJSON, "bad_json", false, "bytes that are not strict JSON")                               \
    X(HB_EDEPTH, "too_deep", false, "JSON nested deeper than the limit")                           \
    X(HB_EFRAME, "bad_frame", false, "JSON that is not a frame of the protocol")                   \
    X(HB_ETYPE, "unknown_type", false, "a frame type that this side does not know")                \
    X(HB_EFIELD, "bad_field", false, "a field is missing, of the wrong type or out of range")      \
    X(HB_ELARGE, "too_large", false, "larger than a limit of the protocol")                        \
    X(HB_ELIMIT, "limit", true, "a named limit of this node was reached")                          \
    X(HB_ESKEW, "clock_skew", false, "a stamp too far ahead of our clock")                         \
    X(HB_ECLOCK, "clock_exhausted", false, "no stamp is left above the room's last")               \
    X(HB_EDENIED, "denied", false, "no such room, or the session may not do this")                 \
    X(HB_EAUTH, "unauthenticated", false, "no valid token came first")                             \
    X(HB_EALREADY, "already", false, "done before on this connection")                             \
    X(HB_ECURSOR, "bad_cursor", false, "a cursor that this server did not give to this user")      \
    X(HB_ERESET, "reset", false, "a cursor of another epoch: start from the log again")            \
    X(HB_ECONFLICT, "conflict", false, "the name or the id is taken")                              \
    X(HB_EAGAIN, "try_again", true, "a port is busy or down; nothing was changed")                 \
    X(HB_EUNKNOWN, "unknown", true, "the answer was lost; it may or may not have happened")        \
    X(HB_EFENCED, "fenced", true, "a newer life of this node has registered; nothing was changed") \
    X(HB_ESTAMP, "stamp_taken", true, "another entry has this stamp already; nothing was changed")

enum hb_err {
    HB_OK = 0,
#define X(code, wire, temporary, text) code,
    HB_ERR_MAP(X)
#undef X
};

/* The stable wire word of `err` ("ok" for HB_OK): static storage, never NULL. */
const char *hb_err_wire(enum hb_err err);
/* The text for people: static storage, never NULL. */
const char *hb_err_text(enum hb_err err);
bool hb_err_temporary(enum hb_err err);

/* --- Instants -------------------------------------------------------------------------------
 * Two clocks, two types: a comparison of wall time with monotonic time does not compile. */
struct mono { /* since the node or the run started; never goes back */
    int64_t us;
};
struct wall { /* since 1970, as this machine believes; may jump either way */
    int64_t ms;
};
#define MONO_NEVER ((struct mono){INT64_MAX})

/* Durations, in us. */
#define MS     INT64_C(1000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

#endif
