//! What must stand at the consumers once faults stopped.

use super::deliveries;
use crate::simulation::board::{Board, Origin, Remote, Style};
use crate::simulation::source::Entry;
use crate::simulation::world::World;
use kronos::consumer::Field;
use kronos::delivery::{Delivery, State};
use kronos::event::Status;
use kronos::store::Store;

/// What a service never gives back is compared with what was applied last; once the database was lost, nobody knows that, and
/// an item that was adopted may show an older text or picture until the event changes again.
const UNSEEN_AFTER_LOSS: [(Style, Field); 2] = [
    (Style::Guild, Field::Picture),
    (Style::City, Field::Description),
];

/// I5: once faults stopped, exactly one own and equal item for each desired event, and none for the others.
pub fn comes_to_rest(world: &mut World, store: &Store) {
    let now = world.now;
    let mut problems = Vec::new();
    for board in &world.boards {
        let all: Vec<Delivery> = deliveries(store, &board.target()).collect();
        for entry in &world.source.entries {
            let delivery = all
                .iter()
                .find(|delivery| delivery.key.as_str() == entry.url());
            // What is recorded as a person's own, whether its event is over by now or not, is not recorded as ours.
            let owned = delivery.filter(|delivery| delivery.owns_item());
            let recorded = owned.and_then(|delivery| delivery.remote_id.clone());
            let own: Vec<&Remote> = board
                .live(now)
                .filter(|item| item.origin == Origin::Kronos(entry.index))
                .filter(|item| item.marker.is_some() || recorded.as_ref() == Some(&item.id))
                // What a lost database knew is out of reach where nothing can be listed.
                .filter(|item| {
                    let is_known = board.style.is_listed() || recorded.as_ref() == Some(&item.id);
                    is_known || !world.forgotten
                })
                .collect();
            // After a loss it counts as another installation's in the same way under the event's former address.
            let is_anothers = |item: &&&Remote| {
                let is_former = item.marker.as_ref() != Some(&entry.url());
                world.forgotten && board.style == Style::City && is_former
            };
            // What a lost database knew of an item under a former address is the item of an event that nobody knows: once that has
            // begun there, it is not deleted any more.
            let is_out_of_reach = |item: &&&Remote| {
                let is_former = item.marker.as_ref() != Some(&entry.url());
                world.forgotten && is_former && item.begins <= now
            };
            let is_elsewhere = world.elsewhere.contains(&entry.index);
            let own: Vec<&Remote> = own
                .iter()
                .filter(|item| {
                    let is_left = is_elsewhere && is_anothers(item) || is_out_of_reach(item);
                    recorded.as_ref() == Some(&item.id) || !is_left
                })
                .copied()
                .collect();
            let linked = board
                .live(now)
                .any(|item| item.origin == Origin::Person && item.links.contains(&entry.url()));
            let state = delivery.map(|delivery| delivery.state);
            // Where no maker is named, an item that a lost database no longer knows counts as another installation's once its
            // event was seen in a group that is not read here, and stays so.
            let is_another_s = world.forgotten
                && board.style == Style::City
                && recorded.is_none()
                && world.elsewhere.contains(&entry.index);
            if is_another_s {
                continue;
            }
            // An operator was told of it, by its address or a former one, and may look: it stands there at most once.
            let is_left = |known: &Delivery| {
                let of = world.source.of_marker(known.key.as_str());
                known.state == State::Conflict && of.is_some_and(|of| of.index == entry.index)
            };
            if board.style == Style::Blind && own.len() <= 1 && all.iter().any(is_left) {
                continue;
            }
            // A database that was lost counts from one again, and what a receiver knows already it does not take once more.
            if world.forgotten && board.dropped.contains(&entry.index) {
                continue;
            }
            if let Some(problem) = unrest(world, board, entry, &own, linked) {
                problems.push(format!(
                    "{} {problem} (its delivery is {state:?})",
                    board.name
                ));
            }
        }
    }
    for problem in problems {
        world.broken("I5", problem);
    }
}

fn unrest(
    world: &World,
    board: &Board,
    entry: &Entry,
    own: &[&Remote],
    linked: bool,
) -> Option<String> {
    let now = world.now;
    let index = entry.index;
    let event = entry.event();
    let rendering = board.render(world.configured.rendering, &event);
    let desired = world.shows(entry) && board.wants(entry);
    if world.forgotten && !world.configured.groups[entry.group] {
        return None; // Nothing tells that its item is not another installation's, which reads that group.
    }
    let ahead: Vec<_> = own.iter().filter(|item| item.begins > now).collect();
    if rendering.ends <= now || !desired {
        // Whether it shows as if it lay ahead, or has begun there, is out of reach where a change was not heard of.
        if board.unheard.contains(&index) {
            return None;
        }
        // Nothing is sent of what is over: what a restored database does not know stays where nothing can be listed.
        if desired && !board.style.is_listed() && board.forgotten.contains(&index) {
            return None;
        }
        let left = ahead.iter().map(|item| &*item.id).collect::<Vec<_>>();
        return (!left.is_empty()).then(|| format!("still shows event {index}: {left:?}"));
    }
    if entry.status == Status::Cancelled {
        let left = ahead.iter().filter(|item| !item.cancelled).count();
        return (left > 0).then(|| format!("still shows event {index} as if it took place"));
    }
    if rendering.begins <= now {
        return None; // It has begun: neither created nor deleted.
    }
    match own {
        [] if linked || board.plundered.contains(&index) => None,
        [] if rendering.opens.is_some_and(|opens| opens > world.run.began) => None,
        [] if board.style == Style::Guild && board.live(now).count() >= board.room => None,
        [] => Some(format!("lacks event {index}")),
        [item] => {
            // No service moves the beginning of what has begun.
            let has_begun = item.begins <= now;
            let is_judged = |field: Field| {
                field != Field::Publication
                    && !(has_begun && field == Field::Begins)
                    && !(world.forgotten && UNSEEN_AFTER_LOSS.contains(&(board.style, field)))
            };
            let fields = rendering
                .fields
                .iter()
                .filter(|(field, _)| is_judged(**field));
            let different: Vec<_> = fields
                .filter(|(field, text)| item.fields.get(field) != Some(text))
                .collect();
            if !different.is_empty() {
                return Some(format!(
                    "shows event {index} differently: {different:?} in {}",
                    item.id
                ));
            }
            if item.cancelled || (item.draft && !rendering.draft) {
                return Some(format!("does not show event {index} in public"));
            }
            None
        }
        _ => Some(format!("shows event {index} {} times", own.len())),
    }
}
