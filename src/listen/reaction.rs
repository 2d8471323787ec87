//! Commands that messages start: at once, one at a time, and once more after a burst.

use super::rule::Pattern;
use std::collections::VecDeque;

/// What a message of a certain tag starts.
#[derive(Debug, Clone)]
pub struct Reaction {
    /// The tags that are meant.
    pub tag: Pattern,
    /// A command of kronos with its arguments, such as `sync`.
    pub run: Vec<String>,
}

/// The commands that wait. Pure: who runs them asks for the next when one has ended.
#[derive(Debug, Default)]
pub struct Queue(VecDeque<Vec<String>>);

impl Queue {
    /// Wants `run` to be run after now. Wanted twice before it begins, it runs once: it will see all that both were about.
    pub fn ask(&mut self, run: &[String]) {
        if !self.0.iter().any(|waiting| waiting == run) {
            self.0.push_back(run.into());
        }
    }

    /// What is to begin now. From here on, the same may be wanted again.
    pub fn begin(&mut self) -> Option<Vec<String>> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_runs_once_and_what_comes_during_the_run_once_more() {
        let (sync, full) = (
            vec!["sync".to_owned()],
            vec!["sync".into(), "--full".into()],
        );
        let mut queue = Queue::default();
        queue.ask(&sync);
        queue.ask(&sync);
        queue.ask(&full);
        assert_eq!(queue.begin(), Some(sync.clone()));
        for _ in 0..100 {
            queue.ask(&sync);
        }
        assert_eq!(queue.begin(), Some(full));
        assert_eq!(queue.begin(), Some(sync));
        assert_eq!(queue.begin(), None);
    }
}
