//! What was put in on purpose, so that whoever looks for faults can be measured.

/// A fault that was put into the population: one line of the truth file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// What was done, by stable code.
    pub kind: &'static str,
    /// The task of data cleaning that it belongs to, `CLN-01` to `CLN-11`.
    pub code: &'static str,
    /// The person; for `no-head` and `two-heads` the household. Empty where there is none.
    pub id_a: String,
    /// The second record: the duplicate, or the line of a sector file. Empty where there is none.
    pub id_b: String,
    /// The field concerned, by the header of the file; empty where the record as a whole is.
    pub field: &'static str,
    /// What would be right.
    pub was: String,
    /// What stands there.
    pub is: String,
}

impl Injected {
    /// A fault in one record, without a field.
    pub(crate) fn new(kind: &'static str, code: &'static str, id_a: impl ToString) -> Injected {
        Injected {
            kind,
            code,
            id_a: id_a.to_string(),
            id_b: String::new(),
            field: "",
            was: String::new(),
            is: String::new(),
        }
    }

    /// … with another record.
    pub(crate) fn with(self, id_b: impl ToString) -> Injected {
        Injected { id_b: id_b.to_string(), ..self }
    }

    /// … in a field.
    pub(crate) fn field(self, field: &'static str, was: impl ToString, is: impl ToString) -> Injected {
        Injected { field, was: was.to_string(), is: is.to_string(), ..self }
    }
}
