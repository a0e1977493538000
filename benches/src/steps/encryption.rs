//! What end-to-end encryption costs: sealing a secret to everybody, sending, unlocking. With the client library that the terminal uses.
use super::{Bench, show};
use crate::machine::Watch;
use crate::node::Node;
use crate::result::{Failure, Result};
use crate::results::{Figure, Goal, Set};
use serde_json::{Value, json};
use snug_client::account::begin::Password;
use snug_client::api::Api;
use snug_client::socket::{Cursors, Socket};
use snug_client::store::{Profile, Store, Unlock};
use snug_client::{Client, Session};
use snug_crypto::account_log::body::DeviceKind;
use snug_crypto::bytes::{Bytes, Id};
use snug_crypto::dh::DhKey;
use snug_crypto::prekeys::{BundleIk, Recipient};
use snug_crypto::wrap::{From, Sender, Wrapper};
use snug_crypto::{password, random};
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

const PASSWORD: &str = "a long enough password";
const SALT: Bytes<16> = Bytes([7; 16]);

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let data = bench.folder("encryption");
    let _ = std::fs::remove_dir_all(&data); // there may be none
    let mut set = Set { title: "a conversation's secret to 2,000 members; messages; unlocking".to_owned(), ..Set::default() };
    wraps(bench, &mut set)?;
    let node = Node::start(&bench.options.binary, &data.join("node"), false, &bench.log("node"))?;
    runtime.block_on(talk(bench, &format!("http://{}", node.address), &data, &mut set))?;
    show(&set);
    Ok(vec![set])
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn failed(e: impl std::fmt::Display) -> Failure {
    e.to_string().into()
}

/// Seals a secret to the most members that a conversation can have.
fn wraps(bench: &Bench, set: &mut Set) -> Result<()> {
    let members = bench.size(2_000, 50);
    let key = || DhKey::random().map_err(failed);
    let id = || random::bytes::<16>().map_err(failed);
    let mut recipients = Vec::new();
    for _ in 0..members {
        let (ik, spk, opk) = (key()?.public(), key()?.public(), key()?.public());
        let ik = BundleIk { generation: 1, public: ik };
        recipients.push(Recipient { account: id()?, aik: key()?.public(), ik, spk: (id()?, spk), opk: Some((id()?, opk)) });
    }
    let (conversation, account, device): (Id, Id, Id) = (id()?, id()?, id()?);
    let (ik, aik, secret) = (key()?, key()?.public(), random::secret().map_err(failed)?);
    let mut times = Vec::new();
    for _ in 0..bench.options.rounds() {
        let (begun, watch) = (Instant::now(), Watch::start());
        let sender = Sender { from: From { account, device, ik_generation: 1 }, aik, ik: &ik };
        let mut wrapper = Wrapper::new(conversation, 1, &secret, sender).map_err(failed)?;
        for recipient in &recipients {
            wrapper.wrap(recipient).map_err(failed)?;
        }
        let batch = wrapper.finish();
        times.push(ms(begun.elapsed()));
        set.foreign.push(watch.foreign(u64::try_from(watch.elapsed().as_nanos()).unwrap_or(0)));
        if batch.wraps.len() != members {
            return Err("wraps are missing".into());
        }
    }
    set.figures.push(Figure::new("2,000 wraps", "snug", "ms", &times).goal(Goal::AtMost(1_000.0)));
    Ok(())
}

/// Somebody with a device, in a folder of its own.
async fn join(url: &str, folder: &Path, name: &str) -> Result<Client> {
    let user = Uuid::now_v7();
    let cost = snug_client::wire::Cost { m: 65_536, t: 3, p: 1 };
    let secret = Password::of(user, PASSWORD, &SALT, cost).map_err(failed)?;
    let body = json!({ "id": user, "username": name, "salt": SALT, "kdf": cost, "auth_key": secret.auth_key, "device_name": "bench" });
    let api = Api::new(url, None, None).map_err(failed)?;
    let _: Value = api.post_openly("/auth/register", &body).await.map_err(failed)?;
    sign_in(url, folder, name, user, &secret).await
}

async fn sign_in(url: &str, folder: &Path, name: &str, user: Uuid, secret: &Password) -> Result<Client> {
    let profile = Profile { url: url.to_owned(), username: name.to_owned(), user_id: user, authority: None, unlock: Unlock::File };
    let store = Store::create(folder, &profile, None).map_err(failed)?;
    let mut client = Client::sign_in(profile, store, secret, "bench").await.map_err(failed)?;
    client.begin(secret, DeviceKind::Cli).await.map_err(failed)?;
    Ok(client)
}

async fn talk(bench: &Bench, url: &str, data: &Path, set: &mut Set) -> Result<()> {
    let rounds = bench.options.rounds();
    let mut ann = join(url, &data.join("ann"), "ann").await?;
    let bob = join(url, &data.join("bob"), "bob").await?;
    let cleo = join(url, &data.join("cleo"), "cleo").await?;
    let sealed = ann.start_direct(bob.profile.user_id).await.map_err(failed)?;
    let begun = json!({ "kind": "direct", "user_ids": [cleo.profile.user_id] });
    let begun: Value = ann.api.post("/conversations", &begun).await.map_err(failed)?;
    let plain: Uuid = begun["conversation"]["id"].as_str().ok_or("no conversation")?.parse()?;
    let mut socket = Socket::connect(&ann.api, &Cursors::new()).await.map_err(failed)?;
    let times = bench.size(300, 5);
    let mut all: [Vec<f64>; 4] = Default::default();
    for _ in 0..rounds {
        let mut round: [Vec<f64>; 4] = Default::default();
        for _ in 0..times {
            // one of each in turn, so that both have the same neighbours
            let id = Uuid::now_v7();
            let text = json!({ "type": "text", "text": "see you at eight" });
            let begun = Instant::now();
            send(&mut socket, id, plain, text).await?;
            round[0].push(ms(begun.elapsed()));
            let id = Uuid::now_v7();
            let begun = Instant::now();
            let envelope = ann.seal_text(sealed, id, "see you at eight").await.map_err(failed)?;
            round[1].push(ms(begun.elapsed()));
            let begun = Instant::now();
            send(&mut socket, id, sealed, json!({ "type": "encrypted", "envelope": envelope })).await?;
            round[2].push(ms(begun.elapsed()));
            round[3].push(round[2][round[2].len() - 1] - round[0][round[0].len() - 1]);
        }
        for (all, round) in all.iter_mut().zip(&mut round) {
            round.sort_unstable_by(f64::total_cmp);
            all.push(round[round.len() / 2]);
        }
    }
    set.figures.push(Figure::new("plain message over the socket, p50", "snug", "ms", &all[0]));
    set.figures.push(Figure::new("sealed message over the socket, p50", "snug", "ms", &all[2]));
    set.figures.push(Figure::new("what a sealed one takes longer, p50", "snug", "ms", &all[3]).goal(Goal::AtMost(1.0)));
    set.figures.push(Figure::new("sealing on the client, p50", "snug", "ms", &all[1]).goal(Goal::AtMost(10.0)));
    set.notes.push("sealing on the client includes reserving the device's numbers on the disk, once for 64 messages".to_owned());

    let (mut derived, mut unlocked) = (Vec::new(), Vec::new());
    for round in 0..rounds.min(15) {
        let begun = Instant::now();
        let cost = password::Kdf { m: 65_536, t: 3, p: 1 };
        password::master_key(PASSWORD, &SALT.0, cost).map_err(failed)?;
        derived.push(ms(begun.elapsed()));
        let begun = Instant::now();
        let secret = Password::derive(&ann.api, "ann", PASSWORD).await.map_err(failed)?;
        let folder = data.join(format!("ann{round}"));
        let client = sign_in(url, &folder, "ann", ann.profile.user_id, &secret).await?;
        let mut session = Session::new(client);
        session.load().await.map_err(failed)?;
        unlocked.push(ms(begun.elapsed()));
    }
    set.figures.push(Figure::new("Argon2id, 64 MiB, 3 passes", "snug", "ms", &derived));
    set.figures.push(Figure::new("password to unlocked device with its list", "snug", "ms", &unlocked).goal(Goal::AtMost(1_000.0)));
    Ok(())
}

async fn send(socket: &mut Socket, id: Uuid, conversation: Uuid, content: Value) -> Result<()> {
    let message = json!({ "id": id, "conversation_id": conversation, "content": content });
    socket.call("message.send", &message).await.map(drop).map_err(failed)
}
