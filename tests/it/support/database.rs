//! A database per test: SQLite unless SNUG_TEST_POSTGRES names a PostgreSQL that tests may make databases in.
use postgres::NoTls;

pub struct Database(Option<Made>);

pub struct Made {
    server: String,
    name: String,
}

impl Database {
    pub async fn create() -> Database {
        let Ok(server) = std::env::var("SNUG_TEST_POSTGRES") else { return Database(None) };
        let name = format!("snug_{}", uuid::Uuid::now_v7().simple());
        let made = Made { server, name };
        let (server, sql) = (made.server.clone(), format!("CREATE DATABASE {}", made.name));
        std::thread::spawn(move || postgres::Client::connect(&server, NoTls).unwrap().batch_execute(&sql).unwrap()).join().unwrap();
        Database(Some(made))
    }

    /// The address of the database; `None`: SQLite.
    pub fn url(&self) -> Option<String> {
        self.0.as_ref().map(|made| format!("{} dbname={}", made.server, made.name))
    }

    pub fn take(&mut self) -> Option<Made> {
        self.0.take()
    }
}

pub fn drop_database(made: Option<Made>) {
    if let Some(Made { server, name }) = made {
        let mut client = postgres::Client::connect(&server, NoTls).unwrap();
        client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    }
}
