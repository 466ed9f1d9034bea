/* See members.h. */
#include "server/engine/members.h"

#include <stdlib.h>

struct vmember *vmember_find(const struct vdict *members, struct text name)
{
    return (struct vmember *)vdict_find(members, name);
}

struct vmember *vmember_made(struct engine *engine, struct vdict *members, struct text name)
{
    struct vmember *member = vmember_find(members, name);

    if (member == NULL) {
        member = (struct vmember *)vdict_add(members, name, sizeof *member);
        engine->stored_bytes += vdict_bytes(&member->entry);
    }
    return member;
}

void vmember_remove(struct engine *engine, struct vdict *members, struct vmember *member)
{
    const size_t bytes = vdict_bytes(&member->entry) + member->value_len;

    HB_ASSERT(engine->stored_bytes >= bytes);
    engine->stored_bytes -= bytes;
    free(member->value);
    vdict_remove(members, &member->entry);
}

void vmember_value_set(struct engine *engine, struct vmember *member, struct text value)
{
    engine->stored_bytes += value.len;
    engine->stored_bytes -= member->value_len;
    free(member->value);
    member->value = hb_strndup(value.bytes, value.len);
    member->value_len = value.len;
}

struct vmember *vmember_first(const struct vdict *members)
{
    return (struct vmember *)members->first;
}

struct vmember *vmember_after(const struct vmember *member)
{
    return (struct vmember *)member->entry.after;
}

void vmembers_clear(struct engine *engine, struct vdict *members)
{
    while (members->count > 0) {
        vmember_remove(engine, members, (struct vmember *)members->last);
    }
}
