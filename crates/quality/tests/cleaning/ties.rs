//! Files of sectors compared by hometown, ethnic group and kin; and two agencies of one sector.

use crate::{
    office::{Office, SETS, date, family, officer, whole},
    sectors::{clerk, reconcile},
};
use population::{
    Ask,
    acts::Content,
    model::{Fact, Relative},
    reconcile::Met,
};
use quality::{NewCampaign, Wanted, model::Indicator};
use store::Store;
use vocabulary::{AgencyCode, FullName, PartialDate, PersonalNumber, Sex};

fn of(agency: &str, role: &str) -> Ask {
    let mut ask = officer("can-bo", role, "56");
    ask.caller.actor.agency = AgencyCode::parse(agency).unwrap();
    ask
}

fn name(text: &str) -> Option<FullName> {
    FullName::parse(text).ok()
}

store::on_each_engine! {
    sets = SETS;

    async fn hometown_people_and_kin_are_compared_as_far_as_both_tell(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        // The guardian is known by name alone; the father's number was another until 2020.
        let kin = Relative { person: None, name: name("Lê Thị Cúc"), number: None };
        let guarded = Content::Correction { person: people.son, facts: vec![Fact::Guardian(Some(kin))] };
        office.record("2026-01-02", guarded).await.unwrap();
        let past = Content::NumberCancelled {
            person: people.husband,
            number: PersonalNumber::parse("056080001111").unwrap(),
            replaced_by: PersonalNumber::parse("056080002222").ok(),
            reason: "Sai giới tính".into(),
        };
        let ask = Ask { basis: crate::office::basis(vocabulary::Purpose::Residence), ..officer("ghi", "residence-officer", "56") };
        let draft = population::Draft {
            effective: date("2026-01-03"),
            evidence: "QĐ 7".into(),
            intent: population::Intent::Act(past),
            seen: vec![],
        };
        office.population.record(&ask, draft).await.unwrap();
        let head = "Mã trẻ em,Họ và tên,Ngày sinh,Số CCCD,Quê quán,Dân tộc,Họ tên cha,Số định danh của cha,Họ tên mẹ,Số định danh của mẹ,Người giám hộ";
        let son = "Trần Văn Minh,05/09/2010,056210004321";
        let cases = [
            // Nothing that either side does not tell is a difference; the place of the tone mark and the structure are none.
            (",,,,,,", "matched"),
            ("\"Phường Lộc Thọ, Nha Trang, Khánh Hòa\",Kinh,Trần Văn Đức,056080002222,Nguyễn Thị Hoà,,Lê Thị Cúc", "matched"),
            ("\"Phường Nha Trang, tỉnh Khánh Hòa\",01,Trần Văn Đức,056080001111,,056185001234,", "matched"),
            ("Khánh Hòa,,Duc Van Tran,056080002222,,,", "matched"),
            ("ở quê,Người Kinh cũ,,,,,", "matched"),
            ("\"Phường Ba Đình, Hà Nội\",,,,,,", "mismatched hometown:other"),
            ("\"Phường Bắc Nha Trang, Khánh Hòa\",,,,,,", "mismatched hometown:commune"),
            (",Tày,,,,,", "mismatched ethnicity:other"),
            (",,Tran Van Duc,,,,", "mismatched parents:marks"),
            (",,,056080002223,,,", "mismatched parents:digit"),
            (",,Trần Văn Đức,,Phạm Thị Lan,,", "mismatched parents:other"),
            (",,,,,,Lê Cúc", "mismatched guardian:words"),
        ];
        let body: Vec<String> =
            cases.iter().enumerate().map(|(at, (row, _))| format!("T{at},{son},{row}")).collect();
        // One number stands once in a file.
        for (line, (row, wanted)) in body.iter().zip(cases) {
            let file = format!("{head}\n{line}\n");
            let (_, answered) = reconcile(&office, &of("H32.1", "data-steward"), "children", "a.csv", file.as_bytes()).await.unwrap();
            assert_eq!(answered[1].last().unwrap(), wanted, "{row}");
            assert!(!answered[1].iter().any(|cell| cell.contains("Khánh Hòa") && !row.contains("Khánh Hòa")), "not told");
        }

        // Of those kept the registry mends one, and it matches from then on.
        let file = format!("{head}\n{}\n", body[9]);
        reconcile(&office, &of("H32.1", "data-steward"), "children", "b.csv", file.as_bytes()).await.unwrap();
        let open = async || office.quality.sector_counts(&of("H32.1", "data-steward"), "children").await.unwrap();
        office.quality.check(|_, _| {}).await.unwrap();
        let before = open().await;
        let mended = Relative { person: None, name: name("Trần Văn Đức"), number: PersonalNumber::parse("056080002223").ok() };
        let act = Content::Correction { person: people.son, facts: vec![Fact::Father(Some(mended))] };
        office.record("2026-02-01", act).await.unwrap();
        office.quality.follow().await.unwrap();
        let after = open().await;
        assert_eq!((after.of(Met::Mismatched), after.of(Met::Matched)), (before.of(Met::Mismatched) - 1, before.of(Met::Matched) + 1));
    }

    async fn what_two_agencies_tell_is_one_case(store: Store) {
        let office = Office::open(store).await;
        let quality = &office.quality;
        office.register("1985", whole("056185001234", "Nguyễn Thị Hòa", "1985-08-05", Sex::Female)).await;
        let head = "Mã đối tượng tiêm chủng,Họ và tên,Ngày sinh,Số CCCD,Mã xã";
        let wrong = "Nguyễn Thị Hoan,05/08/1985,056185001234,22366";
        let unknown = "Vũ Thị Mới,07/07/2001,056301007777,22366";
        let steward = |agency| of(agency, "data-steward");
        for (agency, key) in [("H32.1", "A"), ("H32.2", "B")] {
            let mut file = format!("{head}\n{key}1,{wrong}\n{key}2,{unknown}\n");
            if key == "B" {
                file += "B3,Trần Thị Lạ,01/02/1990,056190007777,22366\n";
            }
            reconcile(&office, &steward(agency), "vaccination", "a.csv", file.as_bytes()).await.unwrap();
        }
        let counts = quality.sector_counts(&steward("H32.1"), "vaccination").await.unwrap();
        assert_eq!((counts.mismatched, counts.not_found, counts.total), (1, 2, 3), "each is counted once");
        let centre = officer("trungtam", "cleaning-centre", "56");
        for (indicator, cases) in [(Indicator::C14, 1), (Indicator::C12, 2)] {
            let new = NewCampaign { indicator, title: "Tiêm chủng".into(), unit: None, due: PartialDate::today() };
            assert_eq!(quality.create_campaign(&centre, &new).await.unwrap().1, cases, "{indicator:?}");
        }
        let worker = officer("an", "data-steward", "22366");
        let all = quality.cases(&worker, &Wanted::default()).await.unwrap().0;
        let rules: Vec<&str> = all.iter().map(|c| c.rule.as_str()).collect();
        assert_eq!(rules.iter().filter(|r| **r == "sector/vaccination/mismatched").count(), 1, "{rules:?}");
        // The clerk of another sector has nothing to do with it.
        assert!(quality.own_sector(&clerk(), "vaccination").is_err());
    }
}
