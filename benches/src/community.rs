//! A community of some years: people, servers with rooms, direct conversations, groups, and a million messages, written
//! straight into the node's schema. Made once and kept; runs work on a copy.
use crate::crowd::{insert_member, insert_server, insert_user};
use crate::node::{Node, Workshop};
use crate::options::RunOptions;
use crate::random::{Random, Zipf};
use crate::result::Result;
use crate::words::Words;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use snug_base::{ConversationId, ServerId, UserId};
use std::path::{Path, PathBuf};
use std::process::Command;
use uuid::Uuid;

/// Changes when what is made here changes.
const EDITION: u32 = 3;
const ROOMS: usize = 12;
const DAY_MS: i64 = 24 * 3_600_000;
/// Rows in one transaction.
const CHUNK: usize = 20_000;
const EMOJI: [&str; 6] = ["👍", "❤️", "😂", "🎉", "👀", "🙏"];

/// How large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub people: usize,
    pub servers: usize,
    pub messages: usize,
}

/// A conversation with who is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conversation {
    pub id: Uuid,
    /// "room", "direct", "group"
    pub kind: String,
    pub server: Option<Uuid>,
    /// Numbers of people.
    pub members: Vec<usize>,
    pub last_seq: i64,
}

/// What a run has to know of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Community {
    pub size: Size,
    pub people: Vec<Uuid>,
    pub servers: Vec<Uuid>,
    pub conversations: Vec<Conversation>,
}

impl Community {
    /// The community of this size on a folder of its own, that the caller may change. The original is made if it isn't there.
    pub fn copy(bench: &RunOptions, to: &Path) -> Result<Community> {
        let (cache, size) = (&bench.data, bench.community());
        let original = cache.join(format!("community-{}-{}-{}-{}", size.people, size.servers, size.messages, schema()?));
        if !original.join("community.json").is_file() {
            crate::output::say(&format!("  making a community of {size:?}; this is done once"));
            make(bench, &original, size)?;
        }
        if to.exists() {
            std::fs::remove_dir_all(to)?;
        }
        let copied = Command::new("cp").args(["-r", "--reflink=auto"]).arg(&original).arg(to).status()?;
        if !copied.success() {
            return Err("the community could not be copied; is the disk full?".into());
        }
        // what is written back later would disturb the measurement
        Command::new("sync").arg("-f").arg(to).status()?;
        Ok(serde_json::from_str(&std::fs::read_to_string(to.join("community.json"))?)?)
    }

    /// The database's file.
    pub fn database(data: &Path) -> PathBuf {
        data.join("snug.db")
    }
}

/// Stands for the schema and for what this file makes.
fn schema() -> Result<String> {
    let mut steps: Vec<_> = std::fs::read_dir("migrations/sqlite")?.flatten().map(|entry| entry.path()).collect();
    steps.sort();
    let mut sum = u64::from(EDITION);
    for step in steps {
        for byte in std::fs::read(step)? {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(format!("{sum:016x}"))
}

fn make(bench: &RunOptions, data: &Path, size: Size) -> Result<()> {
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    let mut random = Random::new(20_261_121);
    let workshop = Workshop::open(data)?;
    let mut community = make_people(&workshop, size)?;
    make_servers(&workshop, &mut community, &mut random)?;
    workshop.close();
    let connection = Connection::open(Community::database(data))?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")?;
    make_private(&connection, &mut community, &mut random)?;
    make_messages(&connection, &mut community, &mut random)?;
    make_search(&connection)?;
    connection.execute_batch("ANALYZE; PRAGMA journal_mode = WAL;")?;
    drop(connection);
    await_search(bench, data)?;
    Ok(std::fs::write(data.join("community.json"), serde_json::to_string(&community)?)?)
}

fn make_people(workshop: &Workshop, size: Size) -> Result<Community> {
    let people: Vec<Uuid> = (0..size.people).map(|_| Uuid::now_v7()).collect();
    let all = people.clone();
    workshop.write(move |tx| all.iter().enumerate().try_for_each(|(i, user)| insert_user(tx, UserId(*user), i)))?;
    Ok(Community { size, people, servers: Vec::new(), conversations: Vec::new() })
}

/// Servers of very different sizes; everybody is in a few.
fn make_servers(workshop: &Workshop, community: &mut Community, random: &mut Random) -> Result<()> {
    let people = community.people.len();
    for rank in 0..community.size.servers {
        let wanted = ((people as f64 / 2.0) / (rank as f64 + 1.0).powf(0.9)).ceil().max(5.0) as usize;
        let mut members: Vec<usize> = (0..wanted.min(people)).map(|_| random.below(people)).collect();
        members.sort_unstable();
        members.dedup();
        let server = ServerId::new();
        let rooms: Vec<(ConversationId, String)> = (0..ROOMS).map(|i| (ConversationId::new(), format!("room-{i}"))).collect();
        for (room, _) in &rooms {
            let (kind, server) = ("room".to_owned(), Some(server.0));
            community.conversations.push(Conversation { id: room.0, kind, server, members: members.clone(), last_seq: 0 });
        }
        community.servers.push(server.0);
        let users: Vec<UserId> = members.iter().map(|i| UserId(community.people[*i])).collect();
        workshop.write(move |tx| {
            insert_server(tx, server, "Community", users[0], users.len() as i64, &rooms)?;
            users.iter().try_for_each(|user| insert_member(tx, server, *user))
        })?;
    }
    Ok(())
}

/// As many direct conversations as people, and a group for every ten.
fn make_private(connection: &Connection, community: &mut Community, random: &mut Random) -> Result<()> {
    let people = community.people.len();
    connection.execute_batch("BEGIN")?;
    let mut pairs = std::collections::BTreeSet::new();
    while pairs.len() < people {
        let (a, b) = (random.below(people), random.below(people));
        if a != b {
            pairs.insert((a.min(b), a.max(b)));
        }
    }
    let groups = (0..people / 10).map(|_| {
        let mut members: Vec<usize> = (0..5).map(|_| random.below(people)).collect();
        members.sort_unstable();
        members.dedup();
        ("group", members)
    });
    for (kind, members) in pairs.into_iter().map(|(a, b)| ("direct", vec![a, b])).chain(groups.collect::<Vec<_>>()) {
        let id = Uuid::now_v7();
        let of = |i: &usize| community.people[*i].as_bytes();
        let mut pair: Vec<[u8; 16]> = members.iter().map(|i| *of(i)).collect();
        pair.sort_unstable();
        let pair = (kind == "direct").then(|| pair.concat());
        let name = (kind == "group").then_some("Group");
        connection
            .prepare_cached("INSERT INTO conversations (id, kind, name, pair, created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, 0)")?
            .execute(params![id.as_bytes(), kind, name, pair, of(&members[0])])?;
        connection.prepare_cached("INSERT INTO streams (id, last_n) VALUES (?1, 0)")?.execute(params![id.as_bytes()])?;
        for (i, member) in members.iter().enumerate() {
            let role = if i == 0 && kind == "group" { "owner" } else { "member" };
            connection
                .prepare_cached("INSERT INTO participants (conversation_id, user_id, role, joined_at) VALUES (?1, ?2, ?3, 0)")?
                .execute(params![id.as_bytes(), of(member), role])?;
        }
        community.conversations.push(Conversation { id, kind: kind.to_owned(), server: None, members, last_seq: 0 });
    }
    Ok(connection.execute_batch("COMMIT")?)
}

/// Messages in the order of time, most of them in few rooms, and what people did with them.
fn make_messages(connection: &Connection, community: &mut Community, random: &mut Random) -> Result<()> {
    let (total, words) = (community.size.messages, Words::default());
    let rooms: Vec<usize> = (0..community.conversations.len()).filter(|i| community.conversations[*i].kind == "room").collect();
    let private: Vec<usize> = (0..community.conversations.len()).filter(|i| community.conversations[*i].kind != "room").collect();
    let (busy_rooms, busy_private) = (Zipf::new(rooms.len(), 0.9), Zipf::new(private.len(), 0.6));
    let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis())?;
    let begin = now - 730 * DAY_MS;
    let mut recent: Vec<Vec<[u8; 16]>> = vec![Vec::new(); community.conversations.len()];
    connection.execute_batch("BEGIN")?;
    for number in 0..total {
        let at = if random.chance(0.8) { rooms[busy_rooms.pick(random)] } else { private[busy_private.pick(random)] };
        let conversation = &mut community.conversations[at];
        conversation.last_seq += 1;
        let created = begin + (number as i64) * (now - begin) / (total as i64);
        let id = id_at(created, random);
        let author = community.people[*random.of(&conversation.members)];
        let length = random.log_normal(60.0, 0.95).clamp(5.0, 1_000.0) as usize;
        let content = format!(r#"{{"type":"text","text":"{}"}}"#, words.text(random, length));
        let reply = if random.chance(0.18) && !recent[at].is_empty() { Some(*random.of(&recent[at])) } else { None };
        connection
            .prepare_cached(
                "INSERT INTO messages (conversation_id, seq, id, author_id, created_at, reply_to, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![conversation.id.as_bytes(), conversation.last_seq, id, author.as_bytes(), created, reply, content])?;
        for _ in 0..if random.chance(0.06) { 1 + random.below(4) } else { 0 } {
            let user = community.people[*random.of(&conversation.members)];
            connection
                .prepare_cached("INSERT OR IGNORE INTO reactions (message_id, emoji, user_id, created_at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![id, random.of(&EMOJI), user.as_bytes(), created])?;
        }
        recent[at].push(id);
        if recent[at].len() > 1_000 {
            recent[at].drain(..500);
        }
        if number % CHUNK == CHUNK - 1 {
            connection.execute_batch("COMMIT; BEGIN")?;
        }
    }
    connection.execute_batch("COMMIT; BEGIN")?;
    for (conversation, ids) in community.conversations.iter().zip(recent) {
        finish(connection, conversation, &ids, &community.people, now, random)?;
    }
    Ok(connection.execute_batch("COMMIT")?)
}

/// The conversation's head, the events that are still kept, and how far people have read.
fn finish(c: &Connection, conversation: &Conversation, ids: &[[u8; 16]], people: &[Uuid], now: i64, random: &mut Random) -> Result<()> {
    let (id, last) = (conversation.id.as_bytes(), conversation.last_seq);
    if last == 0 {
        return Ok(());
    }
    c.prepare_cached("INSERT INTO conversation_heads (conversation_id, last_seq, last_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, last, now])?;
    c.prepare_cached("UPDATE streams SET last_n = ?2 WHERE id = ?1")?.execute(params![id, last])?;
    for (i, message) in ids.iter().rev().enumerate() {
        c.prepare_cached("INSERT INTO events (stream, n, kind, reference) VALUES (?1, ?2, 'message.created', ?3)")?.execute(params![
            id,
            last - i as i64,
            message
        ])?;
    }
    for member in &conversation.members {
        // most have read nearly all, some never came back
        let behind = if random.chance(0.8) { random.below(20) as i64 } else { random.below(last as usize + 1) as i64 };
        let read = (last - behind).max(0);
        c.prepare_cached(
            "INSERT OR REPLACE INTO pointers (user_id, conversation_id, read_seq, seen_seq, delivered_seq) VALUES (?1, ?2, ?3, ?3, ?3)",
        )?
        .execute(params![people[*member].as_bytes(), id, read])?;
    }
    Ok(())
}

/// A UUID of version 7 of this time.
fn id_at(at_ms: i64, random: &mut Random) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&at_ms.to_be_bytes()[2..]);
    bytes[6..8].copy_from_slice(&((random.any() as u16 & 0x0fff) | 0x7000).to_be_bytes());
    bytes[8..].copy_from_slice(&((random.any() >> 2) | (1 << 63)).to_be_bytes());
    bytes
}

fn has_search(connection: &Connection) -> Result<bool> {
    Ok(connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'search_rows'")?.exists(())?)
}

/// As the migration does it with messages that were there before it: the node makes the index after its start.
fn make_search(connection: &Connection) -> Result<()> {
    if has_search(connection)? {
        connection.execute_batch(
            "INSERT INTO search_rows (number, conversation_id, seq)
             SELECT row_number() OVER (ORDER BY created_at, conversation_id, seq), conversation_id, seq FROM messages;
             CREATE UNIQUE INDEX by_message ON search_rows (conversation_id, seq);
             UPDATE messages SET number =
                 (SELECT r.number FROM search_rows r WHERE r.conversation_id = messages.conversation_id AND r.seq = messages.seq);
             DROP INDEX by_message;",
        )?;
    }
    Ok(())
}

/// Lets the node finish its index.
fn await_search(bench: &RunOptions, data: &Path) -> Result<()> {
    let connection = Connection::open(Community::database(data))?;
    if !has_search(&connection)? {
        return Ok(());
    }
    let mut node = Node::start(&bench.binary, data, false, &bench.output.join("node.log"))?;
    let begun = std::time::Instant::now();
    let behind = "SELECT (SELECT max(number) FROM search_rows) > (SELECT min(upto) FROM search_indexes)";
    while connection.query_row(behind, (), |row| row.get::<_, bool>(0))? {
        node.process.check()?;
        if begun.elapsed().as_secs() > 600 {
            return Err("the node's search index was not made within ten minutes".into());
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    node.process.stop().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_version_7_and_of_their_time() {
        let id = Uuid::from_bytes(id_at(1_700_000_000_123, &mut Random::new(1)));
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(id.get_timestamp().map(|t| t.to_unix()), Some((1_700_000_000, 123_000_000)));
    }
}
