/* See drive.h. */
#include "sim/client/tests/drive.h"

#include "server/base/tests/test.h"
#include "server/protocol/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_NAMED_MAX 1100 /* numbers of client ids that a trace can name */
#define WAKES_MAX          1000 /* in one stretch of time: more is a client that spins */
#define PAGE_CURSOR        "c1"

static const struct client_room_config rooms[] = {{{"red", 3}, RED}, {{"blue", 4}, BLUE}};

static void begin(struct drive *drive, const struct client_config *config)
{
    *drive = (struct drive){.now_us = 1000000, .wake_us = INT64_MAX};
    drive->client = client_new(config);
}

static struct client_config plain(uint64_t seed, int64_t idle_us, int64_t newest_first)
{
    return (struct client_config){
        .user = TEXT("ana"),
        .device = TEXT("phone"),
        .token = TEXT("t"),
        .rooms = rooms,
        .rooms_len = 2,
        .params.backoff_us_min = DRIVE_BACKOFF_US_MIN,
        .params.backoff_us_max = DRIVE_BACKOFF_US_MAX,
        .params.stable_us = DRIVE_STABLE_US,
        .params.gap_us = DRIVE_GAP_US,
        .params.answer_us = DRIVE_ANSWER_US,
        .params.held_entries = DRIVE_HELD_ENTRIES,
        .params.idle_us = idle_us,
        .params.idle_warning_us = DRIVE_WARNING_US,
        .params.idle_check_us = DRIVE_CHECK_US,
        .params.typing_refresh_us = 2000000,
        .params.typing_pause_us = 3000000,
        .params.typing_shown_us = 5000000,
        .params.newest_first = newest_first,
        .ping_interval_us = 1000,
        .ping_timeout_us = 1000,
        .rng = rng_stream(seed, "test", 0, 0),
    };
}

static void init(struct drive *drive, uint64_t seed, int64_t idle_us, int64_t newest_first)
{
    const struct client_config config = plain(seed, idle_us, newest_first);

    begin(drive, &config);
}

void drive_init_tokens(struct drive *drive, uint64_t seed)
{
    struct client_config config = plain(seed, 0, 0);

    config.params.token_us = DRIVE_TOKEN_US;
    config.params.token_refresh_us = DRIVE_REFRESH_US;
    begin(drive, &config);
}

void drive_init(struct drive *drive, uint64_t seed)
{
    init(drive, seed, 0, 0);
}

void drive_init_idle(struct drive *drive, uint64_t seed)
{
    init(drive, seed, DRIVE_IDLE_US, 0);
}

void drive_init_newest(struct drive *drive, uint64_t seed)
{
    init(drive, seed, 0, DRIVE_NEWEST_FIRST);
}

void drive_deinit(struct drive *drive)
{
    client_free(&drive->client);
    client_out_deinit(&drive->out);
    buf_deinit(&drive->trace);
    free(drive->taken);
}

const char *drive_trace(struct drive *drive)
{
    free(drive->taken);
    drive->taken = hb_strndup(drive->trace.len > 0 ? drive->trace.bytes : "", drive->trace.len);
    buf_clear(&drive->trace);
    return drive->taken;
}

/* --- What leaves ---------------------------------------------------------------------------- */

static const char *room_name(uint32_t ref)
{
    return ref == RED ? "red" : ref == BLUE ? "blue" : ref == CLIENT_ROOM_NONE ? "?" : "WRONG";
}

static void put_message(struct buf *trace, const char *word, const struct client_effect *effect)
{
    char id[32] = "WRONG";
    for (int n = 1; n <= 2 * MESSAGES_NAMED_MAX; n++) { /* those of a second installation behind */
        char candidate[32];
        (void)snprintf(candidate, sizeof candidate,
                       n > MESSAGES_NAMED_MAX ? "phone-1-%d" : "phone-%d",
                       n > MESSAGES_NAMED_MAX ? n - MESSAGES_NAMED_MAX : n);
        if (id_key(text_of(candidate)) == effect->client_key) {
            memcpy(id, candidate, sizeof id);
            break;
        }
    }
    buf_printf(trace, "%s %s %s", word, room_name(effect->room_ref), id);
}

static void put_positions(struct buf *trace, const struct position *positions, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        buf_printf(trace, " %.*s:%llu", (int)positions[i].room_id.len, positions[i].room_id.bytes,
                   (unsigned long long)positions[i].seq);
    }
}

static void put_focus(struct buf *trace, const struct focus *focus)
{
    for (uint32_t i = 0; i < focus->rooms_len; i++) {
        buf_printf(trace, "%s %.*s", i == 0 ? " focus" : "", (int)focus->rooms[i].len,
                   focus->rooms[i].bytes);
    }
}

static void put_ask(struct buf *trace, const struct frame_sync_request *ask)
{
    assert_int_equal(ask->limit, PAGE_ROWS_MAX);
    buf_printf(trace, " %.*s", (int)ask->ref.len, ask->ref.bytes);
    if (ask->cursor.bytes != NULL) {
        buf_printf(trace, " cursor %.*s", (int)ask->cursor.len, ask->cursor.bytes);
    }
    put_positions(trace, ask->positions, ask->positions_len);
    if (ask->room_id.bytes != NULL) {
        buf_printf(trace, " %.*s below %llu", (int)ask->room_id.len, ask->room_id.bytes,
                   (unsigned long long)ask->before);
    }
    put_focus(trace, &ask->focus);
}

static void put_seen(struct buf *trace, struct hlc_stamp seen)
{
    if (seen.packed > 0) {
        buf_printf(trace, " seen %lld", (long long)hlc_ms(seen));
    }
}

static void put_person(struct buf *trace, const struct presence *person)
{
    buf_printf(trace, "view %.*s %s v%llu", (int)person->user_id.len, person->user_id.bytes,
               presence_status_word(person->status), (unsigned long long)person->version);
    if (person->custom_status.bytes != NULL) {
        buf_printf(trace, " \"%.*s\"", (int)person->custom_status.len, person->custom_status.bytes);
    }
}

/* A frame's text that may be null or not there. */
static void put_text_or(struct buf *trace, const char *word, bool said, struct text text)
{
    if (said && text.bytes == NULL) {
        buf_printf(trace, " no %s", word);
    } else if (said) {
        buf_printf(trace, " %s %.*s", word, (int)text.len, text.bytes);
    }
}

static void put_presence(struct buf *trace, const struct frame_presence *said)
{
    if (said->status_cleared) {
        buf_add_text(trace, " no status");
    } else if (said->status_said) {
        buf_printf(trace, " %s%s", presence_status_word(said->status),
                   said->chosen ? " chosen" : "");
    }
    put_text_or(trace, "room", said->room_said, said->current_room);
    put_text_or(trace, "line", said->custom_said, said->custom_status);
    if (said->dnd_said) {
        buf_printf(trace, " quiet until %lld", (long long)said->dnd_until_ms);
    }
}

static void put_users(struct buf *trace, const struct frame_presence_users *users)
{
    for (uint32_t i = 0; i < users->users_len && i < 4; i++) {
        buf_printf(trace, " %.*s", (int)users->users[i].len, users->users[i].bytes);
    }
    if (users->users_len > 4) {
        buf_printf(trace, " ... %u in all", (unsigned)users->users_len);
    }
}

static void put_sent(struct buf *trace, struct wire *wire)
{
    const struct frame *frame = NULL;
    assert_int_equal(wire_decode(wire, &frame, NULL), HB_OK);
    buf_printf(trace, "> %s",
               frame->type == FRAME_SYNC_REQUEST ? "sync" : frame_type_word(frame->type));
    if (frame->type == FRAME_HELLO) {
        const struct frame_hello *hello = &frame->hello;
        assert_int_equal(hello->version, PROTOCOL_VERSION);
        if (!text_equal(hello->token, TEXT("t"))) {
            buf_printf(trace, " by %.*s", (int)hello->token.len, hello->token.bytes);
        }
        assert_true(text_equal(hello->device, TEXT("phone")));
        put_seen(trace, hello->seen_hlc);
        if (hello->epoch.bytes != NULL) {
            buf_printf(trace, " epoch %.*s", (int)hello->epoch.len, hello->epoch.bytes);
        }
        put_positions(trace, hello->positions, hello->positions_len);
        put_focus(trace, &hello->focus);
    } else if (frame->type == FRAME_REFRESH) {
        buf_printf(trace, " by %.*s", (int)frame->refresh.token.len, frame->refresh.token.bytes);
    } else if (frame->type == FRAME_SEND) {
        const struct frame_send *send = &frame->send;
        buf_printf(trace, " %.*s %.*s \"%.*s\"", (int)send->room_id.len, send->room_id.bytes,
                   (int)send->client_id.len, send->client_id.bytes,
                   (int)(send->content.len < 40 ? send->content.len : 40), send->content.bytes);
        put_seen(trace, send->seen_hlc);
    } else if (frame->type == FRAME_SYNC_REQUEST) {
        put_ask(trace, &frame->sync_request);
    } else if (frame->type == FRAME_ROOM_CREATE || frame->type == FRAME_ROOM_JOIN ||
               frame->type == FRAME_ROOM_LEAVE) {
        buf_printf(trace, " %.*s %.*s", (int)frame->room.room_id.len, frame->room.room_id.bytes,
                   (int)frame->room.client_id.len, frame->room.client_id.bytes);
    } else if (frame->type == FRAME_PRESENCE) {
        put_presence(trace, &frame->presence);
    } else if (frame->type == FRAME_TYPING_START || frame->type == FRAME_TYPING_STOP) {
        const struct text to = frame->typing.recipient_id;
        const struct text room = frame->typing.room_id;
        assert_true((room.bytes == NULL) != (to.bytes == NULL));
        buf_printf(trace, to.bytes != NULL ? " to %.*s" : " %.*s",
                   (int)(to.bytes != NULL ? to.len : room.len),
                   to.bytes != NULL ? to.bytes : room.bytes);
    } else if (frame->type == FRAME_PRESENCE_SUBSCRIBE ||
               frame->type == FRAME_PRESENCE_UNSUBSCRIBE) {
        put_users(trace, &frame->presence_users);
    }
}

static void put_entry(struct buf *trace, const char *word, const struct client_effect *effect)
{
    const struct entry *entry = effect->entry;
    buf_printf(trace, "%s %s %llu", word, room_name(effect->room_ref),
               (unsigned long long)entry->seq);
    if (entry->kind == ENTRY_UNKNOWN) {
        buf_add_text(trace, " unknown");
    } else if (entry->kind != ENTRY_MESSAGE) {
        buf_printf(trace, " %s %.*s", entry->kind == ENTRY_JOIN ? "join" : "leave",
                   (int)entry->sender_id.len, entry->sender_id.bytes);
    }
}

static void put_room(struct buf *trace, struct text room)
{
    buf_printf(trace, " %.*s", (int)room.len, room.bytes);
}

static void put_effect(struct drive *drive, const struct client_effect *effect)
{
    struct buf *trace = &drive->trace;
    switch (effect->kind) {
    case CLIENT_OUT_CONNECT:
        drive->conn = effect->conn;
        buf_printf(trace, "connect %u", (unsigned)effect->conn);
        break;
    case CLIENT_OUT_DISCONNECT:
        buf_printf(trace, "disconnect %u %lld", (unsigned)effect->conn, (long long)effect->value);
        break;
    case CLIENT_OUT_SEND:
        assert_int_equal(effect->conn, drive->conn);
        put_sent(trace, effect->wire);
        break;
    case CLIENT_OUT_ISSUED:
        put_message(trace, "issued", effect);
        put_seen(trace, (struct hlc_stamp){effect->hlc});
        break;
    case CLIENT_OUT_INVITES:
        buf_printf(trace, "invites %.*s to", (int)effect->user->len, effect->user->bytes);
        put_room(trace, effect->room_id);
        break;
    case CLIENT_OUT_ASKS:
        buf_printf(trace, "asks %s", frame_type_word((enum frame_type)effect->value));
        put_room(trace, effect->room_id);
        break;
    case CLIENT_OUT_GRANTED:
        buf_add_text(trace, "granted");
        put_room(trace, effect->room_id);
        break;
    case CLIENT_OUT_DENIED:
        buf_add_text(trace, "denied");
        put_room(trace, effect->room_id);
        buf_printf(trace, " %s", hb_err_wire(effect->frame->nack.code));
        break;
    case CLIENT_OUT_WRITES_TO:
        buf_printf(trace, "writes to %.*s", (int)effect->room_id.len, effect->room_id.bytes);
        break;
    case CLIENT_OUT_RESENT:
        put_message(trace, "resent", effect);
        buf_printf(trace, " attempt %lld", (long long)effect->value);
        break;
    case CLIENT_OUT_WELCOME:
        buf_printf(trace, "welcome %u", (unsigned)effect->conn);
        assert_int_equal(effect->frame->type, FRAME_WELCOME);
        break;
    case CLIENT_OUT_SHOWN:
        put_entry(trace, "shown", effect);
        break;
    case CLIENT_OUT_RECV:
        put_entry(trace, "recv", effect);
        buf_add_text(trace, effect->value == 1 ? " held" : " had");
        break;
    case CLIENT_OUT_ACKED:
        put_message(trace, "acked", effect);
        assert_int_equal(effect->frame->type, FRAME_ACK);
        break;
    case CLIENT_OUT_REPLACED:
        put_message(trace, "replaced", effect);
        break;
    case CLIENT_OUT_NACKED:
        put_message(trace, "nacked", effect);
        assert_int_equal(effect->frame->type, FRAME_NACK);
        break;
    case CLIENT_OUT_FAILED:
        put_message(trace, "failed", effect);
        break;
    case CLIENT_OUT_SYNC_BEGIN:
        buf_printf(trace, "sync %s from %lld", room_name(effect->room_ref),
                   (long long)effect->value);
        break;
    case CLIENT_OUT_FORGOT:
        buf_printf(trace, "forgot");
        break;
    case CLIENT_OUT_BACK:
        buf_printf(trace, "back %s below %lld", room_name(effect->room_ref),
                   (long long)effect->value);
        break;
    case CLIENT_OUT_FOCUS:
        buf_printf(trace, "focus %.*s", (int)effect->room_id.len, effect->room_id.bytes);
        break;
    case CLIENT_OUT_GAP:
    case CLIENT_OUT_NO_GAP:
        buf_printf(trace, "%s %s %lld..%llu", effect->kind == CLIENT_OUT_GAP ? "gap" : "no gap",
                   room_name(effect->room_ref), (long long)effect->value,
                   (unsigned long long)effect->gap_high);
        break;
    case CLIENT_OUT_SYNC_PAGE:
        buf_printf(trace, "page of %u", (unsigned)effect->frame->sync_response.entries_len);
        break;
    case CLIENT_OUT_RESET:
        buf_printf(trace, "reset %s", room_name(effect->room_ref));
        break;
    case CLIENT_OUT_ERROR:
        buf_printf(trace, "error %s", hb_err_wire(effect->frame->error.code));
        break;
    case CLIENT_OUT_TOKEN:
        buf_add_text(trace, "wants a token");
        break;
    case CLIENT_OUT_VIEW:
        put_person(trace, effect->person);
        buf_add_text(trace, effect->value == 1 ? " in a snapshot" : "");
        break;
    case CLIENT_OUT_READ:
        buf_printf(trace, "read %s#%lld", room_name(effect->room_ref), (long long)effect->value);
        break;
    case CLIENT_OUT_READ_SAID:
        buf_printf(trace, "read said of %s, %lld before it", room_name(effect->room_ref),
                   (long long)effect->value);
        break;
    case CLIENT_OUT_READ_TOLD:
        buf_printf(trace, "read told of %s by %.*s at %lld", room_name(effect->room_ref),
                   (int)effect->frame->read_receipt.read_by.len,
                   effect->frame->read_receipt.read_by.bytes, (long long)effect->value);
        break;
    case CLIENT_OUT_RECEIVED_TOLD:
        buf_printf(trace, "received told of %s up to %lld", room_name(effect->room_ref),
                   (long long)effect->value);
        break;
    case CLIENT_OUT_STALE:
        buf_add_text(trace, effect->value == 1 ? "stale" : "not stale");
        break;
    case CLIENT_OUT_KEY:
        buf_printf(trace, "key %.*s%s", (int)effect->room_id.len, effect->room_id.bytes,
                   effect->value == 1 ? " emptied" : "");
        break;
    case CLIENT_OUT_TYPIST:
        buf_printf(trace, "%.*s %s in %s%s", (int)effect->user->len, effect->user->bytes,
                   effect->value == 1 ? "types" : "types no more", room_name(effect->room_ref),
                   effect->value == 2 ? ", offline" : "");
        break;
    case CLIENT_OUT_WATCH:
        buf_printf(trace, "%s %.*s", effect->value == 1 ? "watches no more" : "watches",
                   (int)effect->user->len, effect->user->bytes);
        break;
    case CLIENT_OUT_WARNING:
        buf_add_text(trace, effect->value == 1 ? "warning" : "no warning");
        break;
    case CLIENT_OUT_PRESENT:
        buf_printf(trace, "present %s", presence_status_word((enum presence_status)effect->value));
        if (effect->room_id.bytes != NULL) {
            buf_printf(trace, " in %s", room_name(effect->room_ref));
        }
        break;
    case CLIENT_OUT_CHOOSE:
        buf_add_text(trace, "chooses");
        put_presence(trace, effect->choice);
        break;
    }
    buf_add_char(trace, '\n');
}

/* --- What goes in --------------------------------------------------------------------------- */

static void step(struct drive *drive, struct client_event *event)
{
    event->now.us = drive->now_us;
    client_step(drive->client, event, &drive->out);
    if (drive->out.wake_moved) {
        drive->wake_us = drive->out.wake_at.us;
    }
    assert_int_equal(drive->wake_us, drive->out.wake_at.us);
    assert_true(drive->wake_us >= drive->now_us);
    for (size_t i = 0; i < drive->out.len; i++) {
        put_effect(drive, &drive->out.items[i]);
    }
    client_out_clear(&drive->out);
}

void drive_kill(struct drive *drive, bool loses)
{
    step(drive, &(struct client_event){.kind = CLIENT_KILL, .kill_loses = loses});
}

void drive_start(struct drive *drive)
{
    step(drive, &(struct client_event){.kind = CLIENT_START});
}

void drive_stop(struct drive *drive)
{
    step(drive, &(struct client_event){.kind = CLIENT_STOP});
}

void drive_connected(struct drive *drive, uint32_t conn)
{
    step(drive, &(struct client_event){.kind = CLIENT_CONNECTED, .conn.conn = conn});
}

void drive_closed(struct drive *drive, uint32_t conn, uint32_t code)
{
    step(drive,
         &(struct client_event){.kind = CLIENT_CLOSED, .conn = {.conn = conn, .close_code = code}});
}

void drive_token(struct drive *drive, const char *token)
{
    step(drive, &(struct client_event){.kind = CLIENT_TOKEN, .token = text_of(token)});
}

void drive_say(struct drive *drive, uint32_t room_ref, const char *content)
{
    step(drive, &(struct client_event){.kind = CLIENT_SAY,
                                       .say = {.room_ref = room_ref, .content = text_of(content)}});
}

void drive_type(struct drive *drive, uint32_t room_ref, bool emptied)
{
    struct client_event event = {.kind = CLIENT_TYPE};
    event.type.room_ref = room_ref;
    event.type.room_id = text_of(room_name(room_ref));
    event.type.emptied = emptied;
    step(drive, &event);
}

void drive_type_to(struct drive *drive, const char *user, bool emptied)
{
    struct client_event event = {.kind = CLIENT_TYPE};
    event.type.room_ref = CLIENT_ROOM_NONE;
    event.type.to = text_of(user);
    event.type.emptied = emptied;
    step(drive, &event);
}

void drive_write_to(struct drive *drive, const char *user, const char *content)
{
    struct client_event event = {.kind = CLIENT_SAY};
    event.say.room_ref = CLIENT_ROOM_NONE;
    event.say.to = text_of(user);
    event.say.content = text_of(content);
    step(drive, &event);
}

void drive_typing(struct drive *drive, enum frame_type type, const char *room, const char *user)
{
    drive_frame(drive,
                &(struct frame){.type = type,
                                .typing = {.room_id = text_of(room), .user_id = text_of(user)}});
}

void drive_touch(struct drive *drive)
{
    step(drive, &(struct client_event){.kind = CLIENT_TOUCH});
}

void drive_choose(struct drive *drive, struct frame_presence choice)
{
    choice.chosen = true;
    step(drive, &(struct client_event){.kind = CLIENT_CHOOSE, .choose = &choice});
}

void drive_watch(struct drive *drive, const char *user, bool wanted)
{
    step(drive, &(struct client_event){.kind = CLIENT_WATCH,
                                       .watch = {.user = text_of(user), .wanted = wanted}});
}

void drive_wake_early(struct drive *drive)
{
    step(drive, &(struct client_event){.kind = CLIENT_WAKE});
}

void drive_until(struct drive *drive, int64_t now_us)
{
    assert_true(now_us >= drive->now_us);
    for (int wakes = 0; drive->wake_us <= now_us; wakes++) {
        assert_true(wakes < WAKES_MAX);
        drive->now_us = drive->wake_us;
        drive_wake_early(drive);
    }
    drive->now_us = now_us;
}

void drive_pass(struct drive *drive, int64_t us)
{
    drive_until(drive, drive->now_us + us);
}

void drive_next_wake(struct drive *drive)
{
    assert_true(drive->wake_us < INT64_MAX);
    drive->now_us = drive->wake_us;
    drive_wake_early(drive);
}

void drive_bytes(struct drive *drive, uint32_t conn, const char *bytes)
{
    struct wire *wire = wire_new(bytes, strlen(bytes));
    step(drive,
         &(struct client_event){.kind = CLIENT_FRAME, .conn = {.conn = conn, .frame = wire}});
    wire_unref(&wire);
}

void drive_frame(struct drive *drive, const struct frame *frame)
{
    struct buf buf = {0};
    frame_encode(frame, &buf);
    drive_bytes(drive, drive->conn, buf.bytes);
    buf_deinit(&buf);
}

void drive_welcome(struct drive *drive, const char *epoch, const char *heads)
{
    struct welcome_room said[8];
    struct frame frame = {.type = FRAME_WELCOME,
                          .welcome = {.version = PROTOCOL_VERSION,
                                      .user_id = TEXT("ana"),
                                      .connection_id = TEXT("n1-1-1"),
                                      .epoch = text_of(epoch),
                                      .rooms = said,
                                      .ping_interval_ms = DRIVE_PING_MS,
                                      .ping_timeout_ms = DRIVE_PONG_MS}};
    for (const char *at = heads; *at != 0;) {
        const char *colon = strchr(at, ':');
        char *end;
        assert_non_null(colon);
        assert_true(frame.welcome.rooms_len < 8);
        const uint64_t head = strtoull(colon + 1, &end, 10);
        said[frame.welcome.rooms_len++] = (struct welcome_room){
            .room_id = {at, (uint32_t)(colon - at)}, .head = head, .recovered = *end != '-'};
        at = end + (*end == '-');
        at += *at == ' ';
    }
    drive_frame(drive, &frame);
}

struct presence drive_person(const char *user, enum presence_status status, uint64_t version)
{
    return (struct presence){.user_id = text_of(user), .status = status, .version = version};
}

void drive_update(struct drive *drive, struct presence person)
{
    drive_frame(drive, &(struct frame){.type = FRAME_PRESENCE_UPDATE, .person = person});
}

void drive_state(struct drive *drive, bool stale, struct presence *people, uint32_t people_len)
{
    drive_frame(
        drive, &(struct frame){
                   .type = FRAME_PRESENCE_STATE,
                   .presence_state = {.stale = stale, .people = people, .people_len = people_len}});
}

/* The stamps that entries borrow: text by seq, made when it is first wanted. */
static struct text stamp_text(uint64_t seq)
{
    static char texts[4096][HLC_TEXT_BYTES_MAX];
    struct hlc_stamp stamp;
    assert_true(seq < 4096);
    assert_int_equal(hlc_pack(1000 + (int64_t)seq, 0, &stamp), HB_OK);
    return (struct text){texts[seq], (uint32_t)hlc_format(stamp, TEXT("n1"), texts[seq])};
}

struct entry drive_entry(const char *room, uint64_t seq)
{
    return (struct entry){.kind = ENTRY_MESSAGE,
                          .id = stamp_text(seq),
                          .room_id = text_of(room),
                          .seq = seq,
                          .sender_id = TEXT("bob"),
                          .client_id = TEXT("laptop-1"),
                          .content = TEXT("hello"),
                          .timestamp_ms = 1000,
                          .hlc_text = stamp_text(seq)};
}

struct entry drive_event(const char *room, uint64_t seq, enum entry_kind kind, const char *user)
{
    struct entry entry = drive_entry(room, seq);
    entry.kind = kind;
    entry.sender_id = text_of(user); /* an unknown one does not say it */
    return entry;
}

void drive_message(struct drive *drive, const char *room, uint64_t seq)
{
    drive_frame(drive, &(struct frame){.type = FRAME_MESSAGE, .entry = drive_entry(room, seq)});
}

void drive_room_event(struct drive *drive, const char *room, uint64_t seq, enum entry_kind kind,
                      const char *user)
{
    drive_frame(drive, &(struct frame){.type = FRAME_ROOM_EVENT,
                                       .entry = drive_event(room, seq, kind, user)});
}

void drive_page_of(struct drive *drive, const char *ref, const char *epoch, struct entry *entries,
                   uint32_t entries_len, bool has_more)
{
    drive_frame(drive, &(struct frame){.type = FRAME_SYNC_RESPONSE,
                                       .sync_response = {.ref = text_of(ref),
                                                         .epoch = text_of(epoch),
                                                         .cursor = TEXT(PAGE_CURSOR),
                                                         .entries = entries,
                                                         .entries_len = entries_len,
                                                         .has_more = has_more}});
}

void drive_page(struct drive *drive, const char *ref, const char *room, uint64_t first,
                uint64_t last, bool has_more)
{
    struct entry entries[PAGE_ROWS_MAX];
    uint32_t len = 0;
    for (uint64_t seq = first; seq <= last; seq++) {
        assert_true(len < PAGE_ROWS_MAX);
        entries[len++] = drive_entry(room, seq);
    }
    drive_page_of(drive, ref, "e1", entries, len, has_more);
}

void drive_ask(struct drive *drive, enum frame_type type, const char *room, const char *member)
{
    struct text members[] = {text_of(member != NULL ? member : "")};
    struct frame frame = {.type = type};
    struct client_event event = {.kind = CLIENT_ROOM, .room = &frame};

    frame.room.room_id = text_of(room);
    frame.room.members = members;
    frame.room.members_len = member != NULL;
    step(drive, &event);
}

void drive_ack(struct drive *drive, const char *room, const char *client_id, uint64_t seq)
{
    drive_frame(drive, &(struct frame){.type = FRAME_ACK,
                                       .ack = {.client_id = text_of(client_id),
                                               .room_id = text_of(room),
                                               .id = stamp_text(seq),
                                               .seq = seq,
                                               .timestamp_ms = 1000,
                                               .hlc_text = stamp_text(seq)}});
}

void drive_nack(struct drive *drive, const char *client_id, enum hb_err code,
                uint32_t retry_after_ms)
{
    drive_frame(drive, &(struct frame){.type = FRAME_NACK,
                                       .nack = {.client_id = text_of(client_id),
                                                .code = code,
                                                .temporary = hb_err_temporary(code),
                                                .retry_after_ms = retry_after_ms}});
}

void drive_error(struct drive *drive, const char *ref, enum hb_err code, uint32_t retry_after_ms)
{
    drive_frame(drive, &(struct frame){.type = FRAME_ERROR,
                                       .error = {.code = code,
                                                 .temporary = hb_err_temporary(code),
                                                 .retry_after_ms = retry_after_ms,
                                                 .ref = text_of(ref)}});
}

void drive_online(struct drive *drive, const char *heads)
{
    drive_start(drive);
    drive_connected(drive, drive->conn);
    drive_welcome(drive, "e1", heads);
    assert_true(client_online(drive->client));
    (void)drive_trace(drive);
}

void drive_reconnect(struct drive *drive)
{
    drive_closed(drive, drive->conn, CLOSE_ABNORMAL);
    drive_next_wake(drive);
    (void)drive_trace(drive);
    drive_connected(drive, drive->conn);
}
