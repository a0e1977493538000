//! The `snug` program. Everything is in the library, where tests reach it.
use std::process::ExitCode;

/// musl's own allocator is slow with many threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    snug::cli::run()
}
