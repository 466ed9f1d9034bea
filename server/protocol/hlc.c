/* See hlc.h. */
#include "server/protocol/hlc.h"

#include "server/protocol/id.h"

void hlc_init(struct hlc *clock, int64_t skew_max_ms, struct hlc_stamp floor)
{
    HB_ASSERT(skew_max_ms >= 0);
    *clock = (struct hlc){.last = floor, .wall_max = {hlc_ms(floor)}, .skew_max_ms = skew_max_ms};
}

static struct wall clamp(struct wall now)
{
    if (now.ms < 0) {
        return (struct wall){0};
    }
    return now.ms > HLC_WALL_MS_MAX ? (struct wall){HLC_WALL_MS_MAX} : now;
}

enum hb_err hlc_tick(struct hlc *clock, struct wall now, struct hlc_stamp *ret)
{
    const struct wall wall = clamp(now);
    const uint64_t fresh = (uint64_t)wall.ms << HLC_COUNTER_BITS;
    const struct hlc_stamp before = clock->last;

    if (before.packed >= HLC_PACKED_MAX) {
        return HB_ECLOCK;
    }
    if (wall.ms > clock->wall_max.ms) {
        clock->wall_max = wall;
    }
    /* With the counter in the low bits, "one more" also carries a full counter into the ms. */
    clock->last.packed = fresh > before.packed ? fresh : before.packed + 1;
    if (before.packed == 0 && fresh == 0) {
        clock->last.packed = 1; /* 0 stands for "none" */
    }
    HB_ASSERT(clock->last.packed > before.packed); /* I1 */
    *ret = clock->last;
    return HB_OK;
}

enum hb_err hlc_take(struct hlc *clock, struct wall now, struct hlc_stamp remote)
{
    const struct wall wall = clamp(now);

    if (remote.packed > HLC_PACKED_MAX) {
        return HB_EFIELD;
    }
    if (hlc_ms(remote) - wall.ms > clock->skew_max_ms) {
        return HB_ESKEW;
    }
    if (wall.ms > clock->wall_max.ms) {
        clock->wall_max = wall;
    }
    if (remote.packed > clock->last.packed) {
        clock->last = remote;
    }
    return HB_OK;
}

enum hb_err hlc_receive(struct hlc *clock, struct wall now, struct hlc_stamp remote,
                        struct hlc_stamp *ret)
{
    const enum hb_err err = hlc_take(clock, now, remote);
    if (err != HB_OK) {
        return err;
    }
    return hlc_tick(clock, now, ret);
}

enum hb_err hlc_pack(int64_t ms, int64_t counter, struct hlc_stamp *ret)
{
    if (ms < 0 || ms > HLC_WALL_MS_MAX || counter < 0 || counter > HLC_COUNTER_MAX) {
        return HB_EFIELD;
    }
    ret->packed = (uint64_t)ms << HLC_COUNTER_BITS | (uint64_t)counter;
    return HB_OK;
}

static void put_hex(char *to, uint64_t value, int digits)
{
    static const char hex[] = "0123456789abcdef";
    for (int i = digits - 1; i >= 0; i--) {
        to[i] = hex[value & 15];
        value >>= 4;
    }
}

size_t hlc_format(struct hlc_stamp stamp, struct text node, char ret[HLC_TEXT_BYTES_MAX])
{
    HB_ASSERT(node.len > 0 && node.len <= NODE_ID_BYTES_MAX);
    put_hex(ret, stamp.packed >> HLC_COUNTER_BITS, 12);
    ret[12] = '-';
    put_hex(ret + 13, stamp.packed & HLC_COUNTER_MAX, 4);
    ret[17] = '-';
    memcpy(ret + 18, node.bytes, node.len);
    return 18 + node.len;
}

static bool get_hex(const char *from, int digits, uint64_t *ret)
{
    uint64_t value = 0;
    for (int i = 0; i < digits; i++) {
        const char c = from[i];
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value << 4 | (uint64_t)(c - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret = value;
    return true;
}

enum hb_err hlc_parse(struct text text, struct hlc_stamp *ret, struct text *ret_node)
{
    uint64_t ms;
    uint64_t counter;

    if (text.len < 19 || text.bytes[12] != '-' || text.bytes[17] != '-' ||
        !get_hex(text.bytes, 12, &ms) || !get_hex(text.bytes + 13, 4, &counter) ||
        ms > (uint64_t)HLC_WALL_MS_MAX) {
        return HB_EFIELD;
    }
    const struct text node = {text.bytes + 18, text.len - 18};
    if (!id_valid_node(node)) {
        return HB_EFIELD;
    }
    ret->packed = ms << HLC_COUNTER_BITS | counter;
    if (ret_node != NULL) {
        *ret_node = node;
    }
    return HB_OK;
}
