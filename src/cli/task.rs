//! What operators ask of an instance: the same tasks whether a node is running (which then does them, so that open
//! connections notice) or only its data is there.
use crate::tls::http::Certificates;
use crate::tls::{self, Source, Tls};
use crate::{Node, configuration, storage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use snug_accounts::admin::{self, AdminChange, UsersQuery};
use snug_accounts::audit::list::AuditQuery;
use snug_accounts::audit::{self, Actor, Deed, DeedKind};
use snug_accounts::invites::{self, NewInvite};
use snug_accounts::storage::{self as kept, LimitsChange, NewQuota, PeopleQuery};
use snug_accounts::{InstanceRole, links, operator};
use snug_base::keys::Protection;
use snug_base::keys::rotate::{self, NewMaster};
use snug_base::{App, Code, Error, Read, Result, ServerId, UserId};
use snug_branding::change::{self, Part};
use snug_notifications::mail;
use snug_servers::operator as servers;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How long a rotation is waited for before the answer says that it goes on.
const ROTATION: Duration = Duration::from_secs(20);

/// How long a job is waited for.
const JOB: Duration = Duration::from_secs(60);

/// One task. Goes through the node's socket as JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    ListUsers { query: Option<String> },
    AddUser { username: String, display_name: Option<String>, password: String, role: InstanceRole },
    ResetLink { login: String },
    SetRole { login: String, role: InstanceRole },
    SetDisabled { login: String, is_disabled: bool },
    ListSessions { login: String },
    EndSessions { login: String },
    Audit { log: Option<String>, login: Option<String>, lines: usize },
    ListServers,
    DeleteServer { id: ServerId },
    TransferServer { id: ServerId, to: String },
    SetQuota { login: String, quota: String },
    Storage { people: usize },
    ChangeStorageLimits(LimitsChange),
    BackupWritten { name: String, is_encrypted: bool },
    ListJobs,
    RunJob { name: String },
    Certificates,
    RenewCertificate { source: Option<Source> },
    CreateInvite { max_uses: Option<i64>, expires_in_s: Option<i64> },
    Configuration,
    Status,
    Doctor { is_thorough: bool },
    KeyStatus,
    KeyRotate { keep_master: bool },
    KeyProtect { passphrase: Option<String> },
    MailTest { address: String },
    Branding,
    ResetBranding { part: Part },
}

/// Where the instance is, as far as the process knows that does the task.
#[derive(Clone, Default)]
pub struct Place {
    /// Addresses for people, the best first.
    pub urls: Vec<String>,
    /// When the node began to serve (Unix milliseconds); `None` when none is running.
    pub since: Option<i64>,
    /// The certificates that a running node shows.
    pub tls: Option<Arc<Tls>>,
}

/// Does a task and answers with JSON for programs; `cli` makes text of it for people.
pub async fn run(node: &Node, place: &Place, task: Task) -> Result<Value> {
    let app = &node.app;
    let base = place.urls.first().map_or("https://localhost", String::as_str);
    match task {
        Task::ListUsers { query } => list_users(app, query).await,
        Task::AddUser { username, display_name, password, role } => {
            value(operator::create_user(app, &username, password, display_name.as_deref(), role).await?)
        }
        Task::ResetLink { login } => {
            let user = operator::find_user(app, &login).await?.user.id;
            value(links::reset_link(app, Actor::operator(), base, user).await?)
        }
        Task::SetRole { login, role } => change_user(app, &login, AdminChange { role: Some(role), is_disabled: None }).await,
        Task::SetDisabled { login, is_disabled } => {
            change_user(app, &login, AdminChange { role: None, is_disabled: Some(is_disabled) }).await
        }
        Task::ListSessions { login } => {
            let user = operator::find_user(app, &login).await?.user.id;
            value(admin::list_sessions(app, user).await?)
        }
        Task::EndSessions { login } => {
            let user = operator::find_user(app, &login).await?.user.id;
            Ok(json!({ "ended": admin::end_sessions(app, Actor::operator(), user, None).await? }))
        }
        Task::Audit { log, login, lines } => audit_lines(app, log, login, lines).await,
        Task::ListServers => list_servers(app).await,
        Task::DeleteServer { id } => {
            servers::delete(app, Actor::operator(), id).await?;
            Ok(json!({ "deleted": id }))
        }
        Task::TransferServer { id, to } => {
            let to = operator::find_user(app, &to).await?.user.id;
            value(servers::transfer(app, Actor::operator(), id, to).await?)
        }
        Task::CreateInvite { max_uses, expires_in_s } => {
            value(invites::create(app, base, Actor::operator(), NewInvite { max_uses, expires_in_s }).await?)
        }
        Task::SetQuota { login, quota } => {
            let user = operator::find_user(app, &login).await?.user.id;
            value(kept::change_quota(app, Actor::operator(), user, NewQuota { quota }).await?)
        }
        Task::Storage { people } => storage(app, people).await,
        Task::ChangeStorageLimits(change) => value(kept::change_limits(app, Actor::operator(), change).await?),
        Task::BackupWritten { name, is_encrypted } => {
            Actor::operator().did(app, backup_made(&name, is_encrypted)).await?;
            Ok(json!({ "noted": true }))
        }
        Task::ListJobs => value(node.operations.jobs.list()),
        Task::RunJob { name } => run_job(node, &name).await,
        Task::Certificates => value(certificates(app, place).await?),
        Task::RenewCertificate { source } => renew_certificate(app, place, source).await,
        Task::Configuration => value(configuration::of_node(node).await?),
        Task::Status => status(app, place).await,
        Task::Doctor { is_thorough } => value(node.doctor.examine(app, is_thorough).await?),
        Task::MailTest { address } => value(mail::trial::send(&node.mail, Actor::operator(), &address).await?),
        Task::Branding => value(snug_branding::view(&node.branding).await?),
        Task::ResetBranding { part } => value(change::reset(&node.branding, Actor::operator(), part).await?),
        Task::KeyStatus => key_status(app).await,
        Task::KeyRotate { keep_master } => rotate_keys(app, keep_master).await,
        Task::KeyProtect { passphrase } => {
            let new = passphrase.map_or(NewMaster::File, |passphrase| NewMaster::Passphrase(Zeroizing::new(passphrase)));
            rotate::change_master(app, new).await?;
            Actor::operator().did(app, Deed::new(DeedKind::KeysProtected)).await?;
            key_status(app).await
        }
    }
}

/// What is remembered of a backup that a command made.
pub fn backup_made(name: &str, is_encrypted: bool) -> Deed {
    Deed::new(DeedKind::BackupMade).on(name).fact("encrypted", if is_encrypted { "yes" } else { "no" })
}

async fn change_user(app: &App, login: &str, asked: AdminChange) -> Result<Value> {
    let user = operator::find_user(app, login).await?.user.id;
    value(admin::change(app, Actor::operator(), user, asked).await?)
}

async fn list_users(app: &App, query: Option<String>) -> Result<Value> {
    let mut users = Vec::new();
    let mut cursor = None;
    loop {
        let page = admin::list(app, UsersQuery { q: query.clone(), cursor }).await?;
        users.extend(page.users);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return value(users);
        }
    }
}

/// The newest lines, the newest last, as a terminal shows them.
async fn audit_lines(app: &App, log: Option<String>, login: Option<String>, most: usize) -> Result<Value> {
    let user_id = match login {
        Some(login) => Some(operator::find_user(app, &login).await?.user.id),
        None => None,
    };
    let mut query = AuditQuery { log, user_id, ..AuditQuery::default() };
    let mut lines = Vec::new();
    loop {
        let page = audit::list::list(app, &query).await?;
        lines.extend(page.lines);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() || lines.len() >= most {
            lines.truncate(most);
            lines.reverse();
            return value(lines);
        }
    }
}

/// With the owners' names, which people know, beside their ids.
async fn list_servers(app: &App) -> Result<Value> {
    let servers = app.db.read(snug_servers::list_servers).await?;
    let owners: Vec<UserId> = servers.iter().map(|server| server.owner_id).collect();
    let owners = app.db.read(move |read| snug_accounts::load_users(read, &owners)).await?;
    let mut listed = Vec::new();
    for server in servers {
        let owner = owners.iter().find(|user| user.id == server.owner_id).map(|user| user.username.clone());
        let mut one = value(server)?;
        one["owner"] = owner.into();
        listed.push(one);
    }
    value(listed)
}

/// What takes space, with the people who store most.
async fn storage(app: &App, most: usize) -> Result<Value> {
    let mut answer = value(storage::view(app).await?)?;
    let (mut people, mut cursor) = (Vec::new(), None);
    while people.len() < most {
        let page = kept::list(app, PeopleQuery { q: None, cursor }).await?;
        people.extend(page.people);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    people.truncate(most);
    answer["people"] = value(people)?;
    Ok(answer)
}

/// Waits until it is done, or says after a while that it is still running.
async fn run_job(node: &Node, name: &str) -> Result<Value> {
    let jobs = &node.operations.jobs;
    let before = jobs.run_now(&node.app, Actor::operator(), name).await?;
    let deadline = Instant::now() + JOB;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let job = jobs.list().into_iter().find(|job| job.name == before.name);
        match job {
            Some(job) if job.runs > before.runs || Instant::now() > deadline => return value(job),
            Some(_) => {}
            None => return value(before),
        }
    }
}

async fn certificates(app: &App, place: &Place) -> Result<Certificates> {
    match (&place.tls, place.since) {
        (None, None) => tls::http::would_show(app).await,
        (tls, _) => tls::http::shown(tls.as_ref()),
    }
}

/// Without a running node only its own can be renewed: an authority asks the node whether it has the name.
async fn renew_certificate(app: &App, place: &Place, source: Option<Source>) -> Result<Value> {
    let first = certificates(app, place).await?.certificates.first().map(|first| first.source);
    let source = source.or(first).unwrap_or(Source::Own);
    let tls = match &place.tls {
        Some(tls) => tls.clone(),
        None if place.since.is_some() || app.config.node.plain_http => {
            return Err(Code::Invalid.error("The node speaks plain HTTP: the proxy in front of it has the certificate."));
        }
        None if source == Source::Acme => {
            return Err(Code::Unavailable.error("Start the node first: the authority asks it whether it has the name."));
        }
        None => Arc::new(Tls::open(app).await?),
    };
    tls::http::renew(app, &tls, Actor::operator(), source).await?;
    value(tls::http::shown(Some(&tls))?)
}

async fn status(app: &App, place: &Place) -> Result<Value> {
    let counts =
        |read: &Read| Ok((snug_accounts::count_users(read)?, snug_servers::count_servers(read)?, snug_messages::count_messages(read)?));
    let (users, servers, messages) = app.db.read(counts).await?;
    let certificates = certificates(app, place).await?.certificates;
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "is_running": place.since.is_some(),
        "running_since": place.since,
        "data": app.config.node.data,
        "urls": place.urls,
        "database": { "engine": app.db.engine().as_str(), "bytes": app.db.size().await? },
        "users": users,
        "servers": servers,
        "messages": messages,
        "certificates": certificates,
    }))
}

async fn key_status(app: &App) -> Result<Value> {
    let left = rotate::left(app).await?;
    Ok(
        json!({ "master": app.keys.protection(), "generation": app.keys.generation()?, "is_rotating": app.keys.is_rotating(), "left": left }),
    )
}

/// Answers when it is done, or after a while: then the node goes on, and `KeyStatus` tells how far it is.
async fn rotate_keys(app: &App, keep_master: bool) -> Result<Value> {
    if !keep_master && app.keys.protection() == Protection::File {
        rotate::change_master(app, NewMaster::File).await?;
    }
    Actor::operator().did(app, Deed::new(DeedKind::KeysRotated)).await?;
    let ours = app.clone();
    let rotation = tokio::spawn(async move { rotate::rotate(&ours).await });
    if let Ok(ended) = tokio::time::timeout(ROTATION, rotation).await {
        ended.map_err(Error::internal)??;
    }
    key_status(app).await
}

fn value(answer: impl Serialize) -> Result<Value> {
    serde_json::to_value(answer).map_err(Error::internal)
}
