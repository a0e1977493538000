//! How SQLite carries out the queries that everybody waits for: by keys, from the right end, and the search's index before anything else.
//! Without this nobody would notice a plan that reads whole tables until the tables are large.
use super::{after_sql, before_sql, conversations, receipts, search};
use snug_base::config::{DatabaseConfig, KeysConfig};
use snug_base::db::Param;
use snug_base::event::NoSink;
use snug_base::{Clock, ConversationId, Db, MessageId, Result, UserId, params};
use std::sync::Arc;

/// A database in which one room has half of all messages, and which knows that.
async fn skewed(folder: &std::path::Path) -> Result<Db> {
    let db = Db::open(&DatabaseConfig::default(), &KeysConfig::default(), folder, &Clock::default(), Arc::new(NoSink))?;
    db.write(|tx| {
        let (big, user) = (ConversationId::new(), UserId::new());
        for n in 1..=2_000_i64 {
            let place = if n % 2 == 0 { big } else { ConversationId::new() };
            tx.execute(
                "INSERT INTO messages (conversation_id, seq, id, author_id, created_at, content) VALUES (?1, ?2, ?3, ?4, ?2, ?5)",
                params![place, n, MessageId::new(), user, r#"{"type":"text","text":"word"}"#],
            )?;
            search::index::number(tx, place, n)?;
            tx.execute("INSERT INTO mentions (target, conversation_id, seq) VALUES (?1, ?2, ?3)", params![user, place, n])?;
            tx.execute("INSERT INTO conversation_heads VALUES (?1, 1, 1) ON CONFLICT DO NOTHING", params![place])?;
            tx.execute("INSERT INTO pointers VALUES (?1, ?2, 1, 1, 1) ON CONFLICT DO NOTHING", params![user, place])?;
        }
        Ok(())
    })
    .await?;
    while db.write(search::index::step).await? {}
    db.write(|tx| search::index::set_parts(tx, true)).await?;
    while db.write(search::index::step).await? {}
    db.write(|tx| tx.execute("ANALYZE", &[])).await?;
    Ok(db)
}

async fn plan(db: &Db, sql: String, parameters: usize) -> Result<Vec<String>> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    db.read(move |read| read.query(&sql, &vec![Param::Null; parameters], |row| row.get("detail"))).await
}

#[tokio::test]
async fn queries_go_by_keys_however_the_data_lie() -> Result<()> {
    let folder = tempfile::tempdir().map_err(snug_base::Error::internal)?;
    let db = skewed(folder.path()).await?;
    let queries = [
        ("history before", before_sql(), 3, true),
        ("history after", after_sql(), 3, true),
        ("search", search::sqlite_sql("search_0", 1), 6, true),
        ("search in many places", search::sqlite_sql("search_0", 512), 5 + 512, true),
        ("search for parts", search::sqlite_sql("search_parts_0", 32), 5 + 32, true),
        ("the number at a time", search::NEXT.to_owned(), 1, true),
        ("conversations of a user", conversations::LIST_IDS.to_owned(), 1, true),
        ("people of conversations", conversations::people_sql(50), 50, false),
        ("read states", receipts::heads_sql(500), 501, false),
        ("mentions", receipts::mentions_sql(512, 64), 577, false),
        ("mentions of everyone", receipts::everyone_sql(512), 513, false),
    ];
    for (name, sql, parameters, is_ordered) in queries {
        let steps = plan(&db, sql, parameters).await?;
        for step in &steps {
            let reads_a_table = step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE") && step != "SCAN c";
            assert!(!reads_a_table, "{name} reads a whole table: {steps:?}");
            assert!(!is_ordered || !step.contains("TEMP B-TREE"), "{name} sorts what it found: {steps:?}");
        }
        if name.starts_with("search") {
            let order: Vec<&str> = steps.iter().map(String::as_str).filter(|s| s.starts_with("SCAN") || s.starts_with("SEARCH")).collect();
            assert!(order[0].starts_with("SCAN search") && order[1] == "SCAN c", "{name}: {steps:?}");
            assert!(order[2].starts_with("SEARCH r ") && order[3].starts_with("SEARCH m "), "{name}: {steps:?}");
        }
    }
    db.close();
    Ok(())
}
