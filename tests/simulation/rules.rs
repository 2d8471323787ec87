//! Each rule of the protocol is left out alone: then something has to be found broken that is not with it.

use super::board::Style;
use super::takeover::overtaken_after;
use kronos::rule::{Rule, without};
use std::panic::catch_unwind;

mod delivery;
mod guards;
mod memory;
mod time;

/// A story that ends well only because a rule holds: gives what was found broken.
type Story = fn() -> Vec<String>;

/// For each rule, the story that shows what it is good for.
fn story(rule: Rule) -> Story {
    match rule {
        Rule::DurableIntent => time::creations_killed_anywhere,
        Rule::OwnEpoch => || {
            overtaken_after(1, Style::Guild);
            Vec::new()
        },
        Rule::Deadline => time::requests_of_a_machine_that_stands_still,
        Rule::NotBegun => time::creations_just_before_the_event,
        Rule::OneRequest => time::updates_killed_anywhere,
        Rule::UnknownAfterCrash => time::creations_killed_anywhere,
        Rule::SettledCreation => delivery::a_tag_that_goes_and_comes_back_at_once,
        Rule::SettledAbsence => delivery::listings_and_looks_that_lag,
        Rule::FreshLook => delivery::listings_that_leave_out_an_item,
        Rule::FailedListing => memory::a_loss_and_a_service_that_cannot_be_listed,
        Rule::DriftRepair => delivery::a_person_s_edit,
        Rule::HighWater => memory::a_restore_and_a_deletion,
        Rule::Lineage => memory::another_database_and_a_deletion,
        Rule::SettleAfterLoss => || {
            let mut wrong = memory::losses_while_a_creation_is_under_way();
            wrong.extend(memory::losses_while_an_update_is_under_way());
            wrong
        },
        Rule::NoDeletionAfterLoss => memory::a_restore_and_a_deletion,
        Rule::AdoptionAfterLoss => memory::a_loss_and_an_edit,
        Rule::ReadAfterLoss => memory::a_restore_and_a_source_that_cannot_be_read,
        Rule::OwnOnly => delivery::a_person_s_copy_where_makers_are_named,
        Rule::ProvedOwn => delivery::a_person_s_copy_where_no_maker_is_named,
        Rule::Marker => memory::a_loss_and_a_person_s_item_with_a_link,
        Rule::CreationWindow => time::second_creations_killed_anywhere,
        Rule::KeepRecorded => delivery::a_second_item_that_appears_late,
        Rule::CompleteSnapshot => guards::a_deletion_and_a_reading_with_missing_pages,
        Rule::FreshProbe => guards::a_reading_that_is_empty_by_mistake,
        Rule::TwoSnapshots => guards::an_event_that_was_just_hidden,
        Rule::WaitWhileMissing => guards::an_event_that_was_hidden_before_it_was_created,
        Rule::DeletionLimit => guards::four_deletions_of_five,
        Rule::EmptySnapshot => guards::both_events_of_a_group_are_deleted,
        Rule::Configuration => guards::a_group_that_is_read_no_more,
        Rule::ExactApproval => guards::an_approval_and_four_more_deletions,
        Rule::PastUntouched => time::an_event_that_was_cut_short,
        Rule::Generation => delivery::an_edit,
        Rule::Quarantine => delivery::a_refused_creation,
        Rule::RefusalLimit => delivery::thirty_refused_creations,
        Rule::ClosedConsumer => delivery::a_token_that_is_not_valid,
        Rule::RetryAfter => delivery::a_service_that_asks_for_patience,
        Rule::Room => delivery::three_events_and_room_for_one,
        Rule::DryRun => delivery::a_dry_run,
    }
}

#[test]
fn without_any_one_rule_something_is_found_broken() {
    for rule in Rule::ALL {
        let story = story(*rule);
        assert_eq!(story(), Vec::<String>::new(), "{rule:?} holds");
        let without = catch_unwind(|| without(*rule, story));
        let Ok(found) = without else {
            println!("without {rule:?}: the run does not end as it should");
            continue;
        };
        let first = found.first();
        let first = first.unwrap_or_else(|| panic!("nothing notices that {rule:?} is left out"));
        println!("without {rule:?}: {first}");
    }
}
