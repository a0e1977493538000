//! Real people: ten thousand accounts, a million messages, a thousand connected devices that do what people do.
use super::{Bench, show};
use crate::client::Client;
use crate::community::{Community, Conversation};
use crate::machine::Watch;
use crate::mix::{Action, DevicePlan, Place, PlaceKind, Plan, Report};
use crate::node::{Node, Workshop};
use crate::process::{CLIENT_CORE, Output, Process};
use crate::random::Random;
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use crate::spread::median;
use crate::steps::durable::fsyncs;
use crate::steps::reads::has_search;
use crate::words::Words;
use snug_base::UserId;
use std::io::Read;
use std::process::Command;
use uuid::Uuid;

/// A person does something every 20 seconds (Mattermost's tool).
const THINK_S: f64 = 20.0;
/// People whose presence a device shows.
const WATCHED: usize = 20;

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    let devices = if bench.options.quick { 40 } else { 1_000 };
    let (seconds, warmup_s) = if bench.options.quick { (4.0, 1.0) } else { (60.0, 10.0) };
    let data = bench.folder("mix");
    let community = Community::copy(&bench.options, &data)?;
    let mut random = Random::new(11);
    let chosen = choose(&community, devices, &mut random);
    let workshop = Workshop::open(&data)?;
    let tokens = workshop.tokens(&chosen.iter().map(|person| UserId(community.people[*person])).collect::<Vec<_>>())?;
    workshop.close();
    let mut node = Node::start(&bench.options.binary, &data, true, &bench.log("node"))?;
    let devices = plan_devices(&community, &chosen, &tokens, &mut random);
    let mut asked = Client::new(node.address, true, &tokens[0]);
    let first = devices[0].places[0].id;
    let has_view = asked.get(&format!("/conversations/{first}/view?limit=50"))?.status == 200;
    let has_search = has_search(&mut asked)?;
    let words = Words::default();
    let searches = (0..200).map(|rank| words.english(rank * 7)).collect();
    let rate = devices.len() as f64 / THINK_S;
    let plan = Plan { address: node.address, is_tls: true, rate, warmup_s, seconds, seed: 5, devices, searches, has_search, has_view };
    let (mut reports, mut foreign, mut cpu, mut syncs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..if bench.options.quick { 1 } else { 3 } {
        syncs.extend(fsyncs(&bench.options.data, 50)?);
        let (watch, before, begun) = (Watch::start(), node.process.cpu_ns(), std::time::Instant::now());
        let (report, clients) = people(bench, &Plan { seed: 5 + round, ..plan.clone() })?;
        let used = node.process.cpu_ns() - before;
        cpu.push(used as f64 / begun.elapsed().as_nanos() as f64 * 100.0);
        foreign.push(watch.foreign(used + clients));
        reports.push(report);
    }
    let memory = node.process.memory().pss as f64 / 1024.0 / 1024.0;
    let mut set = summary(&reports, &plan);
    let acknowledged = format!("{}, p50", Action::Post.title());
    if let Some(figure) = set.figures.iter_mut().find(|figure| figure.name == acknowledged) {
        // a commit is one fsync, and may have to wait for the one before
        figure.goal = Some(Goal::AtMost(2.0 * median(&syncs)));
    }
    set.figures.push(Figure::new("one fsync of 4 KiB", "disk", "ms", &syncs));
    set.figures.push(Figure::new("processor", "snug", "% of one core", &cpu));
    set.figures.push(Figure::new("memory (PSS) at the end", "snug", "MiB", &[memory]));
    set.foreign = foreign;
    show(&set);
    Ok(vec![set])
}

/// Whoever is connected: people who are in some server.
fn choose(community: &Community, devices: usize, random: &mut Random) -> Vec<usize> {
    let mut in_a_room: Vec<usize> =
        community.conversations.iter().filter(|c| c.kind == "room").flat_map(|c| c.members.iter().copied()).collect();
    in_a_room.sort_unstable();
    in_a_room.dedup();
    let mut chosen = Vec::new();
    while chosen.len() < devices && !in_a_room.is_empty() {
        chosen.push(in_a_room.swap_remove(random.below(in_a_room.len())));
    }
    chosen
}

fn place(community: &Community, conversation: &Conversation, person: usize) -> Place {
    let kind = match conversation.kind.as_str() {
        "direct" => PlaceKind::Direct,
        "group" => PlaceKind::Group,
        _ => PlaceKind::Room,
    };
    let other = conversation.members.iter().find(|member| **member != person);
    let partner = other.filter(|_| kind == PlaceKind::Direct).map(|member| community.people[*member]);
    Place { id: conversation.id, kind, last_seq: conversation.last_seq, partner }
}

fn plan_devices(community: &Community, chosen: &[usize], tokens: &[String], random: &mut Random) -> Vec<DevicePlan> {
    let mut places: std::collections::HashMap<usize, Vec<Place>> = chosen.iter().map(|person| (*person, Vec::new())).collect();
    for conversation in &community.conversations {
        for person in &conversation.members {
            if let Some(places) = places.get_mut(person) {
                places.push(place(community, conversation, *person));
            }
        }
    }
    let plan = |(person, token): (&usize, &String)| {
        let mut places = places.remove(person).unwrap_or_default();
        places.sort_by_key(|place| std::cmp::Reverse(place.last_seq));
        let watches: Vec<Uuid> = (0..WATCHED).map(|_| community.people[*random.of(chosen)]).collect();
        DevicePlan { user: community.people[*person], token: token.clone(), places, watches }
    };
    chosen.iter().zip(tokens).map(plan).collect()
}

/// One round of people; answers what they used of the processor, too.
fn people(bench: &Bench, plan: &Plan) -> Result<(Report, u64)> {
    let path = bench.folder("mix-plan.json");
    std::fs::write(&path, serde_json::to_string(plan)?)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("people").arg(&path);
    let log = bench.log("load");
    let mut process = Process::start("the people", CLIENT_CORE, &command, Output::Pipes(&log))?;
    let (_, mut output) = process.pipes()?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let mut used = 0;
    while !reader.is_finished() {
        used = process.cpu_ns().max(used);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let text = reader.join().map_err(|_| "the people's report was lost")??;
    let report = serde_json::from_str(&text).map_err(|_| format!("the people could not finish; see {}", log.display()))?;
    Ok((report, used))
}

fn summary(reports: &[Report], plan: &Plan) -> Set {
    let mut figures = Vec::new();
    for times in &reports[0].times {
        let all: Vec<_> = reports.iter().filter_map(|report| report.times.iter().find(|found| found.action == times.action)).collect();
        let values = |of: fn(&crate::mix::ActionTimes) -> f64| all.iter().map(|times| of(times)).collect::<Vec<f64>>();
        let title = times.action.title();
        figures.push(Figure::new(&format!("{title}, p50"), "snug", "ms", &values(|t| t.p50_ms)));
        let p99 = Figure::new(&format!("{title}, p99"), "snug", "ms", &values(|t| t.p99_ms));
        figures.push(match times.action.goal_ms() {
            Some(goal) => p99.goal(Goal::AtMost(goal)),
            None => p99,
        });
        figures.push(Figure::new(&format!("{title}, max"), "snug", "ms", &values(|t| t.max_ms)));
    }
    let counted: u64 = reports.iter().flat_map(|report| &report.times).map(|times| times.count).sum();
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let refusal = reports.iter().map(|report| report.refusal.as_str()).find(|text| !text.is_empty()).unwrap_or_default();
    let mut notes = vec![
        format!(
            "{:.0} actions/s of {} devices, {} rounds of {} s; {counted} times",
            plan.rate,
            plan.devices.len(),
            reports.len(),
            plan.seconds
        ),
        format!("refused {}, never answered {}, cut off {}", sum(|r| r.refused), sum(|r| r.unanswered), sum(|r| r.cut_off)),
        format!("the load generator was late by at most {:.1} ms", reports.iter().map(|r| r.latest_ms).fold(0.0, f64::max)),
    ];
    if !refusal.is_empty() {
        notes.push(format!("first refusal: {refusal}"));
    }
    if !plan.has_view {
        notes.push("a room is opened by asking for its history: this node has no view yet".to_owned());
    }
    let title = format!("{} connected devices, TLS, as busy as people are", plan.devices.len());
    Set { title, figures, notes, ..Set::default() }
}
