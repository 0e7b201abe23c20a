//! A refusal, and how it is told.

use crate::{Action, Grant, Role};
use std::sync::Arc;
use vocabulary::{Problem, kinds};

/// Why nothing applied, from the farthest miss to the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// No purpose or legal basis was stated, or one for a procedure lacked procedure or dossier.
    NoBasis,
    /// No role of the caller has a grant for the action.
    Role,
    /// A role has one, but for other purposes.
    Purpose,
    /// Purpose fits, but the grant serves other procedures.
    Procedure,
    /// All fits, but the resource belongs to units that the caller does not answer for.
    Unit,
}

/// Why a decision was no. It tells of rules only, never of the person asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What was asked.
    pub action: Action,
    /// What was missing.
    pub why: Why,
    /// The grant that came nearest, where one did.
    pub grant: Option<Arc<Grant>>,
    /// The roles that may do the action, where the role was missing.
    pub roles: Vec<Role>,
}

impl Denial {
    pub(crate) fn purpose_required(action: Action) -> Denial {
        Denial { action, why: Why::NoBasis, grant: None, roles: Vec::new() }
    }

    pub(crate) fn refused(action: Action, why: Why, grant: Option<Arc<Grant>>, roles: Vec<Role>) -> Denial {
        let roles = if why == Why::Role { roles } else { Vec::new() };
        Denial { action, why, grant, roles }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Problem {
        let action = denial.action.text();
        let id = denial.grant.as_ref().map(|g| g.id.as_str()).unwrap_or_default();
        let (vi, en) = match denial.why {
            Why::NoBasis => return Problem::new(&kinds::PURPOSE_REQUIRED),
            Why::Role if denial.roles.is_empty() => (
                format!("Không quy tắc nào cho phép thao tác “{}”.", action.vi),
                format!("No rule allows “{}”.", action.en),
            ),
            Why::Role => {
                let roles = denial.roles.iter().map(Role::as_str).collect::<Vec<_>>().join(", ");
                (
                    format!("Thao tác “{}” cần một trong các vai trò: {roles}.", action.vi),
                    format!("“{}” needs one of these roles: {roles}.", action.en),
                )
            }
            Why::Purpose => {
                let purposes = denial.grant.as_ref().map(|g| g.purposes.as_slice()).unwrap_or_default();
                let list = |pick: fn(vocabulary::Text) -> &'static str| {
                    purposes.iter().map(|p| pick(p.text())).collect::<Vec<_>>().join("; ")
                };
                (
                    format!("Quy tắc {id} chỉ cho phép “{}” với mục đích: {}.", action.vi, list(|t| t.vi)),
                    format!("Rule {id} allows “{}” only for these purposes: {}.", action.en, list(|t| t.en)),
                )
            }
            Why::Procedure => {
                let list = denial.grant.as_ref().map(|g| g.procedures.join(", ")).unwrap_or_default();
                (
                    format!("Quy tắc {id} chỉ cho phép “{}” khi giải quyết thủ tục: {list}.", action.vi),
                    format!("Rule {id} allows “{}” only for these procedures: {list}.", action.en),
                )
            }
            Why::Unit => (
                format!(
                    "Quy tắc {id} chỉ cho phép “{}” trong địa bàn được giao. Hãy chuyển việc cho cơ quan phụ trách \
                     địa bàn, hoặc đề nghị người quản trị giao thêm địa bàn.",
                    action.vi
                ),
                format!(
                    "Rule {id} allows “{}” only in the units assigned to you. Pass the matter to the office that \
                     answers for the unit, or ask the administrator to assign it.",
                    action.en
                ),
            ),
        };
        Problem::new(&kinds::FORBIDDEN).detail(vi, en)
    }
}
