//! The files of a population can be imported as they are.

use population::columns::Column;

#[test]
fn headers_are_the_codes_that_the_import_knows() {
    for header in synthesis::PERSONS.iter().filter(|h| **h != "id") {
        assert!(Column::from_code(header).is_some(), "{header}");
    }
    // What an office calls a column must not be taken for the number of a record.
    assert_eq!(Column::recognise("id"), None);
}
