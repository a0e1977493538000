use reqwest::header::HeaderMap;
use serde_json::Value;

/// What a request was answered with.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    /// What was asked, for messages of failure.
    pub asked: String,
}

impl Answer {
    /// The body of a 200 (or nothing, of a 204).
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(matches!(self.status, 200 | 204), "{} answered {}: {}", self.asked, self.status, self.body);
        self.body
    }

    /// The body of a 201.
    #[track_caller]
    pub fn created(self) -> Value {
        assert_eq!(self.status, 201, "{}: {}", self.asked, self.body);
        self.body
    }

    /// Checks that it failed with this status and code, as a problem document.
    #[track_caller]
    pub fn fails(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}: {}", self.asked, self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert!(self.body["detail"].as_str().is_some_and(|d| !d.is_empty()));
        self.body
    }
}
