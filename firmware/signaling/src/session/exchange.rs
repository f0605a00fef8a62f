//! One HTTP request and its response, in the one lent buffer that both use.

use crate::event::Api;
use crate::time::Instant;
use crate::wire::http1::{HttpError, Progress, ResponseReader};

/// A call under way, on whichever link carries it.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) api: Api,
    /// When its link was ready for it; from then on it is limited in time.
    pub(super) started: Instant,
    stage: Stage,
    pub(super) reader: ResponseReader,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// To be written and signed the moment the link takes it, so that its date is fresh.
    Unbuilt,
    Writing {
        len: usize,
        sent: usize,
    },
    /// The response has begun, and lies over what may have been left of the request.
    Reading {
        whole: bool,
    },
}

impl Exchange {
    pub(super) const fn new(api: Api, now: Instant) -> Self {
        Self { api, started: now, stage: Stage::Unbuilt, reader: ResponseReader::new() }
    }

    pub(super) fn is_unbuilt(&self) -> bool {
        self.stage == Stage::Unbuilt
    }

    pub(super) fn built(&mut self, len: usize, now: Instant) {
        self.stage = Stage::Writing { len, sent: 0 };
        self.started = now;
    }

    /// What is left of the request.
    pub(super) fn unsent<'h>(&self, http: &'h [u8]) -> &'h [u8] {
        match self.stage {
            Stage::Writing { len, sent } => http.get(sent..len).unwrap_or_default(),
            Stage::Unbuilt | Stage::Reading { .. } => &[],
        }
    }

    pub(super) fn sent(&mut self, n: usize) {
        if let Stage::Writing { len, sent } = self.stage {
            self.stage = Stage::Writing { len, sent: sent.saturating_add(n).min(len) };
        }
    }

    /// No byte of a response has come.
    pub(super) fn is_unanswered(&self) -> bool {
        !matches!(self.stage, Stage::Reading { .. })
    }

    /// The whole request went out before the response began, so that the link is in step.
    pub(super) fn was_whole(&self) -> bool {
        self.stage == (Stage::Reading { whole: true })
    }

    /// Takes bytes of the response: whether that completes it, and how many it took. `outstanding`:
    /// the rest of the request is offered and not reported written; the answer may be faster.
    pub(super) fn receive(
        &mut self,
        http: &mut [u8],
        bytes: &[u8],
        outstanding: bool,
    ) -> Result<(bool, usize), HttpError> {
        if let Stage::Writing { len, sent } = self.stage {
            self.stage = Stage::Reading { whole: outstanding || sent >= len };
        }
        if self.is_unbuilt() {
            return Err(HttpError::Malformed);
        }
        let (progress, taken) = self.reader.feed(http, bytes)?;
        Ok((progress == Progress::Complete, taken))
    }
}
