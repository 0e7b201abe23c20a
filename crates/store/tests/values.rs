//! Values keep their type and their order on both engines.

use serde_json::json;
use store::{Migration, MigrationSet, Store, StoreError, on_each_engine, params, record, transact, values};
use vocabulary::{Moment, PartialDate, PersonId, UnitCode};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "values",
    migrations: &[Migration {
        name: "0001_everything",
        sql: r#"
            CREATE TABLE everything (
                id bigint PRIMARY KEY,
                small smallint,
                medium integer,
                yes boolean,
                ratio double precision,
                words text,
                bytes bytea,
                document jsonb,
                day date,
                instant timestamptz
            );
            CREATE TABLE word (word text PRIMARY KEY);
        "#,
    }],
};

record! {
    #[derive(Clone, Debug, PartialEq)]
    struct Everything {
        id: PersonId,
        small: Option<i16>,
        medium: Option<i32>,
        truth: Option<bool> = "yes",
        ratio: Option<f64>,
        words: Option<String>,
        bytes: Option<Vec<u8>>,
        document: Option<serde_json::Value>,
        day: Option<jiff::civil::Date>,
        instant: Option<Moment>,
    }
}

fn full() -> Everything {
    Everything {
        id: PersonId(i64::MAX),
        small: Some(-3),
        medium: Some(i32::MIN),
        truth: Some(true),
        ratio: Some(0.1),
        words: Some("Nguyễn Thị Hòa – $1 'quoted'".into()),
        bytes: Some(vec![0, 255, 7]),
        document: Some(json!({"a": [1, null, "đ"]})),
        day: Some(jiff::civil::date(1968, 2, 29)),
        instant: Some(Moment::from_micros(1_234_567_890_123_456)),
    }
}

fn empty() -> Everything {
    Everything {
        id: PersonId(1),
        small: None,
        medium: None,
        truth: None,
        ratio: None,
        words: None,
        bytes: None,
        document: None,
        day: None,
        instant: None,
    }
}

fn insert() -> String {
    format!("INSERT INTO everything ({}) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", Everything::COLUMNS)
}

on_each_engine! {
    sets = &[SCHEMA];

    async fn every_type_round_trips(store: Store) {
        for row in [full(), empty()] {
            transact!(store, tx => {
                let changed = tx.execute(&insert(), params![
                    row.id, row.small, row.medium, row.truth, row.ratio, row.words, row.bytes, row.document, row.day,
                    row.instant
                ]).await?;
                assert_eq!(changed, 1);
                Ok::<_, StoreError>(())
            }).unwrap();
            let select = format!("SELECT {} FROM everything WHERE id = $1", Everything::COLUMNS);
            assert_eq!(store.one::<Everything>(&select, params![row.id]).await.unwrap(), row);
        }
    }

    async fn loaded_and_repeated_values_are_the_same_as_parameters(store: Store) {
        let row = |r: Everything| values![
            r.id, r.small, r.medium, r.truth, r.ratio, r.words, r.bytes, r.document, r.day, r.instant
        ];
        let names: Vec<&str> = Everything::COLUMNS.split(", ").collect();
        transact!(store, tx => {
            assert_eq!(tx.load("everything", &names, [row(full())]).await?, 1);
            assert_eq!(tx.execute_many(&insert(), [row(empty())]).await?, 1);
            Ok::<_, StoreError>(())
        }).unwrap();
        let select = format!("SELECT {} FROM everything ORDER BY id", Everything::COLUMNS);
        assert_eq!(store.all::<Everything>(&select, params![]).await.unwrap(), [empty(), full()]);
    }

    async fn the_vocabulary_round_trips(store: Store) {
        let unit = UnitCode::parse("22363").unwrap();
        let born = PartialDate::from_packed(19_680_200).unwrap();
        transact!(store, tx => {
            tx.execute("INSERT INTO everything (id, medium, words) VALUES (7, $2, $1)", params![unit, born]).await
        }).unwrap();
        let read: (UnitCode, PartialDate) =
            store.one("SELECT words, medium FROM everything WHERE id = $1", params![7i64]).await.unwrap();
        assert_eq!(read, (unit, born));
    }

    async fn placeholders_count_by_number_not_by_place(store: Store) {
        let sql = "SELECT CAST($3 AS bigint), CAST($1 AS bigint), CAST($3 AS bigint), CAST($2 AS text)";
        let read: (i64, i64, i64, String) = store.one(sql, params![10i64, "two", 30i64]).await.unwrap();
        assert_eq!(read, (30, 10, 30, "two".into()));
        let many = "INSERT INTO everything (medium, id) VALUES ($2, $1)";
        transact!(store, tx => tx.execute_many(many, (1..=3i64).map(|n| values![n, n as i32 * 10])).await).unwrap();
        let read: Vec<(i64, i32)> = store.all("SELECT id, medium FROM everything ORDER BY 1", &[]).await.unwrap();
        assert_eq!(read, [(1, 10), (2, 20), (3, 30)]);
    }

    async fn a_wrong_number_of_parameters_is_an_error(store: Store) {
        for params in [params![] as store::Params, params![1i64, 2i64]] {
            let error = store.optional::<i64>("SELECT id FROM everything WHERE id = $1", params).await.unwrap_err();
            assert!(matches!(&error, StoreError::Other(text) if text.contains("expected 1 parameters")), "{error}");
        }
    }

    async fn moments_sort_within_a_second_and_before_1970(store: Store) {
        let micros = [-62_000_000_000_000_000i64, -1, 0, 1, 20_000_000, 20_000_001, 20_500_000, 4_000_000_000_000_000];
        transact!(store, tx => {
            let rows = micros.iter().rev().map(|m| values![*m + i64::MAX / 2, Moment::from_micros(*m)]);
            tx.load("everything", &["id", "instant"], rows).await
        }).unwrap();
        let read: Vec<Moment> = store.all("SELECT instant FROM everything ORDER BY instant", &[]).await.unwrap();
        assert_eq!(read, micros.map(Moment::from_micros));
        let later: Vec<Moment> = store
            .all("SELECT instant FROM everything WHERE instant > $1 ORDER BY instant", params![Moment::from_micros(20_000_000)])
            .await
            .unwrap();
        assert_eq!(later.len(), 3);
    }

    async fn a_column_of_another_type_is_an_error_without_the_value(store: Store) {
        transact!(store, tx => tx.execute("INSERT INTO everything (id, words) VALUES (1, 'bí mật')", &[]).await).unwrap();
        let error = store.one::<i64>("SELECT words FROM everything WHERE id = 1", &[]).await.unwrap_err();
        assert!(!error.to_string().contains("mật"), "{error}");
        let error = store.one::<i64>("SELECT id FROM everything WHERE id = 99", &[]).await.unwrap_err();
        assert_eq!(error, StoreError::NotFound);
        let error = store.one::<Option<i64>>("SELECT id FROM everything UNION ALL SELECT 2", &[]).await.unwrap_err();
        assert_eq!(error, StoreError::Other("more than one row".into()));
    }

    async fn like_tells_case_apart(store: Store) {
        transact!(store, tx => {
            tx.execute_many("INSERT INTO word (word) VALUES ($1)", ["Hoa", "hoa"].map(|w| values![w])).await
        }).unwrap();
        let found: Vec<String> = store.all("SELECT word FROM word WHERE word LIKE $1", params!["ho%"]).await.unwrap();
        assert_eq!(found, ["hoa"]);
    }

    async fn statements_are_built_at_run_time_too(store: Store) {
        let wanted = [3i64, 5, 8];
        transact!(store, tx => {
            tx.load("everything", &["id"], (1..=9i64).map(|n| values![n])).await
        }).unwrap();
        let places: Vec<String> = (1..=wanted.len()).map(|n| format!("${n}")).collect();
        let sql = format!("SELECT id FROM everything WHERE id IN ({}) ORDER BY id", places.join(", "));
        let params: Vec<&dyn store::Param> = wanted.iter().map(|w| w as &dyn store::Param).collect();
        assert_eq!(store.all::<i64>(&sql, &params).await.unwrap(), wanted);
        assert_eq!(store.few::<i64>(&sql, &params).await.unwrap(), wanted);
    }
}
