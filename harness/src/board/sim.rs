//! The device code in this process, on virtual time and in-memory links.

use super::{Board, BoardError, Device, Ear, Image, Reach, Spec};

/// The board `sim`.
pub struct Sim {
    spec: Spec,
}

impl Sim {
    /// The board.
    pub fn new(spec: Spec) -> Self {
        Self { spec }
    }
}

impl Board for Sim {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        let this = std::env::current_exe().map_err(|error| BoardError(error.to_string()))?;
        Ok(Image { path: None, hash: Image::of(&this)?.hash })
    }

    fn start(&self, _reach: Reach, _seed: u64, _ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        Err(BoardError("not yet".into()))
    }
}
