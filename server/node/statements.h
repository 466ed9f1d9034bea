/* The statement catalogue: all SQL that a node ever runs, in a form that SQLite (>= 3.35) and
 * PostgreSQL both take.
 *
 * Parameters are $1..$n, first used in ascending order (SQLite numbers them by first use). No
 * GREATEST, no FOR UPDATE, no writing CTE. Rooms, users and nodes have integer surrogate keys
 * inside; text stands at the edge.
 *
 * A sent message is one transaction of ROOM_LOCK, ENTRY_APPEND, ROOM_ADVANCE, ROOM_HEAD,
 * ENTRY_FIND: the lock makes seq dense and commit order = seq order; the append writes nothing when
 * the sender is no member or (sender, client_id) is there already; the find then gives the first
 * entry's position in every case (this transaction's if node and stamp are its own), or no row for
 * a non-member, or when the head's stamp is the last that there is.
 *
 *   leave   ROOM_LOCK, ENTRY_APPEND (kind 2), MEMBERS_LEFT, ROOM_ADVANCE, ROOM_HEAD, ENTRY_FIND
 *   join    USER_LOCK, ROOM_LOCK_NAME, MEMBER_ACTIVE, ROOMS_COUNT, JOIN_APPEND, MEMBERS_JOINED,
 *           ROOM_SETTLE, ENTRY_FIND
 *   receipt ROOM_LOCK, RECEIVED, READ, RECEIPTS_ADVANCE, RECEIPTS_HEAD, RECEIPTS_AFTER
 *   create  USER_LOCK a person, ROOM_CREATE, CREATE_REFUSED, ROOM_LOCK_NAME, CREATE_APPEND,
 *           INVITE_APPEND a member, MEMBERS_JOINED, ROOM_SETTLE, ENTRY_FIND
 *   direct  USER_ADD, USER_LOCK of both, DIRECT_CREATE, ROOM_LOCK_NAME, CREATE_APPEND,
 *           INVITE_APPEND, MEMBERS_JOINED, ROOM_SETTLE, ENTRY_FIND
 *
 * Whoever comes into a room is locked before, so that the rooms that somebody is in are counted and
 * raised by one transaction at a time: in the order of their names, and before the room.
 *
 * Every statement whose name ends in _APPEND adds at most one entry; those of joins give its (seq,
 * hlc). The five of a message have no RETURNING, no FROM in an UPDATE and read no table that they
 * write: each would make SQLite open a temporary B-tree (5 us of a transaction of 20, measured). */
#ifndef HUBBUB_SERVER_NODE_STATEMENTS_H
#define HUBBUB_SERVER_NODE_STATEMENTS_H

#include <stdbool.h>

/* How many rooms u is in. */
#define DB_SQL_ROOMS "(SELECT COUNT(*) FROM members f WHERE f.usr = u.id AND f.left_seq IS NULL)"
/* u is in a room of user $3, one that was not forced on u: whom somebody wrote to shares a room with
 * them when they wrote there too, among its first entries. */
#define DB_SQL_SHARES                                                                              \
    "EXISTS (SELECT 1 FROM members a JOIN members b ON b.room = a.room AND b.left_seq IS NULL "    \
    "JOIN rooms s ON s.id = a.room WHERE a.usr = $3 AND a.left_seq IS NULL AND b.usr = u.id "      \
    "AND (s.open <> 2 OR EXISTS (SELECT 1 FROM entries w WHERE w.room = s.id AND w.seq <= 256 "    \
    "AND w.kind = 0 AND w.sender = u.id)))"
/* Who stands in the way of a room that user $3 makes with the $2 people of $1 (64 bytes of a name
 * each): with whom nothing is shared (why 0), who is in $5 rooms (why 1), $3 themselves in $4. */
#define DB_SQL_REFUSED                                                                             \
    "WITH RECURSIVE ids(i, name) AS (SELECT 0, rtrim(substr($1, 1, 64)) UNION ALL "                \
    "SELECT i + 1, rtrim(substr($1, (i + 1) * 64 + 1, 64)) FROM ids WHERE i + 1 < $2), "           \
    "refused(name, why) AS (SELECT u.name, 1 FROM users u WHERE u.id = $3 "                        \
    "AND " DB_SQL_ROOMS " >= $4 "                                                                  \
    "UNION ALL SELECT ids.name, CASE WHEN " DB_SQL_SHARES " THEN 1 ELSE 0 END "                    \
    "FROM ids LEFT JOIN users u ON u.name = ids.name WHERE ids.i < $2 "                            \
    "AND (NOT " DB_SQL_SHARES " OR " DB_SQL_ROOMS " >= $5)) "

/* name, writes, parameters, columns of a row, SQL */
#define DB_STMT_MAP(X)                                                                             \
    /* Registers life $2 of node $1, if the one before it is the latest: a try of it that comes */ \
    /* late, of this life or of an older one, changes nothing. -> node, incarnation; or no row */  \
    X(DB_NODE_REGISTER, true, 2, 2,                                                                \
      "INSERT INTO nodes(name, incarnation) VALUES($1, $2) "                                       \
      "ON CONFLICT(name) DO UPDATE SET incarnation = excluded.incarnation "                        \
      "WHERE nodes.incarnation = excluded.incarnation - 1 "                                        \
      "RETURNING id, incarnation")                                                                 \
    /* Makes user $1 known. */                                                                     \
    X(DB_USER_ADD, true, 1, 0, "INSERT INTO users(name) VALUES($1) ON CONFLICT(name) DO NOTHING")  \
    X(DB_USER_FIND, false, 1, 1, "SELECT id FROM users WHERE name = $1")                           \
    /* Takes the lock of the user named $1 for the rest of the transaction, if there is one. */    \
    X(DB_USER_LOCK, true, 1, 0, "UPDATE users SET name = name WHERE name = $1")                    \
    /* How many rooms user $1 is in. */                                                            \
    X(DB_ROOMS_COUNT, false, 1, 1,                                                                 \
      "SELECT COUNT(*) FROM members WHERE usr = $1 AND left_seq IS NULL")                          \
    /* The present rooms of the user named $1, by key. -> room, name, head, joined */              \
    X(DB_USER_ROOMS, false, 1, 4,                                                                  \
      "SELECT r.id, r.name, r.head, m.joined_seq FROM users u JOIN members m ON m.usr = u.id "     \
      "JOIN rooms r ON r.id = m.room "                                                             \
      "WHERE u.name = $1 AND m.left_seq IS NULL ORDER BY m.room")                                  \
    X(DB_ROOM_FIND, false, 1, 3, "SELECT id, head, open FROM rooms WHERE name = $1")               \
    /* -> head, its hlc, the version of its receipts */                                            \
    X(DB_ROOM_HEAD, false, 1, 3, "SELECT head, hlc, receipts FROM rooms WHERE id = $1")            \
    /* Takes the lock of room $1 for the rest of the transaction. */                               \
    X(DB_ROOM_LOCK, true, 1, 0, "UPDATE rooms SET head = head WHERE id = $1")                      \
    /* The same by name. -> room, head */                                                          \
    X(DB_ROOM_LOCK_NAME, true, 1, 2,                                                               \
      "UPDATE rooms SET head = head WHERE name = $1 RETURNING id, head")                           \
    /* $1 room $2 sender $3 client_id $4 kind $5 content $6 node $7 own stamp $8 wall ms */        \
    /* $9 digest */                                                                                \
    X(DB_ENTRY_APPEND, true, 9, 0,                                                                 \
      "INSERT INTO entries(room, sender, client_id, kind, content, node, stamp, hlc, at_ms, "      \
      "digest, seq) SELECT $1, $2, $3, $4, $5, $6, $7, "                                           \
      "CASE WHEN r.hlc < $7 THEN $7 ELSE r.hlc + 1 END, $8, $9, r.head + 1 "                       \
      "FROM rooms r JOIN members m ON m.room = r.id "                                              \
      "WHERE r.id = $1 AND m.usr = $2 AND m.left_seq IS NULL "                                     \
      "AND r.hlc < 9223372036854775807 "                                                           \
      "ON CONFLICT(sender, client_id) DO NOTHING")                                                 \
    /* Moves room $1 over the entry just appended, if one was. */                                  \
    X(DB_ROOM_ADVANCE, true, 1, 0,                                                                 \
      "UPDATE rooms SET head = head + 1, hlc = "                                                   \
      "(SELECT e.hlc FROM entries e WHERE e.room = rooms.id AND e.seq = rooms.head + 1) "          \
      "WHERE id = $1 AND EXISTS "                                                                  \
      "(SELECT 1 FROM entries e WHERE e.room = rooms.id AND e.seq = rooms.head + 1)")              \
    /* -> room name, seq, kind, node name, stamp, hlc, at_ms, digest or null */                    \
    X(DB_ENTRY_FIND, false, 2, 8,                                                                  \
      "SELECT r.name, e.seq, e.kind, n.name, e.stamp, e.hlc, e.at_ms, e.digest FROM entries e "    \
      "JOIN rooms r ON r.id = e.room JOIN nodes n ON n.id = e.node "                               \
      "WHERE e.sender = $1 AND e.client_id = $2")                                                  \
    /* Room $1 after seq $2 up to seq $3, at most $4 rows. -> seq, kind, sender name, */           \
    /* client_id, content, node name, stamp, hlc, at_ms */                                         \
    X(DB_ENTRIES_AFTER, false, 4, 9,                                                               \
      "SELECT e.seq, e.kind, u.name, e.client_id, e.content, n.name, e.stamp, e.hlc, e.at_ms "     \
      "FROM entries e JOIN users u ON u.id = e.sender JOIN nodes n ON n.id = e.node "              \
      "WHERE e.room = $1 AND e.seq > $2 AND e.seq <= $3 ORDER BY e.seq LIMIT $4")                  \
    /* The membership of user $2 in room $1, of any time. -> joined, left or null */               \
    X(DB_MEMBER_FIND, false, 2, 2,                                                                 \
      "SELECT joined_seq, left_seq FROM members WHERE room = $1 AND usr = $2 ORDER BY joined_seq") \
    /* Room $1 before seq $2, the last row first, $4 at most: of the latest of user $3's stays */  \
    /* that began before it. -> as of DB_ENTRIES_AFTER */                                          \
    X(DB_ENTRIES_BEFORE, false, 4, 9,                                                              \
      "SELECT e.seq, e.kind, u.name, e.client_id, e.content, n.name, e.stamp, e.hlc, e.at_ms "     \
      "FROM entries e JOIN users u ON u.id = e.sender JOIN nodes n ON n.id = e.node "              \
      "WHERE e.room = $1 AND e.seq < $2 AND e.seq >= (SELECT m.joined_seq FROM members m "         \
      "WHERE m.room = $1 AND m.usr = $3 AND m.joined_seq < $2 "                                    \
      "ORDER BY m.joined_seq DESC LIMIT 1) "                                                       \
      "AND e.seq <= COALESCE((SELECT m.left_seq FROM members m "                                   \
      "WHERE m.room = $1 AND m.usr = $3 AND m.joined_seq < $2 "                                    \
      "ORDER BY m.joined_seq DESC LIMIT 1), 9223372036854775807) "                                 \
      "ORDER BY e.seq DESC LIMIT $4")                                                              \
    /* The present membership of user $2 in the room named $1. -> joined */                        \
    X(DB_MEMBER_ACTIVE, false, 2, 1,                                                               \
      "SELECT m.joined_seq FROM rooms r JOIN members m ON m.room = r.id "                          \
      "WHERE r.name = $1 AND m.usr = $2 AND m.left_seq IS NULL")                                   \
    /* Where in each room of user $1 the entries below stamp $2 end, by halves: a later seq has */ \
    /* a greater stamp, and none is missing. Not below the user's first entry. -> room, seq */     \
    X(DB_USER_SINCE, false, 2, 2,                                                                  \
      "WITH RECURSIVE half(room, low, high) AS (SELECT m.room, "                                   \
      "(SELECT MIN(f.joined_seq) FROM members f WHERE f.room = m.room AND f.usr = m.usr) - 1, "    \
      "r.head + 1 FROM members m JOIN rooms r ON r.id = m.room "                                   \
      "WHERE m.usr = $1 AND m.left_seq IS NULL "                                                   \
      "UNION ALL SELECT h.room, CASE WHEN e.hlc < $2 THEN e.seq ELSE h.low END, "                  \
      "CASE WHEN e.hlc < $2 THEN h.high ELSE e.seq END FROM half h "                               \
      "JOIN entries e ON e.room = h.room AND e.seq = (h.low + h.high) / 2 "                        \
      "WHERE h.high - h.low > 1) "                                                                 \
      "SELECT room, low FROM half WHERE high - low = 1")                                           \
    /* The room named $6, open or not ($7), of user $3 and the people of $1, unless anybody */     \
    /* stands in the way, or $3 used the client id $8 before. One without an entry is nobody's. */ \
    X(DB_ROOM_CREATE, true, 8, 1,                                                                  \
      "INSERT INTO rooms(name, open, head, hlc) " DB_SQL_REFUSED "SELECT $6, $7, 0, 0 "            \
      "WHERE NOT EXISTS (SELECT 1 FROM refused) "                                                  \
      "AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.sender = $3 AND e.client_id = $8) "         \
      "ON CONFLICT(name) DO UPDATE SET open = excluded.open WHERE rooms.head = 0 RETURNING id")    \
    /* -> name, why */                                                                             \
    X(DB_CREATE_REFUSED, false, 5, 2, DB_SQL_REFUSED "SELECT name, why FROM refused")              \
    /* The room $1 of two people, which nobody else may join (open is 2): of the users named */    \
    /* $2, who makes it, and $4, unless they are in $3 and $5 rooms, or $6 used the client id */   \
    /* $7 before. */                                                                               \
    X(DB_DIRECT_CREATE, true, 7, 1,                                                                \
      "INSERT INTO rooms(name, open, head, hlc) SELECT $1, 2, 0, 0 WHERE NOT EXISTS "              \
      "(SELECT 1 FROM users u WHERE u.name = $2 AND " DB_SQL_ROOMS " >= $3) "                      \
      "AND NOT EXISTS (SELECT 1 FROM users u WHERE u.name = $4 AND " DB_SQL_ROOMS " >= $5) "       \
      "AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.sender = $6 AND e.client_id = "             \
      "$7) "                                                                                       \
      "ON CONFLICT(name) DO NOTHING RETURNING id")                                                 \
    /* The creator's join, into an empty room only. */                                             \
    /* $1 client_id $2 node $3 own stamp $4 wall ms $5 digest $6 user $7 room name */              \
    X(DB_CREATE_APPEND, true, 7, 2,                                                                \
      "INSERT INTO entries(room, sender, client_id, kind, content, node, stamp, hlc, at_ms, "      \
      "digest, seq) SELECT r.id, u.id, $1, 1, NULL, $2, $3, $3, $4, $5, 1 "                        \
      "FROM users u JOIN rooms r ON r.head = 0 WHERE u.id = $6 AND r.name = $7 "                   \
      "AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.sender = u.id AND e.client_id = $1) "       \
      "RETURNING seq, hlc")                                                                        \
    /* Another member's join, in the transaction that created the room and in no other: the */     \
    /* creator's join has stamp $5. */                                                             \
    /* $1 node $2 own stamp $3 wall ms $4 room name $6 user name */                                \
    X(DB_INVITE_APPEND, true, 6, 2,                                                                \
      "INSERT INTO entries(room, sender, client_id, kind, content, node, stamp, hlc, at_ms, seq) " \
      "SELECT r.id, u.id, NULL, 1, NULL, $1, $2, "                                                 \
      "CASE WHEN l.hlc < $2 THEN $2 ELSE l.hlc + 1 END, $3, l.seq + 1 "                            \
      "FROM rooms r JOIN entries c ON c.room = r.id AND c.seq = 1 "                                \
      "JOIN entries l ON l.room = r.id "                                                           \
      "AND l.seq = (SELECT MAX(x.seq) FROM entries x WHERE x.room = r.id) "                        \
      "JOIN users u ON u.id <> c.sender "                                                          \
      "WHERE r.name = $4 AND c.stamp = $5 AND c.node = $1 AND u.name = $6 "                        \
      "AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.room = r.id AND e.sender = u.id) "          \
      "RETURNING seq, hlc")                                                                        \
    /* A join of an open room by one who is not in it; or of a closed one where nobody is left, */ \
    /* by whoever left it last. */                                                                 \
    /* $1 client_id $2 node $3 own stamp $4 wall ms $5 digest $6 user $7 room $8 most rooms */     \
    X(DB_JOIN_APPEND, true, 8, 2,                                                                  \
      "INSERT INTO entries(room, sender, client_id, kind, content, node, stamp, hlc, at_ms, "      \
      "digest, seq) SELECT r.id, u.id, $1, 1, NULL, $2, $3, "                                      \
      "CASE WHEN r.hlc < $3 THEN $3 ELSE r.hlc + 1 END, $4, $5, r.head + 1 "                       \
      "FROM users u JOIN rooms r ON r.head > 0 AND (r.open = 1 OR (r.open = 0 "                    \
      "AND EXISTS (SELECT 1 FROM members l WHERE l.room = r.id AND l.usr = u.id "                  \
      "AND l.left_seq = r.head) AND NOT EXISTS (SELECT 1 FROM members p WHERE p.room = r.id "      \
      "AND p.left_seq IS NULL))) "                                                                 \
      "WHERE u.id = $6 AND r.name = $7 AND r.hlc < 9223372036854775807 "                           \
      "AND " DB_SQL_ROOMS " < $8 "                                                                 \
      "AND NOT EXISTS (SELECT 1 FROM members m WHERE m.room = r.id AND m.usr = u.id "              \
      "AND m.left_seq IS NULL) "                                                                   \
      "AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.sender = u.id AND e.client_id "             \
      "= $1) "                                                                                     \
      "RETURNING seq, hlc")                                                                        \
    /* Makes members of all joins just appended to the room named $1. */                           \
    X(DB_MEMBERS_JOINED, true, 1, 0,                                                               \
      "INSERT INTO members(room, usr, joined_seq) SELECT e.room, e.sender, e.seq "                 \
      "FROM rooms r JOIN entries e ON e.room = r.id AND e.seq > r.head "                           \
      "WHERE r.name = $1 AND e.kind = 1")                                                          \
    /* Ends the membership of the leave just appended to room $1. */                               \
    X(DB_MEMBERS_LEFT, true, 1, 0,                                                                 \
      "UPDATE members SET left_seq = e.seq FROM rooms r, entries e "                               \
      "WHERE r.id = $1 AND e.room = r.id AND e.seq = r.head + 1 AND e.kind = 2 "                   \
      "AND members.room = r.id AND members.usr = e.sender AND members.left_seq IS NULL")           \
    /* Moves the room named $1 over all entries just appended. */                                  \
    X(DB_ROOM_SETTLE, true, 1, 0,                                                                  \
      "UPDATE rooms SET hlc = e.hlc, head = e.seq FROM entries e "                                 \
      "WHERE rooms.name = $1 AND e.room = rooms.id "                                               \
      "AND e.seq = (SELECT MAX(x.seq) FROM entries x WHERE x.room = rooms.id)")                    \
    /* What user $1 chose is $2 (a status), $3 (a line), $4 (quiet until, wall ms); of these */    \
    /* those are changed of which $5, $6, $7 say so (1). */                                        \
    X(DB_PRESENCE_CHOOSE, true, 7, 0,                                                              \
      "INSERT INTO presence(usr, status, custom, dnd_until, version) VALUES($1, $2, $3, $4, 1) "   \
      "ON CONFLICT(usr) DO UPDATE SET "                                                            \
      "status = CASE WHEN $5 = 1 THEN excluded.status ELSE presence.status END, "                  \
      "custom = CASE WHEN $6 = 1 THEN excluded.custom ELSE presence.custom END, "                  \
      "dnd_until = CASE WHEN $7 = 1 THEN excluded.dnd_until ELSE presence.dnd_until END, "         \
      "version = presence.version + 1")                                                            \
    /* What the user named $1 chose. -> status, line, quiet until, version; no row: nothing */     \
    X(DB_PRESENCE_CHOICE, false, 1, 4,                                                             \
      "SELECT p.status, p.custom, p.dnd_until, p.version "                                         \
      "FROM users u JOIN presence p ON p.usr = u.id WHERE u.name = $1")                            \
    /* The present members of room $1, at most $2. -> user name */                                 \
    X(DB_ROOM_MEMBERS, false, 2, 1,                                                                \
      "SELECT u.name FROM members m JOIN users u ON u.id = m.usr "                                 \
      "WHERE m.room = $1 AND m.left_seq IS NULL ORDER BY m.usr LIMIT $2")                          \
    /* The present members of room $1 in the order in which they came, behind the one named $2, */ \
    /* at most $4; none if user $3 is none of them. -> user name, first entry that they see */     \
    X(DB_MEMBERS_PAGE, false, 4, 2,                                                                \
      "SELECT u.name, m.joined_seq FROM members m JOIN users u ON u.id = m.usr "                   \
      "WHERE m.room = $1 AND m.left_seq IS NULL "                                                  \
      "AND m.usr > COALESCE((SELECT a.id FROM users a WHERE a.name = $2), 0) "                     \
      "AND EXISTS (SELECT 1 FROM members c WHERE c.room = m.room AND c.usr = $3 "                  \
      "AND c.left_seq IS NULL) ORDER BY m.usr LIMIT $4")                                           \
    /* One row if the user named $1 and user $2 are in one room. */                                \
    X(DB_SHARES_ROOM, false, 2, 1,                                                                 \
      "SELECT m.room FROM users u JOIN members o ON o.usr = u.id AND o.left_seq IS NULL "          \
      "JOIN members m ON m.room = o.room AND m.left_seq IS NULL "                                  \
      "WHERE u.name = $1 AND m.usr = $2 LIMIT 1")                                                  \
    /* The people with whom user $1 is in a room of at most $4 members, in the order in which */   \
    /* they came, behind the one named $3, at most $5; of room $2 alone, if it is not 0. */        \
    /* -> user name */                                                                             \
    X(DB_PEOPLE_SHARED, false, 5, 1,                                                               \
      "SELECT u.name FROM users u JOIN (SELECT DISTINCT o.usr AS usr FROM members m "              \
      "JOIN members o ON o.room = m.room AND o.left_seq IS NULL "                                  \
      "WHERE m.usr = $1 AND m.left_seq IS NULL AND (m.room = $2 OR $2 = 0) "                       \
      "AND o.usr > COALESCE((SELECT a.id FROM users a WHERE a.name = $3), 0) "                     \
      "AND (SELECT COUNT(*) FROM members c WHERE c.room = m.room AND c.left_seq IS NULL) <= $4 "   \
      "ORDER BY o.usr LIMIT $5) p ON p.usr = u.id ORDER BY u.id")                                  \
    /* All of a room up to $1, or its head, is on a device of user $3, a member of room $2. */     \
    X(DB_RECEIVED, true, 3, 0,                                                                     \
      "INSERT INTO received(room, usr, up_to, version) "                                           \
      "SELECT r.id, m.usr, CASE WHEN $1 < r.head THEN $1 ELSE r.head END, r.receipts + 1 "         \
      "FROM rooms r JOIN members m ON m.room = r.id AND m.left_seq IS NULL "                       \
      "AND m.joined_seq <= $1 "                                                                    \
      "WHERE r.id = $2 AND m.usr = $3 "                                                            \
      "ON CONFLICT(room, usr) DO UPDATE SET up_to = excluded.up_to, version = excluded.version "   \
      "WHERE received.up_to < excluded.up_to")                                                     \
    /* User $5 read in room $4 what the $2 records of $1 name (19 digits of a stamp, */            \
    /* 32 bytes of a node's name): others' that they may see and that arrived, those that were */  \
    /* not read before. $3 wall ms: when; above every stamp of the room. By sixteens, for */       \
    /* SQLite's substr counts the characters of a text from its beginning each time. */            \
    X(DB_READ, true, 5, 0,                                                                         \
      "INSERT INTO reads(room, usr, seq, at_ms, version) "                                         \
      "WITH RECURSIVE ids(i, part) AS (SELECT 0, substr($1, 1, 816) UNION ALL "                    \
      "SELECT i + 1, CASE WHEN (i + 1) % 16 = 0 THEN substr($1, (i + 1) * 51 + 1, 816) "           \
      "ELSE part END FROM ids WHERE i + 1 < $2) "                                                  \
      "SELECT r.id, m.usr, e.seq, "                                                                \
      "CASE WHEN $3 > r.hlc / 65536 THEN $3 ELSE r.hlc / 65536 + 1 END, r.receipts + 1 "           \
      "FROM ids JOIN nodes n ON n.name = rtrim(substr(ids.part, ids.i % 16 * 51 + 20, 32)) "       \
      "JOIN entries e ON e.node = n.id "                                                           \
      "AND e.stamp = CAST(substr(ids.part, ids.i % 16 * 51 + 1, 19) AS BIGINT) "                   \
      "JOIN rooms r ON r.id = e.room "                                                             \
      "JOIN members m ON m.room = r.id AND m.left_seq IS NULL AND m.joined_seq <= e.seq "          \
      "JOIN received p ON p.room = r.id AND p.usr = m.usr AND p.up_to >= e.seq "                   \
      "WHERE r.id = $4 AND m.usr = $5 AND e.kind = 0 AND e.sender <> m.usr "                       \
      "ON CONFLICT(room, usr, seq) DO NOTHING")                                                    \
    /* Moves the receipts of room $1 over those just written, if any were. */                      \
    X(DB_RECEIPTS_ADVANCE, true, 1, 0,                                                             \
      "UPDATE rooms SET receipts = receipts + 1 WHERE id = $1 AND (EXISTS "                        \
      "(SELECT 1 FROM received p WHERE p.room = rooms.id AND p.version = rooms.receipts + 1) "     \
      "OR EXISTS "                                                                                 \
      "(SELECT 1 FROM reads d WHERE d.room = rooms.id AND d.version = rooms.receipts + 1))")       \
    /* -> version of room $1's receipts, how many members it has: $2 at most */                    \
    X(DB_RECEIPTS_HEAD, false, 2, 2,                                                               \
      "SELECT r.receipts, (SELECT COUNT(*) FROM (SELECT 1 FROM members m WHERE m.room = r.id "     \
      "AND m.left_seq IS NULL LIMIT $1) c) FROM rooms r WHERE r.id = $2")                          \
    /* The receipts of room $1 behind version $2, of what was read behind $3; at most $4. */       \
    /* -> version, user name, seq; of what was read: at_ms, node name, stamp */                    \
    X(DB_RECEIPTS_AFTER, false, 4, 6,                                                              \
      "SELECT p.version, u.name, p.up_to, 0, NULL, 0 "                                             \
      "FROM received p JOIN users u ON u.id = p.usr WHERE p.room = $1 AND p.version > $2 "         \
      "UNION ALL SELECT d.version, u.name, d.seq, d.at_ms, n.name, e.stamp "                       \
      "FROM reads d JOIN users u ON u.id = d.usr "                                                 \
      "JOIN entries e ON e.room = d.room AND e.seq = d.seq JOIN nodes n ON n.id = e.node "         \
      "WHERE d.room = $1 AND d.version > $3 ORDER BY 1, 3 LIMIT $4")                               \
    /* What is revoked next has the next version: one transaction at a time. */                    \
    X(DB_REVOKED_ADVANCE, true, 0, 0, "UPDATE meta SET revoked = revoked + 1")                     \
    /* Of kind $1 the one named $2: a user, whose tokens that were issued until $3 (s) are good */ \
    /* no longer, or a token; it is kept until $4. */                                              \
    X(DB_REVOKED_ADD, true, 4, 0,                                                                  \
      "INSERT INTO revoked(kind, name, issued_until, kept_until, version) "                        \
      "SELECT $1, $2, $3, $4, m.revoked FROM meta m WHERE m.revoked > 0 "                          \
      "ON CONFLICT(kind, name) DO UPDATE SET issued_until = CASE WHEN revoked.issued_until > "     \
      "excluded.issued_until THEN revoked.issued_until ELSE excluded.issued_until END, "           \
      "kept_until = CASE WHEN revoked.kept_until > excluded.kept_until "                           \
      "THEN revoked.kept_until ELSE excluded.kept_until END, version = excluded.version")          \
    /* What is kept until before $1 is needed no more. */                                          \
    X(DB_REVOKED_FORGET, true, 1, 0, "DELETE FROM revoked WHERE kept_until < $1")                  \
    /* What was revoked behind version $1, at most $2. */                                          \
    /* -> kind, name, issued until, kept until, version */                                         \
    X(DB_REVOKED_AFTER, false, 2, 5,                                                               \
      "SELECT kind, name, issued_until, kept_until, version FROM revoked WHERE version > $1 "      \
      "ORDER BY version LIMIT $2")                                                                 \
    /* -> node, its incarnation */                                                                 \
    X(DB_NODE_FIND, false, 1, 2, "SELECT id, incarnation FROM nodes WHERE name = $1")              \
    /* Who has the name $3: the process at $1, since $2 wall ms, which is its life $4. */          \
    X(DB_NODE_CLAIM, true, 4, 0,                                                                   \
      "UPDATE nodes SET place = $1, since_ms = $2, claimed = incarnation "                         \
      "WHERE name = $3 AND incarnation = $4 AND claimed < incarnation")                            \
    /* Who has the name $1. -> incarnation, place, since wall ms; the last life that gave the */   \
    /* name up while its process lived, when by its wall */                                        \
    X(DB_NODE_HOLDER, false, 1, 5,                                                                 \
      "SELECT incarnation, place, since_ms, yielded, yielded_ms FROM nodes WHERE name = $1")       \
    /* Life $1 gave the name $3 up to a later one at $2 wall ms. */                                \
    X(DB_NODE_YIELD, true, 3, 0,                                                                   \
      "UPDATE nodes SET yielded = $1, yielded_ms = $2 "                                            \
      "WHERE name = $3 AND incarnation > $1 AND yielded < $1")                                     \
    /* Node $3 lives, at $1 wall ms; $2: 1 if it has been well with Redis for a while. */          \
    X(DB_NODE_BEAT, true, 3, 0,                                                                    \
      "UPDATE nodes SET beat = beat + 1, beat_ms = $1, hears = $2 WHERE id = $3")                  \
    /* The $2 nodes but the one named $1 that lived last. -> name, incarnation, beat, hears */     \
    X(DB_NODES_ALIVE, false, 2, 4,                                                                 \
      "SELECT name, incarnation, beat, hears FROM nodes WHERE name <> $1 AND beat > 0 "            \
      "ORDER BY beat_ms DESC, id LIMIT $2")                                                        \
    /* The greatest own stamp of node $1, or 0. After the registration, in a statement of its */   \
    /* own: it has to see what an older life committed while the registration waited for it. */    \
    X(DB_NODE_FLOOR, false, 1, 1,                                                                  \
      "SELECT COALESCE((SELECT MAX(e.stamp) FROM entries e WHERE e.node = n.id), 0) "              \
      "FROM nodes n WHERE n.name = $1")                                                            \
    /* Whether $2 is the latest life of node $1; then it stays so until the transaction ends. */   \
    /* Whoever runs a fenced transaction begins with this; PostgreSQL: db_fence_postgresql. */     \
    X(DB_NODE_FENCE, false, 2, 1,                                                                  \
      "SELECT n.id FROM nodes n WHERE n.id = $1 AND n.incarnation = $2")                           \
    /* Whose database this is: the identity of its installation. */                                \
    X(DB_INSTALLATION, false, 0, 1, "SELECT identity FROM meta")

enum db_stmt {
#define X(name, writes, params, columns, sql) name,
    DB_STMT_MAP(X)
#undef X
        DB_STMT_COUNT
};

struct db_stmt_info {
    const char *sql;
    bool writes;
    unsigned params;
    unsigned columns; /* 0: gives no rows */
};
const struct db_stmt_info *db_stmt_info(enum db_stmt stmt);
/* Whether it changes nothing, and only takes a row's lock. On SQLite it need not run: BEGIN IMMEDIATE holds the
 * whole database. There, to write a row as it is costs a twentieth of a simulated run (measured). */
static inline bool db_stmt_only_locks(enum db_stmt stmt)
{
    return stmt == DB_ROOM_LOCK || stmt == DB_USER_LOCK;
}

/* DB_NODE_FENCE for PostgreSQL, where others write at the same time: it locks the node's row against
 * a registration, and what follows it in the pipeline must not run when it finds none: so it fails
 * then, by a division by zero. */
const char *db_fence_postgresql(void);

#endif
