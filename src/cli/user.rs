//! `snug user …`
use super::ask;
use super::output::{self, table, time};
use super::password;
use super::settings::Settings;
use super::storage;
use super::task::Task;
use clap::{Subcommand, ValueEnum};
use serde_json::Value;
use snug_accounts::InstanceRole;
use snug_base::Result;

#[derive(Debug, Subcommand)]
pub enum User {
    /// List accounts
    List {
        /// Part of a username, display name or e-mail address
        query: Option<String>,
    },
    /// Make an account; its password is asked for
    Add {
        username: String,
        /// The name that others see [default: the username]
        #[arg(long)]
        display_name: Option<String>,
        #[arg(long, value_enum, default_value = "user")]
        role: Role,
        /// Read the password from the standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// Make a link with which the user chooses a new password; it works once, for a day
    ResetPassword {
        /// Username or e-mail address
        user: String,
    },
    /// Make somebody an admin, a moderator, or neither
    SetRole {
        /// Username or e-mail address
        user: String,
        #[arg(value_enum)]
        role: Role,
    },
    /// List the devices on which somebody is signed in
    Sessions {
        /// Username or e-mail address
        user: String,
    },
    /// Sign somebody out on all devices, at once
    SignOut {
        /// Username or e-mail address
        user: String,
    },
    /// Change what somebody may store: 500MB, 1.5GB, unlimited, or default for what holds for everybody
    Quota {
        /// Username or e-mail address
        user: String,
        amount: String,
    },
    /// Disable an account: its devices are signed out at once
    Disable {
        /// Username or e-mail address
        user: String,
    },
    /// Enable a disabled account
    Enable {
        /// Username or e-mail address
        user: String,
    },
}

/// A role in the instance.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Role {
    Admin,
    Moderator,
    User,
}

impl From<Role> for InstanceRole {
    fn from(role: Role) -> InstanceRole {
        match role {
            Role::Admin => InstanceRole::Admin,
            Role::Moderator => InstanceRole::Moderator,
            Role::User => InstanceRole::User,
        }
    }
}

pub async fn run(settings: Settings, as_json: bool, command: User) -> Result<()> {
    let task = match command {
        User::List { query } => return ask::run(settings, as_json, Task::ListUsers { query }, show_all).await,
        User::Sessions { user } => return ask::run(settings, as_json, Task::ListSessions { login: user }, show_sessions).await,
        User::SignOut { user } => {
            return ask::run(settings, as_json, Task::EndSessions { login: user }, |done| {
                format!("Signed out on {} devices.\n", output::text(&done["ended"]))
            })
            .await;
        }
        User::Quota { user, amount } => {
            let task = Task::SetQuota { login: user, quota: amount };
            return ask::run(settings, as_json, task, |person| storage::show_people(&[person])).await;
        }
        User::ResetPassword { user } => {
            return ask::run(settings, as_json, Task::ResetLink { login: user }, |link| {
                format!("{}\n\nValid once, until {}.\n", output::text(&link["url"]), time(&link["expires_at"]))
            })
            .await;
        }
        User::Add { username, display_name, role, password_stdin } => {
            let password = password::choose("Password", password_stdin)?;
            Task::AddUser { username, display_name, password, role: role.into() }
        }
        User::SetRole { user, role } => Task::SetRole { login: user, role: role.into() },
        User::Disable { user } => Task::SetDisabled { login: user, is_disabled: true },
        User::Enable { user } => Task::SetDisabled { login: user, is_disabled: false },
    };
    ask::run(settings, as_json, task, |user| show_all(&Value::Array(vec![user.clone()]))).await
}

fn show_all(users: &Value) -> String {
    let rows = users.as_array().into_iter().flatten().map(|one| {
        let state = if one["user"]["is_disabled"] == true { "disabled" } else { "" };
        [
            output::text(&one["user"]["username"]),
            output::text(&one["user"]["display_name"]),
            output::text(&one["email"]),
            output::text(&one["role"]),
            output::text(&one["sessions"]),
            time(&one["last_seen_at"]),
            state.to_owned(),
        ]
    });
    table(["USERNAME", "NAME", "E-MAIL", "ROLE", "DEVICES", "LAST SEEN", ""], rows)
}

fn show_sessions(sessions: &Value) -> String {
    let rows = sessions.as_array().into_iter().flatten().map(|one| {
        let of = |key: &str| output::text(&one[key]);
        [of("device_name"), of("ip"), time(&one["created_at"]), time(&one["last_seen_at"])]
    });
    table(["DEVICE", "ADDRESS", "SINCE", "LAST SEEN"], rows)
}
