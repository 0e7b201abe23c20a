//! HTTP plumbing, the page layout with its typed components, and the embedded assets.
//!
//! What a request meets, from outside in:
//!
//! 1. [`serve`]: one listener; HTTP/1 with limits on headers and their arrival, graceful shutdown.
//! 2. [`edge`]: request identifier, span, metrics, limits of size and time, caught panics, headers; every failure leaves as a
//!    [`Problem`](vocabulary::Problem): RFC 9457 JSON for machines, a page for people.
//! 3. The identity middleware (another crate) puts [`Caller`](access::Caller), [`Workplace`] and [`CsrfToken`] in.
//! 4. [`pages`] – for pages only: [`PageContext`], the origin check, problem pages with the menu of the caller.
//! 5. The handler: [`JsonBody`], [`FormBody`], [`Upload`], [`SignedIn`] in; [`Failure`], [`Csv`], [`Pdf`], markup out.
//!
//! API routes pass through 1–3 only. The crate knows nothing of persons, stores or ledgers, and logs neither paths
//! nor queries, only route templates.

mod assets;
mod body;
mod caller;
pub mod components;
mod csrf;
mod edge;
mod export;
mod failure;
mod headers;
mod lang;
mod layout;
mod metrics;
mod pages;
mod qr;
mod server;
mod spool;

pub use assets::{asset, assets};
pub use body::{FormBody, JsonBody, OpenForm, Upload, UploadedFile};
pub use caller::{BASIS_PATH, Portal, SignedIn, WorkingBasis, Workplace, sign_in_address};
pub use csrf::CsrfToken;
pub use edge::{Limits, RequestId, edge, edge_with_uploads};
pub use export::{Csv, Pdf, exact_cell, safe_cell};
pub use failure::{Failure, Outcome};
pub use headers::{FormTarget, WithScript};
pub use lang::{Language, local_path, negotiate};
pub use layout::{Desk, Menu, MenuItem, Page, PageContext};
pub use pages::pages;
pub use qr::qr;
pub use server::{hush_panics, serve};
pub use spool::{Spooled, nameless_file};
