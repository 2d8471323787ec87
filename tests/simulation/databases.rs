//! The databases in memory that histories are played with. Each is used again by the next history of its thread, since to open
//! one and to compile its statements takes as long as many runs.

use kronos::store::Store;
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    static SPARE: RefCell<Vec<Rc<RefCell<Store>>>> = const { RefCell::new(Vec::new()) };
}

/// One in which no run has ever been.
pub fn empty() -> Store {
    spare().anew().unwrap()
}

/// One that holds what `store` holds now, as a backup does.
pub fn copy_of(store: &Store) -> Store {
    store.duplicate(spare()).unwrap()
}

/// Nobody needs it any more.
pub fn give_back(store: Rc<RefCell<Store>>) {
    SPARE.with_borrow_mut(|spare| spare.push(store));
}

fn spare() -> Store {
    let spare = SPARE.with_borrow_mut(Vec::pop).and_then(Rc::into_inner);
    spare.map_or_else(|| Store::in_memory().unwrap(), RefCell::into_inner)
}
