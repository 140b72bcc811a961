//! Turns of the request in hand: at answering, and at slow work.

use super::networks::network;
use super::request_context::{asking, came};
use super::turns::{Full, Seat, Seats, Turn, Turns};
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    /// The turn at answering that the request in hand has.
    static ANSWERING: Mutex<Option<Turn>>;
}

/// The queues of a process, each for one kind of work; cheap to clone.
#[derive(Clone, Debug)]
pub struct Queues {
    /// Answering a request.
    pub answers: Arc<Turns>,
    /// Hashing a password.
    pub hashing: Arc<Turns>,
    /// Setting a PDF.
    pub pdf: Arc<Turns>,
    /// What takes long: the export of an account, handover packs, a workspace as code, lists of domains, files that
    /// are read.
    pub long_work: Arc<Turns>,
    /// Re-checks and inspectors in this process.
    pub rechecks: Arc<Turns>,
    /// Open event streams.
    pub streams: Arc<Seats>,
    /// Files that are being received; each is held in memory.
    pub uploads: Arc<Seats>,
}

impl Queues {
    /// Sized for this machine. A database within the process (SQLite) answers at once, another is waited for.
    #[must_use]
    pub fn new(in_process: bool) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            answers: Turns::new(if in_process { cores.max(2) } else { cores.max(2) * 4 }, 512, 4096),
            // One core stays for everybody else while many sign in.
            hashing: Turns::new(cores - 1, 128, 512),
            pdf: Turns::new(1, 64, 256),
            long_work: Turns::new(1, 32, 128),
            rechecks: Turns::new(4, 16, 64),
            streams: Seats::new(64, 2000),
            uploads: Seats::new(8, 32),
        }
    }
}

/// Waits for a turn at answering and does the work with it, unless the work gives the turn away.
///
/// # Errors
/// [`Full`], at once.
pub async fn answer<F: Future>(turns: &Arc<Turns>, work: F) -> Result<F::Output, Full> {
    let turn = turns.wait(&network(&asking(), 64), came()).await?;
    Ok(ANSWERING.scope(Mutex::new(Some(turn)), work).await)
}

/// Gives the turn at answering to the next: what follows waits for somebody else.
pub fn stand_back() {
    let turn = ANSWERING.try_with(|t| t.lock().unwrap_or_else(PoisonError::into_inner).take());
    drop(turn);
}

/// Waits for a turn at slow work, behind others of the same network only.
///
/// # Errors
/// [`Full`], at once.
pub async fn turn(turns: &Arc<Turns>) -> Result<Turn, Full> {
    stand_back();
    turns.wait(&network(&asking(), 64), came()).await
}

/// Waits for a turn before all strangers.
///
/// # Errors
/// [`Full`], at once.
pub async fn turn_ahead(turns: &Arc<Turns>) -> Result<Turn, Full> {
    stand_back();
    turns.ahead().await
}

/// Takes a seat: for an open stream, or for a file that is being received.
///
/// # Errors
/// [`Full`].
pub fn seat(seats: &Arc<Seats>) -> Result<Seat, Full> {
    seats.take(&network(&asking(), 64))
}
