//! The file: pieces and lines on pages, and the tree of tags by which a reader finds its way.

use crate::{
    Document, PaperError,
    layout::{Pages, Part, Piece},
    typeface::Faces,
};
use krilla::{
    SerializeSettings,
    color::rgb,
    configure::Configuration,
    geom::{PathBuilder, Point},
    metadata::Metadata,
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    tagging::{
        Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
    },
    text::TextDirection,
};
use std::{collections::BTreeMap, num::NonZeroU16};
use vocabulary::Lang;

/// The pieces of each part, in order.
type Found = BTreeMap<(usize, usize, usize), (Part, Vec<Identifier>)>;

/// Where a part stands among the others.
fn place(part: Part) -> (usize, usize, usize) {
    match part {
        Part::Heading(block, _) | Part::Paragraph(block) => (block, 0, 0),
        Part::Cell(block, row, column) => (block, row, column),
        Part::Ornament => (usize::MAX, 0, 0),
    }
}

/// Draws the pages.
pub(crate) fn draw(document: &Document, faces: &Faces, laid: &Pages) -> Result<Vec<u8>, PaperError> {
    let lang = match document.lang {
        Lang::Vi => "vi-VN",
        Lang::En => "en-GB",
    };
    let mut file = krilla::Document::new_with(SerializeSettings {
        configuration: Configuration::default(),
        ..SerializeSettings::default()
    });
    file.set_metadata(
        Metadata::new()
            .title(document.title.clone())
            .language(lang.to_owned())
            .creator("dancu".to_owned())
            .producer("dancu".to_owned()),
    );
    let size = PageSettings::from_wh(laid.width, laid.height).ok_or_else(|| PaperError("size".into()))?;
    let mut found = Found::new();
    for laid in &laid.pages {
        let mut page = file.start_page_with(size.clone());
        let mut surface = page.surface();
        for piece in &laid.pieces {
            text(&mut surface, faces, piece, &mut found);
        }
        for rule in &laid.rules {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: rgb::Color::new(90, 90, 90).into(),
                width: if rule.strong { 0.9 } else { 0.4 },
                ..Stroke::default()
            }));
            let mut path = PathBuilder::new();
            path.move_to(rule.x, rule.y);
            path.line_to(rule.x + rule.width, rule.y);
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
            surface.set_stroke(None);
            surface.end_tagged();
        }
        surface.finish();
        page.finish();
    }
    file.set_tag_tree(tree(found, lang));
    file.finish().map_err(|error| PaperError(format!("{error:?}")))
}

fn text(surface: &mut Surface<'_>, faces: &Faces, piece: &Piece, found: &mut Found) {
    let tag = match piece.part {
        Part::Ornament => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
        _ => ContentTag::Span(SpanTag::empty()),
    };
    let identifier = surface.start_tagged(tag);
    surface.set_fill(Some(Fill {
        paint: rgb::Color::new(20, 20, 20).into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::NonZero,
    }));
    let at = Point::from_xy(piece.x, piece.y);
    surface.draw_text(
        at,
        faces.font(piece.weight),
        piece.size,
        &piece.text,
        false,
        TextDirection::LeftToRight,
    );
    surface.end_tagged();
    if piece.part != Part::Ornament {
        found.entry(place(piece.part)).or_insert((piece.part, Vec::new())).1.push(identifier);
    }
}

/// The tree: headings, paragraphs, tables of rows of cells.
fn tree(found: Found, lang: &str) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(lang.to_owned()));
    let mut table: Option<(usize, TagGroup)> = None;
    let mut row: Option<(usize, TagGroup)> = None;
    for ((block, line, _), (part, identifiers)) in found {
        let in_table = matches!(part, Part::Cell(..));
        let same_row = in_table
            && table.as_ref().is_some_and(|(b, _)| *b == block)
            && row.as_ref().is_some_and(|(r, _)| *r == line);
        if !same_row && let (Some((_, done)), Some((_, table))) = (row.take(), table.as_mut()) {
            table.push(done);
        }
        if table.as_ref().is_some_and(|(b, _)| *b != block)
            && let Some((_, done)) = table.take()
        {
            tree.push(done);
        }
        if in_table {
            table.get_or_insert_with(|| (block, TagGroup::new(Tag::Table)));
            let (_, row) = row.get_or_insert_with(|| (line, TagGroup::new(Tag::TR)));
            let mut cell = match line {
                0 => TagGroup::new(Tag::TH(TableHeaderScope::Column)),
                _ => TagGroup::new(Tag::TD),
            };
            identifiers.into_iter().for_each(|identifier| cell.push(identifier));
            row.push(cell);
            continue;
        }
        let mut group = match part {
            Part::Heading(_, level) => {
                TagGroup::new(Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), None))
            }
            _ => TagGroup::new(Tag::P),
        };
        identifiers.into_iter().for_each(|identifier| group.push(identifier));
        tree.push(group);
    }
    if let (Some((_, done)), Some((_, table))) = (row, table.as_mut()) {
        table.push(done);
    }
    if let Some((_, done)) = table {
        tree.push(done);
    }
    tree
}
