//! What the number of members costs: one message to more and more who are connected, and the work in a server with many
//! members in its data, most of them away.
use super::fanout::{Reach, reach};
use super::{Bench, show};
use crate::client::Client;
use crate::crowd::Crowd;
use crate::generator::Generator;
use crate::histogram::Histogram;
use crate::node::{Node, Workshop};
use crate::orders::{Dialect, Fanout};
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use crate::spread::count;
use snug_base::UserId;

/// Members in the data of the large server, and of the small one beside it.
const LARGE: usize = 200_000;
const SMALL: usize = 1_000;

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    let mut sets = Vec::new();
    let mut curve = Set { title: "one message to so many, plain".to_owned(), ..Set::default() };
    for members in bench.options.crowds(&[500, 1_000, 2_000, 5_000, 10_000, 19_000]) {
        let Reach { floor, snug, ratios, foreign } = reach(bench, members)?;
        let name = format!("{} members", count(members));
        curve.figures.push(Figure::new(&name, "floor durable", "ms", &floor));
        curve.figures.push(Figure::new(&name, "snug", "ms", &snug).against("floor durable", &ratios.0, &ratios.1).goal(Goal::AtMost(1.15)));
        curve.foreign.extend(foreign);
    }
    show(&curve);
    sets.push(curve);
    let (large, small) = (bench.size(LARGE, 500), bench.size(SMALL, 50));
    let most = bench.options.crowds(&[19_000])[0];
    let few = Size { members: small, connected: most.min(small) };
    let many = Size { members: large, connected: most.min(large) };
    let mut at_rest = Set { title: format!("a server of {} members beside one of {}", count(large), count(small)), ..Set::default() };
    let (small_times, large_times) = (figures(bench, few)?, figures(bench, many)?);
    for ((name, small_values), (_, large_values)) in small_times.iter().zip(&large_times) {
        let of = |size: Size| format!("{} members", count(size.members));
        at_rest.figures.push(Figure::new(name, &of(few), "ms", small_values));
        at_rest.figures.push(Figure::new(name, &of(many), "ms", large_values).against(&of(few), large_values, small_values));
    }
    at_rest.notes.push(format!(
        "{} and {} of them are connected; delivery is to the last of those",
        count(few.connected),
        count(many.connected)
    ));
    show(&at_rest);
    sets.push(at_rest);
    Ok(sets)
}

#[derive(Clone, Copy)]
struct Size {
    members: usize,
    connected: usize,
}

/// Medians of the rounds, by name.
fn figures(bench: &Bench, size: Size) -> Result<Vec<(&'static str, Vec<f64>)>> {
    let crowd = Crowd::make(&bench.folder("members"), size.members, size.connected)?;
    let workshop = Workshop::open(&crowd.data)?;
    let newcomers = crowd.add_newcomers(&workshop, 200)?;
    let tokens = workshop.tokens(&newcomers)?;
    let mine = workshop.tokens(&[crowd.users[0]])?.remove(0);
    workshop.close();
    let node = Node::start(&bench.options.binary, &crowd.data, false, &bench.log("node"))?;
    let mut generator = Generator::start(&bench.log("load"))?;
    generator.connect(Dialect::Snug, node.address, false, size.connected, Some(crowd.tokens.clone()))?;
    let mut client = Client::new(node.address, false, &mine);
    let mut newcomers = newcomers.iter().zip(&tokens);
    let names = ["send to acknowledgement", "send to last member", "join", "a page of members", "room switch"];
    let mut found: Vec<(&'static str, Vec<f64>)> = names.map(|name| (name, Vec::new())).to_vec();
    for _ in 0..bench.options.rounds() {
        let order = Fanout { room: crowd.room.to_string(), messages: 5, window: 1, text: 200, patience_s: 20 };
        let sent = generator.fanout(order)?;
        found[0].1.push(crate::spread::median(&sent.ack_ms));
        found[1].1.push(crate::spread::median(&sent.complete_ms));
        let mut joins = Histogram::default();
        for (_, token) in newcomers.by_ref().take(20) {
            let answer = Client::new(node.address, false, token).post("/servers/join", r#"{"code":"CROWD"}"#)?;
            if answer.status >= 300 {
                return Err(format!("joining: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
            }
            joins.add(u64::try_from(answer.took.as_nanos())?);
        }
        found[2].1.push(joins.at(0.5) as f64 / 1e6);
        found[3].1.push(time(&mut client, &format!("/servers/{}/members?limit=50", crowd.server), 40)?);
        found[4].1.push(time(&mut client, &format!("/conversations/{}/messages?limit=50", crowd.room), 40)?);
    }
    Ok(found)
}

/// The median of so many requests, in milliseconds.
fn time(client: &mut Client, path: &str, times: usize) -> Result<f64> {
    let mut all = Histogram::default();
    for _ in 0..times {
        let answer = client.get(path)?;
        if answer.status != 200 {
            return Err(format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
        }
        all.add(u64::try_from(answer.took.as_nanos())?);
    }
    Ok(all.at(0.5) as f64 / 1e6)
}

impl Crowd {
    /// People with accounts who are not in the server, which gets an access code.
    fn add_newcomers(&self, workshop: &Workshop, number: usize) -> Result<Vec<UserId>> {
        let people: Vec<UserId> = (0..number).map(|_| UserId::new()).collect();
        let (all, server, members) = (people.clone(), self.server, self.users.len());
        workshop.write(move |tx| {
            tx.execute("UPDATE servers SET access_code = 'CROWD' WHERE id = ?1", snug_base::params![server])?;
            all.iter().enumerate().try_for_each(|(i, user)| crate::crowd::insert_user(tx, *user, members + i))
        })?;
        Ok(people)
    }
}
