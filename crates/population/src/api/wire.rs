//! What travels: requests, answers, and how they become domain values.

use super::asked::Call;
use crate::{
    service::Verified,
    verify::{Agreement, Claims, Number},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use vocabulary::{
    Basis, DossierCode, FullName, Invalid, LegalBasis, PartialDate, Problem, ProcedureCode, Purpose, Sex,
    UnitCode, Violation, kinds,
};

/// What a call is for. Without purpose and legal basis nothing is answered; for the purpose `procedure`, procedure and
/// dossier are required too.
#[derive(Debug, Default, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BasisWire {
    /// `procedure`, `residence`, `civil-status`, `cleaning`, `verification`, `own-request`, `investigation`,
    /// `inspection` or `administration`.
    #[schema(example = "procedure")]
    pub purpose: Option<String>,
    /// The document and article that allow the look-up, 3–200 characters.
    #[schema(example = "Luật Cư trú 2020, Điều 38")]
    pub legal_basis: Option<String>,
    /// Code of the procedure served.
    #[schema(example = "1.004222")]
    pub procedure: Option<String>,
    /// Code of the dossier served.
    #[schema(example = "000.00.01.H32-261121-0001")]
    pub dossier: Option<String>,
}

macro_rules! calls {
    ($($body:ty),*) => {
        $(impl Call for $body {
            fn stated(&mut self) -> (Option<BasisWire>, Option<String>) {
                (self.basis.take(), self.officer.take())
            }
        })*
    };
}

calls!(VerifyRequest, ConfirmRequest, CitizenRequest, ConfirmationRequest);

/// Reads a basis; what is missing is the problem `purpose-required`, what is wrong is `invalid`.
pub fn basis(wire: Option<BasisWire>) -> Result<Basis, Problem> {
    let wire = wire.unwrap_or_default();
    let mut missing = Vec::new();
    let mut wrong = Vec::new();
    let required = Invalid::new("basis/required", "Bắt buộc phải nêu", "Must be stated");
    let purpose = read(wire.purpose.as_deref(), "basis.purpose", Purpose::parse, &mut wrong);
    let legal_basis = read(wire.legal_basis.as_deref(), "basis.legal_basis", LegalBasis::parse, &mut wrong);
    let procedure = read(wire.procedure.as_deref(), "basis.procedure", ProcedureCode::parse, &mut wrong);
    let dossier = read(wire.dossier.as_deref(), "basis.dossier", DossierCode::parse, &mut wrong);
    for (absent, field) in [
        (wire.purpose.is_none(), "basis.purpose"),
        (wire.legal_basis.is_none(), "basis.legal_basis"),
        (purpose == Some(Purpose::Procedure) && wire.procedure.is_none(), "basis.procedure"),
        (purpose == Some(Purpose::Procedure) && wire.dossier.is_none(), "basis.dossier"),
    ] {
        if absent {
            missing.push(required.at(field));
        }
    }
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    match (purpose, legal_basis) {
        (Some(purpose), Some(legal_basis)) if missing.is_empty() => {
            Ok(Basis { purpose, legal_basis, procedure, dossier })
        }
        _ => Err(Problem { violations: missing, ..Problem::new(&kinds::PURPOSE_REQUIRED) }),
    }
}

/// Reads an optional member, noting the rule it breaks.
pub fn read<T>(
    text: Option<&str>,
    field: &str,
    parse: impl Fn(&str) -> Result<T, Invalid>,
    wrong: &mut Vec<Violation>,
) -> Option<T> {
    text.and_then(|text| parse(text).map_err(|i| wrong.push(i.at(field))).ok())
}

/// A number and what is claimed of the person who has it. A member that is left out is not asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// 12-digit personal number, or former 9-digit number.
    #[schema(example = "056185001234")]
    pub number: String,
    /// Full name; case and the place of tone marks do not matter.
    pub full_name: Option<String>,
    /// `yyyy-mm-dd`, `yyyy-mm` or `yyyy`, or as people here write dates.
    pub birth_date: Option<String>,
    /// `male`, `female` or `other`.
    pub sex: Option<String>,
    /// Commune of permanent residence, by its code before or since 1 July 2025.
    pub permanent_unit: Option<String>,
    /// The officer on whose behalf a system calls.
    pub officer: Option<String>,
    /// What the call is for.
    pub basis: Option<BasisWire>,
}

impl VerifyRequest {
    /// The number and the claims.
    pub fn claims(&self) -> Result<(Number, Claims), Problem> {
        let mut wrong = Vec::new();
        let number = read(Some(&self.number), "number", Number::parse, &mut wrong);
        let claims = Claims {
            name: read(self.full_name.as_deref(), "full_name", FullName::parse, &mut wrong),
            birth_date: read(self.birth_date.as_deref(), "birth_date", PartialDate::parse, &mut wrong),
            sex: read(self.sex.as_deref(), "sex", Sex::parse, &mut wrong),
            unit: read(self.permanent_unit.as_deref(), "permanent_unit", UnitCode::parse, &mut wrong),
            ..Claims::default()
        };
        match number {
            Some(number) if wrong.is_empty() => Ok((number, claims)),
            _ => Err(Problem::invalid(wrong)),
        }
    }
}

/// Two numbers that are to be of one person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// 12-digit personal number.
    pub personal_number: String,
    /// 9-digit former number.
    pub former_number: String,
    /// The officer on whose behalf a system calls.
    pub officer: Option<String>,
    /// What the call is for.
    pub basis: Option<BasisWire>,
}

/// Whose data is wanted, and which fields of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitizenRequest {
    /// 12-digit personal number, or former 9-digit number.
    pub number: String,
    /// The fields wanted; left out: all that are granted. Fields that are not granted are left out of the answer.
    pub fields: Option<Vec<String>>,
    /// The officer on whose behalf a system calls.
    pub officer: Option<String>,
    /// What the call is for.
    pub basis: Option<BasisWire>,
}

/// Whose residence is to be confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationRequest {
    /// 12-digit personal number, or former 9-digit number.
    pub number: String,
    /// The officer on whose behalf a system calls.
    pub officer: Option<String>,
    /// What the call is for.
    pub basis: Option<BasisWire>,
}

/// The answer to a verification.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifyAnswer {
    /// `match` where every field asked matches, `not-found` where nobody has the number, else `mismatch`.
    pub result: Agreement,
    /// The answer for each field asked: `match`, `mismatch` or `not-found`.
    #[schema(value_type = BTreeMap<String, String>)]
    pub fields: BTreeMap<&'static str, Agreement>,
    /// The entry of this look-up in the ledger.
    pub entry: u64,
    /// When it was answered.
    pub at: String,
}

impl From<Verified> for VerifyAnswer {
    fn from(v: Verified) -> VerifyAnswer {
        let of = |field| v.verdict.map_or(Agreement::NotFound, |verdict| Agreement::of(verdict, field));
        VerifyAnswer {
            result: match v.verdict {
                None => Agreement::NotFound,
                Some(verdict) if verdict.all_matched() => Agreement::Match,
                Some(_) => Agreement::Mismatch,
            },
            fields: v.asked.iter().map(|f| (f.code(), of(f))).collect(),
            entry: v.entry,
            at: v.at.rfc3339(),
        }
    }
}
