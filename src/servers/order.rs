//! The order of categories and rooms.
use crate::access::member;
use crate::permission::Permission;
use crate::{rooms, store};
use serde::Deserialize;
use snug_accounts::Me;
use snug_base::{App, CategoryId, Code, Result, RoomId, ServerId};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Everything that the user sees, in the new order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    #[schema(max_items = 100)]
    pub categories: Vec<CategoryId>,
    #[schema(max_items = 10_000)]
    pub rooms: Vec<Place>,
}

/// Where a room belongs.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub id: RoomId,
    pub category_id: Option<CategoryId>,
}

/// Puts categories and rooms in this order. Names exactly those that the user sees; others keep their positions.
pub async fn reorder(app: &App, me: Me, server: ServerId, asked: Order) -> Result<()> {
    app.db
        .write(move |tx| {
            member(tx, server, me.user)?.require(Permission::ManageRooms)?;
            let categories = store::categories::list(tx, server)?;
            let visible = store::rooms::list_visible(tx, server, me.user)?;
            if !is_same(&asked.categories, categories.iter().map(|category| category.id)) {
                return Err(Code::Invalid.field("categories", "must name each category of the server once; load the server again"));
            }
            let ids: Vec<RoomId> = asked.rooms.iter().map(|place| place.id).collect();
            if !is_same(&ids, visible.iter().map(|room| room.id)) {
                return Err(Code::Invalid.field("rooms", "must name each room that you see once; load the server again"));
            }
            if asked.rooms.iter().filter_map(|place| place.category_id).any(|category| !asked.categories.contains(&category)) {
                return Err(Code::Invalid.field("rooms", "category_id must be a category of this server, or null"));
            }
            for mut category in categories {
                let position = position(&asked.categories, category.id);
                if category.position != position {
                    category.position = position;
                    store::categories::update(tx, &category)?;
                    tx.emit(server, "category.updated", &category)?;
                }
            }
            for mut room in visible {
                let position = position(&ids, room.id);
                let category = asked.rooms.iter().find(|place| place.id == room.id).and_then(|place| place.category_id);
                if (room.position, room.category_id) != (position, category) {
                    (room.position, room.category_id) = (position, category);
                    store::rooms::update(tx, &room)?;
                    rooms::announce(tx, &room)?;
                }
            }
            Ok(())
        })
        .await
}

fn position<T: PartialEq>(list: &[T], item: T) -> i64 {
    list.iter().position(|other| *other == item).and_then(|at| i64::try_from(at).ok()).unwrap_or_default()
}

/// Whether the list names each of these once and nothing else.
fn is_same<T: Ord + Copy>(list: &[T], there: impl Iterator<Item = T>) -> bool {
    let named: BTreeSet<T> = list.iter().copied().collect();
    named.len() == list.len() && named == there.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_everything_once() {
        assert!(is_same(&[3, 1, 2], [1, 2, 3].into_iter()));
        for wrong in [&[1, 2][..], &[1, 2, 2], &[1, 2, 3, 3], &[1, 2, 4]] {
            assert!(!is_same(wrong, [1, 2, 3].into_iter()), "{wrong:?}");
        }
    }
}
