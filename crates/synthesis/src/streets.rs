//! House numbers, streets and hamlets, from hand-made lists: believable, and nobody's address in particular.

use crate::draw::{Draw, scramble};
use vocabulary::UnitCode;

/// Streets that nearly every town has.
const STREETS: &[&str] = &[
    "Trần Phú",
    "Nguyễn Thiện Thuật",
    "Hùng Vương",
    "Trần Hưng Đạo",
    "Lê Thánh Tôn",
    "Nguyễn Thị Minh Khai",
    "Quang Trung",
    "Lý Tự Trọng",
    "Hoàng Hoa Thám",
    "Ngô Gia Tự",
    "Lê Hồng Phong",
    "Tô Hiến Thành",
    "Hồng Bàng",
    "Yersin",
    "Bạch Đằng",
    "Nguyễn Trãi",
    "Lê Lợi",
    "Phan Chu Trinh",
    "Phan Bội Châu",
    "Hai Bà Trưng",
    "Bà Triệu",
    "Lý Thường Kiệt",
    "Ngô Quyền",
    "Nguyễn Du",
    "Nguyễn Đình Chiểu",
    "Võ Thị Sáu",
    "Nguyễn Văn Trỗi",
    "Lê Duẩn",
    "Trường Chinh",
    "Hoàng Văn Thụ",
    "Lê Quý Đôn",
    "Chu Văn An",
    "Đinh Tiên Hoàng",
    "Nguyễn Huệ",
    "Tôn Đức Thắng",
    "Phạm Văn Đồng",
    "Điện Biên Phủ",
    "Cách Mạng Tháng Tám",
    "Huỳnh Thúc Kháng",
    "Trần Quý Cáp",
    "Mạc Đĩnh Chi",
    "Nguyễn Công Trứ",
    "Cao Thắng",
    "Bùi Thị Xuân",
    "Đoàn Thị Điểm",
    "Nguyễn Bỉnh Khiêm",
    "Trần Bình Trọng",
    "Lê Đại Hành",
    "Võ Văn Kiệt",
    "Nguyễn Chánh",
    "Tản Đà",
    "Hàn Thuyên",
];

/// First and second words of the names of hamlets.
const HAMLET: [&[&str]; 2] = [
    &[
        "Phú", "Xuân", "Tân", "Vĩnh", "Phước", "Mỹ", "Hòa", "An", "Đông", "Trung", "Bình", "Lạc", "Thanh",
        "Đại",
    ],
    &[
        "Lộc", "Thạnh", "Hòa", "Trung", "Mỹ", "An", "Sơn", "Thuận", "Phong", "Lợi", "Hưng", "Long", "Đức",
        "Khánh",
    ],
];

/// The streets and hamlets of one commune.
pub(crate) struct Streets {
    urban: bool,
    /// *Thôn*, *ấp*, *xóm*, *buôn*.
    word: &'static str,
    streets: Vec<&'static str>,
    hamlets: Vec<String>,
    /// Number of neighbourhood groups (*tổ dân phố*).
    groups: u32,
}

impl Streets {
    /// Of a commune: always the same ones.
    pub(crate) fn of(commune: UnitCode, urban: bool, region: &str) -> Streets {
        let name = commune.as_str().bytes().fold(7, |hash, b| scramble(hash ^ u64::from(b)));
        let draw = &mut Draw::new(name, 0);
        let mut streets = STREETS.to_vec();
        draw.shuffle(&mut streets);
        streets.truncate(14);
        let hamlets = (0..8).map(|_| hamlet(draw)).collect();
        Streets { urban, word: hamlet_word(region), streets, hamlets, groups: 12 + draw.below(20) }
    }

    /// What stands before the commune in an address.
    pub(crate) fn detail(&self, draw: &mut Draw) -> String {
        let group = 1 + draw.below(self.groups);
        if !self.urban {
            let hamlet = draw.pick(&self.hamlets);
            return match draw.below(3) {
                0 => format!("{} {hamlet}", capital(self.word)),
                _ => format!("Tổ {}, {} {hamlet}", 1 + group % 9, self.word),
            };
        }
        let (house, street) = (1 + draw.below(260), draw.pick(&self.streets));
        match draw.below(10) {
            0..5 => format!("{house} {street}, tổ {group}"),
            5..8 => format!("{house}/{} {street}, tổ {group}", 1 + draw.below(40)),
            8 => format!("{house}/{}/{} {street}", 1 + draw.below(20), 1 + draw.below(12)),
            _ => format!("Tổ dân phố {group}"),
        }
    }
}

/// What may stand before a commune somewhere in a region.
pub(crate) fn anywhere(urban: bool, region: &str, draw: &mut Draw) -> String {
    match urban {
        true => format!("{} {}", 1 + draw.below(400), draw.pick(STREETS)),
        false => format!("{} {}", capital(hamlet_word(region)), hamlet(draw)),
    }
}

fn hamlet(draw: &mut Draw) -> String {
    format!("{} {}", draw.pick(HAMLET[0]), draw.pick(HAMLET[1]))
}

fn hamlet_word(region: &str) -> &'static str {
    match region {
        "Đồng bằng sông Cửu Long" | "Đông Nam Bộ" => "ấp",
        "Đông Bắc Bộ" => "xóm",
        "Tây Nguyên" => "buôn",
        _ => "thôn",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
