//! The form that both kinds of account share: name, agency, unit, roles, assigned units.

use crate::{
    model::{Account, AccountKind, Profile, name_violation, roles_for, roles_violation},
    places,
    service::Identity,
};
use access::{Policy, Role, UnitScope};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{AgencyCode, Text, Violation};
use web::{
    PageContext,
    components::{Checkboxes, Choice, Errors, Question, TextArea, TextInput},
};

const NAME: Text = Text::new("Họ, chữ đệm và tên", "Full name");
const TITLE: Text = Text::new("Tên hệ thống", "Title of the system");
const AGENCY: Text = Text::new("Mã cơ quan", "Agency code");
const AGENCY_HINT: Text = Text::new(
    "Ví dụ 000.00.17.H32 hoặc H32.17 (QCVN 102:2016)",
    "Such as 000.00.17.H32 or H32.17 (QCVN 102:2016)",
);
const UNIT: Text = Text::new("Đơn vị hành chính nơi làm việc", "Unit of the workplace");
const UNIT_HINT: Text = Text::new(
    "Mã hoặc tên, ví dụ 22366 hoặc Phường Nha Trang",
    "Code or name, such as 22366 or Phường Nha Trang",
);
const ROLES: Text = Text::new("Vai trò", "Roles");
const UNITS: Text = Text::new("Địa bàn phụ trách", "Assigned units");
const UNITS_HINT: Text = Text::new(
    "Mỗi dòng một mã hoặc tên xã, phường, tỉnh. Giao cấp tỉnh là giao mọi xã trong tỉnh.",
    "One code or name of a commune or province to a line. A province covers its communes.",
);
const EVERYWHERE: Text = Text::new("Phạm vi", "Scope");
const NATION: Text = Text::new("Toàn quốc", "The whole country");

/// The form as sent.
#[derive(Default, Deserialize)]
pub(super) struct ProfileForm {
    /// Login name or system identifier, where an account is made.
    #[serde(default)]
    pub account: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    agency: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    units: String,
    #[serde(default)]
    everywhere: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    /// The version that was seen.
    #[serde(default)]
    pub version: i64,
}

impl ProfileForm {
    /// The form filled in with an account.
    pub fn of(account: &Account) -> ProfileForm {
        let profile = &account.profile;
        let (units, everywhere) = match &profile.units {
            UnitScope::Everywhere => (String::new(), vec!["yes".to_owned()]),
            UnitScope::Units(units) => (places::write_units(units), Vec::new()),
        };
        ProfileForm {
            account: account.id.name().to_owned(),
            name: profile.name.clone(),
            agency: profile.agency.to_string(),
            unit: profile.unit.map(|unit| places::write_units(&[unit])).unwrap_or_default(),
            units,
            everywhere,
            roles: profile.roles.iter().map(Role::to_string).collect(),
            version: account.version,
        }
    }

    /// Reads the form, with all that is wrong with it. The use cases check what is read once more, and its reach.
    pub fn read(&self, kind: AccountKind, policy: &Policy) -> Result<Profile, Vec<Violation>> {
        let mut found = Vec::new();
        let mut keep = |violation: Violation| found.push(violation);
        let agency = AgencyCode::parse(&self.agency).map_err(|invalid| keep(invalid.at("agency")));
        let unit = places::read_units(&self.unit, "unit").map_err(&mut keep);
        let units = if self.everywhere.is_empty() {
            places::read_units(&self.units, "units")
                .and_then(|units| {
                    let codes: Vec<String> = units.iter().map(|unit| unit.to_string()).collect();
                    UnitScope::parse(&codes.join(" ")).map_err(|invalid| invalid.at("units"))
                })
                .map_err(&mut keep)
        } else {
            Ok(UnitScope::Everywhere)
        };
        let roles: Result<Vec<Role>, ()> = self
            .roles
            .iter()
            .map(|role| Role::parse(role).map_err(|invalid| keep(invalid.at("roles"))))
            .collect();
        let name = self.name.trim().to_owned();
        found.extend(name_violation(&name));
        found.extend(roles.as_deref().ok().and_then(|roles| roles_violation(roles, kind, policy)));
        match (agency, unit, units, roles) {
            (Ok(agency), Ok(unit), Ok(units), Ok(roles)) if found.is_empty() => {
                Ok(Profile { name, agency, unit: unit.first().copied(), units, roles })
            }
            _ => Err(found),
        }
    }

    /// The inputs, but for the name of the account itself.
    pub fn inputs(
        &self,
        identity: &Identity,
        context: &PageContext,
        kind: AccountKind,
        errors: &Errors<'_>,
    ) -> Markup {
        let lang = context.lang;
        let question = |name, text: Text| Question::new(name, text.get(lang)).errors(errors);
        let name = if kind == AccountKind::Staff { NAME } else { TITLE };
        let roles = roles_for(kind, identity.policy()).map(|title| {
            let code = title.role.to_string();
            let chosen = self.roles.contains(&code);
            Choice::new(code, title.text(lang)).chosen(chosen)
        });
        let agencies = reference::agencies::all().iter().map(|a| (a.code.to_owned(), a.name.to_owned()));
        let nation = Choice::new("yes", NATION.get(lang)).chosen(!self.everywhere.is_empty());
        html! {
            (TextInput::new(question("name", name)).value(&self.name).max(100))
            (TextInput::new(question("agency", AGENCY).hint(AGENCY_HINT.get(lang)))
                .value(&self.agency).max(40).width(30).suggestions(agencies))
            (TextInput::new(question("unit", UNIT).hint(UNIT_HINT.get(lang)).optional(lang)).value(&self.unit))
            (Checkboxes::new(question("roles", ROLES), roles))
            (TextArea::new(question("units", UNITS).hint(UNITS_HINT.get(lang)).optional(lang)).value(&self.units))
            (Checkboxes::new(question("everywhere", EVERYWHERE), [nation]))
        }
    }
}
