//! The operator's own certificate files: read at the start and again whenever they change.
use super::given::Given;
use parking_lot::Mutex;
use snug_base::config::TlsConfig;
use snug_base::watch::Watch;
use snug_base::{Code, Result};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The most bytes of one file: long chains have a tenth of it.
const MOST: u64 = 256 * 1024;

/// Where the files are, and what was wrong with them the last time.
pub struct Files {
    certificate: PathBuf,
    key: PathBuf,
    read: Mutex<(Vec<u8>, Vec<u8>)>,
    problem: Mutex<Option<String>>,
}

impl Files {
    /// The files of the configuration, if it names any.
    pub fn of(config: &TlsConfig) -> Option<Files> {
        let (certificate, key) = (config.certificate.clone()?, config.key.clone()?);
        Some(Files { certificate, key, read: Mutex::default(), problem: Mutex::default() })
    }

    /// Reads both at the start, where a pair that can't be used is an error that the operator is there to see.
    pub fn open(&self) -> Result<Given> {
        let bytes = self.bytes().map_err(|what| self.refused(&what))?;
        let given = Given::parse(&bytes.0, &bytes.1).map_err(|what| self.refused(&what))?;
        *self.read.lock() = bytes;
        Ok(given)
    }

    /// Reads both again. `None` when they are as before, or can't be used: then the log and `snug status` say why.
    pub fn reload(&self) -> Option<Given> {
        let outcome = self.bytes().and_then(|bytes| {
            if *self.read.lock() == bytes {
                return Ok(None);
            }
            let given = Given::parse(&bytes.0, &bytes.1)?;
            *self.read.lock() = bytes;
            Ok(Some(given))
        });
        let (given, problem) = match outcome {
            Ok(given) => (given, None),
            Err(what) => (None, Some(format!("the new certificate files are not used, the ones before still are: {what}"))),
        };
        let mut before = self.problem.lock();
        if let Some(problem) = &problem
            && before.as_ref() != Some(problem)
        {
            tracing::error!(certificate = %self.certificate.display(), key = %self.key.display(), "{problem}");
        }
        *before = problem;
        given
    }

    /// What was wrong the last time that the files were read.
    pub fn problem(&self) -> Option<String> {
        self.problem.lock().clone()
    }

    /// Looks at the files' folders for as long as it is kept. Folders, because programs that renew put a new file or link in place
    /// of the old one.
    pub fn watch(&self) -> Watch {
        Watch::begin(self.folders()).unwrap_or_else(|e| {
            tracing::warn!(error = %e, "the certificate's folder can't be watched: it is looked at every ten minutes");
            Watch::default()
        })
    }

    /// Those of the paths and those of what they lead to.
    fn folders(&self) -> BTreeSet<PathBuf> {
        let paths = [&self.certificate, &self.key].into_iter().flat_map(|path| [Some(path.clone()), path.canonicalize().ok()]);
        paths.flatten().filter_map(|path| std::path::absolute(path).ok()?.parent().map(Path::to_owned)).collect()
    }

    fn bytes(&self) -> Result<(Vec<u8>, Vec<u8>), String> {
        Ok((read(&self.certificate)?, read(&self.key)?))
    }

    fn refused(&self, what: &str) -> snug_base::Error {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        Code::Internal.error(format!(
            "The certificate {certificate} with the key {key} can't be used: {what}. Correct tls.certificate and tls.key, or remove both for the node's own certificate."
        ))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |e: std::io::Error| format!("{} can't be read: {e}", path.display());
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(MOST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST { Err(format!("{} is larger than {} KiB", path.display(), MOST / 1024)) } else { Ok(bytes) }
}
