//! Invites to the instance, with expiry and a number of uses.
use crate::audit::{Actor, Deed, DeedKind};
use crate::model::InstanceInvite;
use crate::secret;
use crate::store::{self, invites::Invite};
use serde::Deserialize;
use snug_base::{App, Code, Result};
use utoipa::ToSchema;

const CODE_CHARACTERS: usize = 12;
const MOST_USES: i64 = 100_000;
const LONGEST_S: i64 = 366 * 24 * 3_600;

/// What an invite allows; what is left out is not limited.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    #[schema(minimum = 1, maximum = 100_000, example = 1)]
    pub max_uses: Option<i64>,
    #[schema(minimum = 60, maximum = 31_622_400, example = 604_800)]
    pub expires_in_s: Option<i64>,
}

impl NewInvite {
    /// Refuses numbers that make no sense.
    pub fn check(self) -> Result<Self> {
        if self.max_uses.is_some_and(|uses| !(1..=MOST_USES).contains(&uses)) {
            return Err(Code::Invalid.field("max_uses", "must be from 1 to 100000, or left out"));
        }
        if self.expires_in_s.is_some_and(|seconds| !(60..=LONGEST_S).contains(&seconds)) {
            return Err(Code::Invalid.field("expires_in_s", "must be from 60 (a minute) to 31622400 (a year), or left out"));
        }
        Ok(self)
    }
}

fn shown(base: &str, invite: Invite) -> InstanceInvite {
    let path = format!("/register?invite={}", invite.code);
    InstanceInvite {
        url: format!("{base}{path}"),
        path,
        code: invite.code,
        created_by: invite.created_by,
        created_at: invite.created_at,
        expires_at: invite.expires_at,
        max_uses: invite.max_uses,
        uses: invite.uses,
    }
}

/// What of a code may stand in a log: whoever reads that must not be able to use it.
pub fn shortened(code: &str) -> String {
    format!("{}…", code.chars().take(4).collect::<String>())
}

/// Makes an invite.
pub async fn create(app: &App, base_url: &str, by: Actor, new: NewInvite) -> Result<InstanceInvite> {
    let new = new.check()?;
    let invite = by.act(app, move |tx| {
        let invite = Invite {
            code: secret::code(CODE_CHARACTERS),
            created_by: by.user(),
            created_at: tx.now,
            expires_at: new.expires_in_s.map(|seconds| tx.now + seconds * 1_000),
            max_uses: new.max_uses,
            uses: 0,
        };
        store::invites::insert(tx, &invite)?;
        let mut deed = Deed::new(DeedKind::InviteCreated).on(shortened(&invite.code));
        if let Some(uses) = new.max_uses {
            deed = deed.fact("max_uses", uses);
        }
        if let Some(seconds) = new.expires_in_s {
            deed = deed.fact("expires_in_s", seconds);
        }
        Ok((invite, vec![deed]))
    });
    Ok(shown(base_url, invite.await?))
}

/// The newest invites.
pub async fn list(app: &App, base_url: &str) -> Result<Vec<InstanceInvite>> {
    let invites = app.db.read(store::invites::list).await?;
    Ok(invites.into_iter().map(|invite| shown(base_url, invite)).collect())
}

/// Takes an invite back.
pub async fn delete(app: &App, by: Actor, code: String) -> Result<()> {
    let code = secret::normal_code(&code);
    by.act(app, move |tx| {
        if !store::invites::delete(tx, &code)? {
            return Err(Code::CodeInvalid.error("There is no such invite."));
        }
        Ok(((), vec![Deed::new(DeedKind::InviteDeleted).on(shortened(&code))]))
    })
    .await
}
