//! A domain's routes: what is mounted, and how the API's description tells of it.
//!
//! The description takes 3 MB of code to make, one tenth of the program. So only debug builds, thereby the tests and `make generate`, have that
//! code; a released program has the text that it made, which a test compares with the fresh one.
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::MethodRouter;
use utoipa::openapi::HttpMethod;
#[cfg(debug_assertions)]
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
#[cfg(debug_assertions)]
#[doc(hidden)]
pub use utoipa_axum::routes as describe;
#[doc(hidden)]
pub use utoipa_axum::{PathItemExt, paste};

/// Some of the routes below `/api/v1`, with their handlers and in debug builds with their description.
pub struct Routes<S = ()> {
    router: Router<S>,
    #[cfg(debug_assertions)]
    described: OpenApiRouter<S>,
}

/// The handlers of one path; [`routes!`](crate::routes) makes it.
pub struct Handlers<S> {
    path: String,
    methods: MethodRouter<S>,
    #[cfg(debug_assertions)]
    described: UtoipaMethodRouter<S>,
}

/// Brings handlers that have a `#[utoipa::path]` and share their path together, to be given to [`Routes::routes`].
#[cfg(debug_assertions)]
#[macro_export]
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {
        $crate::http::routes::paste! {
            $crate::http::routes::Handlers::new($crate::http::routes::describe!($($handler),+))
                $(.on::<[<__path_ $handler>], _, _>($handler))+
        }
    };
}

/// Brings handlers that have a `#[utoipa::path]` and share their path together, to be given to [`Routes::routes`].
#[cfg(not(debug_assertions))]
#[macro_export]
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {
        $crate::http::routes::paste! {
            $crate::http::routes::Handlers::new()$(.on::<[<__path_ $handler>], _, _>($handler))+
        }
    };
}

impl<S: Clone + Send + Sync + 'static> Handlers<S> {
    #[doc(hidden)]
    pub fn new(#[cfg(debug_assertions)] described: UtoipaMethodRouter<S>) -> Handlers<S> {
        Handlers {
            path: String::new(),
            methods: MethodRouter::new(),
            #[cfg(debug_assertions)]
            described,
        }
    }

    #[doc(hidden)]
    pub fn on<P: utoipa::Path, H: Handler<T, S>, T: 'static>(mut self, handler: H) -> Handlers<S> {
        let path = P::path();
        debug_assert!(self.path.is_empty() || self.path == path, "{path} is not {}", self.path);
        self.path = path;
        for method in P::methods() {
            self.methods = self.methods.on(HttpMethod::to_method_filter(&method), handler.clone());
        }
        self
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Routes<S> {
        Routes {
            router: Router::new(),
            #[cfg(debug_assertions)]
            described: OpenApiRouter::new(),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet.
    pub fn new() -> Routes<S> {
        Routes::default()
    }

    /// With the handlers of one more path.
    pub fn routes(self, handlers: Handlers<S>) -> Routes<S> {
        Routes {
            router: self.router.route(&handlers.path, handlers.methods),
            #[cfg(debug_assertions)]
            described: self.described.routes(handlers.described),
        }
    }

    /// With all of the others'.
    pub fn merge(self, others: Routes<S>) -> Routes<S> {
        Routes {
            router: self.router.merge(others.router),
            #[cfg(debug_assertions)]
            described: self.described.merge(others.described),
        }
    }

    /// With bodies of so many bytes at most for those that are there now.
    pub fn body_limit(self, bytes: usize) -> Routes<S> {
        Routes { router: self.router.layer(DefaultBodyLimit::max(bytes)), ..self }
    }

    /// What is told of them all.
    #[cfg(debug_assertions)]
    pub fn into_openapi(self) -> utoipa::openapi::OpenApi {
        self.described.into_openapi()
    }
}

impl<S> From<Routes<S>> for Router<S> {
    fn from(routes: Routes<S>) -> Router<S> {
        routes.router
    }
}
