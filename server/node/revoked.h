/* What was revoked, as this node knows it: tokens, by their id (`jti`), and people: all tokens of theirs
 * that were issued until then.
 *
 * The database has it (revoke.h); each change there has the next version, and this is all up to `version`. */
#ifndef HUBBUB_SERVER_NODE_REVOKED_H
#define HUBBUB_SERVER_NODE_REVOKED_H

#include "server/node/state.h"
#include "server/protocol/token.h"

enum revoked_kind { REVOKED_USER, REVOKED_TOKEN, REVOKED_KIND_COUNT };

struct revoked_one {
    int64_t issued_until_s; /* of a user */
    int64_t kept_until_s;   /* no token that it is about is good by its own end then */
};

struct revoked {
    uint64_t version; /* of the last change that is known here */
    uint64_t heard;   /* the greatest that another node has named */
    uint64_t said;    /* the greatest that this one has */
    bool complete;    /* all was read once */
    bool looking;     /* it is read */
    bool wanted;      /* and once more, behind that */
    struct interner names[REVOKED_KIND_COUNT];
    struct revoked_one *ones[REVOKED_KIND_COUNT]; /* by the name's number */
    uint32_t caps[REVOKED_KIND_COUNT];
};

struct revoked *revoked_new(void) HB_MUST_USE;
void revoked_free(struct revoked **revoked);
/* Of another database nothing counts. */
void revoked_forget_all(struct revoked *revoked);

/* Raises what is there. */
void revoked_add(struct revoked *revoked, enum revoked_kind kind, struct text name,
                 struct revoked_one one);
/* Those that are kept no longer. */
void revoked_forget(struct revoked *revoked, int64_t now_s);

/* `id` "": it has none. */
bool revoked_has(const struct revoked *revoked, struct text user, struct text id, int64_t issued_s);

#endif
