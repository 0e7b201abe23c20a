//! The parts of pages, typed: what a page can say is what these can show. Each is a value that renders itself
//! (`html! { (Button::main("Lưu")) }`); texts come in the language of the page. Underneath are the class names of
//! GOV.UK Frontend and a few of our own (`dancu-…`).

mod choices;
mod form;
mod inputs;
mod notices;
mod question;
mod sheet;
mod summary;
mod table;
mod timeline;
mod trail;

pub use choices::{Checkboxes, Choice, Fieldset, Radios, Select};
pub use form::{Button, Form, csrf_field};
pub use inputs::{DateInput, DateParts, FileInput, TextArea, TextInput, Width};
pub use notices::{Banner, Details, EmptyState, inset, warning};
pub use question::{Errors, Question, error_summary};
pub use sheet::{EvidenceCard, SheetHead};
pub use summary::{Color, SummaryList, Tag};
pub use table::{Column, Order, Pagination, Table};
pub use timeline::{Event, Task, TaskList, Timeline};
pub use trail::{back_link, breadcrumbs};
