//! The desk pages.
