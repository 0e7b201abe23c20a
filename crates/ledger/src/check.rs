//! The check of the whole log: everything that is stored is recomputed from the entries.

use crate::{
    Checkpoint, Hash, Ledger, LedgerError, Statement,
    edge::{Edge, bytes},
    entry::commitment,
    rows::{self, Signed, Stored},
    tile::{Resource, TileId, WIDTH},
};

/// Rows that are held at a time.
const PARCEL: u64 = 2048;

/// What a check that found no fault has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Entries whose content was checked.
    pub entries: u64,
    /// Checkpoints whose signature and root were checked.
    pub checkpoints: u64,
    /// The newest of them; entries beyond its size await the next.
    pub newest: Checkpoint,
}

/// The first fault that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An entry is missing.
    Missing(u64),
    /// An entry's content is not what it committed itself to.
    Content(u64),
    /// What is withheld from the subject of an entry is not what the entry committed itself to.
    Withheld(u64),
    /// The columns beside an entry do not say what the entry says.
    Columns(u64),
    /// An entry's content is genuine but not readable.
    Unreadable(u64),
    /// An entry is not the one that was taken into the tree at this place.
    Replaced(u64),
    /// A tile does not hold the hashes that follow from the entries, or is missing.
    Tile(TileId),
    /// A tile lies beyond the signed tree.
    Superfluous(TileId),
    /// An entry stands at a place that was never given out.
    Uncounted(i64),
    /// A checkpoint is not what was signed with the log's key.
    Signature(u64),
    /// A checkpoint's root does not follow from the entries.
    Root(u64),
    /// A checkpoint remembered from outside does not agree with this log.
    Remembered(u64),
}

impl Fault {
    /// The fault and its place, as people read it: Vietnamese and English.
    pub fn text(&self) -> (String, String) {
        let tile = |id: &TileId| Resource::Tile { id: *id, width: WIDTH }.path();
        match self {
            Fault::Missing(n) => (format!("Thiếu bản ghi {n}"), format!("Entry {n} is missing")),
            Fault::Content(n) => (
                format!("Nội dung bản ghi {n} đã bị thay đổi"),
                format!("The content of entry {n} was changed"),
            ),
            Fault::Withheld(n) => (
                format!("Phần không công khai của bản ghi {n} đã bị thay đổi"),
                format!("The withheld part of entry {n} was changed"),
            ),
            Fault::Columns(n) => (
                format!("Các cột tra cứu của bản ghi {n} không khớp nội dung"),
                format!("The columns of entry {n} do not say what the entry says"),
            ),
            Fault::Unreadable(n) => {
                (format!("Không đọc được bản ghi {n}"), format!("Entry {n} is not readable"))
            }
            Fault::Replaced(n) => (
                format!("Bản ghi {n} không phải bản ghi đã được đưa vào cây băm"),
                format!("Entry {n} is not the one that was taken into the tree"),
            ),
            Fault::Tile(id) => (
                format!("Mảnh {} bị thiếu hoặc đã bị thay đổi", tile(id)),
                format!("Tile {} is missing or was changed", tile(id)),
            ),
            Fault::Superfluous(id) => (
                format!("Mảnh {} nằm ngoài cây đã ký", tile(id)),
                format!("Tile {} lies beyond the signed tree", tile(id)),
            ),
            Fault::Uncounted(n) => (
                format!("Bản ghi {n} nằm ở vị trí chưa từng được cấp"),
                format!("Entry {n} stands at a place that was never given out"),
            ),
            Fault::Signature(n) => (
                format!("Điểm kiểm tra tại {n} không đúng chữ ký"),
                format!("The checkpoint at {n} is not what was signed"),
            ),
            Fault::Root(n) => (
                format!("Điểm kiểm tra tại {n} không khớp các bản ghi"),
                format!("The checkpoint at {n} does not follow from the entries"),
            ),
            Fault::Remembered(n) => (
                format!("Điểm kiểm tra đã lưu bên ngoài tại {n} không khớp nhật ký này"),
                format!("The remembered checkpoint at {n} does not agree with this ledger"),
            ),
        }
    }
}

/// A fault of the log, or of the check itself.
#[derive(Debug)]
enum Stop {
    Fault(Fault),
    Error(LedgerError),
}

impl<E: Into<LedgerError>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Error(error.into())
    }
}

impl Ledger {
    /// Recomputes the whole log: each entry's commitment, the sequence without gaps, every tile, every checkpoint's
    /// root and signature; also the checkpoints `remembered` from outside, so that a log that was shortened or
    /// rewritten as a whole is found out. Works beside writers, in bounded memory; `progress` hears how many entries
    /// are done, of how many.
    ///
    /// # Errors
    /// Where the check could not be carried out. A fault of the log is the inner `Err`.
    pub async fn verify_log(
        &self,
        remembered: &[Checkpoint],
        progress: impl FnMut(u64, u64),
    ) -> Result<Result<Report, Fault>, LedgerError> {
        match self.check(remembered, progress).await {
            Ok(report) => Ok(Ok(report)),
            Err(Stop::Fault(fault)) => Ok(Err(fault)),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    async fn check(
        &self,
        remembered: &[Checkpoint],
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Report, Stop> {
        // In this order: whatever is signed later than this is not looked at, and what is signed has been counted.
        let mut newest = Checkpoint { size: 0, root: Hash::empty_tree() };
        if let Some(signed) = rows::newest(&self.store).await? {
            newest = self.genuine(&signed)?;
        }
        let counted = rows::head(&self.store).await?;
        if counted < newest.size {
            return Err(Stop::Fault(Fault::Missing(counted)));
        }
        let mut checkpoints = Upcoming::new(remembered, newest.size)?;
        let mut edge = Edge::default();
        self.at_checkpoints(&edge, &mut checkpoints).await?;
        while edge.size() < counted {
            let first = edge.size();
            for row in rows::stored(&self.store, first, PARCEL.min(counted - first)).await? {
                let leaf = content(&row, edge.size())?;
                let mut full = Vec::new();
                edge.push(leaf, |id, row| full.push((id, row)));
                for (id, row) in full {
                    if edge.size() <= newest.size {
                        self.tile_holds(id, &row).await?;
                    }
                }
                if edge.size() == newest.size {
                    for (id, row) in edge.partial() {
                        self.tile_holds(id, row).await?;
                    }
                }
                self.at_checkpoints(&edge, &mut checkpoints).await?;
            }
            if edge.size() == first {
                return Err(Stop::Fault(Fault::Missing(first)));
            }
            progress(edge.size(), counted);
        }
        self.nothing_beyond().await?;
        Ok(Report { entries: edge.size(), checkpoints: checkpoints.done, newest })
    }

    /// Compares the roots of the checkpoints at this very size.
    async fn at_checkpoints(&self, edge: &Edge, checkpoints: &mut Upcoming) -> Result<(), Stop> {
        while let Some(signed) = checkpoints.stored_at(self, edge.size()).await? {
            let checkpoint = self.genuine(&signed)?;
            if checkpoint.root != edge.root() {
                // The tiles tell more exactly where, if they are still what they were.
                for (id, row) in edge.partial() {
                    self.tile_holds(id, row).await?;
                }
                return Err(Stop::Fault(Fault::Root(checkpoint.size)));
            }
        }
        while let Some(checkpoint) = checkpoints.remembered_at(edge.size()) {
            if checkpoint.root != edge.root() {
                return Err(Stop::Fault(Fault::Remembered(checkpoint.size)));
            }
        }
        Ok(())
    }

    /// A stored checkpoint, if it is what was signed.
    fn genuine(&self, signed: &Signed) -> Result<Checkpoint, Stop> {
        let fault = || Stop::Fault(Fault::Signature(signed.size as u64));
        let checkpoint = Checkpoint::open(&signed.note, &self.key).map_err(|_| fault())?;
        let same = (checkpoint.size as i64, checkpoint.root.bytes().as_slice())
            == (signed.size, signed.root.as_slice());
        if same { Ok(checkpoint) } else { Err(fault()) }
    }

    /// A stored tile begins with these hashes. It may have grown meanwhile.
    async fn tile_holds(&self, id: TileId, row: &[Hash]) -> Result<(), Stop> {
        let stored = rows::tile(&self.store, id).await?.unwrap_or_default();
        if stored.starts_with(&bytes(row)) {
            return Ok(());
        }
        let odd =
            row.iter().zip(stored.chunks_exact(Hash::LEN)).position(|(hash, found)| hash.bytes() != found);
        Err(Stop::Fault(match odd {
            Some(offset) if id.level == 0 => Fault::Replaced(id.index * WIDTH + offset as u64),
            _ => Fault::Tile(id),
        }))
    }

    /// No tile lies beyond what was signed, and no entry outside what was counted. What is compared is read before
    /// its bound, which may only have grown meanwhile.
    async fn nothing_beyond(&self) -> Result<(), Stop> {
        let mut last = Vec::new();
        for id in rows::last_tiles(&self.store).await? {
            last.push((id, rows::tile(&self.store, id).await?.unwrap_or_default().len()));
        }
        let size = rows::newest(&self.store).await?.map_or(0, |signed| signed.size as u64);
        if let Some((id, _)) = last.iter().find(|(id, len)| (id.width_in(size) as usize * Hash::LEN) < *len) {
            return Err(Stop::Fault(Fault::Superfluous(*id)));
        }
        let ends = rows::ends(&self.store).await?;
        let counted = rows::head(&self.store).await? as i64;
        match ends {
            Some((first, _)) if first < 0 => Err(Stop::Fault(Fault::Uncounted(first))),
            Some((_, last)) if last >= counted => Err(Stop::Fault(Fault::Uncounted(last))),
            _ => Ok(()),
        }
    }
}

/// Checks what one row says and returns its leaf.
fn content(row: &Stored, expected: u64) -> Result<Hash, Stop> {
    if row.seq as u64 != expected {
        return Err(Stop::Fault(Fault::Missing(expected)));
    }
    let salt = Hash::from_slice(&row.salt);
    let commitment = salt.map(|salt| commitment(&salt, &row.body));
    let Some(commitment) = commitment.filter(|c| c.bytes().as_slice() == row.commitment) else {
        return Err(Stop::Fault(Fault::Content(expected)));
    };
    let statement: Statement =
        serde_json::from_str(&row.body).map_err(|_| Stop::Fault(Fault::Unreadable(expected)))?;
    if statement.withheld != row.withheld.as_ref().map(|json| Hash::of(&[json.as_bytes()])) {
        return Err(Stop::Fault(Fault::Withheld(expected)));
    }
    let columns = (statement.at, statement.subject.columns(), statement.sealed_until);
    if columns != (row.at, (row.subject_kind, row.subject_id), row.sealed_until) {
        return Err(Stop::Fault(Fault::Columns(expected)));
    }
    Ok(Hash::leaf(commitment.bytes()))
}

/// The checkpoints to be met on the way, in the order of their sizes.
struct Upcoming {
    stored: std::vec::IntoIter<Signed>,
    ahead: Option<Signed>,
    /// From which size on the next parcel is to be read; `None` at the end.
    next: Option<u64>,
    newest: u64,
    remembered: Vec<Checkpoint>,
    done: u64,
}

impl Upcoming {
    fn new(remembered: &[Checkpoint], newest: u64) -> Result<Upcoming, Stop> {
        let mut remembered = remembered.to_vec();
        remembered.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.size));
        if let Some(longer) = remembered.first().filter(|checkpoint| checkpoint.size > newest) {
            return Err(Stop::Fault(Fault::Remembered(longer.size)));
        }
        Ok(Upcoming {
            stored: Vec::new().into_iter(),
            ahead: None,
            next: Some(0),
            newest,
            remembered,
            done: 0,
        })
    }

    async fn stored_at(&mut self, ledger: &Ledger, size: u64) -> Result<Option<Signed>, Stop> {
        if self.ahead.is_none() {
            self.ahead = self.stored.next();
        }
        if self.ahead.is_none()
            && let Some(from) = self.next
        {
            let parcel = rows::checkpoints(&ledger.store, from, PARCEL).await?;
            self.next =
                parcel.last().filter(|_| parcel.len() as u64 == PARCEL).map(|last| last.size as u64 + 1);
            self.stored = parcel.into_iter();
            self.ahead = self.stored.next();
        }
        let due = self.ahead.as_ref().is_some_and(|s| s.size as u64 == size && size <= self.newest);
        if !due {
            return Ok(None);
        }
        self.done += 1;
        Ok(self.ahead.take())
    }

    fn remembered_at(&mut self, size: u64) -> Option<Checkpoint> {
        self.remembered.pop_if(|checkpoint| checkpoint.size == size)
    }
}
