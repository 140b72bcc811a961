//! The site's files are embedded; before the front end is built there are none.

fn main() {
    let site = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    let _ = std::fs::create_dir_all(&site);
    println!("cargo:rerun-if-changed=build.rs");
}
