//! Campaigns: handed out, split, worked, approved – with totals that add up whatever happens.

use crate::office::{Office, SETS, date, family, officer, unit, whole};
use population::{
    Ask,
    acts::Content,
    model::{Fact, FormerClaim, Relation},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use quality::{
    Case, Decision, NewCampaign, Proposal, QualityError, Sort, Wanted,
    model::{Indicator, State, Totals},
};
use store::Store;
use vocabulary::{FormerNumber, PartialDate, PersonId, Problem, Sex};

fn centre() -> Ask {
    officer("trungtam", "cleaning-centre", "56")
}

fn lead() -> Ask {
    officer("chihuy", "cleaning-lead", "56")
}

fn worker(login: &str) -> Ask {
    officer(login, "data-steward", "22366")
}

fn campaign(indicator: Indicator) -> NewCampaign {
    NewCampaign { indicator, title: "Cao điểm 90 ngày".into(), unit: None, due: PartialDate::today() }
}

fn code(result: Result<impl Sized, QualityError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => Problem::from(error).kind.code,
    }
}

/// People without a former number, of whom so many cases come.
async fn without_former(office: &Office, count: usize) -> Vec<PersonId> {
    let mut people = Vec::new();
    for n in 0..count {
        let mut facts = whole(&format!("0560800{n:05}"), "Lê Văn Tư", "1980-02-03", Sex::Male);
        facts.retain(|f| !matches!(f, Fact::FormerNumbers(_)));
        people.push(office.register("1980", facts).await);
    }
    office.quality.check(|_, _| {}).await.unwrap();
    people
}

async fn mend(office: &Office, person: PersonId, digits: &str) {
    let number = FormerNumber::parse(digits).unwrap();
    let claim = FormerClaim {
        number,
        issuer: String::new(),
        from: PartialDate::UNKNOWN,
        until: PartialDate::UNKNOWN,
    };
    let content = Content::Correction { person, facts: vec![Fact::FormerNumbers(vec![claim])] };
    office.record("2026-01-05", content).await.unwrap();
}

async fn all_cases(office: &Office) -> Vec<Case> {
    office.quality.cases(&lead(), &Wanted::default()).await.unwrap().0
}

fn proposal(end: State, case: &Case, reason: &str) -> Proposal {
    Proposal { end, reason: reason.into(), version: case.version }
}

store::on_each_engine! {
    sets = SETS;

    async fn a_case_goes_from_the_centre_to_its_end(store: Store) {
        let office = Office::open(store).await;
        let quality = &office.quality;
        let people = without_former(&office, 3).await;
        assert_eq!(code(quality.create_campaign(&lead(), &campaign(Indicator::C05)).await), "forbidden");
        assert_eq!(code(quality.create_campaign(&centre(), &campaign(Indicator::C03)).await), "campaign-empty");
        assert_eq!(code(quality.create_campaign(&centre(), &campaign(Indicator::C08)).await), "campaign-needs-file");
        let past = NewCampaign { due: date("2020-01-01"), title: "x".into(), ..campaign(Indicator::C05) };
        assert_eq!(code(quality.create_campaign(&centre(), &past).await), "invalid");
        let elsewhere = NewCampaign { unit: Some(unit("00004")), ..campaign(Indicator::C05) };
        assert_eq!(code(quality.create_campaign(&centre(), &elsewhere).await), "forbidden");

        let (id, count) = quality.create_campaign(&centre(), &campaign(Indicator::C05)).await.unwrap();
        assert_eq!(count, 3);
        assert_eq!(code(quality.create_campaign(&centre(), &campaign(Indicator::C05)).await), "campaign-empty", "each record is handed out once");
        assert_eq!(code(quality.split(&worker("an"), id, None, "an").await), "forbidden");
        assert_eq!(quality.split(&lead(), id, Some(unit("22366")), "an, binh").await.unwrap(), 3);
        let cases = all_cases(&office).await;
        assert_eq!(cases.iter().map(|c| c.officer.as_deref().unwrap()).collect::<Vec<_>>(), ["an", "binh", "an"]);

        // Fixed is what the rule says is fixed.
        let case = &cases[0];
        assert_eq!(code(quality.propose(&worker("an"), case.id, &proposal(State::Fixed, case, "")).await), "case-still-wrong");
        assert_eq!(code(quality.propose(&worker("an"), case.id, &proposal(State::CannotClean, case, "")).await), "invalid", "an ending needs its reason");
        mend(&office, people[0], "225000001").await;
        quality.propose(&worker("an"), case.id, &proposal(State::Fixed, case, "")).await.unwrap();
        assert_eq!(code(quality.propose(&worker("an"), case.id, &proposal(State::Fixed, case, "")).await), "case-state");
        let version = case.version + 1;
        assert_eq!(code(quality.decide_case(&worker("an"), case.id, version, &Decision::Approve).await), "forbidden");
        let own = officer("an", "cleaning-lead", "56");
        assert_eq!(code(quality.decide_case(&own, case.id, version, &Decision::Approve).await), "case-own");
        assert_eq!(code(quality.decide_case(&lead(), case.id, version - 1, &Decision::Approve).await), "conflict", "what the lead saw must still be so");
        quality.decide_case(&lead(), case.id, version, &Decision::Approve).await.unwrap();

        // One is sent back, and declared never issued; the rule counts it no more.
        let case = &cases[1];
        quality.propose(&worker("binh"), case.id, &proposal(State::NeverIssued, case, "Bản cam kết ngày 05/01/2026")).await.unwrap();
        quality.decide_case(&lead(), case.id, case.version + 1, &Decision::Return("Thiếu chữ ký".into())).await.unwrap();
        let again = quality.case(&worker("binh"), case.id).await.unwrap();
        assert_eq!((again.case.state, again.steps.len()), (State::Working, 4));
        assert!(again.standing.is_some() && again.person.is_some() && again.act.is_some());
        quality.propose(&worker("binh"), case.id, &proposal(State::NeverIssued, &again.case, "Bản cam kết có chữ ký")).await.unwrap();
        quality.decide_case(&lead(), case.id, again.case.version + 1, &Decision::Approve).await.unwrap();
        let causes = quality.scores(&lead(), None).await.unwrap().causes;
        assert_eq!(causes, [("former-number-missing".to_owned(), 2, 1)]);

        let progress = quality.progress(&centre(), id).await.unwrap();
        let (sum, days): (Totals, Totals) = (progress.sum, progress.days.values().fold(Totals::default(), |mut sum, t| { sum.add_all(t); sum }));
        assert_eq!((sum.assigned(), sum.done(), sum.in_work(), sum.ended_otherwise()), (3, 1, 1, 1));
        assert_eq!((days.done(), days.ended_otherwise(), days.in_work()), (1, 1, 0), "the days add up to what has ended");
        assert_eq!(quality.next_case(&worker("an"), None).await.unwrap(), Some(cases[2].id));
        assert_eq!(quality.next_case(&worker("binh"), None).await.unwrap(), None, "hers are done, and none is nobody's");

        // Other units see nothing of it.
        assert!(quality.campaigns(&officer("x", "cleaning-lead", "01")).await.unwrap().is_empty());
        assert_eq!(code(quality.progress(&officer("x", "cleaning-lead", "01"), id).await), "not-found");
        assert_eq!(code(quality.case(&officer("x", "data-steward", "22333"), case.id).await), "forbidden");
        quality.close_campaign(&centre(), id).await.unwrap();
        assert_eq!(code(quality.take(&worker("binh"), cases[2].id, cases[2].version).await), "case-state");
    }

    async fn what_is_fixed_and_breaks_again_is_opened_again(store: Store) {
        let office = Office::open(store).await;
        let quality = &office.quality;
        let people = without_former(&office, 1).await;
        quality.create_campaign(&centre(), &campaign(Indicator::C05)).await.unwrap();
        let case = &all_cases(&office).await[0];
        mend(&office, people[0], "225000001").await;
        quality.propose(&worker("an"), case.id, &proposal(State::Fixed, case, "")).await.unwrap();
        quality.decide_case(&lead(), case.id, case.version + 1, &Decision::Approve).await.unwrap();
        assert_eq!(all_cases(&office).await[0].state, State::Fixed);
        let bare = Content::Correction { person: people[0], facts: vec![Fact::FormerNumbers(vec![])] };
        office.record("2026-01-06", bare).await.unwrap();
        quality.follow().await.unwrap();
        let case = &all_cases(&office).await[0];
        assert_eq!((case.state, case.ended, &case.officer), (State::Open, None, &Some("an".to_owned())));
    }

    async fn an_ending_can_be_opened_again_and_a_question_has_its_day(store: Store) {
        let office = Office::open(store).await;
        let quality = &office.quality;
        without_former(&office, 1).await;
        let (id, _) = quality.create_campaign(&centre(), &campaign(Indicator::C05)).await.unwrap();
        let case = &all_cases(&office).await[0];
        let asked = unit("01");
        assert_eq!(code(quality.ask_office(&worker("an"), case.id, asked, "Có lưu tờ khai không?", date("2020-01-01")).await), "invalid");
        quality.ask_office(&worker("an"), case.id, asked, "Có lưu tờ khai không?", PartialDate::today()).await.unwrap();
        let hanoi = officer("ha", "data-steward", "01");
        let (waiting, late) = quality.questions(&hanoi).await.unwrap();
        assert_eq!((waiting.len(), late), (1, 0));
        assert!(quality.questions(&worker("an")).await.unwrap().0.is_empty());
        assert_eq!(code(quality.answer(&worker("an"), waiting[0].id, "Không có").await), "not-found");
        quality.answer(&hanoi, waiting[0].id, "Không có").await.unwrap();
        assert_eq!(code(quality.answer(&hanoi, waiting[0].id, "Không có").await), "conflict");

        quality.propose(&worker("an"), case.id, &proposal(State::Elsewhere, case, "Tàng thư ở Hà Nội")).await.unwrap();
        quality.decide_case(&lead(), case.id, case.version + 1, &Decision::Approve).await.unwrap();
        assert_eq!(quality.progress(&centre(), id).await.unwrap().sum.ended_otherwise(), 1);
        quality.reopen(&lead(), case.id, case.version + 2, "Hà Nội đã trả lời").await.unwrap();
        let page = quality.case(&worker("an"), case.id).await.unwrap();
        assert_eq!((page.case.state, page.questions[0].answer.as_deref()), (State::Open, Some("Không có")));
    }

    async fn a_household_is_a_case_and_lists_are_sorted(store: Store) {
        let office = Office::open(store).await;
        let quality = &office.quality;
        let people = family(&office).await;
        let second = Content::Correction { person: people.wife, facts: vec![Fact::Relation(Some(Relation::Head))] };
        office.record("2026-01-05", second).await.unwrap();
        quality.check(|_, _| {}).await.unwrap();
        quality.create_campaign(&centre(), &campaign(Indicator::C03)).await.unwrap();
        let case = &all_cases(&office).await[0];
        let page = quality.case(&worker("an"), case.id).await.unwrap();
        assert_eq!(page.household.unwrap().members.len(), 3);
        assert_eq!(page.act.unwrap().kind.en, "Correction");
        for (indicator, found) in [(Indicator::C03, 1), (Indicator::C04, 0)] {
            for sort in [Sort::Number, Sort::Since, Sort::Changed] {
                let wanted = Wanted { indicator: Some(indicator), sort, states: vec![State::Open], unit: Some(unit("22366")), ..Wanted::default() };
                assert_eq!(quality.cases(&worker("an"), &wanted).await.unwrap().0.len(), found);
            }
        }
    }

    async fn totals_add_up_under_random_work(store: Store) {
        let office = Office::open(store).await;
        let quality = &office.quality;
        let people = without_former(&office, 6).await;
        let (id, assigned) = quality.create_campaign(&centre(), &campaign(Indicator::C05)).await.unwrap();
        let first = all_cases(&office).await[0].id;
        let mut runner = TestRunner::deterministic();
        let steps = proptest::collection::vec((0i64..6, 0u8..9, 0usize..5), 120);
        for (at, what, which) in steps.new_tree(&mut runner).unwrap().current() {
            let case = quality.case(&lead(), first + at).await.unwrap().case;
            let end = State::ENDS[which];
            // Whatever is refused changes nothing; whatever is done keeps the sums.
            let _ = match what {
                0 => quality.split(&lead(), id, None, "an, binh").await.map(drop),
                1 => quality.take(&worker("an"), case.id, case.version).await,
                2 | 3 => quality.propose(&worker("binh"), case.id, &proposal(end, &case, "Biên bản 01")).await,
                4 | 5 => quality.decide_case(&lead(), case.id, case.version, &Decision::Approve).await,
                6 => quality.decide_case(&lead(), case.id, case.version, &Decision::Return("Thiếu giấy tờ".into())).await,
                7 => quality.reopen(&lead(), case.id, case.version, "Có giấy tờ mới").await,
                _ => {
                    let person = people[at as usize];
                    let bare = Content::Correction { person, facts: vec![Fact::FormerNumbers(vec![])] };
                    if which % 2 == 0 { mend(&office, person, &format!("22500{at:04}")).await } else { office.record("2026-01-06", bare).await.map(drop).unwrap() }
                    quality.follow().await.map(drop)
                }
            };
            let progress = quality.progress(&centre(), id).await.unwrap();
            let sum = progress.sum;
            assert_eq!(sum.done() + sum.in_work() + sum.ended_otherwise(), assigned as i64, "{sum:?}");
            let units: i64 = progress.units.iter().map(|u| u.totals.assigned()).sum();
            let ended: i64 = progress.days.values().map(Totals::assigned).sum();
            assert_eq!((units, ended + sum.in_work()), (assigned as i64, assigned as i64));
        }
        let ends = quality.progress(&centre(), id).await.unwrap().sum;
        assert!(ends.in_work() < assigned as i64, "something has ended: {ends:?}");
    }
}
