//! The merge desk: pairs become cases, records become one by one officer or two, and are separated again.

use crate::office::{Office, SETS, date, family, home, officer, unit, whole};
use crate::pages::Browser;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::header,
    middleware::{Next, from_fn},
};
use population::{
    Ask,
    acts::Content,
    model::{Fact, Part},
};
use quality::{
    Decision, FoundPair, MergingState, NewCampaign, NewMerging, QualityError, Reason, Wanted,
    model::{Indicator, State},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Store;
use tower::ServiceExt;
use vocabulary::{Actor, Address, PartialDate, PersonId, Problem, Sex, SystemId};

/// A call of the JSON interface by somebody who is signed in.
async fn call(office: &Office, ask: &Ask, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let caller = ask.caller.clone();
    let sign_in = from_fn(move |mut request: Request, next: Next| {
        request.extensions_mut().insert(Arc::new(caller.clone()));
        next.run(request)
    });
    let site = web::edge(quality::api::api(office.quality.clone()).layer(sign_in), web::Limits::ORDINARY);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "dancu.test")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = site.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// An address in another commune of the province.
fn north() -> Address {
    Address { old_unit: None, new_unit: Some(unit("22333")), ..home() }
}

/// An address in Hà Nội.
fn far() -> Address {
    Address { old_unit: None, new_unit: Some(unit("00004")), ..home() }
}

fn steward(login: &str, units: &str) -> Ask {
    officer(login, "data-steward", units)
}

fn problem(error: QualityError) -> Problem {
    Problem::from(error)
}

/// A second record of the wife, at an address.
async fn double(office: &Office, at: Address) -> PersonId {
    let mut facts = whole("056185007777", "Nguyễn Thị Hoà", "1985-05-08", Sex::Female);
    facts.retain(|f| !matches!(f, Fact::Permanent(_)));
    facts.push(Fact::Permanent(home()));
    facts.push(Fact::Religion(Some("Phật giáo".into())));
    let id = office.register("1985", facts).await;
    if at != home() {
        let moved = Content::Correction { person: id, facts: vec![Fact::Permanent(at)] };
        office.record("2026-01-02", moved).await.unwrap();
    }
    id
}

fn pair(one: PersonId, other: PersonId) -> FoundPair {
    let reasons = vec![Reason {
        column: "ho_ten".into(),
        vi: "giống nhau, khác dấu".into(),
        en: "alike but for the tone marks".into(),
        weight: 9.5,
    }];
    FoundPair { one, other, probability: 0.9731, weight: 12.25, reasons }
}

fn wanted(kept: PersonId, ended: PersonId) -> NewMerging {
    NewMerging {
        kept: Some(kept),
        records: vec![kept, ended],
        parts: vec![(Part::Religion, ended, "Giấy khai sinh 12".into())],
        evidence: "BB 7/2026".into(),
        ..NewMerging::default()
    }
}

async fn campaign(office: &Office, indicator: Indicator) -> i64 {
    let due = PartialDate::new(PartialDate::today().year().unwrap() + 1, 1, 31).unwrap();
    let new = NewCampaign { indicator, title: "Xóa trùng".into(), unit: None, due };
    office.quality.create_campaign(&officer("centre", "cleaning-centre", "everywhere"), &new).await.unwrap().0
}

async fn case_of(office: &Office, person: PersonId) -> quality::Case {
    let all = Wanted::default();
    let cases = office.quality.cases(&officer("x", "cleaning-lead", "everywhere"), &all).await.unwrap().0;
    cases.into_iter().find(|c| c.subject == quality::model::Subject::Person(person)).unwrap()
}

store::on_each_engine! {
    sets = SETS;

    async fn a_record_that_comes_to_be_like_another_is_found_by_the_act_that_makes_it_so(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let stranger = whole("056185009876", "Phạm Thu Lan", "1985-11-30", Sex::Female);
        let other = office.register("1985", stranger).await;
        office.quality.check(|_, _| {}).await.unwrap();
        office.quality.follow().await.unwrap();
        assert!(office.broken_person(other).await.is_empty());
        let facts = vec![
            Fact::Name(vocabulary::FullName::parse("Nguyễn Thị Hoà").ok()),
            Fact::BirthDate(date("1985-08-05")),
            Fact::Number(vocabulary::PersonalNumber::parse("056185001243").ok()),
        ];
        office.record("2026-01-02", Content::Correction { person: other, facts }).await.unwrap();
        office.quality.follow().await.unwrap();
        for id in [other, people.wife] {
            assert!(office.broken_person(id).await.contains(&"duplicate-near".to_owned()), "{id}");
        }
        campaign(&office, Indicator::C02).await;
        let case = case_of(&office, people.wife).await;
        let page = office.quality.case(&steward("an", "22366"), case.id).await.unwrap();
        let [pair] = page.pairs.as_slice() else { panic!("{:?}", page.pairs) };
        let sum: f64 = pair.reasons.iter().map(|r| r.weight).sum();
        assert!((sum - pair.weight).abs() < 0.01, "the reasons add up: {sum} {}", pair.weight);
    }

    async fn pairs_become_cases_and_a_merge_ends_them(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = double(&office, home()).await;
        office.quality.check(|_, _| {}).await.unwrap();
        assert!(office.broken_person(other).await.is_empty());
        assert_eq!(office.quality.take_pairs(&[pair(other, people.wife), pair(people.wife, other)]).await.unwrap(), 1);
        for id in [other, people.wife] {
            assert_eq!(office.broken_person(id).await, ["duplicate-near"]);
        }
        office.quality.check(|_, _| {}).await.unwrap();
        assert_eq!(office.broken_person(other).await, ["duplicate-near"], "the check of everybody knows of it");
        campaign(&office, Indicator::C02).await;
        let an = steward("an", "22366");
        let case = case_of(&office, people.wife).await;
        let page = office.quality.case(&an, case.id).await.unwrap();
        assert_eq!((page.alike.as_slice(), page.pairs[0].weight), (&[other][..], 12.25));
        assert_eq!(office.quality.records_of_case(&an, case.id).await.unwrap(), [people.wife, other]);

        // One officer, one commune: done at once; the cases of both records end, and are open again when it is undone.
        let done = office.quality.propose_merging(&an, &NewMerging { case: Some(case.id), ..wanted(people.wife, other) }).await.unwrap();
        assert_eq!((done.state, done.decided_by.as_deref()), (MergingState::Done, Some("an")));
        for id in [people.wife, other] {
            let case = case_of(&office, id).await;
            assert_eq!((case.state, case.officer.as_deref(), case.approver.as_deref()), (State::Fixed, Some("an"), Some("quality-check")));
            assert!(office.broken_person(id).await.is_empty());
        }
        assert_eq!(office.population.survivor(other).await.unwrap(), people.wife);
        let undone = office.quality.propose_undoing(&an, done.id, "Hai người khác nhau", &[]).await.unwrap();
        assert_eq!(undone.state, MergingState::Done);
        assert_eq!(office.population.survivor(other).await.unwrap(), other);
        assert_eq!(case_of(&office, people.wife).await.state, State::Open);
        assert_eq!(office.broken_person(other).await, ["duplicate-near"]);
        let again = office.quality.propose_undoing(&an, done.id, "Lần nữa", &[]).await.unwrap_err();
        assert_eq!(problem(again).kind.code, "merge-decided");
    }

    async fn who_are_two_persons_stay_so_until_a_record_changes(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = double(&office, home()).await;
        office.quality.check(|_, _| {}).await.unwrap();
        office.quality.take_pairs(&[pair(people.wife, other)]).await.unwrap();
        campaign(&office, Indicator::C02).await;
        let (an, lead) = (steward("an", "22366"), officer("lead", "cleaning-lead", "56"));
        let case = case_of(&office, other).await;
        let unsaid = office.quality.propose_different(&an, case.id, "").await.unwrap_err();
        assert_eq!(problem(unsaid).violations[0].rule, "case/reason");
        office.quality.propose_different(&an, case.id, "Hai chị em sinh đôi").await.unwrap();
        let case = case_of(&office, other).await;
        assert_eq!(case.state, State::Submitted);
        office.quality.decide_case(&lead, case.id, case.version, &Decision::Approve).await.unwrap();
        assert_eq!(case_of(&office, other).await.state, State::NotAnError);
        for id in [other, people.wife] {
            assert!(office.broken_person(id).await.is_empty());
        }
        // Found again, it is known; until one of the two changes.
        office.quality.take_pairs(&[pair(people.wife, other)]).await.unwrap();
        office.quality.check(|_, _| {}).await.unwrap();
        assert!(office.broken_person(other).await.is_empty());
        let correction = Content::Correction { person: people.wife, facts: vec![Fact::Occupation(Some("Giáo viên".into()))] };
        office.record("2026-03-01", correction).await.unwrap();
        office.quality.follow().await.unwrap();
        assert_eq!(office.broken_person(people.wife).await, ["duplicate-near"]);
        // Without a case too, by who may merge.
        let pairs = office.quality.judge_different(&an, &[people.wife, other], "Hai chị em sinh đôi").await.unwrap();
        assert_eq!(pairs, 1);
        assert!(office.broken_person(people.wife).await.is_empty());
    }

    async fn across_communes_a_second_officer_approves(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = double(&office, north()).await;
        office.quality.check(|_, _| {}).await.unwrap();
        let (an, binh) = (steward("an", "22366"), steward("binh", "22333"));
        // Nothing links the record of the other commune yet.
        let stranger = office.quality.propose_merging(&an, &wanted(people.wife, other)).await.unwrap_err();
        assert_eq!(problem(stranger).kind.code, "merge-no-pair");
        office.quality.take_pairs(&[pair(people.wife, other)]).await.unwrap();
        let asked = office.quality.propose_merging(&an, &wanted(people.wife, other)).await.unwrap();
        assert_eq!(asked.state, MergingState::Waiting);
        assert_eq!(office.population.survivor(other).await.unwrap(), other, "nothing has changed yet");
        let twice = office.quality.propose_merging(&an, &wanted(people.wife, other)).await.unwrap_err();
        assert_eq!(problem(twice).kind.code, "merge-waiting");
        assert_eq!(office.quality.mergings(&an).await.unwrap().own.len(), 1);
        assert_eq!(office.quality.mergings(&binh).await.unwrap().to_approve.len(), 1);
        let own = office.quality.decide_merging(&steward("an", "56"), asked.id, &Decision::Approve).await.unwrap_err();
        assert_eq!(problem(own).kind.code, "merge-own");
        for nobody in [steward("dung", "00004"), steward("chi", "22366")] {
            let refused = office.quality.decide_merging(&nobody, asked.id, &Decision::Approve).await.unwrap_err();
            assert_eq!(problem(refused).kind.code, "forbidden");
        }
        // A record changes: it must be looked at again.
        let correction = Content::Correction { person: other, facts: vec![Fact::Occupation(Some("Giáo viên".into()))] };
        office.record("2026-03-01", correction).await.unwrap();
        let changed = office.quality.decide_merging(&binh, asked.id, &Decision::Approve).await.unwrap_err();
        assert_eq!(problem(changed).kind.code, "merge-changed");
        assert_eq!(office.quality.merging(&binh, asked.id).await.unwrap().changed, [other]);
        let note = Decision::Return("Đã có nghề nghiệp mới".into());
        office.quality.decide_merging(&binh, asked.id, &note).await.unwrap();
        let asked = office.quality.propose_merging(&an, &wanted(people.wife, other)).await.unwrap();
        office.quality.decide_merging(&binh, asked.id, &Decision::Approve).await.unwrap();
        let page = office.quality.merging(&an, asked.id).await.unwrap();
        assert_eq!((page.merging.state, page.merging.decided_by.as_deref()), (MergingState::Done, Some("binh")));
        assert_eq!(page.records[0].person.person.religion.as_deref(), Some("Phật giáo"));
        assert_eq!(page.records[1].person.person.merged_into, Some(people.wife));
        // Undone by two as well, and later acts are named.
        let later = Content::Correction { person: people.wife, facts: vec![Fact::Ethnicity(Some("02".into()))] };
        let later = office.record("2026-04-01", later).await.unwrap().acts[0].seq;
        let open = problem(office.quality.propose_undoing(&an, asked.id, "Nhầm người", &[]).await.unwrap_err());
        assert_eq!((open.kind.code, open.violations[0].field.as_str()), ("merge-later-acts", format!("stay-{later}").as_str()));
        let undoing = office.quality.propose_undoing(&an, asked.id, "Nhầm người", &[later]).await.unwrap();
        assert_eq!(undoing.state, MergingState::Waiting);
        let lead = officer("lead", "cleaning-lead", "56");
        office.quality.decide_merging(&lead, undoing.id, &Decision::Approve).await.unwrap();
        assert_eq!(office.population.survivor(other).await.unwrap(), other);
        let late = office.quality.withdraw_merging(&an, undoing.id).await.unwrap_err();
        assert_eq!(problem(late).kind.code, "merge-decided");
    }

    async fn a_proposal_expires_and_is_withdrawn(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = double(&office, far()).await;
        office.quality.check(|_, _| {}).await.unwrap();
        office.quality.take_pairs(&[pair(people.wife, other)]).await.unwrap();
        assert_eq!(office.broken_person(other).await, ["duplicate-far"], "another province");
        let (an, hanoi) = (steward("an", "22366"), steward("dung", "01"));
        let asked = office.quality.propose_merging(&an, &wanted(people.wife, other)).await.unwrap();
        let past: Result<(), store::StoreError> = store::transact!(office.store, tx => {
            tx.execute("UPDATE merging SET expires = $1", store::params![date("2026-01-01")]).await?;
            Ok(())
        });
        past.unwrap();
        assert!(office.quality.mergings(&hanoi).await.unwrap().to_approve.is_empty());
        let late = office.quality.decide_merging(&hanoi, asked.id, &Decision::Approve).await.unwrap_err();
        assert_eq!(problem(late).kind.code, "merge-decided");
        assert!(office.quality.withdraw_merging(&hanoi, asked.id).await.is_err());
        office.quality.withdraw_merging(&an, asked.id).await.unwrap();
        assert_eq!(office.population.survivor(other).await.unwrap(), other);
    }

    async fn the_desk_is_walked_without_scripts_and_each_view_has_its_entry(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = double(&office, north()).await;
        office.quality.check(|_, _| {}).await.unwrap();
        office.quality.take_pairs(&[pair(people.wife, other)]).await.unwrap();
        let worker = Browser::of(&office, steward("an", "22366"));
        let mut lead = Browser::of(&office, officer("chihuy", "cleaning-lead", "56"));
        let (status, page) = worker.get("/data/quality/merge").await;
        assert!(status == 200 && page.contains("Chưa hợp nhất hồ sơ nào") && page.contains("Không có đề nghị nào chờ bạn"), "{page}");
        let (status, page) = worker.post("/data/quality/merge", &[("record-1", "056185001234"), ("record-2", "#999")]).await;
        assert!(status == 422 && page.contains("Không có hồ sơ nào như vậy") && page.contains("href=\"#record-2\""), "{page}");
        let second = format!("#{other}");
        let (status, to) = worker.post("/data/quality/merge", &[("record-1", "056185001234"), ("record-2", &second)]).await;
        assert_eq!((status, to.as_str()), (303, format!("/data/quality/merge/new?records={}-{other}", people.wife).as_str()));
        assert!(!to.contains("056185001234"));

        let views = async || -> Vec<i64> {
            let mut seen = Vec::new();
            for id in [people.wife, other] {
                let count: i64 = office.store
                    .one("SELECT count(*) FROM ledger_entry WHERE subject_kind = 1 AND subject_id = $1", store::params![id])
                    .await.unwrap();
                seen.push(count);
            }
            seen
        };
        let before = views().await;
        let (status, page) = worker.get(&to).await;
        assert_eq!(status, 200);
        for said in ["Nguyễn Thị Hòa", "Nguyễn Thị Hoà", "≠ Khác nhau", "= Giống nhau", "Phật giáo", "97,31", "+12,2", "giống nhau, khác dấu",
            "Thu thập thông tin lần đầu", "căn cứ: TK 01/2026", "name=\"part-religion\"", "name=\"evidence-religion\""] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let after = views().await;
        assert_eq!(after, before.iter().map(|n| n + 1).collect::<Vec<_>>(), "each record that was shown has an entry");

        let records = format!("{}-{other}", people.wife);
        let (wife, gone) = (people.wife.to_string(), other.to_string());
        let mut form = vec![("records", records.as_str()), ("kept", ""), ("part-religion", gone.as_str()), ("evidence-religion", ""), ("evidence", ""), ("step", "preview")];
        let (status, page) = worker.post("/data/quality/merge/new", &form).await;
        assert!(status == 422 && page.contains("href=\"#kept\"") && page.contains("href=\"#evidence\""), "{page}");
        form[1].1 = &wife;
        form[4].1 = "BB 7/2026";
        let (status, page) = worker.post("/data/quality/merge/new", &form).await;
        assert!(status == 422 && page.contains("href=\"#evidence-religion\""), "{page}");
        form[3].1 = "Giấy chứng nhận 3";
        let (status, page) = worker.post("/data/quality/merge/new", &form).await;
        assert!(status == 200 && page.contains("Hồ sơ sau khi hợp nhất") && page.contains("Giấy chứng nhận 3") && page.contains("056185007777")
            && page.contains("Gửi đề nghị hợp nhất"), "{page}");
        form[5].1 = "confirm";
        let (status, to) = worker.post("/data/quality/merge/new", &form).await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/merge/1?done=proposed"));
        let (_, page) = worker.get("/data/quality/merge/1").await;
        assert!(page.contains("Rút đề nghị") && !page.contains("Duyệt và thực hiện"), "{page}");
        let (_, page) = lead.get("/data/quality/merge").await;
        assert!(page.contains("/data/quality/merge/1") && !page.contains("Nguyễn Thị"), "{page}");
        let before = views().await;
        let (_, page) = lead.get("/data/quality/merge/1").await;
        assert!(page.contains("Duyệt và thực hiện") && page.contains("Giấy chứng nhận 3"), "{page}");
        assert_eq!(views().await, before.iter().map(|n| n + 1).collect::<Vec<_>>());
        let (status, page) = lead.post("/data/quality/merge/1/decide", &[("decision", "refuse"), ("note", "")]).await;
        assert!(status == 422 && page.contains("href=\"#note\""), "{page}");
        let (status, to) = lead.post("/data/quality/merge/1/decide", &[("decision", "approve")]).await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/merge/1?done=approved"));
        let (_, page) = worker.get("/data/quality/merge/1").await;
        assert!(page.contains("Đã thực hiện") && page.contains("Hủy hợp nhất") && page.contains("đã hợp nhất vào"), "{page}");
        let (status, page) = worker.post("/data/quality/merge/1/undo", &[("reason", "")]).await;
        assert!(status == 422 && page.contains("href=\"#reason\""), "{page}");
        let (status, to) = worker.post("/data/quality/merge/1/undo", &[("reason", "Hai người khác nhau")]).await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/merge/2?done=proposed"));
        let (status, _) = lead.post("/data/quality/merge/2/decide", &[("decision", "approve")]).await;
        assert_eq!(status, 303);
        assert_eq!(office.population.survivor(other).await.unwrap(), other);
        lead.lang = "en";
        assert!(lead.get("/data/quality/merge/2").await.1.contains("Undo a merge"));
        // They are two persons: known from then on.
        let different = [("records", records.as_str()), ("reason", "Hai chị em")];
        let (status, _) = worker.post("/data/quality/merge/different", &different).await;
        assert_eq!(status, 303);
        let (_, page) = worker.get(&format!("/data/quality/merge/new?records={records}")).await;
        assert!(page.contains("Đã kết luận là hai người: Hai chị em"), "{page}");
        // Others see nothing of it.
        let clerk = Browser::of(&office, officer("la", "residence-officer", "22366"));
        assert_eq!(clerk.get("/data/quality/merge").await.0, 403);
        let stranger = Browser::of(&office, steward("dung", "00004"));
        assert_eq!(stranger.get("/data/quality/merge/1").await.0, 404);
        assert_eq!(stranger.get(&format!("/data/quality/merge/new?records={records}")).await.0, 403);
    }

    async fn a_number_that_two_records_claim_leads_to_both(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = office.register("1985", whole("056185001234", "Nguyễn Thị Hoa", "1985-08-05", Sex::Female)).await;
        let worker = Browser::of(&office, steward("an", "22366"));
        // From the page of a person, with the record; one number that both claim is enough.
        let (status, page) = worker.get(&format!("/data/quality/merge?with={other}")).await;
        assert!(status == 200 && page.contains(&format!("value=\"#{other}\"")), "{page}");
        for (typed, says) in [("", "Chọn từ 2 đến 5 hồ sơ"), ("1234", "9 chữ số"), (&format!("#{other}"), "Chọn từ 2 đến 5 hồ sơ")] {
            let (status, page) = worker.post("/data/quality/merge", &[("record-1", typed)]).await;
            assert!(status == 422 && page.contains(says), "{typed}: {page}");
        }
        let (status, to) = worker.post("/data/quality/merge", &[("record-1", "056185001234")]).await;
        assert_eq!((status, to.as_str()), (303, format!("/data/quality/merge/new?records={}-{other}", people.wife).as_str()));
        // Merged by one officer; whoever had the pair open as well is told that it has changed.
        let stands = office.population.whereabouts(&[people.wife, other]).await.unwrap();
        let seen: Vec<String> = stands.iter().map(|w| format!("{}:{}", w.person, w.version)).collect();
        let (records, kept) = (format!("{}-{other}", people.wife), other.to_string());
        let form = [("records", records.as_str()), ("kept", kept.as_str()), ("evidence", "BB 1"), ("step", "confirm"), ("seen", seen[0].as_str()), ("seen", seen[1].as_str())];
        let (status, to) = worker.post("/data/quality/merge/new", &form).await;
        assert_eq!((status, to.as_str()), (303, "/data/quality/merge/1?done=merged"));
        let (status, page) = worker.post("/data/quality/merge/new", &form).await;
        assert_eq!(status, 409, "{page}");
    }

    async fn systems_merge_as_the_desk_does(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = double(&office, north()).await;
        office.quality.take_pairs(&[pair(people.wife, other)]).await.unwrap();
        let basis = json!({ "purpose": "cleaning", "legal_basis": "Luật Căn cước 2023, Điều 9" });
        let merge = json!({
            "records": [people.wife, other], "kept": people.wife, "evidence": "BB 7/2026", "basis": basis,
            "parts": [{ "part": "religion", "from": other, "evidence": "Giấy khai sinh 12" }],
        });
        let mut software = officer("an", "client-cleaning", "everywhere");
        software.caller.actor = Actor { system: SystemId::parse("lam-sach").ok(), officer: None, ..software.caller.actor };
        let nobody = call(&office, &software, "POST", "/api/quality/merges", &merge).await;
        assert_eq!((nobody.0, nobody.1["type"].as_str()), (403, Some("/problems/forbidden")), "no officer was named");
        let mut named = merge.clone();
        named["officer"] = json!("an");
        let (status, answer) = call(&office, &software, "POST", "/api/quality/merges", &named).await;
        assert_eq!((status, answer["state"].as_str()), (202, Some("waiting")), "{answer}");
        let stated = "/api/quality/merges/1?purpose=cleaning&legal_basis=Lu%E1%BA%ADt";
        let (status, answer) = call(&office, &software, "GET", stated, &json!(null)).await;
        assert_eq!((status, answer["officer"].as_str()), (200, Some("an")), "{answer}");
        // The second is an officer, who is there, and not a name that a system gives.
        for (name, kind) in [("an", "/problems/merge-own"), ("binh", "/problems/forbidden")] {
            let second = json!({ "approve": true, "officer": name, "basis": basis });
            let (status, answer) = call(&office, &software, "POST", "/api/quality/merges/1/decision", &second).await;
            assert_eq!((status, answer["type"].as_str()), (403, Some(kind)), "{answer}");
        }
        let an = steward("an", "22366");
        let aimless = json!({ "approve": true });
        let (status, answer) = call(&office, &steward("binh", "22333"), "POST", "/api/quality/merges/1/decision", &aimless).await;
        assert_eq!((status, answer["type"].as_str()), (422, Some("/problems/purpose-required")), "{answer}");
        let approve = json!({ "approve": true, "basis": basis });
        let (status, answer) = call(&office, &an, "POST", "/api/quality/merges/1/decision", &approve).await;
        assert_eq!((status, answer["type"].as_str()), (403, Some("/problems/merge-own")), "{answer}");
        let (status, answer) = call(&office, &steward("binh", "22333"), "POST", "/api/quality/merges/1/decision", &approve).await;
        assert_eq!((status, answer["state"].as_str()), (200, Some("done")), "{answer}");
        let (status, answer) = call(&office, &an, "GET", stated, &json!(null)).await;
        assert_eq!((status, &answer["ended"]), (200, &json!([other])), "{answer}");
        assert!(!answer.to_string().contains("Nguyễn"));
        let undo = json!({ "reason": "Nhầm người", "basis": basis });
        let (status, answer) = call(&office, &an, "POST", "/api/quality/merges/1/undo", &undo).await;
        assert_eq!((status, answer["kind"].as_str()), (202, Some("undoing")), "{answer}");
    }
}
