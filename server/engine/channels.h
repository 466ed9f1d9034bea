/* Channels: SUBSCRIBE, UNSUBSCRIBE, PUBLISH, PUBSUB NUMSUB.
 *
 * A channel lists its subscribers, and each knows the place of the channel in the client's own
 * list, so that joining and leaving cost a walk over the few who are there, however many channels
 * a client has. A channel goes with its last subscriber. */
#ifndef HUBBUB_SERVER_ENGINE_CHANNELS_H
#define HUBBUB_SERVER_ENGINE_CHANNELS_H

#include "server/engine/state.h"

void vsubscribe(struct engine *engine, const struct vcommand *command);
void vunsubscribe(struct engine *engine, const struct vcommand *command);
void vpublish(struct engine *engine, const struct vcommand *command);
void vpubsub(struct engine *engine, const struct vcommand *command);
void vchannels_leave(struct engine *engine, struct vclient *client); /* all of them, unheard */

#endif
