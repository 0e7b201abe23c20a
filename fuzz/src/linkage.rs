//! What record linkage reads beside the records: schema, model, truth.

use crate::input::{edited, edited_text};
use linkage::{Model, Schema, Truth};

targets! { linkage_schema, linkage_model, linkage_truth }

fn linkage_schema(program: &[u8]) {
    let samples = [
        r#"{"id": "id", "columns": {"full_name": "name", "birth_date": "date", "cmnd": "former-number"}}"#,
        r#"{"columns": {"Địa chỉ": "address"}}"#,
    ];
    let text = edited_text(program, &samples);
    if let Ok(schema) = Schema::parse(&text) {
        crate::written_and_read_again(&schema);
    }
    assert!(Schema::guess(text.split(',')).columns.len() <= Schema::MOST);
}

fn linkage_model(program: &[u8]) {
    let sample = r#"{"columns": [{"header": "sex", "kind": "sex", "m": [0.9, 0.1], "u": [0.5, 0.5]}], "prior": 0.001}"#;
    if let Ok(model) = Model::parse(&edited_text(program, &[sample])) {
        assert!(model.prior > 0.0 && model.prior < 1.0);
    }
}

fn linkage_truth(program: &[u8]) {
    let samples =
        ["id_a,id_b\n1,2\n3,\"4\"\n", "kind,code,id_a,id_b\nduplicate-in-province,CLN-02,1,2\nno-head,,3,\n"];
    let bytes = edited(program, &samples);
    if let Ok(truth) = Truth::parse(bytes.as_slice(), "truth.csv") {
        assert!(truth.pairs.len() <= bytes.len());
    }
}
