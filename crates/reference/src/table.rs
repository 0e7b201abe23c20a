//! Reading the embedded files. They are CSV as RFC 4180 has it, without line breaks or doubled quotes inside fields
//! (a test holds the files to that), so that every field is a slice of the file.

/// The rows of a file below its header, each as exactly `N` fields; missing fields are empty.
pub(crate) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().skip(1).filter(|line| !line.is_empty()).map(|line| {
        let mut fields = [""; N];
        let mut rest = Some(line);
        for field in &mut fields {
            let Some(line) = rest else { break };
            (*field, rest) = split(line);
        }
        fields
    })
}

/// The first field of a line, and what follows its comma.
fn split(line: &'static str) -> (&'static str, Option<&'static str>) {
    if let Some(quoted) = line.strip_prefix('"')
        && let Some((field, rest)) = quoted.split_once('"')
    {
        return (field, rest.strip_prefix(','));
    }
    match line.split_once(',') {
        Some((field, rest)) => (field, Some(rest)),
        None => (line, None),
    }
}

/// A number, or `None` where the field is empty.
pub(crate) fn number<T: std::str::FromStr>(field: &str) -> Option<T> {
    field.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[(&str, usize)] = &[
        (include_str!("../../../data/agency_codes.csv"), 6),
        (include_str!("../../../data/commune_conversion_2025.csv"), 3),
        (include_str!("../../../data/communes_2025.csv"), 11),
        (include_str!("../../../data/communes_legacy.csv"), 6),
        (include_str!("../../../data/countries.csv"), 5),
        (include_str!("../../../data/districts_legacy.csv"), 6),
        (include_str!("../../../data/ethnic_groups.csv"), 4),
        (include_str!("../../../data/names.csv"), 4),
        (include_str!("../../../data/occupations.csv"), 3),
        (include_str!("../../../data/population_projection_63.csv"), 5),
        (include_str!("../../../data/procedures.csv"), 7),
        (include_str!("../../../data/provinces_34.csv"), 14),
        (include_str!("../../../data/provinces_63.csv"), 12),
        (include_str!("../../../data/reference_codes.csv"), 5),
        (include_str!("../../../data/relations.csv"), 4),
        (include_str!("../../../data/result_codes.csv"), 3),
    ];

    #[test]
    fn every_file_reads_as_a_full_csv_reader_reads_it() {
        for (text, columns) in FILES {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            assert_eq!(reader.headers().unwrap().len(), *columns);
            let mut ours = rows::<14>(text);
            for record in reader.records() {
                let (record, mine) = (record.unwrap(), ours.next().unwrap());
                assert_eq!(record.iter().collect::<Vec<_>>(), mine[..*columns], "{record:?}");
                assert!(mine[*columns..].iter().all(|f| f.is_empty()));
            }
            assert!(ours.next().is_none());
        }
    }
}
