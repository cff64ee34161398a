//! What is timed: an app with its workload, deployed once, and the blocks that are generated for it.

use crate::args::Generate;
use crate::blockfile::CHAIN;
use crate::command::shape::{shaped, workload};
use crate::compile::{self, Built};
use crate::course::Course;
use crate::deploy::deploy;
use crate::directory::Directory;
use crate::failure::{Complaint, Failure};
use crate::funds::fund;
use crate::output::{Format, Output};
use crate::play::Player;
use crate::project::Project;
use crate::workload::fill::fill;
use crate::workload::{Workload, parse};
use mc_compiler::tree::App;
use mc_runtime::{Block, World};
use std::path::Path;
use std::sync::Arc;

/// A compiled project with one of its workloads.
pub struct Stage {
    built: Built,
    wanted: Option<String>,
    /// What is sent.
    pub workload: Workload,
}

impl Stage {
    /// A workload of an embedded example.
    ///
    /// # Errors
    /// If there is none.
    pub fn embedded(example: &str, file: &str) -> Result<Self, Failure> {
        let missing = || Failure::unable(format!("`{example}/{file}` is not embedded"));
        let project = mc_stdlib::example(example).ok_or_else(missing)?;
        let workload = parse::parse(file, project.text(file).ok_or_else(missing)?)?;
        Ok(Self { built: compile::embedded(project)?, wanted: None, workload })
    }

    /// The workload of a project.
    ///
    /// # Errors
    /// If it has mistakes or no workload.
    pub fn of_project(directory: &Path, format: Format, output: &mut Output) -> Result<Self, Failure> {
        let project = Project::in_directory(directory)?;
        let built = compile::build(&project, format, output)?;
        let workload = workload(&project, &Generate::default())?;
        Ok(Self { built, wanted: project.app, workload })
    }

    /// The app.
    ///
    /// # Errors
    /// If it is not clear which is meant.
    pub fn app(&self) -> Result<&App, Complaint> {
        self.built.app(self.wanted.as_deref())
    }

    /// Deploys the app and sets the cells that the workload names.
    ///
    /// # Errors
    /// If the workload does not fit the app.
    pub fn open(&self, seed: u64) -> Result<Opened<'_>, Failure> {
        let app = self.app()?;
        let directory = Directory::new(app, &self.built.compiled, CHAIN);
        let mut world = deploy(app, &self.built.compiled, &directory, self.workload.shape.time)?;
        fill(&mut world, &directory, &self.workload, seed)?;
        Ok(Opened { workload: &self.workload, directory, world, seed })
    }
}

/// A deployed app.
pub struct Opened<'s> {
    workload: &'s Workload,
    directory: Directory<'s>,
    /// The world before any block.
    pub world: World,
    seed: u64,
}

/// A block and the world it is executed on.
pub struct Scene {
    /// The world.
    pub world: World,
    /// The block.
    pub block: Arc<Block>,
}

impl Opened<'_> {
    /// The workload that it was opened with.
    pub fn workload(&self) -> &Workload {
        self.workload
    }

    /// The workload's block with the shape that the flags ask for, behind its set-up.
    ///
    /// # Errors
    /// If the workload does not fit the app.
    pub fn scene(&self, flags: &Generate) -> Result<Scene, Failure> {
        self.scene_of(shaped(self.workload.clone(), flags)?)
    }

    /// The block of another workload of the same app.
    ///
    /// # Errors
    /// If the workload does not fit the app.
    pub fn scene_of(&self, workload: Workload) -> Result<Scene, Failure> {
        let mut course = Course::of_workload(workload, &self.directory, self.seed)?;
        let mut world = self.world.clone();
        fund(&mut world, &self.directory, &course.drafts, &course.blocks)?;
        let measured = course.blocks.pop().ok_or_else(|| Complaint::new("the workload sends nothing"))?;
        let player = Player::new()?;
        for block in course.blocks {
            player.play(&mut world, block)?;
        }
        Ok(Scene { world, block: Arc::new(measured) })
    }
}

impl Scene {
    /// The same block on the state that it leaves: whatever it touches is there.
    ///
    /// # Errors
    /// If the block cannot be executed.
    pub fn again(mut self) -> Result<Self, Failure> {
        Player::new()?.play(&mut self.world, self.block.clone())?;
        Ok(self)
    }
}
