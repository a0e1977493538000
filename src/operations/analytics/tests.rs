//! The analytics' file: what goes in comes out, and nothing that happens to it does harm.
use super::model::Sample;
use super::*;

const HOUR: i64 = 3_600_000;

fn value(view: &AnalyticsView, name: &str) -> f64 {
    let series = view.series.iter().find(|series| series.name == name).unwrap();
    series.values.iter().flatten().sum()
}

fn begin() -> (tempfile::TempDir, Clock, Analytics) {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::default());
    let analytics = Analytics::new(folder.path(), 30, clock.clone());
    (folder, clock, analytics)
}

#[tokio::test]
async fn counts_add_up_and_levels_do_not() {
    let (_folder, clock, analytics) = begin();
    let mut sends_us = [0; snug_base::meters::CLASSES];
    sends_us[0] = 90;
    sends_us[5] = 10;
    for _ in 0..2 {
        let sample = Sample { messages: 3, connections: 7, sends_us, people: 2, people_day: 2, ..Sample::default() };
        analytics.add(sample).await.unwrap();
    }
    let view = analytics.view(3).await.unwrap();
    assert_eq!(view.times.len(), 36);
    assert!((value(&view, "messages") - 6.0).abs() < 0.01, "{view:?}");
    assert!(value(&view, "connections") >= 7.0 && value(&view, "connections") <= 14.0);
    assert!(value(&view, "send_ms_50") < 2.0 && value(&view, "send_ms_95") > 25.0, "{view:?}");
    // joined into hours it is the same
    clock.advance(72 * HOUR);
    analytics.tidy().await.unwrap();
    let view = analytics.view(24 * 7).await.unwrap();
    assert!((value(&view, "messages") - 6.0).abs() < 0.01, "{view:?}");
    assert!((value(&view, "connections") - 7.0).abs() < 0.01);
    clock.advance(31 * 24 * HOUR);
    analytics.tidy().await.unwrap();
    let rows: i64 = analytics.run(|sql| sql.query_row("SELECT count(*) FROM points", (), |row| row.get(0))).await.unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_lost_or_damaged_file_is_begun_anew() {
    let (folder, _clock, analytics) = begin();
    let path = folder.path().join(FILE);
    let sample = || Sample { messages: 1, ..Sample::default() };
    analytics.add(sample()).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    analytics.add(sample()).await.unwrap();
    assert!((value(&analytics.view(3).await.unwrap(), "messages") - 1.0).abs() < 0.01);
    let again = Analytics::new(folder.path(), 30, Clock::default());
    drop(analytics);
    std::fs::write(&path, vec![7; 10_000]).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("{FILE}{suffix}")));
    }
    again.add(sample()).await.unwrap();
    assert!((value(&again.view(3).await.unwrap(), "messages") - 1.0).abs() < 0.01);
    assert!(folder.path().join("analytics.sqlite.damaged").is_file());
}

#[tokio::test]
async fn switched_off_there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let analytics = Analytics::new(folder.path(), 0, Clock::default());
    assert!(!analytics.is_on() && analytics.view(24).await.unwrap().times.is_empty());
    assert!(!folder.path().join(FILE).exists());
}
