//! What a session does, one file per behaviour: the file's name is the claim.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks at the variants it is about")]

mod a_certificate_stands_for_credentials;
mod a_close_of_the_service_is_answered_and_left;
mod a_connection_can_wait_and_a_channel_be_deleted;
mod a_damaged_cache_is_ignored;
mod a_link_that_only_looks_alive_is_given_up;
#[cfg(kvs_mutants)]
mod a_mutant_misbehaves;
mod a_refusal_is_put_right_where_it_can_be;
mod a_stop_leaves_in_order;
mod a_wrong_clock_is_corrected;
mod any_order_of_inputs_is_survived;
mod back_off_grows_until_a_connection_is_stable;
mod credentials_are_renewed_before_they_end;
mod each_connect_is_signed_afresh;
mod every_split_reads_the_same;
mod first_connect_walks_the_chain;
mod go_away_moves_within_its_grace;
mod ice_servers_are_fresh;
mod it_counts_what_the_c_sdk_counts;
mod it_is_small_and_quick;
mod no_message_is_lost_in_silence;
mod offers_can_carry_the_ice_servers;
mod old_links_are_ignored;
mod support;
mod the_service_offers_in_a_storage_session;
mod the_state_table_is_as_reviewed;
mod what_cannot_work_is_refused;
mod what_comes_twice_is_delivered_once;
