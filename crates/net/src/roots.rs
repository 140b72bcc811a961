//! The trusted roots: Mozilla's, and those that the operator adds.

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::path::Path;
use std::sync::Arc;

/// A file of roots could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// It could not be read as PEM.
    #[error("{0} cannot be read as a PEM file: {1}")]
    Read(String, String),
    /// It holds no certificate.
    #[error("{0} holds no certificate")]
    Empty(String),
}

/// Mozilla's roots, and those in a PEM file.
///
/// # Errors
/// [`RootsError`] if the file is no use.
pub fn load(extra: Option<&Path>) -> Result<Arc<RootCertStore>, RootsError> {
    let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra {
        let shown = path.display().to_string();
        let certs: Vec<CertificateDer> = CertificateDer::pem_file_iter(path)
            .map_err(|e| RootsError::Read(shown.clone(), e.to_string()))?
            .collect::<Result<_, _>>()
            .map_err(|e| RootsError::Read(shown.clone(), e.to_string()))?;
        if certs.is_empty() || store.add_parsable_certificates(certs).0 == 0 {
            return Err(RootsError::Empty(shown));
        }
    }
    Ok(Arc::new(store))
}
