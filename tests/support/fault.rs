//! What can go wrong at one exchange, when, and how a test waits for it without sleeping.

use super::exchange::{Reply, Request};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long a test waits for something that must happen before it is called a failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What happens to an exchange instead of an honest answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection closes; the request is not handled.
    CloseBefore,
    /// The request is handled; the connection closes without a byte.
    CloseAfter,
    /// The request is handled; only so many bytes of the answer are sent.
    Cut(usize),
    /// This is answered; the request is not handled.
    Answer(Reply),
    /// The request is handled; this is answered instead.
    AppliedThen(Reply),
    /// These bytes are sent and the connection closes; the request is not handled.
    Raw(Vec<u8>),
    /// The request is handled; the honest answer is sent in these bytes instead, and the connection closes.
    Altered(fn(&Reply) -> Vec<u8>),
    /// The request is handled or not, these bytes are sent, and then the exchange goes on like this.
    Wire {
        applied: bool,
        bytes: Vec<u8>,
        end: End,
    },
    /// Nothing is handled or answered until the latch opens.
    HoldBefore(Latch),
    /// The request is handled, and answered when the latch opens.
    HoldAfter(Latch),
    /// The request is handled and honestly answered, and connections are refused from then on.
    Leave,
    /// The process dies (SIGKILL), then the connection closes; the request is not handled.
    KillBefore(Victim),
    /// The request is handled, then the process dies before a byte is sent.
    KillAfter(Victim),
}

/// How an exchange goes on after its scripted bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The connection closes.
    Close,
    /// Nothing more is sent until the peer closes.
    Silence,
    /// This byte follows every few milliseconds until the peer closes.
    Drip(u8),
}

impl Fault {
    /// 429 with `Retry-After` in seconds and a body in Discord's form.
    pub fn limited(seconds: u32) -> Self {
        let body = serde_json::json!({"message": "You are being rate limited.", "retry_after": f64::from(seconds), "global": false});
        Self::Answer(Reply::json(429, &body).header("retry-after", seconds))
    }

    /// 500 with a page, handled nonetheless.
    pub fn applied_then_500() -> Self {
        Self::AppliedThen(Reply::html(500, "500 Internal Server Error"))
    }

    /// 502 with a proxy's page, handled nonetheless.
    pub fn applied_then_502() -> Self {
        Self::AppliedThen(Reply::html(502, "502 Bad Gateway"))
    }

    /// The latch, if this fault holds one.
    pub fn latch(&self) -> Option<&Latch> {
        match self {
            Self::HoldBefore(latch) | Self::HoldAfter(latch) => Some(latch),
            _ => None,
        }
    }
}

type Test = Box<dyn Fn(&Request) -> bool + Send>;

/// Which exchanges a fault hits: those that a test accepts, from its nth match on, so many times (once unless said otherwise).
pub struct When {
    test: Test,
    skip: usize,
    left: usize,
}

impl When {
    /// Requests that `test` accepts.
    pub fn that(test: impl Fn(&Request) -> bool + Send + 'static) -> Self {
        Self {
            test: Box::new(test),
            skip: 0,
            left: 1,
        }
    }

    /// The server's `number`th exchange, from 1.
    pub fn exchange(number: usize) -> Self {
        Self::that(move |request| request.number == number)
    }

    /// The next exchange, whatever it is.
    pub fn next() -> Self {
        Self::that(|_| true)
    }

    /// Requests of that method whose path contains `part`.
    pub fn request(method: &str, part: &str) -> Self {
        let (method, part) = (method.to_owned(), part.to_owned());
        Self::that(move |request| request.method == method && request.path.contains(&part))
    }

    /// GraphQL requests that select `field` at their root: a mutation's or a query's name.
    pub fn field(field: &str) -> Self {
        let field = field.to_owned();
        Self::that(move |request| request.asks_for(&field))
    }

    /// Only from the `nth` match on, from 1.
    pub fn nth(mut self, nth: usize) -> Self {
        self.skip = nth - 1;
        self
    }

    /// So many times.
    pub fn times(mut self, times: usize) -> Self {
        self.left = times;
        self
    }

    /// Every time.
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Whether it hits now; counts the match.
    pub fn hits(&mut self, request: &Request) -> bool {
        if self.left == 0 || !(self.test)(request) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.left -= 1;
        true
    }
}

/// A gate between a test and an exchange: the exchange stops at it until the test opens it.
#[derive(Debug, Clone, Default)]
pub struct Latch(Arc<Gate>);

#[derive(Debug, Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    reached: bool,
    open: bool,
}

impl Latch {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until an exchange stands at the gate.
    pub fn wait_until_reached(&self) {
        let state = self.0.state.lock().unwrap();
        let (state, _) = self
            .0
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !state.reached)
            .unwrap();
        assert!(state.reached, "no exchange came to the latch");
    }

    /// Lets the exchange, and all that follow, go on.
    pub fn open(&self) {
        self.0.state.lock().unwrap().open = true;
        self.0.changed.notify_all();
    }

    /// Stands at the gate until it opens.
    pub fn pass(&self) {
        let mut state = self.0.state.lock().unwrap();
        state.reached = true;
        self.0.changed.notify_all();
        drop(
            self.0
                .changed
                .wait_while(state, |state| !state.open)
                .unwrap(),
        );
    }
}

/// A process that an exchange can kill. It may be named before it is started.
#[derive(Debug, Clone, Default)]
pub struct Victim(Arc<(Mutex<Option<Child>>, Condvar)>);

impl Victim {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the process.
    pub fn is(&self, child: Child) {
        *self.0.0.lock().unwrap() = Some(child);
        self.0.1.notify_all();
    }

    /// SIGKILL, and waits until the process is dead.
    pub fn kill(&self) {
        let child = self.0.0.lock().unwrap();
        let (mut child, _) = self
            .0
            .1
            .wait_timeout_while(child, PATIENCE, |child| child.is_none())
            .unwrap();
        let child = child.as_mut().expect("a process to kill was named");
        let _ = child.kill();
        child.wait().unwrap();
    }

    /// How it ended, `None` while it runs.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.0.0.lock().unwrap().as_mut()?.try_wait().unwrap()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.0.lock().unwrap().as_ref().unwrap().id()
    }
}
