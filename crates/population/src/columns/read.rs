//! From the cells of a row to facts.

use super::{
    Column,
    words::{bare, blood, claim, country, ethnicity, marital, relation, split},
};
use crate::model::{
    Card, CardPart, Contact, Fact, FormerClaim, LifeStatus, NameParts, NumberClaim, Relation, Relative,
};
use reference::{Era, units};
use vocabulary::{
    Address, FormerNumber, FullName, Invalid, PartialDate, PersonalNumber, Sex, UnitCode, UnitLevel, fold,
};

macro_rules! rules {
    ($($name:ident = $rule:literal, $vi:literal, $en:literal;)*) => {
        $(const $name: Invalid = Invalid::new($rule, $vi, $en);)*
    };
}

rules! {
    NAME_MISSING = "name/missing", "Thiếu họ tên", "The name is missing";
    ZEROS = "number/leading-zeros", "Số thiếu chữ số 0 ở đầu, đã thêm", "Leading zeros were missing and have been added";
    FORMER_HERE = "number/former", "Số 9 chữ số được hiểu là số CMND", "A number of 9 digits was read as a former number";
    FUTURE = "date/future", "Ngày ở tương lai", "The date lies in the future";
    UNIT = "unit/unknown", "Mã đơn vị hành chính không có trong danh mục", "The unit code is not in the list";
    NOT_COMMUNE = "unit/not-commune", "Cần mã cấp xã (5 chữ số)", "The code of a commune (5 digits) is needed";
    CONVERTED = "unit/converted", "Mã xã cũ, đã chuyển sang đơn vị từ 01/7/2025", "A code of before 1 July 2025, converted to the unit since";
    DIVIDED = "unit/divided", "Xã cũ được chia hoặc không có trong bảng chuyển đổi, chưa xác định được xã mới", "The old commune was divided or has no row in the conversion table: the present one is not known";
    OTHER_UNIT = "unit/disagree", "Mã xã mới không phải là nơi xã cũ được sắp xếp vào", "The present commune is not one into which the old one went";
    LONG = "text/long", "Nội dung quá dài (tối đa 300 ký tự)", "The text is too long (300 characters at most)";
    SIGNS = "text/characters", "Có ký tự điều khiển hoặc ký tự không đọc được", "There are control characters or characters that cannot be read";
    ETHNIC = "ethnicity/unknown", "Dân tộc không có trong danh mục", "The ethnic group is not in the list";
    COUNTRY = "country/unknown", "Quốc gia không có trong danh mục", "The country is not in the list";
    MARITAL = "marital-status/value", "Tình trạng hôn nhân không có trong danh mục", "The marital status is not in the list";
    BLOOD = "blood-group/value", "Nhóm máu phải là A, B, AB hoặc O", "The blood group must be A, B, AB or O";
    LIFE = "life-status/value", "Tình trạng sống phải là còn sống, đã chết hoặc mất tích", "The life status must be alive, dead or missing";
    LIFE_DATE = "life-status/date", "Có ngày chết hoặc mất tích nhưng tình trạng là còn sống", "There is a date of death or disappearance, but the status is alive";
    DEATH_BEFORE = "life-status/before-birth", "Ngày chết hoặc mất tích trước ngày sinh", "The date of death or disappearance lies before birth";
    COUNT = "list/count", "Số giá trị không khớp với số lượng số ở cột kèm theo", "There are not as many values as numbers in the column beside";
    MANY = "list/many", "Quá nhiều giá trị trong một ô (tối đa 20)", "Too many values in a cell (20 at most)";
    PHONE = "phone/format", "Số điện thoại gồm 6–15 chữ số, có thể bắt đầu bằng +", "A telephone number has 6 to 15 digits, with an optional +";
    EMAIL = "email/format", "Thư điện tử không đúng dạng", "The e-mail address is not of the right form";
    DROPPED = "cell/dropped", "Giá trị không đọc được, đã bỏ qua", "The value cannot be read and was left out";
    CARD = "card/issued", "Thiếu ngày cấp thẻ căn cước, phần thẻ đã bỏ qua", "The card's date of issue is missing; what is said of the card was left out";
    RELATIVE_NUMBER = "relative/number", "Số của người thân không đúng 12 chữ số, đã bỏ qua", "The relative's number has not 12 digits and was left out";
    RELATIVE_NAME = "relative/name", "Họ tên người thân không hợp lệ, đã bỏ qua", "The relative's name is not valid and was left out";
}

/// What is wrong with a cell: a reason to reject the row, or a warning.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column.
    pub column: Column,
    /// The rule.
    pub invalid: Invalid,
    /// The value, as the cell has it; personal data.
    pub value: String,
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fault({}, {})", self.column.code(), self.invalid.rule)
    }
}

/// A temporary residence or an absence in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// Where, or where to.
    pub address: Address,
    /// Since when.
    pub since: PartialDate,
    /// Until when.
    pub until: PartialDate,
}

/// What a row tells of a person.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The facts, but for permanent residence, household and relation, which depend on whether a household is formed.
    /// Relatives are told by name and number.
    pub facts: Vec<Fact>,
    /// The number in force.
    pub number: Option<PersonalNumber>,
    /// The name.
    pub name: Option<FullName>,
    /// Date of birth.
    pub birth: PartialDate,
    /// Former numbers.
    pub formers: Vec<FormerClaim>,
    /// Numbers no longer in force.
    pub past: Vec<NumberClaim>,
    /// Permanent residence.
    pub permanent: Address,
    /// Since when.
    pub since: PartialDate,
    /// The household within the file.
    pub group: String,
    /// Number of its residence file.
    pub file: String,
    /// Relation to its head.
    pub relation: Option<Relation>,
    /// Alive, dead or missing.
    pub life: LifeStatus,
    /// The temporary residence in force.
    pub temporary: Option<Stay>,
    /// The absence in force.
    pub absence: Option<Stay>,
    /// Why the row cannot be taken in; empty where it can.
    pub refused: Vec<Fault>,
    /// What is unlikely, or was read otherwise than it stands.
    pub warnings: Vec<Fault>,
}

/// Reads a row. `cell` gives a column's text, empty where there is none or the file lacks the column; `today` is the
/// last day that a date may name.
///
/// Rejected are a missing name, dates that the calendar lacks or that lie in the future, and codes that no list has.
/// What a number's structure says is compared with birth and sex, and differs as a warning only.
pub fn read<'a>(cell: impl Fn(Column) -> &'a str, today: PartialDate) -> Told {
    // As many facts as the rows of offices tell, and some more.
    let told = Told { facts: Vec::with_capacity(16), ..Told::default() };
    let mut reader = Reader { cell, today, told };
    reader.identity();
    reader.places();
    reader.circumstances();
    reader.circle();
    reader.told
}

/// Values in a cell at most.
const VALUES: usize = 20;

struct Reader<F> {
    cell: F,
    today: PartialDate,
    told: Told,
}

impl<'a, F: Fn(Column) -> &'a str> Reader<F> {
    fn get(&self, column: Column) -> &'a str {
        (self.cell)(column).trim()
    }

    fn refuse(&mut self, column: Column, invalid: Invalid, value: &str) {
        self.told.refused.push(Fault { column, invalid, value: value.to_owned() });
    }

    fn warn(&mut self, column: Column, invalid: Invalid, value: &str) {
        self.told.warnings.push(Fault { column, invalid, value: value.to_owned() });
    }

    /// A value read by a rule, or the row refused.
    fn checked<T>(&mut self, column: Column, value: &str, read: Result<T, Invalid>) -> Option<T> {
        read.map_err(|invalid| self.refuse(column, invalid, value)).ok()
    }

    fn date(&mut self, column: Column) -> PartialDate {
        let text = self.get(column);
        let date = self.date_of(column, text);
        if date.earliest() > self.today.packed() {
            self.refuse(column, FUTURE, text);
        }
        date
    }

    fn date_of(&mut self, column: Column, text: &str) -> PartialDate {
        if text.is_empty() {
            return PartialDate::UNKNOWN;
        }
        let read = match PartialDate::parse(text) {
            Ok(date) => Ok((date, None)),
            Err(_) => tabular::read_date(text),
        };
        let Some((date, guess)) = self.checked(column, text, read) else { return PartialDate::UNKNOWN };
        if let Some(guess) = guess {
            self.warn(column, guess, text);
        }
        date
    }

    fn words(&mut self, column: Column) -> Option<String> {
        let text = self.get(column);
        if text.is_empty() {
            return None;
        }
        if text.chars().count() > Address::MAX {
            self.refuse(column, LONG, "");
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n' || c == '\u{FFFD}') {
            self.refuse(column, SIGNS, "");
            return None;
        }
        Some(text.to_owned())
    }

    /// The values of a cell that holds several: between separators, or, in the cells of offices, between the signs.
    fn list(&mut self, column: Column, signs: &[char]) -> Vec<String> {
        let text = self.get(column);
        let values = if text.is_empty() { Vec::new() } else { split(text, signs) };
        if values.len() > VALUES {
            self.refuse(column, MANY, "");
            return Vec::new();
        }
        values
    }

    fn identity(&mut self) {
        if let Some(number) = self.number(Column::Number) {
            self.told.number = Some(number);
        }
        self.formers();
        self.past();
        self.name();
        let birth = self.date(Column::BirthDate);
        self.told.birth = birth;
        if !birth.is_unknown() {
            self.told.facts.push(Fact::BirthDate(birth));
        }
        let text = self.get(Column::Sex);
        let sex = if text.is_empty() { None } else { self.checked(Column::Sex, text, Sex::parse(text)) };
        if sex.is_some() {
            self.told.facts.push(Fact::Sex(sex));
        }
        self.card(birth);
        if let Some(number) = self.told.number {
            self.told.facts.push(Fact::Number(Some(number)));
            for invalid in number.implausibilities(birth, sex, None) {
                self.warn(Column::Number, invalid, &number.reveal());
            }
        }
        if !self.told.formers.is_empty() {
            self.told.facts.push(Fact::FormerNumbers(self.told.formers.clone()));
        }
    }

    fn card(&mut self, birth: PartialDate) {
        let cell = self.get(Column::CardExpires);
        let expires_on = match fold(cell).as_str() {
            "khong thoi han" | "khong xac dinh thoi han" | "vo thoi han" | "no limit" => PartialDate::UNKNOWN,
            _ => self.date_of(Column::CardExpires, cell),
        };
        let issued = self.get(Column::CardIssued);
        let issued_on = self.date_of(Column::CardIssued, issued);
        let issuer = self.words(Column::CardIssuer).unwrap_or_default();
        if issued_on.is_unknown() {
            if issued.is_empty() && !(cell.is_empty() && issuer.is_empty()) {
                self.warn(Column::CardIssued, CARD, "");
            }
            return;
        }
        let card = Card { issued_on, expires_on, issuer: issuer.into() };
        for (part, invalid) in card.contradictions(birth, self.today) {
            let column = match part {
                CardPart::Issued => Column::CardIssued,
                CardPart::Expires => Column::CardExpires,
                CardPart::Issuer => Column::CardIssuer,
            };
            self.refuse(column, invalid, self.get(column));
        }
        if let Some(invalid) = card.implausibility(birth) {
            self.warn(Column::CardExpires, invalid, cell);
        }
        self.told.facts.push(Fact::Card(Some(card)));
    }

    /// The personal number. Spreadsheets drop leading zeros, and offices write old numbers into the same column.
    fn number(&mut self, column: Column) -> Option<PersonalNumber> {
        let text = self.get(column);
        let digits = bare(text);
        if digits.is_empty() {
            return None;
        }
        let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
        match digits.len() {
            9 if all_digits => {
                if let Ok(number) = FormerNumber::parse(&digits) {
                    self.warn(column, FORMER_HERE, text);
                    self.told.formers.push(claim(number));
                }
                None
            }
            10 | 11 if all_digits => {
                self.warn(column, ZEROS, text);
                PersonalNumber::parse(&format!("{digits:0>12}")).ok()
            }
            _ => self.checked(column, text, PersonalNumber::parse(&digits)),
        }
    }

    fn formers(&mut self) {
        let numbers = self.list(Column::Formers, &[';', ',', '/', '\n']);
        let issuers = self.beside(Column::FormerIssuers, numbers.len());
        let from = self.beside(Column::FormerFrom, numbers.len());
        let until = self.beside(Column::FormerUntil, numbers.len());
        for (i, text) in numbers.iter().enumerate() {
            let digits = bare(text);
            if digits.is_empty() {
                continue;
            }
            let padded = if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()) {
                self.warn(Column::Formers, ZEROS, text);
                format!("0{digits}").into()
            } else {
                digits
            };
            let Some(number) = self.checked(Column::Formers, text, FormerNumber::parse(&padded)) else {
                continue;
            };
            let mut claim = claim(number);
            claim.issuer = issuers.get(i).cloned().unwrap_or_default();
            claim.from =
                self.date_of(Column::FormerFrom, from.get(i).map(String::as_str).unwrap_or_default());
            claim.until =
                self.date_of(Column::FormerUntil, until.get(i).map(String::as_str).unwrap_or_default());
            self.told.formers.retain(|c| c.number != number);
            self.told.formers.push(claim);
        }
    }

    fn past(&mut self) {
        let numbers = self.list(Column::PastNumbers, &[';', ',', '\n']);
        let until = self.beside(Column::PastUntil, numbers.len());
        let reasons = self.beside(Column::PastReasons, numbers.len());
        for (i, text) in numbers.iter().enumerate() {
            let read = PersonalNumber::parse(&bare(text));
            let Some(number) = self.checked(Column::PastNumbers, text, read) else { continue };
            let until = self.date_of(Column::PastUntil, until.get(i).map(String::as_str).unwrap_or_default());
            let reason = reasons.get(i).cloned().unwrap_or_default();
            self.told.past.push(NumberClaim { number, until, reason });
        }
    }

    /// The values that stand beside the numbers of another column; one number takes the whole cell.
    fn beside(&mut self, column: Column, numbers: usize) -> Vec<String> {
        let Some(text) = self.words(column) else { return Vec::new() };
        let values = split(&text, if numbers > 1 { &[';', '\n'] } else { &[] });
        if values.len() > numbers {
            self.warn(column, COUNT, &text);
        }
        values
    }

    fn name(&mut self) {
        let part = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let family = part(self.get(Column::Family));
        let middle = part(self.get(Column::Middle));
        let given = part(self.get(Column::Given));
        let parts = !family.is_empty() && !given.is_empty();
        let mut text = self.get(Column::Name).to_owned();
        if text.is_empty() {
            // A sheet with the family name and middle name in one column and the given name in the next.
            text = part(&format!("{family} {middle} {given}"));
        }
        if text.is_empty() {
            self.refuse(Column::Name, NAME_MISSING, "");
            return;
        }
        let Some(name) = self.checked(Column::Name, &text, FullName::parse(&text)) else { return };
        self.told.facts.push(Fact::Name(Some(name.clone())));
        self.told.name = Some(name);
        if parts {
            let found = [(Column::Family, &family), (Column::Middle, &middle), (Column::Given, &given)];
            let sound = |text: &str| if text.is_empty() { Ok(()) } else { FullName::parse(text).map(drop) };
            let wrong = found.into_iter().find_map(|(column, text)| Some((column, sound(text).err()?)));
            match wrong {
                Some((column, invalid)) => self.refuse(column, invalid, &text),
                None => self.told.facts.push(Fact::NameParts(Some(NameParts { family, middle, given }))),
            }
        }
        let mut others = Vec::new();
        for other in self.list(Column::OtherNames, &[';', '\n']) {
            others.extend(self.checked(Column::OtherNames, &other, FullName::parse(&other)));
        }
        if !others.is_empty() {
            self.told.facts.push(Fact::OtherNames(others));
        }
    }

    fn places(&mut self) {
        use Column::*;
        let address = self.address([
            BirthPlaceOld,
            BirthPlaceUnit,
            BirthPlaceDetail,
            BirthPlaceText,
            BirthPlaceCountry,
        ]);
        self.tell_place(address, Fact::BirthPlace);
        let address = self.address([
            RegistrationOld,
            RegistrationUnit,
            RegistrationDetail,
            RegistrationText,
            RegistrationCountry,
        ]);
        self.tell_place(address, Fact::BirthRegistration);
        let address =
            self.address([HometownOld, HometownUnit, HometownDetail, HometownText, HometownCountry]);
        self.tell_place(address, Fact::Hometown);
        let address = self.address([CurrentOld, CurrentUnit, CurrentDetail, CurrentText, CurrentCountry]);
        self.tell_place(address, Fact::Current);
        self.told.permanent =
            self.address([PermanentOld, PermanentUnit, PermanentDetail, PermanentText, PermanentCountry]);
        self.told.since = self.date(PermanentSince);
        // A temporary residence is in Viet Nam: it has no column for a country.
        let address =
            self.address([TemporaryOld, TemporaryUnit, TemporaryDetail, TemporaryText, TemporaryText]);
        self.told.temporary = self.stay(address, TemporarySince, TemporaryUntil);
        let address = self.address([AbsenceOld, AbsenceUnit, AbsenceDetail, AbsenceText, AbsenceCountry]);
        self.told.absence = self.stay(address, AbsenceSince, AbsenceUntil);
    }

    fn tell_place(&mut self, address: Address, fact: impl Fn(Address) -> Fact) {
        if !address.is_empty() {
            self.told.facts.push(fact(address));
        }
    }

    fn stay(&mut self, address: Address, since: Column, until: Column) -> Option<Stay> {
        let since = self.date(since);
        let end = self.get(until);
        let until = self.date_of(until, end);
        let stay = Stay { address, since, until };
        (stay != Stay::default()).then_some(stay)
    }

    /// An address from the columns old code, code, detail, text, country.
    fn address(&mut self, [old, new, detail, text, country]: [Column; 5]) -> Address {
        let mut address = Address {
            detail: self.words(detail).unwrap_or_default(),
            text: self.words(text).unwrap_or_default(),
            ..Address::default()
        };
        if country != text {
            let cell = self.get(country);
            if !cell.is_empty() {
                address.country = self.country(country, cell);
            }
        }
        address.old_unit = self.unit(old, Era::Before2025);
        let cell = self.get(new);
        if let Some(code) = self.unit_code(new, cell) {
            if units::find(code, Era::Since2025).is_some() {
                address.new_unit = Some(code);
            } else if units::find(code, Era::Before2025).is_some() && address.old_unit.is_none() {
                // The code of an old commune in the column for present ones.
                address.old_unit = Some(code);
                self.warn(new, CONVERTED, cell);
            } else {
                self.refuse(new, UNIT, cell);
            }
        }
        if let Some(before) = address.old_unit {
            match address.new_unit {
                None => {
                    address.new_unit = units::successor(before).map(|u| u.code);
                    if address.new_unit.is_none() {
                        self.warn(old, DIVIDED, before.as_str());
                    }
                }
                Some(now) => {
                    let rows = units::convert(before);
                    if !rows.is_empty() && rows.iter().all(|c| c.new.code != now) {
                        self.warn(new, OTHER_UNIT, now.as_str());
                    }
                }
            }
        }
        address
    }

    fn unit(&mut self, column: Column, era: Era) -> Option<UnitCode> {
        let cell = self.get(column);
        let code = self.unit_code(column, cell)?;
        if units::find(code, era).is_none() {
            self.refuse(column, UNIT, cell);
            return None;
        }
        Some(code)
    }

    /// A commune's code; a spreadsheet may have dropped its leading zeros.
    fn unit_code(&mut self, column: Column, cell: &str) -> Option<UnitCode> {
        let digits = bare(cell);
        if digits.is_empty() {
            return None;
        }
        let padded = if digits.len() < 5 && digits.bytes().all(|b| b.is_ascii_digit()) {
            let padded = format!("{digits:0>5}");
            let known = UnitCode::parse(&padded).is_ok_and(|c| units::any(c).next().is_some());
            if known && digits.len() != 2 {
                self.warn(column, ZEROS, cell);
                padded.into()
            } else {
                digits
            }
        } else {
            digits
        };
        let code = self.checked(column, cell, UnitCode::parse(&padded))?;
        let island = code.level() == UnitLevel::District && units::convert(code).len() == 1;
        if code.level() != UnitLevel::Commune && !island {
            // Island districts are a unit of their own; other districts and provinces are too large for an address.
            self.refuse(column, NOT_COMMUNE, cell);
            return None;
        }
        Some(code)
    }

    fn country(&mut self, column: Column, cell: &str) -> Option<String> {
        let found = country(cell);
        if found.is_none() {
            self.refuse(column, COUNTRY, cell);
        }
        found.map(str::to_owned)
    }

    fn circumstances(&mut self) {
        let cell = self.get(Column::Ethnicity);
        if !cell.is_empty() {
            match ethnicity(cell) {
                Some(code) => self.told.facts.push(Fact::Ethnicity(Some(code.to_owned()))),
                None => self.refuse(Column::Ethnicity, ETHNIC, cell),
            }
        }
        if let Some(religion) = self.words(Column::Religion) {
            self.told.facts.push(Fact::Religion(Some(religion)));
        }
        let mut nationalities: Vec<String> = Vec::new();
        for value in self.list(Column::Nationalities, &[';', ',', '\n']) {
            nationalities.extend(self.country(Column::Nationalities, &value));
        }
        if !nationalities.is_empty() {
            self.told.facts.push(Fact::Nationalities(nationalities));
        }
        let cell = self.get(Column::Marital);
        if !cell.is_empty() {
            match marital(cell) {
                Some(status) => self.told.facts.push(Fact::MaritalStatus(Some(status))),
                None => self.refuse(Column::Marital, MARITAL, cell),
            }
        }
        let cell = self.get(Column::Blood);
        if !cell.is_empty() {
            match blood(cell) {
                Some(group) => self.told.facts.push(Fact::BloodGroup(Some(group))),
                None => self.refuse(Column::Blood, BLOOD, cell),
            }
        }
        if let Some(occupation) = self.words(Column::Occupation) {
            self.told.facts.push(Fact::Occupation(Some(occupation)));
        }
        self.life();
        self.contact();
    }

    fn life(&mut self) {
        let day = self.date(Column::LifeSince);
        let cell = self.get(Column::Life);
        let life = match fold(cell).as_str() {
            "" if day.is_unknown() => LifeStatus::Alive,
            "" => LifeStatus::Dead { on: day },
            "alive" | "con song" | "song" => LifeStatus::Alive,
            "dead" | "da chet" | "chet" | "da mat" | "da tu vong" | "tu vong" => LifeStatus::Dead { on: day },
            "missing" | "mat tich" => LifeStatus::Missing { since: day },
            _ => {
                self.refuse(Column::Life, LIFE, cell);
                return;
            }
        };
        match life {
            LifeStatus::Alive if !day.is_unknown() => self.refuse(Column::Life, LIFE_DATE, cell),
            LifeStatus::Alive => {}
            _ => {
                let last = if day.is_whole() { day.packed() } else { u32::MAX };
                if !day.is_unknown() && self.told.birth.earliest() > last {
                    self.refuse(Column::LifeSince, DEATH_BEFORE, &day.local_text());
                }
                self.told.facts.push(Fact::Life(life));
            }
        }
        self.told.life = life;
    }

    fn contact(&mut self) {
        let mut contact = Contact::default();
        for value in self.list(Column::Phones, &[';', ',', '/', '\n']) {
            let phone: String =
                value.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')' | '\'')).collect();
            let digits = phone.strip_prefix('+').unwrap_or(&phone);
            if (6..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
                contact.phones.push(phone);
            } else {
                self.warn(Column::Phones, PHONE, &value);
                self.warn(Column::Phones, DROPPED, "");
            }
        }
        for value in self.list(Column::Emails, &[';', ',', '\n']) {
            let sound = value.len() <= 254
                && value
                    .split_once('@')
                    .is_some_and(|(who, host)| !who.is_empty() && host.contains('.') && !host.contains('@'))
                && !value.contains(|c: char| c.is_whitespace() || c.is_control());
            if sound {
                contact.emails.push(value);
            } else {
                self.warn(Column::Emails, EMAIL, &value);
                self.warn(Column::Emails, DROPPED, "");
            }
        }
        if !contact.is_empty() {
            self.told.facts.push(Fact::Contact(contact));
        }
    }

    fn circle(&mut self) {
        use Column::*;
        let father = self.relative(FatherName, FatherNumber);
        let mother = self.relative(MotherName, MotherNumber);
        let spouse = self.relative(SpouseName, SpouseNumber);
        let guardian = self.relative(GuardianName, GuardianNumber);
        let facts = &mut self.told.facts;
        facts.extend(father.map(|r| Fact::Father(Some(r))));
        facts.extend(mother.map(|r| Fact::Mother(Some(r))));
        facts.extend(spouse.map(|r| Fact::Spouse(Some(r))));
        facts.extend(guardian.map(|r| Fact::Guardian(Some(r))));
        self.told.group = self.words(HouseholdGroup).unwrap_or_default();
        self.told.file = self.words(HouseholdFile).unwrap_or_default();
        let cell = self.get(Column::Relation);
        if !cell.is_empty() {
            match relation(cell) {
                Some(found) => self.told.relation = Some(found),
                None => {
                    let invalid = crate::model::Relation::parse("?").err().unwrap_or(DROPPED);
                    self.refuse(Column::Relation, invalid, cell);
                }
            }
        }
    }

    /// A relative as a row tells one. What is wrong with it is a warning: it is another person's row that has to be right.
    fn relative(&mut self, name: Column, number: Column) -> Option<Relative> {
        let cell = self.get(name);
        let known = if cell.is_empty() { None } else { Some(FullName::parse(cell)) };
        if matches!(known, Some(Err(_))) {
            self.warn(name, RELATIVE_NAME, cell);
        }
        let cell = bare(self.get(number));
        let read = match cell.len() {
            0 => None,
            10 | 11 => Some(PersonalNumber::parse(&format!("{cell:0>12}"))),
            _ => Some(PersonalNumber::parse(&cell)),
        };
        if matches!(read, Some(Err(_))) {
            self.warn(number, RELATIVE_NUMBER, &cell);
        }
        let relative =
            Relative { person: None, name: known.and_then(Result::ok), number: read.and_then(Result::ok) };
        (relative.name.is_some() || relative.number.is_some()).then_some(relative)
    }
}
