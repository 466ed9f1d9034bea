/* What a room's people are told of receipts. See receipt_tell.h.
 *
 * Each change of a room's receipts has the next version, as each entry has the next place. A node that has
 * told up to one tells the next when it is published, and reads from the database what it missed: when a
 * publication shows a gap, and whenever the room is compared with the log. So who is attached is told all that
 * is behind the version at which that began; what was before it, they ask for. */
#include "server/node/receipt_tell.h"

#include "server/base/mem.h"
#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

#include <string.h>

enum { ROW_VERSION, ROW_USER, ROW_SEQ, ROW_AT_MS, ROW_NODE, ROW_STAMP };

void receipts_ask(const struct node *node, struct db_tx *tx, const struct room *room,
                  uint64_t arrived_after, uint64_t read_after)
{
    struct db_call *call = db_tx_call(tx, DB_RECEIPTS_HEAD);

    db_tx_int(tx, call, node->config.params.receipt_room_max + 1);
    db_tx_int(tx, call, room->key);
    call = db_tx_call(tx, DB_RECEIPTS_AFTER);
    db_tx_int(tx, call, room->key);
    db_tx_int(tx, call, (int64_t)arrived_after);
    db_tx_int(tx, call, (int64_t)read_after);
    db_tx_int(tx, call, RECEIPT_ROWS_MAX);
}

static const struct db_value *row_at(const struct db_rows *rows, uint32_t i)
{
    return rows->values + (size_t)i * rows->columns;
}

bool receipt_page_begin(const struct node *node, const struct db_rows *answers,
                        struct receipt_page *ret)
{
    uint64_t members;
    uint64_t last;

    *ret = (struct receipt_page){.rows = &answers[1]};
    if (answers[0].rows_len != 1 || !value_seq(&answers[0].values[0], &ret->version) ||
        !value_seq(&answers[0].values[1], &members)) {
        return false;
    }
    ret->crowd = members > (uint64_t)node->config.params.receipt_room_max;
    if (ret->rows->rows_len == RECEIPT_ROWS_MAX) { /* the last change may not be whole */
        if (!value_seq(&row_at(ret->rows, RECEIPT_ROWS_MAX - 1)[ROW_VERSION], &last) || last == 0) {
            return false;
        }
        ret->version = last - 1;
        ret->more = true;
    }
    return true;
}

/* What a row says of its change. False: it says nothing that can be told. */
static bool row_take(const struct db_value *row, struct frame_read_receipt *change,
                     struct receipt_store *store)
{
    struct hlc_stamp stamp;
    const struct text node_name = value_text(&row[ROW_NODE]);

    if (row[ROW_NODE].kind == DB_NULL) {
        return value_seq(&row[ROW_SEQ], &change->up_to);
    }
    if (row[ROW_AT_MS].kind != DB_INT || row[ROW_AT_MS].integer > JSON_INT_MAX ||
        row[ROW_AT_MS].integer < -JSON_INT_MAX || !value_stamp(&row[ROW_STAMP], &stamp) ||
        !id_valid_node(node_name)) {
        return false;
    }
    const uint32_t i = change->ids_len++;
    change->read_at_ms = row[ROW_AT_MS].integer;
    store->ids[i] =
        (struct text){store->texts[i], (uint32_t)hlc_format(stamp, node_name, store->texts[i])};
    return true;
}

bool receipt_page_next(struct node *node, const struct room *room, struct receipt_page *page,
                       struct receipt_store *store, struct frame *ret)
{
    struct frame_read_receipt change = {.chat_id = room->name, .ids = store->ids};
    uint64_t version;

    while (page->at < page->rows->rows_len) {
        const struct db_value *row = row_at(page->rows, page->at);
        if (!value_seq(&row[ROW_VERSION], &version) || version > page->version ||
            (change.version != 0 && version != change.version)) {
            break;
        }
        page->at++;
        if (version == 0 || !id_valid(value_text(&row[ROW_USER])) ||
            !row_take(row, &change, store)) {
            note(node, NOTE_ROW_BAD, DB_RECEIPTS_AFTER, 0);
            continue;
        }
        change.version = version;
        change.read_by = row[ROW_USER].text;
    }
    if (change.version == 0) {
        return false;
    }
    if (change.ids_len > 0) {
        *ret = (struct frame){.type = FRAME_READ_RECEIPT, .read_receipt = change};
    } else {
        *ret = (struct frame){.type = FRAME_RECEIVED,
                              .received = {.room_id = room->name,
                                           .up_to = change.up_to,
                                           .user_id = change.read_by,
                                           .version = change.version}};
    }
    return true;
}

struct text receipt_user(const struct frame *frame)
{
    return frame->type == FRAME_RECEIVED ? frame->received.user_id : frame->read_receipt.read_by;
}

static uint64_t version_of(const struct frame *frame)
{
    return frame->type == FRAME_RECEIVED ? frame->received.version : frame->read_receipt.version;
}

/* In a crowd nobody is told but the person's own devices. */
static void tell(struct node *node, const struct room *room, const struct frame *frame,
                 struct wire *wire, bool crowd)
{
    for (uint32_t i = 0; i < room->attached_len; i++) {
        const struct session *session = node->sessions[room->attached[i].session];
        if (!crowd || text_equal(node->users[session->user]->name, receipt_user(frame))) {
            send_wire(node, room->attached[i].conn, wire);
            node->counts.receipts_told++;
        }
    }
}

static void publish(struct node *node, const struct room *room, const struct wire *wire, bool crowd)
{
    struct buf *out = &node->scratch;

    buf_clear(out);
    buf_add_text(out, crowd ? "R " : "r ");
    buf_add(out, wire->bytes, wire->bytes_len);
    if (bus_publish(node, room->channel, out->bytes, out->len) != HB_OK) {
        note(node, NOTE_PUBLISH_FAILED, room->key, 0);
    }
}

void receipts_tell(struct node *node, struct room *room, struct receipt_page *page,
                   const struct text *own)
{
    struct receipt_store store;
    struct frame frame;

    while (receipt_page_next(node, room, page, &store, &frame)) {
        const bool ours = own != NULL && text_equal(receipt_user(&frame), *own);
        const bool news = version_of(&frame) > room->receipts.told;
        if (!ours && !news) {
            continue;
        }
        buf_clear(&node->scratch);
        frame_encode(&frame, &node->scratch);
        struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
        if (news) {
            tell(node, room, &frame, wire, page->crowd);
        }
        if (ours) {
            publish(node, room, wire, page->crowd);
        }
        wire_unref(&wire);
    }
    if (page->version > room->receipts.told && room->state == ROOM_LIVE) {
        room->receipts.told = page->version;
    }
}

/* --- What was missed ------------------------------------------------------------------------ */

static void read_missed(struct node *node, struct room *room)
{
    if (room->receipts.reading) {
        return; /* it goes on until it has what is known of */
    }
    room->receipts.reading = true;
    struct job *job = job_new(node, JOB_RECEIPTS);
    job->room = room->index;
    job->life = room->life;
    receipts_read_start(node, job);
}

void receipts_compared(struct node *node, struct room *room, uint64_t version)
{
    if (version > room->receipts.known) {
        room->receipts.known = version;
    }
    if (room->receipts.known > room->receipts.told) {
        read_missed(node, room);
    }
}

void receipts_read_start(struct node *node, struct job *job)
{
    const struct room *room = node->rooms[job->room];

    if (room->life != job->life) {
        job_free(node, job);
        return;
    }
    struct db_tx *tx = job_tx(node, job, true);
    receipts_ask(node, tx, room, room->receipts.told, room->receipts.told);
    job_submit(node, tx);
}

void receipts_read_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct room *room = node->rooms[job->room];
    struct receipt_page page;

    if (room->life != job->life) {
        job_free(node, job);
        return;
    }
    if (answer->err != HB_OK) {
        job_retry(node, job);
        return;
    }
    const bool good = receipt_page_begin(node, answer->calls, &page);
    if (good) {
        receipts_tell(node, room, &page, NULL);
    } else {
        note(node, NOTE_ROW_BAD, DB_RECEIPTS_HEAD, 0);
    }
    if (good && page.more) {
        receipts_read_start(node, job);
        return;
    }
    room->receipts.reading = false;
    room->receipts.known = room->receipts.told; /* what was said beyond it is not there */
    job_free(node, job);
}

/* --- What other nodes say ------------------------------------------------------------------- */

static struct text room_of(const struct frame *frame)
{
    return frame->type == FRAME_RECEIVED ? frame->received.room_id : frame->read_receipt.chat_id;
}

static bool is_change(const struct room *room, const struct frame *frame)
{
    return (frame->type == FRAME_RECEIVED || frame->type == FRAME_READ_RECEIPT) &&
           receipt_user(frame).bytes != NULL && text_equal(room_of(frame), room->name);
}

void receipts_publication(struct node *node, struct room *room, const char *bytes, size_t bytes_len)
{
    const struct frame *frame = NULL;

    if (room->state != ROOM_LIVE) {
        return; /* its version is read with its head */
    }
    const bool crowd = bytes_len > 0 && *bytes == 'R';
    if (bytes_len < 3 || bytes[1] != ' ' || bytes_len - 2 > FRAME_BYTES_MAX) {
        note(node, NOTE_PUBLICATION_BAD, room->key, 0);
        return;
    }
    struct wire *wire = wire_new(bytes + 2, bytes_len - 2);
    if (wire_decode(wire, &frame, NULL) != HB_OK || !is_change(room, frame)) {
        note(node, NOTE_PUBLICATION_BAD, room->key, 0);
        wire_unref(&wire);
        room_want_head(node, room); /* the database knows */
        return;
    }
    const uint64_t version = version_of(frame);
    if (version == room->receipts.told + 1) {
        room->receipts.told = version;
        tell(node, room, frame, wire, crowd);
    } else {
        receipts_compared(node, room, version);
    }
    wire_unref(&wire);
}
