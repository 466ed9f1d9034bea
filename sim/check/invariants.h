/* What is judged: a row an invariant, with all that is told of it.
 *
 * id; the sentence; the kinds of observation that must have come at least once, or it is not judged;
 * the same on clients' observations alone (declarations of users and devices are part of any
 * history); the bounds that it is held to, by name. */
#ifndef HUBBUB_SIM_CHECK_INVARIANTS_H
#define HUBBUB_SIM_CHECK_INVARIANTS_H

#include "sim/check/bound.h"
#include "sim/history/obs.h"

#define INVARIANT_MAP(X)                                                                           \
    X(ORD_01, "ORD-01", "everyone sees the same message at the same place of a room",              \
      EVIDENCE(OBS_COMMIT, OBS_SHOWN), EVIDENCE(OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))                 \
    X(ORD_02, "ORD-02", "a room's committed entries are numbered 1, 2, 3, ... without a hole",     \
      EVIDENCE(OBS_COMMIT), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                        \
    X(ORD_03, "ORD-03",                                                                            \
      "what a device shows of a room is in increasing order, from top to bottom",                  \
      EVIDENCE(OBS_SHOWN), EVIDENCE(OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))                             \
    X(ORD_04, "ORD-04",                                                                            \
      "a device shows every entry between the first and the last it shows, or a marker for it",    \
      EVIDENCE(OBS_SHOWN), EVIDENCE(OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))                             \
    X(ORD_05, "ORD-05", "what one device writes to a room is committed in the order written",      \
      EVIDENCE(OBS_SEND, OBS_COMMIT), EVIDENCE(OBS_SEND, OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))        \
    X(ORD_06, "ORD-06", "a reply stands below what its writer had been shown in that room",        \
      EVIDENCE(OBS_SEND, OBS_SHOWN, OBS_COMMIT), EVIDENCE(OBS_SEND, OBS_SHOWN),                    \
      BOUNDS(BOUND_AT_ONCE))                                                                       \
    X(ORD_07, "ORD-07",                                                                            \
      "a reply's stamp is above the stamps of all that its writer had been shown or had acked, "   \
      "in any room",                                                                               \
      EVIDENCE(OBS_SEND, OBS_COMMIT, OBS_STAMP), NO_FORM, BOUNDS(BOUND_SKEW))                      \
    X(ORD_08, "ORD-08", "no message is shown twice on a device", EVIDENCE(OBS_SHOWN),              \
      EVIDENCE(OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))                                                  \
    X(ORD_09, "ORD-09", "all that anybody is told of a message is what the log has of it",         \
      EVIDENCE(OBS_COMMIT, OBS_SHOWN), EVIDENCE(OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))                 \
    X(ORD_10, "ORD-10", "every ack of a message says the same, and what was committed",            \
      EVIDENCE(OBS_ACK, OBS_COMMIT), EVIDENCE(OBS_ACK), BOUNDS(BOUND_AT_ONCE))                     \
    X(ORD_11, "ORD-11", "a message written after another's ack arrived stands below it",           \
      EVIDENCE(OBS_SEND, OBS_ACK, OBS_COMMIT), EVIDENCE(OBS_SEND, OBS_ACK, OBS_SHOWN),             \
      BOUNDS(BOUND_AT_ONCE))                                                                       \
    X(ORD_12, "ORD-12", "heads that a connection is told of, and its cursors, do not go back",     \
      EVIDENCE(OBS_ARRIVED, OBS_SAID_HEAD), NO_FORM, BOUNDS(BOUND_AT_ONCE))                        \
    X(ORD_14, "ORD-14",                                                                            \
      "what a connection is sent of a room goes on where its welcome says, each entry the next",   \
      EVIDENCE(OBS_MEMBER, OBS_ARRIVED, OBS_SAID, OBS_SENT), NO_FORM, BOUNDS(BOUND_AT_ONCE))       \
    X(ORD_15, "ORD-15", "a head that a node names is one that the log has",                        \
      EVIDENCE(OBS_COMMIT, OBS_ARRIVED, OBS_SAID_HEAD), NO_FORM, BOUNDS(BOUND_AT_ONCE))            \
    X(HLC_01, "HLC-01", "a node's own stamps grow, also over a restart", EVIDENCE(OBS_STAMP),      \
      NO_FORM, BOUNDS(BOUND_AT_ONCE))                                                              \
    X(HLC_02, "HLC-02", "a node stamps above every stamp that it has taken",                       \
      EVIDENCE(OBS_STAMP, OBS_CAME), NO_FORM, BOUNDS(BOUND_SKEW))                                  \
    X(HLC_03, "HLC-03", "in a room, the order of stamps is the order of places",                   \
      EVIDENCE(OBS_COMMIT), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                        \
    X(HLC_04, "HLC-04", "no two entries of a room have the same stamp", EVIDENCE(OBS_COMMIT),      \
      NO_FORM, BOUNDS(BOUND_AT_ONCE))                                                              \
    X(HLC_05, "HLC-05", "no stamp is ahead of the fastest wall clock that any node ever had",      \
      EVIDENCE(OBS_COMMIT, OBS_STAMP), NO_FORM, BOUNDS(BOUND_CARRIES))                             \
    X(HLC_06, "HLC-06",                                                                            \
      "a stamp that is refused changes nothing: a node goes on from what it may take",             \
      EVIDENCE(OBS_STAMP, OBS_CAME, OBS_COMMIT), NO_FORM, BOUNDS(BOUND_SKEW))                      \
    X(HLC_09, "HLC-09",                                                                            \
      "a stamp is its node's clock, or one above what the node knows where that is not below it",  \
      EVIDENCE(OBS_STAMP, OBS_CAME, OBS_COMMIT), NO_FORM, BOUNDS(BOUND_AT_ONCE))                   \
    X(SYN_01, "SYN-01", "what was acked, or stood in the log, stays in the log",                   \
      EVIDENCE(OBS_FINAL, OBS_END), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                \
    X(SYN_02, "SYN-02", "what was committed is shown to every member who is connected",            \
      EVIDENCE(OBS_COMMIT, OBS_MEMBER, OBS_CONN_OPEN, OBS_WELCOME), NO_FORM,                       \
      BOUNDS(BOUND_REPAIR, BOUND_REPAIR_DEAD, BOUND_AWAY))                                         \
    X(SYN_03, "SYN-03", "nothing is shown that its sender did not write",                          \
      EVIDENCE(OBS_SEND, OBS_SHOWN), EVIDENCE(OBS_SEND, OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))         \
    X(SYN_04, "SYN-04", "a message is committed at most once, however often it was sent",          \
      EVIDENCE(OBS_COMMIT), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                        \
    X(SYN_05, "SYN-05", "a sync gives every entry after the position asked from, up to the head",  \
      EVIDENCE(OBS_SYNC_BEGIN, OBS_SYNC_HEAD, OBS_SYNC_PAGE),                                      \
      EVIDENCE(OBS_SYNC_BEGIN, OBS_SYNC_HEAD, OBS_SYNC_PAGE), BOUNDS(BOUND_AT_ONCE))               \
    X(SYN_06, "SYN-06", "a sync ends within the pages that its rows need, and one",                \
      EVIDENCE(OBS_SYNC_BEGIN, OBS_SYNC_PAGE), EVIDENCE(OBS_SYNC_BEGIN, OBS_SYNC_PAGE),            \
      BOUNDS(BOUND_AT_ONCE))                                                                       \
    X(SYN_07, "SYN-07", "each page of a sync is within the limit and moves the cursor",            \
      EVIDENCE(OBS_SYNC_BEGIN, OBS_SYNC_PAGE), EVIDENCE(OBS_SYNC_BEGIN, OBS_SYNC_PAGE),            \
      BOUNDS(BOUND_AT_ONCE))                                                                       \
    X(SYN_08, "SYN-08", "a cursor never stands above what was committed and given",                \
      EVIDENCE(OBS_SYNC_BEGIN, OBS_SYNC_CURSOR), NO_FORM, BOUNDS(BOUND_AT_ONCE))                   \
    X(SYN_09, "SYN-09",                                                                            \
      "a sync by time gives all that is of that time or later, and all that the device lacks",     \
      EVIDENCE(OBS_SYNC_BEGIN, OBS_MEMBER, OBS_COMMIT), NO_FORM, BOUNDS(BOUND_AT_ONCE))            \
    X(SYN_10, "SYN-10", "after a reconnect a room goes on where it stopped",                       \
      EVIDENCE(OBS_WELCOME, OBS_SHOWN), EVIDENCE(OBS_WELCOME, OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))   \
    X(SYN_11, "SYN-11", "at rest, every device that is online shows exactly the log",              \
      EVIDENCE(OBS_COMMIT, OBS_MEMBER, OBS_WELCOME, OBS_END), NO_FORM, BOUNDS(BOUND_REST))         \
    X(SYN_12, "SYN-12",                                                                            \
      "at rest, what was written was acked, or is shown to its writer as failed",                  \
      EVIDENCE(OBS_SEND, OBS_END), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                 \
    X(SYN_13, "SYN-13", "nobody is told to begin again without a cause",                           \
      EVIDENCE(OBS_ARRIVED, OBS_HEARD, OBS_SAID), NO_FORM, BOUNDS(BOUND_AT_ONCE))                  \
    X(SYN_14, "SYN-14", "a member is shown the entries of their stays in a room, and no other",    \
      EVIDENCE(OBS_COMMIT, OBS_MEMBER, OBS_SHOWN), NO_FORM, BOUNDS(BOUND_AT_ONCE))                 \
    X(SYN_15, "SYN-15", "a sync knows of all that was acked to its user before",                   \
      EVIDENCE(OBS_ACK_SENT, OBS_ARRIVED, OBS_HEARD, OBS_SAID), NO_FORM, BOUNDS(BOUND_AT_ONCE))    \
    X(SYN_16, "SYN-16", "an ack is sent only after the commit",                                    \
      EVIDENCE(OBS_ACK_SENT, OBS_COMMIT), NO_FORM, BOUNDS(BOUND_AT_ONCE))                          \
    X(SYN_17, "SYN-17",                                                                            \
      "what was refused is not committed: from that attempt, and never if it was refused for "     \
      "good",                                                                                      \
      EVIDENCE(OBS_PUT, OBS_COMMIT, OBS_NACK), NO_FORM, BOUNDS(BOUND_AT_ONCE))                     \
    X(SYN_18, "SYN-18", "each request for a sync has one answer: its own, complete, or a refusal", \
      EVIDENCE(OBS_COMMIT, OBS_ARRIVED, OBS_HEARD, OBS_SAID), NO_FORM, BOUNDS(BOUND_AT_ONCE))      \
    X(SYN_19, "SYN-19",                                                                            \
      "the row of what was written becomes that of its entry, in place and once",                  \
      EVIDENCE(OBS_SEND, OBS_REPLACED), NO_FORM, BOUNDS(BOUND_AT_ONCE))                            \
    X(SYN_20, "SYN-20", "what was committed while nothing was disturbed is shown at once",         \
      EVIDENCE(OBS_COMMIT, OBS_MEMBER, OBS_CONN_OPEN, OBS_WELCOME), NO_FORM,                       \
      BOUNDS(BOUND_UNDISTURBED))                                                                   \
    X(SYN_21, "SYN-21", "the log is only appended to", EVIDENCE(OBS_COMMIT, OBS_FINAL, OBS_END),   \
      NO_FORM, BOUNDS(BOUND_AT_ONCE))                                                              \
    X(SYN_22, "SYN-22", "a member's message is never refused for good",                            \
      EVIDENCE(OBS_SEND, OBS_ACK, OBS_MEMBER), NO_FORM, BOUNDS(BOUND_AT_ONCE))                     \
    X(SYN_23, "SYN-23", "what is missing in a room on screen comes before that of other rooms",    \
      EVIDENCE(OBS_FOCUS), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                         \
    X(SEC_01, "SEC-01",                                                                            \
      "nobody is told of a person with whom they share no room, nor of a room in which they are "  \
      "not",                                                                                       \
      EVIDENCE(OBS_MEMBER, OBS_VIEW), NO_FORM, BOUNDS(BOUND_SEEN_REPAIR))                          \
    X(SEC_02, "SEC-02", "a message's sender is the person who wrote it",                           \
      EVIDENCE(OBS_USER, OBS_DEVICE, OBS_SEND, OBS_SHOWN),                                         \
      EVIDENCE(OBS_USER, OBS_DEVICE, OBS_SEND, OBS_SHOWN), BOUNDS(BOUND_AT_ONCE))                  \
    X(SEC_03, "SEC-03",                                                                            \
      "who bears a token is served until it ends, by their node's clock, and no longer; who was "  \
      "revoked is cut in time, and stays out",                                                     \
      EVIDENCE(OBS_TOKEN, OBS_HEARD), NO_FORM, BOUNDS(BOUND_AT_ONCE, BOUND_TOKEN, BOUND_REVOKED))  \
    X(SEC_12, "SEC-12",                                                                            \
      "whoever comes is taken for one person, whose id is the one form of their token's subject",  \
      EVIDENCE(OBS_USER, OBS_DEVICE, OBS_ARRIVED, OBS_SAID), NO_FORM, BOUNDS(BOUND_AT_ONCE))       \
    X(DIR_01, "DIR-01",                                                                            \
      "what two people write to each other stands in one room, of these two and of nobody else",   \
      EVIDENCE(OBS_MEMBER, OBS_WRITES_TO, OBS_COMMIT), NO_FORM, BOUNDS(BOUND_AT_ONCE))             \
    X(MEM_01, "MEM-01",                                                                            \
      "who was told that they made, joined or left a room did, by the entry that was named",       \
      EVIDENCE(OBS_ASKS, OBS_GRANTED, OBS_MEMBER), NO_FORM, BOUNDS(BOUND_AT_ONCE))                 \
    X(MEM_02, "MEM-02",                                                                            \
      "who was refused a room for good is where they were; for a limit only who was at it",        \
      EVIDENCE(OBS_ASKS, OBS_DENIED, OBS_MEMBER), NO_FORM, BOUNDS(BOUND_AT_ONCE))                  \
    X(MEM_03, "MEM-03",                                                                            \
      "nobody is in more rooms than may be, nor put into a room by others beyond their bound, or " \
      "by somebody with whom they share none",                                                     \
      EVIDENCE(OBS_ASKS, OBS_COMMIT, OBS_MEMBER), NO_FORM, BOUNDS(BOUND_AT_ONCE))                  \
    X(MEM_04, "MEM-04", "at rest, whoever asked for a room, or to leave one, was answered",        \
      EVIDENCE(OBS_ASKS, OBS_END), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                 \
    X(LIV_01, "LIV-01", "what is put on the wire is answered in time",                             \
      EVIDENCE(OBS_PUT, OBS_COMMIT), NO_FORM,                                                      \
      BOUNDS(BOUND_ANSWER, BOUND_ANSWER_HTTP, BOUND_ANSWER_DIRECT, BOUND_ANSWER_BEHIND))           \
    X(LIV_02, "LIV-02", "a device that wants to be online gets there", EVIDENCE(OBS_DEVICE),       \
      NO_FORM, BOUNDS(BOUND_ONLINE))                                                               \
    X(LIV_03, "LIV-03", "each page of a sync comes in time, and so its end",                       \
      EVIDENCE(OBS_SYNC_BEGIN, OBS_CONN_OPEN), NO_FORM, BOUNDS(BOUND_SYNC, BOUND_PAUSE))           \
    X(LIV_04, "LIV-04", "no entry is held for long behind a missing one",                          \
      EVIDENCE(OBS_WELCOME, OBS_SHOWN), EVIDENCE(OBS_WELCOME, OBS_SHOWN), BOUNDS(BOUND_HELD))      \
    X(LIV_05, "LIV-05",                                                                            \
      "the next message of a room is put on the wire when the one before is answered, and the "    \
      "first when its device is online",                                                           \
      EVIDENCE(OBS_SEND, OBS_PUT, OBS_WELCOME), NO_FORM, BOUNDS(BOUND_OUT))                        \
    X(LIV_06, "LIV-06", "a node takes connections soon after its start, and not before it is one", \
      EVIDENCE(OBS_NODE_UP, OBS_REGISTERED, OBS_READY), NO_FORM, BOUNDS(BOUND_READY))              \
    X(LIV_07, "LIV-07",                                                                            \
      "a node that is asked to go says so, answers what is under way, greets nobody and closes "   \
      "all connections in time",                                                                   \
      EVIDENCE(OBS_DRAIN, OBS_SAID, OBS_HANGUP), NO_FORM, BOUNDS(BOUND_DRAIN))                     \
    X(LIV_08, "LIV-08",                                                                            \
      "a client that lost its connection waits, not all as long, and longer if it is lost again",  \
      EVIDENCE(OBS_WANT), NO_FORM, BOUNDS(BOUND_BACKOFF))                                          \
    X(LIV_09, "LIV-09", "at rest, a node holds what those who are there need, and nothing else",   \
      EVIDENCE(OBS_SERVES, OBS_HOLDS), NO_FORM, BOUNDS(BOUND_LINGER, BOUND_FOLLOWED))              \
    X(LIV_10, "LIV-10",                                                                            \
      "a connection is quiet: pings as agreed, and who has all asks for nothing",                  \
      EVIDENCE(OBS_ARRIVED, OBS_HEARD), NO_FORM, BOUNDS(BOUND_PING))                               \
    X(LIV_11, "LIV-11", "the last message of a room arrives, also when its publication was lost",  \
      EVIDENCE(OBS_COMMIT, OBS_MEMBER, OBS_CONN_OPEN, OBS_WELCOME), NO_FORM,                       \
      BOUNDS(BOUND_REPAIR, BOUND_REPAIR_DEAD, BOUND_AWAY))                                         \
    X(LIV_12, "LIV-12", "what is refused or not answered in one room delays no other",             \
      EVIDENCE(OBS_SEND, OBS_PUT, OBS_WELCOME), NO_FORM, BOUNDS(BOUND_OUT))                        \
    X(LIV_13, "LIV-13", "a node closes no connection without a cause",                             \
      EVIDENCE(OBS_ARRIVED, OBS_HANGUP), NO_FORM, BOUNDS(BOUND_AT_ONCE))                           \
    X(LIV_15, "LIV-15", "a connection on which nothing passes any more is ended by each side",     \
      EVIDENCE(OBS_ARRIVED, OBS_HEARD), NO_FORM,                                                   \
      BOUNDS(BOUND_SILENT, BOUND_SILENT_HELLO, BOUND_UNAWARE))                                     \
    X(LIV_16, "LIV-16", "a hello is answered in time by the node that heard it",                   \
      EVIDENCE(OBS_ARRIVED, OBS_HEARD, OBS_SAID, OBS_READY), NO_FORM, BOUNDS(BOUND_HELLO))         \
    X(LIV_17, "LIV-17", "of two processes under one name the older one ends",                      \
      EVIDENCE(OBS_NODE_UP, OBS_REGISTERED, OBS_FAULT_BEGIN), NO_FORM, BOUNDS(BOUND_TAKEN))        \
    X(PRE_01, "PRE-01", "who may know is shown in time what somebody comes to by all devices",     \
      EVIDENCE(OBS_MEMBER, OBS_ARRIVED, OBS_VIEW), NO_FORM, BOUNDS(BOUND_SEEN, BOUND_SEEN_REPAIR)) \
    X(PRE_02, "PRE-02", "who left is shown so, also when their node died with them",               \
      EVIDENCE(OBS_MEMBER, OBS_ARRIVED, OBS_VIEW), NO_FORM,                                        \
      BOUNDS(BOUND_LEFT, BOUND_SEEN_LOST, BOUND_GHOST, BOUND_GHOST_AWAY))                          \
    X(PRE_03, "PRE-03", "nobody is shown as offline while a device of theirs is there",            \
      EVIDENCE(OBS_ARRIVED, OBS_VIEW), NO_FORM, BOUNDS(BOUND_SEEN, BOUND_SEEN_REPAIR))             \
    X(PRE_04, "PRE-04",                                                                            \
      "what is shown of somebody is what they chose, or else the best that their devices say",     \
      EVIDENCE(OBS_ARRIVED, OBS_VIEW), NO_FORM, BOUNDS(BOUND_SEEN, BOUND_SEEN_REPAIR))             \
    X(PRE_05, "PRE-05", "when somebody was seen last does not go back", EVIDENCE(OBS_VIEW),        \
      NO_FORM, BOUNDS(BOUND_AT_ONCE))                                                              \
    X(PRE_06, "PRE-06", "somebody was seen last when they were there last, or chose to be hidden", \
      EVIDENCE(OBS_ARRIVED, OBS_VIEW), NO_FORM, BOUNDS(BOUND_BEAT))                                \
    X(PRE_07, "PRE-07", "at rest, all who may know, and the record, have what is true",            \
      EVIDENCE(OBS_MEMBER, OBS_ARRIVED, OBS_VIEW, OBS_END), NO_FORM, BOUNDS(BOUND_PRESENCE_REST))  \
    X(PRE_08, "PRE-08", "on a connection, the versions of what is told of somebody grow",          \
      EVIDENCE(OBS_VIEW), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                          \
    X(PRE_09, "PRE-09", "at rest, presence:users has who is there, as of their last heartbeat",    \
      EVIDENCE(OBS_ARRIVED, OBS_RECORD, OBS_END), NO_FORM, BOUNDS(BOUND_BEAT))                     \
    X(PRE_10, "PRE-10", "nobody is told of somebody of whom nothing changed",                      \
      EVIDENCE(OBS_ARRIVED, OBS_VIEW), NO_FORM, BOUNDS(BOUND_SEEN, BOUND_SEEN_REPAIR))             \
    X(PRE_11, "PRE-11",                                                                            \
      "somebody's line, quiet and room stay as they were said until they are said anew",           \
      EVIDENCE(OBS_ARRIVED, OBS_VIEW), NO_FORM, BOUNDS(BOUND_SEEN, BOUND_SEEN_REPAIR))             \
    X(PRE_12, "PRE-12", "at rest, a person's record has the connections that are there",           \
      EVIDENCE(OBS_ARRIVED, OBS_RECORD), NO_FORM, BOUNDS(BOUND_PRESENCE_REST))                     \
    X(PRE_13, "PRE-13", "at rest, whoever is connected has a record",                              \
      EVIDENCE(OBS_ARRIVED, OBS_RECORD), NO_FORM, BOUNDS(BOUND_PRESENCE_REST))                     \
    X(TYP_01, "TYP-01", "nobody is shown as typing who did not say so shortly before",             \
      EVIDENCE(OBS_TYPED, OBS_TYPIST), NO_FORM, BOUNDS(BOUND_TYPING_LOST))                         \
    X(TYP_02, "TYP-02", "who says no more that they type is shown so no more",                     \
      EVIDENCE(OBS_TYPED, OBS_TYPIST), NO_FORM, BOUNDS(BOUND_TYPING, BOUND_TYPING_LOST))           \
    X(TYP_03, "TYP-03", "who said that they type no more is shown so at once, until they type on", \
      EVIDENCE(OBS_TYPED, OBS_TYPIST), NO_FORM, BOUNDS(BOUND_TYPING_STOP, BOUND_TYPING_LOST))      \
    X(TYP_04, "TYP-04", "that somebody types in a room is told no more often than agreed",         \
      EVIDENCE(OBS_TYPING_TOLD), NO_FORM, BOUNDS(BOUND_TYPING_APART))                              \
    X(TYP_05, "TYP-05", "a stop is told to all who were told a start, and waits for nothing",      \
      EVIDENCE(OBS_TYPED, OBS_TYPING_TOLD), NO_FORM, BOUNDS(BOUND_AT_ONCE, BOUND_TYPING_OTHERS))   \
    X(TYP_06, "TYP-06",                                                                            \
      "while somebody presses keys their client says so, and they are shown as typing without a "  \
      "break",                                                                                     \
      EVIDENCE(OBS_KEY, OBS_TYPED, OBS_TYPIST), NO_FORM,                                           \
      BOUNDS(BOUND_TYPING_KEY, BOUND_TYPING_SHOWN))                                                \
    X(TYP_07, "TYP-07", "who is gone types no more", EVIDENCE(OBS_TYPED, OBS_TYPIST), NO_FORM,     \
      BOUNDS(BOUND_TYPING_STOP, BOUND_TYPING_LOST))                                                \
    X(TYP_08, "TYP-08", "whose message is shown is not shown as typing it",                        \
      EVIDENCE(OBS_TYPIST, OBS_SHOWN), NO_FORM, BOUNDS(BOUND_AT_ONCE))                             \
    X(TYP_09, "TYP-09", "at rest, a node keeps nothing of who typed",                              \
      EVIDENCE(OBS_TYPED, OBS_TYPISTS), NO_FORM, BOUNDS(BOUND_TYPING_KEPT))                        \
    X(TYP_10, "TYP-10",                                                                            \
      "only who is in a room types there, and only the others in it are told; anybody else is "    \
      "refused",                                                                                   \
      EVIDENCE(OBS_MEMBER, OBS_TYPED), NO_FORM, BOUNDS(BOUND_AT_ONCE))                             \
    X(RCP_01, "RCP-01",                                                                            \
      "who is said to have read a message said so, and a device of theirs was shown it before",    \
      EVIDENCE(OBS_COMMIT, OBS_SHOWN, OBS_READ_ROW), NO_FORM, BOUNDS(BOUND_AT_ONCE))               \
    X(RCP_02, "RCP-02", "only a member reads, and only what they may see",                         \
      EVIDENCE(OBS_MEMBER, OBS_COMMIT, OBS_READ_ROW), NO_FORM, BOUNDS(BOUND_AT_ONCE))              \
    X(RCP_03, "RCP-03", "somebody reads a message once, and when does not change",                 \
      EVIDENCE(OBS_READ_ROW), NO_FORM, BOUNDS(BOUND_AT_ONCE))                                      \
    X(RCP_04, "RCP-04", "who wrote a message is told in time who read it",                         \
      EVIDENCE(OBS_COMMIT, OBS_READ_ROW, OBS_WELCOME), NO_FORM,                                    \
      BOUNDS(BOUND_RECEIPT, BOUND_RECEIPT_REPAIR))                                                 \
    X(RCP_05, "RCP-05", "a device says what was read in batches: apart, not too many, each once",  \
      EVIDENCE(OBS_READ_SAID), NO_FORM, BOUNDS(BOUND_BATCH))                                       \
    X(RCP_06, "RCP-06", "nothing that a person read is lost", EVIDENCE(OBS_READ, OBS_END),         \
      NO_FORM, BOUNDS(BOUND_RECEIPT_SAID))                                                         \
    X(RCP_07, "RCP-07", "at rest, who wrote a message sees everyone who read it",                  \
      EVIDENCE(OBS_COMMIT, OBS_READ_ROW, OBS_END), NO_FORM, BOUNDS(BOUND_RECEIPT_REPAIR))          \
    X(RCP_08, "RCP-08", "a message is read after it was written, by the server's clocks",          \
      EVIDENCE(OBS_COMMIT, OBS_READ_ROW), NO_FORM, BOUNDS(BOUND_AT_ONCE))                          \
    X(RCP_09, "RCP-09", "nobody is said to have read what others read",                            \
      EVIDENCE(OBS_COMMIT, OBS_READ_TOLD), NO_FORM, BOUNDS(BOUND_AT_ONCE))                         \
    X(RCP_10, "RCP-10", "nobody reads their own message", EVIDENCE(OBS_COMMIT, OBS_READ_ROW),      \
      NO_FORM, BOUNDS(BOUND_AT_ONCE))                                                              \
    X(RCP_11, "RCP-11", "what is said to have arrived was shown on a device of that person",       \
      EVIDENCE(OBS_COMMIT, OBS_SHOWN, OBS_ARRIVED_ROW), NO_FORM, BOUNDS(BOUND_AT_ONCE))            \
    X(RCP_12, "RCP-12", "what arrived only grows, and the others are told in time",                \
      EVIDENCE(OBS_ARRIVED_ROW, OBS_WELCOME), NO_FORM,                                             \
      BOUNDS(BOUND_RECEIPT, BOUND_RECEIPT_REPAIR))

enum invariant {
#define X(name, id, sentence, evidence, black_box, bounds) name,
    INVARIANT_MAP(X)
#undef X
        INVARIANT_COUNT
};

#define EVIDENCE_MAX 6
struct evidence {
    uint32_t len;                /* 0: there is no such form */
    uint8_t kinds[EVIDENCE_MAX]; /* enum obs_kind */
};

#define INVARIANT_BOUNDS_MAX 4
struct invariant_info {
    const char *id; /* "ORD-01" */
    const char *sentence;
    struct evidence evidence;
    struct evidence black_box;
    enum bound bounds[INVARIANT_BOUNDS_MAX];
    uint32_t bounds_len;
};
const struct invariant_info *invariant_info(enum invariant invariant);
/* By id, in capitals or not; false if there is none. */
bool invariant_find(const char *id, enum invariant *ret);

#endif
