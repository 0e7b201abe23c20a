//! What the QR code of an identity card says.

use crate::{FormerNumber, FullName, Invalid, PartialDate, PersonalNumber, Sex};
use std::fmt;

/// The text in the QR code of an identity card: `number|former number|name|birth|sex|address|issued`, dates as
/// `ddMMyyyy`; some cards leave the former number out, some have more behind. It is not signed: it spares typing and
/// proves nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct CardText {
    /// 12 digits.
    pub number: PersonalNumber,
    /// 9 digits, where the card has them.
    pub former: Option<FormerNumber>,
    /// Full name.
    pub name: FullName,
    /// Date of birth, as far as known.
    pub birth_date: PartialDate,
    /// Sex, where the card says it.
    pub sex: Option<Sex>,
    /// Permanent residence when the card was issued.
    pub address: String,
    /// Date of issue, whole.
    pub issued_on: PartialDate,
}

const FORMAT: Invalid = Invalid::new(
    "card-text/format",
    "Không đọc được nội dung mã QR của thẻ căn cước. Hãy quét lại, hoặc nhập ngày cấp thẻ.",
    "This is not the text of a card's QR code. Scan it again, or enter the date of issue.",
);

impl CardText {
    /// Characters at most.
    pub const MAX: usize = 512;
    /// Fields at most; those behind the seventh are not read.
    const FIELDS: usize = 16;
    /// Characters of an address at most.
    const ADDRESS: usize = 300;

    /// Whether a text means to be one, rather than a number or a date.
    pub fn is_meant(text: &str) -> bool {
        text.contains('|')
    }

    /// Reads the text as a scanner types it; blanks and an end of line around it are ignored.
    ///
    /// # Errors
    /// One rule for whatever is wrong: nobody mends such a text by hand.
    pub fn parse(text: &str) -> Result<CardText, Invalid> {
        let text = text.trim();
        if text.chars().take(CardText::MAX + 1).count() > CardText::MAX || text.chars().any(char::is_control)
        {
            return Err(FORMAT);
        }
        let fields: Vec<&str> = text.split('|').map(str::trim).take(CardText::FIELDS + 1).collect();
        let (number, former, rest) = match fields.as_slice() {
            // A name has no digit: without the former number it comes second.
            [number, second, rest @ ..] if second.chars().any(char::is_alphabetic) => {
                (number, "", [&[*second], rest].concat())
            }
            [number, former, rest @ ..] => (number, *former, rest.to_vec()),
            _ => return Err(FORMAT),
        };
        let [name, birth, sex, address, issued, ..] = rest[..] else { return Err(FORMAT) };
        if fields.len() > CardText::FIELDS || address.chars().count() > CardText::ADDRESS {
            return Err(FORMAT);
        }
        // A card that replaced one of twelve digits may repeat those.
        let former = match former.len() {
            0 => None,
            12 => PersonalNumber::parse(former).map(|_| None).map_err(|_| FORMAT)?,
            _ => Some(FormerNumber::parse(former).map_err(|_| FORMAT)?),
        };
        let sex = match sex {
            "" => None,
            sex => Some(Sex::parse(sex).map_err(|_| FORMAT)?),
        };
        let (birth_date, issued_on) = (date(birth)?, date(issued)?);
        if birth_date.is_unknown() || !issued_on.is_whole() {
            return Err(FORMAT);
        }
        Ok(CardText {
            number: PersonalNumber::parse(number).map_err(|_| FORMAT)?,
            former,
            name: FullName::parse(name).map_err(|_| FORMAT)?,
            birth_date,
            sex,
            address: address.to_owned(),
            issued_on,
        })
    }
}

/// Exactly `ddMMyyyy`.
fn date(text: &str) -> Result<PartialDate, Invalid> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FORMAT);
    }
    PartialDate::parse(text).map_err(|_| FORMAT)
}

impl fmt::Debug for CardText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardText(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOA: &str =
        "054183000004|220000013|Nguyễn Thị Hòa|05081983|Nữ|12 Nguyễn Thiện Thuật, Lộc Thọ|14072023";

    #[test]
    fn reads_what_cards_say() {
        let hoa = CardText::parse(HOA).unwrap();
        assert_eq!((hoa.number.reveal().as_str(), hoa.name.reveal()), ("054183000004", "Nguyễn Thị Hòa"));
        assert_eq!(hoa.former.map(FormerNumber::reveal).as_deref(), Some("220000013"));
        assert_eq!(
            (hoa.birth_date.iso().as_str(), hoa.issued_on.iso().as_str()),
            ("1983-08-05", "2023-07-14")
        );
        assert_eq!((hoa.sex, hoa.address.as_str()), (Some(Sex::Female), "12 Nguyễn Thiện Thuật, Lộc Thọ"));
        let less = HOA.replace("220000013", "");
        assert_eq!(CardText::parse(&less).map(|c| c.former), Ok(None));
        let without = HOA.replace("|220000013", "");
        assert_eq!(CardText::parse(&without).unwrap(), CardText::parse(&less).unwrap());
        for scanned in [
            format!(" {HOA}\r\n"),
            format!("{HOA}|||Trần Văn Đức|x"),
            HOA.replace("220000013", "054183000004"),
        ] {
            assert_eq!(CardText::parse(&scanned).map(|c| c.issued_on), Ok(hoa.issued_on), "{scanned}");
        }
        let year = HOA.replace("05081983", "00001983");
        assert_eq!(CardText::parse(&year).unwrap().birth_date.iso(), "1983");
    }

    #[test]
    fn refuses_what_no_card_says() {
        let wrong = [
            "",
            "054183000004",
            "|",
            "054183000004|220000013|Nguyễn Thị Hòa|05081983|Nữ|12 Nguyễn Thiện Thuật",
            "05418300000|220000013|Nguyễn Thị Hòa|05081983|Nữ|x|14072023",
            "054183000004|22000001|Nguyễn Thị Hòa|05081983|Nữ|x|14072023",
            "054183000004|220000013||05081983|Nữ|x|14072023",
            "054183000004|220000013|Nguyễn Thị Hòa|05/08/1983|Nữ|x|14072023",
            "054183000004|220000013|Nguyễn Thị Hòa|05081983|Nữ|x|00072023",
            "054183000004|220000013|Nguyễn Thị Hòa|05081983|Nữ|x|31022023",
            "054183000004|220000013|Nguyễn Thị Hòa|00000000|Nữ|x|14072023",
            "054183000004|220000013|Nguyễn Thị Hòa|05081983|có|x|14072023",
            "054183000004|220000013|Nguyễn Thị\u{7}Hòa|05081983|Nữ|x|14072023",
        ];
        for text in wrong {
            assert_eq!(CardText::parse(text).map(|_| ()), Err(FORMAT), "{text}");
        }
        let long = HOA.replace("12 Nguyễn", &"x".repeat(301));
        assert!(CardText::parse(&long).is_err());
        assert!(CardText::parse(&format!("{HOA}{}", "|".repeat(10))).is_err());
        assert!(CardText::parse(&format!("{HOA}|{}", "x".repeat(512))).is_err());
        assert!(!format!("{:?}", CardText::parse(HOA)).contains("Hòa"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", edit in "[|0-9a-zA-ZđĐ\\s]{0,12}", at in 0usize..140, cut in 0usize..9) {
            let _ = CardText::parse(&text);
            let mut chars: Vec<char> = HOA.chars().collect();
            let at = at.min(chars.len());
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, edit.chars());
            if let Ok(card) = CardText::parse(&chars.into_iter().collect::<String>()) {
                prop_assert!(card.issued_on.is_whole() && !card.birth_date.is_unknown());
                prop_assert!(card.address.chars().count() <= CardText::ADDRESS);
            }
        }
    }
}
