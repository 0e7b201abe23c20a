//! The files that come out.

use crate::{LinkError, Linked, probability, read, score::Scorer};
use serde_json::json;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

impl Linked {
    /// Writes `left_id,right_id,probability,weight`, the heaviest pair first.
    ///
    /// Fails when the disk refuses.
    pub fn write_pairs(&self, path: &Path) -> Result<(), LinkError> {
        self.to_file(path, |file| {
            let mut csv = csv::Writer::from_writer(file);
            csv.write_record(["left_id", "right_id", "probability", "weight"])?;
            for pair in self.pairs() {
                let (p, weight) = (probability(pair.weight), pair.weight);
                csv.write_field(self.id(pair.left))?;
                csv.write_field(self.id(pair.right))?;
                csv.write_field(format!("{p:.9}"))?;
                csv.write_field(format!("{weight:.4}"))?;
                csv.write_record(None::<&[u8]>)?;
            }
            csv.flush()
        })
    }

    /// Writes `cluster_id,id` for the records that have a partner, group by group. Between two files the column `file`
    /// tells `left` from `right`.
    ///
    /// Fails when the disk refuses.
    pub fn write_clusters(&self, path: &Path) -> Result<(), LinkError> {
        let mut clustered: Vec<(u32, u32)> =
            self.clusters.iter().copied().zip(0..).filter(|(cluster, _)| *cluster != 0).collect();
        clustered.sort_unstable();
        self.to_file(path, |file| {
            let mut csv = csv::Writer::from_writer(file);
            let two = self.table.two_files;
            csv.write_record(["cluster_id", "id", "file"].iter().take(2 + usize::from(two)))?;
            for (cluster, record) in clustered {
                csv.write_field(cluster.to_string())?;
                csv.write_field(self.id(record))?;
                if two {
                    csv.write_field(if (record as usize) < self.table.left { "left" } else { "right" })?;
                }
                csv.write_record(None::<&[u8]>)?;
            }
            csv.flush()
        })
    }

    /// Writes a line of JSON for each pair: its identifiers, its weight, the weight with which it starts, what each column
    /// says, in words and bits that add up, and the columns that the two could share as kin or neighbours: what is said
    /// is then said against that.
    ///
    /// Fails when the disk refuses.
    pub fn write_explanations(&self, path: &Path) -> Result<(), LinkError> {
        let scorer = Scorer::new(&self.table, &self.model);
        self.to_file(path, |file| {
            for pair in self.pairs() {
                let (a, b) = (self.table.row(pair.left), self.table.row(pair.right));
                let (start, reasons, shared) = scorer.explain(pair.pattern, &a, &b);
                let line = json!({
                    "left_id": String::from_utf8_lossy(&self.id(pair.left)),
                    "right_id": String::from_utf8_lossy(&self.id(pair.right)),
                    "weight": pair.weight,
                    "certain": pair.certain,
                    "start": start,
                    "beside": shared,
                    "reasons": reasons,
                });
                writeln!(file, "{line}")?;
            }
            Ok(())
        })
    }

    /// Writes the model as JSON.
    ///
    /// Fails when the disk refuses.
    pub fn write_model(&self, path: &Path) -> Result<(), LinkError> {
        self.to_file(path, |file| {
            serde_json::to_writer_pretty(&mut *file, &self.model)?;
            writeln!(file)
        })
    }

    fn to_file(
        &self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), LinkError> {
        let written = File::create(path).and_then(|file| {
            let mut file = BufWriter::with_capacity(1 << 18, file);
            write(&mut file)?;
            file.flush()
        });
        written.map_err(|why| LinkError::Io { file: read::name(path), why })
    }
}
