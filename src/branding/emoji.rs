//! Emoji that are stored in the browser.
use crate::model::AdminBranding;
use crate::store::StoredEmoji;
use crate::{Branding, draw, rules, store, view};
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_accounts::storage::{self, Holding, HoldingKind};
use snug_accounts::{Admin, picture};
use snug_base::{Code, Error, Result, Tx};
use uuid::Uuid;

/// Stores one, in place of one with that name.
pub async fn add(branding: &Branding, by: Admin, name: &str, bytes: Vec<u8>) -> Result<AdminBranding> {
    let name = rules::emoji_name(name)?;
    let drawn = picture::draw(move || draw::emoji(&bytes)).await?;
    let known = name.clone();
    let known = branding.app.db.read(move |read| store::find_emoji(read, &known)).await?;
    let id = known.unwrap_or_else(Uuid::now_v7);
    let (kind, size) = (drawn.kind, i64::try_from(drawn.bytes.len()).map_err(Error::internal)?);
    let holding = Holding { kind: HoldingKind::Emoji, subject: id, holder: by.me.user };
    let stored = move |tx: &Tx, blob: &str| {
        let there = store::find_emoji(tx, &name)?;
        if there.is_some_and(|there| there != id) || (there.is_none() && known.is_some()) {
            return Err(Code::Invalid.field("name", "somebody else changes this emoji at this moment; try again"));
        }
        if there.is_none() && usize::try_from(store::count_emoji(tx)?).is_ok_and(|count| count >= rules::EMOJI) {
            return Err(Code::Invalid.error(format!("There may be at most {} emoji. Delete one first.", rules::EMOJI)));
        }
        let emoji = StoredEmoji { name: name.clone(), id, blob: blob.to_owned(), size };
        store::upsert_emoji(tx, &emoji, kind, by.me.user)?;
        let is_new = if there.is_none() { "no" } else { "yes" };
        Ok(((), vec![Deed::new(DeedKind::EmojiAdded).on(format!(":{name}:")).fact("replaces another", is_new)]))
    };
    Actor::from(by).act_keeping(&branding.app, holding, drawn.bytes.to_vec(), stored).await?;
    branding.refresh().await?;
    view::view(branding).await
}

/// Deletes one that was stored in the browser.
pub async fn delete(branding: &Branding, by: Actor, name: String) -> Result<AdminBranding> {
    let is_of_folder = branding.found().emoji.contains_key(&name);
    by.act(&branding.app, move |tx| {
        let Some(id) = store::find_emoji(tx, &name)? else {
            let what = if is_of_folder {
                format!("The emoji :{name}: is a file of the branding's folder. Remove it there.")
            } else {
                "There is no such emoji.".to_owned()
            };
            return Err(Code::NotFound.error(what));
        };
        Ok(((), vec![forget(tx, &name, id)?]))
    })
    .await?;
    branding.refresh().await?;
    view::view(branding).await
}

/// Deletes all that were stored in the browser.
pub async fn delete_all(branding: &Branding, by: Actor) -> Result<()> {
    by.act(&branding.app, |tx| {
        let all = store::list_emoji(tx)?;
        Ok(((), all.iter().map(|emoji| forget(tx, &emoji.name, emoji.id)).collect::<Result<Vec<_>>>()?))
    })
    .await?;
    branding.refresh().await
}

fn forget(tx: &Tx, name: &str, id: Uuid) -> Result<Deed> {
    storage::release(tx, HoldingKind::Emoji, id)?;
    store::delete_emoji(tx, name)?;
    Ok(Deed::new(DeedKind::EmojiDeleted).on(format!(":{name}:")))
}
