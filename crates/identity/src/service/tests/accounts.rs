use super::*;
use crate::model::{AccountKind, What};
use vocabulary::{Problem, SystemId, kinds};

/// Administrators of their own units beside those of the whole country.
const SCOPED: &str = r#"
[[role]]
id = "clerk"
vi = "Cán bộ"
en = "Clerk"

[[role]]
id = "local-administrator"
vi = "Quản trị viên địa phương"
en = "Local administrator"

[[role]]
id = "administrator"
vi = "Quản trị viên"
en = "Administrator"

[fields]

[[grant]]
id = "local"
vi = "Quản lý tài khoản trong địa bàn"
en = "Manage accounts of the own units"
roles = ["local-administrator"]
actions = ["manage-staff"]
scope = "assigned-units"

[[case]]
vi = "Trong địa bàn"
en = "Within the units"
roles = ["local-administrator"]
assigned = "56"
units = ["22366", "56"]
action = "manage-staff"
expect = "allow"

[[grant]]
id = "all"
vi = "Quản lý mọi tài khoản"
en = "Manage all accounts"
roles = ["administrator"]
actions = ["manage-staff", "manage-clients"]
scope = "everywhere"

[[case]]
vi = "Mọi nơi"
en = "Everywhere"
roles = ["administrator"]
assigned = "everywhere"
action = "manage-staff"
expect = "allow"

[[case]]
vi = "Mọi hệ thống"
en = "All systems"
roles = ["administrator"]
assigned = "everywhere"
action = "manage-clients"
expect = "allow"
"#;

fn problem<T: std::fmt::Debug>(outcome: Result<T, IdentityError>) -> Problem {
    match outcome {
        Err(IdentityError::Refused(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

async fn caller_of(identity: &Identity, id: &AccountId) -> access::Caller {
    identity.account(By::Console(&agency()), id).await.unwrap().caller()
}

async fn scoped(store: &Store) -> Identity {
    open_with(store, config(), Policy::parse(SCOPED).unwrap()).await
}

async fn make(
    identity: &Identity,
    by: By<'_>,
    name: &str,
    profile: Profile,
) -> Result<Option<String>, IdentityError> {
    identity.create_staff(by, &login(name), profile, NewPassword::OneTime, NOW).await
}

/// The services of all ledger entries, in order, each with what inspection reads of it.
async fn entries(identity: &Identity) -> Vec<(String, String)> {
    let page = ledger::Page { before: u64::MAX, limit: 100 };
    let records = identity.inner.ledger.for_inspection(None, page).await.unwrap();
    let mut lines: Vec<_> = records
        .into_iter()
        .map(|record| {
            let note = record.withheld.and_then(|part| part.note).unwrap_or_default();
            (record.seq, (record.statement.service.into_owned(), note))
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

::store::on_each_engine! {
    sets = SETS;

    async fn every_change_stands_in_history_and_ledger(store: Store) {
        let identity = open(&store).await;
        let console = agency();
        let by = By::Console(&console);
        let id = lan(&identity).await;
        let edited = profile("Nguyễn Thị Lan", "one-stop-clerk data-steward", "22366 22333");
        identity.edit(by, &id, edited.clone(), 1, NOW).await.unwrap();
        identity.suspend(by, &id, true, NOW).await.unwrap();
        identity.suspend(by, &id, true, NOW).await.unwrap();
        identity.suspend(by, &id, false, NOW).await.unwrap();
        identity.reset_password(by, &login("lan"), NOW).await.unwrap();
        let account = identity.account(by, &id).await.unwrap();
        assert_eq!((account.profile, account.version, account.suspended_at), (edited, 4, None));

        let history: Vec<What> = identity.history(by, &id).await.unwrap().into_iter().map(|line| line.what).collect();
        let expected = [What::PasswordReset, What::Restored, What::Suspended, What::Edited, What::Created];
        assert_eq!(history, expected, "suspending twice is one change");
        let services: Vec<String> = entries(&identity).await.into_iter().map(|(service, note)| {
            assert_eq!(note, "staff:lan");
            service
        }).collect();
        let expected: Vec<&str> = expected.iter().rev().map(|what| what.service(AccountKind::Staff)).collect();
        assert_eq!(services, expected);
        assert_eq!(services[0], "identity.staff.created");
    }

    async fn sign_ins_and_tokens_stand_in_the_ledger(store: Store) {
        let identity = open(&store).await;
        let console = agency();
        let by = By::Console(&console);
        lan(&identity).await;
        signed_in(&identity, "lan", NOW).await;
        identity.sign_in(attempt("lan", "sai mật khẩu", NOW)).await.unwrap();
        let his = SystemId::parse("his").unwrap();
        let system = AccountId::Client(his.clone());
        identity.create_client(by, &system, profile("HIS", "client-verify", ""), NOW).await.unwrap();
        identity.issue_token(by, &his, "máy chủ 1", 30, NOW).await.unwrap();
        identity.revoke_token(by, &his, 1, NOW).await.unwrap();
        let services: Vec<String> = entries(&identity).await.into_iter().map(|(service, _)| service).collect();
        assert_eq!(services, [
            "identity.staff.created", "identity.staff.signed-in", "identity.client.created",
            "identity.client.token-issued", "identity.client.token-revoked",
        ]);
    }

    async fn a_name_is_taken_once(store: Store) {
        let identity = open(&store).await;
        lan(&identity).await;
        let console = agency();
        let again = make(&identity, By::Console(&console), "LAN", profile("Lan khác", "one-stop-clerk", "22366")).await;
        assert_eq!(problem(again).violations[0].rule, "account/taken");
        // The same name of a system is another account.
        let system = AccountId::client("lan").unwrap();
        identity.create_client(By::Console(&console), &system, profile("LAN", "client-verify", ""), NOW).await.unwrap();
    }

    async fn two_administrators_do_not_overwrite_each_other(store: Store) {
        let identity = open(&store).await;
        let id = lan(&identity).await;
        let console = agency();
        let by = By::Console(&console);
        identity.edit(by, &id, profile("Lan", "data-steward", "22366"), 1, NOW).await.unwrap();
        let late = identity.edit(by, &id, profile("Lan", "auditor", "22366"), 1, NOW).await;
        assert_eq!(problem(late).kind, &kinds::CONFLICT);
        let roles = identity.account(by, &id).await.unwrap().profile.roles;
        assert_eq!(roles, [Role::parse("data-steward").unwrap()]);
    }

    async fn what_breaks_a_rule_changes_nothing(store: Store) {
        let identity = open(&store).await;
        let console = agency();
        let by = By::Console(&console);
        let refused = async |profile: Profile| {
            problem(make(&identity, by, "minh", profile).await).violations.into_iter().map(|v| (v.field, v.rule)).collect::<Vec<_>>()
        };
        let good = profile("Minh", "one-stop-clerk", "22366");
        assert_eq!(refused(Profile { roles: vec![], ..good.clone() }).await, [("roles".into(), "account/roles")]);
        assert_eq!(refused(profile("Minh", "client-verify", "22366")).await, [("roles".into(), "account/roles")]);
        assert_eq!(refused(profile("Minh", "one-stop-clerk", "99999")).await, [("units".into(), "unit/unknown")]);
        let nowhere = Profile { unit: Some(UnitCode::parse("99999").unwrap()), ..good.clone() };
        assert_eq!(refused(nowhere).await, [("unit".into(), "unit/unknown")]);
        let weak = identity.create_staff(by, &login("minh"), good, NewPassword::Chosen("matkhau123456"), NOW).await;
        assert_eq!(problem(weak).violations[0].rule, "password/common");
        assert_eq!(identity.accounts(by, AccountKind::Staff, "", 1).await.unwrap().total, 0);
        assert_eq!(entries(&identity).await, []);
    }

    async fn who_may_not_manage_is_refused(store: Store) {
        let identity = open(&store).await;
        let id = lan(&identity).await;
        let clerk = caller_of(&identity, &officer(&identity, "minh", "one-stop-clerk", "everywhere").await).await;
        let by = By::Caller(&clerk);
        let his = SystemId::parse("his").unwrap();
        let forbidden = |problem: Problem| assert_eq!(problem.kind, &kinds::FORBIDDEN);
        forbidden(problem(make(&identity, by, "hoa", profile("Hoa", "one-stop-clerk", "22366")).await));
        forbidden(problem(identity.edit(by, &id, profile("Lan", "auditor", "22366"), 1, NOW).await));
        forbidden(problem(identity.suspend(by, &id, true, NOW).await));
        forbidden(problem(identity.reset_password(by, &login("lan"), NOW).await));
        forbidden(problem(identity.account(by, &id).await));
        forbidden(problem(identity.accounts(by, AccountKind::Staff, "", 1).await));
        forbidden(problem(identity.history(by, &id).await));
        let system = AccountId::client("his").unwrap();
        identity.create_client(By::Console(&agency()), &system, profile("HIS", "client-verify", ""), NOW).await.unwrap();
        forbidden(problem(identity.create_client(by, &system, profile("HIS", "client-verify", ""), NOW).await));
        forbidden(problem(identity.issue_token(by, &his, "x", 1, NOW).await));
        forbidden(problem(identity.revoke_token(by, &his, 1, NOW).await));
        forbidden(problem(identity.tokens(by, &his).await));
    }

    async fn a_local_administrator_stays_within_his_units(store: Store) {
        let identity = scoped(&store).await;
        let local = caller_of(&identity, &officer(&identity, "quan", "local-administrator", "56").await).await;
        let by = By::Caller(&local);
        let forbidden = |problem: Problem| assert_eq!(problem.kind, &kinds::FORBIDDEN, "{problem}");
        make(&identity, by, "lan", profile("Lan", "clerk", "22366")).await.unwrap();
        let lan = AccountId::staff("lan").unwrap();
        forbidden(problem(make(&identity, by, "ha", profile("Hà", "clerk", "00004")).await));
        forbidden(problem(make(&identity, by, "ha", profile("Hà", "clerk", "everywhere")).await));
        forbidden(problem(make(&identity, by, "ha", profile("Hà", "administrator", "22366")).await));
        forbidden(problem(identity.edit(by, &lan, profile("Lan", "administrator", "22366"), 1, NOW).await));
        forbidden(problem(identity.edit(by, &lan, profile("Lan", "clerk", "22366 00004"), 1, NOW).await));
        make(&identity, by, "phu", profile("Phú", "local-administrator", "22333")).await.unwrap();
        let hanoi = officer(&identity, "ha", "clerk", "00004").await;
        forbidden(problem(identity.suspend(by, &hanoi, true, NOW).await));
        forbidden(problem(identity.reset_password(by, &login("ha"), NOW).await));
        let boss = officer(&identity, "sep", "administrator", "everywhere").await;
        forbidden(problem(identity.suspend(by, &boss, true, NOW).await));
        forbidden(problem(identity.accounts(by, AccountKind::Client, "", 1).await));
    }

    async fn nobody_changes_his_own_account(store: Store) {
        let identity = open(&store).await;
        let id = officer(&identity, "sep", "administrator", "everywhere").await;
        let caller = caller_of(&identity, &id).await;
        let by = By::Caller(&caller);
        let more = profile("Sếp", "administrator data-steward", "everywhere");
        assert_eq!(problem(identity.edit(by, &id, more, 1, NOW).await).kind, &kinds::FORBIDDEN);
        assert_eq!(problem(identity.suspend(by, &id, true, NOW).await).kind, &kinds::FORBIDDEN);
    }

    async fn accounts_are_found_without_diacritics_and_by_pages(store: Store) {
        let identity = open(&store).await;
        let console = agency();
        let by = By::Console(&console);
        for n in 0..53 {
            let name = format!("can-bo-{n:02}");
            make(&identity, by, &name, profile("Trần Văn Đức", "one-stop-clerk", "22366")).await.unwrap();
        }
        make(&identity, by, "hoa", profile("Hoà 100%_\\", "one-stop-clerk", "22366")).await.unwrap();
        let find = async |text: &str, page| identity.accounts(by, AccountKind::Staff, text, page).await.unwrap();
        let first = find("", 1).await;
        assert_eq!((first.total, first.accounts.len(), first.accounts[0].id.name()), (54, 50, "can-bo-00"));
        let second = find("", 2).await;
        assert_eq!((second.accounts.len(), second.accounts[0].id.name()), (4, "can-bo-50"));
        assert_eq!(find("tran van duc", 1).await.total, 53);
        assert_eq!(find("Hòa", 1).await.total, 1);
        for literal in ["%", "_\\", "100%_"] {
            assert_eq!(find(literal, 1).await.total, 1, "{literal}");
        }
        assert_eq!(find("không ai cả", 1).await.total, 0);
        assert_eq!(find("", i64::MAX).await.accounts.len(), 0);
        assert_eq!(find("", i64::MIN).await.accounts.len(), 50);
    }

    async fn a_system_rotates_its_tokens(store: Store) {
        let identity = open(&store).await;
        let console = agency();
        let by = By::Console(&console);
        let his = SystemId::parse("his").unwrap();
        let system = AccountId::Client(his.clone());
        identity.create_client(by, &system, profile("HIS", "client-verify", ""), NOW).await.unwrap();
        let issue = async |label: &str, days, now| identity.issue_token(by, &his, label, days, now).await;
        for (label, days, rule) in [("", 1, "token/label"), ("x", 0, "token/days"), ("x", 401, "token/days")] {
            assert_eq!(problem(issue(label, days, NOW).await).violations[0].rule, rule);
        }
        for _ in 0..10 {
            issue("máy chủ", 30, NOW).await.unwrap();
        }
        assert_eq!(problem(issue("máy chủ", 30, NOW).await).violations[0].rule, "token/too-many");
        identity.revoke_token(by, &his, 3, NOW).await.unwrap();
        assert_eq!(problem(identity.revoke_token(by, &his, 3, NOW).await).kind, &kinds::NOT_FOUND, "once");
        issue("máy chủ", 30, NOW).await.unwrap();
        issue("máy chủ", 30, after(30 * 86_400)).await.unwrap();
        let tokens = identity.tokens(by, &his).await.unwrap();
        assert_eq!(tokens.len(), 12);
        assert_eq!(tokens.iter().filter(|token| token.revoked_at.is_some()).count(), 1);
        let other = AccountId::client("khac").unwrap();
        identity.create_client(by, &other, profile("Khác", "client-verify", ""), NOW).await.unwrap();
        let foreign = identity.revoke_token(by, &SystemId::parse("khac").unwrap(), 5, NOW).await;
        assert_eq!(problem(foreign).kind, &kinds::NOT_FOUND, "a token is revoked at its own system");
    }
}
