/* See focus.h. What follows a welcome is put on the wire at once, in the order of the rooms on screen first; live
 * frames and pages come behind it. */
#include "sim/check/focus.h"

#include "sim/check/finding.h"
#include "sim/check/marker.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct focused {   /* of a device */
    uint32_t said; /* in the hello that was not answered yet; NONE */
    uint32_t room; /* of the present connection; NONE */
    uint64_t head; /* up to which what it lacks there follows the welcome; 0: nothing does */
};

struct focus_truth {
    struct table focused; /* by device */
};

void focus_truth_init(struct judge *judge)
{
    static const struct focused fresh = {.said = NONE, .room = NONE};
    judge->focus = hb_calloc(1, sizeof *judge->focus);
    judge->focus->focused = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void focus_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->focus->focused);
    free(judge->focus);
}

void focus_opened(struct judge *judge, uint32_t device)
{
    if (truth_device(judge, device) != NULL) {
        struct focused *focused = table_at(&judge->focus->focused, device);
        focused->said = NONE;
    }
}

void focus_said(struct judge *judge, const struct obs *obs)
{
    if (truth_device(judge, obs->device) != NULL) {
        struct focused *focused = table_at(&judge->focus->focused, obs->device);
        focused->said = obs->room;
    }
}

void focus_welcome(struct judge *judge, uint32_t device)
{
    struct focused *focused = table_at(&judge->focus->focused, device);

    *focused = (struct focused){.said = NONE, .room = focused->said};
}

void focus_head(struct judge *judge, const struct obs *obs)
{
    if (truth_device(judge, obs->device) != NULL && (obs->flags & OBS_MORE) != 0) {
        struct focused *focused = table_at(&judge->focus->focused, obs->device);
        focused->head = obs->room == focused->room ? obs->seq : focused->head;
    }
}

void focus_resumed(struct judge *judge, const struct obs *obs)
{
    const struct focused *focused = table_at(&judge->focus->focused, obs->device);

    if (focused->room == NONE || focused->room == obs->room || focused->head == 0) {
        return;
    }
    const struct view *view = truth_view(judge, obs->device, focused->room);
    if (view == NULL || view->last == 0 || view->from == SEQ_UNKNOWN) {
        return; /* it begins at the head */
    }
    judge->judged[SYN_23]++;
    if (view->last < focused->head) {
        judge_violated(
            judge, finding_of(SYN_23, focused->room, obs->device, view->last + 1, focused->head),
            "device %u was shown seq %" PRIu64 " of room %u before seq %" PRIu64
            " of room %u, which is on screen and was "
            "to follow the welcome",
            obs->device, obs->seq, obs->room, view->last + 1, focused->room);
    }
}
