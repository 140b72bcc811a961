//! Names under which a session keeps things.

pub const ACCOUNT: &str = "account";
pub const DEVICE: &str = "device";
pub const SEEN: &str = "seen";
pub const OPENED: &str = "opened";
pub const WORKSPACE: &str = "workspace";
pub const FACTOR: &str = "factor";
