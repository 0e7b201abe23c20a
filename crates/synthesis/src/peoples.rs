//! Which peoples live where, and how they are named.
//!
//! The shares are rounded figures of the 2019 census as remembered: they make a place look right and are no statistic.
//! What a list leaves over is Kinh.

use crate::draw::{Draw, Weighted};
use reference::ethnic_groups;
use vocabulary::UnitCode;

/// Code of the Kinh in the official list.
pub(crate) const KINH: &str = "01";

/// Persons in a thousand, by code of the people.
type Shares = &'static [(&'static str, u32)];

/// Districts that differ much from the rest of their province.
const DISTRICTS: &[(&str, Shares)] = &[
    ("573", &[("21", 480), ("16", 120), ("02", 50), ("07", 30), ("12", 20)]), // Khánh Vĩnh
    ("575", &[("21", 720), ("02", 10)]),                                      // Khánh Sơn
];

/// Provinces by their code before July 2025.
const PROVINCES: &[(&str, Shares)] = &[
    ("01", &[("06", 8), ("02", 3)]),
    ("02", &[("08", 340), ("02", 225), ("09", 149), ("07", 97), ("25", 20)]),
    ("04", &[("02", 410), ("07", 300), ("08", 110), ("09", 100)]),
    ("06", &[("02", 530), ("09", 180), ("07", 90), ("08", 70)]),
    ("08", &[("02", 260), ("09", 130), ("15", 90), ("08", 30), ("07", 20)]),
    ("10", &[("08", 250), ("02", 150), ("09", 140), ("25", 45), ("07", 40)]),
    ("11", &[("08", 381), ("03", 357), ("29", 33)]),
    ("12", &[("03", 310), ("08", 230), ("09", 130), ("35", 33)]),
    ("14", &[("03", 536), ("08", 160), ("06", 68), ("34", 20), ("29", 12)]),
    ("15", &[("02", 180), ("08", 130), ("09", 120), ("03", 70), ("06", 20)]),
    ("17", &[("06", 633), ("03", 40), ("02", 28), ("09", 18)]),
    ("19", &[("02", 110), ("07", 80), ("18", 45), ("15", 30), ("09", 25)]),
    ("20", &[("07", 430), ("02", 360), ("09", 35)]),
    ("22", &[("09", 50), ("02", 30), ("18", 15), ("15", 12)]),
    ("24", &[("07", 50), ("02", 30), ("15", 16), ("18", 15)]),
    ("25", &[("06", 145), ("09", 10)]),
    ("26", &[("18", 40)]),
    ("38", &[("06", 100), ("03", 62)]),
    ("40", &[("03", 100), ("24", 21), ("29", 13), ("08", 10)]),
    ("44", &[("23", 20)]),
    ("45", &[("23", 110), ("31", 25)]),
    ("46", &[("31", 30), ("26", 14)]),
    ("49", &[("26", 38), ("14", 30), ("27", 15)]),
    ("51", &[("19", 108), ("30", 27), ("14", 14)]),
    ("52", &[("13", 14), ("19", 7)]),
    ("54", &[("12", 25), ("17", 24), ("13", 5)]),
    ("56", &[("21", 4), ("04", 2), ("12", 1), ("16", 1), ("02", 1)]),
    ("58", &[("21", 120), ("17", 115)]),
    ("60", &[("17", 32), ("21", 14), ("16", 10), ("04", 8)]),
    ("62", &[("14", 245), ("13", 125), ("27", 75), ("10", 48)]),
    ("64", &[("10", 304), ("13", 124)]),
    ("66", &[("12", 188), ("07", 40), ("02", 28), ("20", 26), ("08", 21)]),
    ("67", &[("20", 80), ("08", 55), ("07", 45), ("02", 35)]),
    ("68", &[("16", 135), ("28", 25), ("07", 20), ("02", 16), ("36", 16)]),
    ("70", &[("22", 96), ("07", 24), ("02", 24), ("05", 20)]),
    ("72", &[("05", 7), ("17", 3)]),
    ("75", &[("04", 28), ("07", 7), ("32", 6)]),
    ("77", &[("32", 8), ("04", 7)]),
    ("79", &[("04", 43), ("05", 6)]),
    ("84", &[("05", 317), ("04", 7)]),
    ("86", &[("05", 22)]),
    ("89", &[("05", 40), ("17", 6)]),
    ("91", &[("05", 123), ("04", 14)]),
    ("92", &[("05", 17), ("04", 8)]),
    ("93", &[("05", 25)]),
    ("94", &[("05", 302), ("04", 52)]),
    ("95", &[("05", 74), ("04", 18)]),
    ("96", &[("05", 22)]),
];

/// How a people names its children, where it is not as the Kinh do.
pub(crate) struct Custom {
    code: &'static str,
    /// The common family names.
    pub(crate) surnames: &'static [&'static str],
    /// The family name passes from the mother.
    pub(crate) maternal: bool,
    /// The name begins with Y (male) or H' (female) and ends with the family name.
    pub(crate) family_last: bool,
}

const fn custom(code: &'static str, surnames: &'static [&'static str]) -> Custom {
    Custom { code, surnames, maternal: false, family_last: false }
}

/// Where naming differs from that of the Kinh.
pub(crate) const CUSTOMS: &[Custom] = &[
    custom("02", &["Nông", "Hoàng", "Hà", "Lý", "Bế", "Ma", "Lường", "Đàm"]),
    custom("03", &["Lò", "Quàng", "Cà", "Lường", "Vi", "Tòng", "Hà", "Lô"]),
    custom("04", &["Trần", "Lý", "Quách", "Lâm", "Vương", "Huỳnh", "Tăng", "Trương"]),
    custom("05", &["Thạch", "Sơn", "Kim", "Danh", "Lâm", "Châu", "Kiên"]),
    custom("06", &["Bùi", "Quách", "Đinh", "Hà", "Phạm", "Nguyễn"]),
    custom("07", &["Nông", "Hoàng", "Lương", "Lý", "Triệu", "Vi"]),
    custom("08", &["Giàng", "Vàng", "Sùng", "Thào", "Vừ", "Hạng", "Lầu", "Mùa"]),
    custom("09", &["Triệu", "Bàn", "Đặng", "Phùng", "Lý", "Chảo"]),
    Custom {
        maternal: true,
        family_last: true,
        ..custom("10", &["Ksor", "Siu", "Kpă", "Nay", "Rơ Mah", "Rah Lan"])
    },
    Custom {
        maternal: true,
        family_last: true,
        ..custom("12", &["Niê", "Êban", "Mlô", "Ayun", "Kbuôr", "Hwing"])
    },
    custom("13", &["Đinh", "A", "Y"]),
    custom("14", &["A", "Y", "Đinh"]),
    Custom {
        maternal: true, ..custom("16", &["Cil", "Kơ Să", "Lơ Mu", "Kra Jan", "Đa Cát", "Rơ Ông"])
    },
    Custom {
        maternal: true, ..custom("17", &["Bá", "Đàng", "Quảng", "Thành", "Lưu", "Kiều", "Châu"])
    },
    custom("19", &["Đinh", "Phạm"]),
    Custom {
        maternal: true,
        family_last: true,
        ..custom("20", &["Êban", "Bkrông", "Buôn Krông", "Rcăm", "Ktla"])
    },
    Custom {
        maternal: true,
        ..custom("21", &["Cao", "Mấu", "Bo Bo", "Tro", "Máng", "Cà Dá", "Pi Năng", "Katơr"])
    },
    custom("22", &["Điểu", "Thị"]),
    custom("23", &["Hồ"]),
    custom("30", &["Hồ", "Đinh"]),
    custom("31", &["Hồ", "Lê"]),
];

/// Names that the peoples of the Highlands give.
pub(crate) const HIGHLAND_MEN: &[&str] =
    &["Thịnh", "Blăm", "Bhăm", "Jút", "Hiăm", "Dhăm", "Khoa", "Thuyên", "Suôn", "Ngọc", "Lợi", "Sĩ"];
/// Names that the peoples of the Highlands give.
pub(crate) const HIGHLAND_WOMEN: &[&str] =
    &["Blă", "Hen", "Nga", "Đôi", "Bia", "Yuôn", "Loan", "Ngọc", "Lan", "Sương", "Thủy", "Mai"];

/// The custom of a people; `None` where it names as the Kinh do.
pub(crate) fn custom_of(code: &str) -> Option<&'static Custom> {
    // Most people are Kinh.
    if code == KINH { None } else { CUSTOMS.iter().find(|c| c.code == code) }
}

/// The peoples of one district or province.
pub(crate) struct Peoples(Weighted<&'static str>);

impl Peoples {
    /// Of a district where it is known, else of the province, else of the country with nearly all Kinh.
    pub(crate) fn of(province: UnitCode, district: Option<UnitCode>) -> Peoples {
        let shares =
            |list: &[(&str, Shares)], code: &str| list.iter().find(|(c, _)| *c == code).map(|(_, s)| *s);
        let known = district
            .and_then(|d| shares(DISTRICTS, d.as_str()))
            .or_else(|| shares(PROVINCES, province.as_str()));
        Peoples(match known {
            Some(known) => {
                let others: u32 = known.iter().map(|(_, share)| share).sum();
                known.iter().copied().chain([(KINH, 1000_u32.saturating_sub(others))]).collect()
            }
            // Ten in a thousand are of the other large groups, by the weights that the list has.
            None => {
                let others = || ethnic_groups::all().iter().filter(|g| g.code != KINH);
                let total: u32 = others().filter_map(|g| g.weight).sum();
                others()
                    .filter_map(|g| Some((g.code, g.weight? / 1000)))
                    .chain([(KINH, total / 1000 * 99)])
                    .collect()
            }
        })
    }

    pub(crate) fn draw(&self, draw: &mut Draw) -> &'static str {
        self.0.draw(draw).copied().unwrap_or(KINH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::{ethnic_groups, provinces};

    #[test]
    fn the_tables_name_peoples_and_provinces_that_exist() {
        let codes = DISTRICTS.iter().chain(PROVINCES).flat_map(|(_, shares)| shares.iter());
        for (code, _) in codes {
            assert!(ethnic_groups::find(code).is_some(), "{code}");
        }
        for (province, shares) in PROVINCES {
            assert!(provinces::find_old(UnitCode::parse(province).unwrap()).is_some(), "{province}");
            assert!(shares.iter().map(|(_, s)| s).sum::<u32>() < 1000, "{province}");
        }
        assert!(CUSTOMS.iter().all(|c| ethnic_groups::find(c.code).is_some() && !c.surnames.is_empty()));
    }
}
