/* See explained.h. Long because it has a few lines for each invariant, and nothing else. */
#include "sim/check/explained.h"

#include <string.h>

static const struct explained table[] = {
    [ORD_01] = {"Two people see different messages at the same place of a room. What one answers "
                "to, the other has never seen.",
                "an entry is published before its transaction is committed; a place is given out "
                "from memory and not by the database; what a stranger writes to Redis is taken for "
                "a node's word"},
    [ORD_02] = {"The log of a room has a hole, or a place twice. Whoever counts on the next number "
                "waits for one that will never come.",
                "the head is moved by a statement that appends nothing, such as a resend; places "
                "are taken from a sequence, which a rolled back transaction leaves behind"},
    [ORD_03] = {"A device shows messages out of order: a reply above its question.",
                "what comes late is put below what came before it; order by the time of arrival, "
                "or by a wall clock"},
    [ORD_04] = {"A device shows a room with something missing in the middle and no sign of it.",
                "what comes behind a gap is shown, and what comes late is dropped; a newest page "
                "is put right behind what was there; a page's last row is lost"},
    [ORD_05] = {"What one person wrote in one go stands in another order for everybody.",
                "several messages of a room are on the wire at once; what waited goes out newest "
                "first; a refusal that was for now lets the next one overtake"},
    [ORD_06] = {"A reply stands above the message that it answers.",
                "an entry is shown before its place is final; a place that was given is "
                "overwritten; the head is read outside the transaction that appends"},
    [ORD_07] =
        {"Across rooms, stamps say that the answer came before what it answers: who sorts by stamp "
         "sees it so.",
         "the stamp that a writer has seen does not travel with the message, or the node does not "
         "take it before it stamps; a counter is lost when the milliseconds are equal"},
    [ORD_08] = {"The same message stands twice on a screen.",
                "a resend becomes a second row; live frames and a sync's rows are not told apart "
                "by their place; a reconnect shows again what was there"},
    [ORD_09] = {"Two tellings of one message differ: its text, its sender, its time or its stamp "
                "depend on which way it came.",
                "the publication is made of other values than the row; a resend writes into the "
                "row that it finds; a text is cut on the way"},
    [ORD_10] = {"A writer is told of a place where their message does not stand, or of a message "
                "that is nowhere.",
                "a resend is acked with the head of the room; what is found under a client id is "
                "acked whatever it is; the place is taken before the commit"},
    [ORD_11] = {"A message that was written after another one was done stands above it.",
                "blocks of places are given to nodes; an ack names another place than the row has; "
                "the commit order is not the order of places"},
    [ORD_12] = {"A connection is told that a room is shorter than it was told before; a client may "
                "drop rows for it.",
                "the head of a later page is that of its position; a replica that lags is read; a "
                "cursor gives other rooms their first places again"},
    [ORD_14] = {"The live stream of a connection skips an entry, repeats one, or begins at another "
                "place than its welcome says. Every gap of a client begins here.",
                "what came between the read of a head and the subscription is dropped; a resume "
                "from memory is off by one, or covers less than it says; a session is attached "
                "under another's place"},
    [ORD_15] =
        {"A node names a head that the log does not have: clients ask for rows that nobody wrote.",
         "the next place is named for the last one; a head is told before its commit"},
    [HLC_01] = {"A node gives the same stamp twice, or an older one, after a restart: ids made of "
                "stamps are not unique.",
                "the clock of a new life begins at the wall clock and not above the last life's "
                "stamps; no fence keeps a transaction of the old life from committing late"},
    [HLC_02] = {"A node has taken a stamp and stamps below it: cause and effect are turned round.",
                "the counter is not taken with an equal millisecond; what comes in a hello or a "
                "publication is not taken at all"},
    [HLC_03] = {"Sorting a room by stamp gives another order than its places.",
                "an entry keeps its node's stamp where the room's last one is greater; it is "
                "lifted outside the room's lock"},
    [HLC_04] = {"Two entries of a room have one stamp: an id made of it names both.",
                "a lifted stamp is that of the entry before it, without the next counter"},
    [HLC_05] = {"Stamps run ahead of every clock there ever was: they wander into the future and "
                "stay there.",
                "taking a stamp moves the clock further than the stamp; a stamp of a client is "
                "taken however far ahead it is"},
    [HLC_06] = {"A stamp that was too far ahead has moved the clock after all.",
                "it is cut to the limit and taken, in place of being refused; the clock is moved "
                "before the check"},
    [HLC_09] =
        {"A stamp is neither the node's clock nor the next one after what it knew: the clock is "
         "not the one of the paper.",
         "a counter begins at one in a new millisecond; the node counts on while its clock moves"},
    [SYN_01] = {"A message that its writer was told is safe is gone.",
                "an ack before the commit is durable; a retention or clean-up deletes rows that "
                "are in use; a failover loses what was acked"},
    [SYN_02] =
        {"Somebody who is connected does not get a message in time, or ever.",
         "a lost publication is noticed by nobody; a gap is waited for without an end; a session "
         "misses what came between two reads; nothing asks the log while Redis is away"},
    [SYN_03] = {"A text is shown that nobody wrote so.",
                "a text is cut, or mixed with another one; a resend is found by its client id "
                "alone, whoever wrote it; an app that lost its store uses ids again"},
    [SYN_04] = {"A message that was sent twice stands there twice.",
                "the database has no unique key on sender and client id; a client gives a new id "
                "when it sends again"},
    [SYN_05] = {"A sync left something out, and the device will never ask for it again.",
                "the page goes by timestamps, of which several rows have the same; the cursor "
                "stands behind rows that were not given; a page begins one place too late"},
    [SYN_06] = {"A sync takes more pages than its rows need, or never ends.",
                "each page begins with the first room again; the end is looked up anew, so that a "
                "busy room is paged for ever; a cursor does not move"},
    [SYN_07] = {"A page is too large, or its cursor stands still: a client in a loop.",
                "the limit is the client's and not the server's; a page gives back the cursor that "
                "it was asked with"},
    [SYN_08] =
        {"A cursor says that rows were given which were not, or which are not committed yet.",
         "the cursor stands at what was read, and not at what fitted; rooms that were not served "
         "are said to be read; a place above a marker counts"},
    [SYN_09] = {"Who asks by time lacks messages of that time.",
                "`timestamp > t` where several rows have t; a node whose clock is behind writes "
                "below t; the next pages go by time and not by the cursor"},
    [SYN_10] = {"After a reconnect a room goes on with something missing, or something twice.",
                "a resume that memory does not cover is told as if it were; the first row that was "
                "missed is left out; a page serves another room"},
    [SYN_11] = {"When all is quiet again, a device still does not show what the log has. No later "
                "traffic will help it.",
                "the last publication of a room was lost and nobody compares with the log; a "
                "client asks for what it missed only when the next entry comes"},
    [SYN_12] =
        {"Somebody wrote a message that is neither sent nor shown as failed: it has just vanished.",
         "a refusal for now is taken as one for good; the outbox does not survive a reconnect or a "
         "kill; a client gives up after some tries and tells nobody"},
    [SYN_13] =
        {"A device is told to throw away what it has, for nothing: every room is read again.",
         "a position at the very head is taken for one beyond it; a node that is behind takes it "
         "for one of another log"},
    [SYN_14] =
        {"Somebody reads what was said while they were not in the room: before they came, or after "
         "they left and before they came back.",
         "a leave does not end the stream of a connection; only the present stay is looked at, "
         "so that one who is back sees all that lies between; a cursor of before is served"},
    [SYN_15] = {"Somebody has an ack and then a sync that does not know of that message.",
                "heads are read from a replica that lags; a sync ends where this node stands and "
                "not where the log does"},
    [SYN_16] = {"An ack was sent before there was a commit: a crash in between loses a message "
                "that was promised.",
                "the ack is sent when the transaction is submitted; the answer of another "
                "transaction is taken for it"},
    [SYN_17] = {"A message that was refused stands there after all: its writer has written it "
                "again, and it is there twice.",
                "an unknown outcome is told as a refusal; a time-out refuses while the transaction "
                "is under way; a draining node refuses what may be committed"},
    [SYN_18] = {"A request for a sync has no answer, two, or another one's.",
                "the reference of the answer is that of the last request; a second request is "
                "answered at once with nothing"},
    [SYN_19] = {"A writer sees their message twice, or see it blink: the row that they wrote and "
                "the entry stand side by side.",
                "the message that comes before its ack is shown as a new row; the ack replaces a "
                "row that was replaced; the row is only replaced when it is shown"},
    [SYN_20] = {"Nothing is disturbed, and a message takes seconds: it came by repair and not by "
                "the fast way.",
                "an entry is not published, or its publication dropped; a node waits for the one "
                "after it; a session is subscribed late"},
    [SYN_21] = {"A row of the log was changed or removed. What people were shown is not what the "
                "log says any more.",
                "a resend updates the row that it finds; a retention nobody asked for; an insert "
                "that replaces"},
    [SYN_22] = {"A member is told for good that they may not write in their own room.",
                "rights are looked up in another session, or in memory that is old; an unknown "
                "outcome or a drain is told as a refusal for good"},
    [SYN_23] =
        {"Somebody looks at a room and waits, while what is missing elsewhere is fetched first.",
         "rooms are served in the order of the request or of names; the room on screen counts only "
         "if the node knew that it lacks something"},
    [SEC_01] = {"Somebody learns of a person or a room that is not theirs to know.",
                "presence goes to all who ask, whatever they share; the room that somebody is in "
                "is told to others; anybody can be put into a room"},
    [SEC_02] = {"A message stands under the name of somebody who did not write it.",
                "the sender is read from the frame; a publication is told under another name; rows "
                "are found by client id alone"},
    [SEC_03] =
        {"Somebody is served after their token ended or was revoked, or is thrown out before.",
         "the token is looked at when the connection is made and never again; a wall clock that is "
         "set back prolongs it; the word of a revocation is lost and looked up by nobody"},
    [SEC_12] = {"Two people are taken for one, or one for two, by what their identity provider "
                "calls them.",
                "a subject is cut or encoded so that two give one id; one that looks encoded is "
                "taken as it is"},
    [DIR_01] = {"Two people write to each other and end up in two rooms, or with a third one.",
                "the room is named by who writes first to whom; both make it at once"},
    [MEM_01] =
        {"An app shows a room as made, joined or left, and it is not so: what is written there is "
         "refused, or the room comes back.",
         "the ack is that of another command, or of another entry; a resend is acked by what "
         "it finds, whatever that is"},
    [MEM_02] =
        {"An app shows that a room could not be joined or left, and the person is in it, or out of "
         "it, all the same; or they are told of a limit that they are not at.",
         "an outcome that nobody knows is told as a refusal; what is counted is not what is "
         "committed; a limit is off by one"},
    [MEM_03] = {"Rooms beyond the limit are lost to whoever is in them, for only so many are read; "
                "strangers fill somebody's places, who then cannot join what they want.",
                "the limit is looked at when rooms are read and not when they are written; two "
                "joins at once each count without the other; members are put in without asking"},
    [MEM_04] =
        {"An app waits for ever for a room that its person asked for.",
         "what was on the wire when the connection was lost is not asked again; an answer is "
         "sent to the connection that is gone and kept by nobody"},
    [LIV_01] = {"A message is on its way and no answer comes: the clock beside it turns for ever.",
                "an answer is dropped on an error path; a resend of what is committed gets none; a "
                "job is lost with its retry"},
    [LIV_02] = {"Somebody cannot get online, though there are nodes that could take them.",
                "a node without Redis, or refused once by the database, takes nobody; one that is "
                "fenced goes on and sends nobody away; a hello is closed before it is read"},
    [LIV_03] = {"A sync hangs: something turns on a screen while the connection is well.",
                "a page that the database refuses gets no answer, and the "
                "connection still counts as syncing"},
    [LIV_04] = {"A device has messages and does not show them, since one before them is missing.",
                "a client holds and never asks; the answer of a sync does not fill the gap and "
                "nothing else is tried"},
    [LIV_05] = {"What waits in an outbox goes out late or never.",
                "a client pauses after each ack; a refusal for now is forgotten; nothing starts "
                "the outbox when the device is online"},
    [LIV_06] =
        {"A node that has started takes nobody, or takes people before it can serve them.",
         "ready waits for Redis or for a timer; a refusal by the database at the start is final"},
    [LIV_07] =
        {"A node is asked to go and cuts people off, leaves answers out, or does not go.",
         "it closes at once; it waits until clients leave; it does not count what is under way"},
    [LIV_08] = {"After an outage all clients come back in the same second.",
                "no back-off, no jitter, or one that does not grow; a reconnect for a token goes "
                "round it"},
    [LIV_09] = {"A node keeps what nobody needs any more: memory and subscriptions grow for ever.",
                "a channel stays subscribed after its last reader; a session of a closed "
                "connection goes on; what is watched is not given back"},
    [LIV_10] = {"A connection talks though nothing happens: batteries and bills.",
                "pings too often; a sync that begins itself again"},
    [LIV_11] =
        {"The last message of a room is lost, and nobody notices since none comes behind it.",
         "a gap is only seen by the next entry; announced heads are not read, not sent before a "
         "node goes, or not looked up"},
    [LIV_12] = {"One room that is stuck holds up all the others of that person.",
                "one message is on the wire for all rooms together; a poison message is tried for "
                "ever before the rest"},
    [LIV_13] =
        {"A connection is closed for no reason: people flicker, and miss what comes meanwhile.",
         "silence is counted from the welcome and not from the last frame; units of a token's rest "
         "are mixed up; rights are looked up in memory that does not reach back"},
    [LIV_15] = {"A connection on which nothing passes stays open for ever, and its person believes "
                "that they are online.",
                "one side sends no pings, or does not end what is not answered"},
    [LIV_16] = {"Somebody says hello and the node does not answer.",
                "a read that failed is not tried again; the hello waits behind something that was "
                "given up"},
    [LIV_17] =
        {"Two processes have one name, and both serve: their stamps collide, and who is led to the "
         "older one writes into nothing.",
         "only a write finds that the name is gone, and nobody writes there; a container is "
         "started anew before the old one is stopped, and the old one is never told"},
    [PRE_01] = {"Others see of somebody what is not so any more.",
                "a change is written and not published; a publication is lost and nothing says it "
                "again; who comes is told of nobody until they change"},
    [PRE_02] = {"Somebody who left is shown as there: a ghost.",
                "the node died and nobody takes its people off; a connection without a lease, or "
                "not on its node's list; a record that is not removed with its last connection"},
    [PRE_03] = {"Somebody who is there is shown as gone.",
                "the end of one device counts for all; a lease ran out though its node lives; "
                "Redis lost all and nobody waits until it is said again"},
    [PRE_04] = {"The status is not what the person chose, or not the best of their devices.",
                "the last device to speak decides; a choice is overwritten by activity; a "
                "connection that is not theirs counts"},
    [PRE_05] = {"When somebody was seen last moves backwards.",
                "the later write wins, whichever says less; two nodes' clocks differ"},
    [PRE_06] = {"When somebody was seen last is wrong: too late, too early, or told of who hides.",
                "a sweeper writes the time of its sweep; the last action counts and not the last "
                "presence; a heartbeat within the grace"},
    [PRE_07] = {"When all is quiet again, people are still shown as they are not.",
                "a lost publication that no heartbeat makes up for; online and offline that "
                "overtook each other"},
    [PRE_08] = {"An old word about somebody comes after a newer one and is shown.",
                "versions are not compared; a version begins anew with a lost record"},
    [PRE_09] = {"The list of who is there has others than those who are.",
                "nobody is put in, or taken off; a score is not renewed"},
    [PRE_10] = {"People are told the same of somebody again and again.",
                "a heartbeat is published, changed or not; the end of a connection flaps; a "
                "stranger's record counts"},
    [PRE_11] = {"A line, a quiet time or a room goes or stays although nobody said so.",
                "an update that names a part replaces all; what was chosen is lost with Redis and "
                "not kept in the database; an end that is over is told as it was"},
    [PRE_12] =
        {"The record of a person has connections that are gone, or lacks some.",
         "a close that comes late removes the next one; a life that ended leaves its fields"},
    [PRE_13] = {"Somebody is connected and has no record: they are offline for who asks next.",
                "a time to live in the wrong unit; nothing renews the key; it is not made again "
                "after Redis lost it"},
    [TYP_01] = {"Somebody is shown as typing who does not.",
                "a message on its way is taken for typing; the room of two is named by who begins"},
    [TYP_02] = {"The dots do not go away.", "no expiry at the one who shows them, or at the node; "
                                            "a node says it again until it hears otherwise"},
    [TYP_03] = {"Somebody said that they stopped and is still shown.",
                "a stop waits for the throttle; it is told to one node only; a start that waited "
                "survives its stop; an old word is said again"},
    [TYP_04] = {"Others get a frame for every key.",
                "the throttle is forgotten by a stop, or counted by each device"},
    [TYP_05] = {"Some were told that somebody types, and not that they stopped.",
                "stops are throttled; who was silenced by something else is not said to have "
                "stopped; other nodes wait for the expiry"},
    [TYP_06] =
        {"Somebody types on, and others see it come and go.",
         "the expiry is shorter than the refresh; the first key or the pause is counted wrong"},
    [TYP_07] = {"Somebody is gone and still types.",
                "the end of a connection says nothing to those who were told"},
    [TYP_08] = {"A message is there, and its writer is shown as still typing it.",
                "a message does not end its writer's typing"},
    [TYP_09] = {"A node remembers everybody who ever typed.", "records are made and never removed"},
    [TYP_10] = {"Somebody outside the room types in it, or sees who does.",
                "membership is not looked at; who types is told on their own devices"},
    [RCP_01] =
        {"A message is said to be read that its reader never saw.",
         "a place is taken for all before it; an id is believed without a look at what was shown"},
    [RCP_02] =
        {"Somebody who is no member has read, or what they may not see.",
         "rights at the time of the receipt are not looked at; it is written under the next user"},
    [RCP_03] = {"When something was read changes.", "a second receipt updates the row"},
    [RCP_04] = {"A writer waits for the second tick.",
                "a publication that is lost is looked up by nobody"},
    [RCP_05] = {"A device says each message by itself, or the same ones again.",
                "no batch, or half its time; what was said is not remembered"},
    [RCP_06] = {"Somebody read it, and it stays unread for ever.",
                "of several ids the first alone is looked at; an id is read wrongly; what was read "
                "offline is not said later"},
    [RCP_07] = {"When all is quiet again, a writer does not see all who read.",
                "who asks for what they missed is told of arrivals alone"},
    [RCP_08] = {"A message was read before it was written.",
                "the wall clock of the node that hears the receipt, which may be behind"},
    [RCP_09] = {"Bob is said to have read what Carol read.",
                "rows of several readers are told under one name"},
    [RCP_10] = {"A message is read by its own writer.", "a client says so and the server takes it"},
    [RCP_11] = {"Something is said to have arrived that no device of that person was shown.",
                "whatever a client says that it has is taken"},
    [RCP_12] = {"What has arrived goes back, or others are told late.",
                "a device that is behind takes back what another one has; a lost publication"},
};

const struct explained *explained(enum invariant invariant)
{
    _Static_assert(sizeof table / sizeof table[0] == INVARIANT_COUNT, "one for each");
    HB_ASSERT(invariant < INVARIANT_COUNT);
    return &table[invariant];
}

/* As bound_value has them. */
static const struct bound_letter letters[] = {
    {"A", "between two announcements of a node, its tick (announce)"},
    {"B", "rows that one read of a repair brings (repairRows)"},
    {"Bk", "the longest pause of a client before it connects again (backoffMax)"},
    {"Bk_least", "the shortest one (backoffMin)"},
    {"D", "the longest that a transaction takes"},
    {"F", "how long a device gathers what arrived and was read (receipt)"},
    {"G", "how long somebody who left is still taken for there, the grace (presenceGrace)"},
    {"H", "between two pings (pingInterval)"},
    {"Ht", "how long an answer to a ping is waited for (pingTimeout)"},
    {"K", "how long a node is believed to live after its last word, its lease (lease)"},
    {"L", "the longest way between a client and its node, one way"},
    {"P", "rows of a page (pageRows)"},
    {"R", "the longest way from a node to Redis and from there to another node"},
    {"S", "between two sweeps of a node for what died or was missed (sweep)"},
    {"T", "how long who typed is shown so without another word (typingExpiry)"},
    {"V", "between two looks for what was revoked (revocation)"},
    {"W", "how far ahead a stamp may be, ms (skewMs)"},
    {"answer", "how long a client waits for an answer (answer)"},
    {"answers", "how many answers were under way on the connection"},
    {"beat", "between two heartbeats of presence (presenceHeartbeat)"},
    {"client_gap",
     "how long a client holds before it asks for what is missing (gap of the client)"},
    {"full_pass", "between two comparisons of every room with the log (fullPass)"},
    {"gap", "how long a node waits whether what is missing comes by itself (gap)"},
    {"hello", "how long a node waits for a hello (hello)"},
    {"pages", "how many pages the sync takes"},
    {"pause", "the longer of client_gap and retry"},
    {"probe", "between two looks of a node whether it still has its name (probe)"},
    {"reads", "how many reads a repair needs: its rows by B, one at least"},
    {"redis_pause",
     "the longest pause of a node before it connects to Redis again (redisBackoffMax)"},
    {"refresh",
     "how often a client says again that its person types (typingRefresh of the client)"},
    {"retry", "the pause before a refused transaction is tried again (databaseRetry)"},
    {"rooms", "of how many rooms something is missing"},
    {"rows", "how many rows are missing"},
    {"silence", "the longer of H + Ht and twice answer"},
    {"stamps", "how many stamps were given"},
    {"th", "between two tellings that the same person types there, the throttle (typingThrottle)"},
};

const struct bound_letter *bound_letter(const char *letter, size_t letter_len)
{
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (strlen(letters[i].letter) == letter_len &&
            memcmp(letters[i].letter, letter, letter_len) == 0) {
            return &letters[i];
        }
    }
    return NULL;
}
