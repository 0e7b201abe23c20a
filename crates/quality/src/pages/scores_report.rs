//! The scores as a document that a leader signs.

use super::{
    scores::{Of, TITLE, figures, hamlet, heads},
    visit::Visit,
    words,
};
use crate::{Quality, Scores, UnitScore, model::Word};
use axum::extract::{Query, State as Shared};
use paper::{Column, Document, Table};
use vocabulary::{Lang, PartialDate, Problem, Text, kinds};
use web::{Outcome, Pdf};

const PREPARED: Text = Text::new("NGƯỜI LẬP BIỂU", "PREPARED BY");
const SIGNED: Text = Text::new("THỦ TRƯỞNG ĐƠN VỊ", "HEAD OF THE UNIT");
const NAME: Text = Text::new("(Ký, ghi rõ họ tên)", "(signature, full name)");
const SEAL: Text = Text::new("(Ký, đóng dấu, ghi rõ họ tên)", "(signature, seal, full name)");

/// `ngày 21 tháng 11 năm 2026`.
fn in_full(day: PartialDate, lang: Lang) -> String {
    match (lang, day.day(), day.month(), day.year()) {
        (Lang::Vi, Some(d), Some(m), Some(y)) => format!("ngày {d:02} tháng {m:02} năm {y}"),
        _ => day.local_text(),
    }
}

fn table(first: &str, lang: Lang) -> Table {
    let figures = heads(lang).into_iter().map(|head| Column::numeric(head, 1.0));
    Table::new([Column::new(first, 3.0)].into_iter().chain(figures))
}

fn row(table: &mut Table, name: String, now: &UnitScore, before: Option<&UnitScore>, lang: Lang) {
    table.row([name].into_iter().chain(figures(now, before, lang)));
}

/// The document.
fn document(quality: &Quality, visit: &Visit, scores: &Scores, of: &str) -> Document {
    let lang = visit.lang();
    let title = visit.t(TITLE);
    let today = PartialDate::today();
    let checked = scores.checked_at.map(words::time).unwrap_or_else(|| "–".to_owned());
    let mut sum = table(lang.pick("Phạm vi", "Scope"), lang);
    row(&mut sum, of.to_owned(), &scores.sum, scores.before.as_ref().map(|(_, score)| score), lang);
    let mut causes = Table::new([
        Column::new(lang.pick("Quy tắc", "Rule"), 6.0),
        Column::new(lang.pick("Tiêu chí", "Word"), 1.2),
        Column::numeric(lang.pick("Hồ sơ", "Records"), 1.0),
        Column::numeric(lang.pick("Được công nhận đúng", "Accepted as right"), 1.4),
    ]);
    for (id, count, accepted) in &scores.causes {
        let rule = quality.rules().find(id);
        causes.row([
            rule.map_or(id.as_str(), |rule| rule.text(lang)).to_owned(),
            rule.map_or("", |rule| rule.word.text().get(lang)).to_owned(),
            words::count(*count),
            words::count(*accepted),
        ]);
    }
    let mut places = table(lang.pick("Đơn vị", "Unit"), lang);
    let by_hamlet = !scores.hamlets.is_empty();
    if by_hamlet {
        for score in &scores.hamlets {
            row(&mut places, hamlet(score, lang), &score.now, score.before.as_ref(), lang);
        }
    } else {
        for (unit, score) in &scores.units {
            row(&mut places, words::unit(*unit, lang), score, scores.units_before.get(unit), lang);
        }
    }
    let place = visit.context.workplace();
    let names: Vec<&str> = Word::ALL.iter().map(|word| word.text().get(lang)).collect();
    Document::new(format!("{title} – {of}"), lang)
        .landscape()
        .letterhead(&[place], &in_full(today, lang))
        .title(format!("{}\n{of}", title.to_uppercase()))
        .paragraph(format!(
            "{}: {}. {}: {}. {}: {checked}. {}: {}.",
            lang.pick("Hồ sơ người và hộ", "Records of persons and households"),
            words::count(scores.sum.records),
            lang.pick("Không lỗi nào", "Without any fault"),
            words::percent(scores.sum.score(None), lang),
            lang.pick("Kiểm tra toàn bộ lúc", "Everybody was checked at"),
            lang.pick("Số liệu tuần trước, ngày", "Figures of a week ago, of"),
            scores.before.as_ref().map_or_else(|| "–".to_owned(), |(day, _)| words::day(*day, lang)),
        ))
        .paragraph(format!(
            "{} {}. {}",
            lang.pick("Điểm của mỗi tiêu chí", "The score of each word"),
            names.join(", "),
            lang.pick(
                "là tỷ lệ hồ sơ không vi phạm quy tắc nào của tiêu chí đó; một hồ sơ có thể vi phạm nhiều tiêu chí.",
                "is the share of records that break no rule of it; a record may break rules of several.",
            ),
        ))
        .heading(lang.pick("1. Tổng hợp", "1. In sum"))
        .table(sum)
        .heading(lang.pick("2. Nguyên nhân, nhiều nhất trước", "2. Causes, the biggest first"))
        .table(causes)
        .heading(match by_hamlet {
            true => lang.pick("3. Theo thôn, tổ dân phố", "3. By hamlet"),
            false => lang.pick("3. Theo xã, phường", "3. By commune"),
        })
        .table(places)
        .signatures(&[(visit.t(PREPARED), visit.t(NAME)), (visit.t(SIGNED), visit.t(SEAL))])
}

/// The file.
pub(super) async fn pdf(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    Query(of): Query<Of>,
) -> Outcome<Pdf> {
    let lang = visit.lang();
    let unit = of.unit()?;
    let scores = quality.scores(&visit.ask, unit).await?;
    let scope = match unit {
        Some(_) => words::unit(unit, lang),
        None => lang.pick("Tất cả địa bàn được giao", "All units in charge").to_owned(),
    };
    let document = document(&quality, &visit, &scores, &scope);
    let file = tokio::task::spawn_blocking(move || document.finish()).await;
    let file = file.map_err(|_| Problem::new(&kinds::INTERNAL))?.map_err(|error| {
        tracing::error!(%error, "a report could not be written");
        Problem::new(&kinds::INTERNAL)
    })?;
    Ok(Pdf::new(&format!("scores-{}", PartialDate::today().iso()), file))
}
