//! The handover pack: everything about a project, frozen in one ZIP with a signed list of what is in it.

use super::bytes::hex;
use super::private_files::keep;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.sig";
/// Bytes of one file of a pack that is verified: nothing unpacks for ever.
const LIMIT: u64 = 64 * 1024 * 1024;
/// Files of a pack.
const FILES: usize = 1000;

/// A file of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name in the ZIP.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The list of what is in a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `launch-ready-pack/1`.
    pub format: String,
    /// Of which domain.
    pub domain: String,
    /// Of which scan.
    pub scan: String,
    /// Version of the catalogue that judged.
    pub catalogue: String,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// The key that signed it (Ed25519, base64).
    pub key: String,
    /// Every file but the list itself.
    pub files: Vec<Entry>,
}

/// The instance's signing key, made at its first use.
///
/// # Errors
/// A sentence that says what is wrong with the key's file.
pub fn signing_key(folder: &Path) -> Result<Ed25519KeyPair, String> {
    let path = folder.join("signing.key");
    let wrong = |e: &dyn std::fmt::Display| format!("The signing key {} cannot be used: {e}.", path.display());
    if !path.exists() {
        let fresh = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).map_err(|e| wrong(&e))?;
        keep(&path, fresh.as_ref(), false).map_err(|e| wrong(&e))?;
    }
    Ed25519KeyPair::from_pkcs8(&std::fs::read(&path).map_err(|e| wrong(&e))?).map_err(|e| wrong(&e))
}

/// The public half, as base64.
///
/// # Errors
/// As [`signing_key`].
pub fn public_key(folder: &Path) -> Result<String, String> {
    Ok(BASE64_STANDARD.encode(signing_key(folder)?.public_key().as_ref()))
}

/// Freezes these files. The manifest's own files and key are filled in here.
///
/// # Errors
/// A sentence, if the key cannot be used or the ZIP not be written.
pub fn freeze(folder: &Path, mut manifest: Manifest, files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let key = signing_key(folder)?;
    manifest.format = "launch-ready-pack/1".into();
    manifest.key = BASE64_STANDARD.encode(key.public_key().as_ref());
    manifest.files = files
        .iter()
        .map(|(name, bytes)| Entry { name: name.clone(), size: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) })
        .collect();
    let list = serde_json::to_vec_pretty(&manifest).map_err(|e| e.to_string())?;
    let signature = BASE64_STANDARD.encode(key.sign(&list).as_ref());
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    // Always the same time, so that the same content is the same file.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default());
    let own = [(MANIFEST, list.as_slice()), (SIGNATURE, signature.as_bytes())];
    for (name, bytes) in own.into_iter().chain(files.iter().map(|(n, b)| (n.as_str(), b.as_slice()))) {
        zip.start_file(name, options).map_err(|e| e.to_string())?;
        zip.write_all(bytes).map_err(|e| e.to_string())?;
    }
    Ok(zip.finish().map_err(|e| e.to_string())?.into_inner())
}

/// Checks a pack: each file against the list, the list against its signature, nothing missing, nothing
/// added. With a key given, it must be that one.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn verify(bytes: &[u8], key: Option<&str>) -> Result<Manifest, String> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| "This is no ZIP file.".to_owned())?;
    if zip.len() > FILES {
        return Err("It holds more files than a pack does.".into());
    }
    let names: Vec<String> =
        zip.file_names().map(|n| n.map_or_else(|_| "a file without a name".to_owned(), std::borrow::Cow::into_owned)).collect();
    let mut read = |name: &str| -> Result<Vec<u8>, String> {
        let file = zip.by_name(name).map_err(|_| format!("{name} is missing."))?;
        let mut out = vec![];
        file.take(LIMIT + 1).read_to_end(&mut out).map_err(|_| format!("{name} is damaged."))?;
        if out.len() as u64 > LIMIT { Err(format!("{name} is larger than a pack's files are.")) } else { Ok(out) }
    };
    let list = read(MANIFEST)?;
    let manifest: Manifest = serde_json::from_slice(&list).map_err(|_| "The list cannot be read.".to_owned())?;
    let signature = BASE64_STANDARD.decode(read(SIGNATURE)?).map_err(|_| "The signature cannot be read.".to_owned())?;
    let public = BASE64_STANDARD.decode(&manifest.key).map_err(|_| "The key cannot be read.".to_owned())?;
    UnparsedPublicKey::new(&ED25519, public)
        .verify(&list, &signature)
        .map_err(|_| "The list was changed after it was signed.".to_owned())?;
    if key.is_some_and(|k| k.trim() != manifest.key) {
        return Err("It was signed by another key than the one given.".into());
    }
    for f in &manifest.files {
        let bytes = read(&f.name)?;
        if hex(&Sha256::digest(&bytes)) != f.sha256 || bytes.len() as u64 != f.size {
            return Err(format!("{} was changed after the pack was made.", f.name));
        }
    }
    let known = |n: &String| n == MANIFEST || n == SIGNATURE || manifest.files.iter().any(|f| f.name == *n);
    match names.iter().find(|n| !known(n)) {
        Some(n) => Err(format!("{n} was added after the pack was made.")),
        None => Ok(manifest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: String::new(),
            domain: "acme.com".into(),
            scan: "s".into(),
            catalogue: "c".into(),
            made_at: "t".into(),
            made_by: "b".into(),
            key: String::new(),
            files: vec![],
        }
    }

    /// The same ZIP with its files changed.
    fn changed(zip: &[u8], change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>, add: Option<(&str, &[u8])>) -> Vec<u8> {
        let mut old = ZipArchive::new(Cursor::new(zip)).unwrap();
        let mut new = ZipWriter::new(Cursor::new(vec![]));
        for i in 0..old.len() {
            let mut f = old.by_index(i).unwrap();
            let mut bytes = vec![];
            f.read_to_end(&mut bytes).unwrap();
            let name = f.name().unwrap().into_owned();
            if let Some(bytes) = change(&name, bytes) {
                new.start_file(name, SimpleFileOptions::default()).unwrap();
                new.write_all(&bytes).unwrap();
            }
        }
        if let Some((name, bytes)) = add {
            new.start_file(name, SimpleFileOptions::default()).unwrap();
            new.write_all(bytes).unwrap();
        }
        new.finish().unwrap().into_inner()
    }

    #[test]
    fn a_pack_is_whole_or_says_what_is_wrong() {
        let folder = std::env::temp_dir().join(format!("lr-pack-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let files = [("a.txt".to_owned(), b"A".to_vec()), ("b/b.json".to_owned(), b"{}".to_vec())];
        let zip = freeze(&folder, manifest(), &files).unwrap();
        assert_eq!(zip, freeze(&folder, manifest(), &files).unwrap(), "the same content is the same file");
        let good = verify(&zip, None).unwrap();
        assert_eq!((good.files.len(), verify(&zip, Some(&good.key)).is_ok()), (2, true));
        let same = |_: &str, b: Vec<u8>| Some(b);
        let swap = |name: &'static str, to: &'static [u8]| move |n: &str, b: Vec<u8>| Some(if n == name { to.to_vec() } else { b });
        let rows: Vec<(Vec<u8>, &str)> = vec![
            (changed(&zip, swap("a.txt", b"B"), None), "a.txt was changed after the pack was made."),
            (changed(&zip, |n, b| (n != "b/b.json").then_some(b), None), "b/b.json is missing."),
            (changed(&zip, same, Some(("c.txt", b"C"))), "c.txt was added after the pack was made."),
            (
                changed(
                    &zip,
                    |n, b| Some(if n == MANIFEST { String::from_utf8(b).unwrap().replace("acme", "evil").into_bytes() } else { b }),
                    None,
                ),
                "The list was changed after it was signed.",
            ),
            (b"no zip".to_vec(), "This is no ZIP file."),
        ];
        for (bytes, want) in rows {
            assert_eq!(verify(&bytes, None).unwrap_err(), want);
        }
        assert!(verify(&zip, Some("AAAA")).is_err());
    }
}
