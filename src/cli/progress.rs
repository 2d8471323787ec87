//! A progress bar, on a terminal only, when there is something to wait for.

use crate::sync::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::OnceCell;

/// Drawn on standard error; indicatif draws nothing where that is no terminal.
#[derive(Default)]
pub(super) struct Bar(OnceCell<ProgressBar>);

impl Bar {
    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = self.0.get() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn expect(&self, operations: usize) {
        if operations > 0 {
            let bar = ProgressBar::with_draw_target(
                Some(operations as u64),
                ProgressDrawTarget::stderr(),
            );
            if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len}  {elapsed}") {
                bar.set_style(style);
            }
            let _ = self.0.set(bar);
        }
    }

    fn advance(&self) {
        if let Some(bar) = self.0.get() {
            bar.inc(1);
        }
    }
}
