//! New keys while the node works: a new master key, and a new data key under which everything is sealed anew.
//!
//! Nothing here is lost by a kill at any moment: the key ring in the database says which keys count, an old data key goes only in a
//! transaction that finds nothing under it any more, and the next start carries on.
use super::master::{Master, finish};
use super::ring::{self, Ring};
use super::{Keys, Protection, database};
use crate::{App, Code, Error, Result, blobs, secrets};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What is sealed anew in one transaction.
const BATCH: i64 = 500;

/// What the master key is to be.
#[derive(Clone)]
pub enum NewMaster {
    /// Another one in a file.
    File,
    /// One from a passphrase, which the configuration has to give from the next start on.
    Passphrase(Zeroizing<String>),
}

/// Makes a new data key, unless a rotation is under way already, and carries on until nothing is under an older one.
pub async fn rotate(app: &App) -> Result<i64> {
    let _turn = app.keys.turn.lock().await;
    reload(app).await?;
    if !app.keys.ring.read().is_rotating() {
        let next = Arc::new(app.keys.ring.read().with_next()?);
        let rows = next.sealed(&app.keys.master.read().clone())?;
        app.db.write(move |tx| ring::replace(tx, &rows)).await?;
        *app.keys.ring.write() = next;
    }
    empty_older(app).await
}

/// Ends a rotation that a stop of the node interrupted.
pub async fn carry_on(app: &App) -> Result<()> {
    let _turn = app.keys.turn.lock().await;
    if app.keys.ring.read().is_rotating() {
        empty_older(app).await?;
    }
    Ok(())
}

/// Seals anew what is under older data keys and forgets those. Answers with the newest generation.
async fn empty_older(app: &App) -> Result<i64> {
    let newest = app.keys.generation()?;
    loop {
        let ours = app.clone();
        let changed = app
            .db
            .write(move |tx| {
                let changed = secrets::reseal(tx, &ours.keys, newest, BATCH)? + blobs::reseal(tx, &ours.keys, newest, BATCH)?;
                if changed == 0 {
                    ring::forget_before(tx, newest)?;
                }
                Ok(changed)
            })
            .await?;
        if changed == 0 {
            break;
        }
    }
    reload(app).await?;
    Ok(newest)
}

/// Gives the instance another master key.
///
/// # Errors
/// When the key comes from the configuration: only the operator can change it there.
pub async fn change_master(app: &App, new: NewMaster) -> Result<Protection> {
    if app.keys.protection() == Protection::Configuration {
        return Err(Code::Malformed.error(
            "The master key comes from the configuration (keys.master_key), which only you can change. Data keys are changed with `snug key rotate`.",
        ));
    }
    let _turn = app.keys.turn.lock().await;
    let data = app.keys.data.clone();
    let master = tokio::task::spawn_blocking(move || match new {
        NewMaster::File => Master::next_file(&data),
        NewMaster::Passphrase(passphrase) => Master::from_passphrase(&passphrase),
    })
    .await
    .map_err(Error::internal)??;
    let rows = app.keys.ring.read().clone().sealed(&master)?;
    database::add(&app.keys.data, &app.keys.master.read().clone(), &master)?;
    app.db.write(move |tx| ring::replace(tx, &rows)).await?;
    let protection = master.protection();
    finish(&app.keys.data, (protection == Protection::File).then_some(&master.key))?;
    database::settle(&app.keys.data, &master)?;
    *app.keys.master.write() = Arc::new(master);
    Ok(protection)
}

/// How far a rotation is: what is still under older keys.
pub async fn left(app: &App) -> Result<i64> {
    let newest = app.keys.generation()?;
    app.db.read(move |read| Ok(secrets::older(read, newest)? + blobs::older(read, newest)?)).await
}

async fn reload(app: &App) -> Result<()> {
    let rows = app.db.read(ring::load).await?;
    let keys: &Keys = &app.keys;
    let ring = Ring::open(&keys.master.read().clone(), &rows)?;
    *keys.ring.write() = Arc::new(ring);
    Ok(())
}
