//! The figures as SVG.

use super::model::{Comparison, Paper, Split};
use crate::failure::Failure;
use mc_runtime::Strategy;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use std::ops::Range;
use std::path::Path;

/// The size of a figure.
const SIZE: (u32, u32) = (720, 440);
/// Colours that stay apart for those who see few of them, and in grey: one for each strategy, in every figure.
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 0, 0),
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];

/// The colour of a strategy, or of a line that is none.
fn colour(name: &str, place: usize) -> RGBColor {
    let place = Strategy::ALL.iter().position(|strategy| strategy.name() == name).unwrap_or(place);
    COLOURS.get(place % COLOURS.len()).copied().unwrap_or(BLACK)
}

/// A line of a figure.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

/// A figure.
struct Figure<'f> {
    title: &'f str,
    across: &'f str,
    up: &'f str,
    /// Where there is room for what the lines are called.
    legend: SeriesLabelPosition,
    lines: Vec<Line>,
}

/// Draws every figure into a directory, and gives the names of the files.
pub(super) fn write(paper: &Paper, directory: &Path) -> Result<Vec<&'static str>, Failure> {
    let figure_5 = Figure {
        title: "Figure 5: split time of 2000 transactions",
        across: "shared variables in a transaction",
        up: "milliseconds",
        legend: SeriesLabelPosition::UpperLeft,
        lines: splits(&paper.figure_5, |split| split.variables as f64),
    };
    let figure_6 = Figure {
        title: "Figure 6: split time with 5 shared variables",
        across: "transactions in the block",
        up: "milliseconds",
        legend: SeriesLabelPosition::UpperLeft,
        lines: splits(&paper.figure_6, |split| split.transactions as f64),
    };
    let figure_7 = Figure {
        title: "Figure 7: serial and parallel, 5 µs of work, without digests",
        across: "transactions in the block",
        up: "milliseconds",
        legend: SeriesLabelPosition::UpperLeft,
        lines: times(&paper.figure_7, "5 µs"),
    };
    let saved = Figure {
        title: "Saved of the serial time by dag, without digests",
        across: "transactions in the block",
        up: "percent",
        legend: SeriesLabelPosition::LowerRight,
        lines: saved(&paper.figure_7),
    };
    let write = |figure: &Figure<'_>, name: &'static str, scale: Scale| {
        let path = directory.join(name);
        figure
            .draw(&path, scale)
            .map_err(|why| Failure::unable(format!("cannot draw `{}`: {why}", path.display())))?;
        Ok::<&'static str, Failure>(name)
    };
    Ok(vec![
        write(&figure_5, "figure-5.svg", Scale::LogarithmicUp)?,
        write(&figure_6, "figure-6.svg", Scale::Logarithmic)?,
        write(&figure_7, "figure-7.svg", Scale::Linear)?,
        write(&saved, "saved.svg", Scale::Linear)?,
    ])
}

fn splits(splits: &[Split], size: fn(&Split) -> f64) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for split in splits {
        put(&mut lines, &split.strategy, (size(split), split.us.median / 1000.0));
    }
    lines
}

fn times(rows: &[Comparison], work: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows.iter().filter(|row| row.work == work) {
        for result in &row.results {
            put(&mut lines, &result.strategy, (row.transactions as f64, result.us.median / 1000.0));
        }
    }
    lines
}

fn saved(rows: &[Comparison]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        if let Some(result) = row.result("dag") {
            put(&mut lines, &row.work, (row.transactions as f64, result.saved_percent.median));
        }
    }
    lines
}

fn put(lines: &mut Vec<Line>, name: &str, point: (f64, f64)) {
    match lines.iter_mut().find(|line| line.name == name) {
        Some(line) => line.points.push(point),
        None => lines.push(Line { name: name.to_owned(), points: vec![point] }),
    }
}

/// How the axes are divided.
#[derive(Clone, Copy)]
enum Scale {
    Linear,
    LogarithmicUp,
    Logarithmic,
}

/// A text for whatever goes wrong in the drawing.
fn failed(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Figure<'_> {
    fn draw(&self, path: &Path, scale: Scale) -> Result<(), String> {
        let (across, up) = self.ranges(scale);
        match scale {
            Scale::Linear => self.draw_on(path, across, up),
            Scale::LogarithmicUp => self.draw_on(path, across, up.log_scale()),
            Scale::Logarithmic => self.draw_on(path, across.log_scale(), up.log_scale()),
        }
    }

    /// What the axes show: from zero where they are linear, unless something is below it.
    fn ranges(&self, scale: Scale) -> (Range<f64>, Range<f64>) {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let least = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(0.0, f64::max);
        let (right, top) = (most(|it| it.0).max(1.0), most(|it| it.1).max(1e-3));
        let (left, bottom) = (least(|it| it.0).min(right), least(|it| it.1).min(top));
        match scale {
            Scale::Linear => (0.0..right * 1.02, bottom.min(0.0) * 1.1..top * 1.1),
            Scale::LogarithmicUp => (0.0..right * 1.02, bottom * 0.5..top * 2.0),
            Scale::Logarithmic => (left * 0.9..right * 1.1, bottom * 0.5..top * 2.0),
        }
    }

    fn draw_on<X, Y>(
        &self,
        path: &Path,
        across: impl AsRangedCoord<CoordDescType = X, Value = f64>,
        up: impl AsRangedCoord<CoordDescType = Y, Value = f64>,
    ) -> Result<(), String>
    where
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let area = SVGBackend::new(path, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 20))
            .margin(14)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(across, up)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .x_desc(self.across)
            .y_desc(self.up)
            .x_label_formatter(&|number| plain(*number))
            .y_label_formatter(&|number| plain(*number))
            .light_line_style(WHITE)
            .label_style(("sans-serif", 14))
            .axis_desc_style(("sans-serif", 15))
            .draw()
            .map_err(failed)?;
        for (place, line) in self.lines.iter().enumerate() {
            let style = colour(&line.name, place).stroke_width(2);
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), style).point_size(3))
                .map_err(failed)?
                .label(&line.name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 22, y)], style));
        }
        chart
            .configure_series_labels()
            .position(self.legend.clone())
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .label_font(("sans-serif", 15))
            .draw()
            .map_err(failed)?;
        area.present().map_err(failed)
    }
}

/// A number without what does not matter.
fn plain(number: f64) -> String {
    let rounded = (number * 1000.0).round() / 1000.0;
    format!("{rounded}")
}
