//! Residence confirmations: what makes a printed page verifiable.

use store::{Store, StoreError, Tx, params};
use vocabulary::{AgencyCode, Moment, PersonId, StaffId};

store::record! {
    /// An issued confirmation. It holds no person data: a digest tells whether a number is the one on the page.
    #[derive(Clone, Debug)]
    pub struct Confirmation {
        /// The code printed on the page.
        pub code: String,
        /// Whose residence.
        pub person: PersonId,
        /// When it was issued.
        pub issued: Moment,
        /// Until when it counts.
        pub valid_until: Moment,
        /// Who issued it.
        pub officer: String,
        /// For which agency.
        pub agency: AgencyCode,
        /// The ledger entry behind it.
        pub entry: i64,
        /// SHA-256 of the code and the personal number.
        pub number_check: Vec<u8>,
    }
}

/// The confirmation with a code.
pub(crate) async fn confirmation(store: &Store, code: &str) -> Result<Option<Confirmation>, StoreError> {
    store
        .optional(
            "SELECT code, person, issued, valid_until, officer, agency, entry, number_check FROM residence_confirmation WHERE code = $1",
            params![code],
        )
        .await
}

/// Keeps a new confirmation.
pub(crate) async fn save_confirmation(tx: &mut Tx, c: &Confirmation) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO residence_confirmation (code, person, issued, valid_until, officer, agency, entry, number_check)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![c.code, c.person, c.issued, c.valid_until, c.officer, c.agency, c.entry, c.number_check],
    )
    .await
    .map(drop)
}

/// The officer who issues, as the page and the row name them.
pub(crate) fn issuer(officer: Option<&StaffId>) -> String {
    officer.map_or_else(String::new, |o| o.as_str().to_owned())
}
