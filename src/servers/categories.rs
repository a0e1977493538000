//! Categories: headings in the list of rooms.
use crate::access::{Member, find_member, member};
use crate::events::CategoryGone;
use crate::model::Category;
use crate::permission::Permission;
use crate::{rooms, store};
use serde::Deserialize;
use snug_accounts::{Me, text};
use snug_base::{App, CategoryId, Code, Error, Read, Result, ServerId, UserId};
use utoipa::ToSchema;

const MOST: usize = 100;

/// A category's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryName {
    #[schema(example = "Projects", min_length = 1, max_length = 64)]
    pub name: String,
}

fn missing() -> Error {
    Code::NotFound.error("There is no such category.")
}

fn visible(read: &Read, id: CategoryId, user: UserId) -> Result<(Category, Member)> {
    let category = store::categories::find(read, id)?.ok_or_else(missing)?;
    let by = find_member(read, category.server_id, user)?.ok_or_else(missing)?;
    Ok((category, by))
}

/// Adds a category below the others.
pub async fn create(app: &App, me: Me, server: ServerId, new: CategoryName) -> Result<Category> {
    let name = text::line("name", &new.name, 1, 64)?;
    app.db
        .write(move |tx| {
            member(tx, server, me.user)?.require(Permission::ManageRooms)?;
            let others = store::categories::list(tx, server)?;
            if others.len() >= MOST {
                return Err(Code::RoomLimit.error("A server may have 100 categories. Delete one first."));
            }
            let position = others.last().map_or(0, |last| last.position + 1);
            let category = Category { id: CategoryId::new(), server_id: server, name, position };
            store::categories::insert(tx, &category)?;
            tx.emit(server, "category.created", &category)?;
            Ok(category)
        })
        .await
}

/// Renames a category.
pub async fn rename(app: &App, me: Me, id: CategoryId, change: CategoryName) -> Result<Category> {
    let name = text::line("name", &change.name, 1, 64)?;
    app.db
        .write(move |tx| {
            let (mut category, by) = visible(tx, id, me.user)?;
            by.require(Permission::ManageRooms)?;
            category.name = name;
            store::categories::update(tx, &category)?;
            tx.emit(category.server_id, "category.updated", &category)?;
            Ok(category)
        })
        .await
}

/// Deletes a category. Its rooms stay, without one.
pub async fn delete(app: &App, me: Me, id: CategoryId) -> Result<()> {
    app.db
        .write(move |tx| {
            let (category, by) = visible(tx, id, me.user)?;
            by.require(Permission::ManageRooms)?;
            for mut room in store::rooms::list_all(tx, category.server_id)?.into_iter().filter(|room| room.category_id == Some(id)) {
                room.category_id = None;
                store::rooms::update(tx, &room)?;
                rooms::announce(tx, &room)?;
            }
            store::categories::delete(tx, id)?;
            tx.emit(category.server_id, "category.deleted", &CategoryGone { server_id: category.server_id, category_id: id })?;
            Ok(())
        })
        .await
}
