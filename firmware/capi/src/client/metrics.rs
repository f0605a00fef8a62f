//! `signalingClientGetMetrics` (spec §7).

use kvs_signaling::Metrics as Core;

use super::Client;
use super::shared::Counted;
use crate::abi::stats::{Metrics, Stats};
use crate::abi::{PER_MS, Status};

impl Client {
    /// Fills the stats; those of version 1 only when the caller knows that version.
    pub(crate) fn metrics(&self, metrics: &mut Metrics) -> Result<(), Status> {
        let _inside = self.enter()?;
        let core = self.look(|looked| looked.metrics)?;
        let counted = self.lock().counted;
        let stats = version_0(&core, counted);
        metrics.stats = if metrics.version == 0 { stats } else { version_1(stats, &core, counted) };
        // A newer program's struct begins with this one.
        metrics.version = metrics.version.min(1);
        Ok(())
    }

    /// A call with bad arguments on a good handle.
    pub(crate) fn count_error(&self) {
        self.lock().counted.errors += 1;
    }
}

fn version_0(core: &Core, counted: Counted) -> Stats {
    Stats {
        cp_api_call_latency: core.control_plane_latency_100ns,
        dp_api_call_latency: core.data_plane_latency_100ns,
        signaling_client_uptime: core.uptime_ms * PER_MS,
        connection_duration: core.connection_ms * PER_MS,
        number_of_messages_sent: core.messages_sent,
        number_of_messages_received: core.messages_received,
        ice_refresh_count: core.ice_refreshes,
        number_of_errors: counted.errors,
        number_of_runtime_errors: counted.runtime_errors,
        number_of_reconnects: core.reconnects,
        api_call_retry_count: core.retries,
        ..Stats::default()
    }
}

fn version_1(stats: Stats, core: &Core, counted: Counted) -> Stats {
    Stats {
        describe_channel_start_ms: core.describe.start_unix_ms,
        describe_channel_end_ms: core.describe.end_unix_ms,
        get_endpoint_start_ms: core.endpoint.start_unix_ms,
        get_endpoint_end_ms: core.endpoint.end_unix_ms,
        get_ice_config_start_ms: core.ice_config.start_unix_ms,
        get_ice_config_end_ms: core.ice_config.end_unix_ms,
        get_token_start_ms: counted.token_start_ms,
        get_token_end_ms: counted.token_end_ms,
        create_channel_start_ms: core.create.start_unix_ms,
        create_channel_end_ms: core.create.end_unix_ms,
        connect_start_ms: core.connect.start_unix_ms,
        connect_end_ms: core.connect.end_unix_ms,
        get_token_call_ms: counted.token_ms,
        describe_call_ms: core.describe.took_ms,
        describe_media_call_ms: core.media_storage.took_ms,
        create_call_ms: core.create.took_ms,
        get_endpoint_call_ms: core.endpoint.took_ms,
        get_ice_config_call_ms: core.ice_config.took_ms,
        connect_call_ms: core.connect.took_ms,
        join_session_call_ms: core.join_storage.took_ms,
        create_client_ms: counted.create_ms,
        fetch_client_ms: counted.fetch_ms,
        connect_client_ms: counted.connect_ms,
        offer_to_answer_ms: core.offer_to_answer_ms,
        offer_received_time: offer_received(counted),
        answer_time_ms: counted.answer_ms,
        join_session_to_offer_time: core.join_to_offer_ms * PER_MS,
        ..stats
    }
}

/// 100 ns until the offer is answered, ms from then on: as the SDK leaves it, but only once per offer.
fn offer_received(counted: Counted) -> u64 {
    let ms = counted.offer_received_ms;
    if counted.answer_ms >= ms { ms } else { ms * PER_MS }
}
