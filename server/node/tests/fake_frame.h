/* Frames as words of a trace: short enough to be read, whole enough to be compared. */
#ifndef HUBBUB_SERVER_NODE_TESTS_FAKE_FRAME_H
#define HUBBUB_SERVER_NODE_TESTS_FAKE_FRAME_H

#include "server/base/mem.h"
#include "server/protocol/frame.h"

void fake_frame_show(struct buf *out, const struct frame *frame);

#endif
