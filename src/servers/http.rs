//! The routes of servers.
mod admin;
mod invites;
mod members;
mod rooms;
mod servers;

use snug_base::App;
use snug_base::http::Routes;

/// All routes, without the `/api/v1` in front.
pub fn routes() -> Routes<App> {
    servers::routes().merge(members::routes()).merge(invites::routes()).merge(rooms::routes()).merge(admin::routes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_placeholder_of_a_path_is_documented_once() {
        let document = super::routes().into_openapi();
        let document = serde_json::to_value(document).expect("the document is JSON");
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let mut names: Vec<_> = parameters.filter(|p| p["in"] == "path").map(|p| p["name"].to_string()).collect();
                names.sort();
                names.dedup();
                assert_eq!(names.len(), path.matches('{').count(), "{method} {path}: {names:?}");
            }
        }
    }
}
