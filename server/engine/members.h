/* The members of a hash or of a sorted set, in the order in which they were added. */
#ifndef HUBBUB_SERVER_ENGINE_MEMBERS_H
#define HUBBUB_SERVER_ENGINE_MEMBERS_H

#include "server/engine/state.h"

struct vmember *vmember_find(const struct vdict *members, struct text name); /* NULL: none */
struct vmember *vmember_made(struct engine *engine, struct vdict *members, struct text name);
void vmember_remove(struct engine *engine, struct vdict *members, struct vmember *member);
void vmember_value_set(struct engine *engine, struct vmember *member, struct text value);
struct vmember *vmember_first(const struct vdict *members); /* NULL: none */
struct vmember *vmember_after(const struct vmember *member);
void vmembers_clear(struct engine *engine, struct vdict *members);

#endif
