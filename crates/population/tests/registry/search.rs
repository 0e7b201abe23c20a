//! Search by name, number, birth and commune.

use crate::office::{
    Office, SETS, WIFE, WIFE_FORMER, ask, ask_in, date, family, name, number, tran_phu, unit,
};
use population::{SearchFor, model::Fact};
use store::Store;
use vocabulary::{PartialDate, Problem, Purpose, Sex};

async fn names(office: &Office, units: &str, wanted: SearchFor) -> Vec<String> {
    let asking = ask_in("residence-officer", Purpose::Residence, units);
    let found = office.population.search(&asking, &wanted).await.unwrap();
    found.hits.iter().filter_map(|h| h.person.name.as_ref()).map(|n| n.reveal().to_owned()).collect()
}

fn by_name(text: &str) -> SearchFor {
    SearchFor { name: text.into(), ..SearchFor::default() }
}

store::on_each_engine! {
    sets = SETS;

    async fn names_are_found_in_every_spelling(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let facts = vec![Fact::Name(Some(name("Nguyễn Thị Hoa"))), Fact::Permanent(tran_phu(3))];
        office.register("1990", facts).await;
        let both = ["Nguyễn Thị Hoa", "Nguyễn Thị Hòa"];
        for text in ["nguyen thi hoa", "NGUYEN THI", "  nguyen   thi hoa "] {
            let mut found = names(&office, "22366", by_name(text)).await;
            found.sort();
            assert_eq!(found, both, "{text}");
        }
        for text in ["Nguyễn Thị Hòa", "nguyễn thị hoà", "Nguyê\u{303}n Thị Ho\u{300}a"] {
            assert_eq!(names(&office, "22366", by_name(text)).await, ["Nguyễn Thị Hòa"], "{text}");
        }
        // The given name alone is enough where the commune or the birth year narrows the search.
        let in_commune = SearchFor { unit: Some(unit("22366")), ..by_name("hoa") };
        assert_eq!(names(&office, "22366", in_commune).await.len(), 2);
        let born = SearchFor { birth: date("1985"), ..by_name("hoa") };
        assert_eq!(names(&office, "everywhere", born).await, ["Nguyễn Thị Hòa"]);
        let born = SearchFor { birth: date("5/2/1980"), ..by_name("tran") };
        assert_eq!(names(&office, "22366", born).await, Vec::<String>::new());
        for wild in ["%", "_", "nguyen%"] {
            let found = names(&office, "22366", by_name(wild)).await;
            assert!(wild.starts_with("nguyen") || found.len() <= 4, "{wild}");
        }
    }

    async fn numbers_are_found_and_units_are_kept(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        for digits in [WIFE, WIFE_FORMER] {
            let wanted = SearchFor { number: Some(number(digits)), ..SearchFor::default() };
            assert_eq!(names(&office, "22366", wanted).await, ["Nguyễn Thị Hòa"], "{digits}");
        }
        assert!(names(&office, "00004", by_name("nguyen")).await.is_empty());
        assert_eq!(names(&office, "56", by_name("nguyen")).await.len(), 1, "a province covers its communes");
        let asking = ask("residence-officer", Purpose::Residence);
        let empty = office.population.search(&asking, &SearchFor::default()).await.err().unwrap();
        assert_eq!(Problem::from(empty).violations[0].rule, "search/empty");
    }

    async fn pages_follow_each_other_without_repeat(store: Store) {
        let office = Office::open(store).await;
        for i in 0..45u8 {
            let facts = vec![
                Fact::Name(Some(name("Lê Văn Ba"))),
                Fact::BirthDate(PartialDate::new(1950 + u16::from(i % 7), 0, 0).unwrap()),
                Fact::Sex(Some(Sex::Male)),
                Fact::Permanent(tran_phu(u32::from(i))),
            ];
            office.register("1990", facts).await;
        }
        let asking = ask("residence-officer", Purpose::Residence);
        for unit in [None, Some(unit("22366"))] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let wanted = SearchFor { unit, after, ..by_name("le van") };
                let found = office.population.search(&asking, &wanted).await.unwrap();
                seen.extend(found.hits.iter().map(|h| h.person.id));
                after = found.next;
                if after.is_none() {
                    break;
                }
            }
            let distinct: std::collections::HashSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), distinct.len()), (45, 45));
        }
    }
}
