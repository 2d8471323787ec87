//! How a request goes: whether it happens, when, and what is answered.

use super::SimConsumer;
use crate::simulation::board::{Landed, Request, Style};
use crate::simulation::oracle;
use crate::simulation::world::World;
use chrono::TimeDelta;
use kronos::consumer::Outcome;

/// How a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// It happened; the answer was lost.
    Unheard,
    /// It never happened; that was not told either.
    Lost,
    /// It happens later.
    Late,
    /// It happens later than any listing can wait for.
    Overdue,
    Limited,
    NotSent,
    Refused,
    Unauthorised,
    /// It happened; the answer does not name the item.
    Nameless,
}

impl SimConsumer {
    /// What goes wrong with this request.
    pub(super) fn fate(&self, world: &mut World, entry: usize, creates: bool) -> Fate {
        let board = &world.boards[self.index];
        if board.unauthorised {
            return Fate::Unauthorised;
        }
        if board
            .blocked_until
            .is_some_and(|at| at > world.kronos_now())
        {
            return Fate::Limited;
        }
        if board.poison.contains(&entry) {
            return Fate::Refused;
        }
        if let Some(fate) = world.script.pop_front() {
            return fate;
        }
        if !world.fails(|faults| faults.requests) {
            return Fate::Answered;
        }
        match world.rng.below(20) {
            0..=4 => Fate::Unheard,
            5..=7 => Fate::Lost,
            8 if creates && world.boards[self.index].style == Style::Guild => Fate::Overdue,
            8..=12 => Fate::Late,
            13..=14 => Fate::Limited,
            15..=16 => Fate::NotSent,
            17 => Fate::Refused,
            18 => Fate::Unauthorised,
            _ => Fate::Nameless,
        }
    }

    /// The request reaches the service, or not.
    pub(super) fn arrive(&self, fate: Fate, request: &Request) -> Outcome {
        let mut world = self.world.borrow_mut();
        let now = world.now;
        let unheard = || Outcome::Ambiguous("no answer in time".into());
        match fate {
            Fate::Answered | Fate::Unheard | Fate::Nameless => {
                let landed = world.boards[self.index].land(request, now);
                let outcome = match landed {
                    _ if fate == Fate::Unheard => unheard(),
                    Landed::Done(_) if fate == Fate::Nameless => applied(None),
                    Landed::Done(id) => applied(Some(id)),
                    Landed::Gone => Outcome::Gone("there is no such item".into()),
                    Landed::Full => Outcome::NoRoom("it holds as many as it takes".into()),
                    Landed::Impossible => Outcome::Refused("that is in the past".into()),
                };
                if matches!(outcome, Outcome::Gone(_) | Outcome::NoRoom(_)) {
                    world.run.refusals += 1;
                }
                outcome
            }
            Fate::Lost => unheard(),
            Fate::Late => {
                let latest = world.latest.num_milliseconds();
                let wait = TimeDelta::milliseconds(world.rng.between(0, latest));
                world.boards[self.index].lands_at(now + wait, request.clone());
                unheard()
            }
            Fate::Overdue => {
                let wait = world.settle + TimeDelta::seconds(world.rng.between(1, 3600));
                let request = Request {
                    overdue: true,
                    ..request.clone()
                };
                world.boards[self.index].lands_at(now + wait, request);
                unheard()
            }
            Fate::Limited => {
                let until = world.boards[self.index].blocked_until;
                let until = until
                    .filter(|at| *at > world.kronos_now())
                    .unwrap_or_else(|| {
                        world.kronos_now()
                            + TimeDelta::seconds(*world.rng.pick(&[1, 30, 600, 7200]))
                    });
                let board = &mut world.boards[self.index];
                board.blocked_until = Some(until);
                board.not_before.insert(request.key.clone(), until);
                self.ready.set(Some(until));
                world.run.refusals += 1;
                Outcome::Later {
                    retry_at: Some(until),
                    reason: "too many requests".into(),
                }
            }
            Fate::NotSent => Outcome::Later {
                retry_at: None,
                reason: "no connection".into(),
            },
            Fate::Refused => {
                world.run.refusals += 1;
                Outcome::Refused("it is not to the service's taste".into())
            }
            Fate::Unauthorised => {
                world.boards[self.index].unauthorised = true;
                world.run.refusals += 1;
                oracle::unauthorised(&mut world, self.index);
                Outcome::Unauthorised("the token is not valid".into())
            }
        }
    }
}

pub(super) fn applied(remote_id: Option<String>) -> Outcome {
    Outcome::Applied {
        remote_id,
        remote_url: None,
        note: None,
    }
}
