//! What a person leaves in the registry's indexes, spelled as clerks and keyboards spoil it: the names, days and numbers
//! under which a second record is looked for. Texts and numbers in and out; nothing here reads.

use linkage::two;
use vocabulary::PartialDate;

/// Most spellings of a name that are asked for.
pub(crate) const SPELLINGS: usize = 40;

/// The folded spellings of a name under which it may stand: as it is, as it was meant, with its words in another order,
/// without a middle word, with one as an initial.
pub(crate) fn spellings(name: &str, key: &str) -> Vec<String> {
    let mut all = vec![key.to_owned()];
    let meant = two::letters(name);
    let mut add = |spelling: String| {
        if !spelling.is_empty() && !all.contains(&spelling) && all.len() < SPELLINGS {
            all.push(spelling);
        }
    };
    add(meant.clone());
    let words: Vec<&str> = meant.split(' ').filter(|w| !w.is_empty()).collect();
    let last = words.len().saturating_sub(1);
    for middle in 1..last {
        add([&words[..middle], &words[middle + 1..]].concat().join(" "));
        let initial: String = words[middle].chars().take(1).collect();
        for initial in [format!("{initial}."), initial] {
            add([&words[..middle], &[initial.as_str()], &words[middle + 1..]].concat().join(" "));
        }
    }
    if (3..=4).contains(&words.len()) {
        let mut orders = Vec::new();
        permute(&mut words.clone(), 0, &mut orders);
        orders.into_iter().for_each(&mut add);
    } else {
        for turn in 1..words.len() {
            add([&words[turn..], &words[..turn]].concat().join(" "));
        }
    }
    all
}

fn permute(words: &mut Vec<&str>, from: usize, into: &mut Vec<String>) {
    if from + 1 >= words.len() {
        into.push(words.join(" "));
        return;
    }
    for at in from..words.len() {
        words.swap(from, at);
        permute(words, from + 1, into);
        words.swap(from, at);
    }
}

/// Whether two folded names are near enough to be compared: all words but one of the shorter in the other, or the same
/// initials. The comparison that follows is the one that counts; this one is asked of everybody born on a day.
pub(crate) fn near(words: &[&str], other: &str) -> bool {
    let (mut count, mut shared, mut initials) = (0, 0, 0_u64);
    for word in other.split(' ') {
        count += 1;
        shared += usize::from(words.contains(&word));
        initials = initials.wrapping_add(initial(word));
    }
    let fewer = words.len().min(count);
    if shared >= 1 && shared + 1 >= fewer {
        return true;
    }
    count == words.len() && initials == words.iter().fold(0_u64, |sum, word| sum.wrapping_add(initial(word)))
}

/// A number for the first letter of a word, so that sums are the same whatever the order.
fn initial(word: &str) -> u64 {
    let letter = word.bytes().next().unwrap_or_default();
    1 << (2 * (u32::from(letter) & 31))
}

/// The numbers that differ in one digit, or in two neighbours that are swapped.
pub(crate) fn neighbours(digits: &str) -> Vec<i64> {
    let mut all = Vec::with_capacity(10 * digits.len());
    let mut bytes = digits.as_bytes().to_vec();
    let mut add = |bytes: &[u8]| {
        all.extend(std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<i64>().ok()));
    };
    for at in 0..bytes.len() {
        let own = bytes[at];
        for digit in (b'0'..=b'9').filter(|digit| *digit != own) {
            bytes[at] = digit;
            add(&bytes);
        }
        bytes[at] = own;
        if at > 0 && bytes[at - 1] != own {
            bytes.swap(at, at - 1);
            add(&bytes);
            bytes.swap(at, at - 1);
        }
    }
    all
}

/// The day with day and month swapped, where that is another day.
pub(crate) fn swapped(date: PartialDate) -> Option<PartialDate> {
    let (year, month, day) = (date.year()?, date.month()?, date.day()?);
    (month != day).then(|| PartialDate::new(year, day, month).ok()).flatten()
}

/// The days that differ in one digit of the year, or have its last two swapped.
pub(crate) fn other_years(date: PartialDate) -> Vec<PartialDate> {
    let Some(year) = date.year() else { return Vec::new() };
    let digits = [year / 10 % 10, year % 10];
    let mut years: Vec<u16> =
        (0..10).flat_map(|d| [year - digits[0] * 10 + d * 10, year - digits[1] + d]).collect();
    years.push(year - digits[0] * 10 - digits[1] + digits[1] * 10 + digits[0]);
    years.sort_unstable();
    years.dedup();
    let other = years.into_iter().filter(|y| *y != year);
    other
        .filter_map(|y| {
            PartialDate::new(y, date.month().unwrap_or_default(), date.day().unwrap_or_default()).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vocabulary::fold;

    #[test]
    fn spoilt_names_are_among_the_spellings() {
        let of = |name: &str| spellings(name, &fold(name));
        let whole = of("Nguyễn Thị Hòa");
        for spoilt in ["Nguyen Thi Hoa", "Nguyễn Hoà", "Nguyễn Hòa Thị", "Thị Hòa Nguyễn", "Nguyễn T. Hòa"]
        {
            assert!(whole.contains(&fold(spoilt)), "{spoilt}");
        }
        assert!(of("Nguyeenx Thij Hoaf").contains(&"nguyen thi hoa".to_owned()));
        assert!(of("Công Tằng Tôn Nữ Thị Thu Hồng").len() <= SPELLINGS);
        assert_eq!(of("Nhan"), ["nhan"]);
    }

    #[test]
    fn near_names_are_compared_and_others_are_not() {
        let words = ["nguyen", "thi", "hoa"];
        for (other, is) in [
            ("nguyen thi hoa", true),
            ("nguyen hoa", true),
            ("nguyen t. hoa", true),
            ("thi hoa nguyen", true),
            ("nguyeenx thij hoaf", true),
            ("nguyen van duc", false),
            ("tran van duc", false),
            ("le hong anh", false),
        ] {
            assert_eq!(near(&words, other), is, "{other}");
        }
    }

    #[test]
    fn days() {
        let date = |text| PartialDate::parse(text).unwrap();
        assert_eq!(swapped(date("05/08/1983")), Some(date("08/05/1983")));
        assert_eq!(swapped(date("25/08/1983")), None);
        assert_eq!(swapped(date("1983")), None);
        let others = other_years(date("05/08/1983"));
        for year in ["05/08/1938", "05/08/1989", "05/08/1903"] {
            assert!(others.contains(&date(year)), "{year}");
        }
        assert!(!others.contains(&date("05/08/1983")) && others.len() < 24);
        assert!(other_years(PartialDate::UNKNOWN).is_empty());
    }

    proptest! {
        #[test]
        fn neighbours_are_a_digit_off_or_swapped(number in "[0-9]{12}", at in 0usize..12, digit in 0u8..10) {
            let all = neighbours(&number);
            let mut off = number.clone().into_bytes();
            off[at] = b'0' + digit;
            let off = String::from_utf8(off).unwrap();
            prop_assert_eq!(all.contains(&off.parse().unwrap()), off != number);
            prop_assert!(all.len() <= 119 && !all.contains(&number.parse().unwrap()));
        }
    }
}
