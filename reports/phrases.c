/* See phrases.h. */
#include "reports/phrases.h"

#include "reports/terms.h"
#include "reports/width.h"
#include "server/protocol/frame_presence.h"
#include "server/protocol/id.h"

#include <inttypes.h>
#include <string.h>

#define SAID_COLUMNS 28 /* of what somebody wrote */

/* In a text: @s the place, @r the room, @n the node, @d the device, @u the person, @m the message by its place
 * if it has one, @x what it says, @h its stamp, @o the node's own stamp, @w a wall clock, @q the number in seq,
 * @v that in value, @p a status, @f a fault, @k a frame's name, @a an amount of ms, @b a drift. */
#define DEV SPOT_DEVICE
#define NOD SPOT_NODE
#define LOG SPOT_LOG
#define RED SPOT_REDIS
#define NUL SPOT_NONE
static const struct phrase phrases[OBS_KIND_COUNT] = {
    [OBS_SEND] = {MARK_DOES, DEV, NUL, "@d writes @m: @x"},
    [OBS_RESEND] = {MARK_DOES, DEV, NUL, "@d sends @m again"},
    [OBS_PUT] = {MARK_DOES, DEV, NUL, "@d puts @m on the wire"},
    [OBS_CAME] = {MARK_GOES, DEV, NOD, "@m reaches @n, whose clock shows @w"},
    [OBS_STAMP] = {MARK_DOES, NOD, NUL, "@n stamps @h; its clock shows @w"},
    [OBS_COMMIT] = {MARK_GOES, NOD, LOG, "@n commits @s, stamped @h"},
    [OBS_REWRITTEN] = {MARK_DOES, LOG, NUL, "@s is changed or removed"},
    [OBS_ACK_SENT] = {MARK_DOES, NOD, NUL, "@n acks @m as @s"},
    [OBS_ACK] = {MARK_GOES, NOD, DEV, "@d has @m acked as @s"},
    [OBS_NACK] = {MARK_GOES, NOD, DEV, "@d has @m refused"},
    [OBS_FAILED] = {MARK_DOES, DEV, NUL, "@d shows @m as failed"},
    [OBS_REPLACED] = {MARK_DOES, DEV, NUL, "@d shows @m as sent: @s"},
    [OBS_SENT] = {MARK_DOES, NOD, NUL, "@n sends @s to @d"},
    [OBS_SHOWN] = {MARK_GOES, NOD, DEV, "@d shows @s: @x"},
    [OBS_RECV] = {MARK_GOES, NOD, DEV, "@d gets @s and does not show it"},
    [OBS_SYNC_ROW] = {MARK_GOES, NOD, DEV, "@d gets @s in a page of a sync"},
    [OBS_CONN_OPEN] = {MARK_DOES, DEV, NUL, "@d connects to @n"},
    [OBS_CONN_CLOSE] = {MARK_DOES, DEV, NUL, "@d's connection to @n ends"},
    [OBS_WELCOME] = {MARK_GOES, NOD, DEV, "@d is welcomed by @n"},
    [OBS_FORGOT] = {MARK_DOES, DEV, NUL, "@d loses all that it had stored"},
    [OBS_RESET] = {MARK_DOES, DEV, NUL, "@d begins @r anew"},
    [OBS_GAP] = {MARK_DOES, DEV, NUL, "@d shows a marker from @s on"},
    [OBS_WANT] = {MARK_DOES, DEV, NUL, "@d asks for a connection"},
    [OBS_ARRIVED] = {MARK_GOES, DEV, NOD, "@d's connection reaches @n"},
    [OBS_GONE] = {MARK_DOES, NOD, NUL, "@n is told that @d is gone"},
    [OBS_HANGUP] = {MARK_DOES, NOD, NUL, "@n closes @d's connection with code @q"},
    [OBS_HEARD] = {MARK_GOES, DEV, NOD, "@n hears a @k of @d"},
    [OBS_SAID] = {MARK_DOES, NOD, NUL, "@n says @k to @d"},
    [OBS_SAID_HEAD] = {MARK_DOES, NOD, NUL, "@n names @s as the head of @r to @d"},
    [OBS_SYNC_BEGIN] = {MARK_DOES, DEV, NUL, "@d asks for @r behind @s"},
    [OBS_SYNC_HEAD] = {MARK_GOES, NOD, DEV, "@d is told that @r ends at @s"},
    [OBS_SYNC_CURSOR] = {MARK_DOES, NOD, NUL, "the cursor given to @d stands at @s of @r"},
    [OBS_SYNC_PAGE] = {MARK_GOES, NOD, DEV, "@d gets a page of @q rows"},
    [OBS_BACK] = {MARK_DOES, DEV, NUL, "@d asks for what is below @s of @r"},
    [OBS_FOCUS] = {MARK_DOES, DEV, NUL, "@d asks for @r first"},
    [OBS_TOKEN] = {MARK_DOES, NOD, NUL, "@n sees @d's token: @q ms left"},
    [OBS_REVOKED] = {MARK_DOES, LOG, NUL, "@u is revoked"},
    [OBS_WATCH] = {MARK_DOES, DEV, NUL, "@d asks to be told of @u"},
    [OBS_STALE] = {MARK_DOES, DEV, NUL, "@d is told whether what it shows may be old: @v"},
    [OBS_PRESENT] = {MARK_DOES, DEV, NUL, "@d says that its person is @p"},
    [OBS_CHOOSE] = {MARK_DOES, DEV, NUL, "@d says what its person chose"},
    [OBS_WRITES_TO] = {MARK_DOES, DEV, NUL, "@d writes to @u"},
    [OBS_VIEW] = {MARK_GOES, NOD, DEV, "@d is told that @u is @p"},
    [OBS_RECORD] = {MARK_DOES, RED, NUL, "Redis has @u as @p, with @v connections"},
    [OBS_LISTED] = {MARK_DOES, RED, NUL, "Redis lists @u"},
    [OBS_KEY] = {MARK_DOES, DEV, NUL, "a key is pressed on @d in @r"},
    [OBS_TYPED] = {MARK_GOES, DEV, NOD, "@n hears that @d types in @r"},
    [OBS_TYPING_TOLD] = {MARK_DOES, NOD, NUL, "@n tells @d that @u types"},
    [OBS_TYPIST] = {MARK_GOES, NOD, DEV, "@d shows @u as typing"},
    [OBS_READ] = {MARK_DOES, DEV, NUL, "@s of @r is read on @d"},
    [OBS_READ_SAID] = {MARK_DOES, DEV, NUL, "@d says that a message of @r was read"},
    [OBS_READ_ROW] = {MARK_DOES, LOG, NUL, "the log has that @u read @s, at @t"},
    [OBS_ARRIVED_ROW] = {MARK_DOES, LOG, NUL, "the log has that @r came to @u up to @s"},
    [OBS_READ_TOLD] = {MARK_GOES, NOD, DEV, "@d is told that @u read a message, at @t"},
    [OBS_ARRIVED_TOLD] = {MARK_GOES, NOD, DEV, "@d is told that @r came to @u up to @s"},
    [OBS_SERVES] = {MARK_DOES, NOD, NUL, "@n is needed for @v of kind @q"},
    [OBS_HOLDS] = {MARK_DOES, NOD, NUL, "@n holds @v of kind @q"},
    [OBS_ASTRAY] = {MARK_DOES, NOD, NUL, "@n speaks to a connection that has ended"},
    [OBS_TYPISTS] = {MARK_DOES, NOD, NUL, "@n keeps something of @v who type"},
    [OBS_FAULT_BEGIN] = {MARK_FAULT, NUL, NUL, "fault: @f"},
    [OBS_FAULT_END] = {MARK_FAULT, NUL, NUL, "over: @f"},
    [OBS_NODE_UP] = {MARK_FAULT, NOD, NUL, "@n starts"},
    [OBS_NODE_DOWN] = {MARK_FAULT, NOD, NUL, "@n is down"},
    [OBS_DRAIN] = {MARK_FAULT, NOD, NUL, "@n is asked to go"},
    [OBS_READY] = {MARK_DOES, NOD, NUL, "@n takes connections: @v"},
    [OBS_CALM] = {MARK_FAULT, NUL, NUL, "calm: no fault from here on, nobody writes any more"},
};

/* What is told of a publication, by what it is. */
static const char *bus_text(const struct kept *kept)
{
    static const char *const of[][5] = {
        [ASIDE_PUBLISHED] = {"@n publishes @s", "@n publishes what @u is",
                             "@n publishes who types in @r", "@n publishes receipts of @r", NULL},
        [ASIDE_REDIS_HAS] = {"Redis has @s of @n, for all who listen", "Redis has of @n what @u is",
                             "Redis has of @n who types in @r", "Redis has receipts of @r of @n",
                             NULL},
        [ASIDE_HEARD] = {"@n hears @s from Redis", "@n hears from Redis what @u is",
                         "@n hears from Redis who types in @r", "@n hears receipts of @r", NULL},
    };
    return of[kept->aside][kept->of];
}

static struct phrase of_lost(const struct kept *kept)
{
    const bool row = kept->of == ASIDE_OF_ROW;

    if (kept->obs.device != OBS_NONE) {
        const struct phrase up = {MARK_LOST, DEV, NOD, "LOST on its way to @n: the @x of @d"};
        const struct phrase down = {MARK_LOST, NOD, DEV,
                                    row ? "LOST on its way to @d: @s"
                                        : "LOST on its way to @d: the @x"};
        return kept->up ? up : down;
    }
    const struct phrase up = {MARK_LOST, NOD, RED,
                              row ? "LOST: the publication of @s by @n never reaches Redis"
                                  : "LOST: a publication of @n never reaches Redis"};
    const struct phrase down = {MARK_LOST, RED, NOD,
                                row ? "LOST: what Redis has of @s never reaches @n"
                                    : "LOST: a publication never reaches @n"};
    return kept->up ? up : down;
}

struct phrase phrase_of(const struct kept *kept)
{
    if (!kept_is_aside(kept)) {
        struct phrase phrase = phrases[kept->obs.kind];
        if (phrase.mark == MARK_FAULT && phrase.from == NUL) {
            phrase.from = kept->obs.device != OBS_NONE            ? DEV
                          : kept->obs.node != OBS_NODE_NONE       ? NOD
                          : (kept->obs.flags & OBS_REDIS) != 0    ? RED
                          : (kept->obs.flags & OBS_DATABASE) != 0 ? LOG
                                                                  : NUL;
        }
        return phrase;
    }
    switch (kept->aside) {
    case ASIDE_NOTE:
        return (struct phrase){MARK_NOTE, NOD, NUL, "@n notes: @x"};
    case ASIDE_PUBLISHED:
        return (struct phrase){MARK_DOES, NOD, NUL, bus_text(kept)};
    case ASIDE_REDIS_HAS:
        return (struct phrase){MARK_GOES, NOD, RED, bus_text(kept)};
    case ASIDE_HEARD:
        return (struct phrase){MARK_GOES, RED, NOD, bus_text(kept)};
    case ASIDE_LOST:
        return of_lost(kept);
    case ASIDE_CLOCK:
        return (struct phrase){MARK_FAULT, NOD, NUL,
                               "@n's clock is @a off, and @b ppm too fast, from here on"};
    case ASIDE_FAULT:
        return (struct phrase){.text = NULL};
    }
    HB_UNREACHABLE("an aside of no kind");
}

/* --- Words ------------------------------------------------------------------------------------------- */

static void add_frame_word(struct buf *out, uint64_t key)
{
    for (int type = 0; type <= FRAME_REFRESHED; type++) {
        const char *word = frame_type_word((enum frame_type)type);
        if (id_key((struct text){word, (uint32_t)strlen(word)}) == key) {
            buf_add_text(out, word);
            return;
        }
    }
    buf_add_text(out, key != 0 ? "an error" : "what is no frame");
}

static void add_message(struct buf *out, const struct cast_message *message)
{

    if (message != NULL && message->seq > 0) {
        buf_printf(out, "place %" PRIu64, message->seq);
    } else {
        buf_add_text(out, "the message");
    }
}

static void add_said(struct buf *out, const struct kept *kept, const struct cast_message *message)
{
    const char *text = kept->text == NULL && message != NULL ? message->text : kept->text;

    if (text == NULL) {
        buf_add_text(out, (kept->obs.flags & OBS_EVENT) != 0 ? "somebody came or went" : "a text");
    } else if (kept_is_aside(kept)) {
        buf_add_text(out, text);
    } else {
        const uint32_t columns = text_columns(text, strlen(text));
        text_fit(text, strlen(text), columns < SAID_COLUMNS ? columns : SAID_COLUMNS, out);
    }
}

static void add_number(struct buf *out, const char *name, uint32_t number, uint32_t none)
{
    if (number == none) {
        buf_printf(out, "no %s", name);
    } else {
        buf_printf(out, "%s %u", name, (unsigned)number);
    }
}

/* False: it is no letter. */
static bool add_numbers(struct buf *out, char letter, const struct obs *obs)
{
    switch (letter) {
    case 's':
        buf_printf(out, "place %" PRIu64, obs->seq);
        return true;
    case 'q':
        buf_printf(out, "%" PRIu64, obs->seq);
        return true;
    case 'v':
        buf_printf(out, "%" PRId64, obs->value);
        return true;
    case 'r':
        add_number(out, "room", obs->room, OBS_NONE);
        return true;
    case 'n':
        add_number(out, "node", obs->node, OBS_NODE_NONE);
        return true;
    case 'd':
        add_number(out, "device", obs->device, OBS_NONE);
        return true;
    case 'u':
        add_number(out, "person", obs->user, OBS_NONE);
        return true;
    case 'h':
        terms_stamp(out, obs->hlc);
        return true;
    case 'w':
        terms_wall(out, obs->value);
        return true;
    case 't':
        terms_wall(out, obs->timestamp);
        return true;
    default:
        return false;
    }
}

static void add_letter(struct buf *out, char letter, const struct kept *kept,
                       const struct cast_message *message, const char *fault)
{
    const struct obs *obs = &kept->obs;

    if (add_numbers(out, letter, obs)) {
        return;
    }
    if (letter == 'm') {
        add_message(out, message);
    } else if (letter == 'x') {
        add_said(out, kept, message);
    } else if (letter == 'p') {
        buf_add_text(out, obs->seq < PRESENCE_STATUS_COUNT
                              ? presence_status_word((enum presence_status)obs->seq)
                              : "of no status");
    } else if (letter == 'k') {
        add_frame_word(out, obs->content);
    } else if (letter == 'a') {
        terms_span(out, (kept->amount < 0 ? -kept->amount : kept->amount) * MS);
    } else if (letter == 'b') {
        buf_printf(out, "%" PRId64, obs->value);
    } else {
        HB_ASSERT(letter == 'f');
        buf_add_text(out, fault != NULL ? fault : "fault");
    }
}

/* What flags change of a clause. */
static const char *instead(const struct kept *kept, const struct cast_message *message)
{
    const struct obs *obs = &kept->obs;

    if (obs->kind == OBS_ACK && message != NULL && message->seq == obs->seq) {
        return "@d has @m acked";
    }
    if (obs->kind == OBS_TYPIST && obs->value == 0) {
        return "@d shows @u as typing no more";
    }
    if (obs->kind == OBS_TYPED && (obs->flags & OBS_LEFT) != 0) {
        return "@n hears that @d types no more in @r";
    }
    if (obs->kind == OBS_TYPING_TOLD && (obs->flags & OBS_LEFT) != 0) {
        return "@n tells @d that @u types no more";
    }
    if (obs->kind == OBS_KEY && (obs->flags & OBS_LEFT) != 0) {
        return "the field of @r on @d is empty";
    }
    if (obs->kind == OBS_SYNC_PAGE) {
        return (obs->flags & OBS_MORE) != 0 ? "@d gets a page of @q rows, more follow"
                                            : "@d gets a page of @q rows, the last";
    }
    if (obs->kind == OBS_RECV && (obs->flags & OBS_HELD) != 0) {
        return "@d gets @s and holds it: an earlier one is missing";
    }
    if (obs->kind == OBS_NACK) {
        return (obs->flags & OBS_TEMPORARY) != 0 ? "@d has @m refused, for now"
                                                 : "@d has @m refused, for good";
    }
    if (obs->kind == OBS_READY) {
        return obs->value != 0 ? "@n takes connections" : "@n takes no connections any more";
    }
    if (obs->kind == OBS_CAME && obs->client_id == 0) {
        return "a hello of @d reaches @n, whose clock shows @w";
    }
    if (kept_told(kept, ASIDE_CLOCK) && obs->value == 0) {
        return kept->amount == 0  ? "@n's clock is true from here on"
               : kept->amount > 0 ? "@n's clock is @a ahead from here on"
                                  : "@n's clock is @a behind from here on";
    }
    if (kept_told(kept, ASIDE_NOTE) && obs->room != OBS_NONE) {
        return obs->seq > 0 ? "@n notes: @x (@r, @q)" : "@n notes: @x (@r)";
    }
    return NULL;
}

void phrase_text(const struct kept *kept, const struct cast_message *message, const char *fault,
                 struct buf *out)
{
    const char *special = instead(kept, message);
    const char *text = special != NULL ? special : phrase_of(kept).text;

    HB_ASSERT(text != NULL);
    for (; *text != 0; text++) {
        if (*text == '@' && text[1] != 0) {
            add_letter(out, *++text, kept, message, fault);
        } else {
            buf_add_char(out, *text);
        }
    }
    if (kept->obs.kind == OBS_FAULT_BEGIN || kept->obs.kind == OBS_FAULT_END) {
        if (kept->obs.device != OBS_NONE) {
            add_number(out, " on device", kept->obs.device, OBS_NONE);
        } else if (kept->obs.node != OBS_NODE_NONE) {
            add_number(out, " on node", kept->obs.node, OBS_NODE_NONE);
        }
        if (kept->obs.device == OBS_NONE) {
            buf_printf(out, " (fault%" PRId64 ")", kept->obs.value);
        }
    }
}
