//! Copies of the database that only the holder of a key can read (age, age-encryption.org/v1).

use age::x25519::Recipient;
use age::{Decryptor, Encryptor, Identity, IdentityFile};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

/// Reads a public key, `age1…`.
pub fn recipient(text: &str) -> Result<Recipient, String> {
    text.trim()
        .parse()
        .map_err(|e| format!("“{text}” is no recipient of age: {e}. It looks like age1… and is the public half of what age-keygen makes."))
}

/// Encrypts a file to a recipient. The new file must not exist.
pub fn encrypt(plain: &Path, sealed: &Path, to: &Recipient) -> Result<(), String> {
    let wrong = |e: &dyn std::fmt::Display| format!("{} cannot be written: {e}.", sealed.display());
    let mut from = BufReader::new(File::open(plain).map_err(|e| wrong(&e))?);
    let file = File::create_new(sealed).map_err(|e| wrong(&e))?;
    let encryptor = Encryptor::with_recipients(std::iter::once(to as &dyn age::Recipient)).map_err(|e| wrong(&e))?;
    let mut out = encryptor.wrap_output(BufWriter::new(file)).map_err(|e| wrong(&e))?;
    std::io::copy(&mut from, &mut out).map_err(|e| wrong(&e))?;
    let mut file = out.finish().map_err(|e| wrong(&e))?;
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(|e| wrong(&e))
}

/// Decrypts a file with the keys of an identity file. The new file must not exist.
pub fn decrypt(sealed: &Path, plain: &Path, keys: &Path) -> Result<(), String> {
    let wrong = |e: &dyn std::fmt::Display| format!("{} cannot be opened: {e}.", sealed.display());
    let held = IdentityFile::from_file(keys.display().to_string())
        .and_then(|f| f.into_identities().map_err(std::io::Error::other))
        .map_err(|e| format!("{} holds no key of age: {e}.", keys.display()))?;
    let from = BufReader::new(File::open(sealed).map_err(|e| wrong(&e))?);
    let decryptor = Decryptor::new(from).map_err(|e| wrong(&e))?;
    let mut reader = decryptor.decrypt(held.iter().map(|i| i.as_ref() as &dyn Identity)).map_err(|e| wrong(&e))?;
    let mut out = BufWriter::new(File::create_new(plain).map_err(|e| wrong(&e))?);
    // Each part is authenticated; a file that was cut off or changed ends in an error here.
    let done = std::io::copy(&mut reader, &mut out).and_then(|_| out.flush());
    done.map_err(|e| {
        let _ = std::fs::remove_file(plain);
        wrong(&e)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret;

    #[test]
    fn a_copy_is_read_by_its_key_alone_and_not_when_it_was_changed() {
        let folder = std::env::temp_dir().join(format!("lr-sealed-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        let text = "rows of a database ".repeat(20_000);
        std::fs::write(at("plain"), &text).unwrap();
        for name in ["mine", "other"] {
            let key = age::x25519::Identity::generate();
            std::fs::write(at(name), key.to_string().expose_secret()).unwrap();
            std::fs::write(at(&format!("{name}.pub")), key.to_public().to_string()).unwrap();
        }
        let to = recipient(&std::fs::read_to_string(at("mine.pub")).unwrap()).unwrap();
        encrypt(&at("plain"), &at("sealed"), &to).unwrap();
        assert!(encrypt(&at("plain"), &at("sealed"), &to).is_err(), "nothing is overwritten");
        let sealed = std::fs::read(at("sealed")).unwrap();
        assert!(!sealed.windows(8).any(|w| w == b"database"));
        decrypt(&at("sealed"), &at("back"), &at("mine")).unwrap();
        assert_eq!(std::fs::read_to_string(at("back")).unwrap(), text);
        assert!(decrypt(&at("sealed"), &at("back2"), &at("other")).is_err());
        std::fs::write(at("cut"), &sealed[..sealed.len() - 100]).unwrap();
        assert!(decrypt(&at("cut"), &at("back3"), &at("mine")).is_err() && !at("back3").exists());
        assert!(recipient("age1nonsense").unwrap_err().contains("age-keygen"));
    }
}
