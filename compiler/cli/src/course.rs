//! The course of a world: what it holds before the first block, and the blocks.

use crate::blockfile::{self, Draft};
use crate::directory::Directory;
use crate::failure::{Complaint, Failure};
use crate::funds::fund;
use crate::workload::Workload;
use crate::workload::fill::fill;
use crate::workload::generate::generate;
use mc_runtime::{Block, World};

/// What happens in a world in which an app stands.
#[derive(Default)]
pub struct Course {
    /// Whose cells are set before the first block, and the seed of what is random in them.
    filled: Option<(Workload, u64)>,
    /// What `now` is when the app is deployed, and in the first block.
    pub time: u64,
    /// The blocks as they are written; none for those in binary form.
    pub drafts: Vec<Draft>,
    /// The blocks, first to last.
    pub blocks: Vec<Block>,
}

impl Course {
    /// What a workload sets, sets up and sends.
    ///
    /// # Errors
    /// Whatever of it does not fit the app.
    pub fn of_workload(workload: Workload, directory: &Directory<'_>, seed: u64) -> Result<Self, Failure> {
        let drafts = generate(&workload, directory, seed).map_err(Failure::Unable)?;
        let course = Self::of_drafts(drafts, directory, &workload.path)?;
        Ok(Self { filled: Some((workload, seed)), ..course })
    }

    /// The blocks that the file at `path` holds as JSON lines.
    ///
    /// # Errors
    /// Every line that names what the app does not have.
    pub fn of_drafts(drafts: Vec<Draft>, directory: &Directory<'_>, path: &str) -> Result<Self, Failure> {
        let blocks = blockfile::resolve(&drafts, directory, path).map_err(Failure::Unable)?;
        Ok(Self { drafts, ..Self::of_blocks(blocks) })
    }

    /// Blocks that were in binary form.
    #[must_use]
    pub fn of_blocks(blocks: Vec<Block>) -> Self {
        let time = blocks.first().map_or(0, |block| block.time);
        Self { time, blocks, ..Self::default() }
    }

    /// The same without the last block: of a workload, what it sets and sets up, without what it sends.
    #[must_use]
    pub fn without_last(mut self) -> Self {
        self.drafts.pop();
        self.blocks.pop();
        self
    }

    /// Brings a world in which the app has just been deployed to where the first block finds it: sets the cells that
    /// the workload names and funds the accounts that the blocks name.
    ///
    /// # Errors
    /// If the workload or an account does not fit the app, or the accounts had more coins than there can be.
    pub fn prepare(&self, world: &mut World, directory: &Directory<'_>) -> Result<(), Complaint> {
        if let Some((workload, seed)) = &self.filled {
            fill(world, directory, workload, *seed)?;
        }
        fund(world, directory, &self.drafts, &self.blocks)
    }
}
