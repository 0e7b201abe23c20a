//! What the domain speaks of: scopes, the applications that citizens sign in to, their security assessment.

use crate::{
    jose::{Algorithm, JwkSet, PublicJwk},
    rules::{client_certificate, days, key_fault, redirect},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use vocabulary::{
    AgencyCode, Field, FieldSet, Invalid, LegalBasis, Moment, PartialDate, SystemId, Text, Violation,
};

/// What an application may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// That it is the same person as before, by a name that no other application sees.
    #[serde(rename = "openid")]
    OpenId,
    /// Name, date of birth, sex.
    #[serde(rename = "profile")]
    Profile,
    /// The personal number (*số định danh cá nhân*).
    #[serde(rename = "personal_number")]
    PersonalNumber,
    /// Name and number of the organisation for which the citizen signs in.
    #[serde(rename = "organisation")]
    Organisation,
    /// Access while the citizen is away, until revoked.
    #[serde(rename = "offline_access")]
    OfflineAccess,
}

impl Scope {
    /// All, in the order in which pages show them.
    pub const ALL: [Scope; 5] =
        [Scope::OpenId, Scope::Profile, Scope::PersonalNumber, Scope::Organisation, Scope::OfflineAccess];

    /// The name in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::OpenId => "openid",
            Scope::Profile => "profile",
            Scope::PersonalNumber => "personal_number",
            Scope::Organisation => "organisation",
            Scope::OfflineAccess => "offline_access",
        }
    }

    /// As a citizen reads it.
    pub const fn text(self) -> Text {
        match self {
            Scope::OpenId => {
                Text::new("Nhận ra bạn ở lần đăng nhập sau", "Recognise you when you sign in again")
            }
            Scope::Profile => Text::new("Họ tên, ngày sinh, giới tính", "Full name, date of birth, sex"),
            Scope::PersonalNumber => Text::new("Số định danh cá nhân", "Personal number"),
            Scope::Organisation => Text::new(
                "Tên, mã số của tổ chức bạn thay mặt",
                "Name and number of the organisation you act for",
            ),
            Scope::OfflineAccess => {
                Text::new("Nhận dữ liệu cả khi bạn không có mặt", "Get the data while you are away")
            }
        }
    }

    /// The fields of the registry behind it.
    pub const fn fields(self) -> FieldSet {
        match self {
            Scope::OpenId | Scope::Organisation | Scope::OfflineAccess => FieldSet::NONE,
            Scope::Profile => FieldSet::of(&[Field::FullName, Field::BirthDate, Field::Sex]),
            Scope::PersonalNumber => FieldSet::of(&[Field::PersonalNumber]),
        }
    }
}

/// Several scopes, each once, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Reads names with blanks between them; `None` where one is not known.
    pub fn parse(text: &str) -> Option<Scopes> {
        let one = |name| Scope::ALL.into_iter().find(|scope| scope.name() == name);
        text.split(' ').filter(|name| !name.is_empty()).map(one).collect::<Option<Vec<_>>>().map(Scopes::of)
    }

    /// These scopes.
    pub fn of(mut scopes: Vec<Scope>) -> Scopes {
        scopes.sort_unstable();
        scopes.dedup();
        Scopes(scopes)
    }

    /// Whether one is among them.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// Whether all of these are among others.
    pub fn within(&self, others: &Scopes) -> bool {
        self.iter().all(|scope| others.has(scope))
    }

    /// All but one.
    pub fn without(&self, scope: Scope) -> Scopes {
        Scopes(self.iter().filter(|own| *own != scope).collect())
    }

    /// Those that are in both.
    pub fn and(&self, others: &Scopes) -> Scopes {
        Scopes(self.iter().filter(|scope| others.has(*scope)).collect())
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.iter().map(Scope::name).collect();
        f.write_str(&names.join(" "))
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Scopes, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Scopes::parse(&text).ok_or_else(|| serde::de::Error::custom("unknown scope"))
    }
}

/// What a client must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// FAPI 2.0 Security Profile: pushed requests and bound tokens, no way around; for government and finance.
    Fapi2,
    /// OpenID Connect with PKCE and `private_key_jwt`; pushing and binding as the client likes.
    Basic,
}

impl Profile {
    /// With what a client may sign; FAPI 2.0 (§5.4.1) leaves RS256 out, which libraries write by default.
    pub const fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Profile::Fapi2 => &[Algorithm::Es256, Algorithm::Ps256],
            Profile::Basic => &Algorithm::ALL,
        }
    }
}

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// With assertions that it signs (OpenID Connect Core §9).
    #[default]
    PrivateKeyJwt,
    /// With a certificate of a trusted authority, by the name in it (RFC 8705 §2.1).
    TlsClientAuth,
    /// With a certificate that stands at one of its keys (RFC 8705 §2.2).
    SelfSignedTlsClientAuth,
}

impl ClientAuth {
    fn is_assertion(&self) -> bool {
        *self == ClientAuth::PrivateKeyJwt
    }
}

/// How the answer to a request of CIBA comes to the application (OpenID Connect CIBA Core 1.0 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// It asks again and again.
    #[default]
    Poll,
    /// It is told that there is an answer, and asks for it.
    Ping,
    /// It is sent the answer; not under FAPI.
    Push,
}

impl Delivery {
    fn is_poll(&self) -> bool {
        *self == Delivery::Poll
    }
}

/// Whether a client may meet real people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Only where all people are invented: an installation of its own (see docs/decisions).
    Sandbox,
    /// Everywhere, as long as an assessment holds.
    #[default]
    Live,
}

/// The least level of safety (*cấp độ an toàn*) of a system that meets real people (SEC-04).
pub const LEAST_LEVEL: u8 = 3;

/// The security assessment of the agency behind a client (inventory SEC-*).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The level of safety found, 1 to 5; 0 where the record does not say.
    #[serde(default)]
    pub level: u8,
    /// The day of the assessment.
    #[schema(value_type = String, format = Date)]
    pub date: PartialDate,
    /// Who inspected.
    pub inspector: String,
    /// The last day on which it holds.
    #[schema(value_type = String, format = Date)]
    pub ends: PartialDate,
}

/// Days before the end of an assessment from which on everybody concerned is warned; ours.
pub const WARNING_DAYS: i64 = 30;

impl Assessment {
    /// Whether it makes sense: a whole day, an inspector, an end that is not before it.
    pub fn is_ordered(&self) -> bool {
        self.date.is_whole()
            && self.ends.is_whole()
            && self.date.packed() <= self.ends.packed()
            && self.level <= 5
            && named(&self.inspector)
    }

    /// Whether it is of level 3 or more and holds on a day.
    pub fn holds(&self, today: PartialDate) -> bool {
        self.level >= LEAST_LEVEL
            && self.date.packed() <= today.packed()
            && today.packed() <= self.ends.packed()
    }
}

fn named(name: &str) -> bool {
    (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

/// An application that citizens sign in to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Application)]
pub struct Party {
    /// `client_id`.
    #[schema(value_type = String)]
    pub id: SystemId,
    /// Its name in Vietnamese, as citizens know it.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// Who answers for it.
    #[schema(value_type = String)]
    pub agency: AgencyCode,
    /// What it must keep to.
    pub profile: Profile,
    /// Where citizens may be sent back to; all on one host.
    pub redirect_uris: Vec<String>,
    /// Where citizens may be sent after signing out.
    #[serde(default)]
    pub logout_uris: Vec<String>,
    /// Where it is told that a citizen has signed out (OpenID Connect Back-Channel Logout).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// How answers to its requests of CIBA come to it.
    #[serde(default, skip_serializing_if = "Delivery::is_poll")]
    pub backchannel_token_delivery_mode: Delivery,
    /// Where it is told of such answers, or sent them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_client_notification_endpoint: Option<String>,
    /// How it proves who it is.
    #[serde(default, skip_serializing_if = "ClientAuth::is_assertion")]
    pub token_endpoint_auth_method: ClientAuth,
    /// The one name in its certificate by which `tls_client_auth` knows it: the subject (RFC 4514), or an alternative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject_dn: Option<String>,
    /// A name of a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_dns: Option<String>,
    /// An address such as `https://…` or `urn:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_uri: Option<String>,
    /// A network address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_ip: Option<String>,
    /// An address of e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_email: Option<String>,
    /// Its public keys.
    #[schema(value_type = Object)]
    pub jwks: Value,
    /// What it may ask for, and the legal basis of each.
    #[schema(value_type = BTreeMap<String, String>)]
    pub scopes: BTreeMap<Scope, LegalBasis>,
    /// Whether userinfo is answered as a signed token.
    #[serde(default)]
    pub signed_userinfo: bool,
    /// Whether its tokens are bound to the certificate that it shows to the proxy (RFC 8705), where not by DPoP.
    #[serde(default)]
    pub certificate_bound_tokens: bool,
    /// Whether its requests must be signed (RFC 9101); they may always be.
    #[serde(default)]
    pub signed_requests: bool,
    /// The assessment; without one that holds, the client sees synthetic people only.
    #[serde(default)]
    pub assessment: Option<Assessment>,
    /// Whether it is meant for real people.
    #[serde(default)]
    pub stage: Stage,
    /// The assessment of its agency, which covers it too; it stands elsewhere.
    #[serde(skip)]
    pub covered_by: Option<Assessment>,
}

impl Party {
    /// A registration to be filled in, in the sandbox.
    pub fn new(id: SystemId, agency: AgencyCode, profile: Profile) -> Party {
        Party {
            id,
            name: String::new(),
            name_en: String::new(),
            agency,
            profile,
            redirect_uris: Vec::new(),
            logout_uris: Vec::new(),
            backchannel_logout_uri: None,
            backchannel_token_delivery_mode: Delivery::Poll,
            backchannel_client_notification_endpoint: None,
            token_endpoint_auth_method: ClientAuth::PrivateKeyJwt,
            tls_client_auth_subject_dn: None,
            tls_client_auth_san_dns: None,
            tls_client_auth_san_uri: None,
            tls_client_auth_san_ip: None,
            tls_client_auth_san_email: None,
            jwks: Value::Null,
            scopes: BTreeMap::new(),
            signed_userinfo: false,
            certificate_bound_tokens: false,
            signed_requests: false,
            assessment: None,
            stage: Stage::Sandbox,
            covered_by: None,
        }
    }

    /// Whether the registration makes sense.
    ///
    /// # Errors
    /// Every rule that is broken, by its field.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut wrong = Vec::new();
        let mut demand = |holds: bool, field: &str, rule, vi, en| {
            if !holds {
                wrong.push(Invalid::new(rule, vi, en).at(field));
            }
        };
        for (name, field) in [(&self.name, "name"), (&self.name_en, "name_en")] {
            let (vi, en) = ("Tên có từ 1 đến 100 ký tự", "A name has 1 to 100 characters");
            demand(named(name), field, "party/name", vi, en);
        }
        let (logout, called) = (&self.backchannel_logout_uri, &self.backchannel_client_notification_endpoint);
        let addresses: [(&str, Vec<&String>); 4] = [
            ("redirect_uris", self.redirect_uris.iter().collect()),
            ("logout_uris", self.logout_uris.iter().collect()),
            ("backchannel_logout_uri", logout.iter().collect()),
            ("backchannel_client_notification_endpoint", called.iter().collect()),
        ];
        for (field, addresses) in addresses {
            demand(
                addresses.iter().all(|address| redirect::may_be_registered(address)),
                field,
                "party/address",
                "Địa chỉ phải là https (hoặc http trên 127.0.0.1, localhost), không có dấu # và không có dấu sao",
                "An address is https (or http on 127.0.0.1 or localhost), without fragment and wildcard",
            );
        }
        let told = self.backchannel_client_notification_endpoint.is_some();
        demand(
            told != self.backchannel_token_delivery_mode.is_poll(),
            "backchannel_client_notification_endpoint",
            "party/notification",
            "Chế độ ping và push cần địa chỉ nhận thông báo, chế độ poll thì không",
            "Ping and push need an address to be told at, poll has none",
        );
        let unbound = self.profile == Profile::Basic && !self.certificate_bound_tokens;
        demand(
            unbound || self.backchannel_token_delivery_mode != Delivery::Push,
            "backchannel_token_delivery_mode",
            "party/push",
            "Mã được gửi đi thì không gắn với khóa: chế độ push chỉ dành cho hồ sơ basic",
            "Tokens that are sent are bound to no key: push is for the basic profile alone",
        );
        let hosts = self.redirect_uris.iter().map(|a| redirect::host(a));
        let first = hosts.clone().next();
        demand(
            first.is_some()
                && self.redirect_uris.len() <= 16
                && hosts.clone().all(|host| Some(host) == first),
            "redirect_uris",
            "party/host",
            "Có từ 1 đến 16 địa chỉ, tất cả trên một máy chủ",
            "There are 1 to 16 addresses, all on one host",
        );
        let names = [
            &self.tls_client_auth_subject_dn,
            &self.tls_client_auth_san_dns,
            &self.tls_client_auth_san_uri,
            &self.tls_client_auth_san_ip,
            &self.tls_client_auth_san_email,
        ];
        let by_name = self.token_endpoint_auth_method == ClientAuth::TlsClientAuth;
        let dn = self.tls_client_auth_subject_dn.as_deref();
        let ip = self.tls_client_auth_san_ip.as_deref();
        demand(
            self.logout_uris.len() <= 16,
            "logout_uris",
            "party/logout-count",
            "Có nhiều nhất 16 địa chỉ",
            "There are at most 16 addresses",
        );
        demand(
            !self.scopes.contains_key(&Scope::OpenId),
            "scopes",
            "party/openid",
            "openid luôn được xin và không cần căn cứ: bỏ khỏi scopes",
            "openid may always be asked for and needs no basis: leave it out of scopes",
        );
        demand(
            names.iter().filter(|name| name.is_some()).count() == usize::from(by_name)
                && names.into_iter().flatten().all(|name| named(name))
                && dn.is_none_or(|dn| client_certificate::normal(dn).is_some())
                && ip.is_none_or(|ip| ip.parse::<std::net::IpAddr>().is_ok()),
            "token_endpoint_auth_method",
            "party/certificate-name",
            "tls_client_auth cần đúng một tên trong chứng thư (RFC 8705 §2.1.2), cách khác thì không",
            "tls_client_auth needs exactly one name of the certificate (RFC 8705 §2.1.2), other methods none",
        );
        let certified = |keys: JwkSet| keys.0.iter().any(PublicJwk::is_certified);
        let self_signed = self.token_endpoint_auth_method == ClientAuth::SelfSignedTlsClientAuth;
        demand(
            !self_signed || JwkSet::read(&self.jwks).is_ok_and(certified),
            "jwks",
            "party/certificates",
            "self_signed_tls_client_auth cần khóa có chứng thư trong x5c",
            "self_signed_tls_client_auth needs a key with its certificate in x5c",
        );
        let ordered = self.assessment.as_ref().is_none_or(Assessment::is_ordered);
        demand(
            ordered,
            "assessment",
            "party/assessment",
            "Đánh giá an toàn phải có ngày, người đánh giá và ngày hết hạn",
            "An assessment has a date, an inspector and an end",
        );
        // Whoever is known by the name in a certificate needs no keys.
        let keyless = by_name && self.jwks["keys"].as_array().is_none_or(Vec::is_empty);
        wrong.extend(if keyless { None } else { key_fault::of(&self.jwks) });
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Its keys.
    pub fn keys(&self) -> JwkSet {
        JwkSet::read(&self.jwks).unwrap_or(JwkSet(Vec::new()))
    }

    /// Whether it is registered for a scope; `openid` always.
    pub fn may_ask(&self, scope: Scope) -> bool {
        scope == Scope::OpenId || self.scopes.contains_key(&scope)
    }

    /// The last day of an assessment of level 3 or more that holds on a day, its own or its agency's: the later one.
    pub fn assessed_until(&self, today: PartialDate) -> Option<PartialDate> {
        let both = [&self.assessment, &self.covered_by].into_iter().flatten();
        both.filter(|a| a.holds(today)).map(|a| a.ends).max_by_key(|ends| ends.packed())
    }

    /// Whether an assessment of level 3 or more holds on a day, its own or its agency's.
    pub fn is_assessed(&self, today: PartialDate) -> bool {
        self.assessed_until(today).is_some()
    }

    /// The days that are left of what it is assessed by, where they are few.
    pub fn ends_soon(&self, today: PartialDate) -> Option<i64> {
        days::between(today, self.assessed_until(today)?).filter(|left| *left <= WARNING_DAYS)
    }

    /// Whether it may meet real people on a day.
    pub fn is_live(&self, today: PartialDate) -> bool {
        self.stage == Stage::Live && self.is_assessed(today)
    }

    /// Whether it is the same application as another registration but for its names and keys: what an assessment was
    /// about. The rest of the two may differ in stage and assessment.
    pub fn is_as_assessed(&self, before: &Party) -> bool {
        let bare = |party: &Party| Party {
            name: String::new(),
            name_en: String::new(),
            jwks: Value::Null,
            assessment: None,
            stage: Stage::Sandbox,
            covered_by: None,
            ..party.clone()
        };
        bare(self) == bare(before)
    }

    /// What pairwise subjects are computed for: the host of its addresses (OpenID Connect Core §8.1).
    pub fn sector(&self) -> String {
        self.redirect_uris.first().and_then(|a| redirect::host(a)).unwrap_or_default()
    }
}

/// A signed-in browser of a citizen.
#[derive(Clone, Debug)]
pub struct Session {
    /// Names the session on its owner's page.
    pub number: i64,
    /// Whose.
    pub citizen: i64,
    /// When the citizen signed in.
    pub created_at: Moment,
    /// When it ends.
    pub ends_at: Moment,
    /// From where.
    pub address: String,
    /// What the browser calls itself.
    pub browser: String,
    /// How the citizen proved himself: values of RFC 8176 with blanks between them.
    pub amr: String,
}
