//! Reading, one request after the other: history warm and cold, searches.
use super::{Bench, show};
use crate::client::Client;
use crate::community::{Community, Conversation};
use crate::histogram::Histogram;
use crate::machine::Watch;
use crate::node::{Node, Workshop};
use crate::random::Random;
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use crate::words::Words;
use rustix::fs::Advice;
use snug_base::UserId;
use std::fs::File;
use std::path::Path;
use uuid::Uuid;

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    let data = bench.folder("reads");
    let community = Community::copy(&bench.options, &data)?;
    let person = busiest(&community);
    let workshop = Workshop::open(&data)?;
    let token = workshop.tokens(&[UserId(community.people[person])])?.remove(0);
    workshop.close();
    let node = Node::start(&bench.options.binary, &data, false, &bench.log("node"))?;
    let mut client = Client::new(node.address, false, &token);
    let mine: Vec<&Conversation> = community.conversations.iter().filter(|c| c.last_seq > 50 && c.members.contains(&person)).collect();
    let mut reader = Reader { client: &mut client, rounds: bench.options.rounds(), times: bench.size(300, 5), foreign: Vec::new() };
    let mut sets = vec![history(&mut reader, &mine, &data, bench.size(40, 3))?];
    let mut asked = Client::new(node.address, false, &token);
    if has_search(&mut asked)? {
        sets.push(search(&mut reader, mine[0].id)?);
    } else {
        crate::output::say("  this node has no search yet");
    }
    Ok(sets)
}

/// Whether the node finds the most common word.
pub fn has_search(client: &mut Client) -> Result<bool> {
    let answer = client.get("/search?q=the&limit=20")?;
    Ok(answer.status == 200 && String::from_utf8_lossy(&answer.body).contains("\"conversation_id\""))
}

/// The person in the most rooms with history.
fn busiest(community: &Community) -> usize {
    let mut counts = vec![0_usize; community.people.len()];
    for conversation in community.conversations.iter().filter(|c| c.last_seq > 50) {
        conversation.members.iter().for_each(|person| counts[*person] += 1);
    }
    (0..counts.len()).max_by_key(|person| counts[*person]).unwrap_or(0)
}

struct Reader<'a> {
    client: &'a mut Client,
    rounds: usize,
    times: usize,
    foreign: Vec<f64>,
}

impl Reader<'_> {
    /// Times of requests whose paths `path` makes, with `before` done before each.
    fn time(
        &mut self,
        name: &str,
        times: usize,
        goal_ms: f64,
        mut before: impl FnMut(),
        mut path: impl FnMut() -> String,
    ) -> Result<Vec<Figure>> {
        let (mut p50, mut p99) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let (mut all, watch) = (Histogram::default(), Watch::start());
            for _ in 0..times {
                before();
                let path = path();
                let answer = self.client.get(&path)?;
                if answer.status != 200 {
                    return Err(format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
                }
                all.add(u64::try_from(answer.took.as_nanos()).unwrap_or(u64::MAX));
            }
            self.foreign.push(watch.foreign(u64::try_from(watch.elapsed().as_nanos()).unwrap_or(0)));
            p50.push(all.at(0.5) as f64 / 1e6);
            p99.push(all.at(0.99) as f64 / 1e6);
        }
        Ok(vec![
            Figure::new(&format!("{name}, p50"), "snug", "ms", &p50),
            Figure::new(&format!("{name}, p99"), "snug", "ms", &p99).goal(Goal::AtMost(goal_ms)),
        ])
    }
}

/// Makes the kernel forget what it has of the database.
fn forget(data: &Path) {
    for name in ["snug.db", "snug.db-wal"] {
        if let Ok(file) = File::open(data.join(name)) {
            let _ = file.sync_all(); // what isn't written can't be forgotten
            let _ = rustix::fs::fadvise(&file, 0, None, Advice::DontNeed);
        }
    }
}

fn history(reader: &mut Reader, mine: &[&Conversation], data: &Path, cold: usize) -> Result<Set> {
    let mut random = Random::new(17);
    let mut figures = Vec::new();
    let mut somewhere = random.clone();
    let newest = |random: &mut Random| format!("/conversations/{}/messages?limit=50", random.of(mine).id);
    figures.extend(reader.time("newest 50, warm", reader.times, 5.0, || (), || newest(&mut somewhere))?);
    let switch = |random: &mut Random| format!("/conversations/{}/view?limit=50", random.of(mine).id);
    figures.extend(reader.time("room switch, warm", reader.times, 10.0, || (), || switch(&mut somewhere))?);
    let random_place = |random: &mut Random| {
        let place = random.of(mine);
        let seq = 50 + random.below(usize::try_from(place.last_seq).unwrap_or(0));
        format!("/conversations/{}/messages?limit=50&before={seq}", place.id)
    };
    figures.extend(reader.time("50 at a random place, warm", reader.times, 5.0, || (), || random_place(&mut somewhere))?);
    figures.extend(reader.time("newest 50, cold", cold, 200.0, || forget(data), || newest(&mut random))?);
    figures.extend(reader.time("50 at a random place, cold", cold, 200.0, || forget(data), || random_place(&mut random))?);
    figures.extend(reader.time("conversation list (/sync), warm", reader.times / 3 + 1, 100.0, || (), || "/sync".to_owned())?);
    let title = format!("history, one request at a time, {} conversations", mine.len());
    let set = Set { title, figures, foreign: std::mem::take(&mut reader.foreign), ..Set::default() };
    show(&set);
    Ok(set)
}

fn search(reader: &mut Reader, room: Uuid) -> Result<Set> {
    let words = Words::default();
    let mut random = Random::new(23);
    let mut figures = Vec::new();
    let kinds: [(&str, usize, usize); 3] = [("rare word", 3_000, 15_000), ("medium word", 200, 2_000), ("common word", 0, 20)];
    for (place, suffix) in [("everywhere", String::new()), ("in one room", format!("&conversation_id={room}"))] {
        for (kind, from, to) in kinds {
            let path = || format!("/search?q={}&limit=20{suffix}", words.english(from + random.below(to - from)));
            figures.extend(reader.time(&format!("{kind}, {place}"), reader.times / 3 + 1, 50.0, || (), path)?);
        }
        let two = || format!("/search?q={}%20{}&limit=20{suffix}", words.english(random.below(50)), words.english(random.below(500)));
        figures.extend(reader.time(&format!("two words, {place}"), reader.times / 3 + 1, 50.0, || (), two)?);
        let mut beginnings = Random::new(29);
        let prefix = || {
            let word = words.english(beginnings.below(200));
            format!("/search?q={}*&limit=20{suffix}", word.chars().take(3).collect::<String>())
        };
        figures.extend(reader.time(&format!("beginning of a word, {place}"), reader.times / 3 + 1, 50.0, || (), prefix)?);
    }
    let set =
        Set { title: "search, one request at a time".to_owned(), figures, foreign: std::mem::take(&mut reader.foreign), ..Set::default() };
    show(&set);
    Ok(set)
}
