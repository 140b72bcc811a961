//! Work in turn: so many at once, the rest in a bounded queue in which each network of visitors waits for itself.
//! Who is known goes before all. Every second turn of the rest goes to who came last, so that one more visitor is served next even behind a crowd of others; the
//! turns between go around the networks in their order, so that nobody waits for ever.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;

/// A queue for one kind of work.
#[derive(Debug)]
pub struct Turns {
    state: Mutex<State>,
    /// That may wait for one network.
    each: usize,
    /// That may wait in all.
    all: usize,
}

#[derive(Debug)]
struct State {
    free: usize,
    /// Whether the next turn goes to who came last.
    newest: bool,
    /// Those who are known, in the order in which they came; they go before all others.
    known: VecDeque<oneshot::Sender<Turn>>,
    /// In the order in which networks are served.
    waiting: VecDeque<Line>,
}

/// Those of one network, in the order in which they came.
#[derive(Debug)]
struct Line {
    network: String,
    /// Whether one of them had a turn already; then they go around with the others.
    served: bool,
    /// With when each came to the server.
    tickets: VecDeque<(Instant, oneshot::Sender<Turn>)>,
}

/// The right to work; the next one gets it when it is dropped.
#[derive(Debug)]
pub struct Turn(Option<Arc<Turns>>);

/// The queue is full.
#[derive(Debug, thiserror::Error)]
#[error("too many are waiting")]
pub struct Full;

impl Turns {
    /// A queue for `at_once` workers, in which `each` network may have so many waiting, and `all` together.
    #[must_use]
    pub fn new(at_once: usize, each: usize, all: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { free: at_once.max(1), newest: false, known: VecDeque::new(), waiting: VecDeque::new() }),
            each,
            all,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn at what came to the server at `since`, perhaps after waiting for another turn.
    ///
    /// # Errors
    /// [`Full`], at once.
    pub async fn wait(self: &Arc<Self>, network: &str, since: Instant) -> Result<Turn, Full> {
        let ticket = {
            let mut s = self.lock();
            if s.free > 0 {
                s.free -= 1;
                return Ok(Turn(Some(self.clone())));
            }
            // Who went away waits no longer.
            for line in &mut s.waiting {
                line.tickets.retain(|(_, t)| !t.is_closed());
            }
            s.waiting.retain(|l| !l.tickets.is_empty());
            if s.waiting.iter().map(|l| l.tickets.len()).sum::<usize>() >= self.all {
                // Who waits for the first time goes before the last of whoever waits most often.
                let first = s.waiting.iter().all(|l| l.network != network);
                let longest = s.waiting.iter_mut().map(|l| &mut l.tickets).max_by_key(|t| t.len()).filter(|t| first && t.len() > 1);
                if longest.and_then(VecDeque::pop_back).is_none() {
                    return Err(Full);
                }
            }
            let (give, ticket) = oneshot::channel();
            match s.waiting.iter_mut().find(|l| l.network == network) {
                Some(line) if line.tickets.len() >= self.each => return Err(Full),
                Some(line) => {
                    let at = line.tickets.partition_point(|(t, _)| *t <= since);
                    line.tickets.insert(at, (since, give));
                }
                None => s.waiting.push_back(Line { network: network.to_owned(), served: false, tickets: [(since, give)].into() }),
            }
            ticket
        };
        ticket.await.map_err(|_| Full)
    }

    /// Waits for a turn before all who are not known. Whoever calls has counted how often somebody known may ask.
    ///
    /// # Errors
    /// [`Full`], at once.
    pub async fn ahead(self: &Arc<Self>) -> Result<Turn, Full> {
        let ticket = {
            let mut s = self.lock();
            if s.free > 0 {
                s.free -= 1;
                return Ok(Turn(Some(self.clone())));
            }
            s.known.retain(|t| !t.is_closed());
            if s.known.len() >= self.each {
                return Err(Full);
            }
            let (give, ticket) = oneshot::channel();
            s.known.push_back(give);
            ticket
        };
        ticket.await.map_err(|_| Full)
    }

    /// Who is next.
    fn next(&self) -> Option<oneshot::Sender<Turn>> {
        let mut s = self.lock();
        if let Some(give) = s.known.pop_front() {
            return Some(give);
        }
        s.newest = !s.newest;
        let newest = s.newest;
        let came = |l: &Line| l.tickets.back().map(|(t, _)| *t);
        let fresh = s.waiting.iter().enumerate().filter(|(_, l)| newest && !l.served);
        let at = fresh.max_by_key(|(_, l)| came(l)).map_or(0, |(i, _)| i);
        let Some(mut line) = s.waiting.remove(at) else {
            s.free += 1;
            return None;
        };
        let give = if newest { line.tickets.pop_back() } else { line.tickets.pop_front() };
        if !line.tickets.is_empty() {
            line.served = true;
            s.waiting.push_back(line);
        }
        give.map(|(_, give)| give)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(turns) = self.0.take() else { return };
        while let Some(give) = turns.next() {
            match give.send(Turn(Some(turns.clone()))) {
                Ok(()) => return,
                // They went away meanwhile; the right stays here.
                Err(mut back) => drop(back.0.take()),
            }
        }
    }
}

/// What is under way at once: so many of one network or workspace, so many in all.
#[derive(Debug)]
pub struct Seats {
    taken: Mutex<HashMap<String, usize>>,
    each: usize,
    all: usize,
}

/// Something under way; its seat is free again when it is dropped.
#[derive(Debug)]
pub struct Seat(Arc<Seats>, String);

impl Seat {
    /// Whose it is.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.1
    }
}

impl Seats {
    /// For `each` so many, and `all` together.
    #[must_use]
    pub fn new(each: usize, all: usize) -> Arc<Self> {
        Arc::new(Self { taken: Mutex::default(), each, all })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that have all their seats.
    #[must_use]
    pub fn full(&self) -> Vec<String> {
        self.lock().iter().filter(|(_, n)| **n >= self.each).map(|(name, _)| name.clone()).collect()
    }

    /// Takes a seat.
    ///
    /// # Errors
    /// [`Full`].
    pub fn take(self: &Arc<Self>, network: &str) -> Result<Seat, Full> {
        let mut taken = self.lock();
        if taken.values().sum::<usize>() >= self.all || taken.get(network).is_some_and(|n| *n >= self.each) {
            return Err(Full);
        }
        *taken.entry(network.to_owned()).or_default() += 1;
        Ok(Seat(self.clone(), network.to_owned()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.0.lock();
        if let Some(n) = taken.get_mut(&self.1) {
            *n -= 1;
            if *n == 0 {
                taken.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::task::JoinHandle;

    /// Those who came one after another while the only turn was taken, and the order in which they are served.
    struct Crowd<T>(Arc<Mutex<Vec<T>>>, Vec<JoinHandle<()>>);

    async fn come<T: Copy + Send + 'static, F: Future<Output = Result<Turn, Full>> + Send + 'static>(
        turns: &Arc<Turns>,
        who: impl IntoIterator<Item = T>,
        wait: impl Fn(Arc<Turns>, T) -> F,
    ) -> Crowd<T> {
        let mut crowd = Crowd(Arc::default(), vec![]);
        for one in who {
            let (order, turn) = (crowd.0.clone(), wait(turns.clone(), one));
            crowd.1.push(tokio::spawn(async move {
                let _turn = turn.await.unwrap();
                order.lock().unwrap().push(one);
            }));
            tokio::task::yield_now().await;
        }
        crowd
    }

    impl<T: Clone> Crowd<T> {
        /// Gives the turn back and waits for all.
        async fn served(self, first: Turn) -> Vec<T> {
            drop(first);
            for task in self.1 {
                tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
            }
            self.0.lock().unwrap().clone()
        }
    }

    #[tokio::test]
    async fn every_second_turn_goes_to_who_came_last_and_the_rest_goes_around() {
        let turns = Turns::new(1, 9, 99);
        let first = turns.wait("x", Instant::now()).await.unwrap();
        let crowd = come(&turns, ["a1", "a2", "a3", "b1", "c1", "d1", "e1"], |turns, who| async move {
            turns.wait(who.get(..1).unwrap(), Instant::now()).await
        })
        .await;
        // The newest, then the oldest; one network has no second turn before the others have their first.
        assert_eq!(crowd.served(first).await, ["e1", "a1", "d1", "b1", "c1", "a2", "a3"]);
    }

    #[tokio::test]
    async fn within_one_network_the_newest_is_next_too() {
        let turns = Turns::new(1, 99, 99);
        let first = turns.wait("a", Instant::now()).await.unwrap();
        let crowd = come(&turns, 0..5, |turns, _| async move { turns.wait("a", Instant::now()).await }).await;
        assert_eq!(crowd.served(first).await, [4, 0, 3, 1, 2]);
    }

    #[tokio::test]
    async fn who_came_last_to_the_server_is_the_newest_whichever_turn_they_waited_for_before() {
        let turns = Turns::new(1, 99, 99);
        let first = turns.wait("x", Instant::now()).await.unwrap();
        let begun = Instant::now();
        let crowd = come(&turns, [("a", 10), ("b", 30), ("c", 20), ("a", 5), ("a", 7)], |turns, (who, ms)| async move {
            turns.wait(who, begun + Duration::from_millis(ms)).await
        })
        .await;
        assert_eq!(crowd.served(first).await, [("b", 30), ("a", 5), ("c", 20), ("a", 7), ("a", 10)]);
    }

    #[tokio::test]
    async fn who_is_known_goes_before_all() {
        let turns = Turns::new(1, 2, 99);
        let first = turns.wait("x", Instant::now()).await.unwrap();
        let crowd = come(&turns, ["a", "b", "known 1", "c", "known 2"], |turns, who| async move {
            let known = who.starts_with("known");
            if known { turns.ahead().await } else { turns.wait(who, Instant::now()).await }
        })
        .await;
        assert!(turns.ahead().await.is_err(), "two of them wait at most");
        assert_eq!(crowd.served(first).await, ["known 1", "known 2", "c", "a", "b"]);
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let turns = Turns::new(1, 3, 5);
        let first = turns.wait("a", Instant::now()).await.unwrap();
        let mut tasks = vec![];
        for who in ["a", "a", "a", "b"] {
            let turns = turns.clone();
            tasks.push(tokio::spawn(async move { drop(turns.wait(who, Instant::now()).await.unwrap()) }));
            tokio::task::yield_now().await;
        }
        assert!(turns.wait("a", Instant::now()).await.is_err(), "three of a network wait at most");
        tasks.push(tokio::spawn({
            let turns = turns.clone();
            async move { drop(turns.wait("c", Instant::now()).await.unwrap()) }
        }));
        tokio::task::yield_now().await;
        assert!(turns.wait("b", Instant::now()).await.is_err(), "five wait in all");
        drop(first);
        for t in tasks {
            tokio::time::timeout(Duration::from_secs(5), t).await.unwrap().unwrap();
        }
        // Nothing is lost: the turn is there again.
        assert!(turns.wait("a", Instant::now()).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_makes_room_for_a_network_that_has_none_waiting() {
        let turns = Turns::new(1, 8, 3);
        let first = turns.wait("a", Instant::now()).await.unwrap();
        let wait = |who: &'static str| {
            let turns = turns.clone();
            tokio::spawn(async move { turns.wait(who, Instant::now()).await.map(|_| who) })
        };
        let mut crowd = vec![];
        for who in ["a", "a", "b"] {
            crowd.push(wait(who));
            tokio::task::yield_now().await;
        }
        assert!(turns.wait("b", Instant::now()).await.is_err());
        let late = wait("c");
        tokio::task::yield_now().await;
        drop(first);
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), late).await.unwrap().unwrap().unwrap(), "c");
        let mut done = vec![];
        for task in crowd {
            done.push(task.await.unwrap().is_ok());
        }
        assert_eq!(done, [true, false, true], "the last of the longest line stood back");
    }

    #[test]
    fn seats_are_bounded_and_given_back() {
        let seats = Seats::new(2, 3);
        let (one, _two) = (seats.take("a").unwrap(), seats.take("a").unwrap());
        assert!(seats.take("a").is_err());
        assert_eq!(seats.full(), ["a"]);
        let _three = seats.take("b").unwrap();
        assert!(seats.take("c").is_err());
        drop(one);
        assert!(seats.take("a").is_ok());
    }

    #[tokio::test]
    async fn who_goes_away_takes_no_turn_along() {
        let turns = Turns::new(1, 2, 4);
        let first = turns.wait("a", Instant::now()).await.unwrap();
        for _ in 0..10 {
            let waiting = tokio::spawn({
                let turns = turns.clone();
                async move { turns.wait("a", Instant::now()).await.map(drop) }
            });
            tokio::task::yield_now().await;
            waiting.abort();
            let _ = waiting.await;
        }
        drop(first);
        tokio::time::timeout(Duration::from_secs(5), turns.wait("b", Instant::now())).await.unwrap().unwrap();
        tokio::time::timeout(Duration::from_secs(5), turns.wait("c", Instant::now())).await.unwrap().unwrap();
    }
}
