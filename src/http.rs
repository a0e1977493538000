//! The HTTP edge: routes of all domains, what surrounds every request, pages and files. Parses and encodes; decides nothing.
//!
//! `listen` owns sockets and connections, everything else here is about one request.
pub mod address;
pub mod api_errors;
mod branded;
mod crowd;
pub mod former;
pub mod headers;
pub mod health;
pub mod listen;
pub mod manifest;
pub mod metrics;
pub mod openapi;
pub mod plain;
pub mod rate;
pub mod sync;
pub mod trace;
pub mod trust;
pub mod ui;
pub mod view;

use crate::tls::Tls;
use crate::{Node, configuration, doctor, presence, storage, tls, ws};
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Extension, Router, middleware};
use snug_base::App;
use snug_base::http::Routes;
use snug_branding::Branding;
use snug_notifications::mail::Mail;
use snug_operations::Operations;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// The largest body of a request, except where a route says otherwise (pictures).
pub const BODY_BYTES: usize = 64 * 1024;

/// The routes of all domains, to be mounted below `/api/v1`, by what they need.
struct Domains {
    /// Nothing but the parts that all have.
    plain: Routes<App>,
    operations: Routes<Operations>,
    mail: Routes<Mail>,
    branding: Routes<Branding>,
    /// The whole node.
    with_node: Routes<Node>,
}

fn domains() -> Domains {
    Domains {
        plain: Routes::new()
            .merge(snug_accounts::routes())
            .merge(snug_servers::routes())
            .merge(snug_identities::routes())
            .merge(snug_messages::routes())
            .merge(snug_notifications::routes())
            .merge(sync::routes()),
        operations: snug_operations::routes(),
        mail: snug_notifications::mail::http::routes(),
        branding: snug_branding::routes(),
        with_node: presence::routes()
            .merge(view::routes())
            .merge(doctor::http::routes())
            .merge(storage::routes())
            .merge(tls::http::routes())
            .merge(configuration::routes()),
    }
}

/// All routes with their middleware, for a node that speaks plain HTTP.
pub fn router(node: &Node) -> Router {
    router_with(node, None)
}

/// The same, with the pages about the node's own certificate.
pub fn router_with(node: &Node, tls: Option<Arc<Tls>>) -> Router {
    let app = node.app.clone();
    let Domains { plain, operations, mail, branding, with_node } = domains();
    let operations: Router<App> = Router::from(operations).with_state(node.operations.clone());
    let mail: Router<App> = Router::from(mail).with_state(node.mail.clone());
    let branding: Router<App> = Router::from(branding).with_state(node.branding.clone());
    let with_node: Router<App> = Router::from(with_node).merge(doctor::probe::routes()).with_state(node.clone());
    let socket: Router<App> = Router::new().route("/socket", get(ws::connect)).with_state(Arc::new(node.clone()));
    let api = Router::new()
        .nest("/api/v1", Router::from(plain).merge(operations).merge(mail).merge(branding).merge(with_node).merge(socket))
        .merge(openapi::routes())
        .merge(health::routes().with_state(node.clone()))
        .merge(metrics::routes().with_state(node.clone()))
        .merge(manifest::routes())
        .with_state(app.clone())
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), rate::limit));
    Router::new()
        .merge(api)
        .merge(trust::routes())
        .merge(branded::routes().with_state(node.branding.clone()))
        .fallback(ui::serve)
        .method_not_allowed_fallback(api_errors::method_not_allowed)
        .layer(Extension(trust::Trust::new(&app, tls)))
        .layer(middleware::from_fn_with_state(app.clone(), former::redirect))
        .layer(middleware::from_fn(api_errors::encode))
        .layer(CatchPanicLayer::custom(api_errors::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), trace::trace))
        .layer(middleware::from_fn_with_state(headers::Policy::new(&app), headers::secure))
        .layer(middleware::from_fn_with_state(app, address::find))
}
