//! Rows of categories.
use crate::model::Category;
use snug_base::{CategoryId, Read, Result, Row, ServerId, Tx, params};

fn category(row: &Row) -> Result<Category> {
    Ok(Category { id: row.get("id")?, server_id: row.get("server_id")?, name: row.get("name")?, position: row.get("position")? })
}

/// A server's categories in their order.
pub fn list(read: &Read, server: ServerId) -> Result<Vec<Category>> {
    read.query("SELECT id, server_id, name, position FROM categories WHERE server_id = ?1 ORDER BY position, id", params![server], category)
}

/// One category.
pub fn find(read: &Read, id: CategoryId) -> Result<Option<Category>> {
    read.query_opt("SELECT id, server_id, name, position FROM categories WHERE id = ?1", params![id], category)
}

/// Adds a category.
pub fn insert(tx: &Tx, category: &Category) -> Result<()> {
    tx.execute(
        "INSERT INTO categories (id, server_id, name, position) VALUES (?1, ?2, ?3, ?4)",
        params![category.id, category.server_id, category.name, category.position],
    )
    .map(drop)
}

/// Stores name and position.
pub fn update(tx: &Tx, category: &Category) -> Result<()> {
    tx.execute("UPDATE categories SET name = ?2, position = ?3 WHERE id = ?1", params![category.id, category.name, category.position])
        .map(drop)
}

/// Deletes a category; its rooms stay, without one.
pub fn delete(tx: &Tx, id: CategoryId) -> Result<()> {
    tx.execute("DELETE FROM categories WHERE id = ?1", params![id]).map(drop)
}
