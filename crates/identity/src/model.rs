//! Accounts and the rules about them, without any input or output.

use access::{Action, Caller, Policy, Role, RoleTitle, Scope, UnitScope};
use serde::{Deserialize, Serialize};
use std::fmt;
use vocabulary::{
    Actor, AgencyCode, Invalid, Moment, Problem, StaffId, SystemId, UnitCode, Violation, kinds,
};

/// An officer's account or a calling system's. As text: `staff:<login>`, `client:<identifier>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AccountId {
    /// An officer (*cán bộ*).
    Staff(StaffId),
    /// A calling system.
    Client(SystemId),
}

impl AccountId {
    /// An officer's account by its login name. Letters count in lower case, so that nobody can be mistaken for
    /// another by writing.
    pub fn staff(login: &str) -> Result<AccountId, Invalid> {
        StaffId::parse(&login.trim().to_ascii_lowercase()).map(AccountId::Staff)
    }

    /// A calling system's account.
    pub fn client(id: &str) -> Result<AccountId, Invalid> {
        SystemId::parse(&id.trim().to_ascii_lowercase()).map(AccountId::Client)
    }

    pub(crate) fn parse(key: &str) -> Option<AccountId> {
        match key.split_once(':')? {
            ("staff", login) => AccountId::staff(login).ok(),
            ("client", id) => AccountId::client(id).ok(),
            _ => None,
        }
    }

    /// The login name or system identifier.
    pub fn name(&self) -> &str {
        match self {
            AccountId::Staff(id) => id.as_str(),
            AccountId::Client(id) => id.as_str(),
        }
    }

    /// Which of the two.
    pub fn kind(&self) -> AccountKind {
        match self {
            AccountId::Staff(_) => AccountKind::Staff,
            AccountId::Client(_) => AccountKind::Client,
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind().code(), self.name())
    }
}

/// Officers, or calling systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// Officers.
    Staff,
    /// Calling systems.
    Client,
}

impl AccountKind {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            AccountKind::Staff => "staff",
            AccountKind::Client => "client",
        }
    }

    /// The action by which the policy decides who may manage such accounts.
    pub const fn managed_by(self) -> Action {
        match self {
            AccountKind::Staff => Action::ManageStaff,
            AccountKind::Client => Action::ManageClients,
        }
    }
}

/// What an administrator decides about an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The officer's name, or the system's title.
    pub name: String,
    /// The agency answerable.
    pub agency: AgencyCode,
    /// The unit of the agency, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
    /// The units answered for.
    pub units: UnitScope,
    /// What the account may do, by roles of the policy.
    pub roles: Vec<Role>,
}

impl Profile {
    /// The fields that break a rule: the name has 1–100 characters without control characters; the roles are in the
    /// policy, meant for this kind of account, and at least one; at most 200 units.
    pub fn violations(&self, kind: AccountKind, policy: &Policy) -> Vec<Violation> {
        let mut found = Vec::new();
        found.extend(name_violation(&self.name));
        found.extend(roles_violation(&self.roles, kind, policy));
        if matches!(&self.units, UnitScope::Units(units) if units.len() > 200) {
            found.push(
                Invalid::new(
                    "account/units",
                    "Giao tối đa 200 đơn vị; hãy giao cấp tỉnh thay cho từng xã",
                    "At most 200 units; assign the province instead of each commune",
                )
                .at("units"),
            );
        }
        found
    }
}

/// Whether a name breaks its rule.
pub(crate) fn name_violation(name: &str) -> Option<Violation> {
    let kept = (1..=100).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control);
    const RULE: Invalid =
        Invalid::new("account/name", "Tên phải có từ 1 đến 100 ký tự", "The name has 1 to 100 characters");
    (!kept).then(|| RULE.at("name"))
}

/// Whether roles break their rule for a kind of account.
pub(crate) fn roles_violation(roles: &[Role], kind: AccountKind, policy: &Policy) -> Option<Violation> {
    let kept = !roles.is_empty()
        && roles.iter().all(|role| roles_for(kind, policy).any(|title| title.role == *role));
    const RULE: Invalid = Invalid::new(
        "account/roles",
        "Chọn ít nhất một vai trò trong danh mục",
        "Choose at least one role of the list",
    );
    (!kept).then(|| RULE.at("roles"))
}

/// The roles that may be given to a kind of account, in the order of the policy.
pub fn roles_for(kind: AccountKind, policy: &Policy) -> impl Iterator<Item = &RoleTitle> {
    policy
        .roles()
        .iter()
        .filter(move |title| !title.inherent && title.machine == (kind == AccountKind::Client))
}

/// An account as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// What was decided about it.
    pub profile: Profile,
    /// Since when it may not be used.
    pub suspended_at: Option<Moment>,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub changed_at: Moment,
}

impl Account {
    /// Who is answerable for what the account does.
    pub fn actor(&self) -> Actor {
        let (officer, system) = match &self.id {
            AccountId::Staff(id) => (Some(id.clone()), None),
            AccountId::Client(id) => (None, Some(id.clone())),
        };
        Actor { system, officer, agency: self.profile.agency.clone(), unit: self.profile.unit }
    }

    /// The account as a caller.
    pub fn caller(&self) -> Caller {
        Caller {
            actor: self.actor(),
            name: self.profile.name.clone(),
            roles: self.profile.roles.clone(),
            units: self.profile.units.clone(),
        }
    }
}

/// On whose authority an account is changed.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// A signed-in administrator; the policy decides.
    Caller(&'a Caller),
    /// Whoever operates the machine, by the command line, for this agency: the way in when there is no administrator
    /// yet. The ledger names it as the system `dancu.console`.
    Console(&'a AgencyCode),
}

impl By<'_> {
    /// The actor that the ledger and the history record.
    pub fn actor(&self) -> Actor {
        match self {
            By::Caller(caller) => caller.actor.clone(),
            By::Console(agency) => {
                // A constant that parses; were it not to, the entry would name the agency alone.
                let system = SystemId::parse("dancu.console").ok();
                Actor { system, officer: None, agency: (*agency).clone(), unit: None }
            }
        }
    }
}

/// Whether an administrator's reach covers all that an account is, or is to be: its unit and every unit assigned. An
/// account that reaches everywhere, or belongs to no unit, is managed only by those who reach everywhere.
/// `province_of` tells the province of a commune.
pub fn within_reach(
    reach: &UnitScope,
    profile: &Profile,
    province_of: impl Fn(UnitCode) -> Option<UnitCode>,
) -> bool {
    let UnitScope::Units(mine) = reach else { return true };
    let covers =
        |unit: &UnitCode| mine.contains(unit) || province_of(*unit).is_some_and(|p| mine.contains(&p));
    match (&profile.units, &profile.unit) {
        (UnitScope::Units(assigned), Some(unit)) => covers(unit) && assigned.iter().all(covers),
        _ => false,
    }
}

/// The first role that an administrator of limited reach may not hand out: one that manages accounts of either kind,
/// or everywhere, would make the account mightier than its maker.
pub fn role_beyond<'a>(policy: &Policy, reach: &UnitScope, roles: &'a [Role]) -> Option<&'a Role> {
    if *reach == UnitScope::Everywhere {
        return None;
    }
    let mighty = |role: &&Role| {
        policy.grants().iter().any(|grant| {
            grant.roles.contains(role)
                && grant.scope == Scope::Everywhere
                && grant.actions.iter().any(|a| matches!(a, Action::ManageStaff | Action::ManageClients))
        })
    };
    roles.iter().find(mighty)
}

/// Nobody decides about his own account: roles, units and suspension take a second person.
pub fn refuse_own(by: By<'_>, id: &AccountId) -> Result<(), Problem> {
    match (by, id) {
        (By::Caller(caller), AccountId::Staff(login)) if caller.actor.officer.as_ref() == Some(login) => {
            Err(Problem::new(&kinds::FORBIDDEN).detail(
                "Không ai được tự sửa vai trò, địa bàn hoặc trạng thái tài khoản của mình; hãy nhờ một quản trị viên khác.",
                "Nobody changes the roles, units or state of his own account; ask another administrator.",
            ))
        }
        _ => Ok(()),
    }
}

/// A signed-in browser, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it on the owner's page.
    pub number: i64,
    /// Signed in at.
    pub created_at: Moment,
    /// Last seen at, to the minute.
    pub seen_at: Moment,
    /// Ends at the latest.
    pub ends_at: Moment,
    /// The network address of the sign-in.
    pub address: String,
    /// The browser, as it names itself.
    pub browser: String,
}

/// A bearer token, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names it.
    pub id: i64,
    /// What it is for.
    pub label: String,
    /// Issued at.
    pub created_at: Moment,
    /// Not valid from then on.
    pub ends_at: Moment,
    /// Revoked at.
    pub revoked_at: Option<Moment>,
    /// The first use on the last day of use.
    pub used_at: Option<Moment>,
}

/// One line of an account's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: Actor,
    /// What.
    pub what: What,
}

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $vi:literal, $en:literal;)*) => {
        /// What was done to an account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum What { $($(#[$doc])* $name,)* }

        impl What {
            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $(What::$name => $code),* }
            }

            /// The service that the ledger records.
            pub const fn service(self, kind: AccountKind) -> &'static str {
                match (self, kind) {
                    $(
                        (What::$name, AccountKind::Staff) => concat!("identity.staff.", $code),
                        (What::$name, AccountKind::Client) => concat!("identity.client.", $code),
                    )*
                }
            }

            /// As people read it.
            pub const fn text(self) -> vocabulary::Text {
                match self { $(What::$name => vocabulary::Text::new($vi, $en)),* }
            }

            pub(crate) fn parse(code: &str) -> Option<What> {
                match code { $($code => Some(What::$name),)* _ => None }
            }
        }
    };
}

whats! {
    /// The account was made.
    Created = "created", "Tạo tài khoản", "Account created";
    /// Name, agency, units or roles were changed.
    Edited = "edited", "Sửa thông tin, vai trò hoặc địa bàn", "Details, roles or units changed";
    /// The account was suspended.
    Suspended = "suspended", "Tạm khóa", "Suspended";
    /// The suspension was lifted.
    Restored = "restored", "Mở khóa", "Restored";
    /// An administrator gave out a new password for one use.
    PasswordReset = "password-reset", "Cấp lại mật khẩu", "Password reset";
    /// The officer chose a new password.
    PasswordChanged = "password-changed", "Đổi mật khẩu", "Password changed";
    /// The officer signed in.
    SignedIn = "signed-in", "Đăng nhập", "Signed in";
    /// A bearer token was issued.
    TokenIssued = "token-issued", "Cấp mã truy cập", "Token issued";
    /// A bearer token was revoked.
    TokenRevoked = "token-revoked", "Thu hồi mã truy cập", "Token revoked";
}

/// Why a cookie or bearer token names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing of ours, or ended long ago.
    Unknown,
    /// Its time ran out, or it lay unused too long.
    Expired,
    /// It was revoked.
    Revoked,
    /// The account is suspended.
    Suspended,
    /// The `Authorization` header is not of the form `Bearer <token>`.
    Scheme,
}

impl Refusal {
    /// The rule, in both languages.
    pub const fn rule(self) -> Invalid {
        match self {
            Refusal::Unknown => Invalid::new(
                "token/unknown",
                "Mã truy cập hoặc phiên làm việc không có hiệu lực",
                "The token or session is not valid",
            ),
            Refusal::Expired => Invalid::new(
                "token/expired",
                "Mã truy cập hoặc phiên làm việc đã hết hạn",
                "The token or session has expired",
            ),
            Refusal::Revoked => {
                Invalid::new("token/revoked", "Mã truy cập đã bị thu hồi", "The token has been revoked")
            }
            Refusal::Suspended => {
                Invalid::new("account/suspended", "Tài khoản đang bị tạm khóa", "The account is suspended")
            }
            Refusal::Scheme => Invalid::new(
                "token/scheme",
                "Tiêu đề Authorization phải có dạng: Bearer <mã truy cập>",
                "The Authorization header must read: Bearer <token>",
            ),
        }
    }

    /// The refusal as the caller is told it.
    pub fn problem(self) -> Problem {
        Problem { violations: vec![self.rule().at("authorization")], ..Problem::new(&kinds::NOT_SIGNED_IN) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str) -> UnitCode {
        UnitCode::parse(code).unwrap()
    }

    /// Nha Trang's wards lie in Khánh Hòa, all others in Hà Nội.
    fn province_of(code: UnitCode) -> Option<UnitCode> {
        Some(unit(if code.as_str().starts_with("22") { "56" } else { "01" }))
    }

    fn profile(of: Option<&str>, units: &str) -> Profile {
        Profile {
            name: "Nguyễn Thị Lan".into(),
            agency: AgencyCode::parse("000.00.17.H32").unwrap(),
            unit: of.map(unit),
            units: UnitScope::parse(units).unwrap(),
            roles: vec![Role::parse("one-stop-clerk").unwrap()],
        }
    }

    #[test]
    fn login_names_do_not_differ_by_case() {
        assert_eq!(AccountId::staff(" Lan.Nguyen ").unwrap(), AccountId::staff("lan.nguyen").unwrap());
        let id = AccountId::client("his.bvdk-tinh").unwrap();
        assert_eq!(AccountId::parse(&id.to_string()), Some(id));
        assert_eq!(AccountId::parse("robot:x"), None);
        assert!(AccountId::staff("lan nguyen").is_err() && AccountId::staff("staff:lan").is_err());
    }

    #[test]
    fn an_administrator_stays_within_the_assigned_units() {
        let khanh_hoa = UnitScope::parse("56").unwrap();
        let ward = UnitScope::parse("22366").unwrap();
        assert!(within_reach(&khanh_hoa, &profile(Some("22366"), "22366 22333"), province_of));
        assert!(!within_reach(&khanh_hoa, &profile(Some("22366"), "22366 00004"), province_of));
        assert!(!within_reach(&khanh_hoa, &profile(Some("00004"), "22366"), province_of));
        assert!(!within_reach(&khanh_hoa, &profile(None, "22366"), province_of));
        assert!(!within_reach(&khanh_hoa, &profile(Some("22366"), "everywhere"), province_of));
        assert!(!within_reach(&ward, &profile(Some("22366"), "56"), province_of));
        assert!(within_reach(&UnitScope::Everywhere, &profile(None, "everywhere"), province_of));
    }

    #[test]
    fn the_rules_of_a_profile_name_the_field() {
        let policy = Policy::builtin();
        assert_eq!(profile(Some("22366"), "22366").violations(AccountKind::Staff, &policy), []);
        let fields = |profile: Profile, kind| {
            profile.violations(kind, &policy).into_iter().map(|v| v.field).collect::<Vec<_>>()
        };
        assert_eq!(
            fields(profile(None, ""), AccountKind::Client),
            ["roles"],
            "a clerk's role is not for machines"
        );
        let wrong = Profile { name: " ".into(), roles: vec![], ..profile(None, "") };
        assert_eq!(fields(wrong, AccountKind::Staff), ["name", "roles"]);
        let unknown = Profile { roles: vec![Role::parse("emperor").unwrap()], ..profile(None, "") };
        assert_eq!(fields(unknown, AccountKind::Staff), ["roles"]);
    }

    #[test]
    fn nobody_manages_himself() {
        let account = Account {
            id: AccountId::staff("lan").unwrap(),
            profile: profile(None, "everywhere"),
            suspended_at: None,
            version: 1,
            created_at: Moment::from_micros(0),
            changed_at: Moment::from_micros(0),
        };
        let caller = account.caller();
        assert!(refuse_own(By::Caller(&caller), &account.id).is_err());
        assert!(refuse_own(By::Caller(&caller), &AccountId::staff("minh").unwrap()).is_ok());
        assert!(refuse_own(By::Console(&account.profile.agency), &account.id).is_ok());
        assert!(refuse_own(By::Caller(&caller), &AccountId::client("lan").unwrap()).is_ok());
    }
}
