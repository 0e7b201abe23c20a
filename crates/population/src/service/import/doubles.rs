//! Rows that become records although somebody may have one: those who are certainly there are held back, the doubtful are
//! warned of. Looked for by name and birth as they are written, and by swapped day and month, a whole batch at a time;
//! whoever is spelled otherwise in name and birth is found by the check that follows every act.

use super::{
    Differing,
    batch::{Newcomer, Outcome, SERVICE, Taking},
    known::Books,
    lawful::provisional,
};
use crate::{
    columns::{Column, Fault},
    duplicates::{self, Frequency, KinNames, Likeness, Topic, traces},
    model::Person,
    service::{Error, with_provinces},
    store::duplicates as read,
};
use access::{Action, Resource};
use ledger::{Entry, Subject};
use std::collections::{BTreeMap, HashMap, HashSet};
use vocabulary::{Invalid, PartialDate, PersonId};

const HELD: Invalid = Invalid::new(
    "import/duplicate",
    "Người này đã có hồ sơ hoặc đã có ở dòng trên (xem giá trị); dùng hồ sơ đó, hoặc bổ sung số định danh, cha mẹ để phân biệt",
    "The person has a record, or a row further up (see the value); use it, or tell the number or the parents by which they differ",
);
const DOUBTFUL: Invalid = Invalid::new(
    "import/possible-duplicate",
    "Có thể người này đã có hồ sơ hoặc đã có ở dòng trên (xem giá trị); đã nhập, cần kiểm tra trùng",
    "The person may have a record, or a row further up (see the value); taken in, to be examined as a duplicate",
);

/// Least probability of which is warned.
const WARNED: f64 = 0.5;
/// Names that are counted for a batch.
const NAMES: usize = 1_000;
/// Rows of the same name and birth with which a row is compared.
const ROWS: usize = 8;
/// Bearers of a name who are counted, and those of one year.
const BEARERS: (i64, i64) = (64, 600);

/// A folded name and a birth.
type Key<'a> = (&'a str, PartialDate);

/// Whom a row is like, in words for the office.
struct Double {
    row: usize,
    likeness: Likeness,
    /// The record, or none for a row of the file.
    record: Option<PersonId>,
    value: String,
}

fn swapped<'a>((name, birth): &Key<'a>) -> Option<Key<'a>> {
    Some((name, traces::swapped(*birth)?))
}

impl Taking<'_> {
    /// Holds back the rows whose persons are certainly there, by their place among the newcomers, and warns of doubtful
    /// ones.
    pub(super) async fn doubles(
        &self,
        books: &mut Books<'_>,
        newcomers: &[Newcomer<'_>],
        out: &mut Outcome,
    ) -> Result<HashMap<usize, Fault>, Error> {
        let mut rows: HashMap<Key<'_>, Vec<usize>> = HashMap::with_capacity(newcomers.len());
        for (i, newcomer) in newcomers.iter().enumerate() {
            if let Some(key) = newcomer.line.name_and_birth() {
                rows.entry(key).or_default().push(i);
            }
        }
        let there = self.namesakes(books, newcomers).await?;
        let mut pairs: Vec<(usize, PersonId)> = Vec::new();
        let mut in_file: Vec<(usize, usize)> = Vec::new();
        for (own, of_key) in &rows {
            let other = swapped(own);
            for key in [Some(own), other.as_ref()].into_iter().flatten() {
                let ids = there.get(key).map(Vec::as_slice).unwrap_or_default();
                pairs.extend(of_key.iter().flat_map(|row| ids.iter().take(ROWS).map(|id| (*row, *id))));
                let others = rows.get(key).map(Vec::as_slice).unwrap_or_default();
                for row in of_key {
                    let earlier = others.iter().filter(|other| *other < row).take(ROWS);
                    in_file.extend(earlier.map(|other| (*row, *other)));
                }
            }
        }
        // The order decides between equals, and an import that was cut off ends as any other.
        pairs.sort_unstable();
        in_file.sort_unstable();
        if pairs.is_empty() && in_file.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.weighed(books, newcomers, &rows, &pairs, &in_file).await?;
        Ok(self.told(newcomers, found, out))
    }

    /// Who has the name and birth of a row, or the birth with day and month swapped: in order.
    async fn namesakes<'a>(
        &self,
        books: &mut Books<'_>,
        newcomers: &[Newcomer<'a>],
    ) -> Result<HashMap<Key<'a>, Vec<PersonId>>, Error> {
        // Whom nobody is named and born like need not be looked for.
        let (tried, claimed, last) = (books.is_trial(), books.claimed, books.last);
        let mut asked: Vec<Key<'a>> = Vec::new();
        for line in newcomers.iter().map(|newcomer| newcomer.line) {
            let key = line.name_and_birth();
            let keys = [key, key.as_ref().and_then(swapped)].into_iter().flatten().zip(line.traces());
            asked.extend(
                keys.filter(|(_, trace)| tried || claimed.may_have(*trace, last)).map(|(key, _)| key),
            );
        }
        // In the order of the index, in which its pages are read once.
        asked.sort_unstable();
        asked.dedup();
        let owned: Vec<(String, PartialDate)> =
            asked.iter().map(|(n, birth)| ((*n).to_owned(), *birth)).collect();
        let mut there: HashMap<Key<'a>, Vec<PersonId>> = HashMap::new();
        for source in books.each() {
            for (id, name, birth) in read::namesakes(&mut source.into(), &owned).await? {
                if let Ok(at) = asked.binary_search(&(name.as_str(), birth)) {
                    there.entry(asked[at]).or_default().push(id);
                }
            }
        }
        there.values_mut().for_each(|ids| ids.sort_unstable());
        Ok(there)
    }

    /// The likeliest double of each row that has one.
    async fn weighed(
        &self,
        books: &mut Books<'_>,
        newcomers: &[Newcomer<'_>],
        rows: &HashMap<Key<'_>, Vec<usize>>,
        pairs: &[(usize, PersonId)],
        in_file: &[(usize, usize)],
    ) -> Result<Vec<Double>, Error> {
        let ids: Vec<PersonId> = pairs.iter().map(|(_, id)| *id).collect();
        let (mut records, _) = books.records(ids, Vec::new()).await?;
        let parents = records.values().flat_map(duplicates::parents).filter(|id| !records.contains_key(id));
        let (relatives, _) = books.records(parents.collect(), Vec::new()).await?;
        let kin: KinNames =
            relatives.iter().chain(&records).filter_map(|(id, p)| Some((*id, p.name.clone()?))).collect();
        records.retain(|_, p| p.registered && p.merged_into.is_none());
        let concerned: HashSet<usize> =
            pairs.iter().map(|(row, _)| *row).chain(in_file.iter().map(|(row, _)| *row)).collect();
        let mut frequency = self.frequency(books, newcomers, rows, &concerned).await?;
        let days = days(newcomers);
        let mut best: HashMap<usize, Double> = HashMap::new();
        let mut note = |double: Double| {
            let likely = double.likeness.probability() >= WARNED;
            if likely && best.get(&double.row).is_none_or(|b| b.likeness.weight < double.likeness.weight) {
                best.insert(double.row, double);
            }
        };
        for (row, id) in pairs {
            let Some(record) = records.get(id) else { continue };
            let person = &provisional(&newcomers[*row].line.told);
            frequency.day = days.get(&person.birth_date).copied().unwrap_or_default();
            let likeness = duplicates::weigh(person, record, &kin, &frequency);
            note(Double { row: *row, likeness, record: Some(*id), value: self.named(record) });
        }
        for (row, other) in in_file {
            let (person, earlier) = (&provisional(&newcomers[*row].line.told), newcomers[*other].line);
            frequency.day = days.get(&person.birth_date).copied().unwrap_or_default();
            let likeness = duplicates::weigh(person, &provisional(&earlier.told), &kin, &frequency);
            note(Double {
                row: *row, likeness, record: None, value: format!("dòng/row {}", earlier.number)
            });
        }
        let mut best: Vec<Double> = best.into_values().collect();
        best.sort_unstable_by_key(|double| double.row);
        Ok(best)
    }

    /// How frequent the names of some rows are: in the registry, or in the file where they are more frequent there.
    async fn frequency(
        &self,
        books: &mut Books<'_>,
        newcomers: &[Newcomer<'_>],
        rows: &HashMap<Key<'_>, Vec<usize>>,
        concerned: &HashSet<usize>,
    ) -> Result<Frequency, Error> {
        let persons = read::size(&mut books.registry.lent().into()).await?;
        let mut frequency = Frequency::new(persons);
        let mut in_file: HashMap<&str, usize> = HashMap::new();
        for ((name, _), of_key) in rows {
            *in_file.entry(name).or_default() += of_key.len();
        }
        let names: BTreeMap<&str, PartialDate> = rows
            .iter()
            .filter(|(_, of_key)| of_key.iter().any(|row| concerned.contains(row)))
            .map(|((name, birth), _)| (*name, *birth))
            .fold(BTreeMap::new(), |mut names, (name, birth)| {
                let first = names.entry(name).or_insert(birth);
                *first = birth.min(*first);
                names
            });
        for (n, (name, birth)) in names.into_iter().enumerate() {
            let (most, of_year) = BEARERS;
            let year = birth.year().map(|year| i32::from(year) * 10_000);
            // Beyond so many, a name counts as a frequent one: nobody is held back for it.
            let (mut all, mut counted) = if n < NAMES { (0, 0) } else { (most, of_year) };
            for source in books.each().into_iter().filter(|_| n < NAMES) {
                let mut eyes = read::Eyes::from(source);
                let here = read::bearers(&mut eyes, name, most).await?;
                all += here;
                if let Some(year) = year.filter(|_| here == most) {
                    let one = [name.to_owned()];
                    let of_one = read::named_between(&mut eyes, &one, (year, year + 9_999), of_year).await?;
                    counted += of_one.len() as i64;
                }
            }
            frequency.note_name(name.to_owned(), all, most, counted);
            let others = in_file.get(name).copied().unwrap_or_default().saturating_sub(1);
            frequency.note_share(name, others as f64 / among(newcomers));
        }
        Ok(frequency)
    }

    /// A record in words, as far as the caller's units reach.
    fn named(&self, record: &Person) -> String {
        let units = with_provinces([record.permanent.new_unit, record.last_commune()]);
        let ask = self.ask;
        let decided = self.population.policy.decide(
            &ask.caller,
            Action::ImportRecords,
            Resource::of(&units),
            ask.basis.as_ref(),
        );
        match (decided, record.number) {
            (Ok(_), Some(number)) => format!("#{}, {}", record.id, number.masked()),
            (Ok(_), None) => format!("#{}", record.id),
            (Err(_), _) => "ngoài địa bàn/outside your units".to_owned(),
        }
    }

    /// Tells the office: the rows to be held back, and warnings.
    fn told(
        &self,
        newcomers: &[Newcomer<'_>],
        found: Vec<Double>,
        out: &mut Outcome,
    ) -> HashMap<usize, Fault> {
        let mut held = HashMap::new();
        for Double { row, likeness, record, value } in found {
            let line = newcomers[row].line;
            // A row that claims the number of a record and was let in for that is warned of already.
            if out.warnings.iter().any(|(at, fault)| *at == line.at && fault.column == Column::Number) {
                continue;
            }
            if let Some(id) = record {
                let actor = self.ask.caller.actor.clone();
                let fields = Topic::FIELDS;
                let entry = Entry::shown(actor, self.basis.clone(), SERVICE, Subject::Person(id), fields);
                out.compared.push(self.ask.named(entry));
            }
            if likeness.certain && self.settings.differing == Differing::Reject {
                held.insert(row, Fault { column: Column::Name, invalid: HELD, value });
            } else {
                out.warnings.push((line.at, Fault { column: Column::Name, invalid: DOUBTFUL, value }));
            }
        }
        held
    }
}

/// Among how many a name or a day of the file is counted: in a few rows nothing is frequent.
fn among(newcomers: &[Newcomer<'_>]) -> f64 {
    newcomers.len().max(10_000) as f64
}

/// The days on which more rows say that somebody was born than one expects, with their share.
fn days(newcomers: &[Newcomer<'_>]) -> HashMap<PartialDate, f64> {
    let mut days: HashMap<PartialDate, usize> = HashMap::new();
    for newcomer in newcomers {
        *days.entry(newcomer.line.told.birth).or_default() += 1;
    }
    let all = among(newcomers);
    days.into_iter().filter(|(_, born)| *born > 3).map(|(day, born)| (day, born as f64 / all)).collect()
}
