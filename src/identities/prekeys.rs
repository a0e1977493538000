//! Prekeys: what is handed out about accounts, so that others can seal to them while they are away.
use crate::change::{NewPrekeys, Plan};
use crate::{forms, id_of, store};
use serde::{Deserialize, Serialize};
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Result, Tx, UserId};
use snug_crypto::account_log::rotation::{Rotation, RotationKind};
use snug_crypto::prekeys::{Bundle, BundleIk, ONE_TIME_LOW, ONE_TIME_MAX, ONE_TIME_MEMBERS};
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// One-time prekeys that are stored, and the most in one request.
pub const MOST_ONE_TIME: usize = ONE_TIME_MAX;
/// Accounts in one request.
const MOST_ACCOUNTS: usize = 500;
/// How many one-time prekeys of an account one other account gets in a day.
const A_DAY: i64 = 5;
const DAY_MS: i64 = 86_400_000;

/// Whose bundles are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BundlesRequest {
    #[schema(max_items = 500)]
    pub user_ids: Vec<UserId>,
    /// What for; for later use.
    #[serde(default)]
    pub conversation_id: Option<ConversationId>,
    /// Whether to take a one-time prekey of each; for at most 32 accounts.
    #[serde(default)]
    pub one_time: bool,
}

/// What there is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bundles {
    #[schema(value_type = Vec<forms::Bundle>)]
    pub bundles: Vec<Bundle>,
    /// Accounts that have not set up encryption or have no valid signed prekey.
    pub missing: Vec<UserId>,
}

/// The account's one-time prekeys run out.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PrekeysLow {
    pub left: i64,
}

/// Hands out bundles. One-time prekeys are given once, and none to somebody who had five of that account today.
pub async fn bundles(app: &App, me: Me, asked: BundlesRequest) -> Result<Bundles> {
    if asked.user_ids.len() > MOST_ACCOUNTS {
        return Err(Code::Invalid.field("user_ids", format!("at most {MOST_ACCOUNTS} in one request")));
    }
    let mut ids = asked.user_ids;
    ids.sort_unstable();
    ids.dedup();
    if !asked.one_time {
        return app.db.read(move |read| Ok(sorted(store::prekeys::bundles(read, &ids)?, ids))).await;
    }
    if ids.len() > ONE_TIME_MEMBERS {
        return Err(Code::Invalid.field("one_time", format!("one-time prekeys are for at most {ONE_TIME_MEMBERS} accounts")));
    }
    app.db
        .write(move |tx| {
            let mut bundles = store::prekeys::bundles(tx, &ids)?;
            for bundle in &mut bundles {
                let user = UserId(crate::uuid_of(&bundle.account));
                if store::prekeys::count_taken(tx, tx.now / DAY_MS, user, me.user)? > A_DAY {
                    continue;
                }
                bundle.opk = store::prekeys::take(tx, user)?;
                let left = store::prekeys::count_one_time(tx, user)?;
                // said once: at the step below the mark
                if bundle.opk.is_some() && usize::try_from(left).is_ok_and(|left| left + 1 == ONE_TIME_LOW) {
                    tx.emit(user, "e2ee.prekeys_low", &PrekeysLow { left })?;
                }
            }
            Ok(sorted(bundles, ids))
        })
        .await
}

fn sorted(bundles: Vec<Bundle>, ids: Vec<UserId>) -> Bundles {
    let found: HashSet<Uuid> = bundles.iter().map(|bundle| crate::uuid_of(&bundle.account)).collect();
    Bundles { bundles, missing: ids.into_iter().filter(|id| !found.contains(&id.0)).collect() }
}

/// Stores new prekeys. A signed one that the log no longer bears out is forgotten: nobody could use it.
pub(crate) fn renew(tx: &Tx, user: UserId, new: Option<&NewPrekeys>, plan: &Plan) -> Result<()> {
    if let Some((device, generation)) = store::prekeys::signed_by(tx, user)? {
        let is_good = plan.after.device(&device).is_some_and(|device| device.ended.is_none())
            && plan.after.ik().is_some_and(|(newest, _)| newest == generation);
        if !is_good {
            store::prekeys::delete_signed(tx, user)?;
        }
    }
    let Some(new) = new else { return Ok(()) };
    if let (Some(signed), Some((generation, public))) = (&new.signed, plan.after.ik()) {
        let old = store::prekeys::signed(tx, user)?.map(|(_, public)| public);
        let prints = (old.as_ref().map(|old| &old.0[..]), Some(&signed.public.0[..]));
        let change = Rotation::new(RotationKind::SignedPrekey, &id_of(user), prints, "prekeys", signed.at);
        store::prekeys::put_signed(tx, user, signed, &BundleIk { generation, public })?;
        store::history::append(tx, user, &[change])?;
    }
    if new.replace {
        store::prekeys::delete_one_time(tx, user)?;
    }
    for prekey in &new.one_time {
        if !store::prekeys::put_one_time(tx, user, prekey)? {
            return Err(Code::ProtocolInvalid.field("prekeys", format!("there is a one-time prekey {} already", prekey.id)));
        }
    }
    let count = store::prekeys::count_one_time(tx, user)?;
    if !new.one_time.is_empty() && usize::try_from(count).is_ok_and(|count| count > MOST_ONE_TIME) {
        return Err(Code::EncryptionLimit.field("prekeys", format!("at most {MOST_ONE_TIME} one-time prekeys are kept")));
    }
    Ok(())
}
